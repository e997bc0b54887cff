"""OVNs that we ask for, and what is shown of a flight while the DSS has not answered yet.

An extension in F3548-21's OpenAPI: whoever chooses its OVN can serve a new flight's details at once, and the next
version of one that is there to a peer that asks for that version, however long the DSS takes. What is published of a
flight that is there changes with the DSS's answer only.
"""

from __future__ import annotations

import uuid
from typing import Final

from steerclear.model.intent import OperationalIntent
from steerclear.services.uss.airspace import IntentReference, SharedIntent, extent_of
from steerclear.services.uss.context import Uss
from steerclear.services.uss.flight_events import Asked, Flight

UNKNOWN_SUBSCRIPTION: Final = "00000000-0000-4000-8000-000000000000"
"""What is shown where the DSS has not told yet which subscription it has made."""
_RANDOM_BITS: Final = 80


def ovn_suffix(now_s: float, random_id: str) -> str:
    """A UUID of version 7 with the time, and the random bits of a UUID of version 4. Source: RFC 9562, 5.7."""
    made_ms = int(now_s * 1_000.0) & ((1 << 48) - 1)
    bits = made_ms << _RANDOM_BITS | uuid.UUID(random_id).int & ((1 << _RANDOM_BITS) - 1)
    return str(uuid.UUID(int=bits & ~(0xF << 76) | 7 << 76))


def expected_reference(
    uss: Uss, flight: Flight, wanted: OperationalIntent, suffix: str, subscription_id: str | None
) -> IntentReference:
    """The reference that a DSS which gives us the OVN we ask for will answer with."""
    before = flight.shared.reference if flight.shared is not None else None
    from_s, until_s = extent_of(wanted.volumes + wanted.off_nominal_volumes)
    return IntentReference(
        intent_id=flight.intent_id,
        manager=uss.settings.name,
        version=1 if before is None else before.version + 1,
        state=wanted.state,
        from_s=from_s,
        until_s=until_s,
        base_url=uss.settings.base_url,
        subscription_id=subscription_id or (UNKNOWN_SUBSCRIPTION if before is None else before.subscription_id),
        ovn=f"{flight.intent_id}_{suffix}",
    )


def served(flight: Flight, version: int | None) -> SharedIntent | None:
    """What a peer is shown of a flight: as it is published or, where a version is asked for, that one; None: none."""
    waiting = None
    if flight.asked is Asked.PUT and flight.expected is not None and flight.wanted is not None:
        waiting = SharedIntent(reference=flight.expected, intent=flight.wanted)
    published = flight.shared or waiting
    for one in (published, waiting):
        if one is not None and version in (None, one.reference.version):
            return one
    return None
