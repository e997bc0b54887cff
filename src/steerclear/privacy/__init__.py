"""Saying as little as is needed: items told coarsely, and items sealed now and opened later."""
