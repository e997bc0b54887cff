"""Minima, closest point of approach, loss of separation and well clear over arrays of states."""
