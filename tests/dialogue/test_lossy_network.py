"""A network that loses, repeats, delays and reorders: every message has its effect once, in order, and is receipted."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.dialogue.batch import Batch
from steerclear.dialogue.faults import FaultCode, LineFaultError
from tests.dialogue.two_ends import End

SAY, POST, DELIVER, LOSE, REPEAT, ANSWER, RESTART = range(7)
STEP = st.tuples(st.integers(SAY, RESTART), st.integers(0, 1), st.integers(0, 9))


@dataclass
class Side:
    end: End
    posts: list[Batch] = field(default_factory=list)
    """On their way from this side; they may overtake each other."""
    answers: list[bytes] = field(default_factory=list)
    """On their way back to this side."""


def play(steps) -> tuple[Side, Side]:
    sides = Side(End("north", "south")), Side(End("south", "north"))
    for action, which, choice in steps:
        side, other = sides[which], sides[1 - which]
        if action == SAY and len(side.end.sent) < 40:
            side.end.say()
        elif action == POST:
            side.posts.append(side.end.batch(side.end.received_size, side.end.received_size + 1 + choice))
        elif action == DELIVER and side.posts:
            deliver(side, other, side.posts.pop(choice % len(side.posts)))
        elif action == LOSE:
            lost = side.posts if choice % 2 else side.answers
            if lost:
                lost.pop(choice % len(lost))
        elif action == REPEAT and side.posts and len(side.posts) < 20:
            side.posts.append(side.posts[choice % len(side.posts)])
        elif action == ANSWER and side.answers:
            side.end.take_receipt(side.answers.pop(choice % len(side.answers)))
        elif action == RESTART:
            side.end.restart()
    return sides


def deliver(sender: Side, receiver: Side, batch: Batch) -> None:
    if batch.first > len(receiver.end.mirror):
        # It overtook the post before it; nothing else can go wrong between honest ends.
        with pytest.raises(LineFaultError) as caught:
            receiver.end.take(batch)
        assert caught.value.code is FaultCode.GAP
        return
    accepted = receiver.end.take(batch)
    if accepted.state.note:
        sender.answers.append(accepted.state.note)


def heal(sides: tuple[Side, Side]) -> None:
    for side, other in (sides, sides[::-1]):
        while side.end.received_size < len(side.end.sent):
            side.end.take_receipt(other.end.take(side.end.batch(side.end.received_size)).state.note)


@pytest.mark.requirement("SC-LINE-02")
@settings(max_examples=120, deadline=None)
@given(st.lists(STEP, max_size=120))
def test_every_message_arrives_once_and_in_order(steps):
    sides = play(steps)
    for side, other in (sides, sides[::-1]):
        held = other.end.mirror
        assert held == side.end.sent[: len(held)]
        assert side.end.received_size <= len(held)
    heal(sides)
    for side, other in (sides, sides[::-1]):
        assert other.end.mirror == side.end.sent
        assert side.end.received_size == len(side.end.sent)


def test_a_repeated_post_changes_nothing_and_is_answered_with_the_same_receipt():
    north, south = End("north", "south"), End("south", "north")
    for _ in range(3):
        north.say()
    first = south.take(north.batch(0))
    again = south.take(north.batch(0), now_s=first.entries[0].entry.issued_s + 100)
    assert again.entries == ()
    assert again.state.note == first.state.note
    assert south.take(north.batch(0, 2)).entries == ()


def test_an_empty_post_asks_only_for_a_sign_of_life():
    north, south = End("north", "south"), End("south", "north")
    assert south.take(north.batch(0)).state.note == b""
    north.say()
    receipt = south.take(north.batch(0)).state.note
    assert south.take(north.batch(1)).state.note == receipt
