"""Which journal rows, runs and segments belong to an incident: the window, and what is needed to replay it.

The journal is read twice, page by page: once to see what the window is about, once to hand on what belongs to it.
Times are the node's, by which the journal is kept; the picture's own time may be another, where a recording is played.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

import msgspec

from steerclear.model.incident import Incident
from steerclear.model.plans import ItemStanding
from steerclear.services.announce_alerts import ALERT
from steerclear.services.identify.events import IDENTIFICATION
from steerclear.services.identify.given import GIVEN
from steerclear.services.incident.bundle_files import RunPart
from steerclear.services.incident.incident_events import CLOSED, FROZEN, JOINED, OPENED, SEEN
from steerclear.services.incident.limits import MAX_LEAD_S, MAX_RUN_ROWS, MAX_SEGMENTS, MAX_SEGMENTS_BYTES
from steerclear.services.line_events import (
    RUNG,
    SENT,
    STORED,
    SUMMONED,
    UNANSWERED,
    AnswerMissed,
    MessageSent,
    MessageStored,
    RungRaised,
    RungSummoned,
    decoded,
    standing_key,
)
from steerclear.services.notice_events import EXPIRED
from steerclear.services.picture_runs import PICTURE_RUN, PictureRunStarted
from steerclear.services.plan_events import ITEM, PHASE, reduced
from steerclear.store.entries import JournalRow
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.store.protocol import Journal
from steerclear.store.segments import SEGMENT_DROPPED, SEGMENT_SEALED, DroppedSegment, SealedSegment

OWN_KINDS: Final = frozenset({OPENED, FROZEN, CLOSED, JOINED, SEEN})
"""Rows about incidents; those of this one always go in."""

RUN_KINDS: Final = frozenset({ALERT, IDENTIFICATION, GIVEN})
"""Decisions that follow from a picture's steps, and what they were made on: needed from the picture's start on."""

_RUNS = msgspec.json.Decoder(PictureRunStarted)
_SEALED = msgspec.json.Decoder(SealedSegment)
_DROPPED = msgspec.json.Decoder(DroppedSegment)
_ENCODER = msgspec.json.Encoder()


class PlacedSegment(msgspec.Struct, frozen=True):
    """A sealed segment, the journal row that states its SHA-256, and when that was written."""

    sealed: SealedSegment
    sequence: int
    time_s: float
    run_rows: int
    """Rows of `RUN_KINDS` before it."""


class PlacedRun(msgspec.Struct, frozen=True):
    """A start of the picture at its place in the journal."""

    run: PictureRunStarted
    sequence: int
    run_rows: int


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to an incident."""

    last_sequence: int
    run_rows_after: int
    """What pictures decided goes in from this row on: before it there are no reports to decide it again."""
    segments: tuple[PlacedSegment, ...]
    runs: tuple[RunPart, ...]
    messages: frozenset[str]
    """Keys of the messages that the window is about."""
    items: tuple[ItemStanding, ...]
    """What had been declared when it happened."""
    notes: tuple[str, ...]


def choose(journal: Journal, incident: Incident, last_sequence: int) -> Chosen:
    """Look through the journal up to a row for what belongs to an incident. Raises StoreError."""
    segments: list[PlacedSegment] = []
    gone: set[int] = set()
    runs: list[PlacedRun] = []
    messages: set[str] = set()
    items: dict[str, ItemStanding] = {}
    run_rows = 0
    for row in rows_until(journal, last_sequence):
        run_rows += row.kind in RUN_KINDS
        if row.kind == SEGMENT_SEALED:
            segments.append(PlacedSegment(_SEALED.decode(row.payload), row.sequence, row.time_s, run_rows))
        elif row.kind == SEGMENT_DROPPED:
            gone.add(_DROPPED.decode(row.payload).number)
        elif row.kind == PICTURE_RUN:
            runs.append(PlacedRun(_RUNS.decode(row.payload), row.sequence, run_rows))
        elif row.time_s <= incident.at_s:
            _follow_items(row, items)
        if incident.from_s <= row.time_s <= incident.until_s:
            messages |= _about(row)
    parts, chosen, notes, run_rows_after = _choose_runs(incident, runs, segments, gone, run_rows - MAX_RUN_ROWS)
    return Chosen(
        last_sequence=last_sequence,
        run_rows_after=last_sequence if run_rows_after is None else run_rows_after,
        segments=tuple(chosen),
        runs=tuple(parts),
        messages=frozenset(messages),
        items=tuple(items[key] for key in sorted(items)),
        notes=tuple(notes),
    )


def chosen_rows(journal: Journal, incident: Incident, chosen: Chosen) -> Iterator[JournalRow]:
    """The rows that belong to an incident, in order. Raises StoreError."""
    named = {segment.sequence for segment in chosen.segments} | {part.sequence for part in chosen.runs}
    mentioned = frozenset(incident.message_ids)
    for row in rows_until(journal, chosen.last_sequence):
        if (
            incident.from_s <= row.time_s <= incident.until_s
            or row.sequence in named
            # The start of a later picture too, which tells what is no longer this one's.
            or (row.kind in (*RUN_KINDS, PICTURE_RUN) and row.sequence > chosen.run_rows_after)
            or (row.kind in OWN_KINDS and incident.incident_id.encode() in row.payload)
            or (
                row.kind in (SENT, STORED, RUNG, UNANSWERED, SUMMONED)
                and incident.from_s - MAX_LEAD_S <= row.time_s <= incident.until_s
                and (not chosen.messages.isdisjoint(_about(row)) or _is_mentioned(row, mentioned))
            )
        ):
            yield row


def rows_until(journal: Journal, last_sequence: int) -> Iterator[JournalRow]:
    """All rows up to one, page by page."""
    after = 0
    while after < last_sequence and (page := journal.journal(after, MAX_PAGE_ROWS)):
        after = page[-1].sequence
        yield from (row for row in page if row.sequence <= last_sequence)


def _follow_items(row: JournalRow, items: dict[str, ItemStanding]) -> None:
    if row.kind in (ITEM, PHASE, EXPIRED) or (row.kind in (SENT, STORED) and b'"notice"' in row.payload):
        changed = reduced(row, lambda key: None if key not in items else _ENCODER.encode(items[key]))
        if changed is not None:
            items[changed.key] = changed


def _about(row: JournalRow) -> set[str]:
    """Keys of the messages that a row of the line is about: the one it holds, and the one that this answers."""
    if row.kind not in (SENT, STORED, RUNG, UNANSWERED, SUMMONED):
        return set()
    event = decoded(row.kind, row.payload)
    if isinstance(event, RungRaised | AnswerMissed | RungSummoned):
        return {standing_key(event.peer, event.outgoing, event.sequence)}
    if not isinstance(event, MessageSent | MessageStored):
        return set()
    outgoing = isinstance(event, MessageSent)
    found = {standing_key(event.peer, outgoing, event.sequence)}
    if event.answers_sequence is not None:
        of_ours = event.escalates_outgoing if isinstance(event, MessageStored) else None
        found.add(standing_key(event.peer, (not outgoing) if of_ours is None else of_ours, event.answers_sequence))
    return found


def _is_mentioned(row: JournalRow, message_ids: frozenset[str]) -> bool:
    event = decoded(row.kind, row.payload)
    return isinstance(event, MessageSent | MessageStored) and event.message.message_id in message_ids


def _choose_runs(
    incident: Incident, runs: list[PlacedRun], segments: list[PlacedSegment], gone: Set[int], first_row: int
) -> tuple[list[RunPart], list[PlacedSegment], list[str], int | None]:
    """The runs of the picture that the window saw, with their segments from each run's start on, or as many of the
    last ones as fit and are not `gone`: of what the picture decided, only the rows from `first_row` on do. Last: the
    row before those.
    """
    parts: list[RunPart] = []
    chosen: dict[int, PlacedSegment] = {}
    notes: list[str] = []
    rows_after: list[int] = []
    following: list[PlacedRun | None] = [*runs[1:], None]
    for one, after in zip(runs, following, strict=False):  # no runs at all on a node that watches nothing
        end_s = float("inf") if after is None else after.run.started_s
        if one.run.started_s > incident.until_s or end_s < incident.from_s:
            continue
        last = None if after is None else after.run.segment - (after.run.record == 0)
        held = [
            segment
            for segment in segments
            if segment.sealed.number >= one.run.segment and (last is None or segment.sealed.number <= last)
        ]
        # Sealed after the window: the first such segment holds its end, those after it nothing of it.
        late = [segment for segment in held if segment.time_s > incident.until_s]
        held = [segment for segment in held if segment.time_s <= incident.until_s] + late[:1]
        begins: list[PlacedRun | PlacedSegment] = [one, *held]
        fit = sum(before.run_rows >= first_row for before in begins[:-1])
        kept = _fitting(
            [segment for segment in held[max(len(held) - max(fit, 1), 0) :] if segment.sealed.number not in gone],
            MAX_SEGMENTS - len(chosen),
            MAX_SEGMENTS_BYTES - _bytes(list(chosen.values())),
        )
        whole = len(kept) == len(held)
        rows_after.append(begins[len(held) - len(kept)].sequence)
        if not whole:
            notes.append(
                f"The picture that began at journal row {one.sequence} ran so long that its first"
                f" {len(held) - len(kept)} segments of reports are left out or no longer kept: it is warmed up with"
                " those that are here, and alerts that were open before may come out otherwise."
            )
        chosen |= {segment.sealed.number: segment for segment in kept}
        parts.append(
            RunPart(
                sequence=one.sequence,
                first_segment=kept[0].sealed.number if kept else one.run.segment,
                last_segment=kept[-1].sealed.number if kept else one.run.segment - 1,
                from_its_start=whole,
            )
        )
    return parts, [chosen[number] for number in sorted(chosen)], notes, min(rows_after, default=None)


def _fitting(held: list[PlacedSegment], most: int, most_bytes: int) -> list[PlacedSegment]:
    """The last segments that fit."""
    kept: list[PlacedSegment] = []
    for segment in reversed(held):
        most, most_bytes = most - 1, most_bytes - segment.sealed.size_bytes
        if most < 0 or most_bytes < 0:
            break
        kept.append(segment)
    return kept[::-1]


def _bytes(segments: list[PlacedSegment]) -> int:
    return sum(segment.sealed.size_bytes for segment in segments)
