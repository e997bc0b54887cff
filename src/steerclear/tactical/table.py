"""The tracks' numbers as columns: one slot per aircraft, read and written as plain floats, scanned as arrays.

Frame: WGS84 degrees; altitudes in metres above the datum that the column names; velocity east, north, up in m/s; times
POSIX UTC seconds. NaN means unknown. An empty slot has its deadlines at -inf (never believed) and `drop_at` at +inf.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from heapq import heappop, heappush
from math import inf, nan
from typing import Final, cast, overload

import numpy as np
from numpy.typing import NDArray

from steerclear.model.track import Identity

COLUMNS: Final = (
    "time",
    "latitude",
    "longitude",
    "pressure",
    "ellipsoid",
    "east",
    "north",
    "up",
    "velocity_time",
    "pressure_time",
    "ellipsoid_time",
    "period",
    "fresh_until",
    "coast_until",
    "check_until",
    "drop_at",
)
"""`check_until` is `coast_until` for aircraft that take part in checks, -inf for those on the ground or unconfirmed."""

TIME: Final = COLUMNS.index("time")
LATITUDE: Final = COLUMNS.index("latitude")
LONGITUDE: Final = COLUMNS.index("longitude")
PRESSURE: Final = COLUMNS.index("pressure")
ELLIPSOID: Final = COLUMNS.index("ellipsoid")
EAST: Final = COLUMNS.index("east")
NORTH: Final = COLUMNS.index("north")
UP: Final = COLUMNS.index("up")
CHECK_UNTIL: Final = COLUMNS.index("check_until")

NO_PARTY: Final = -1

CREWED: Final = 1
UNCREWED: Final = 2
EITHER: Final = CREWED | UNCREWED
"""Bits of what an aircraft may be; where nobody can tell it is both."""

_EMPTY: Final = {"fresh_until": -inf, "coast_until": -inf, "check_until": -inf, "drop_at": inf}
_FIRST_CAPACITY: Final = 256


@overload
def column_of(row: NDArray[np.float64]) -> MutableSequence[float]: ...
@overload
def column_of(row: NDArray[np.int32]) -> MutableSequence[int]: ...
def column_of(row: NDArray[np.float64] | NDArray[np.int32]) -> MutableSequence[float] | MutableSequence[int]:
    """The array as a memoryview, which reads and writes plain Python numbers several times faster than the array."""
    return cast(MutableSequence[float], memoryview(row))  # type: ignore[arg-type]


class TrackNames:
    """What is known of one slot besides numbers."""

    __slots__ = (
        "claim_reports",
        "ground_time_s",
        "heard_from",
        "history",
        "history_source",
        "identity",
        "keys",
        "on_ground",
        "pins",
        "track_id",
    )

    def __init__(self, track_id: str, identity: Identity) -> None:
        self.track_id = track_id
        self.identity = identity
        self.heard_from: dict[str, float] = {}
        """Source -> time of its last report used or seen late."""
        self.keys: list[int | str | tuple[str, str]] = []
        """The ICAO addresses, remote ids and (source, track number) keys that lead to this slot."""
        self.history: list[tuple[float, float, float, float]] = []
        self.history_source = ""
        self.on_ground = False
        self.ground_time_s = -inf
        """When it was last said to be on the ground."""
        self.claim_reports = 0
        """Reports still missing until a contested claim is confirmed; 0 for every other track."""
        self.pins = 0
        """Open alerts about this aircraft: it is not forgotten while there is one."""


class TrackTable:
    """Slots of tracks. The lowest free slot is used first, so the same history gives the same slots."""

    time: MutableSequence[float]
    latitude: MutableSequence[float]
    longitude: MutableSequence[float]
    pressure: MutableSequence[float]
    ellipsoid: MutableSequence[float]
    east: MutableSequence[float]
    north: MutableSequence[float]
    up: MutableSequence[float]
    velocity_time: MutableSequence[float]
    pressure_time: MutableSequence[float]
    ellipsoid_time: MutableSequence[float]
    period: MutableSequence[float]
    fresh_until: MutableSequence[float]
    coast_until: MutableSequence[float]
    check_until: MutableSequence[float]
    drop_at: MutableSequence[float]

    def __init__(self) -> None:
        self.size = 0
        """Slots from here on have never been used."""
        self.names: list[TrackNames | None] = []
        self._free: list[int] = []
        no_slots = np.empty(0, dtype=np.int32)
        self._allocate(np.empty((len(COLUMNS), 0)), no_slots, no_slots, _FIRST_CAPACITY)

    def _allocate(
        self, data: NDArray[np.float64], party: NDArray[np.int32], kinds: NDArray[np.int32], capacity: int
    ) -> None:
        self.data = np.full((len(COLUMNS), capacity), nan)
        self.party = np.full(capacity, NO_PARTY, dtype=np.int32)
        self.kinds = np.full(capacity, EITHER, dtype=np.int32)
        """CREWED, UNCREWED or EITHER."""
        for name, value in _EMPTY.items():
            self.data[COLUMNS.index(name)] = value
        self.data[:, : data.shape[1]] = data
        self.party[: party.shape[0]] = party
        self.kinds[: kinds.shape[0]] = kinds
        self.names.extend([None] * (capacity - len(self.names)))
        (
            self.time,
            self.latitude,
            self.longitude,
            self.pressure,
            self.ellipsoid,
            self.east,
            self.north,
            self.up,
            self.velocity_time,
            self.pressure_time,
            self.ellipsoid_time,
            self.period,
            self.fresh_until,
            self.coast_until,
            self.check_until,
            self.drop_at,
        ) = (column_of(row) for row in self.data)

    @property
    def live(self) -> int:
        """How many slots hold a track."""
        return self.size - len(self._free)

    def add(self, names: TrackNames) -> int:
        """Put a track into the lowest free slot and return the slot."""
        if self._free:
            slot = heappop(self._free)
        else:
            slot = self.size
            if slot == self.data.shape[1]:
                self._allocate(self.data, self.party, self.kinds, 2 * slot)
            self.size += 1
        self.names[slot] = names
        return slot

    def remove(self, slot: int) -> None:
        """Empty a slot."""
        self.data[:, slot] = nan
        for name, value in _EMPTY.items():
            self.data[COLUMNS.index(name), slot] = value
        self.party[slot] = NO_PARTY
        self.kinds[slot] = EITHER
        self.names[slot] = None
        heappush(self._free, slot)

    def known(self, slot: int) -> TrackNames:
        """The names of a slot that holds a track."""
        names = self.names[slot]
        if names is None:
            raise LookupError(f"slot {slot} holds no track: a fault of the picture, please report it")
        return names

    def slots(self) -> list[int]:
        """The slots that hold a track, ascending."""
        return [slot for slot in range(self.size) if self.names[slot] is not None]
