"""Three parties: every line is joined, and each reader gets the lines that he is an end of."""

from __future__ import annotations

import contextlib
import itertools

import msgspec
import pytest

from steerclear.app.commands.record import read_versions
from steerclear.services.incident.evidence import open_evidence
from steerclear.services.joint.join import join
from steerclear.services.joint.redact import timeline_for
from steerclear.services.say import say
from tests.services.bundles import signed_files
from tests.services.incident.scenes import WatchingNode, an_incident
from tests.services.joint.scene import stop
from tests.services.parties import START_S, make_agreement, settle

PARTIES = ("north", "south", "east")


class OfThree(WatchingNode):
    """A watching node of three parties."""

    def inputs(self, **more):
        return msgspec.structs.replace(
            super().inputs(**more), agreements=(signed_files(make_agreement(PARTIES, every_s=604_800.0)),)
        )


@pytest.mark.requirement("SC-JNT-01")
@pytest.mark.requirement("SC-JNT-11")
def test_three_sides_are_joined_and_a_reader_sees_his_own_lines(tmp_path):
    agreement = make_agreement(PARTIES, every_s=604_800.0)
    with contextlib.ExitStack() as stack:
        nodes = {party: OfThree(party, tmp_path / party, agreement) for party in PARTIES}
        for node in nodes.values():
            stack.callback(node.close)
        nodes["east"].clock.time_s -= 2.0
        ids = {}
        for peer in ("south", "east"):
            sent = say(nodes["north"].exchange, [peer], stop(), "north-desk", "duty officer")
            sent.stored.result()
            ids[peer] = sent.message_ids[0]
        for node in nodes.values():
            node.clock.time_s += 4.0
        settle(*nodes.values())
        evidences = []
        for party, node in nodes.items():
            path = tmp_path / f"{party}.zip"
            told = {"from_s": START_S - 60.0, "until_s": START_S + 60.0, "at_s": START_S}
            path.write_bytes(node.bundle(an_incident(**told)))
            evidences.append(open_evidence(path, read_versions))
        timeline = join(evidences)
        shown = [row for event in timeline.events for row in event.rows]
        assert sorted(shown) == sorted((one.party, row.sequence) for one in evidences for row in one.rows())
    assert timeline.reference == "east"
    assert [clock.party for clock in timeline.clocks] == list(PARTIES)
    north = next(clock for clock in timeline.clocks if clock.party == "north")
    assert north.low_s <= 2.0 <= north.high_s
    by_id = {message.message_id: message for message in timeline.messages}
    assert by_id[ids["south"]].held_by == ("north", "south")
    assert by_id[ids["east"]].held_by == ("east", "north")
    assert {msgspec.json.encode(join(order)) for order in itertools.permutations(evidences)} == {
        msgspec.json.encode(timeline)
    }
    east = timeline_for(timeline, "east")
    assert {message.message_id for message in east.messages} == {
        message.message_id for message in timeline.messages if "east" in (message.sender, message.receiver)
    }
    assert not [event for event in east.events if event.party != "east" and event.message_id == ids["south"]]
