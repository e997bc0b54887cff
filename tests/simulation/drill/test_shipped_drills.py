"""Every failure that is a drill: what must be seen is seen in time, and is missed without the part that catches it."""

from __future__ import annotations

import pytest

from tests.simulation.drill.played import NAMES, missed, played, scenario, variant

VARIANTS = [(name, one.name) for name in NAMES for one in scenario(name).without]


@pytest.mark.requirement("SC-DRL-01")
@pytest.mark.parametrize("name", NAMES)
def test_everything_that_must_be_seen_is_seen_in_time(name: str) -> None:
    outcome = played(name)
    assert not missed(outcome), [(one.name, one.seen) for one in outcome.judged if not one.met]
    assert outcome.judged


@pytest.mark.requirement("SC-DRL-02")
@pytest.mark.parametrize(("name", "without"), VARIANTS, ids=str)
def test_without_the_part_that_catches_it_it_is_missed(name: str, without: str) -> None:
    kept = set(variant(name, without).fails) - missed(played(name, without))
    assert not kept


@pytest.mark.requirement("SC-DRL-02")
@pytest.mark.parametrize("name", NAMES)
def test_every_drill_can_fail(name: str) -> None:
    assert scenario(name).without


@pytest.mark.requirement("SC-DRL-01")
def test_each_event_of_the_facts_is_a_drill() -> None:
    years = sorted(int(scenario(name).drill.pattern.split()[-1]) for name in NAMES)
    assert years == [1994, 2014, 2015, 2015, 2016, 2017, 2018, 2020, 2023, 2024, 2024]


@pytest.mark.requirement("SC-DRL-03")
@pytest.mark.parametrize("name", NAMES)
def test_no_real_place_is_named(name: str) -> None:
    """Places are invented: on open ocean, far from where it happened."""
    for track in scenario(name).tracks:
        for point in track.path:
            assert point.position.latitude_deg < 0.0
            assert -155.0 < point.position.longitude_deg < -80.0
