"""The life of an alert: the table as a whole, and what persistence makes of single scans."""

from itertools import product

import pytest

from steerclear.model.alert import AlertChange, Severity
from steerclear.tactical.life import LIFE_STATES, Life, LifeEvent, LifeState, Persistence

TERMS = Persistence(hits=2, scans=4, ease_after_s=10.0, clear_after_s=15.0, lapse_after_s=100.0)


def life_in(state: LifeState) -> Life:
    life = Life(TERMS)
    life.state = state
    return life


@pytest.mark.requirement("SC-TAC-01")
@pytest.mark.parametrize(("state", "event"), list(product(LifeState, LifeEvent)))
def test_every_event_in_every_state_does_what_the_table_says_or_nothing(state, event):
    life = life_in(state)
    life.happen(event)
    assert life.state is LIFE_STATES.get((state, event), state)


@pytest.mark.requirement("SC-TAC-02")
def test_only_an_all_clear_or_giving_up_ends_an_alert():
    alert = {LifeState.OPEN, LifeState.CLEARING, LifeState.UNSEEN}
    ends = {event for (before, event), after in LIFE_STATES.items() if before in alert and after not in alert}
    assert ends == {LifeEvent.ALL_CLEAR, LifeEvent.GIVEN_UP}
    assert LIFE_STATES[LifeState.OPEN, LifeEvent.SILENT] is LifeState.UNSEEN
    assert (LifeState.UNSEEN, LifeEvent.ALL_CLEAR) not in LIFE_STATES


def test_every_state_can_be_reached_and_left():
    assert {before for before, _ in LIFE_STATES} == set(LifeState)
    assert set(LIFE_STATES.values()) == set(LifeState)


def test_one_sign_is_suspicion_two_of_four_raise():
    life = Life(TERMS)
    assert life.predicted(Severity.CAUTION, False, 1.0, 0.0) is None
    assert life.state is LifeState.SUSPECTED
    assert life.clean(2.0, 2.0, 1.0) is None
    assert life.clean(3.0, 3.0, 2.0) is None
    assert life.predicted(Severity.CAUTION, False, 4.0, 3.0) is AlertChange.RAISED


def test_two_signs_that_are_five_scans_apart_raise_nothing():
    life = Life(TERMS)
    life.predicted(Severity.CAUTION, False, 1.0, 0.0)
    for seen in (2.0, 3.0, 4.0, 5.0):
        life.clean(seen, seen, seen)
    assert life.state is LifeState.QUIET
    assert life.predicted(Severity.CAUTION, False, 6.0, 6.0) is None


def test_a_scan_without_a_new_report_is_no_second_witness():
    life = Life(TERMS)
    for now_s in range(10):
        assert life.predicted(Severity.CAUTION, False, 1.0, float(now_s)) is None
    assert life.state is LifeState.SUSPECTED


def test_what_is_happening_needs_no_second_witness():
    assert Life(TERMS).predicted(Severity.BREACH, True, 1.0, 0.0) is AlertChange.RAISED


def test_it_escalates_at_once_and_eases_only_when_it_stays_easier():
    life = life_in(LifeState.OPEN)
    life.severity = Severity.CAUTION
    assert life.predicted(Severity.BREACH, True, 1.0, 0.0) is AlertChange.ESCALATED
    assert life.predicted(Severity.CAUTION, False, 2.0, 1.0) is None
    assert life.predicted(Severity.BREACH, True, 3.0, 5.0) is None
    assert life.predicted(Severity.ADVISORY, False, 4.0, 6.0) is None
    assert life.predicted(Severity.CAUTION, False, 5.0, 12.0) is None
    assert life.predicted(Severity.ADVISORY, False, 6.0, 16.0) is AlertChange.EASED
    assert life.severity is Severity.CAUTION, "eased to the gravest that was seen meanwhile, not to the last"


def test_it_clears_only_after_the_persistence_and_only_by_reports_made_since():
    life = life_in(LifeState.OPEN)
    assert life.clean(1.0, 99.0, 100.0) is None
    assert life.clean(2.0, 99.0, 130.0) is None, "the older of the two reports was made before it was clean"
    assert life.clean(3.0, 100.0, 131.0) is AlertChange.CLEARED
    assert life.state is LifeState.QUIET


def test_clearing_starts_again_when_it_is_predicted_again():
    life = life_in(LifeState.OPEN)
    life.clean(1.0, 100.0, 100.0)
    assert life.predicted(Severity.INFORMATION, False, 2.0, 110.0) is None
    assert life.state is LifeState.OPEN
    assert life.clean(3.0, 112.0, 112.0) is None
    assert life.clean(4.0, 120.0, 120.0) is None
    assert life.clean(5.0, 127.0, 127.0) is AlertChange.CLEARED


def test_silence_never_clears_it_lapses():
    life = life_in(LifeState.OPEN)
    assert life.silent(0.0) is None
    assert life.silent(99.0) is None
    assert life.is_alert
    assert life.silent(100.0) is AlertChange.LAPSED
    assert not life.is_alert


def test_silence_ends_a_suspicion_without_a_word():
    life = life_in(LifeState.SUSPECTED)
    assert life.silent(0.0) is None
    assert life.state is LifeState.QUIET


def test_nothing_is_cleared_that_was_not_raised():
    life = Life(Persistence(hits=2, scans=4, ease_after_s=0.0, clear_after_s=0.0, lapse_after_s=0.0))
    assert life.clean(1.0, 1.0, 1.0) is None
    assert life.silent(2.0) is None
    assert life.state is LifeState.QUIET
