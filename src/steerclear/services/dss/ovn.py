"""Opaque versions that a client asks for: the id and a UUID of version 7, which holds the time it was made."""

from __future__ import annotations

import uuid

from steerclear.services.dss.faults import invalid
from steerclear.services.dss.limits import MAX_CLOCK_SKEW_S


def requested_ovn(entity_id: str, suffix: str, now_s: float) -> str:
    """The OVN of an entity with a suffix. Raises DirectoryRefusalError when the suffix was not made just now."""
    try:
        made = uuid.UUID(suffix)
    except ValueError:
        raise invalid("requested_ovn_suffix is not a UUID") from None
    if made.version != 7:
        raise invalid(f"requested_ovn_suffix is a UUID of version {made.version}; it must be version 7")
    off_s = (made.int >> 80) / 1_000.0 - now_s
    if abs(off_s) > MAX_CLOCK_SKEW_S:
        when = "in the future" if off_s > 0 else "ago"
        raise invalid(f"requested_ovn_suffix was made {abs(off_s):,.0f} s {when}; make a new one")
    return f"{entity_id}_{suffix}"
