"""The tree we measure against answers the same question, to the pair."""

import numpy as np
import pytest
from bench.kdtree import find_conflicts
from bench.problem import Problem
from bench.scenes import SCENES, en_route

from steerclear import brute_force_conflicts


def ordered(i, j, *columns):
    """Return the pairs with the smaller row first, in order, and the columns in the same order."""
    low, high = np.minimum(i, j), np.maximum(i, j)
    order = np.lexsort((high, low))
    return np.column_stack((low, high))[order], *(column[order] for column in columns)


def agree(scene):
    problem = Problem.of(scene)
    found = find_conflicts(problem)
    truth = brute_force_conflicts(*problem.states, **problem.terms).pairs
    assert len(truth) > 0
    pairs, *numbers = ordered(found.i, found.j, found.t_in_s, found.t_out_s, found.t_cpa_s, found.horizontal_cpa_m)
    fields = (truth[name] for name in ("t_in_s", "t_out_s", "t_cpa_s", "horizontal_cpa_m"))
    true_pairs, *true_numbers = ordered(truth["i"], truth["j"], *fields)
    np.testing.assert_array_equal(pairs, true_pairs)
    for own, true in zip(numbers, true_numbers, strict=True):
        np.testing.assert_allclose(own, true, atol=1e-3)


@pytest.mark.requirement("SC-BEN-01")
@pytest.mark.parametrize("name", sorted(SCENES))
def test_same_pairs_as_brute_force(name):
    agree(SCENES[name](2_000))


@pytest.mark.requirement("SC-BEN-01")
@pytest.mark.parametrize("centre", [(90.0, 0.0), (0.0, 180.0), (-89.5, 45.0)])
def test_same_pairs_at_poles_and_antimeridian(centre):
    agree(en_route(1_500, latitude_deg=centre[0], longitude_deg=centre[1]))


def test_aircraft_at_rest_to_each_other():
    scene = en_route(600)
    still = [column.copy() for column in scene.columns]
    for column in still[3:]:
        column[:] = 0.0
    agree(type(scene)(scene.name, tuple(still), scene.minima))
