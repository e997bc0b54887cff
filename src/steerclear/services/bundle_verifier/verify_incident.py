"""Check an incident bundle."""
