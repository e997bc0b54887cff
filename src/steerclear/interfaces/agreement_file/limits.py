"""Limits of agreement files."""

MAX_FILE_BYTES = 4_000_000
MAX_SIGNATURE_FILE_BYTES = 64_000
