"""Incidents: opened, frozen into bundles that anyone can check, replayed, and reviewed by both sides together."""
