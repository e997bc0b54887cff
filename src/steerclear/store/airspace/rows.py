"""Entities as rows: what the databases store, and how it is read back. Times in microseconds, heights in millimetres.

Bounds are rounded outwards, so that a prefilter on them never drops what overlaps.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

from steerclear.model.airspace import ConstraintReference, Entity, IntentReference, Subscription
from steerclear.store.airspace.protocol import Bounds, Kind

FOREVER: Final = 2**62
"""Stands for an open bound."""

_KINDS: Final = {IntentReference: Kind.INTENT, ConstraintReference: Kind.CONSTRAINT, Subscription: Kind.SUBSCRIPTION}
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entity).decode


def kind_of(entity: Entity) -> Kind:
    """What an entity is."""
    return _KINDS[type(entity)]


def link_of(entity: Entity) -> str | None:
    """The subscription that an entity relies on."""
    return entity.subscription_id if isinstance(entity, IntentReference) else None


def index_of(entity: Entity) -> int:
    """The notification index, which has a column of its own: counting it up rewrites nothing else."""
    return entity.notification_index if isinstance(entity, Subscription) else 0


def body_of(entity: Entity) -> bytes:
    """An entity as bytes."""
    return _encode(entity)


def entity_of(body: bytes, notification_index: int) -> Entity:
    """An entity from its bytes and its notification index."""
    entity: Entity = _decode(body)
    if isinstance(entity, Subscription) and entity.notification_index != notification_index:
        return msgspec.structs.replace(entity, notification_index=notification_index)
    return entity


def ends_of(entity: Entity) -> int:
    """When an entity ends."""
    return _up(entity.until_s, 1e6)


def bounds_of(bounds: Bounds) -> tuple[int, int, int, int]:
    """from, until, lower, upper as integers, rounded outwards."""
    return (
        _down(bounds.from_s, 1e6),
        _up(bounds.until_s, 1e6),
        _down(bounds.lower_m, 1e3),
        _up(bounds.upper_m, 1e3),
    )


def _down(value: float, scale: float) -> int:
    return -FOREVER if value == -math.inf else max(-FOREVER, math.floor(value * scale))


def _up(value: float, scale: float) -> int:
    return FOREVER if value == math.inf else min(FOREVER, math.ceil(value * scale))


def optional(value: Any) -> float | None:
    """A number of a row that may be NULL."""
    return None if value is None else float(value)
