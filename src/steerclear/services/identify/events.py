"""What identification writes into the journal, and the views that are derived from it.

The line's own events tell what was asked and answered; the events here tell what this node made of it: each change of
what is known of a track, each case as it is opened and closed, who was told, and what was not asked and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from steerclear.model.identification import IdentificationCase, ToldUnit, TrackIdentification
from steerclear.model.messages import IdentificationRequest, Relay, Response
from steerclear.services.identify.limits import (
    MAX_CASES_KEPT,
    MAX_NOT_ASKED_KEPT,
    MAX_QUESTIONS_KEPT,
    MAX_REMEMBERED,
    MAX_UNITS_KEPT,
)
from steerclear.services.identify.newest_kept import Read, all_kept, changed, dropped, read_kept
from steerclear.services.line_events import MESSAGES, STORED, MessageSent, MessageStored, decoded, standing_key
from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.protocol import Journal

IDENTIFICATION: Final = "identification"
CASE: Final = "identification.case"
TOLD: Final = "identification.told"
NOT_ASKED: Final = "identification.not_asked"

TRACKS: Final = "identify.tracks"
CASES: Final = "identify.cases"
ANSWERS: Final = "identify.answers"
UNITS: Final = "identify.units"
LIMITED: Final = "identify.not_asked"
QUESTIONS: Final = "identify.questions"

ANSWERS_KEPT: Final = 64
"""Responses and relays to one question that its view remembers; all of them are in the journal."""


class UnitEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A unit was told whose an aircraft is, or has confirmed that it knows."""

    case_id: str
    unit: ToldUnit


class NotAsked(msgspec.Struct, frozen=True, kw_only=True):
    """An aircraft that should have been asked about and was not, with the reason in words."""

    track_id: str
    at_s: float
    why: str


class RelayGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A peer has said that a unit or agency of it has confirmed a question."""

    unit: str
    confirmed_s: float
    remark: str


class ResponseGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A peer has answered a question."""

    verdict: str
    at_s: float
    function: str
    reference: str
    remark: str


class ArrivedAt(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a peer's question in its log."""

    peer: str
    sequence: int


class AnswersKept(msgspec.Struct, frozen=True, kw_only=True):
    """All that a peer has said to one question, in the order in which it said it."""

    relays: tuple[RelayGiven, ...] = ()
    responses: tuple[ResponseGiven, ...] = ()


_ENCODER = msgspec.json.Encoder()
_TRACK = msgspec.json.Decoder(TrackIdentification)
_CASE = msgspec.json.Decoder(IdentificationCase)
_UNIT = msgspec.json.Decoder(UnitEvent)
_NOT_ASKED = msgspec.json.Decoder(NotAsked)
_ANSWERS = msgspec.json.Decoder(AnswersKept)
_ARRIVED = msgspec.json.Decoder(ArrivedAt)
T = TypeVar("T")


def identification_event(found: TrackIdentification, now_s: float) -> Event:
    """What is known of a track has changed."""
    return Event(IDENTIFICATION, _ENCODER.encode(found), now_s)


def case_event(case: IdentificationCase, now_s: float) -> Event:
    """A case is opened, or closed."""
    return Event(CASE, _ENCODER.encode(case), now_s)


def unit_event(event: UnitEvent, now_s: float) -> Event:
    """A unit was told, or has confirmed."""
    return Event(TOLD, _ENCODER.encode(event), now_s)


def not_asked_event(event: NotAsked, now_s: float) -> Event:
    """An aircraft was not asked about."""
    return Event(NOT_ASKED, _ENCODER.encode(event), now_s)


def identification_views() -> tuple[View, ...]:
    """The views of tracks, cases, answers and units; but for the answers, each keeps its newest entries only."""
    return (
        View(TRACKS, 2, _reduce_tracks, frozenset({IDENTIFICATION})),
        View(CASES, 2, _reduce_cases, frozenset({CASE})),
        View(ANSWERS, 1, _reduce_answers, MESSAGES),
        View(UNITS, 2, _reduce_units, frozenset({TOLD})),
        View(LIMITED, 2, _reduce_not_asked, frozenset({NOT_ASKED, CASE})),
        View(QUESTIONS, 1, _reduce_questions, frozenset({STORED})),
    )


def _reduce_tracks(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    if row.kind != IDENTIFICATION:
        return []
    return changed(read, _TRACK.decode(row.payload).track_id, row.payload, MAX_REMEMBERED)


def _reduce_cases(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    if row.kind != CASE:
        return []
    return changed(read, _CASE.decode(row.payload).case_id, row.payload, MAX_CASES_KEPT)


def _reduce_units(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    if row.kind != TOLD:
        return []
    event = _UNIT.decode(row.payload)
    return changed(read, f"{event.case_id}/{event.unit.unit}", row.payload, MAX_UNITS_KEPT)


def _reduce_not_asked(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    """Aircraft that were not asked about; gone again once they were."""
    if row.kind == NOT_ASKED:
        return changed(read, _NOT_ASKED.decode(row.payload).track_id, row.payload, MAX_NOT_ASKED_KEPT)
    return dropped(_CASE.decode(row.payload).track_id) if row.kind == CASE else []


def _reduce_questions(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    event = decoded(row.kind, row.payload) if b'"identification_request"' in row.payload else None
    if not isinstance(event, MessageStored) or not isinstance(event.message, IdentificationRequest):
        return []
    arrived = ArrivedAt(peer=event.peer, sequence=event.sequence)
    key = standing_key(event.peer, False, event.sequence)
    return changed(read, key, _ENCODER.encode(arrived), MAX_QUESTIONS_KEPT)


def _reduce_answers(row: JournalRow, read: Read) -> Iterable[ViewChange]:
    event = decoded(row.kind, row.payload)
    if isinstance(event, MessageSent) and isinstance(event.message, IdentificationRequest):
        return [(standing_key(event.peer, True, event.sequence), _ENCODER.encode(AnswersKept()))]
    if not isinstance(event, MessageStored) or event.answers_sequence is None or event.unheeded is not None:
        return []
    key = standing_key(event.peer, True, event.answers_sequence)
    value = read(key)
    if value is None:
        return []  # what it answers is no question of whose an aircraft is
    held = _ANSWERS.decode(value)
    match event.message:
        case Relay() as said:
            relay = RelayGiven(unit=said.unit, confirmed_s=said.confirmed_at_s, remark=said.remark)
            held = msgspec.structs.replace(held, relays=(*held.relays, relay)[-ANSWERS_KEPT:])
        case Response() as said:
            response = ResponseGiven(
                verdict=said.verdict.value,
                at_s=event.issued_s,
                function=said.function,
                reference=said.reference,
                remark=said.remark,
            )
            held = msgspec.structs.replace(held, responses=(*held.responses, response)[-ANSWERS_KEPT:])
        case _:
            return []
    return [(key, _ENCODER.encode(held))]


def read_answers(journal: Journal, peer: str, sequence: int) -> AnswersKept:
    """All that a peer has said to a question of ours."""
    value = journal.view(ANSWERS, standing_key(peer, True, sequence))
    return AnswersKept() if value is None else _ANSWERS.decode(value)


def read_track(journal: Journal, track_id: str) -> TrackIdentification | None:
    """What was last known of a track; None for one that never was, or is long gone."""
    value = read_kept(journal, TRACKS, track_id)
    return None if value is None else _TRACK.decode(value)


def read_tracks(journal: Journal) -> Iterator[TrackIdentification]:
    """What was last known of tracks, by track id."""
    return _all(journal, TRACKS, _TRACK)


def read_cases(journal: Journal) -> Iterator[IdentificationCase]:
    """The newest cases as they were last written, without what the line's views add to them."""
    return _all(journal, CASES, _CASE)


def read_case(journal: Journal, case_id: str) -> IdentificationCase | None:
    """One case as it was last written."""
    value = read_kept(journal, CASES, case_id)
    return None if value is None else _CASE.decode(value)


def read_units(journal: Journal, case_id: str) -> tuple[ToldUnit, ...]:
    """Units that were told of a case."""
    return tuple(_UNIT.decode(value).unit for value in all_kept(journal, UNITS, f"{case_id}/"))


def read_not_asked(journal: Journal) -> Iterator[NotAsked]:
    """Aircraft that were not asked about, with the reasons."""
    return _all(journal, LIMITED, _NOT_ASKED)


def read_questions(journal: Journal) -> Iterator[ArrivedAt]:
    """Where the newest questions of peers stand, by peer and place."""
    return _all(journal, QUESTIONS, _ARRIVED)


def _all(journal: Journal, view: str, decoder: msgspec.json.Decoder[T]) -> Iterator[T]:
    return (decoder.decode(value) for value in all_kept(journal, view))
