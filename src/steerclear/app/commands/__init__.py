"""The subcommands, each joined with what it needs from the interfaces; one module is loaded when it is used."""
