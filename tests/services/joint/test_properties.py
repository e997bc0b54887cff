"""Whatever is said and however long it takes: nothing is lost, and the true difference of clocks is never shut out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.services.acknowledge import acknowledge
from steerclear.services.joint.clocks import bounds
from steerclear.services.joint.join import join
from tests.services.joint.scene import Scene, question, stop

START_S = 1_800_000_000.0

exchanges = st.lists(
    st.tuples(
        st.booleans(),
        st.floats(0.0, 3_600.0),
        st.floats(0.0, 120.0),
        st.floats(0.0, 120.0),
    ),
    max_size=12,
)


@pytest.mark.requirement("SC-JNT-02")
@settings(max_examples=200, deadline=None)
@given(exchanges=exchanges, ahead_s=st.floats(-500.0, 500.0), both=st.booleans())
def test_the_true_difference_is_never_shut_out(exchanges, ahead_s, both):
    """South's clock is `ahead_s` ahead. Messages (from north?, true time of issue, delay there, delay back)."""
    clock = {"north": 0.0, "south": ahead_s}
    sides = {
        party: SimpleNamespace(party=party, sent={}, stored={}, stored_s={}, receipts=[])
        for party in ("north", "south")
    }
    counts = {"north": 0, "south": 0}
    for from_north, true_s, there_s, back_s in exchanges:
        sender, receiver = ("north", "south") if from_north else ("south", "north")
        message_id = f"{sender}:{receiver}:{counts[sender]}"
        issued_s = START_S + true_s + clock[sender]
        sides[sender].sent[message_id] = SimpleNamespace(issued_s=issued_s, peer=receiver)
        sides[receiver].stored[message_id] = SimpleNamespace(issued_s=issued_s, peer=sender)
        stored_s = START_S + true_s + there_s + clock[receiver]
        sides[receiver].stored_s[message_id] = stored_s
        receipt = SimpleNamespace(peer=receiver, size=counts[sender] + 1, time_s=float(int(stored_s)))
        sides[sender].receipts.append((START_S + true_s + there_s + back_s + clock[sender], receipt))
        counts[sender] += 1
    shown = list(sides.values()) if both else [sides["north"]]
    lows, highs = bounds(shown, "south", "north")
    assert max(lows, default=-1e9) <= ahead_s + 1e-6
    assert ahead_s <= min(highs, default=1e9) + 1e-6
    assert bool(lows and highs) or not any(exchange[0] for exchange in exchanges) or not exchanges


steps = st.lists(st.sampled_from(("stop", "question", "read", "wait", "cut", "watch")), min_size=1, max_size=8)


@pytest.mark.requirement("SC-JNT-01")
@settings(max_examples=12, deadline=None)
@given(steps=steps, north_first=st.booleans(), skew_s=st.floats(-4.0, 3.0))
def test_nothing_that_either_side_recorded_is_lost(tmp_path_factory, steps, north_first, skew_s):
    with Scene(tmp_path_factory.mktemp("any"), skew_s, delay_s=0.5) as scene:
        asked: list[str] = []
        for number, step in enumerate(steps):
            if step in ("stop", "question"):
                asked.append(scene.tell("north", stop() if step == "stop" else question(f"X{number}")))
            elif step == "read" and asked and asked[-1] in _stored(scene):
                scene.answer("south", acknowledge, asked.pop())
            elif step == "watch":
                scene.watch(5)
            scene.wait(7.0, line=step != "cut")
        order = ("north", "south") if north_first else ("south", "north")
        evidences = [scene.evidence(party) for party in order]
        timeline = join(evidences)
        shown = [row for event in timeline.events for row in event.rows]
        assert sorted(shown) == sorted((one.party, row.sequence) for one in evidences for row in one.rows())
        for message in timeline.messages:
            # Nothing is called silent that somebody answered, and nothing answered that is silent.
            assert ("acknowledgement" in message.unanswered) <= (message.acknowledged is None)
            if message.acknowledged is not None:
                assert message.received_s is not None
                assert message.received_s <= message.acknowledged.time_s + 1.0


def _stored(scene) -> set[str]:
    line = scene.south.exchange.line("north")
    return {line.terms.incoming.message_id(place) for place in range(line.incoming.frontier.size)}
