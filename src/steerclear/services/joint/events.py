"""Every row of both journals as an entry of the timeline, and silences as entries of their own.

No row is dropped: one of a kind that is not known here is shown as such. The two sides' rows that one agreed time
passed are one silence, for they tell one fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from steerclear.model.alert import AlertEvent, Severity
from steerclear.model.identification import IdentificationCase, TrackIdentification
from steerclear.model.messages import Acknowledgement, Asking, Escalation, LineCheckAnswer, Message, Relay, Response
from steerclear.model.vocabulary import Urgency
from steerclear.services.affected_plans import AFFECTED
from steerclear.services.announce_alerts import ALERT
from steerclear.services.identify.events import CASE, IDENTIFICATION, NOT_ASKED, TOLD, NotAsked, UnitEvent
from steerclear.services.identify.given import GIVEN
from steerclear.services.joint.clocks import joined_s
from steerclear.services.joint.messages import Clocks
from steerclear.services.joint.side import Side, line_event
from steerclear.services.joint.timeline import EventKind, JointEvent, JointMessage
from steerclear.services.joint.words import STEP_WORDS, message_words, outlet_words
from steerclear.services.keep_time import why_words
from steerclear.services.line_events import (
    AnswerMissed,
    FaultSeen,
    KeysChanged,
    LinkChanged,
    MessageSent,
    MessageStored,
    ReceiptTaken,
    RungRaised,
    RungSummoned,
)
from steerclear.store.entries import JournalRow

_ANSWERS: Final = {
    Acknowledgement: EventKind.ACKNOWLEDGED,
    LineCheckAnswer: EventKind.ACKNOWLEDGED,
    Relay: EventKind.RELAYED,
    Response: EventKind.RESPONDED,
}
_OTHER_KINDS: Final = {
    "plan.item": (EventKind.ITEM, "declared an item of its own"),
    AFFECTED: (EventKind.ITEM, "an amendment changed who controls where a declared item goes"),
    "plan.phase": (EventKind.ITEM, "a zone's state changed with time"),
    "line.notice_expired": (EventKind.ITEM, "the time of a notice ran out"),
    GIVEN: (EventKind.MACHINE, "what identification is decided on changed: flights, answers"),
    "picture.run": (EventKind.MACHINE, "a picture of the sky began"),
    "segment.sealed": (EventKind.MACHINE, "raw reports were sealed"),
}
_SHORT_CHARS: Final = 160


def joint_events(sides: Sequence[Side], clocks: Clocks, messages: Sequence[JointMessage]) -> tuple[JointEvent, ...]:
    """All entries, by joined time."""
    by_id = {message.message_id: message for message in messages}
    missed: dict[tuple[str, str], list[tuple[str, int, AnswerMissed]]] = {}
    found: list[JointEvent] = []
    for side in sides:
        for row in side.rows:
            event = line_event(row)
            if isinstance(event, AnswerMissed):
                missed.setdefault((event.message_id, event.step), []).append((side.party, row.sequence, event))
            else:
                found.append(_entry(side, row, clocks))
    found += _silences(missed, by_id, clocks)
    return tuple(sorted(found, key=lambda one: (one.time_s, one.party, one.rows, one.words)))


def _entry(side: Side, row: JournalRow, clocks: Clocks) -> JointEvent:
    told = _told(side, row)
    return JointEvent(
        time_s=joined_s(clocks, side.party, row.time_s),
        own_s=row.time_s,
        party=side.party,
        rows=((side.party, row.sequence),),
        **told,
    )


def _told(side: Side, row: JournalRow) -> dict[str, Any]:
    """What a row says: kind, words, and what it is about."""
    reading = _READ.get(row.kind)
    try:
        if reading is not None:
            return reading[1](side, msgspec.json.decode(row.payload, type=reading[0]))
    except msgspec.MsgspecError:
        return {"kind": EventKind.OTHER, "words": f"{side.party}: {row.kind}, which cannot be read here"}
    event = line_event(row)
    if isinstance(event, MessageSent | MessageStored):
        return _message(side, event)
    if event is not None:
        return _of_the_line(side, event)
    if row.kind.startswith("incident"):
        return {"kind": EventKind.INCIDENT, "words": f"{side.party}: {row.kind.replace('.', ' ')}"}
    kind, words = _OTHER_KINDS.get(row.kind, (EventKind.OTHER, row.kind))
    return {"kind": kind, "words": f"{side.party}: {words}"}


def _of_the_line(side: Side, event: Any) -> dict[str, Any]:
    us = side.party
    told: dict[str, Any] = {"kind": EventKind.OTHER, "words": f"{us}: {type(event).__name__}"}
    match event:
        case ReceiptTaken():
            words = f"{us} has the receipt of {event.peer}'s machine for messages up to number {event.size - 1}"
            told = {"kind": EventKind.RECEIPT, "words": words}
        case RungRaised():
            reaching = f"{event.function} is being reached ({why_words(event.why)})"
            told = {
                "kind": EventKind.RUNG,
                "words": f"{us} raises rung {event.rung + 1}: {reaching}",
                "message_id": event.message_id,
                "function": event.function,
                "urgent": True,
            }
        case RungSummoned():
            outlets = "; ".join(outlet_words(event)) or "no outlet is agreed, it shows on the desk's screens only"
            told = {
                "kind": EventKind.SUMMONED,
                "words": f"{us} called {event.function}: {outlets}",
                "message_id": event.message_id,
                "function": event.function,
            }
        case LinkChanged():
            reason = f": {event.reason[:_SHORT_CHARS]}" if event.reason else ""
            words = f"for {us} the line to {event.peer} is {event.state.value}{reason}"
            told = {"kind": EventKind.LINE, "words": words}
        case FaultSeen():
            words = f"{us} sees a fault of the line to {event.peer}, {event.code.value}: {event.detail[:_SHORT_CHARS]}"
            told = {"kind": EventKind.LINE, "words": words, "urgent": True}
        case KeysChanged():
            told = {"kind": EventKind.MACHINE, "words": f"{us}: keys of the line to {event.peer} changed"}
    return told


def _message(side: Side, event: MessageSent | MessageStored) -> dict[str, Any]:
    message, ours = event.message, isinstance(event, MessageSent)
    words = message_words(message)
    told: dict[str, Any] = {
        "message_id": message.message_id,
        "urgent": isinstance(message, Asking) and message.urgency is Urgency.IMMEDIATE,
        "function": str(getattr(message, "function", "") or getattr(message, "from_function", "")),
    }
    if not ours:
        void = event.unheeded if isinstance(event, MessageStored) else None
        effect = "" if void is None else f" (without effect: {void})"
        return told | {
            "kind": EventKind.STORED,
            "words": f"{side.party}'s machine holds from {event.peer}: {words}{effect}",
        }
    by = f"{told['function']} of {side.party}" if told["function"] else side.party
    return told | {"kind": _kind_of(message), "words": f"{by} to {event.peer}: {words}"}


def _kind_of(message: Message) -> EventKind:
    if isinstance(message, Escalation):
        return EventKind.SAID
    return _ANSWERS.get(type(message), EventKind.SAID)


def _alert(side: Side, event: AlertEvent) -> dict[str, Any]:
    labels = tuple(subject.identity.label for subject in event.subjects)
    who = " and ".join(labels) or event.source or ""
    words = (
        f"{side.party}'s picture: {event.kind.value.replace('_', ' ')} {event.change.value},"
        f" {event.severity.name.lower()}, {who}: {event.reason}"
    )
    return {
        "kind": EventKind.ALERT,
        "words": words,
        "alert_id": event.alert_id,
        "picture_s": event.time_s,
        "tracks": labels,
        "urgent": event.severity >= Severity.WARNING,
    }


def _identification(side: Side, found: TrackIdentification) -> dict[str, Any]:
    whose = "" if found.match is None else f", {found.match.party} ({found.match.confidence:.0%})"
    words = f"{side.party}: {found.identity.label} is {found.state.value.replace('_', ' ')}{whose}"
    return {"kind": EventKind.IDENTIFICATION, "words": words, "tracks": (found.identity.label,)}


def _case(side: Side, case: IdentificationCase) -> dict[str, Any]:
    step = "opens" if case.closed_s is None else "closes"
    asked = ", ".join(f"{one.party}: {one.standing.value.replace('_', ' ')}" for one in case.asked)
    words = f"{side.party} {step} the question whose {case.identity.label} is ({asked})"
    return {
        "kind": EventKind.IDENTIFICATION,
        "words": words,
        "tracks": (case.identity.label,),
        "urgent": case.urgency is Urgency.IMMEDIATE,
    }


def _unit(side: Side, event: UnitEvent) -> dict[str, Any]:
    unit = event.unit
    done = "has not confirmed yet" if unit.confirmed_s is None else "has confirmed that it knows"
    words = f"{side.party}'s unit {unit.unit} was told whose it is by {unit.by_function}, and {done}: {unit.said}"
    return {"kind": EventKind.IDENTIFICATION, "words": words, "function": unit.by_function}


def _not_asked(side: Side, event: NotAsked) -> dict[str, Any]:
    words = f"{side.party} asked nobody whose {event.track_id} is: {event.why}"
    return {"kind": EventKind.IDENTIFICATION, "words": words, "tracks": (event.track_id,), "urgent": True}


_READ: Final[dict[str, tuple[type, Callable[[Side, Any], dict[str, Any]]]]] = {
    ALERT: (AlertEvent, _alert),
    IDENTIFICATION: (TrackIdentification, _identification),
    CASE: (IdentificationCase, _case),
    TOLD: (UnitEvent, _unit),
    NOT_ASKED: (NotAsked, _not_asked),
}


def _silences(
    missed: dict[tuple[str, str], list[tuple[str, int, AnswerMissed]]],
    messages: dict[str, JointMessage],
    clocks: Clocks,
) -> Iterator[JointEvent]:
    """One for each agreed time that passed: as the nodes recorded it, else as it follows from what was agreed."""
    for (message_id, step), rows in missed.items():
        message = messages.get(message_id)
        due_s = rows[0][2].due_s
        party = rows[0][0] if message is None else message.sender
        time_s = joined_s(clocks, party, due_s)
        told = tuple((side, sequence) for side, sequence, _ in rows)
        yield _silence(message_id, step, message, party, due_s, time_s, told)
    for message in messages.values():
        for step in message.unanswered:
            if (message.message_id, step) not in missed:
                time_s = message.due_s[step]
                due_s = message.own_s + time_s - message.time_s
                yield _silence(message.message_id, step, message, message.sender, due_s, time_s, ())


def _silence(
    message_id: str,
    step: str,
    message: JointMessage | None,
    party: str,
    due_s: float,
    time_s: float,
    rows: tuple[tuple[str, int], ...],
) -> JointEvent:
    done = STEP_WORDS[step]  # type: ignore[index]
    whom = "nobody" if message is None else f"nobody at {message.receiver}"
    what = message_id if message is None else f"{message_id} ({message.words})"
    words = (
        f"silence: by now {whom} had {done} {what}" if step == "acknowledgement" else f"silence: {what} was not {done}"
    )
    return JointEvent(
        time_s=time_s,
        own_s=due_s,
        party=party,
        kind=EventKind.SILENCE,
        words=words,
        message_id=message_id,
        urgent=True,
        rows=rows,
    )
