"""Which expectations of a drill were met, when, and with how much to spare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from steerclear.model.drill import Judged, Observation
from steerclear.model.scenario import Expect, Scenario


def judge(scenario: Scenario, observations: Sequence[Observation]) -> tuple[Judged, ...]:
    """Every expectation, in the order of the file."""
    return tuple(_judged(one, scenario, observations) for one in scenario.expect)


def _judged(expect: Expect, scenario: Scenario, observations: Sequence[Observation]) -> Judged:
    zero_s = scenario.drill.start_s if scenario.drill.zero_s is None else scenario.drill.zero_s
    since_s = zero_s if expect.since_s is None else expect.since_s
    if expect.never:
        met, seen = _never(expect, observations)
    else:
        met, seen = _seen(expect, observations)
    seen_s = None if seen is None else seen.time_s
    return Judged(
        name=expect.name,
        met=met,
        what=expect.what,
        says=expect.says,
        in_reality=expect.in_reality,
        uncertain=expect.uncertain,
        seen_s=seen_s,
        seen="" if seen is None else f"{seen.party}: {seen.words}" if seen.party else seen.words,
        by_s=expect.by_s,
        since_s=since_s,
        after_s=None if seen_s is None else seen_s - since_s,
        before_s=expect.before_s,
        spare_s=None if seen_s is None or expect.before_s is None else expect.before_s - seen_s,
    )


def _never(expect: Expect, observations: Sequence[Observation]) -> tuple[bool, Observation | None]:
    found = next(iter(_matching(expect, expect.where, observations)), None)
    in_time = found is not None and (expect.by_s is None or found.time_s <= expect.by_s)
    return (False, found) if in_time else (True, None)


def _seen(expect: Expect, observations: Sequence[Observation]) -> tuple[bool, Observation | None]:
    """Met when, for every combination of `each`, there were `count` of them in time; seen with the last of these."""
    needed: list[Observation] = []
    missing = False
    for values in product(*expect.each.values()):
        where = {**expect.where, **dict(zip(expect.each, values, strict=True))}
        found = list(_matching(expect, where, observations))[: expect.count]
        missing |= len(found) < expect.count
        needed += found
    last = max(needed, key=lambda one: one.time_s, default=None)
    if missing or last is None:
        return False, None
    return expect.by_s is None or last.time_s <= expect.by_s, last


def _matching(expect: Expect, where: dict[str, str], observations: Sequence[Observation]) -> Iterable[Observation]:
    return (
        one
        for one in observations
        if one.what == expect.what
        and (expect.party is None or one.party == expect.party)
        and (expect.from_s is None or one.time_s >= expect.from_s)
        and all(one.facts.get(key) == value for key, value in where.items())
    )
