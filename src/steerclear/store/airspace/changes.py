"""What a work writes, kept until it returns: a work that is refused leaves nothing behind, without a savepoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from steerclear.model.airspace import Availability, Entity, ExchangeReport, Heartbeat
from steerclear.store.airspace.protocol import Kind, Placed, Places
from steerclear.store.airspace.rows import body_of, bounds_of, ends_of, index_of, kind_of, link_of

Spot = tuple[int, int, int]
"""(key, end, part): where one volume of an entity stands in the index; with kind and id the whole primary key."""

Row = tuple[int, int, int, int, int, int]
"""(key, end, part, begin, lower, upper): one row of the index."""

Part = tuple[list[int], int, int, int, int]
"""Keys, end, begin, lower, upper of one volume."""

_encode_parts: Final = msgspec.msgpack.Encoder().encode
decode_parts: Final = msgspec.msgpack.Decoder(list[Part]).decode


class Put(msgspec.Struct, frozen=True):
    """An entity to be stored; `spots` None leaves its places as they are."""

    kind: Kind
    key: bytes
    manager: str
    link: bytes | None
    ends: int
    index: int
    body: bytes
    spots: bytes | None
    """Where it stands in the index, for when it is moved or removed, or the index is built anew."""
    fresh: bool

    @property
    def rows(self) -> list[Row]:
        """Its rows of the index."""
        return [] if self.spots is None else decode_rows(self.spots)


class Removal(msgspec.Struct, frozen=True):
    """An entity to be removed."""

    kind: Kind
    key: bytes


class CountUp(msgspec.Struct, frozen=True):
    """Notification indices to be counted up by one."""

    keys: tuple[bytes, ...]


Change = Put | Removal | CountUp | Availability | ExchangeReport | Heartbeat


class Changes:
    """The writing half of a transaction."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def put(self, placed: Placed) -> None:
        """See `AirspaceTransaction.put`."""
        entity = placed.entity
        link = link_of(entity)
        self.changes.append(
            Put(
                kind=kind_of(entity),
                key=id_bytes(entity.entity_id),
                manager=entity.manager,
                link=None if link is None else id_bytes(link),
                ends=ends_of(entity),
                index=index_of(entity),
                body=body_of(entity),
                spots=None if placed.places is None else _spots(placed.places),
                fresh=placed.fresh,
            )
        )

    def remove(self, kind: Kind, entity_id: str) -> None:
        """See `AirspaceTransaction.remove`."""
        self.changes.append(Removal(kind, id_bytes(entity_id)))

    def count_up(self, subscription_ids: Sequence[str]) -> None:
        """See `AirspaceTransaction.count_up`."""
        if subscription_ids:
            self.changes.append(CountUp(tuple(map(id_bytes, subscription_ids))))

    def declare(self, availability: Availability) -> None:
        """See `AirspaceTransaction.declare`."""
        self.changes.append(availability)

    def add_report(self, report: ExchangeReport) -> None:
        """See `AirspaceTransaction.add_report`."""
        self.changes.append(report)

    def beat(self, heartbeat: Heartbeat) -> None:
        """See `AirspaceTransaction.beat`."""
        self.changes.append(heartbeat)


def id_bytes(entity_id: str) -> bytes:
    """The 16 bytes of a UUID."""
    return bytes.fromhex(entity_id.replace("-", ""))


def id_text(key: bytes) -> str:
    """A UUID as text."""
    text = key.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def decode_rows(spots: bytes) -> list[Row]:
    """The rows of the index that an entity has."""
    return [
        (key, end, part, begin, lower, upper)
        for part, (keys, end, begin, lower, upper) in enumerate(decode_parts(spots))
        for key in keys
    ]


def decode_spots(spots: bytes) -> list[Spot]:
    """Where an entity stands in the index."""
    return [(key, one[1], part) for part, one in enumerate(decode_parts(spots)) for key in one[0]]


def by_id(found: dict[bytes, Entity]) -> list[Entity]:
    """Entities in the order of their ids."""
    return [found[key] for key in sorted(found)]


def _spots(places: tuple[Places, ...]) -> bytes:
    parts = []
    for place in places:
        begin, end, lower, upper = bounds_of(place.bounds)
        parts.append((place.keys, end, begin, lower, upper))
    return _encode_parts(parts)
