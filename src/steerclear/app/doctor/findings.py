"""Short ways to say what was found."""

from __future__ import annotations

from steerclear.interfaces.cli.doctor import Finding, Level


def well(check: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(check, Level.OK, says)


def soon(check: str, says: str, remedy: str) -> Finding:
    """To be seen to soon."""
    return Finding(check, Level.WARN, says, remedy)


def broken(check: str, says: str, remedy: str) -> Finding:
    """It does not work like this."""
    return Finding(check, Level.FAIL, says, remedy)
