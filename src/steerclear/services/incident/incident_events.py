"""Incidents in the journal, and the view of them that follows from it.

What an incident is, which bundles were frozen of it and who was told stands in rows of its own; the other side's
bundles and all review items follow from the messages of the line. So a view built anew equals the one that grew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final

import msgspec

from steerclear.model.incident import (
    INCIDENT_STATES,
    Incident,
    IncidentCause,
    IncidentEvent,
    IncidentState,
    ReviewItemKind,
)
from steerclear.model.messages import IncidentReport, ReviewItem
from steerclear.services.incident.limits import MAX_ITEMS
from steerclear.services.incident.review_items import PlacedMessage, ReviewStanding, after_item
from steerclear.services.line_events import MESSAGES, MessageSent, MessageStored, decoded
from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal

OPENED: Final = "incident"
FROZEN: Final = "incident.frozen"
JOINED: Final = "incident.joined"
CLOSED: Final = "incident.closed"
SEEN: Final = "incident.seen"
INCIDENTS: Final = "incidents"
MAX_BUNDLES_KEPT: Final = 64
"""Bundles of one incident that the view names, of each side; all stand in the journal."""
_CARRIERS: Final = (b'"incident_report"', b'"review_item"')


class IncidentOpened(msgspec.Struct, frozen=True, kw_only=True):
    """An incident was opened here, or takes up what was opened before under another name."""

    incident: Incident
    subjects: tuple[str, ...]
    """What it is about, by names that both sides know."""
    peers: tuple[str, ...]
    """Whom it concerns beside us: they are told, and get the hash of every bundle."""
    automatic: bool
    by_desk: str = ""
    by_function: str = ""
    caused_by: int | None = None
    """The journal row that it follows from."""


class BundleFrozen(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence of this side is a file."""

    incident_id: str
    number: int
    """Counts on with each time that it was frozen."""
    file: str
    """In the node's folder of incidents."""
    sha256: str
    size_bytes: int
    frozen_s: float
    whole: bool
    """The window was over; otherwise evidence was still coming in."""


class IncidentJoined(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides had opened the same thing: from now on it goes by one name."""

    incident_id: str
    into: str


class IncidentSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What a peer had reported shows in our own picture or journal too: from now on it has our own cause and names."""

    incident_id: str
    cause: IncidentCause
    alert_ids: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    track_ids: tuple[str, ...] = ()
    picture_now_s: float | None = None
    caused_by: int | None = None


class IncidentClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A person of ours has closed it, all measures being done or dropped and everything answered."""

    incident_id: str
    by_desk: str
    by_function: str
    remark: str = ""


class PeerBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that another party says it has frozen: the hash stands in its log."""

    party: str
    sha256: str
    size_bytes: int
    told_s: float
    message_id: str


class PeerClosing(msgspec.Struct, frozen=True, kw_only=True):
    """Another party has said that it has closed the incident on its side."""

    party: str
    closed_s: float
    function: str
    remark: str
    message_id: str


class IncidentStanding(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as this side knows it."""

    incident: Incident
    subjects: tuple[str, ...]
    peers: tuple[str, ...]
    automatic: bool
    state: IncidentState = IncidentState.OPEN
    whole: bool = False
    """Its evidence was frozen after its window was over."""
    bundles: tuple[BundleFrozen, ...] = ()
    peer_bundles: tuple[PeerBundle, ...] = ()
    told: tuple[PlacedMessage, ...] = ()
    """Our reports of it, those with a bundle's hash among them."""
    joined_into: str | None = None
    closed_s: float | None = None
    closed_by: str = ""
    peer_closings: tuple[PeerClosing, ...] = ()
    """Other sides that have closed it and not put anything on it since, nor had anything put to them."""

    @property
    def pending(self) -> bool:
        """Whether its evidence is still to be frozen."""
        return not self.whole and self.joined_into is None and self.state is not IncidentState.CLOSED


Read = Callable[[str], bytes | None]
_ENCODER = msgspec.json.Encoder()
_STANDING = msgspec.json.Decoder(IncidentStanding)
_ITEM = msgspec.json.Decoder(ReviewStanding)
_COUNT = msgspec.json.Decoder(int)
_OPENED = msgspec.json.Decoder(IncidentOpened)
_FROZEN = msgspec.json.Decoder(BundleFrozen)
_JOINED = msgspec.json.Decoder(IncidentJoined)
_CLOSED = msgspec.json.Decoder(IncidentClosed)
_SEEN = msgspec.json.Decoder(IncidentSeen)
_KINDS: Final = {
    IncidentOpened: OPENED,
    BundleFrozen: FROZEN,
    IncidentJoined: JOINED,
    IncidentClosed: CLOSED,
    IncidentSeen: SEEN,
}


AnyIncidentEvent = IncidentOpened | BundleFrozen | IncidentJoined | IncidentClosed | IncidentSeen


def incident_event(event: AnyIncidentEvent, now_s: float) -> Event:
    """Its journal event."""
    return Event(_KINDS[type(event)], _ENCODER.encode(event), now_s)


def incidents_view() -> View:
    """The view of incidents and review items."""
    return View(INCIDENTS, 3, _reduce, MESSAGES | _OWN.keys())


def _reduce(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    own = _OWN.get(row.kind)
    if own is not None:
        return own(row, read)
    if not any(carrier in row.payload for carrier in _CARRIERS):
        return []
    event = decoded(row.kind, row.payload)
    if not isinstance(event, MessageSent | MessageStored):
        return []
    if isinstance(event.message, IncidentReport):
        return _told(event, event.message, read)
    return _put(event, event.message, read) if isinstance(event.message, ReviewItem) else []


def _reduce_opened(row: JournalRow, read: Read) -> list[ViewChange]:
    event = _OPENED.decode(row.payload)
    key = incident_key(event.incident.incident_id)
    if read(key) is not None:
        return []
    standing = IncidentStanding(
        incident=event.incident, subjects=event.subjects, peers=event.peers, automatic=event.automatic
    )
    last = cause_key(event.incident.cause, event.subjects)
    return [*_stored(standing), (last, _ENCODER.encode(event.incident.incident_id))]


def _reduce_frozen(row: JournalRow, read: Read) -> list[ViewChange]:
    frozen = _FROZEN.decode(row.payload)
    return _changed(frozen.incident_id, read, lambda held: _after_freezing(held, frozen))


def _reduce_joined(row: JournalRow, read: Read) -> list[ViewChange]:
    joined = _JOINED.decode(row.payload)
    return _changed(joined.incident_id, read, lambda held: msgspec.structs.replace(held, joined_into=joined.into))


def _reduce_closed(row: JournalRow, read: Read) -> list[ViewChange]:
    closed = _CLOSED.decode(row.payload)
    return _changed(closed.incident_id, read, lambda held: _after_closing(held, closed, row.time_s))


def _reduce_seen(row: JournalRow, read: Read) -> list[ViewChange]:
    seen = _SEEN.decode(row.payload)
    return _changed(seen.incident_id, read, lambda held: _after_seeing(held, seen))


_OWN: Final[dict[str, Callable[[JournalRow, Read], list[ViewChange]]]] = {
    OPENED: _reduce_opened,
    FROZEN: _reduce_frozen,
    JOINED: _reduce_joined,
    CLOSED: _reduce_closed,
    SEEN: _reduce_seen,
}


def _changed(incident_id: str, read: Read, change: Callable[[IncidentStanding], IncidentStanding]) -> list[ViewChange]:
    held = _held(read, incident_id)
    return [] if held is None else _stored(change(held))


def _stored(standing: IncidentStanding) -> list[ViewChange]:
    """The incident, and beside it whether its evidence is still to be frozen: those are looked at all the time."""
    name = standing.incident.incident_id
    pending = _ENCODER.encode(name) if standing.pending else None
    return [(incident_key(name), _ENCODER.encode(standing)), (f"p/{_short(name)}", pending)]


def _held(read: Read, incident_id: str) -> IncidentStanding | None:
    """The incident of a name, or the one that this was joined into."""
    value = read(incident_key(incident_id))
    if value is None:
        return None
    held = _STANDING.decode(value)
    into = None if held.joined_into is None else read(incident_key(held.joined_into))
    return held if into is None else _STANDING.decode(into)


def _moved(held: IncidentStanding, event: IncidentEvent) -> IncidentStanding:
    state = INCIDENT_STATES.get((held.state, event), held.state)
    return held if state is held.state else msgspec.structs.replace(held, state=state)


def _after_seeing(held: IncidentStanding, seen: IncidentSeen) -> IncidentStanding:
    incident = msgspec.structs.replace(
        held.incident,
        cause=seen.cause,
        alert_ids=(*held.incident.alert_ids, *seen.alert_ids),
        message_ids=tuple(dict.fromkeys((*held.incident.message_ids, *seen.message_ids))),
        track_ids=(*held.incident.track_ids, *seen.track_ids),
        picture_now_s=seen.picture_now_s if held.incident.picture_now_s is None else held.incident.picture_now_s,
    )
    return msgspec.structs.replace(held, incident=incident)


def _after_freezing(held: IncidentStanding, frozen: BundleFrozen) -> IncidentStanding:
    bundles = (*held.bundles, frozen)[-MAX_BUNDLES_KEPT:]
    whole = held.whole or frozen.whole
    return _moved(msgspec.structs.replace(held, bundles=bundles, whole=whole), IncidentEvent.FREEZE)


def _after_closing(held: IncidentStanding, closed: IncidentClosed, now_s: float) -> IncidentStanding:
    moved = _moved(held, IncidentEvent.CLOSE)
    return msgspec.structs.replace(moved, closed_s=now_s, closed_by=closed.by_function)


def _told(event: MessageSent | MessageStored, report: IncidentReport, read: Read) -> list[ViewChange]:
    def change(held: IncidentStanding) -> IncidentStanding:
        if isinstance(event, MessageSent):
            return msgspec.structs.replace(held, told=(*held.told, _placed(event))[-2 * MAX_BUNDLES_KEPT :])
        found = tuple(
            PeerBundle(
                party=event.peer,
                sha256=attachment.sha256,
                size_bytes=attachment.size_bytes,
                told_s=event.issued_s,
                message_id=report.message_id,
            )
            for attachment in report.attachments
            if all(attachment.sha256 != known.sha256 for known in held.peer_bundles)
        )
        return msgspec.structs.replace(held, peer_bundles=(*held.peer_bundles, *found)[-MAX_BUNDLES_KEPT:])

    return _changed(report.incident_id, read, change)


def _put(event: MessageSent | MessageStored, item: ReviewItem, read: Read) -> list[ViewChange]:
    """A review item enters, or changes; a revision that was said already stays as it was said first."""
    held = _held(read, item.incident_id)
    if held is None:
        return []
    incident_id = held.incident.incident_id
    party = event.peer if isinstance(event, MessageStored) else OURS
    key = item_key(incident_id, party, item.item_id)
    value = read(key)
    before = None if value is None else _ITEM.decode(value)
    after = after_item(before, incident_id, party, item, event.issued_s, _placed(event))
    if after is None:
        return []
    count_key = f"n/{_short(incident_id, party)}"
    count = _COUNT.decode(read(count_key) or b"0") + (before is None)
    if count > MAX_ITEMS + 1:  # one more for its closing
        return []
    new = before is None or before.newest.revision < item.revision
    return [
        (key, _ENCODER.encode(after)),
        (count_key, _ENCODER.encode(count)),
        *_stored(_after_putting(held, event, item, new=new)),
    ]


def _after_putting(
    held: IncidentStanding, event: MessageSent | MessageStored, item: ReviewItem, *, new: bool
) -> IncidentStanding:
    """A closing closes nothing but its own side; whatever else is new opens again what was closed, on either side."""
    if item.kind is ReviewItemKind.CLOSING:
        if isinstance(event, MessageSent):
            return held  # the row that closes it here stands beside the message
        closing = PeerClosing(
            party=event.peer,
            closed_s=event.issued_s,
            function=item.from_function,
            remark=" ".join(item.words),
            message_id=item.message_id,
        )
        others = tuple(one for one in held.peer_closings if one.party != event.peer)
        return msgspec.structs.replace(held, peer_closings=(*others, closing))
    if new:
        held = msgspec.structs.replace(held, peer_closings=())
        if held.state is IncidentState.CLOSED:
            held = msgspec.structs.replace(_moved(held, IncidentEvent.REOPEN), closed_s=None, closed_by="")
    return _moved(held, IncidentEvent.REVIEW)


OURS: Final = "="
"""Stands for our own party in the view, as in that of declared items."""


def _placed(event: MessageSent | MessageStored) -> PlacedMessage:
    return PlacedMessage(event.peer, isinstance(event, MessageSent), event.sequence, event.message.message_id)


def _short(*names: str) -> str:
    """Names of other people's making as a key of bounded length."""
    return sha256("\0".join(names).encode()).hexdigest()[:32]


def incident_key(incident_id: str) -> str:
    """Key of an incident in the view."""
    return f"i/{_short(incident_id)}"


def cause_key(cause: str, subjects: tuple[str, ...]) -> str:
    """Key of the newest incident of one cause about the same subjects."""
    return f"c/{_short(cause, *subjects)}"


def item_key(incident_id: str, party: str, item_id: str) -> str:
    """Key of a review item; those of one incident stand together."""
    return f"r/{_short(incident_id)}/{_short(party, item_id)}"


def read_incident(journal: Journal, incident_id: str) -> IncidentStanding | None:
    """An incident by its name, or the one that it was joined into; None when there is none."""
    return _held(lambda key: journal.view(INCIDENTS, key), incident_id)


def read_exactly(journal: Journal, incident_id: str) -> IncidentStanding | None:
    """An incident by its own name, joined or not."""
    value = journal.view(INCIDENTS, incident_key(incident_id))
    return None if value is None else _STANDING.decode(value)


def read_last(journal: Journal, cause: str, subjects: tuple[str, ...]) -> IncidentStanding | None:
    """The newest incident of one cause about the same subjects."""
    value = journal.view(INCIDENTS, cause_key(cause, subjects))
    return None if value is None else read_incident(journal, msgspec.json.decode(value, type=str))


def read_incidents(journal: Journal) -> list[IncidentStanding]:
    """All incidents, by when they happened; those that were joined into another one too."""
    found = [_STANDING.decode(value) for _, value in _items(journal, "i/")]
    return sorted(found, key=lambda standing: (standing.incident.at_s, standing.incident.incident_id))


def read_pending(journal: Journal) -> list[IncidentStanding]:
    """Incidents of which the evidence is still to be frozen, by when they happened."""
    names = [msgspec.json.decode(value, type=str) for _, value in _items(journal, "p/")]
    found = [standing for name in names if (standing := read_exactly(journal, name)) is not None]
    return sorted(found, key=lambda standing: (standing.incident.at_s, standing.incident.incident_id))


def read_review(journal: Journal, incident_id: str) -> list[ReviewStanding]:
    """The review items of an incident, by when each was put first."""
    found = [_ITEM.decode(value) for _, value in _items(journal, f"r/{_short(incident_id)}/")]
    return sorted(found, key=lambda item: (item.revisions[0].issued_s, item.party, item.item_id))


def _items(journal: Journal, prefix: str) -> Iterator[tuple[str, bytes]]:
    after = prefix
    while page := journal.view_items(INCIDENTS, after, MAX_PAGE_ROWS):
        for key, value in page:
            if not key.startswith(prefix):
                return
            yield key, value
        after = page[-1][0]
