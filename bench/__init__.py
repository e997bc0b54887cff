"""Benchmarks and the scenes that they share with the tests."""
