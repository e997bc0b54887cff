"""What a reader may not see is left out, and said to be; what he may see stays whole."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.services.joint.faults import JoinError
from steerclear.services.joint.join import join
from steerclear.services.joint.redact import PUBLIC, timeline_for
from steerclear.services.joint.timeline import EventKind, ReviewShown
from tests.services.joint.scene import Scene


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with Scene(tmp_path_factory.mktemp("redact")) as scene:
        said = scene.story()
        yield said, join([scene.evidence("north"), scene.evidence("south")])


@pytest.mark.requirement("SC-JNT-11")
def test_a_party_keeps_its_own_and_the_line_and_loses_the_others_house(told):
    _, timeline = told
    redacted = timeline_for(timeline, "south")
    own = [event for event in timeline.events if event.party == "south"]
    assert [event for event in redacted.events if event.party == "south"] == own
    inside = (EventKind.SUMMONED, EventKind.ITEM, EventKind.LINE, EventKind.MACHINE)
    assert not [event for event in redacted.events if event.party == "north" and event.kind in inside]
    assert [one.message_id for one in redacted.messages] == [one.message_id for one in timeline.messages]
    north = next(side for side in redacted.sides if side.party == "north")
    assert north.software == ""
    assert north.roots
    assert north.manifest_sha256
    assert "left out are" in redacted.left_out[0]
    assert "entries of other sides' journals" in redacted.left_out[0]


@pytest.mark.requirement("SC-JNT-11")
def test_how_the_other_side_called_its_people_is_its_own_affair(told):
    _, timeline = told
    rung = next(event for event in timeline.events if event.kind is EventKind.RUNG and event.party == "north")
    called = msgspec.structs.replace(rung, kind=EventKind.SUMMONED, words="commander's telephone: taken")
    redacted = timeline_for(msgspec.structs.replace(timeline, events=(*timeline.events, called)), "south")
    assert "in time" not in rung.words, "a rung may be raised before any time is over"
    assert rung in redacted.events  # that the rung was raised the other side is told on the line
    assert called not in redacted.events


@pytest.mark.requirement("SC-JNT-11")
def test_a_third_party_sees_nothing_of_a_line_that_is_not_its_own(told):
    _, timeline = told
    third = msgspec.structs.replace(timeline, parties=(*timeline.parties, ("east", "East")))
    redacted = timeline_for(third, "east")
    assert redacted.messages == redacted.events == redacted.alerts == redacted.tracks == redacted.facts == ()
    assert redacted.claims == ()
    assert all(side.roots == {} for side in redacted.sides)
    words = msgspec.json.encode(redacted)
    assert b"people of ours" not in words
    assert b"first battalion" not in words


@pytest.mark.requirement("SC-JNT-11")
def test_the_public_sees_the_words_on_which_all_agreed_and_no_others(told):
    _, timeline = told

    def item(kind, name, agreed_by):
        return ReviewShown(
            party="north",
            message_id="",
            kind=kind,
            item_id=name,
            words=name,
            state="",
            own_s=1.0,
            time_s=1.0,
            agreed_by=agreed_by,
        )

    review = (
        item("read_out", "agreed words", ("north", "south")),
        item("read_out", "one side's words", ("north",)),
        item("finding", "agreed finding", ("north", "south")),
    )
    redacted = timeline_for(msgspec.structs.replace(timeline, review=review), PUBLIC)
    assert [one.words for one in redacted.review] == ["agreed words"]
    assert (redacted.title, redacted.events, redacted.sides, redacted.tracks) == ("", (), (), ())
    assert "have not agreed on a read-out" in timeline_for(timeline, PUBLIC).left_out[0]
    with pytest.raises(JoinError, match="no reader 'west'"):
        timeline_for(timeline, "west")
