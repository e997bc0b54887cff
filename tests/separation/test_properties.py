"""What must hold of any pair and any scene: closed bounds, symmetry, monotonicity, places where formulas break."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from steerclear.separation import (
    WellClearVolume,
    conflict_interval,
    find_conflicts,
    find_well_clear_violations,
    well_clear_interval,
)

metres = st.floats(-50_000, 50_000)
heights = st.floats(-3_000, 3_000)
speeds = st.floats(-600, 600)
climbs = st.floats(-50, 50)
motions = st.tuples(metres, metres, heights, speeds, speeds, climbs)
MINIMA = {"horizontal_m": 9_260.0, "vertical_m": 304.8, "lookahead_s": 300.0}


def pair(first, second, **question):
    """One pair of states, each (latitude, longitude, altitude, east, north, up)."""
    return find_conflicts(*np.array([first, second], float).T, **{**MINIMA, **question})


@pytest.mark.requirement("SC-SEP-09")
@given(motions)
def test_who_is_first_does_not_matter(motion):
    away = [-value for value in motion]
    assert conflict_interval(*motion, **MINIMA) == conflict_interval(*away, **MINIMA)
    volume = WellClearVolume.PHASE_I_BUFFERED
    assert well_clear_interval(*motion, volume=volume, lookahead_s=300) == well_clear_interval(
        *away, volume=volume, lookahead_s=300
    )


@pytest.mark.requirement("SC-SEP-09")
@pytest.mark.parametrize("climb", [5.0, -5.0])
@pytest.mark.parametrize("lookahead", [0.0, 60.0])
def test_no_time_has_a_sign_that_tells_who_is_first(climb, lookahead):
    # On one level and just leaving it: 0 divided by what is negative for one of the two orders.
    volume = WellClearVolume(500.0, 500.0, 0.0, 0.0)
    for motion in ((100.0, 0.0, 0.0, 0.0, 0.0, climb), (500.0, 0.0, 0.0, climb, 0.0, 0.0)):
        answers = [
            interval(*[sign * value for value in motion], lookahead_s=lookahead, **options)
            for sign in (1.0, -1.0)
            for interval, options in (
                (conflict_interval, {"horizontal_m": 500.0, "vertical_m": 0.0}),
                (well_clear_interval, {"volume": volume}),
            )
        ]
        for answer in answers:
            assert answer["conflict"]
            assert not np.signbit([answer["t_in_s"], answer["t_out_s"]]).any()


@pytest.mark.requirement("SC-SEP-09")
@given(motions, st.floats(0, 360))
def test_turning_the_frame_changes_nothing(motion, angle):
    x, y, z, u, v, w = motion
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turned = (cos * x - sin * y, sin * x + cos * y, z, cos * u - sin * v, sin * u + cos * v, w)
    ours, other = conflict_interval(*motion, **MINIMA), conflict_interval(*turned, **MINIMA)
    assume(abs(ours["horizontal_cpa_m"] - 9_260.0) > 1e-3)
    assume(np.hypot(u, v) > 1e-3)
    if ours["conflict"] and ours["t_out_s"] - ours["t_in_s"] > 1e-3:
        assert other["conflict"]
        assert abs(ours["t_in_s"] - other["t_in_s"]) <= 1e-4
        assert abs(ours["t_out_s"] - other["t_out_s"]) <= 1e-4


@pytest.mark.requirement("SC-SEP-10")
@given(motions, st.floats(0, 20_000), st.floats(0, 3_000), st.floats(1.0, 3.0), st.floats(1.0, 3.0), st.floats(1, 4))
def test_larger_minima_and_longer_looks_never_lose_a_conflict(motion, wide, tall, wider, taller, longer):
    small = conflict_interval(*motion, horizontal_m=wide, vertical_m=tall, lookahead_s=300)
    large = conflict_interval(*motion, horizontal_m=wider * wide, vertical_m=taller * tall, lookahead_s=300 * longer)
    if small["conflict"]:
        assert large["conflict"]
        assert large["t_in_s"] <= small["t_in_s"] + 1e-9
        assert large["t_out_s"] >= small["t_out_s"] - 1e-9


@pytest.mark.requirement("SC-SEP-10")
@given(motions)
@example((0.0, -1711.0, 0.0, 0.0, 1.3967312197754894e-158, 0.0))
def test_times_are_those_of_the_distances(motion):
    x, y, z, u, v, w = motion
    answer = conflict_interval(*motion, **MINIMA)

    def excess(time):
        return max(np.hypot(x + u * time, y + v * time) - 9_260.0, abs(z + w * time) - 304.8)

    if answer["conflict"]:
        assert excess(answer["t_in_s"]) <= 1e-5
        assert excess(answer["t_out_s"]) <= 1e-5
        assert excess((answer["t_in_s"] + answer["t_out_s"]) / 2) <= 1e-5
        assert answer["now"] == (answer["t_in_s"] == 0 and excess(0.0) <= 0)
    else:
        assert min(excess(time) for time in np.linspace(0, 300, 301)) > 0
    nearest = np.hypot(x + u * answer["t_cpa_s"], y + v * answer["t_cpa_s"])
    assert answer["horizontal_cpa_m"] == pytest.approx(nearest, abs=1e-5)
    assert answer["vertical_cpa_m"] == pytest.approx(abs(z + w * answer["t_cpa_s"]), abs=1e-9)
    assert all(nearest <= np.hypot(x + u * time, y + v * time) + 1e-6 for time in np.linspace(0, 300, 61))


@pytest.mark.requirement("SC-SEP-10")
@given(motions)
def test_well_clear_by_its_definition(motion):
    volume = WellClearVolume.PHASE_I_BUFFERED
    answer = well_clear_interval(*motion, volume=volume, lookahead_s=120)

    @np.errstate(over="ignore")  # so slow that it is never reached: infinite is right
    def violated(time, grow):
        x, y, z = (motion[k] + motion[k + 3] * time for k in range(3))
        u, v, w = motion[3:]
        rr, rv, vv = x * x + y * y, x * u + y * v, u * u + v * v
        dmod = volume.dmod_m * grow
        miss = abs(x * v - y * u) / np.sqrt(vv) if vv > 0 else np.sqrt(rr)
        closing = rv < 0 and (dmod**2 - rr) / rv <= volume.tau_s * grow and miss <= dmod
        reached = -z / w if w != 0 else -1.0
        near = abs(z) <= volume.zthr_m * grow or 0 <= reached <= volume.tcoa_s * grow
        return (rr <= dmod**2 or closing) and near

    for time in np.linspace(0, 120, 41):
        inside = bool(answer["conflict"]) and answer["t_in_s"] <= time <= answer["t_out_s"]
        if violated(time, 0.999999):
            assert inside
        if inside:
            assert violated(time, 1.000001)


@pytest.mark.requirement("SC-SEP-05")
@pytest.mark.parametrize(
    ("motion", "conflict", "now", "t_in", "t_out"),
    [
        # touching horizontally at time 0, at rest, diverging, and one step too far
        ((9_260, 0, 0, 0, 0, 0), True, True, 0, 300),
        ((9_260, 0, 0, 100, 0, 0), True, True, 0, 0),
        ((np.nextafter(9_260, 1e9), 0, 0, 0, 0, 0), False, False, np.inf, -np.inf),
        # passing at exactly the minimum
        ((-10_000, 9_260, 0, 100, 0, 0), True, False, 100, 100),
        ((-10_000, np.nextafter(9_260, 1e9), 0, 100, 0, 0), False, False, np.inf, -np.inf),
        # reaching the minimum at exactly the lookahead
        ((9_260 + 30_000, 0, 0, -100, 0, 0), True, False, 300, 300),
        ((9_260 + 30_001, 0, 0, -100, 0, 0), False, False, np.inf, -np.inf),
        # the same vertically: level at the minimum, climbing out of it, reaching it at the lookahead
        ((0, 0, 304.8, 0, 0, 0), True, True, 0, 300),
        ((0, 0, np.nextafter(304.8, 1e9), 0, 0, 0), False, False, np.inf, -np.inf),
        ((0, 0, 304.8, 0, 0, 5), True, True, 0, 0),
        ((0, 0, 304.8 + 600, 0, 0, -2), True, False, 300, 300),
        # slow climbs are climbs: a micrometre a second is not level flight
        ((0, 0, 304.8 + 1e-4, 0, 0, -1e-6), True, False, 100, 300),
        # vertical separation is lost exactly when the horizontal one is regained
        ((0, 0, 304.8 + 463, 20, 0, -1), True, False, 463, 463),
        # identical velocities already in loss; identical everything
        ((500, 500, 10, 0, 0, 0), True, True, 0, 300),
        ((0, 0, 0, 0, 0, 0), True, True, 0, 300),
    ],
)
def test_touching_counts(motion, conflict, now, t_in, t_out):
    question = {**MINIMA, "lookahead_s": 600} if t_in == 463 else MINIMA
    answer = conflict_interval(*motion, **question)
    assert (answer["conflict"], answer["now"]) == (conflict, now)
    assert answer["t_in_s"] == pytest.approx(t_in, abs=1e-6)
    assert answer["t_out_s"] == pytest.approx(t_out, abs=1e-6)


@pytest.mark.requirement("SC-SEP-05")
def test_zero_minima_and_zero_lookahead_are_questions_too():
    assert len(pair((10, 20, 500, 9, 9, 0), (10, 20, 500, -9, 9, 0), horizontal_m=0, vertical_m=0, lookahead_s=0)) == 1
    assert len(pair((10, 20, 500, 9, 9, 0), (10, 20, 501, -9, 9, 0), horizontal_m=0, vertical_m=0, lookahead_s=0)) == 0
    assert len(pair((10, 20, 500, 9, 9, 0), (10, 20, 501, -9, 9, 0), horizontal_m=0, vertical_m=1, lookahead_s=0)) == 1


@pytest.mark.requirement("SC-SEP-11")
@pytest.mark.parametrize("latitude", [0.0, 51.0, -84.0])
@pytest.mark.parametrize("longitudes", [(179.8, -179.8), (-179.8, 179.8), (179.8, 180.2), (-0.2, 0.2), (359.8, 0.2)])
def test_head_on_across_the_antimeridian(latitude, longitudes):
    west, east = sorted(longitudes, key=lambda value: (value + 90.0) % 360.0)
    here = pair((latitude, west, 10_000, 230, 0, 0), (latitude, east, 10_050, -230, 0, 0), lookahead_s=600)
    there = pair((latitude, -0.2, 10_000, 230, 0, 0), (latitude, 0.2, 10_050, -230, 0, 0), lookahead_s=600)
    assert len(there) == 1
    assert len(here) == 1
    assert here.pairs["t_in_s"][0] == pytest.approx(there.pairs["t_in_s"][0], abs=1e-6)
    assert here.pairs["t_cpa_s"][0] == pytest.approx(there.pairs["t_cpa_s"][0], abs=1e-6)


@pytest.mark.requirement("SC-SEP-11")
@pytest.mark.parametrize("pole", [90.0, -90.0])
@pytest.mark.parametrize("meridian", [0.0, 45.0, 90.0, 180.0, -133.0])
def test_converging_over_the_pole(pole, meridian):
    side = np.sign(pole)
    near = pole - side * 0.3
    across = (meridian + 360.0) % 360.0 - 180.0
    # Both fly towards the pole, from opposite sides: 0.3 degrees of meridian each, 111,694 m a degree.
    answer = pair((near, meridian, 9_000, 0, side * 200, 0), (near, across, 9_000, 0, side * 200, 0))
    assert len(answer) == 1
    assert answer.pairs["t_cpa_s"][0] == pytest.approx(0.3 * 111_694 / 200, abs=0.1)
    assert answer.pairs["horizontal_cpa_m"][0] == pytest.approx(0.0, abs=1e-3)
    assert answer.pairs["t_in_s"][0] == pytest.approx((0.3 * 111_694 * 2 - 9_260) / 400, abs=0.1)


@pytest.mark.requirement("SC-SEP-11")
@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(0, 360), motions, motions)
def test_turning_the_earth_changes_nothing(latitude, longitude, turn, first, second):
    states = [
        (
            latitude + motion[0] / 2e6,
            (longitude + motion[1] / 2e6 + 180.0) % 360.0 - 180.0,
            5_000 + motion[2],
            *motion[3:],
        )
        for motion in (first, second)
    ]
    turned = [(s[0], (s[1] + turn + 180.0) % 360.0 - 180.0, *s[2:]) for s in states]
    here, there = pair(*states), pair(*turned)
    longer = pair(*states, horizontal_m=9_260.001, vertical_m=304.801, lookahead_s=300.001)
    shorter = pair(*states, horizontal_m=9_259.999, vertical_m=304.799, lookahead_s=299.999)
    assume(len(longer) == len(shorter))
    assert len(here) == len(there)
    if len(here) and here.pairs["t_out_s"][0] - here.pairs["t_in_s"][0] > 1.0:
        assert here.pairs["horizontal_cpa_m"][0] == pytest.approx(there.pairs["horizontal_cpa_m"][0], abs=1e-4)


@pytest.mark.requirement("SC-SEP-12")
def test_the_larger_minimum_of_a_pair_counts():
    states = np.array([(50, 8, 1_000, 0, 0, 0), (50, 8.05, 1_100, 0, 0, 0)], float).T
    # about 3,580 m and 100 m apart
    for horizontal, vertical, found in [
        ([4_000, 0], [0, 150], 1),
        ([0, 4_000], [150, 0], 1),
        ([4_000, 4_000], [99, 50], 0),
        ([3_000, 3_500], [150, 150], 0),
    ]:
        answer = find_conflicts(*states, horizontal_m=horizontal, vertical_m=vertical, lookahead_s=0)
        assert len(answer) == found


@pytest.mark.requirement("SC-SEP-12")
def test_identical_velocities_already_in_loss():
    # One behind the other at 230 m/s: their velocities differ only by the curvature of the Earth between them.
    answer = pair((50, 8, 10_000, 230, 0, 0), (50, 8.05, 10_000, 230, 0, 0))
    assert answer.pairs["loss_now"][0]
    assert answer.pairs["t_in_s"][0] == 0
    assert answer.pairs["t_out_s"][0] == 300
    clear = find_well_clear_violations(
        *np.array([(50, 8, 100, 0, 9, 0), (50, 8.001, 100, 0, 9, 0)], float).T, lookahead_s=60
    )
    assert clear["violation_now"].tolist() == [True]
    assert clear["t_out_s"].tolist() == [60]
