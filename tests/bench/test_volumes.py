"""The volumes section: the same plans for every contestant, the same answers, and tables that say what was measured."""

import json

import numpy as np
import pytest
from bench.budget import Budget
from bench.volumes_peers import SpatialTree
from bench.volumes_scene import VOLUMES_PER_PLAN, plans

from bench import volumes, volumes_peers

FACTS = {"cpu": "c", "cores": 2, "memory_bytes": 2**34, "python": "3", "date": "2026-01-01T", "commit": "x"}


@pytest.mark.requirement("SC-BEN-01")
def test_the_tree_and_the_index_find_the_same_plans():
    held = plans(600, 1)
    ours, tree = volumes.Index(held), SpatialTree(held)
    for plan in range(60):
        answer = ours.ask(ours.prepare(held, plan))
        assert plan in answer
        assert answer == tree.ask(tree.prepare(held, plan))


def test_plans_follow_from_their_seed_and_their_volumes_follow_each_other():
    one, other = plans(20, 3), plans(20, 3)
    assert np.array_equal(one.corners_deg, other.corners_deg)
    assert one.corners_deg.shape == (20, VOLUMES_PER_PLAN, 4, 2)
    assert (np.diff(one.times_s[..., 0], axis=1) > 0.0).all()


@pytest.mark.requirement("SC-BEN-03")
def test_the_section_shows_what_is_not_installed_and_keeps_no_answers(monkeypatch):
    monkeypatch.setattr(volumes, "QUICK_VOLUMES", 500)
    monkeypatch.setattr(volumes_peers, "programs", lambda: None)
    result = volumes.run(Budget(quick=True, seconds=3.0))
    text = volumes.table({**result, "machine": {**FACTS, "load_at_start": 0.5}})
    assert "500 active volumes" in text
    assert "not installed (apt-get install postgresql-15-postgis-3)" in text
    assert json.loads(json.dumps(result))["rows"]["shapely STRtree"]["differs"] == 0
