"""The transformation between two sources is recovered, and its stated uncertainty is true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.tactical.misfit import Misfit, fit


def traffic(rng, aircraft, extent_m=80_000.0):
    known = rng.normal(0.0, extent_m, aircraft) + 1j * rng.normal(0.0, extent_m, aircraft)
    velocity = rng.uniform(40.0, 250.0, aircraft) * np.exp(1j * rng.uniform(0.0, 2.0 * np.pi, aircraft))
    return known, velocity


def shown(known, velocity, rotated_deg, moved, late_s):
    return np.exp(-1j * np.radians(rotated_deg)) * (known - late_s * velocity) + moved


def turn_between(a_deg, b_deg):
    return abs((a_deg - b_deg + 180.0) % 360.0 - 180.0)


@pytest.mark.requirement("SC-ALN-01")
@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    aircraft=st.integers(6, 60),
    rotated_deg=st.floats(-180.0, 180.0),
    east_m=st.floats(-2e4, 2e4),
    north_m=st.floats(-2e4, 2e4),
    late_s=st.floats(-20.0, 20.0),
    noise_m=st.sampled_from([0.0, 30.0, 300.0]),
    at_site=st.booleans(),
)
def test_rotation_displacement_and_delay_are_recovered(
    seed, aircraft, rotated_deg, east_m, north_m, late_s, noise_m, at_site
):
    rng = np.random.default_rng(seed)
    known, velocity = traffic(rng, aircraft)
    moved = complex(east_m, north_m)
    seen = shown(known, velocity, rotated_deg, moved, late_s)
    seen = seen + rng.normal(0.0, noise_m, aircraft) + 1j * rng.normal(0.0, noise_m, aircraft)
    found = fit(known, seen, velocity, at_site=at_site)
    assert found is not None
    # The stated uncertainty is three sigma: one in hundreds is beyond it, none far beyond. What a belief about delay
    # and displacement can pull is below a tenth of what it is uncertain by when the traffic determines it.
    slack = 1.7
    assert turn_between(found.rotation_deg, rotated_deg) <= slack * found.rotation_pm_deg
    assert abs(found.displaced - moved) <= slack * found.displaced_pm_m
    assert abs(found.late_s - late_s) <= slack * found.late_pm_s


@pytest.mark.requirement("SC-ALN-01")
def test_the_stated_uncertainty_holds_as_often_as_three_sigma_should():
    rng = np.random.default_rng(20)
    errors = []
    for _ in range(400):
        aircraft = int(rng.integers(6, 50))
        known, velocity = traffic(rng, aircraft)
        noise_m = float(rng.uniform(10.0, 400.0))
        truth = float(rng.uniform(-180.0, 180.0)), complex(*rng.normal(0.0, 5_000.0, 2)), float(rng.uniform(-5.0, 5.0))
        seen = shown(known, velocity, *truth)
        seen = seen + rng.normal(0.0, noise_m, aircraft) + 1j * rng.normal(0.0, noise_m, aircraft)
        liars = rng.permutation(aircraft)[: (aircraft - 4) // 4]
        seen[liars] += rng.normal(0.0, 40_000.0, len(liars)) + 1j * rng.normal(0.0, 40_000.0, len(liars))
        found = fit(known, seen, velocity, at_site=False)
        errors.append(
            (
                turn_between(found.rotation_deg, truth[0]) / found.rotation_pm_deg,
                abs(found.displaced - truth[1]) / found.displaced_pm_m,
                abs(found.late_s - truth[2]) / found.late_pm_s,
            )
        )
    within = (np.array(errors) <= 1.0).mean(axis=0)
    assert (within >= 0.985).all(), within
    # Neither is it stated so wide that it says nothing.
    assert (np.median(np.array(errors), axis=0) >= 0.1).all()


def kabsch(known, seen):
    """Rotation (clockwise, degrees) and displacement by singular values, written without complex numbers."""
    p, q = (np.stack([z.real, z.imag], axis=1) for z in (known, seen))
    u, _, vt = np.linalg.svd((p - p.mean(axis=0)).T @ (q - q.mean(axis=0)))
    sign = np.diag([1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    matrix = vt.T @ sign @ u.T
    moved = q.mean(axis=0) - matrix @ p.mean(axis=0)
    return -np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])), complex(*moved)


@pytest.mark.requirement("SC-ALN-01")
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), rotated_deg=st.floats(-180.0, 180.0), aircraft=st.integers(5, 40))
def test_it_agrees_with_the_closed_form_where_all_is_exact(seed, rotated_deg, aircraft):
    rng = np.random.default_rng(seed)
    known, velocity = traffic(rng, aircraft)
    seen = shown(known, velocity, rotated_deg, complex(*rng.normal(0.0, 9_000.0, 2)), 0.0)
    turned_deg, moved = kabsch(known, seen)
    found = fit(known, seen, velocity, at_site=False)
    assert turn_between(found.rotation_deg, turned_deg) < 1e-6
    assert abs(found.displaced - moved) < 1e-3


@pytest.mark.requirement("SC-ALN-01")
def test_no_other_rotation_explains_noisy_traffic_better():
    """Brute force: every tenth of a degree, each with its own best displacement."""
    rng = np.random.default_rng(4)
    known, velocity = traffic(rng, 30)
    seen = shown(known, velocity, 105.0, 3_000.0 - 2_000.0j, 0.0) + rng.normal(0.0, 150.0, 30)
    found = fit(known, seen, velocity, at_site=False)

    def left(turned_deg):
        moved = seen - np.exp(-1j * np.radians(turned_deg)) * known
        return float((np.abs(moved - moved.mean()) ** 2).sum())

    grid = np.arange(-180.0, 180.0, 0.1)
    best = float(grid[int(np.argmin([left(turned_deg) for turned_deg in grid]))])
    assert turn_between(found.rotation_deg, best) <= 0.1 + found.rotation_pm_deg


@pytest.mark.requirement("SC-ALN-02")
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), aircraft=st.integers(9, 60), share=st.floats(0.0, 0.4))
def test_a_minority_that_lies_changes_little(seed, aircraft, share):
    rng = np.random.default_rng(seed)
    known, velocity = traffic(rng, aircraft)
    seen = shown(known, velocity, 105.0, 500.0 + 200.0j, 0.0) + rng.normal(0.0, 40.0, aircraft)
    liars = rng.permutation(aircraft)[: int(min(share * aircraft, (aircraft - 5) // 2))]
    seen[liars] = 30_000.0 * np.exp(1j * rng.uniform(0.0, 6.28)) + 20.0 * np.arange(len(liars))
    found = fit(known, seen, velocity, at_site=False)
    assert turn_between(found.rotation_deg, 105.0) <= 1.7 * found.rotation_pm_deg
    assert found.used <= aircraft - len(liars)


def test_a_single_stream_is_displaced_rather_than_minutes_late():
    """All at one speed and heading: delay and displacement cannot be told apart, and both are not equally likely."""
    rng = np.random.default_rng(8)
    known, _ = traffic(rng, 20, 15_000.0)
    velocity = np.full(20, 200.0 + 0j)
    found = fit(known, known - 8_000.0, velocity, at_site=False)
    assert abs(found.displaced + 8_000.0) < 2_500.0
    assert abs(found.late_s) < 10.0
    assert found.displaced_pm_m > 1_000.0


def test_a_far_cluster_is_turned_about_the_known_site_rather_than_displaced():
    rng = np.random.default_rng(9)
    known = 120_000.0 + rng.normal(0.0, 3_000.0, 15) + 1j * rng.normal(0.0, 3_000.0, 15)
    velocity = traffic(rng, 15)[1]
    seen = shown(known, velocity, 4.0, 0j, 0.0) + rng.normal(0.0, 50.0, 15)
    found = fit(known, seen, velocity, at_site=True)
    assert found.rotation_deg == pytest.approx(4.0, abs=found.rotation_pm_deg)
    assert abs(found.displaced) < 500.0


def test_the_place_about_which_all_turns_is_found():
    rng = np.random.default_rng(10)
    known, velocity = traffic(rng, 12)
    about = 20_000.0 - 35_000.0j
    seen = about + np.exp(-1j * np.radians(105.0)) * (known - about)
    found = fit(known, seen, velocity, at_site=False)
    assert abs(found.fixed_point - about) < 1.0
    assert Misfit(0.0, 0.1, 5.0, 1.0, 0.0, 1.0, 5.0, 9, 9).fixed_point is None


def test_two_aircraft_say_nothing():
    assert fit(np.array([0j, 1e4]), np.array([0j, 1e4]), np.zeros(2, complex), at_site=False) is None


def test_aircraft_at_one_point_say_nothing_of_rotation():
    found = fit(np.full(9, 1e4 + 0j), np.full(9, 2e4 + 0j), np.zeros(9, complex), at_site=False)
    assert found is None or found.rotation_pm_deg > 90.0 or abs(found.rotation_deg) < 1e-6
