"""The life of a zone follows from what is declared and from the time, each booking for itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from steerclear.model.intent import (
    CONSTRAINT_STATES,
    Constraint,
    ConstraintBasis,
    ConstraintEvent,
    ConstraintState,
)
from steerclear.model.volumes import Volume4D
from steerclear.strategic.reservation import after, events_due, next_event, state_at, states_at
from tests.strategic.plan_scenes import HOUR_S, NOON_S, volume

MINUTE_S = 60.0
S = ConstraintState


def booking(name: str, *volumes: Volume4D, **changes: Any) -> Constraint:
    fields: dict[str, Any] = {"declared_s": NOON_S, "basis": ConstraintBasis.UNILATERAL} | changes
    return Constraint(
        constraint_id=name, revision=1, party="north", state=S.REQUESTED, title=name, volumes=volumes, **fields
    )


def hours(begin: float, end: float, **changes: Any) -> Volume4D:
    return volume(begin_s=begin * HOUR_S, end_s=end * HOUR_S, **changes)


@pytest.mark.requirement("SC-CHK-08")
@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (0.0, S.CONFIRMED),
        (3 * 60 + 44.9, S.CONFIRMED),
        (3 * 60 + 45.0, S.PRE_ACTIVE),
        (4 * 60 - 0.01, S.PRE_ACTIVE),
        (4 * 60.0, S.ACTIVE),
        (5 * 60.0, S.ACTIVE),
        (5 * 60 + 0.01, S.CLOSED),
    ],
)
def test_time_moves_a_zone(minutes: float, state: ConstraintState) -> None:
    assert states_at([booking("range", hours(4, 5))], NOON_S + minutes * MINUTE_S) == {"range": state}


@pytest.mark.requirement("SC-CHK-08")
def test_back_to_back_bookings_of_one_area_are_both_pending() -> None:
    # A known fault of a reservation system: the second of two back-to-back bookings lost its "pending".
    first, second = booking("a", hours(4, 4.1)), booking("b", hours(4.1, 5), declared_s=NOON_S + 1)
    at_s = {minutes: NOON_S + 4 * HOUR_S + minutes * MINUTE_S for minutes in (-60, -5, 0, 1, 6, 7)}
    seen = {minutes: tuple(states_at([second, first], now_s).values()) for minutes, now_s in at_s.items()}
    assert seen == {
        -60: (S.CONFIRMED, S.CONFIRMED),
        -5: (S.PRE_ACTIVE, S.PRE_ACTIVE),
        0: (S.ACTIVE, S.PRE_ACTIVE),
        1: (S.ACTIVE, S.PRE_ACTIVE),
        6: (S.ACTIVE, S.ACTIVE),
        7: (S.CLOSED, S.ACTIVE),
    }


def test_a_later_booking_waits_for_the_one_it_overlaps_and_moves_up_when_that_is_cancelled() -> None:
    first, second = booking("a", hours(4, 5)), booking("b", hours(4.5, 6), declared_s=NOON_S + 1)
    assert states_at([first, second], NOON_S) == {"a": S.CONFIRMED, "b": S.QUEUED}
    assert states_at([replace(first, state=S.CANCELLED), second], NOON_S)["b"] is S.CONFIRMED
    queued = replace(second, state=S.QUEUED)
    assert state_at(queued, [replace(first, state=S.CLOSED)], NOON_S + 4.6 * HOUR_S) is S.ACTIVE
    above = booking("c", hours(4.5, 6, lower_m=2_000.0, upper_m=3_000.0), declared_s=NOON_S + 2)
    assert states_at([first, second, above], NOON_S)["c"] is S.CONFIRMED


def test_what_is_active_is_not_queued_again() -> None:
    active = replace(booking("b", hours(4, 5), declared_s=NOON_S + 1), state=S.ACTIVE)
    granted_late = booking("a", hours(4, 5), sought=ConstraintBasis.AGREED, basis=ConstraintBasis.AGREED)
    assert states_at([granted_late, active], NOON_S + 4.5 * HOUR_S) == {"a": S.QUEUED, "b": S.ACTIVE}


@pytest.mark.requirement("SC-CHK-08")
def test_silence_is_no_consent() -> None:
    asked = booking("range", hours(4, 5), sought=ConstraintBasis.AGREED, basis=ConstraintBasis.ACKNOWLEDGED)
    other = booking("other", hours(4, 5), declared_s=NOON_S + 1)
    at_its_time = NOON_S + 4.5 * HOUR_S
    # Having been read is not having been agreed to; and nobody reserves airspace by asking.
    assert states_at([asked, other], at_its_time) == {"range": S.REQUESTED, "other": S.ACTIVE}
    assert states_at([asked], NOON_S + 6 * HOUR_S) == {"range": S.CLOSED}
    assert states_at([replace(asked, basis=ConstraintBasis.AGREED)], at_its_time) == {"range": S.ACTIVE}


def test_an_amendment_that_moves_a_zone_away_takes_its_state_back() -> None:
    near = replace(booking("range", hours(4, 5)), state=S.PRE_ACTIVE)
    assert events_due(near, [], NOON_S) == (ConstraintEvent.RECEDE,)
    unsaid = replace(near, sought=ConstraintBasis.AGREED)
    assert state_at(unsaid, [], NOON_S) is S.REQUESTED


spans = st.tuples(st.integers(0, 6), st.integers(0, 3)).map(lambda span: hours(float(span[0]), float(sum(span))))
bookings = st.lists(
    st.builds(
        booking,
        st.uuids(version=4).map(str),
        spans,
        declared_s=st.none() | st.sampled_from([NOON_S, NOON_S + 1, NOON_S + 2]),
        basis=st.sampled_from(ConstraintBasis),
        sought=st.sampled_from(ConstraintBasis),
    ),
    max_size=5,
    unique_by=lambda one: one.constraint_id,
)


@pytest.mark.requirement("SC-CHK-08")
@given(bookings, st.floats(-1, 10), st.randoms())
def test_both_sides_see_the_same_states_in_whatever_order_they_learned_of_the_bookings(
    known: list[Constraint], hour: float, chance: Any
) -> None:
    now_s = NOON_S + hour * HOUR_S
    seen = states_at(known, now_s)
    mixed = known.copy()
    chance.shuffle(mixed)
    assert states_at(mixed, now_s) == seen
    settled = [replace(one, state=seen[one.constraint_id]) for one in known]
    assert states_at(settled, now_s) == seen, "looking twice changes nothing"
    for one in known:
        if one.volumes[0].until_s >= now_s:
            assert seen[one.constraint_id] not in (S.CLOSED, S.CANCELLED)


@given(st.sampled_from(ConstraintState), st.sampled_from(ConstraintEvent))
def test_an_illegal_event_leaves_the_state_unchanged(state: ConstraintState, event: ConstraintEvent) -> None:
    assert after(state, event) is CONSTRAINT_STATES.get((state, event), state)
    if state in (S.CLOSED, S.CANCELLED):
        assert after(state, event) is state
        assert next_event(replace(booking("x", hours(4, 5)), state=state), [], NOON_S) is None


@pytest.mark.requirement("SC-PLR-22")
@pytest.mark.parametrize("claimed", [S.ACTIVE, S.PRE_ACTIVE, S.CONFIRMED])
def test_a_zone_that_is_said_to_be_active_before_its_time_pushes_no_earlier_booking_aside(claimed: S) -> None:
    mine = booking("mine", hours(4, 5))
    late = replace(booking("late", hours(4.5, 6), declared_s=NOON_S + HOUR_S), state=claimed)
    for before in (0.0, 3.0, 4.2):
        expected = {0.0: S.CONFIRMED, 3.0: S.CONFIRMED, 4.2: S.ACTIVE}[before]
        assert state_at(mine, [late], NOON_S + before * HOUR_S) is expected
    # What is active in its time is in the way, whoever came first.
    begun = replace(late, volumes=(hours(3, 6),), state=S.ACTIVE)
    assert state_at(mine, [begun], NOON_S + 3.5 * HOUR_S) is S.QUEUED
