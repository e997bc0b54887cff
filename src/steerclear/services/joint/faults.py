"""Why evidences cannot be put on one timeline."""

from __future__ import annotations


class JoinError(ValueError):
    """These evidences do not belong together; whoever chose them must choose others. The words say which and why."""
