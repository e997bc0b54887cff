"""Declared items in the journal: our own declarations, what peers' notices tell, and the view of both.

The events of our own carry every decision: the findings in spite of which something was declared, the salt of what is
sealed, the zones that one waits for. Peers' items follow from their notices, which stand in the mirrored log; so a
view built anew equals the one that grew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Final

import msgspec

from steerclear.model.messages import Notice
from steerclear.model.plan_check import PlanCheck
from steerclear.model.plans import DeclaredItem, ItemEnd, ItemStanding, ToldPeer, item_key
from steerclear.model.vocabulary import Disclosure
from steerclear.services.line_events import MESSAGES, MessageSent, MessageStored, decoded
from steerclear.services.notice_events import EXPIRED, NoticeExpired
from steerclear.services.plan_lives import after_expiry, after_own_notice, after_peer_notice, after_phase, own_standing
from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal

ITEM: Final = "plan.item"
PHASE: Final = "plan.phase"
PLANS: Final = "plans"
ITEMS_REMEMBERED: Final = 20_000
"""Decoded items that are kept: some kilobytes each."""


class ItemDeclared(msgspec.Struct, frozen=True, kw_only=True):
    """We declared an item, changed it, moved its state or opened what was sealed of it."""

    item: DeclaredItem
    what: str
    """"new", "amended", "cancelled", "opened", or the event of its state table."""
    disclosure: Disclosure
    region: bool = False
    """Sealed, but told with the coarse region that it lies in."""
    salt: bytes = b""
    commitment: str = ""
    ended: ItemEnd | None = None
    by_desk: str = ""
    by_function: str = ""
    """Empty for what time or the others' consent brought about."""
    check: PlanCheck | None = None
    """What was known against it when it was declared."""
    in_spite_of: tuple[str, ...] = ()
    """Ids of the findings that whoever declared it had read."""
    waits_for: tuple[str, ...] = ()
    word: dict[str, int] = {}
    """By peer: place in our log of the notice to which its desk gave the word that a zone of ours stands on."""
    request: str = ""
    """SHA-256 of what was asked for, so that the same request again is known."""


class ZoneMoved(msgspec.Struct, frozen=True, kw_only=True):
    """Time moved a zone, ours or a peer's, from one state of its life to the next."""

    party: str
    ours: bool
    item_id: str
    revision: int
    state: str
    due_s: float


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(ItemStanding)
_DECLARED = msgspec.json.Decoder(ItemDeclared)
_MOVED = msgspec.json.Decoder(ZoneMoved)
_OVER = msgspec.json.Decoder(NoticeExpired)
Read = Callable[[str], bytes | None]


def declared_event(event: ItemDeclared, now_s: float) -> Event:
    """The journal event of a declaration of ours."""
    return Event(ITEM, _ENCODER.encode(event), now_s)


def moved_event(event: ZoneMoved, now_s: float) -> Event:
    """The journal event that a zone's time has come."""
    return Event(PHASE, _ENCODER.encode(event), now_s)


def read_declared(payload: bytes) -> ItemDeclared:
    """A declaration of ours from its journal row."""
    return _DECLARED.decode(payload)


def plans_view() -> View:
    """The view of all declared items, ours and the peers'."""
    return View(PLANS, 2, _reduce, MESSAGES | {ITEM, PHASE, EXPIRED})


def _reduce(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    changed = reduced(row, read)
    return [] if changed is None else [(changed.key, _ENCODER.encode(changed))]


def reduced(row: JournalRow, read: Read) -> ItemStanding | None:
    """The item that a row of the journal changes, as it is then; None where it changes none."""
    if row.kind == ITEM:
        said = _DECLARED.decode(row.payload)
        return own_standing(_held(read, None, said.item.item_id), said.item, said, row.time_s)
    if row.kind == PHASE:
        moved = _MOVED.decode(row.payload)
        held = _held(read, None if moved.ours else moved.party, moved.item_id)
        return None if held is None else after_phase(held, moved.state, moved.revision, row.time_s)
    if row.kind == EXPIRED:
        over = _OVER.decode(row.payload)
        held = _held(read, None if over.outgoing else over.peer, over.notice_id)
        return None if held is None else after_expiry(held, over.peer, over.revision)
    event = decoded(row.kind, row.payload)
    if isinstance(event, MessageSent) and isinstance(event.message, Notice):
        us, _, _ = event.message.message_id.partition(":")
        held = _held(read, None, event.message.notice_id)
        told = ToldPeer(sequence=event.sequence, revision=event.message.revision)
        return after_own_notice(held, event.message, us, event.peer, told, event.issued_s)
    if isinstance(event, MessageStored) and isinstance(event.message, Notice):
        held = _held(read, event.peer, event.message.notice_id)
        return after_peer_notice(held, event.message, event.peer, event.issued_s, event.short_notice_s)
    return None


def _held(read: Read, party: str | None, item_id: str) -> ItemStanding | None:
    value = read(item_key(party, item_id))
    return None if value is None else _DECODER.decode(value)


def read_item(journal: Journal, party: str | None, item_id: str) -> ItemStanding | None:
    """An item of a peer's, or with None of our own, by its name; None when there is none."""
    return _held(lambda key: journal.view(PLANS, key), party, item_id)


def read_key(journal: Journal, key: str) -> ItemStanding | None:
    """An item by its key in the view."""
    value = journal.view(PLANS, key)
    return None if value is None else _DECODER.decode(value)


def item_key_in(kind: str, payload: bytes) -> str | None:
    """Key of the item that a row of the journal is about; None where it is about none."""
    if kind == ITEM:
        return item_key(None, _DECLARED.decode(payload).item.item_id)
    if kind == PHASE:
        moved = _MOVED.decode(payload)
        return item_key(None if moved.ours else moved.party, moved.item_id)
    if kind == EXPIRED:
        over = _OVER.decode(payload)
        return item_key(None if over.outgoing else over.peer, over.notice_id)
    event = decoded(kind, payload)
    if not isinstance(event, MessageSent | MessageStored) or not isinstance(event.message, Notice):
        return None
    return item_key(None if isinstance(event, MessageSent) else event.peer, event.message.notice_id)


def read_items(journal: Journal, after: str = "") -> Iterable[ItemStanding]:
    """All items, ended ones too, by party and name: those with a key behind `after`."""
    while page := journal.view_items(PLANS, after, MAX_PAGE_ROWS):
        for _, value in page:
            yield _remembered(value)
        after = page[-1][0]


def walk_items(journal: Journal) -> Iterable[ItemStanding]:
    """All items as `read_items` gives them, for who reads them once: none is remembered, and none forgotten for it."""
    after = ""
    while page := journal.view_items(PLANS, after, MAX_PAGE_ROWS):
        yield from (_DECODER.decode(value) for _, value in page)
        after = page[-1][0]


@lru_cache(maxsize=ITEMS_REMEMBERED)
def _remembered(value: bytes) -> ItemStanding:
    """Every check reads all items, and few of them have changed since the last one."""
    return _DECODER.decode(value)


class AheadItems:
    """The items as they will be once events that are still to be appended are stored: the same reducer, in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._changed: dict[str, ItemStanding] = {}

    def take(self, event: Event) -> tuple[ItemStanding | None, ItemStanding | None]:
        """The item that an event changes, before and after it; (None, None) where it changes none."""
        after = reduced(JournalRow(0, event.kind, event.payload, event.time_s), self._value)
        if after is None:
            return None, None
        value = self._value(after.key)
        before = None if value is None else _DECODER.decode(value)
        self._changed[after.key] = after
        return before, after

    def _value(self, key: str) -> bytes | None:
        changed = self._changed.get(key)
        return self._journal.view(PLANS, key) if changed is None else _ENCODER.encode(changed)
