"""The node's own desks' way in: HTTP on loopback, one token per role."""
