"""Tests of the page of the report of effectiveness."""
