"""Index cells: what intersects shares a key, and there are few keys."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.geodesy.cells import covering, keys_sought, keys_stored, with_ancestors
from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.footprints import circle_footprint, polygon_footprint
from steerclear.geodesy.limits import MAX_COVER_CELLS, MAX_KEYS, MAX_KEYS_STORED
from steerclear.geodesy.paths import destination
from steerclear.separation.overlap import footprints_intersect

# Corners and edges of the cube, poles, the antimeridian, and anywhere.
SPECIAL = [
    (35.26438968, 45.0),
    (-35.26438968, -135.0),
    (0.0, 45.0),
    (45.0, 90.0),
    (90.0, 0.0),
    (-90.0, 0.0),
    (0.0, 180.0),
]
places = st.one_of(
    st.sampled_from(SPECIAL),
    st.tuples(st.floats(-1.0, 1.0).map(lambda sine: float(np.degrees(np.arcsin(sine)))), st.floats(-180.0, 180.0)),
)
sizes = st.floats(-1.0, 6.2).map(lambda power: 10.0**power)


def star(place, size_m, bearings, shares):
    latitude, longitude = destination(*place, np.array(sorted(bearings)), size_m * np.array(shares))
    return polygon_footprint(latitude, longitude)


@st.composite
def footprints(draw, place, size_m):
    if draw(st.booleans()):
        return circle_footprint(*place, size_m)
    count = draw(st.integers(3, 7))
    turns = [360.0 * (k + draw(st.floats(0.1, 0.9))) / count for k in range(count)]
    return star(place, size_m, turns, draw(st.lists(st.floats(0.4, 1.0), min_size=count, max_size=count)))


@st.composite
def pairs(draw):
    place, size, other = draw(places), draw(sizes), draw(sizes)
    within_m = draw(st.sampled_from([0.0, 0.0, 30.0, 5_000.0, 400_000.0]))
    away = draw(st.floats(0.0, 1.1)) * (size + other + within_m)
    at = destination(*place, draw(st.floats(0.0, 360.0)), away)
    return draw(footprints(place, size)), draw(footprints((float(at[0]), float(at[1])), other)), within_m


@pytest.mark.requirement("SC-VOL-05")
@settings(max_examples=1_500)
@given(pairs())
def test_footprints_that_intersect_share_a_key_and_keys_are_bounded(pair):
    a, b, within_m = pair
    for one, other in ((a, b), (b, a)):
        stored, sought = keys_stored(one), keys_sought(other, within_m)
        if footprints_intersect(one, other, within_m):
            assert set(stored) & set(sought)
        for keys, most in ((stored, MAX_KEYS_STORED), (sought, MAX_KEYS)):
            assert len(set(keys)) == len(keys) <= most
            assert all(0 <= key < 2**63 for key in keys)
        assert 1 <= len(covering(one)) <= MAX_COVER_CELLS


@pytest.mark.requirement("SC-VOL-05")
def test_a_kilometre_has_few_keys_and_seldom_shares_one_with_what_is_far():
    random = np.random.default_rng(5)
    counts, small, shared = [], [], 0
    for _ in range(300):
        place = float(np.degrees(np.arcsin(random.uniform(-1, 1)))), float(random.uniform(-180, 180))
        square = star(place, 707.0, [45.0, 135.0, 225.0, 315.0], [1.0] * 4)
        counts.append(len(keys_stored(square)))
        small.append(len(keys_stored(circle_footprint(*place, float(random.uniform(50.0, 300.0))))))
        at = destination(*place, random.uniform(0.0, 360.0), 12_000.0)
        shared += bool(set(keys_stored(square)) & set(keys_sought(star(at, 707.0, [0.0, 120.0, 240.0], [1.0] * 3))))
    assert np.mean(counts) <= 9.0
    assert np.quantile(counts, 0.9) <= 14
    assert np.mean(small) <= 8.0
    assert shared == 0


def test_what_is_larger_than_all_marked_cells_is_found_by_the_small_and_finds_the_small():
    world = circle_footprint(10.0, 20.0, 2_000_000.0)
    for place, size_m in (((10.0, 20.0), 30.0), ((-2.0, 24.0), 20_000.0), ((20.0, 15.0), 300_000.0)):
        small = circle_footprint(*place, size_m)
        assert set(keys_stored(small)) & set(keys_sought(world))
        assert set(keys_stored(world)) & set(keys_sought(small))


def test_larger_cells_stand_round_smaller_ones():
    cells = covering(circle_footprint(47.0, 8.0, 300.0))
    everything = with_ancestors(cells)
    assert set(cells) <= set(everything)
    assert with_ancestors(everything) == everything
    assert set(keys_sought(circle_footprint(47.0, 8.0, 300.0))) >= set(everything)


@pytest.mark.parametrize("within_m", [-1.0, float("nan"), 500_001.0])
def test_absurd_distances_are_refused(within_m):
    with pytest.raises(FootprintError, match="round a footprint"):
        covering(circle_footprint(0.0, 0.0, 10.0), within_m)
