"""One side's evidence, read once: its rows, where each message stands for it, its alerts, its tracks, its records.

Standings are folded from the recorded rows by the views that the running node uses, so a message stands here as it
stood there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from steerclear.dialogue.lifecycle import Standing
from steerclear.dialogue.terms import Versions
from steerclear.model.alert import AlertEvent
from steerclear.model.incident import Incident
from steerclear.model.messages import Message
from steerclear.model.plans import ItemStanding
from steerclear.model.vocabulary import MessageKind
from steerclear.services.announce_alerts import ALERT
from steerclear.services.incident.against_record import AgainstRecord
from steerclear.services.incident.bundle_files import EvidenceRow
from steerclear.services.incident.evidence import IncidentEvidence, rows_read
from steerclear.services.joint.faults import JoinError
from steerclear.services.joint.limits import MAX_ROWS_A_SIDE
from steerclear.services.joint.tracks import TrackReading
from steerclear.services.joint.words import message_words
from steerclear.services.line_events import (
    STANDINGS,
    LineEvent,
    MessageSent,
    MessageStored,
    ReceiptTaken,
    RungSummoned,
    decoded,
    event_views,
)
from steerclear.services.record_bundle import log_folder
from steerclear.services.record_log import recorded_messages
from steerclear.services.record_report import MessageLine
from steerclear.store.entries import JournalRow, View

_STANDING: Final = msgspec.json.Decoder(Standing)
_ALERTS: Final = msgspec.json.Decoder(AlertEvent)


class AlertRow(msgspec.Struct, frozen=True):
    """An alert event at its place in the journal."""

    sequence: int
    own_s: float
    event: AlertEvent


class FalseRow(msgspec.Struct, frozen=True):
    """A row that tells a message otherwise than the record of the line."""

    own_s: float
    message_id: str
    words: str
    """What the journal says was said."""
    differs: tuple[str, ...]


class Side(msgspec.Struct, kw_only=True):
    """What one evidence holds."""

    party: str
    name: str
    evidence: Any
    """The `IncidentEvidence` itself, for what is read from it later."""
    incident: Incident
    exported_s: float
    versions: Versions
    rows_withheld: bool = False
    """Some rows of its journal are not shown."""
    rows: list[JournalRow] = []
    standings: dict[str, Standing] = {}
    """By message id, as this side has it."""
    stored_s: dict[str, float] = {}
    """When this side's machine stored a message of a peer's."""
    sent: dict[str, MessageSent] = {}
    stored: dict[str, MessageStored] = {}
    receipts: list[tuple[float, ReceiptTaken]] = []
    """(when it was taken here, the receipt)."""
    covered: dict[str, list[tuple[int, int, float]]] = {}
    """By peer, in order: (from, until, when its machine cosigned) of the places of this side's log that it proved."""
    summoned: dict[tuple[str, int], RungSummoned] = {}
    """By message and rung."""
    alerts: list[AlertRow] = []
    lines: dict[str, MessageLine] = {}
    """Messages of the embedded records, as the verifier tells them."""
    recorded: dict[str, tuple[float, Message]] = {}
    """(issue, message) of what the embedded records hold of the review: it is said after the window."""
    tracks: TrackReading
    items: tuple[ItemStanding, ...] = ()
    false: list[FalseRow] = []
    """Rows that the record contradicts. They are not among `rows`: what was said is what the record holds."""


def read_side(evidence: IncidentEvidence) -> Side:
    """Read an evidence that was verified when it was opened. Raises JoinError, IncidentRefusedError."""
    incident = evidence.incident
    side = Side(
        party=evidence.party,
        name=evidence.path.name,
        evidence=evidence,
        incident=incident,
        exported_s=evidence.exported_s,
        versions=evidence.versions,
        rows_withheld=any(name.startswith("journal") for name in evidence.withheld),
        rows=[],
        standings={},
        stored_s={},
        sent={},
        stored={},
        receipts=[],
        covered={},
        summoned={},
        alerts=[],
        lines={
            line.message_id: line
            for record in evidence.records.values()
            for log in record.logs
            for line in log.messages
        },
        recorded=dict(_review_said(evidence)),
        tracks=TrackReading(evidence),
        items=evidence.items or (),
        false=[],
    )
    with rows_read():
        _read_rows(side, evidence)
    return side


def _read_rows(side: Side, evidence: IncidentEvidence) -> None:
    folded = _Folded(next(view for view in event_views() if view.name == STANDINGS))
    record = AgainstRecord(evidence)
    for row in _journal(evidence.rows()):
        event = decoded(row.kind, row.payload)
        if isinstance(event, MessageSent | MessageStored):
            other = record.differs(event) or _misnamed(side.party, event)
            if other:
                side.false.append(FalseRow(row.time_s, event.message.message_id, message_words(event.message), other))
                continue
        if len(side.rows) >= MAX_ROWS_A_SIDE:
            raise JoinError(
                f"{side.name} has more than {MAX_ROWS_A_SIDE:,} journal rows: open an incident with a shorter window"
            )
        side.rows.append(row)
        folded.take(row)
        _take(side, row)
    side.standings = {held.message.message_id: held for held in folded.standings()}


def _misnamed(us: str, event: MessageSent | MessageStored) -> tuple[str, ...]:
    """That a row's message bears another name than its place in the log gives it."""
    ends = (us, event.peer) if isinstance(event, MessageSent) else (event.peer, us)
    name = f"{ends[0]}:{ends[1]}:{event.sequence}"
    return () if event.message.message_id == name else (f"its place in the log gives it the name {name}",)


def receipt_s(side: Side, peer: str, sequence: int) -> float | None:
    """When the peer's machine first cosigned a place of this side's log, in whole seconds of the peer's clock."""
    covered = side.covered.get(peer, [])
    place = bisect_right(covered, sequence, key=lambda one: one[0]) - 1
    return covered[place][2] if place >= 0 and sequence < covered[place][1] else None


def _review_said(evidence: IncidentEvidence) -> Iterator[tuple[str, tuple[float, Message]]]:
    """Review items in the embedded records, which were verified with the evidence."""
    us = evidence.party
    issued_s = {
        line.message_id: line.issued_s
        for record in evidence.records.values()
        for log in record.logs
        for line in log.messages
        if line.kind == MessageKind.REVIEW_ITEM
    }
    for peer in evidence.records if issued_s else ():
        with evidence.record(peer) as bundle:
            for sender, receiver in ((us, peer), (peer, us)):
                for sequence, message in recorded_messages(bundle, log_folder(sender, receiver)):
                    message_id = f"{sender}:{receiver}:{sequence}"
                    if message_id in issued_s and message is not None:
                        yield message_id, (issued_s[message_id], message)


def _journal(rows: Iterable[EvidenceRow]) -> Iterable[JournalRow]:
    return (JournalRow(row.sequence, row.kind, row.payload.encode(), row.time_s) for row in rows)


def line_event(row: JournalRow) -> LineEvent | None:
    """The event of the line in a row; None for other rows, and for one that cannot be read."""
    try:
        return decoded(row.kind, row.payload)
    except msgspec.MsgspecError:
        return None


def _take(side: Side, row: JournalRow) -> None:
    if row.kind == ALERT:
        side.alerts.append(AlertRow(row.sequence, row.time_s, _ALERTS.decode(row.payload)))
        return
    match line_event(row):
        case MessageSent() as event:
            side.sent[event.message.message_id] = event
        case MessageStored() as event:
            side.stored[event.message.message_id] = event
            side.stored_s[event.message.message_id] = row.time_s
        case ReceiptTaken() as event:
            side.receipts.append((row.time_s, event))
            side.covered.setdefault(event.peer, []).append((event.from_size, event.size, event.time_s))
        case RungSummoned() as event:
            side.summoned.setdefault((event.message_id, event.rung), event)


class _Folded:
    """A view over recorded rows, in memory."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._values: dict[str, bytes] = {}

    def take(self, row: JournalRow) -> None:
        reduce: Callable[..., Iterable[tuple[str, bytes | None]]] = self._view.reduce
        for key, value in reduce(row, self._values.get):
            if value is not None:
                self._values[key] = value

    def standings(self) -> Iterable[Standing]:
        return (_STANDING.decode(value) for value in self._values.values())
