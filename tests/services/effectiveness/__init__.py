"""Tests of the report of effectiveness."""
