"""All zones against all believed tracks at one `now`: who is inside, and who will be when.

Altitudes: a zone's limits are compared in its own datum where the aircraft reports it. Where it does not, the band
grows: by `datum_buffer_m` between pressure and geometric altitudes, by the size of the geoid between height above the
ellipsoid and above mean sea level. An aircraft of unknown altitude is taken to be within every band.
A climb or descent into a band is believed `climb_belief_s` ahead, as for pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import cos, radians, sin, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import checked_kernel
from steerclear.geodesy.wgs84 import ECCENTRICITY_SQUARED, SEMI_MAJOR_M
from steerclear.model.track import AltitudeDatum
from steerclear.model.zone import Zone
from steerclear.tactical.footprint import FIGURE_WORDS, band, figure_of, first_inside
from steerclear.tactical.reckoning import move_compiled
from steerclear.tactical.table import (
    CHECK_UNTIL,
    EAST,
    ELLIPSOID,
    LATITUDE,
    LONGITUDE,
    NORTH,
    PRESSURE,
    TIME,
    UP,
    TrackTable,
)
from steerclear.tactical.terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GEOID_M: Final = 110.0
"""The geoid is between 107 m below and 86 m above the ellipsoid everywhere."""

_PRESSURE, _ELLIPSOID, _MSL = 0, 1, 2
DATUM_CODES: Final = {
    AltitudeDatum.PRESSURE_STANDARD: _PRESSURE,
    AltitudeDatum.ELLIPSOID: _ELLIPSOID,
    AltitudeDatum.MSL_GEOID: _MSL,
}


class Presence(NamedTuple):
    """One aircraft inside a zone (0 s) or on its way into it."""

    zone: int
    slot: int
    enters_in_s: float


def _place(latitude_deg: float, longitude_deg: float, feet: Floats, row: int) -> None:
    latitude, longitude = radians(latitude_deg), radians(longitude_deg)
    sin_lat = sin(latitude)
    prime = SEMI_MAJOR_M / sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    feet[row, 0] = prime * cos(latitude) * cos(longitude)
    feet[row, 1] = prime * cos(latitude) * sin(longitude)
    feet[row, 2] = prime * (1.0 - ECCENTRICITY_SQUARED) * sin_lat


place = checked_kernel(_place)


def _feet(
    data: Floats, size: int, now_s: float, lookahead_s: float, starts: Floats, ends: Floats, slots: NDArray[np.int32]
) -> int:
    count = 0
    for slot in range(size):
        if not data[CHECK_UNTIL, slot] >= now_s:
            continue
        seconds = now_s - data[TIME, slot]
        latitude, longitude = data[LATITUDE, slot], data[LONGITUDE, slot]
        east, north = data[EAST, slot], data[NORTH, slot]
        at = move_compiled(latitude, longitude, east, north, seconds)
        place(at[0], at[1], starts, count)
        then = move_compiled(latitude, longitude, east, north, seconds + lookahead_s)
        place(then[0], then[1], ends, count)
        slots[count] = slot
        count += 1
    return count


feet_of: Callable[[Floats, int, float, float, Floats, Floats, NDArray[np.int32]], int] = checked_kernel(_feet)
"""Fill `starts` and `ends` (capacity, 3) with where the believed tracks are and will be; returns how many there are."""


def _altitude(pressure: float, ellipsoid: float, datum: int, buffer: float) -> tuple[float, float]:
    if datum == _PRESSURE:
        return (pressure, 0.0) if not np.isnan(pressure) else (ellipsoid, buffer)
    if not np.isnan(ellipsoid):
        return ellipsoid, GEOID_M if datum == _MSL else 0.0
    return pressure, buffer


altitude_in: Callable[[float, float, int, float], tuple[float, float]] = checked_kernel(_altitude)
"""(pressure, ellipsoid, datum of the zone, buffer) -> (altitude to compare or NaN, by how much the band grows)."""


def _scan(
    data: Floats,
    slots: NDArray[np.int32],
    now_s: float,
    starts: Floats,
    ends: Floats,
    count: int,
    figures: Floats,
    rings: Floats,
    ring_ends: Ints,
    limits: Floats,
    datums: Ints,
    settings: tuple[float, float, float],
    hits: Floats,
) -> int:
    lookahead, belief, buffer = settings
    found = 0
    for z in range(len(figures)):
        opens, closes = limits[z, 2] - now_s, limits[z, 3] - now_s
        if closes < 0.0 or opens > lookahead:
            continue
        ring = rings[ring_ends[z] : ring_ends[z + 1]]
        for row in range(count):
            slot = slots[row]
            up = data[UP, slot]
            climbed = up * (now_s - data[TIME, slot])
            altitude, grown = altitude_in(
                data[PRESSURE, slot] + climbed, data[ELLIPSOID, slot] + climbed, datums[z], buffer
            )
            lower, upper = limits[z, 0] - grown, limits[z, 1] + grown
            first, last = band(altitude, up, lower, upper, lookahead)
            if first > belief:
                continue
            window = max(first, opens, 0.0), min(last, closes, lookahead)
            at = first_inside(starts[row], ends[row], figures[z], ring, window, lookahead)
            if at <= lookahead:
                if found < len(hits):
                    hits[found, 0] = z
                    hits[found, 1] = slot
                    hits[found, 2] = at
                found += 1
    return found


scan_zones: Callable[..., int] = checked_kernel(_scan)
"""Write (zone, slot, seconds until first inside) rows into `hits` and return how many there are, written or not."""


class ZoneScan:
    """All zones of the terms, prepared; keeps its workspace."""

    def __init__(self, table: TrackTable, terms: Terms, zones: Sequence[Zone]) -> None:
        self._table = table
        self._lookahead_s = terms.zone_lookahead_s
        self._settings = terms.zone_lookahead_s, terms.climb_belief_s, terms.datum_buffer_m
        drawn = [figure_of(zone) for zone in zones]
        self._figures = np.array([words for words, _ in drawn]).reshape(-1, FIGURE_WORDS)
        self._rings = np.concatenate([ring for _, ring in drawn])
        self._ring_ends = np.cumsum([0, *(len(ring) for _, ring in drawn)])
        self._limits = np.array([(zone.lower_m, zone.upper_m, zone.from_s, zone.until_s) for zone in zones])
        self._datums = np.array([DATUM_CODES[zone.altitude_datum] for zone in zones])
        self._hits = np.empty((1_024, 3))
        self._resize(0)

    def _resize(self, capacity: int) -> None:
        self._starts = np.empty((capacity, 3))
        self._ends = np.empty((capacity, 3))
        self._slots = np.empty(capacity, dtype=np.int32)

    def find(self, now_s: float) -> list[Presence]:
        """Every aircraft inside a zone or on its way into it, by zone and slot."""
        table = self._table
        if len(self._slots) < table.size:
            self._resize(table.data.shape[1])
        count = feet_of(table.data, table.size, now_s, self._lookahead_s, self._starts, self._ends, self._slots)
        while True:
            found = scan_zones(
                table.data,
                self._slots,
                now_s,
                self._starts,
                self._ends,
                count,
                self._figures,
                self._rings,
                self._ring_ends,
                self._limits,
                self._datums,
                self._settings,
                self._hits,
            )
            if found <= len(self._hits):
                rows = self._hits[:found].tolist()
                return [Presence(int(zone), int(slot), seconds) for zone, slot, seconds in rows]
            self._hits = np.empty((2 * found, 3))
