"""Which expectations are met: by the right observation, at the right time, and never by anything else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.interfaces.scenario_file import decode_scenario, starter_file
from steerclear.model.drill import Judged, Observation
from steerclear.model.scenario import Expect
from steerclear.simulation.drill.judging import judge

STARTER = decode_scenario(starter_file())
START_S = STARTER.drill.start_s


def told(after_s: float, what: str = "rung", party: str = "south", **facts: str) -> Observation:
    return Observation(time_s=START_S + after_s, party=party, what=what, facts=facts, words=f"{what} {facts}")


def judged(observations: list[Observation], **terms: Any) -> Judged:
    expect = Expect(name="it", says="it", **{"what": "rung", **terms})
    [one] = judge(msgspec.structs.replace(STARTER, expect=(expect,)), observations)
    return one


@pytest.mark.parametrize(
    ("seen", "terms", "met"),
    [
        ([told(10)], {}, True),
        ([], {}, False),
        ([told(10)], {"by_s": START_S + 10}, True),
        ([told(10.1)], {"by_s": START_S + 10}, False),
        ([told(10)], {"from_s": START_S + 11}, False),
        ([told(10)], {"party": "north"}, False),
        ([told(10)], {"what": "alert"}, False),
        ([told(10, function="deputy")], {"where": {"function": "commander"}}, False),
        ([told(10, function="deputy")], {"where": {"function": "deputy"}}, True),
        ([told(10)], {"where": {"function": ""}}, False),
        ([told(10), told(11)], {"count": 2}, True),
        ([told(10)], {"count": 2}, False),
        ([told(10), told(20)], {"count": 2, "by_s": START_S + 15}, False),
        ([told(10, unit="a"), told(12, unit="b")], {"each": {"unit": ("a", "b")}}, True),
        ([told(10, unit="a"), told(12, unit="a")], {"each": {"unit": ("a", "b")}}, False),
        ([told(10, unit="a"), told(22, unit="b")], {"each": {"unit": ("a", "b")}, "by_s": START_S + 20}, False),
    ],
)
def test_an_expectation_is_met_by_what_fits_it_in_time(seen: list[Observation], terms: Any, met: bool) -> None:
    assert judged(seen, **terms).met is met


@pytest.mark.parametrize(
    ("seen", "terms", "met"),
    [
        ([], {}, True),
        ([told(10)], {}, False),
        ([told(10)], {"by_s": START_S + 9}, True),
        ([told(10)], {"by_s": START_S + 10}, False),
        ([told(10)], {"from_s": START_S + 11}, True),
        ([told(10, party="north")], {"party": "south"}, True),
    ],
)
def test_what_must_never_be_seen(seen: list[Observation], terms: Any, met: bool) -> None:
    assert judged(seen, never=True, **terms).met is met


def test_the_margins_are_told() -> None:
    one = judged([told(70), told(99)], since_s=START_S + 60, before_s=START_S + 3_660)
    assert (one.after_s, one.spare_s) == (10.0, 3_590.0)
    late = judged([told(5_000)], by_s=START_S + 4_000, before_s=START_S + 3_660)
    assert not late.met
    assert late.spare_s == -1_340.0


@given(st.lists(st.floats(0, 3_600), max_size=6), st.floats(0, 3_600))
def test_more_time_never_makes_a_met_expectation_missed(times: list[float], by: float) -> None:
    seen = [told(at) for at in sorted(times)]
    if judged(seen, by_s=START_S + by).met:
        assert judged(seen, by_s=START_S + by + 100.0).met
        assert judged([*seen, told(3_600.0)], by_s=START_S + by).met
