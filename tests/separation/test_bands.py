"""Free bands: no target in them is in loss (brute force), little is lost, and plain geometry's answers come out."""

from math import asin, atan2, cos, degrees, pi, radians, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.separation.band_areas import Area, free_of_area, is_inside
from steerclear.separation.bands import Traffic, bands, blur_m, free_cells, within_reach
from steerclear.separation.manoeuvres import climb_stem, level_stem, path_of, speed_stem, straight_stem, turn_stem

LOOKAHEAD_S = 180.0


def traffic_of(*rows, horizontal_m=9_260.0, vertical_m=300.0, lookahead_s=LOOKAHEAD_S):
    """Rows of (x, y, z, vx, vy, vz)."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    ones = np.ones(len(table))
    return Traffic(table[:, :3], table[:, 3:], ones * horizontal_m, ones * vertical_m, ones * lookahead_s)


class Manoeuvre:
    """A manoeuvre flown step by step: the brute-force side, written from the text of `manoeuvres` only."""

    def __init__(self, kind, velocity, rate):
        self.kind, self.velocity, self.rate = kind, np.array(velocity, dtype=np.float64), rate

    def stem(self, change):
        if self.kind == "turn":
            return turn_stem(self.velocity, self.rate, change)
        if self.kind == "speed":
            return speed_stem(self.velocity, self.rate, float(np.hypot(*self.velocity[:2])) + change)
        if self.kind == "climb":
            return climb_stem(self.velocity, self.rate, float(self.velocity[2]) + change)
        return level_stem(self.velocity, self.rate, change)

    def flown(self, change, times):
        """Places at times, by integrating the velocity in small steps."""
        step = 0.02
        fine = np.arange(0.0, times[-1] + step, step)
        share = np.clip(self.rate * (fine + 0.5 * step), 0.0, abs(change)) * np.sign(change)
        v = np.broadcast_to(self.velocity, (len(fine), 3)).copy()
        speed = np.hypot(v[0, 0], v[0, 1])
        heading = np.arctan2(v[0, 0], v[0, 1])
        if self.kind == "turn":
            v[:, 0], v[:, 1] = speed * np.sin(heading + share), speed * np.cos(heading + share)
        elif self.kind == "speed":
            v[:, 0], v[:, 1] = (speed + share) * np.sin(heading), (speed + share) * np.cos(heading)
        elif self.kind == "climb":
            v[:, 2] = v[:, 2] + share
        else:
            v[:, 2] = np.where(self.rate * fine < abs(change), self.rate * np.sign(change), 0.0)
        places = np.vstack([np.zeros(3), np.cumsum(v * step, axis=0)])
        return np.stack([np.interp(times, np.append(fine, fine[-1] + step), places[:, k]) for k in range(3)], axis=1)

    def nearest(self, change, traffic, step=0.25):
        """The least of max(horizontal share, vertical share) of the minima over all traffic and all sampled times."""
        times = np.arange(0.0, LOOKAHEAD_S + step, step)
        own = self.flown(change, times)
        apart = own[:, None, :] - traffic.place_m[None] - traffic.velocity_mps[None] * times[:, None, None]
        return np.hypot(apart[..., 0], apart[..., 1]), np.abs(apart[..., 2])


def cell_of(stem, change):
    """The cell that holds a change."""
    found = int(np.searchsorted(np.abs(stem.targets - stem.targets[0]), abs(change), side="right")) - 1
    return min(found, len(stem.branch_m) - 1)


KINDS = {
    "turn": ((0.0, 200.0, 0.0), radians(1.5), (-pi, pi)),
    "speed": ((150.0, 120.0, 3.0), 0.5, (-40.0, 40.0)),
    "climb": ((0.0, -180.0, 2.0), 2.0, (-12.0, 10.0)),
    "level": ((-160.0, 60.0, 0.0), 7.6, (-1_200.0, 1_200.0)),
}


def rows_of(seed):
    """One to five aircraft, evenly all over the reach of the manoeuvres."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 6))
    low = np.array([-45e3, -45e3, -1_500.0, -250.0, -250.0, -12.0])
    return [tuple(row) for row in rng.uniform(low, -low, (count, 6)).tolist()]


skies = st.integers(0, 10**6).map(rows_of)


@pytest.mark.requirement("SC-ADV-01")
@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(sorted(KINDS)), side=st.sampled_from([0, 1]), rows=skies, share=st.floats(0.0, 1.0))
def test_no_target_of_a_free_band_is_in_loss_and_little_is_left_out(kind, side, rows, share):
    velocity, rate, reach = KINDS[kind]
    traffic = traffic_of(*rows)
    manoeuvre = Manoeuvre(kind, velocity, rate)
    stem = manoeuvre.stem(reach[side])
    free = free_cells(stem, traffic)
    change = share * reach[side]
    cell = cell_of(stem, change)
    horizontal, vertical = manoeuvre.nearest(change, traffic)
    # Sampling and integration of the brute force cost up to a few metres.
    if free[cell]:
        assert not ((horizontal <= 9_260.0 - 5.0) & (vertical <= 300.0 - 2.0)).any()
    blur_h, blur_v = blur_m(stem, LOOKAHEAD_S)
    slack_h, slack_v = blur_h + 250.0 * 0.25 + 60.0, blur_v + 10.0
    if not ((horizontal <= 9_260.0 + slack_h) & (vertical <= 300.0 + slack_v)).any():
        assert free[cell]


@pytest.mark.requirement("SC-ADV-02")
def test_head_on_the_turn_is_the_tangent_of_plain_geometry():
    """At equal speeds and with a turn in no time the edge is where the relative track is tangent to the circle."""
    speed, apart_m, radius_m = 200.0, 40_000.0, 9_260.0
    traffic = traffic_of((0.0, apart_m, 0.0, 0.0, -speed, 0.0), lookahead_s=1_000.0)
    stem = turn_stem(np.array([0.0, speed, 0.0]), 1e3, pi)
    (band,) = bands(stem.targets, free_cells(stem, traffic))
    # Relative velocity (v sin a, v cos a + v) has the direction a / 2; tangent where sin(a / 2) = R / d.
    assert degrees(band[0]) == pytest.approx(degrees(2.0 * asin(radius_m / apart_m)), abs=2.0)
    assert degrees(band[0]) >= degrees(2.0 * asin(radius_m / apart_m))
    assert degrees(band[1]) == pytest.approx(180.0)


@pytest.mark.requirement("SC-ADV-02")
def test_overtaking_ends_where_the_speeds_are_equal_enough():
    """Behind a slower aircraft at `gap`: the gap must not close to the minimum within the lookahead."""
    gap_m, radius_m, slower = 15_000.0, 9_260.0, 150.0
    traffic = traffic_of((0.0, gap_m, 0.0, 0.0, slower, 0.0))
    stem = speed_stem(np.array([0.0, 200.0, 0.0]), 1e3, 100.0)
    (band,) = bands(stem.targets, free_cells(stem, traffic))
    limit = slower + (gap_m - radius_m) / LOOKAHEAD_S
    assert limit - 1.5 <= band[0] <= limit
    assert band[1] == pytest.approx(100.0)


@pytest.mark.requirement("SC-ADV-02")
def test_crossing_at_right_angles_is_free_behind_before_it_is_free_ahead():
    """Both reach the crossing together; with no time to turn, the edges are the two tangents to the circle."""
    speed, apart_m, radius_m = 200.0, 25_000.0, 9_260.0
    other = np.array([-speed, 0.0])
    place = np.array([apart_m, apart_m])
    traffic = traffic_of((*place, 0.0, *other, 0.0), lookahead_s=1_000.0)
    free = {}
    for side in (-1.0, 1.0):
        stem = turn_stem(np.array([0.0, speed, 0.0]), 1e3, side * pi)
        free[side] = bands(np.degrees(stem.targets), free_cells(stem, traffic))[0][0]

    def tangent(heading_deg):
        """How far the relative track passes from the other aircraft, over the minimum."""
        own = speed * np.array([sin(radians(heading_deg)), cos(radians(heading_deg))])
        relative = own - other
        if relative @ place <= 0.0:
            return np.hypot(*place) / radius_m
        return abs(relative[0] * place[1] - relative[1] * place[0]) / np.hypot(*relative) / radius_m

    for side in (-1.0, 1.0):
        edge = next(a for a in np.arange(0.0, 180.0, 0.01) if tangent(side * a) > 1.0)
        assert abs(free[side]) == pytest.approx(edge, abs=3.0)
        assert abs(free[side]) >= edge - 0.02
    # It comes from the right: turning towards it passes behind, which takes the smaller turn.
    assert free[1.0] < abs(free[-1.0])


@pytest.mark.requirement("SC-ADV-02")
def test_a_level_above_is_free_from_the_minimum_on():
    traffic = traffic_of((0.0, 40_000.0, 0.0, 0.0, -200.0, 0.0))
    stem = level_stem(np.array([0.0, 200.0, 0.0]), 1e3, 1_200.0)
    (band,) = bands(stem.targets, free_cells(stem, traffic))
    assert 300.0 < band[0] <= 300.0 + 2.0 * 30.48
    assert band[1] == 1_200.0


def test_a_climb_that_takes_too_long_frees_no_level():
    traffic = traffic_of((0.0, 14_000.0, 0.0, 0.0, -200.0, 0.0))
    stem = level_stem(np.array([0.0, 200.0, 0.0]), 5.0, 1_200.0)
    assert not free_cells(stem, traffic).any()


@pytest.mark.requirement("SC-ADV-03")
@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    side=st.sampled_from([0, 1]),
    rows=skies,
    more=skies,
    grow=st.floats(1.0, 2.0),
)
def test_larger_minima_longer_looks_and_more_traffic_never_widen_a_band(kind, side, rows, more, grow):
    velocity, rate, reach = KINDS[kind]
    stem = Manoeuvre(kind, velocity, rate).stem(reach[side])
    free = free_cells(stem, traffic_of(*rows))
    for narrower in (
        traffic_of(*rows, horizontal_m=9_260.0 * grow),
        traffic_of(*rows, vertical_m=300.0 * grow),
        traffic_of(*rows, lookahead_s=LOOKAHEAD_S * grow),
        traffic_of(*rows, *more),
    ):
        assert not (free_cells(stem, narrower) & ~free).any()


@pytest.mark.requirement("SC-ADV-03")
@settings(max_examples=60, deadline=None)
@given(rows=skies)
def test_mirrored_traffic_gives_mirrored_bands(rows):
    mirrored = [(-x, y, z, -vx, vy, vz) for x, y, z, vx, vy, vz in rows]
    velocity = np.array([0.0, 200.0, 0.0])
    right = free_cells(turn_stem(velocity, radians(1.5), pi), traffic_of(*rows))
    left = free_cells(turn_stem(velocity, radians(1.5), -pi), traffic_of(*mirrored))
    assert (right != left).sum() <= 1
    upside = [(x, y, -z, vx, vy, -vz) for x, y, z, vx, vy, vz in rows]
    up = free_cells(level_stem(velocity, 7.6, 1_200.0), traffic_of(*rows))
    down = free_cells(level_stem(velocity, 7.6, -1_200.0), traffic_of(*upside))
    assert (up == down).all()


@settings(max_examples=60, deadline=None)
@given(rows=skies, kind=st.sampled_from(sorted(KINDS)), side=st.sampled_from([0, 1]))
def test_what_is_out_of_reach_changes_no_band(rows, kind, side):
    velocity, rate, reach = KINDS[kind]
    far = [(x * 4.0, y * 4.0, z * 3.0, vx, vy, vz) for x, y, z, vx, vy, vz in rows]
    traffic = traffic_of(*far)
    stem = Manoeuvre(kind, velocity, rate).stem(reach[side])
    near = traffic.chosen(within_reach(traffic, 240.0, 15.0))
    assert (free_cells(stem, traffic) == free_cells(stem, near)).all()


def edge_changes(stem, free):
    """Both ends and the middle of every free cell that has a shut neighbour: where a careless cell would be caught."""
    changes = stem.targets - stem.targets[0]
    for k in np.flatnonzero(free).tolist():
        if not free[max(k - 1, 0)] or not free[min(k + 1, len(free) - 1)]:
            yield from (changes[k], 0.5 * (changes[k] + changes[k + 1]), changes[k + 1])


@pytest.mark.requirement("SC-ADV-01")
@settings(max_examples=400, deadline=None)
@given(rows=skies, kind=st.sampled_from(sorted(KINDS)), side=st.sampled_from([0, 1]), near=st.sampled_from([1.0, 0.25]))
def test_at_the_edges_of_free_bands_each_path_by_itself_is_free(rows, kind, side, near):
    """The cells are more careful than the path of one target, never less; also with small minima close by."""
    velocity, rate, reach = KINDS[kind]
    manoeuvre = Manoeuvre(kind, velocity, rate)
    scaled = [(x * near, y * near, z * near, vx, vy, vz) for x, y, z, vx, vy, vz in rows]
    traffic = traffic_of(*scaled, horizontal_m=9_260.0 * near**2, vertical_m=300.0 * near)
    stem = manoeuvre.stem(reach[side])
    for change in edge_changes(stem, free_cells(stem, traffic)):
        assert change == 0.0 or free_cells(path_of(manoeuvre.stem(change)), traffic)[-1], change


@pytest.mark.requirement("SC-ADV-01")
@settings(max_examples=80, deadline=None)
@given(rows=skies, kind=st.sampled_from(sorted(KINDS)), side=st.sampled_from([0, 1]))
def test_what_happens_while_the_manoeuvre_is_still_flown_counts(rows, kind, side):
    """Small minima close by, against brute force: most losses are on the arc itself, before its end is reached."""
    velocity, rate, reach = KINDS[kind]
    scaled = [(x * 0.2, y * 0.2, z * 0.2, vx, vy, vz) for x, y, z, vx, vy, vz in rows]
    traffic = traffic_of(*scaled, horizontal_m=1_500.0, vertical_m=150.0)
    manoeuvre = Manoeuvre(kind, velocity, rate)
    stem = manoeuvre.stem(reach[side])
    free = free_cells(stem, traffic)
    for share in (0.1, 0.4, 0.7, 0.999):
        change = share * reach[side]
        if free[cell_of(stem, change)]:
            horizontal, vertical = manoeuvre.nearest(change, traffic)
            assert not ((horizontal <= 1_495.0) & (vertical <= 148.0)).any()


def test_being_in_loss_already_leaves_nothing_free():
    traffic = traffic_of((1_000.0, 1_000.0, 0.0, 0.0, 200.0, 0.0))
    for kind, (velocity, rate, reach) in KINDS.items():
        assert not free_cells(Manoeuvre(kind, velocity, rate).stem(reach[1]), traffic).any(), kind


def test_no_traffic_leaves_all_free():
    for velocity, rate, reach in KINDS.values():
        del rate
        stem = turn_stem(np.array(velocity), radians(1.0), reach[1] if reach[1] < 4 else 1.0)
        assert free_cells(stem, traffic_of()).all()
    assert free_cells(path_of(straight_stem(np.array([0.0, 200.0, 0.0]))), traffic_of()).all()


# --- Areas


def square(x, y, half):
    return np.array([(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)])


def area_of(ring, *, buffer_m=0.0, lower_m=-1e4, upper_m=1e4, opens_s=-1e4, closes_s=1e4):
    return Area(np.asarray(ring, dtype=np.float64), buffer_m, lower_m, upper_m, opens_s, closes_s)


def is_in(area, places, times):
    """Even-odd rule and distance of the centre, sample by sample."""
    x, y, z = places.T
    if len(area.ring_m) == 1:
        inside = np.hypot(x - area.ring_m[0, 0], y - area.ring_m[0, 1]) <= area.buffer_m
    else:
        inside = np.zeros(len(x), dtype=bool)
        for (ax, ay), (bx, by) in zip(area.ring_m, np.roll(area.ring_m, -1, axis=0), strict=True):
            if ay != by:
                inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return inside & (z >= area.lower_m) & (z <= area.upper_m) & (times >= area.opens_s) & (times <= area.closes_s)


@pytest.mark.requirement("SC-ADV-04")
@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    side=st.sampled_from([0, 1]),
    corners=st.sampled_from([1, 3, 4, 5, 8]),
    seed=st.integers(0, 10**6),
    share=st.floats(0.0, 1.0),
)
def test_no_target_of_a_free_band_enters_an_area(kind, side, corners, seed, share):
    velocity, rate, reach = KINDS[kind]
    rng = np.random.default_rng(seed)
    centre, size_m = rng.uniform(-30e3, 30e3, 2), float(rng.uniform(500.0, 12e3))
    angles = np.linspace(0.3, 0.3 + 2.0 * pi, corners, endpoint=False)
    spokes = size_m * np.where(np.arange(corners) % 2 == 0, 1.0, 0.5 if corners > 4 else 1.0)
    opens_s = float(rng.uniform(-100.0, 60.0))
    area = area_of(
        [centre] if corners == 1 else centre + spokes[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1),
        buffer_m=size_m if corners == 1 else 0.0,
        lower_m=float(rng.uniform(-1_500.0, 300.0)),
        upper_m=float(rng.uniform(300.0, 1_500.0)),
        opens_s=opens_s,
        closes_s=opens_s + float(rng.uniform(20.0, 300.0)),
    )
    manoeuvre = Manoeuvre(kind, velocity, rate)
    stem = manoeuvre.stem(reach[side])
    free = free_of_area(stem, area, LOOKAHEAD_S)
    for edge in edge_changes(stem, free):
        assert edge == 0.0 or free_of_area(path_of(manoeuvre.stem(edge)), area, LOOKAHEAD_S)[-1]
    change = share * reach[side]
    cell = cell_of(stem, change)
    if free[cell]:
        times = np.arange(0.0, LOOKAHEAD_S, 0.25)
        inner = area._replace(lower_m=area.lower_m + 1.0, upper_m=area.upper_m - 1.0)
        entered = is_in(inner, manoeuvre.flown(change, times), times)
        # The brute force integrates with an error of metres: a corner may be cut by as much.
        assert entered.sum() <= 1


@pytest.mark.requirement("SC-ADV-04")
def test_turning_away_from_a_square_is_free_at_the_angle_to_its_corner():
    area = area_of(square(0.0, 30_000.0, 5_000.0))
    stem = turn_stem(np.array([0.0, 200.0, 0.0]), 1e3, pi)
    (band,) = bands(np.degrees(stem.targets), free_of_area(stem, area, 1_000.0))
    corner = degrees(atan2(5_000.0, 25_000.0))
    assert corner <= band[0] <= corner + 4.0
    assert band[1] == pytest.approx(180.0)


def test_an_area_that_is_shut_above_or_behind_blocks_nothing():
    stem = turn_stem(np.array([0.0, 200.0, 0.0]), radians(1.5), pi)
    ahead = square(0.0, 30_000.0, 5_000.0)
    assert free_of_area(stem, area_of(ahead, closes_s=-1.0), LOOKAHEAD_S).all()
    assert free_of_area(stem, area_of(ahead, opens_s=LOOKAHEAD_S + 1.0), LOOKAHEAD_S).all()
    assert free_of_area(stem, area_of(ahead, lower_m=100.0), LOOKAHEAD_S).all()
    assert not free_of_area(stem, area_of(ahead), LOOKAHEAD_S).all()
    assert free_of_area(stem, area_of(ahead), 60.0).all()


def test_inside_is_inside():
    assert is_inside(area_of(square(0.0, 0.0, 100.0)))
    assert is_inside(area_of([(60.0, 80.0)], buffer_m=100.0))
    assert not is_inside(area_of([(60.0, 80.0)], buffer_m=99.9))
    assert not is_inside(area_of(square(0.0, 0.0, 100.0), lower_m=1.0))
