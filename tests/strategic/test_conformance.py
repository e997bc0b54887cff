"""A flight that leaves its volumes, comes back, does not come back, or is over: what its state must follow."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.model.intent import INTENT_STATES, IntentEvent, IntentState
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.strategic.conformance import (
    RECOVER_WITHIN_S,
    SILENT_AFTER_S,
    Conformance,
    ConformanceEvent,
    FlownPosition,
    is_inside,
    is_outside,
    step,
)
from steerclear.strategic.volumes import prepare

ACTIVATED = Conformance(state=IntentState.ACTIVATED)
UNTIL_S = 2_000.0
CYLINDER = prepare(
    Volume4D(
        area=CircleArea(centre=Position(latitude_deg=0.0, longitude_deg=0.0), radius_m=1_000.0),
        lower_m=0.0,
        upper_m=120.0,
        altitude_datum=AltitudeDatum.ELLIPSOID,
        from_s=1_000.0,
        until_s=UNTIL_S,
    )
)
DEGREE_M = 111_319.490_793  # along the equator


def at(
    time_s: float, east_m: float = 0.0, height_m: float = 60.0, accuracy_m: float = 0.0, airborne: bool = True
) -> FlownPosition:
    return FlownPosition(
        measured_s=time_s,
        latitude_deg=0.0,
        longitude_deg=east_m / DEGREE_M,
        height_m=height_m,
        horizontal_accuracy_m=accuracy_m,
        vertical_accuracy_m=accuracy_m,
        airborne=airborne,
    )


def follow(
    held: Conformance, *positions: FlownPosition, now_s: float | None = None
) -> tuple[Conformance, list[tuple[IntentEvent, float]]]:
    now_s = max(one.measured_s for one in positions) if now_s is None else now_s
    after, events = step(held, [CYLINDER], UNTIL_S, positions, now_s)
    return after, [(one.event, one.at_s) for one in events]


@pytest.mark.requirement("SC-USS-11")
def test_it_is_nonconforming_when_it_cannot_have_been_inside() -> None:
    for inside in (at(1_100, 999.0), at(1_100, -999.9), at(1_100, 0.0, 120.0), at(1_100, 0.0, 0.0), at(UNTIL_S)):
        assert follow(ACTIVATED, inside) == (Conformance(state=IntentState.ACTIVATED, heard_s=inside.measured_s), [])
    for outside in (at(1_100, 1_002.0), at(1_100, 0.0, 121.0), at(1_100, 0.0, -1.0), at(UNTIL_S + 1.0)):
        after, events = follow(ACTIVATED, outside)
        assert after.state is IntentState.NONCONFORMING
        assert events == [(IntentEvent.LEAVE, outside.measured_s)]
    # Within its accuracy it may have been inside; no accuracy hides more than the limit.
    assert not follow(ACTIVATED, at(1_100, 1_050.0, accuracy_m=60.0))[1]
    assert follow(ACTIVATED, at(1_100, 1_150.0, accuracy_m=10_000.0))[1]
    assert follow(ACTIVATED, at(1_100, 0.0, 180.0, accuracy_m=10_000.0))[1]


@pytest.mark.requirement("SC-USS-11")
def test_it_conforms_again_once_the_position_itself_is_inside() -> None:
    held, _ = follow(ACTIVATED, at(1_100, 1_500.0))
    held, events = follow(held, at(1_110, 1_050.0, accuracy_m=60.0))
    assert not events
    held, events = follow(held, at(1_120, 900.0, accuracy_m=60.0))
    assert (held.state, held.outside_since_s) == (IntentState.ACTIVATED, None)
    assert events == [(IntentEvent.RETURN, 1_120.0)]


@pytest.mark.requirement("SC-USS-11")
def test_what_stays_outside_for_a_minute_is_given_up_and_never_taken_back() -> None:
    held, _ = follow(ACTIVATED, at(1_100, 1_500.0))
    assert not follow(held, now_s=1_100.0 + RECOVER_WITHIN_S)[1]
    after, events = follow(held, now_s=1_100.0 + RECOVER_WITHIN_S + 0.5)
    assert events == [(IntentEvent.GIVE_UP, 1_100.0 + RECOVER_WITHIN_S)]
    # A position from after the minute comes too late, even if the look comes later still.
    after, events = follow(held, at(1_161.0), now_s=1_300.0)
    assert after.state is IntentState.CONTINGENT
    assert [event for event, _ in events] == [IntentEvent.GIVE_UP]
    after, events = follow(after, at(1_310.0))
    assert (after.state, events) == (IntentState.CONTINGENT, [])


@pytest.mark.requirement("SC-USS-11")
def test_late_and_repeated_positions_change_nothing() -> None:
    held, _ = follow(ACTIVATED, at(1_100))
    assert follow(held, at(1_050, 5_000.0), at(1_100, 5_000.0), now_s=1_101.0) == (held, [])


@pytest.mark.requirement("SC-USS-11")
def test_an_aircraft_that_flies_before_its_flight_is_active_does_not_conform() -> None:
    accepted = Conformance(state=IntentState.ACCEPTED)
    assert follow(accepted, at(1_100))[1] == [(IntentEvent.LEAVE, 1_100.0)]
    assert follow(accepted, at(1_100, airborne=False))[1] == []


@pytest.mark.requirement("SC-USS-11")
def test_a_flight_whose_time_has_run_out_ends_when_nothing_is_heard_of_it() -> None:
    accepted = Conformance(state=IntentState.ACCEPTED)
    assert not follow(accepted, now_s=UNTIL_S)[1]
    assert follow(accepted, now_s=UNTIL_S + 1.0)[1] == [(IntentEvent.END, UNTIL_S + 1.0)]
    assert not follow(ACTIVATED, now_s=UNTIL_S + SILENT_AFTER_S)[1]
    assert follow(ACTIVATED, now_s=UNTIL_S + SILENT_AFTER_S + 1.0)[1] == [(IntentEvent.END, 2_061.0)]
    # One that still flies has not ended; it is outside.
    after, events = follow(ACTIVATED, at(2_050.0), now_s=2_100.0)
    assert (after.state, [event for event, _ in events]) == (IntentState.NONCONFORMING, [IntentEvent.LEAVE])


positions = st.builds(
    at,
    time_s=st.floats(900.0, 2_300.0),
    east_m=st.floats(-3_000.0, 3_000.0),
    height_m=st.floats(-50.0, 200.0),
    accuracy_m=st.floats(0.0, 150.0),
    airborne=st.booleans(),
)
starts = st.sampled_from([one for one in IntentState if one is not IntentState.ENDED])


@pytest.mark.requirement("SC-USS-11")
@settings(max_examples=200, deadline=None)
@given(starts, st.lists(positions, max_size=12), st.floats(0.0, 200.0))
def test_states_follow_the_table_alone_and_a_step_may_be_taken_in_pieces(
    state: IntentState, flown: list[FlownPosition], wait_s: float
) -> None:
    held = Conformance(state=state)
    flown = sorted({one.measured_s: one for one in flown}.values(), key=lambda one: one.measured_s)
    now_s = max([one.measured_s for one in flown], default=1_000.0) + wait_s
    after, events = step(held, [CYLINDER], UNTIL_S, flown, now_s)
    walked = state
    for one in events:
        walked = INTENT_STATES[walked, one.event]
    assert walked is after.state
    assert all(one.at_s <= other.at_s for one, other in pairwise(events))
    # One by one: the same events, as long as no look comes in between at which more is known to be over.
    if now_s <= UNTIL_S:
        told: list[ConformanceEvent] = []
        for one in flown:
            held, some = step(held, [CYLINDER], UNTIL_S, [one], one.measured_s)
            told += some
        held, some = step(held, [CYLINDER], UNTIL_S, [], now_s)
        assert (held, tuple(told) + some) == (after, events)


@settings(max_examples=200, deadline=None)
@given(positions)
def test_what_is_inside_is_never_outside(position: FlownPosition) -> None:
    if is_inside([CYLINDER], position):
        assert not is_outside([CYLINDER], position)
    # Oracle: a flat Earth is exact enough at the equator, away from the edge.
    across_m = abs(position.longitude_deg) * DEGREE_M
    plain = across_m <= 999.0 and 0.0 <= position.height_m <= 120.0 and 1_000.0 <= position.measured_s <= UNTIL_S
    if plain:
        assert is_inside([CYLINDER], position)
    if across_m > 1_101.0 or not 1_000.0 <= position.measured_s <= UNTIL_S:
        assert is_outside([CYLINDER], position)
