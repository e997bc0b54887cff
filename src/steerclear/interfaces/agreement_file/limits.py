"""Limits of agreement files."""

MAX_FILE_BYTES = 4_000_000
MAX_SIGNATURE_FILE_BYTES = 64_000
MAX_VERSIONS = 1_000
"""Versions of one agreement that are read together."""
MAX_ACKNOWLEDGE_S = 86_400.0
"""Also for every rung of a ladder and for the answer to a line check."""
MAX_RESPOND_S = 30 * 86_400.0
"""Also for the confirmation of a relay."""
MAX_NOTICE_S = 366 * 86_400.0
"""How long before an activity its notice can be due, and how long a notice can hold."""
