"""Many volumes into the tables of an index at once: one kernel prepares each outline and enters it.

A call for each of a million volumes costs more than what is done in it. What is entered is what `volumes.prepare` and
`VolumeIndex.insert` would enter; an outline that is refused there is refused here. Degrees, metres, POSIX UTC seconds.
"""

from collections.abc import Sequence
from math import inf
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy import planes
from steerclear.geodesy.limits import MAX_RADIUS_M, MAX_VERTICES, MIN_RADIUS_M
from steerclear.geodesy.preparing import prepared
from steerclear.geodesy.vertical import LARGEST_UNDULATION_M
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, Volume4D
from steerclear.separation.compiling import kernel
from steerclear.strategic import limits
from steerclear.strategic.index_search import NO_DATUM
from steerclear.strategic.index_tables import (
    COVER_CELLS,
    ENTRIES,
    FROM,
    LONGEST,
    NODES,
    NODES_PER_VOLUME,
    NUMBERS,
    POINTS,
    Floats,
    Places,
    Tables,
    put_in,
)
from steerclear.strategic.volumes import above_sea

DATUM_NUMBERS: Final = {
    None: NO_DATUM,
    AltitudeDatum.ELLIPSOID: 1,
    AltitudeDatum.MSL_GEOID: 2,
    AltitudeDatum.PRESSURE_STANDARD: 3,
}
"""Numbers that the tables have for datums."""
GIVEN: Final = NUMBERS - FROM
"""Numbers of a volume that are not its outline's: times, and its bands of height."""


class Rows(NamedTuple):
    """Volumes side by side."""

    latitude_deg: Floats
    """Of the vertices of all outlines, one after the other; of a circle, its centre."""
    longitude_deg: Floats
    ends: Places
    """Of volumes: where its vertices end in these."""
    radius_m: Floats
    """Of volumes: of a circle; 0 for a polygon."""
    given: Floats
    """Of volumes: GIVEN numbers."""
    datums: Places
    refused: NDArray[np.bool_]
    """Of volumes: whether it is none; of outlines that is found while they are entered."""


class Lot:
    """Volumes of many keys that are to be entered together."""

    def __init__(self) -> None:
        self._latitude: list[float] = []
        self._longitude: list[float] = []
        self._ends: list[int] = []
        self._radius: list[float] = []
        self._given: list[tuple[float, float, float, float]] = []
        self._datums: list[int] = []

    def __len__(self) -> int:
        """How many volumes."""
        return len(self._ends)

    def add(self, volumes: Sequence[Volume4D], datums: Sequence[int]) -> bool:
        """Add volumes; False, and none is added, where an outline or a bound cannot be as it is given."""
        for volume in volumes:
            if volume.lower_m == -inf or volume.upper_m == inf:
                return False  # in a row these mean that no bound was given
            area = volume.area
            if isinstance(area, CircleArea):
                if not MIN_RADIUS_M <= area.radius_m <= MAX_RADIUS_M:
                    return False
            elif not 3 <= len(area.vertices) <= MAX_VERTICES:
                return False
        for volume in volumes:
            area = volume.area
            if isinstance(area, CircleArea):
                self._latitude.append(area.centre.latitude_deg)
                self._longitude.append(area.centre.longitude_deg)
                self._radius.append(area.radius_m)
            else:
                for vertex in area.vertices:
                    self._latitude.append(vertex.latitude_deg)
                    self._longitude.append(vertex.longitude_deg)
                self._radius.append(0.0)
            self._ends.append(len(self._latitude))
            low, high = volume.lower_m, volume.upper_m
            self._given.append(
                (volume.from_s, volume.until_s, -inf if low is None else low, inf if high is None else high)
            )
        self._datums.extend(datums)
        return True

    def rows(self) -> Rows:
        """The volumes side by side."""
        datums = np.array(self._datums, np.int64)
        given = np.empty((len(self), GIVEN))
        given[:, :4] = self._given
        low, high = given[:, 2], given[:, 3]
        above = np.where(datums == DATUM_NUMBERS[AltitudeDatum.ELLIPSOID], LARGEST_UNDULATION_M, 0.0)
        given[:, 4], given[:, 5] = low - above, high + above
        for row in np.flatnonzero(datums == DATUM_NUMBERS[AltitudeDatum.PRESSURE_STANDARD]).tolist():
            given[row, 4:] = above_sea((low[row], high[row]), AltitudeDatum.PRESSURE_STANDARD)
        return Rows(
            np.array(self._latitude),
            np.array(self._longitude),
            np.array(self._ends, np.int64),
            np.array(self._radius),
            given,
            datums,
            ~_sound(given, datums),
        )


def _sound(given: Floats, datums: Places) -> NDArray[np.bool_]:
    """Of which volumes times and heights are such as `volumes.prepare` takes."""
    from_s, until_s, low, high = given[:, :4].T
    sound = (from_s >= limits.MIN_TIME_S) & (until_s <= limits.MAX_TIME_S) & (from_s <= until_s) & (low <= high)
    bounded = np.zeros(len(datums), np.bool_)
    for height_m, none in ((low, -inf), (high, inf)):
        there = height_m != none
        sound &= ~there | ((height_m >= limits.MIN_ALTITUDE_M) & (height_m <= limits.MAX_ALTITUDE_M))
        bounded |= there
    return np.asarray(sound & (~bounded | (datums != NO_DATUM)), np.bool_)


@kernel
def fill(tables: Tables, rows: Rows, slots: Places, owners: Places, begin: int) -> tuple[int, int]:
    """Enter volumes from one on, as far as there is room; mark those that are refused.

    Returns the first that is left, and how many points it needs.
    """
    counts = tables.counts
    numbers, words = np.empty(NUMBERS), np.empty(FROM)
    for k in range(begin, len(rows.ends)):
        first = rows.ends[k - 1] if k > 0 else 0
        last = rows.ends[k]
        latitude, longitude = rows.latitude_deg[first:last].copy(), rows.longitude_deg[first:last].copy()
        sound = not rows.refused[k]
        for at in range(len(latitude)):
            sound = sound and abs(latitude[at]) <= 90.0 and -180.0 <= longitude[at] <= 360.0
        flat = np.zeros((2, 1))
        if sound and rows.radius_m[k] > 0.0:
            x, y, z = planes.foot(latitude[0], longitude[0])
            planes.touch(x, y, z, words)
            words[13] = words[14] = rows.radius_m[k]
            words[15] = 0.0
        elif sound:
            refusal, _, _, _, _, flat = prepared(latitude, longitude, words)
            sound = refusal == 0
        rows.refused[k] = not sound
        if not sound:
            continue
        entries = counts[ENTRIES] + 2 * COVER_CELLS * (2 * counts[LONGEST] + 2)
        room = counts[POINTS] + flat.shape[1] <= tables.points.shape[1] and entries <= len(tables.slots)
        if not room or counts[NODES] + NODES_PER_VOLUME > len(tables.cells):
            return k, flat.shape[1]
        numbers[:FROM] = words
        numbers[FROM:] = rows.given[k]
        put_in(tables, slots[k], owners[k], numbers, flat, rows.datums[k])
    return len(rows.ends), 0
