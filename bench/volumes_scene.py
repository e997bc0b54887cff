"""Plans for the volumes section: ten volumes of one to two kilometres in time sequence, drawn from a seed.

Two thirds of the plans begin round twenty towns, the others anywhere in an area of 400 by 300 km; all within six hours
and below 120 m above the ellipsoid, in layers of 20 to 40 m.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import PolygonArea, Position, Volume4D

Floats = NDArray[np.float64]

VOLUMES_PER_PLAN: Final = 10
TOWNS: Final = 20
MIDDLE_DEG: Final = (48.0, 10.0)
SIZE_M: Final = (400_000.0, 300_000.0)
SPAN_S: Final = 21_600.0
METRES_PER_DEGREE: Final = 111_195.0
START_S: Final = 1_800_000_000.0


@dataclass(frozen=True)
class Plans:
    """Corners (plans, volumes, 4, 2) as latitude and longitude, times and heights (plans, volumes, 2)."""

    corners_deg: Floats
    times_s: Floats
    heights_m: Floats

    def __len__(self) -> int:
        """How many plans."""
        return len(self.corners_deg)

    def volumes(self, plan: int) -> Iterator[Volume4D]:
        """The volumes of one plan."""
        for ring, (begin, end), (low, high) in zip(
            self.corners_deg[plan].tolist(), self.times_s[plan].tolist(), self.heights_m[plan].tolist(), strict=True
        ):
            vertices = tuple(Position(latitude_deg=latitude, longitude_deg=longitude) for latitude, longitude in ring)
            yield Volume4D(
                area=PolygonArea(vertices=vertices),
                lower_m=low,
                upper_m=high,
                altitude_datum=AltitudeDatum.ELLIPSOID,
                from_s=begin,
                until_s=end,
            )


def plans(count: int, seed: int) -> Plans:
    """Draw plans: legs of 1 to 2 km, 200 to 400 m wide, flown at 15 m/s, each volume kept for two minutes more."""
    towns = np.random.default_rng(0).uniform(-0.5, 0.5, (TOWNS, 2)) * SIZE_M
    random = np.random.default_rng(seed)
    anywhere = random.uniform(-0.5, 0.5, (count, 2)) * SIZE_M
    in_town = towns[random.integers(TOWNS, size=count)] + random.normal(0.0, 6_000.0, (count, 2))
    start = np.where(random.random((count, 1)) < 2.0 / 3.0, in_town, anywhere)
    shape = (count, VOLUMES_PER_PLAN)
    legs = random.uniform(1_000.0, 2_000.0, shape)
    heading = random.uniform(0.0, 2.0 * np.pi, (count, 1)) + np.cumsum(random.normal(0.0, 0.4, shape), axis=1)
    along = np.stack([np.sin(heading), np.cos(heading)], axis=-1)
    ends = start[:, None] + np.cumsum(legs[..., None] * along, axis=1)
    begins = ends - legs[..., None] * along
    half = random.uniform(100.0, 200.0, (count, 1, 1)) * np.stack([along[..., 1], -along[..., 0]], axis=-1)
    corners = np.stack([begins + half, ends + half, ends - half, begins - half], axis=2)
    longitude_m = METRES_PER_DEGREE * np.cos(np.radians(MIDDLE_DEG[0]))
    latitude = MIDDLE_DEG[0] + corners[..., 1] / METRES_PER_DEGREE
    longitude = MIDDLE_DEG[1] + corners[..., 0] / longitude_m
    flown = np.cumsum(legs / 15.0, axis=1)
    begin = START_S + random.uniform(0.0, SPAN_S, (count, 1)) + flown - legs / 15.0
    low = random.uniform(30.0, 80.0, (count, 1)) + np.zeros(shape)
    high = low + random.uniform(20.0, 40.0, (count, 1))
    return Plans(
        np.stack([latitude, longitude], axis=-1),
        np.stack([begin, begin + legs / 15.0 + 120.0], axis=-1),
        np.stack([low, high], axis=-1),
    )
