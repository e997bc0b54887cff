"""Tests of the joint report as a page and as PDF."""
