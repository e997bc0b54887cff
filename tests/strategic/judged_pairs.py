"""Random pairs of 4D volumes, each judged by `overlap` and by the flat oracle, for the test and for the long proof."""

from __future__ import annotations

from collections import Counter
from math import inf

import numpy as np

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.separation.nearness import TOUCHING_M
from steerclear.separation.overlap import footprint_distance_m
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.volumes import Buffer, overlap, prepare
from tests.strategic.flat_oracle import distances
from tests.strategic.pairs import PairMaker

ROUNDING_M = 1e-6
"""Vertices put on an edge by a calculation are this near to it."""

# Few values, so that bounds often touch exactly.
TIMES_S = 1_800_000_000.0 + np.array([0.0, 60.0, 120.0, 180.0, 240.0])
HEIGHTS_M = np.array([-inf, 0.0, 30.48, 60.96, 121.92, 152.4, inf])


def area_of(shape):
    latitude, longitude, radius = shape
    places = tuple(
        Position(latitude_deg=float(lat), longitude_deg=float(lon))
        for lat, lon in zip(latitude, longitude, strict=True)
    )
    return CircleArea(centre=places[0], radius_m=float(radius)) if radius else PolygonArea(vertices=places)


def volumes_of(shapes, random):
    """Volumes over shapes, each with its bounds: from, until, low, high."""
    times = np.sort(random.choice(TIMES_S, (len(shapes), 2)), axis=1)
    heights = np.sort(random.choice(HEIGHTS_M, (len(shapes), 2)), axis=1)
    heights[heights[:, 0] == inf, 0] = HEIGHTS_M[-2]
    heights[heights[:, 1] == -inf, 1] = HEIGHTS_M[1]
    for shape, (begin, end), (low, high) in zip(shapes, times.tolist(), heights.tolist(), strict=True):
        yield (
            Volume4D(
                area=area_of(shape),
                lower_m=None if low == -inf else low,
                upper_m=None if high == inf else high,
                altitude_datum=None if low == -inf and high == inf else AltitudeDatum.ELLIPSOID,
                from_s=begin,
                until_s=end,
            ),
            (begin, end, low, high),
        )


def prepared(volume):
    """None where the vertices that were drawn lie on one line."""
    try:
        return prepare(volume)
    except VolumeError as error:
        if error.field == "area" and "no area" in str(error):
            return None
        raise


def judge_pairs(seed, count):
    """Return sentences about pairs that were judged wrongly, and how many pairs share, are clear, or are near."""
    maker = PairMaker(seed)
    shapes_a, shapes_b, _ = maker.make(count)
    low, high = distances(shapes_a, shapes_b)
    pairs = zip(volumes_of(shapes_a, maker.random), volumes_of(shapes_b, maker.random), low, high, strict=True)
    broken, counts = [], Counter()
    for number, ((a, bounds), (b, others), least, most) in enumerate(pairs):
        one, other = prepared(a), prepared(b)
        if one is None or other is None:
            counts["on one line"] += 1
            continue
        slack = one.footprint.excess_m + other.footprint.excess_m
        apart = footprint_distance_m(one.footprint, other.footprint)
        if not least - slack - 1e-3 <= apart <= most + slack + 1e-3:
            broken.append(f"seed {seed}: pair {number} is {least} to {most} m apart, not {apart} m")
        meets = overlap(one, other, Buffer()) is not None
        shares = bounds[0] <= others[1] and others[0] <= bounds[1] and bounds[2] <= others[3] and others[2] <= bounds[3]
        if shares and most <= ROUNDING_M:
            counts["shared"] += 1
            if not meets:
                broken.append(f"seed {seed}: pair {number} shares airspace and is missed")
        elif not shares or least > max(TOUCHING_M, slack) + slack:
            counts["clear"] += 1
            if meets:
                broken.append(f"seed {seed}: pair {number} is reported, {least} m apart")
        else:
            counts["within a centimetre"] += 1
    return broken, counts
