"""Every outlet of a function is tried; what fails is said and stops nothing."""

import threading
import time

import pytest

from steerclear.services.reach import MAX_DETAIL_CHARS, Outcome, Summons, reach_function

SUMMONS = Summons(
    party="south",
    peer="north",
    message_id="north-to-south-7",
    kind="safety_stop",
    urgency="immediate",
    outgoing=False,
    step="acknowledgement",
    rung=1,
    function="air commander",
    desk_id="south-1",
    issued_s=1_767_225_600.0,
    due_s=1_767_225_660.0,
)


class Telephones:
    """Outlets that do what their name says."""

    def __init__(self, *names: str, answers=None) -> None:
        self._names = frozenset(names)
        self._answers = answers or {}
        self.tried = []

    def names(self):
        return self._names

    def reach(self, outlet, summons):
        self.tried.append((outlet, summons))
        answer = self._answers.get(outlet, "rang")
        if isinstance(answer, Exception):
            raise answer
        return Outcome(outlet=outlet, reached=True, detail=answer, took_s=0.5)


@pytest.mark.requirement("SC-OUT-01")
def test_all_outlets_of_a_function_are_tried_once_and_told_in_their_order():
    phones = Telephones("duty-phone", "mail", "pager")
    outcomes = reach_function(phones, ("mail", "duty-phone", "mail"), SUMMONS)
    assert [(outcome.outlet, outcome.reached, outcome.detail) for outcome in outcomes] == [
        ("mail", True, "rang"),
        ("duty-phone", True, "rang"),
    ]
    assert sorted(name for name, _ in phones.tried) == ["duty-phone", "mail"]
    assert all(summons is SUMMONS for _, summons in phones.tried)


@pytest.mark.requirement("SC-OUT-01")
def test_a_slow_outlet_does_not_hold_up_the_others():
    together = threading.Barrier(3)

    class Slow(Telephones):
        def reach(self, outlet, summons):
            together.wait(10)  # passes only when all three are under way at once
            return super().reach(outlet, summons)

    outcomes = reach_function(Slow("a", "b", "c"), ("a", "b", "c"), SUMMONS)
    assert all(outcome.reached for outcome in outcomes)


@pytest.mark.requirement("SC-OUT-02")
def test_an_unknown_and_a_failing_outlet_are_outcomes_and_the_rest_is_tried():
    secret = RuntimeError("could not post to https://chat.example/token-1234")
    phones = Telephones("duty-phone", "chat", answers={"chat": secret})
    unknown, chat, phone = reach_function(phones, ("fax", "chat", "duty-phone"), SUMMONS)
    assert (unknown.outlet, unknown.reached) == ("fax", False)
    assert "[outlets.fax]" in unknown.detail
    assert "chat, duty-phone" in unknown.detail
    assert (chat.reached, chat.detail) == (False, "the outlet failed: RuntimeError")
    assert phone.reached


def test_a_function_without_outlets_was_not_reached():
    assert reach_function(Telephones("duty-phone"), (), SUMMONS) == ()


@pytest.mark.requirement("SC-OUT-02")
def test_what_an_outlet_says_is_cut_and_made_printable():
    phones = Telephones("a", answers={"a": "one\x1b[31m\ntwo " + "x" * 100_000})
    (outcome,) = reach_function(phones, ("a",), SUMMONS)
    assert outcome.detail.startswith("one [31m two xxx")
    assert len(outcome.detail) == MAX_DETAIL_CHARS
    assert outcome.detail.isprintable()


def test_names_that_cannot_even_be_read_are_an_outcome():
    class Broken(Telephones):
        def names(self):
            raise OSError("no")

    began_s = time.monotonic()
    (outcome,) = reach_function(Broken(), ("a",), SUMMONS)
    assert (outcome.reached, outcome.detail) == (False, "the outlet failed: OSError")
    assert 0 <= outcome.took_s <= time.monotonic() - began_s
