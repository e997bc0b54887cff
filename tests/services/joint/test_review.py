"""Whose words stand on an incident, and who has agreed to them: to these very words."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.model.incident import ReviewItemKind
from steerclear.model.messages import ReviewItem, Verdict
from steerclear.services.acknowledge import respond
from steerclear.services.exchange import Draft
from steerclear.services.joint.join import join
from steerclear.services.joint.redact import PUBLIC, timeline_for
from tests.services.joint.scene import Scene


def put(scene: Scene, *words: str, revision: int = 1) -> str:
    """North's machine says a read-out to south, whatever its own services would let it say."""
    item = ReviewItem(
        to_function="duty officer",
        from_desk="north-desk",
        from_function="duty officer",
        incident_id="inc-1",
        item_id="words",
        revision=revision,
        kind=ReviewItemKind.READ_OUT,
        words=words,
    )
    made = Draft("south", lambda message_id: msgspec.structs.replace(item, message_id=message_id))
    sent = scene.north.exchange.send([made])
    sent.stored.result()
    scene.wait(6.0)
    return sent.message_ids[0]


@pytest.mark.requirement("SC-JNT-15")
@pytest.mark.parametrize("first", ["the better words", "what happened"])
def test_who_approves_other_words_under_the_same_revision_has_not_approved_these(tmp_path, first):
    """North puts two texts as revision 1 of one read-out; south approves the second one only."""
    second = {"the better words": "what happened", "what happened": "the better words"}[first]
    with Scene(tmp_path) as scene:
        scene.watch(20)
        put(scene, first)
        approved = put(scene, second)
        scene.answer("south", respond, approved, Verdict.APPROVED)
        scene.wait(6.0)
        timeline = join([scene.evidence("north"), scene.evidence("south")])
    [shown] = timeline.review
    assert shown.words == first
    assert shown.agreed_by == ("north",)
    assert timeline_for(timeline, PUBLIC).review == ()


@pytest.mark.requirement("SC-JNT-15")
def test_the_same_words_said_again_may_be_approved_at_either_place(tmp_path):
    with Scene(tmp_path) as scene:
        scene.watch(20)
        put(scene, "what happened")
        again = put(scene, "what happened")
        scene.answer("south", respond, again, Verdict.APPROVED)
        scene.wait(6.0)
        timeline = join([scene.evidence("north"), scene.evidence("south")])
    assert [one.agreed_by for one in timeline.review] == [("north", "south")]
    assert len(timeline_for(timeline, PUBLIC).review) == 1
