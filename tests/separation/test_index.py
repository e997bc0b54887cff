"""The indexed scan against all pairs one by one: nothing lost, nothing added, in every scene."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from bench.scenes import SCENES
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.separation import (
    Detector,
    WellClearVolume,
    brute_force_conflicts,
    find_conflicts,
    find_well_clear_violations,
)

DRONE_WELL_CLEAR = WellClearVolume(50.0, 50.0, 30.0, 10.0)


def volume_for(scene):
    return WellClearVolume.PHASE_I if scene.minima["lookahead_s"] > 100 else DRONE_WELL_CLEAR


def same(ours, reference):
    np.testing.assert_array_equal(ours.pairs, reference.pairs)
    np.testing.assert_array_equal(ours.well_clear, reference.well_clear)


@pytest.mark.requirement("SC-SEP-03")
@pytest.mark.parametrize("name", SCENES)
def test_hundred_thousand_aircraft_no_pair_different(name):
    scene = SCENES[name](100_000)
    question = {**scene.minima, "well_clear": volume_for(scene)}
    ours = find_conflicts(*scene.columns, **question)
    assert len(ours) > 10_000
    assert len(ours.well_clear) > 1_000
    same(ours, brute_force_conflicts(*scene.columns, **question))


@pytest.mark.requirement("SC-SEP-03")
@pytest.mark.parametrize("name", SCENES)
def test_each_part_alone_and_minima_by_aircraft(name):
    scene = SCENES[name](4_000, seed=21)
    volume = volume_for(scene)
    both = find_conflicts(*scene.columns, **scene.minima, well_clear=volume)
    np.testing.assert_array_equal(find_conflicts(*scene.columns, **scene.minima).pairs, both.pairs)
    clear = find_well_clear_violations(*scene.columns, volume=volume, lookahead_s=scene.minima["lookahead_s"])
    np.testing.assert_array_equal(clear, both.well_clear)
    rng = np.random.default_rng(3)
    question = {
        "horizontal_m": scene.minima["horizontal_m"] * rng.choice([0.0, 0.5, 1.0, 6.0], 4_000),
        "vertical_m": scene.minima["vertical_m"] * rng.choice([0.0, 1.0, 3.0], 4_000),
        "lookahead_s": scene.minima["lookahead_s"],
        "well_clear": volume,
    }
    same(find_conflicts(*scene.columns, **question), brute_force_conflicts(*scene.columns, **question))


def crowd(rng, count, latitude_deg, longitude_deg, spread_deg, speed_mps):
    """Aircraft about one place, whatever that means for latitude and longitude there."""
    latitude = latitude_deg + rng.uniform(-spread_deg, spread_deg, count)
    longitude = longitude_deg + rng.uniform(-spread_deg, spread_deg, count) / max(
        np.cos(np.radians(latitude_deg)), 0.02
    )
    over = np.abs(latitude) > 90.0
    latitude[over] = np.sign(latitude[over]) * 180.0 - latitude[over]
    longitude[over] += 180.0
    heading = rng.uniform(0.0, 2.0 * np.pi, count)
    speed = speed_mps * rng.uniform(0.0, 1.0, count)
    return [
        latitude,
        (longitude + 180.0) % 360.0 - 180.0,
        rng.uniform(0.0, 2_000.0, count),
        speed * np.sin(heading),
        speed * np.cos(heading),
        rng.choice([0.0, -5.0, 8.0], count),
    ]


@pytest.mark.requirement("SC-SEP-04")
@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    latitude=st.sampled_from([-90.0, -89.5, -60.0, 0.0, 45.0, 85.0, 89.9, 90.0]),
    longitude=st.sampled_from([-180.0, 0.0, 179.99, 77.0]),
    spread=st.sampled_from([0.0, 0.001, 0.1, 1.0, 8.0]),
    speed=st.sampled_from([0.0, 20.0, 250.0, 2_000.0]),
    horizontal=st.sampled_from([0.0, 50.0, 9_260.0, 150_000.0]),
    lookahead=st.sampled_from([0.0, 60.0, 300.0, 1_200.0]),
    tau=st.sampled_from([0.0, 35.0, 300.0]),
)
def test_small_worlds_at_poles_and_antimeridian(seed, latitude, longitude, spread, speed, horizontal, lookahead, tau):
    rng = np.random.default_rng(seed)
    columns = crowd(rng, 90, latitude, longitude, spread, speed)
    # Some far away and some much faster, so that there are several levels, empty rows and a long way around.
    other = crowd(rng, 10, -latitude / 3.0, longitude + 170.0, 3.0, 2_400.0)
    columns = [np.concatenate(pair) for pair in zip(columns, other, strict=True)]
    question = {
        "horizontal_m": horizontal,
        "vertical_m": 150.0,
        "lookahead_s": lookahead,
        "well_clear": WellClearVolume(1_200.0, 1_200.0, 140.0, tau, 20.0),
    }
    same(find_conflicts(*columns, **question), brute_force_conflicts(*columns, **question))


@pytest.mark.requirement("SC-SEP-04")
def test_traffic_all_around_the_globe():
    rng = np.random.default_rng(11)
    count = 3_000
    columns = [
        np.degrees(np.arcsin(rng.uniform(-1, 1, count))),
        rng.uniform(-180, 180, count),
        rng.uniform(10_000, 10_200, count),
        *rng.uniform(-1_500, 1_500, (2, count)),
        np.zeros(count),
    ]
    for horizontal_m, lookahead_s in ((200_000.0, 1_200.0), (50_000.0, 300.0)):
        question = {"horizontal_m": horizontal_m, "vertical_m": 100.0, "lookahead_s": lookahead_s}
        ours = find_conflicts(*columns, **question)
        assert len(ours) > 300
        same(ours, brute_force_conflicts(*columns, **question))


@pytest.mark.requirement("SC-SEP-05")
def test_every_aircraft_at_one_point():
    count = 600
    columns = [np.full(count, value) for value in (12.0, 180.0, 500.0, 30.0, -40.0, 1.0)]
    answer = find_conflicts(*columns, horizontal_m=10.0, vertical_m=5.0, lookahead_s=60.0)
    assert len(answer) == count * (count - 1) // 2
    assert answer.pairs["loss_now"].all()
    assert (answer.pairs["t_in_s"] == 0).all()
    assert (answer.pairs["t_out_s"] == 60).all()
    assert (answer.pairs["horizontal_cpa_m"] == 0).all()


@pytest.mark.requirement("SC-SEP-06")
@pytest.mark.parametrize("name", ["hubs", "mixed", "wide_drones"])
def test_same_bytes_whatever_the_threads(name):
    scene = SCENES[name](6_000, seed=5)
    question = {**scene.minima, "well_clear": volume_for(scene)}
    first = find_conflicts(*scene.columns, **question, threads=1)
    for threads in (2, 3, 7, None):
        same(find_conflicts(*scene.columns, **question, threads=threads), first)


@pytest.mark.requirement("SC-SEP-06")
@pytest.mark.parametrize("name", ["hubs", "mixed", "spoofed"])
def test_same_pairs_whatever_the_order_of_the_input(name):
    scene = SCENES[name](5_000, seed=6)
    question = {**scene.minima, "well_clear": volume_for(scene)}
    straight = find_conflicts(*scene.columns, **question)
    shuffle = np.random.default_rng(1).permutation(5_000)
    turned = find_conflicts(*[column[shuffle] for column in scene.columns], **question)
    for ours, other in ((straight.pairs, turned.pairs), (straight.well_clear, turned.well_clear)):
        back = other.copy()
        back["i"] = np.minimum(shuffle[other["i"]], shuffle[other["j"]])
        back["j"] = np.maximum(shuffle[other["i"]], shuffle[other["j"]])
        np.testing.assert_array_equal(np.sort(back, order=["i", "j"]), ours)


@pytest.mark.requirement("SC-SEP-06")
def test_a_detector_used_again_has_no_memory():
    scenes = [SCENES["hubs"](3_000), SCENES["en_route"](9_000), SCENES["spoofed"](500), SCENES["hubs"](3_000)]
    detector = Detector(**scenes[0].minima, well_clear=WellClearVolume.PHASE_I)
    for scene in scenes:
        fresh = find_conflicts(*scene.columns, **scene.minima, well_clear=WellClearVolume.PHASE_I)
        same(detector.scan(*scene.columns), fresh)
    kept = detector.scan(*scenes[0].columns)
    before = kept.pairs.copy()
    detector.scan(*scenes[1].columns)
    np.testing.assert_array_equal(kept.pairs, before)


@pytest.mark.requirement("SC-SEP-06")
def test_threads_may_share_a_detector():
    scenes = [SCENES["en_route"](6_000, seed=seed) for seed in range(4)]
    detector = Detector(**scenes[0].minima, threads=1)
    alone = [find_conflicts(*scene.columns, **scene.minima) for scene in scenes]

    def scans(at):
        return [detector.scan(*scenes[at].columns) for _ in range(20)]

    with ThreadPoolExecutor(len(scenes)) as pool:
        for at, answers in enumerate(pool.map(scans, range(len(scenes)))):
            for answer in answers:
                same(answer, alone[at])
