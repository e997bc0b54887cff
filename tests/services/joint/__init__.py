"""Tests of the joint timeline."""
