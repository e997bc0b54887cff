"""Notices in the journal: the view of what each side has notified, and when its time runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from steerclear.dialogue.notices import after_expiry, after_notice
from steerclear.model.messages import Notice
from steerclear.model.notices import NoticeStanding, NoticeState
from steerclear.services.line_events import MESSAGES, MessageSent, MessageStored, decoded
from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal

EXPIRED: Final = "line.notice_expired"
NOTICES: Final = "line.notices"


class NoticeExpired(msgspec.Struct, frozen=True, kw_only=True):
    """The time of a notice ran out."""

    peer: str
    outgoing: bool
    notice_id: str
    revision: int


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(NoticeStanding)
_EXPIRED_DECODER = msgspec.json.Decoder(NoticeExpired)


def notice_key(peer: str, outgoing: bool, notice_id: str) -> str:
    """Key of a notice in the view."""
    return f"{peer}/{'out' if outgoing else 'in'}/{notice_id}"


def notice_view() -> View:
    """The view of all notices."""
    return View(NOTICES, 1, _reduce, MESSAGES | {EXPIRED})


def _reduce(row: JournalRow, read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    if row.kind == EXPIRED:
        over = _EXPIRED_DECODER.decode(row.payload)
        key = notice_key(over.peer, over.outgoing, over.notice_id)
        value = read(key)
        return [] if value is None else [(key, _ENCODER.encode(after_expiry(_DECODER.decode(value), over.revision)))]
    event = decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent | MessageStored) or not isinstance(event.message, Notice):
        return []
    outgoing = isinstance(event, MessageSent)
    key = notice_key(event.peer, outgoing, event.message.notice_id)
    value = read(key)
    held = None if value is None else _DECODER.decode(value)
    standing = after_notice(held, event.message, event.peer, outgoing, event.issued_s, event.short_notice_s)
    return [] if standing is None else [(key, _ENCODER.encode(standing))]


def read_notice(journal: Journal, key: str) -> NoticeStanding | None:
    """A notice by its key; None when there is none."""
    value = journal.view(NOTICES, key)
    return None if value is None else _DECODER.decode(value)


def read_notices(journal: Journal, after: str = "") -> Iterable[NoticeStanding]:
    """All notices, ended ones too, by party, direction and name: those with a key behind `after`."""
    while page := journal.view_items(NOTICES, after, MAX_PAGE_ROWS):
        for _, value in page:
            yield _DECODER.decode(value)
        after = page[-1][0]


def expiries(journal: Journal) -> list[tuple[float, str]]:
    """When each current notice's time runs out, with the key of its revision."""
    return [
        (one.notice.until_s, _expiry_key(one.peer, one.outgoing, one.notice))
        for one in read_notices(journal)
        if one.state is NoticeState.CURRENT
    ]


def expiry_of_event(kind: str, payload: bytes) -> list[tuple[float, str]]:
    """When the notice of a SENT or STORED event runs out, with the key of its revision; empty for other messages."""
    event = decoded(kind, payload)
    if not isinstance(event, MessageSent | MessageStored) or not isinstance(event.message, Notice):
        return []
    key = _expiry_key(event.peer, isinstance(event, MessageSent), event.message)
    return [(event.message.until_s, key)]


def split_expiry_key(key: str) -> tuple[str, int]:
    """A notice's key and the revision, from the key under which it runs out."""
    held, _, revision = key.rpartition("/")
    return held, int(revision)


def _expiry_key(peer: str, outgoing: bool, notice: Notice) -> str:
    return f"{notice_key(peer, outgoing, notice.notice_id)}/{notice.revision}"


def expired_event(standing: NoticeStanding, now_s: float) -> Event:
    """The journal event that a notice's time has run out."""
    over = NoticeExpired(
        peer=standing.peer,
        outgoing=standing.outgoing,
        notice_id=standing.notice.notice_id,
        revision=standing.notice.revision,
    )
    return Event(EXPIRED, _ENCODER.encode(over), now_s)
