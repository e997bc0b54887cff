"""Deadlines under late ticks and restarting nodes: each passes once, at the first tick at or after its time.

Clocks that are set are driven by the simulation and by the tests of the ladder.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.services.clock import SystemClock
from steerclear.services.line_events import UNANSWERED
from steerclear.services.line_views import line_views
from steerclear.store import SqliteStore
from tests.services.parties import ACKNOWLEDGE_WITHIN_S, HandClock, Node, make_agreement, make_alert

STEP = st.one_of(
    st.tuples(st.just("move"), st.floats(0.0, 90.0)),
    st.tuples(st.just("tick"), st.just(0.0)),
    st.tuples(st.just("restart"), st.just(0.0)),
    st.tuples(st.just("alert"), st.just(0.0)),
)


@pytest.mark.requirement("SC-LINE-07")
@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_every_deadline_passes_once(steps):
    agreement = make_agreement(every_s=1e6)
    clock = HandClock()
    with SqliteStore.in_memory(line_views()) as store:
        node = Node("north", agreement, clock, store)
        node.timekeeper.tick()
        due: dict[str, float] = {"north:south:0": clock.time_s + agreement.line_checks.answer_within_s}
        expected: list[str] = []
        for action, amount in [*steps, ("move", 1e4), ("tick", 0.0), ("tick", 0.0)]:
            if action == "move":
                clock.time_s += amount
            elif action == "restart":
                node = Node("north", agreement, clock, store)
            elif action == "alert":
                node.announce(make_alert(len(due)))
                due[f"north:south:{len(due)}"] = clock.time_s + ACKNOWLEDGE_WITHIN_S
            else:
                node.timekeeper.tick()
                expected += sorted(
                    (name for name, limit_s in due.items() if limit_s <= clock.time_s and name not in expected),
                    key=lambda name: (due[name], name),
                )
                assert sorted(missed(store)) == sorted(expected)
        assert sorted(missed(store)) == sorted(due)


def missed(store: SqliteStore) -> list[str]:
    rows = store.journal(0, 10_000)
    return [row.payload.split(b'"message_id":"')[1].split(b'"')[0].decode() for row in rows if row.kind == UNANSWERED]


@pytest.mark.requirement("SC-LINE-07")
def test_time_passes_while_the_machine_is_suspended(monkeypatch):
    """A notebook that was closed for an hour has an hour's deadlines behind it when it wakes."""
    asleep_s = 3_600.0
    asked = time.clock_gettime
    suspended = {getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC): asleep_s}
    monkeypatch.setattr(time, "clock_gettime", lambda clock: asked(clock) + suspended.get(clock, 0.0))
    before_s = SystemClock().steady_s()
    suspended = dict.fromkeys(suspended, 2 * asleep_s)
    assert asleep_s <= SystemClock().steady_s() - before_s < asleep_s + 60.0
