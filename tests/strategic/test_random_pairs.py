"""Promise 15: random pairs of 4D volumes against an exact judge of another make; nothing missed, nothing invented."""

from __future__ import annotations

import os
from math import inf

import numpy as np
import pytest

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.separation.nearness import TOUCHING_M
from steerclear.separation.overlap import footprint_distance_m
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.volumes import Buffer, overlap, prepare
from tests.strategic.flat_oracle import distances
from tests.strategic.pairs import PairMaker

PAIRS = int(os.environ.get("STEERCLEAR_VOLUME_PAIRS", "100000"))
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


@pytest.mark.requirement("SC-VOL-03")
@pytest.mark.requirement("SC-VOL-04")
def test_no_overlap_of_random_pairs_is_missed_and_none_invented():
    maker = PairMaker(15)
    shapes_a, shapes_b, _ = maker.make(PAIRS)
    low, high = distances(shapes_a, shapes_b)
    pairs = zip(volumes_of(shapes_a, maker.random), volumes_of(shapes_b, maker.random), low, high, strict=True)
    found = clear = near = 0
    for number, ((a, bounds), (b, others), least, most) in enumerate(pairs):
        one, other = prepared(a), prepared(b)
        if one is None or other is None:
            continue
        slack = one.footprint.excess_m + other.footprint.excess_m
        apart = footprint_distance_m(one.footprint, other.footprint)
        assert least - slack - 1e-3 <= apart <= most + slack + 1e-3, f"pair {number}"
        meets = overlap(one, other, Buffer())
        shares = bounds[0] <= others[1] and others[0] <= bounds[1] and bounds[2] <= others[3] and others[2] <= bounds[3]
        if shares and most <= ROUNDING_M:
            assert meets is not None, f"pair {number} shares a place and is missed"
            found += 1
        elif not shares or least > max(TOUCHING_M, slack) + slack:
            assert meets is None, f"pair {number} is {least} m apart"
            clear += 1
        else:
            near += 1
    assert found > 0.2 * PAIRS
    assert clear > 0.2 * PAIRS
    assert near < 0.01 * PAIRS
    assert found + clear + near > 0.999 * PAIRS


@pytest.mark.requirement("SC-VOL-03")
def test_buffers_are_kept_to_the_centimetre():
    maker = PairMaker(16)
    shapes_a, shapes_b, _ = maker.make(5_000)
    low, high = distances(shapes_a, shapes_b)
    when = {"from_s": 0.0, "until_s": 1.0}
    kept = 0
    for a, b, least, most in zip(shapes_a, shapes_b, low, high, strict=True):
        one, other = (prepared(Volume4D(area=area_of(shape), **when)) for shape in (a, b))
        if one is None or other is None or least == 0.0:
            continue
        slack = one.footprint.excess_m + other.footprint.excess_m
        assert overlap(one, other, Buffer(horizontal_m=most)) is not None
        shorter = least - max(TOUCHING_M, slack) - slack - 1e-3
        if shorter > 0.0:
            assert overlap(one, other, Buffer(horizontal_m=shorter)) is None
            kept += 1
    assert kept > 1_000
