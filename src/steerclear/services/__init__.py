"""One module per use case; the only owners of transaction, clock and order of work."""
