"""The demonstration behind `make demo`: two nodes on this machine, recorded real traffic, one verified record."""
