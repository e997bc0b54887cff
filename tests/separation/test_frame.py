"""The pair frame against flight along geodesics of the ellipsoid, step by step: its stated error is its error."""

import numpy as np
import pytest

from steerclear.geodesy.paths import destination, surface_distance
from steerclear.separation import find_conflicts


def worst_error(distance_m, speed_mps, lookahead_s, seed):
    """Largest difference between predicted and flown horizontal distance at the predicted closest point, and 3 more."""
    rng = np.random.default_rng(seed)
    worst = 0.0
    for _ in range(60):
        latitude, longitude = rng.uniform(-88, 88), rng.uniform(-180, 180)
        bearing, distance = rng.uniform(0, 360), distance_m * rng.uniform(0.2, 1.0)
        other_latitude, other_longitude = destination(latitude, longitude, bearing, distance)
        # Both head roughly for a point between them, so that they meet, or nearly so.
        headings = bearing + rng.uniform(-20, 20), bearing + 180 + rng.uniform(-20, 20)
        speeds = speed_mps * rng.uniform(0.5, 1.0, 2)
        radians = np.radians(headings)
        states = (
            [latitude, float(other_latitude)],
            [longitude, float(other_longitude)],
            [0.0, 0.0],
            speeds * np.sin(radians),
            speeds * np.cos(radians),
            [0.0, 0.0],
        )
        answer = find_conflicts(*states, horizontal_m=200_000.0, vertical_m=1.0, lookahead_s=lookahead_s)
        for row in answer.pairs:
            flown = surface_distance(
                *destination(latitude, longitude, headings[0], speeds[0] * row["t_cpa_s"]),
                *destination(float(other_latitude), float(other_longitude), headings[1], speeds[1] * row["t_cpa_s"]),
            )
            worst = max(worst, abs(float(flown) - row["horizontal_cpa_m"]))
    return worst


@pytest.mark.requirement("SC-SEP-13")
@pytest.mark.parametrize(
    ("distance_m", "speed_mps", "lookahead_s", "stated_m"),
    # head-on, each flies about half of the distance: 1.7 m at 75 km from the middle, 14 m at 150 km, for each of two
    [(2_000, 20, 60, 0.01), (30_000, 100, 200, 0.5), (150_000, 250, 300, 12.0), (300_000, 500, 300, 100.0)],
)
def test_error_of_the_pair_frame(distance_m, speed_mps, lookahead_s, stated_m):
    error = worst_error(distance_m, speed_mps, lookahead_s, 7)
    assert error > 0.0
    assert error <= stated_m
