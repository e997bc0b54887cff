"""All expected flights, prepared for being held against every track at once.

Frame: WGS84, Earth-centred places; metres; POSIX UTC seconds. Prepared once for a set of flights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.footprints import FOOTPRINT_WORDS
from steerclear.model.track import AltitudeDatum
from steerclear.strategic.expected import ExpectedFlight
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.likeness import Names
from steerclear.strategic.limits import MAX_EXPECTED_FLIGHTS
from steerclear.strategic.preparing import prepared
from steerclear.strategic.volumes import PreparedVolume

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

DATUMS: Final = {
    None: 0,
    AltitudeDatum.ELLIPSOID: 1,
    AltitudeDatum.MSL_GEOID: 2,
    AltitudeDatum.PRESSURE_STANDARD: 3,
}

SPANS: Final = 6
"""Of a volume beside its footprint: from, until, lower and upper in its datum, lower and upper above mean sea level."""


class FlightTables(NamedTuple):
    """Arrays of all flights; those of a flight's volumes are `first[k]` to `first[k + 1]`."""

    first: Places
    """Of flights, one more than there are."""
    bounds: Floats
    """Of flights: middle x, y, z (Earth-centred), reach, from, until; reach below 0 where nothing is known of where."""
    words: Floats
    """Of volumes: the footprint's words."""
    spans: Floats
    """Of volumes: SPANS numbers."""
    datums: Places
    points: Floats
    """Corners of all footprints, shape (2, points), each in the plane of its own."""
    rings: Places
    """Of volumes, one more than there are: where their corners begin."""


class ExpectedFlights:
    """A set of flights, prepared. Flights beyond MAX_EXPECTED_FLIGHTS are left out, and counted in `left_out`."""

    def __init__(self, flights: Iterable[ExpectedFlight]) -> None:
        given = tuple(sorted(flights, key=lambda flight: flight.key))
        self.flights: Sequence[ExpectedFlight] = given[:MAX_EXPECTED_FLIGHTS]
        self.left_out = len(given) - len(self.flights)
        self.keys = tuple(flight.key for flight in self.flights)
        self.number_of = {key: number for number, key in enumerate(self.keys)}
        self.names = Names(self.flights)
        self.tables = flight_tables(self.flights)


def _prepared(flight: ExpectedFlight) -> Iterator[PreparedVolume]:
    for volume in flight.volumes:
        try:
            yield prepared(volume)
        except VolumeError:
            continue  # a peer's volume that is none explains no aircraft


def flight_tables(flights: Sequence[ExpectedFlight]) -> FlightTables:
    """The arrays of flights; a volume that is none is left out: it explains no aircraft."""
    volumes = [tuple(_prepared(flight)) for flight in flights]
    every = [volume for own in volumes for volume in own]
    bounds = np.empty((len(flights), 6))
    for number, (flight, own) in enumerate(zip(flights, volumes, strict=True)):
        bounds[number] = _bounds(flight, own)
    return FlightTables(
        first=np.array([0, *accumulate(len(own) for own in volumes)], np.int64),
        bounds=bounds,
        words=np.array([one.footprint.words for one in every]).reshape(-1, FOOTPRINT_WORDS),
        spans=np.array([(one.volume.from_s, one.volume.until_s, *one.own, *one.sea) for one in every]).reshape(
            -1, SPANS
        ),
        datums=np.array([DATUMS[one.volume.altitude_datum] for one in every], np.int64),
        points=np.ascontiguousarray(
            np.concatenate([one.footprint.flat for one in every], axis=1) if every else np.zeros((2, 0))
        ),
        rings=np.array([0, *accumulate(one.footprint.flat.shape[1] for one in every)], np.int64),
    )


def _bounds(flight: ExpectedFlight, own: Sequence[PreparedVolume]) -> tuple[float, ...]:
    if not own:
        return 0.0, 0.0, 0.0, -1.0, flight.from_s, flight.until_s
    feet = np.array([one.footprint.words[:3] for one in own])
    middle = (feet.min(axis=0) + feet.max(axis=0)) / 2.0
    away = np.sqrt(((feet - middle) ** 2).sum(axis=1)) + np.array([one.footprint.reach_m for one in own])
    from_s = min(one.volume.from_s for one in own)
    until_s = max(one.volume.until_s for one in own)
    return float(middle[0]), float(middle[1]), float(middle[2]), float(away.max()), from_s, until_s
