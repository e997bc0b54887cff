"""A pair of tracks as a person is told of it: who is named first, where both are now, in which altitude datum."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from steerclear.tactical.encounter import Encounter, Placed, encounter
from steerclear.tactical.register import Register
from steerclear.tactical.table import TrackTable


class PairView(NamedTuple):
    """Two aircraft in the order of their track ids."""

    slots: tuple[int, ...]
    first: Placed
    second: Placed
    seen: Encounter
    common_datum: bool


def pair_view(
    table: TrackTable, register: Register, slots: Sequence[int], now_s: float, lookahead_s: float
) -> PairView:
    """The pair at `now_s`."""
    ordered = by_track_id(table, slots)
    altitudes, common = _altitudes(table, register, ordered, now_s)
    first, second = (register.placed(slot, now_s, z) for slot, z in zip(ordered, altitudes, strict=True))
    if first.label == second.label:
        # One callsign or address at two places: without more, nobody could tell which of them is where.
        first, second = (
            placed._replace(label=f"{placed.label} ({table.known(slot).track_id})")
            for slot, placed in zip(ordered, (first, second), strict=True)
        )
    return PairView(ordered, first, second, encounter(first, second, lookahead_s), common)


def by_track_id(table: TrackTable, slots: Sequence[int]) -> tuple[int, ...]:
    """The slots in an order that does not depend on which slot a track happens to have."""
    return tuple(sorted(slots, key=lambda slot: table.known(slot).track_id))


def can_be_judged(table: TrackTable, slot: int, now_s: float) -> bool:
    """Whether the track is believed now, and on the ground or of known altitude."""
    if table.coast_until[slot] < now_s:
        return False
    known = not isnan(table.pressure[slot]) or not isnan(table.ellipsoid[slot])
    return known or table.known(slot).on_ground


def _altitudes(
    table: TrackTable, register: Register, slots: Sequence[int], now_s: float
) -> tuple[list[float | None], bool]:
    for column in (table.pressure, table.ellipsoid):
        known = [column[slot] for slot in slots]
        if not any(map(isnan, known)):
            flown = [
                altitude + table.up[slot] * register.believed_seconds(slot, now_s)
                for slot, altitude in zip(slots, known, strict=True)
            ]
            return list(flown), True
    return [register.altitude_m(slot, now_s) for slot in slots], False
