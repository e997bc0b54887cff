"""The second verifier of the joint record: one file for anyone's Python, carried by every bundle as `verify.py`."""

from __future__ import annotations

from importlib.resources import files


def verifier_source() -> bytes:
    """The verifier's file, byte for byte as it goes into a bundle."""
    return files(__name__).joinpath("verify.py").read_bytes()
