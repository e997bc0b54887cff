"""What an aircraft is in, or heads for, and how long it has until the boundary.

Frame: WGS84; metres, seconds; POSIX UTC seconds. The aircraft is flown straight on, as the picture's zone watch does;
a climb or descent is believed for CLIMB_BELIEVED_S, because aircraft level off. Heights of unlike datums are compared
as the widest spans above mean sea level; an aircraft of unknown height is taken to be at every height. All bounds are
closed. What is uncertain errs towards an approach, and towards an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot, inf, isfinite, isnan
from typing import Final

import msgspec
import numpy as np

from steerclear.geodesy.planes import PLANE_WORDS, foot, touch
from steerclear.geodesy.wgs84 import MEAN_RADIUS_M
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.identification import Approach, BoundaryKind
from steerclear.model.track import Track
from steerclear.model.volumes import Volume4D
from steerclear.strategic.expected import ExpectedFlight
from steerclear.strategic.fitting import height_span
from steerclear.strategic.flight_tables import DATUMS, FlightTables, flight_tables
from steerclear.strategic.limits import MAX_APPROACHES, MAX_BOUNDARIES
from steerclear.strategic.reaching import first_contact_s

CLIMB_BELIEVED_S: Final = 45.0
"""As `tactical.terms` believes it for pairs and zones."""

_SPARE_M: Final = 100.0
_KINDS: Final = {
    DeclaredKind.AREA: BoundaryKind.AREA_OF_AUTHORITY,
    DeclaredKind.ZONE: BoundaryKind.ZONE,
    DeclaredKind.AGREED_ZONE: BoundaryKind.ZONE,
    DeclaredKind.SITE: BoundaryKind.PROTECTED_SITE,
    DeclaredKind.MOVEMENT: BoundaryKind.MOVEMENT,
    DeclaredKind.FLIGHT: BoundaryKind.FLIGHT,
}


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """Something with an edge in the air."""

    kind: BoundaryKind
    item_id: str
    title: str
    parties: tuple[str, ...]
    """Whose it is."""
    volumes: tuple[Volume4D, ...]


def boundary_of(declared: Declared) -> Boundary:
    """A declared thing, as an aircraft meets it."""
    return Boundary(
        kind=_KINDS[declared.kind],
        item_id=declared.declared_id,
        title=declared.title,
        parties=declared.claimed_by or (declared.party,),
        volumes=declared.volumes,
    )


class Boundaries:
    """A set of them, prepared. Those beyond MAX_BOUNDARIES are left out, and counted in `left_out`."""

    def __init__(self, boundaries: Iterable[Boundary]) -> None:
        given = tuple(boundaries)
        self.boundaries: Sequence[Boundary] = given[:MAX_BOUNDARIES]
        self.left_out = len(given) - len(self.boundaries)
        # Flights are kept in the order in which they are given, so volumes can be counted off.
        self._tables = flight_tables([_as_flight(one) for one in self.boundaries])
        self._of_volume = np.repeat(np.arange(len(self.boundaries)), np.diff(self._tables.first))

    def of(self, track: Track, now_s: float, lookahead_s: float, own: Sequence[str] = ()) -> tuple[Approach, ...]:
        """What a track is in or heads for within the lookahead, the nearest in time first, at most MAX_APPROACHES.

        `own`: parties whose own things are passed over where nobody else claims them: of a flight that is theirs.
        """
        reach = _Reach(track, now_s, lookahead_s, self._tables)
        first_s: dict[int, float] = {}
        for volume in reach.volumes():
            number = int(self._of_volume[volume])
            if not (own and set(self.boundaries[number].parties) <= set(own)):
                first_s[number] = min(first_s.get(number, inf), reach.into_s(volume))
        found = [
            Approach(
                kind=boundary.kind,
                item_id=boundary.item_id,
                title=boundary.title,
                parties=boundary.parties,
                time_to_boundary_s=round(after_s, 1),
            )
            for number, after_s in first_s.items()
            for boundary in (self.boundaries[number],)
            if after_s <= lookahead_s
        ]
        found.sort(key=lambda one: (one.time_to_boundary_s, one.kind.value, one.item_id))
        return tuple(found[:MAX_APPROACHES])


class _Reach:
    """One track on its way."""

    def __init__(self, track: Track, now_s: float, lookahead_s: float, tables: FlightTables) -> None:
        self._track, self._now_s, self._lookahead_s, self._tables = track, now_s, lookahead_s, tables
        self._heights = height_span(track.altitude_m, track.altitude_datum)
        self._datum = DATUMS[track.altitude_datum]

    def volumes(self) -> list[int]:
        """Numbers of the volumes that it may come into: all of them that it does, and few more."""
        spans, words = self._tables.spans, self._tables.words
        if not len(words):
            return []
        track, plane = self._track, np.empty(PLANE_WORDS)
        touch(*foot(track.latitude_deg, track.longitude_deg), plane)
        speed_mps = hypot(track.east_mps, track.north_mps)
        way = (track.east_mps * plane[3:6] + track.north_mps * plane[6:9]) / max(speed_mps, 1e-9)
        there = words[:, :3] - plane[:3]
        away2 = np.einsum("ij,ij->i", there, there)
        along = there @ way
        # The way bends away from its first direction with the Earth; a hundredth and 100 m to spare.
        spare = 1.01 * words[:, 14] + _SPARE_M + 1.1 * away2 / (2.0 * MEAN_RADIUS_M)
        near = np.maximum(away2 - along * along, 0.0) <= spare * spare
        near &= (along >= -spare) & (along <= speed_mps * self._lookahead_s + spare)
        near &= (spans[:, 0] <= self._now_s + self._lookahead_s) & (spans[:, 1] >= self._now_s)
        return [int(number) for number in np.flatnonzero(near)]

    def into_s(self, volume: int) -> float:
        """Seconds until it is in a volume; infinity for never within the lookahead."""
        begins_s, ends_s, low, high, sea_low, sea_high = self._tables.spans[volume].tolist()
        from_s = max(begins_s - self._now_s, 0.0)
        until_s = min(ends_s - self._now_s, self._lookahead_s)
        unlike = self._datum != self._tables.datums[volume]
        up_from_s, up_until_s = self._between((sea_low, sea_high) if unlike else (low, high), unlike=unlike)
        from_s, until_s = max(from_s, up_from_s), min(until_s, up_until_s)
        if from_s > until_s:
            return inf
        track = self._track
        where = track.latitude_deg, track.longitude_deg, track.east_mps, track.north_mps
        return float(first_contact_s(*where, self._tables, volume, from_s, until_s))

    def _between(self, band: tuple[float, float], *, unlike: bool) -> tuple[float, float]:
        """From when, and until when, it may be at the heights of a volume."""
        low, high = band
        if isnan(self._heights[0]) or not (isfinite(low) or isfinite(high)):
            return 0.0, inf
        below, above = self._heights[1:] if unlike else (self._heights[0], self._heights[0])
        if below <= high and above >= low:
            return 0.0, inf
        up_mps = self._track.up_mps
        gap_m = low - above if above < low else below - high
        closing_mps = up_mps if above < low else -up_mps
        if closing_mps <= 0.0 or gap_m / closing_mps > CLIMB_BELIEVED_S:
            return inf, inf
        return gap_m / closing_mps, inf


def _as_flight(boundary: Boundary) -> ExpectedFlight:
    """Flights and boundaries are prepared alike."""
    return ExpectedFlight(party="", item_id=boundary.item_id, volumes=boundary.volumes, from_s=0.0, until_s=0.0)
