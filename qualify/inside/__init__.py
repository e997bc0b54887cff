"""What runs in the framework's own environment (Python 3.13): it imports InterUSS's package and nothing of ours.

Type checking leaves this folder out: the framework is no dependency of ours and is not installed where mypy runs.
"""
