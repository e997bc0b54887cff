"""Notices whose parts do not fit each other: a peer that sends one is refused, and our checks and our clock go on.

The peer's own node would not send them; here its rules are switched off.
"""

from __future__ import annotations

import json
from hashlib import sha256

import msgspec
import pytest

from steerclear.dialogue import entry
from steerclear.dialogue.entry import decode_content
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.model.messages import Notice, NoticeChange
from steerclear.model.notice_items import NoticeItem
from steerclear.model.vocabulary import NoticeSubject
from steerclear.services.bundle_verifier import verify
from steerclear.services.check_plan import check_item
from steerclear.services.exchange import Draft
from steerclear.services.plan_events import read_item
from tests.services import every_kind
from tests.services.parties import settle
from tests.services.plans import flight, name, pass_time, two_nodes

TOLD = [one for one in every_kind.told_items() if one.item.details is not None and one.item.opening is None]
FLIGHT = TOLD[0]


@pytest.fixture
def nodes():
    pair = two_nodes()
    yield pair
    for node in pair:
        node.close()


def with_item(notice: Notice, **changes) -> Notice:
    return msgspec.structs.replace(notice, item=msgspec.structs.replace(notice.item, **changes))


LIES = {
    **{
        f"{one.subject} told as {subject}": msgspec.structs.replace(one, subject=subject)
        for one in TOLD
        for subject in NoticeSubject
        if subject is not one.subject and {subject, one.subject} != {NoticeSubject.ZONE, NoticeSubject.ACTIVITY}
    },
    "the item of another notice": with_item(FLIGHT, item_id=name(9)),
    "off-nominal volumes that are not among its own": msgspec.structs.replace(FLIGHT, volumes=FLIGHT.volumes[:1]),
    "off-nominal volumes and no others": msgspec.structs.replace(FLIGHT, volumes=()),
}


def send(node, notice):
    node.exchange.send(
        [Draft("south", lambda own_id: msgspec.structs.replace(notice, message_id=own_id))]
    ).stored.result()


@pytest.mark.requirement("SC-PLR-01")
@pytest.mark.parametrize("lie", LIES)
def test_a_notice_that_says_two_things_is_refused_and_changes_nothing(nodes, monkeypatch, lie):
    north, south = nodes
    with monkeypatch.context() as without_rules:
        without_rules.setattr(entry, "check_message", lambda message: None)
        send(north, LIES[lie])
    with pytest.raises(LineFaultError) as refused:
        settle(north, south)
    assert refused.value.code is FaultCode.MALFORMED
    assert read_item(south.store, "north", LIES[lie].notice_id) is None
    # A check and a look at the clock still work.
    assert check_item(south.exchange, flight(7))[0].compared == 0
    pass_time(0.1, south)


@pytest.mark.requirement("SC-PLR-01")
@pytest.mark.parametrize("lie", LIES)
def test_both_readers_refuse_a_notice_that_says_two_things(lie):
    said = msgspec.json.encode(LIES[lie])
    content = bytes(32) + said
    with pytest.raises(LineFaultError):
        decode_content(content, sha256(content).digest())
    with pytest.raises(ValueError, match=r"flight|item"):
        verify.fits(json.loads(said), "notice")


@pytest.mark.requirement("SC-PLR-01")
def test_a_cancellation_need_not_repeat_the_volumes():
    short = msgspec.structs.replace(FLIGHT, change=NoticeChange.CANCELLED, volumes=())
    content = bytes(32) + msgspec.json.encode(short)
    decode_content(content, sha256(content).digest())
    assert verify.fits(json.loads(msgspec.json.encode(short)), "notice")
    assert isinstance(short.item, NoticeItem)
