"""The second verifier: one file for anyone's Python, carried by every record as `verify.py`; a bundle of an incident
carries `verify_incident.py` beside it.
"""

from __future__ import annotations

from importlib.resources import files


def verifier_source() -> bytes:
    """The verifier's file, byte for byte as it goes into a bundle."""
    return files(__name__).joinpath("verify.py").read_bytes()


def incident_verifier_source() -> bytes:
    """The file that checks incident bundles, with `verify.py` beside it."""
    return files(__name__).joinpath("verify_incident.py").read_bytes()
