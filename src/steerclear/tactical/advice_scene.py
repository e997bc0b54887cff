"""What advice for one aircraft looks at: the traffic it can meet, the minima that may hold, and the zones of others.

Frame: flat, at the own aircraft now; x east, y north, z up from its present altitude. Units: metres, m/s, seconds.
Conservative in every doubt, so that advice can only be too careful:
- of the agreement's rules for the two kinds of aircraft, those everywhere and those of every area within reach, the
  largest figures hold for the whole lookahead, although a smaller minimum might hold inside an area;
- without a common datum the vertical minimum grows by `datum_buffer_m`, as for alerts; an aircraft of unknown altitude
  is everywhere at once, vertically;
- all horizontal minima grow by FLAT_M for what the plane costs within REACH_M, and the edges of zones as well.
Not taken into account: aircraft that are on the ground, or stale; they are counted in the notes. Traffic is taken to
fly straight on, its climb or descent included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.model.agreement import AreaOfAuthority
from steerclear.model.track import AltitudeDatum, Track, TrackAge
from steerclear.model.zone import Circle, Zone
from steerclear.separation.band_areas import Area, is_inside
from steerclear.separation.bands import Traffic, within_reach
from steerclear.tactical.flat_frame import Frame
from steerclear.tactical.minima import MinimaTable
from steerclear.tactical.parties import Fleets
from steerclear.tactical.table import CREWED, UNCREWED
from steerclear.tactical.terms import Terms
from steerclear.tactical.zonescan import GEOID_M

Floats = NDArray[np.float64]

FLAT_M: Final = 25.0
REACH_M: Final = 300_000.0
"""Beyond this no aircraft is met within any lookahead that bands are made for."""
FLAT_AREA_M: Final = 60.0
"""More than the difference between a geodesic edge and a straight one in the plane, within REACH_M."""

_BELIEVED: Final = (TrackAge.FRESH, TrackAge.COASTING)
_ANYWHERE_M: Final = 20_000.0
"""The vertical minimum of an aircraft whose altitude nobody knows."""


class NamedArea(NamedTuple):
    """A zone of another party in the own aircraft's frame."""

    zone_id: str
    area: Area


class Scene(NamedTuple):
    """Everything that one aircraft must keep clear of."""

    velocity_mps: Floats
    traffic: Traffic
    others: tuple[Track, ...]
    """One for each row of the traffic."""
    areas: tuple[NamedArea, ...]
    area_lookahead_s: float
    searched_s: float
    """For how long it was asked who comes within reach; nobody may have."""
    notes: tuple[str, ...]

    @property
    def lookahead_s(self) -> float:
        """The longest that anything is predicted for; where nobody is within reach, as long as that was asked for."""
        return float(max([*(self.traffic.lookahead_s.tolist() or [self.searched_s]), self.area_lookahead_s]))


def scene_of(
    own: Track, tracks: Sequence[Track], terms: Terms, now_s: float, fastest_mps: float, climb_mps: float
) -> Scene:
    """The scene at `now_s`; the tracks are of the same picture, at its last step."""
    frame = Frame((own.latitude_deg, own.longitude_deg))
    flying = [track for track in tracks if track.track_id != own.track_id and not track.on_ground]
    believed = [track for track in flying if track.age in _BELIEVED]
    notes = []
    traffic = _traffic(own, believed, terms, frame, fastest_mps)
    near = within_reach(traffic, fastest_mps, climb_mps) & (
        np.hypot(traffic.place_m[:, 0], traffic.place_m[:, 1]) <= REACH_M
    )
    others = tuple(track for track, met in zip(believed, near.tolist(), strict=True) if met)
    unknown = sum(track.altitude_m is None for track in others)
    if unknown:
        notes.append(f"{unknown} aircraft of unknown altitude within reach: taken to be at every level")
    silent = _silent(flying, frame, fastest_mps, terms)
    if silent:
        notes.append(f"{silent} aircraft within reach no longer heard: not taken into account, not known to be gone")
    areas, said = _areas(own, terms, frame, now_s, fastest_mps)
    return Scene(
        velocity_mps=np.array([own.east_mps, own.north_mps, own.up_mps]),
        traffic=traffic.chosen(near),
        others=others,
        areas=areas,
        area_lookahead_s=terms.zone_lookahead_s if areas else 0.0,
        searched_s=terms.farthest_lookahead_s,
        notes=(*notes, *said),
    )


def _traffic(own: Track, others: Sequence[Track], terms: Terms, frame: Frame, fastest_mps: float) -> Traffic:
    if not others:
        none = np.zeros(0)
        return Traffic(np.zeros((0, 3)), np.zeros((0, 3)), none, none, none)
    points, velocities = frame.points(others), frame.velocities(others)
    own_altitude_m = own.altitude_m or 0.0
    above = np.array([np.nan if one.altitude_m is None else one.altitude_m - own_altitude_m for one in others])
    nowhere = np.isnan(above)
    up = np.where(nowhere, 0.0, np.array([one.up_mps for one in others]))
    figures = _minima(own, others, terms, frame, fastest_mps)
    added = np.array([0.0 if one.altitude_datum is own.altitude_datum else terms.datum_buffer_m for one in others])
    # What is on the other side of the Earth has no point here; it is far beyond reach.
    far = np.isnan(points.real)
    return Traffic(
        place_m=np.stack([np.where(far, 1e9, points.real), np.where(far, 1e9, points.imag), np.nan_to_num(above)], 1),
        velocity_mps=np.stack([velocities.real, velocities.imag, up], axis=1),
        horizontal_m=figures[:, 0] + FLAT_M,
        vertical_m=np.where(nowhere, _ANYWHERE_M, figures[:, 1] + added),
        lookahead_s=figures[:, 2],
    )


def _minima(own: Track, others: Sequence[Track], terms: Terms, frame: Frame, fastest_mps: float) -> Floats:
    """Horizontal and vertical minimum and lookahead for each other aircraft, shape (n, 3)."""
    table, fleets = MinimaTable(terms), Fleets(terms.parties)
    reach_m = 2.0 * fastest_mps * table.widest.lookahead_s + table.widest.horizontal_m
    near = [k for k, area in enumerate(table.areas) if _is_near(area, frame, reach_m)]
    by_pair = [np.fmax.reduce([table.everywhere[pair, :3], *table.inside[pair, near, :3]]) for pair in range(3)]
    mine = _uncrewed_counts(fleets.belongs(own.identity)[1])
    found = {}
    for kinds in range(1, 4):
        pairs = {a + b for a in mine for b in _uncrewed_counts(kinds)}
        found[kinds] = np.max([by_pair[pair] for pair in pairs], axis=0)
    return np.array([found[fleets.belongs(one.identity)[1]] for one in others])


def _uncrewed_counts(kinds: int) -> tuple[int, ...]:
    return tuple(count for bit, count in ((CREWED, 0), (UNCREWED, 1)) if kinds & bit)


def _is_near(area: AreaOfAuthority, frame: Frame, reach_m: float) -> bool:
    ring, buffer_m = _ring(area.footprint, frame)
    if not np.isfinite(ring).all():
        return True  # Too large for this plane: it may be anywhere.
    return _is_within(ring, buffer_m, reach_m)


def _is_within(ring: Floats, buffer_m: float, reach_m: float) -> bool:
    """Whether any of a ring may be within reach of the own aircraft; never too little."""
    middle = ring.mean(axis=0)
    radius_m = float(np.hypot(*(ring - middle).T).max()) + buffer_m
    return float(np.hypot(*middle)) <= radius_m + reach_m


def _ring(footprint: object, frame: Frame) -> tuple[Floats, float]:
    if isinstance(footprint, Circle):
        points = frame.points_of([footprint.latitude_deg], [footprint.longitude_deg])
        buffer_m = footprint.radius_m * 1.001
    else:
        vertices = footprint.vertices_deg  # type: ignore[attr-defined]
        points = frame.points_of([one[0] for one in vertices], [one[1] for one in vertices])
        buffer_m = 0.0
    return np.stack([points.real, points.imag], axis=1), buffer_m + FLAT_AREA_M


def _silent(flying: Sequence[Track], frame: Frame, fastest_mps: float, terms: Terms) -> int:
    silent = [track for track in flying if track.age not in _BELIEVED]
    if not silent:
        return 0
    reach_m = 2.0 * fastest_mps * terms.farthest_lookahead_s
    return int((np.abs(np.nan_to_num(frame.points(silent), nan=np.inf)) <= reach_m).sum())


def _areas(
    own: Track, terms: Terms, frame: Frame, now_s: float, fastest_mps: float
) -> tuple[tuple[NamedArea, ...], list[str]]:
    found, notes = [], []
    reach_m = fastest_mps * terms.zone_lookahead_s
    for zone in terms.zones:
        opens_s, closes_s = zone.from_s - now_s, zone.until_s - now_s
        if zone.party == own.party or closes_s < 0.0 or opens_s > terms.zone_lookahead_s:
            continue
        ring, buffer_m = _ring(zone.footprint, frame)
        if not np.isfinite(ring).all():
            notes.append(f"zone {zone.zone_id} is too large to be taken into account")
            continue
        if not _is_within(ring, buffer_m, reach_m):
            continue
        grown_m = _datum_doubt_m(own, zone, terms)
        altitude_m = own.altitude_m or 0.0
        area = Area(
            ring, buffer_m, zone.lower_m - altitude_m - grown_m, zone.upper_m - altitude_m + grown_m, opens_s, closes_s
        )
        if is_inside(area):
            notes.append(f"inside zone {zone.zone_id} now: it is not among what is kept clear of")
        else:
            found.append(NamedArea(zone.zone_id, area))
    return tuple(found), notes


def _datum_doubt_m(own: Track, zone: Zone, terms: Terms) -> float:
    """By how much the zone's heights grow because the aircraft's altitude is of another datum."""
    if own.altitude_datum is zone.altitude_datum:
        return 0.0
    pressure = AltitudeDatum.PRESSURE_STANDARD
    return terms.datum_buffer_m if pressure in (own.altitude_datum, zone.altitude_datum) else GEOID_M
