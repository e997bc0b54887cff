"""What a node's journal says, row by row, as observations in words: received is not acknowledged, silence is silence.

Every fact that an expectation can ask for is put beside the words here, so that the story and the judgement rest on
the same thing. `docs/drills.md` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from steerclear.dialogue.lifecycle import Standing, kind_of
from steerclear.model.agreement import Agreement
from steerclear.model.alert import AlertChange, AlertEvent, Severity
from steerclear.model.drill import Observation
from steerclear.model.messages import (
    Acknowledgement,
    AlertNotice,
    IdentificationRequest,
    LateEntry,
    LineCheck,
    LineCheckAnswer,
    Message,
    Notice,
    Relay,
    Response,
    Step,
)
from steerclear.services.announce_alerts import ALERT
from steerclear.services.identify.events import CASE, IDENTIFICATION, TOLD
from steerclear.services.incident.incident_events import OPENED, IncidentOpened
from steerclear.services.line_events import (
    AnswerMissed,
    FaultSeen,
    LinkChanged,
    MessageSent,
    MessageStored,
    ReceiptTaken,
    RungRaised,
    decoded,
    read_standing,
    standing_key,
)
from steerclear.services.plan_events import ITEM, ItemDeclared, read_declared
from steerclear.simulation.drill.identified import Identified
from steerclear.simulation.drill.names import Names
from steerclear.simulation.drill.node import DrillNode
from steerclear.store.entries import JournalRow

_ALERT_DECODER: Final = msgspec.json.Decoder(AlertEvent)
_OPENED_DECODER: Final = msgspec.json.Decoder(IncidentOpened)
_STEP_WORDS: Final = {
    Step.ACKNOWLEDGEMENT: "nobody has acknowledged",
    Step.RELAY: "no unit's confirmation has been told of",
    Step.RESPONSE: "no answer has been given to",
}
Facts = dict[str, str]


class Observer:
    """Reads the new rows of all nodes."""

    def __init__(self, names: Names, agreement: Agreement) -> None:
        self._names = names
        self._agreement = agreement
        self._known = Identified(names)

    def look(self, node: DrillNode, row: JournalRow, now_s: float) -> Iterator[Observation]:
        """What one row says."""
        match row.kind:
            case kind if kind == ALERT:
                yield self._alert(node, _ALERT_DECODER.decode(row.payload), now_s)
            case kind if kind == ITEM:
                yield self._declared(node, read_declared(row.payload), now_s)
            case kind if kind == OPENED:
                yield self._incident(node, _OPENED_DECODER.decode(row.payload), now_s)
            case kind if kind in (IDENTIFICATION, CASE, TOLD):
                yield self._known.look(node, row, now_s)
            case _:
                yield from self._line(node, row, now_s)

    def _line(self, node: DrillNode, row: JournalRow, now_s: float) -> Iterator[Observation]:
        match decoded(row.kind, row.payload):
            case MessageSent() as event:
                yield from self._sent(node, event, now_s)
            case MessageStored() as event:
                yield from self._stored(node, event, now_s)
                if isinstance(event.message, Response):
                    yield from self._known.contradictions(node, now_s)
            case ReceiptTaken() as event:
                yield from self._received(node, event, now_s)
            case AnswerMissed() as event:
                yield from self._missed(node, event, now_s)
            case RungRaised() as event:
                yield self._rung(node, event, now_s)
            case LinkChanged() as event:
                words = f"the line to {event.peer} is {event.state}" + (f": {event.reason}" if event.reason else "")
                facts = {"peer": event.peer, "state": str(event.state)}
                yield _seen(node, now_s, "link", words, facts, aside=event.state != "down")
            case FaultSeen() as event:
                facts = {"what": str(event.code), "name": event.peer}
                yield _seen(node, now_s, "refused", f"a post of {event.peer} is refused: {event.detail}", facts)
            case _:
                return

    def _alert(self, node: DrillNode, event: AlertEvent, now_s: float) -> Observation:
        tracks = [self._names.track(subject.track_id) for subject in event.subjects]
        facts = {
            "kind": str(event.kind),
            "change": str(event.change),
            "severity": event.severity.name.lower(),
            "zone": event.zone_id or "",
            "source": event.source or "",
            "track": " ".join(sorted(tracks)),
        }
        words = f"alert ({event.severity.name.lower()}, {event.change}): {self._names.plain(event.reason)}"
        aside = event.change in (AlertChange.EASED,) or event.severity < Severity.CAUTION
        return _seen(node, now_s, "alert", words, facts, aside=aside)

    def _incident(self, node: DrillNode, event: IncidentOpened, now_s: float) -> Observation:
        incident = event.incident
        from_s, until_s = (span(abs(at_s - incident.at_s)) for at_s in (incident.from_s, incident.until_s))
        words = f"opens an incident ({incident.cause.replace('_', ' ')}): {self._names.plain(incident.title)}"
        words += f"; the evidence of {from_s} before and {until_s} after is to be kept"
        tracks = " ".join(sorted(self._names.track(track_id) for track_id in incident.track_ids))
        facts = {"state": "opened", "cause": str(incident.cause), "track": tracks}
        return _seen(node, now_s, "incident", words, facts)

    def _declared(self, node: DrillNode, event: ItemDeclared, now_s: float) -> Observation:
        item = event.item
        name = self._names.item(item.item_id)
        what = {"new": "declares", "amended": "amends"}.get(event.what, f"({event.what.replace('_', ' ')})")
        words = f"{what} the {item.subject.replace('_', ' ')} {item.title!r}; to be declared is to be known, no more"
        if event.in_spite_of:
            words += f"; in spite of {len(event.in_spite_of)} finding(s)"
        facts = {"name": name, "subject": str(item.subject), "step": event.what}
        return _seen(node, now_s, "declared", words, facts)

    def _sent(self, node: DrillNode, event: MessageSent, now_s: float) -> Iterator[Observation]:
        message = event.message
        facts = {**self._message_facts(message), "to": event.peer}
        if isinstance(message, Acknowledgement | LineCheckAnswer | Relay | Response) or facts["kind"] == "escalation":
            return  # told where it arrives, or with the rung
        said = self._said(message)
        aside = isinstance(message, LineCheck | AlertNotice | Notice)
        yield _seen(node, now_s, "sent", f"to {event.peer}: {said}", facts, aside=aside)

    def _stored(self, node: DrillNode, event: MessageStored, now_s: float) -> Iterator[Observation]:
        message = event.message
        match message:
            case Acknowledgement() | LineCheckAnswer() | Relay() | Response():
                yield from self._answer(node, event, now_s)
            case IdentificationRequest():
                yield from self._asked(node, event.peer, message, now_s)
            case Notice():
                short_s = event.short_notice_s
                name = self._names.item(message.notice_id)
                facts = {"name": name, "subject": str(message.subject), "of": event.peer}
                words = (
                    f"knows of {event.peer}'s {message.subject.replace('_', ' ')} {message.title!r} ({message.change})"
                )
                yield _seen(node, now_s, "known", words, facts)
                if short_s is not None:
                    words = f"{event.peer}'s notice of {message.title!r} came {span(short_s)} later than was agreed"
                    yield _seen(node, now_s, "short_notice", words, {"name": name, "of": event.peer})
            case _:
                return

    def _asked(self, node: DrillNode, peer: str, message: IdentificationRequest, now_s: float) -> Iterator[Observation]:
        """The question is held by the asked party's machine: told of whom asked, and for every agency that it names."""
        track = self._names.track(message.track_id)
        named = getattr(message, "agencies", msgspec.UNSET)
        agencies = () if named is msgspec.UNSET else tuple(named)
        question = f'"is {self._names.told(message.track_id)} yours?"'
        for agency in agencies or ("",):
            whom = f"{node.party}, by name {agency}" if agency else node.party
            words = f"asks {question} of {whom}; the question is held there, and not yet answered"
            facts = {"to": node.party, "agency": agency, "track": track}
            yield Observation(time_s=now_s, party=peer, what="asked", words=words, facts=facts)

    def _answer(self, node: DrillNode, event: MessageStored, now_s: float) -> Iterator[Observation]:
        """An answer has arrived at whom asked: the observation is the asking side's."""
        answer, sequence = event.message, event.answers_sequence
        if sequence is None or not isinstance(answer, Acknowledgement | LineCheckAnswer | Relay | Response):
            return
        asked = read_standing(node.journal, standing_key(event.peer, True, sequence))
        if asked is None:
            return
        facts = {**self._message_facts(asked.message), "to": event.peer, "function": answer.function}
        what = self._what(asked.message)
        by = f"{event.peer}'s {answer.function}"
        if event.unheeded is not None:
            yield _seen(
                node, now_s, "refused", f"an answer of {by} has no effect: {event.unheeded}", {"name": "answer"}
            )
            return
        remark = f' ("{answer.remark}")' if answer.remark else ""
        match answer:
            case Acknowledgement():
                words = f"{by} has read {what}{remark}; that is no consent"
                yield _seen(node, now_s, "acknowledged", words, facts)
            case LineCheckAnswer():
                yield _seen(node, now_s, "acknowledged", f"{by} answers the line check", facts, aside=True)
            case Relay():
                words = f"{by} tells who has confirmed to know of {what}: {answer.unit}{remark}"
                yield _seen(node, now_s, "relayed", words, {**facts, "unit": answer.unit})
            case Response():
                words = f"{by} on {what}: {answer.verdict.replace('_', ' ')}{remark}"
                yield _seen(node, now_s, "answered", words, {**facts, "verdict": str(answer.verdict)})

    def _received(self, node: DrillNode, event: ReceiptTaken, now_s: float) -> Iterator[Observation]:
        for sequence in range(event.from_size, event.size):
            standing = read_standing(node.journal, standing_key(event.peer, True, sequence))
            if standing is None:
                continue
            facts = {**self._message_facts(standing.message), "to": event.peer}
            what = self._what(standing.message)
            words = f"{event.peer}'s machine has signed that it holds {what}; nobody is known to have read it"
            yield _seen(node, now_s, "received", words, facts, aside=True)

    def _missed(self, node: DrillNode, event: AnswerMissed, now_s: float) -> Iterator[Observation]:
        standing = self._standing(node, event.peer, event.outgoing, event.sequence)
        if standing is None or not event.outgoing:
            return
        facts = {**self._message_facts(standing.message), "to": event.peer, "step": str(event.step)}
        late = span(event.due_s - standing.issued_s)
        words = f"no answer from {event.peer}: {_STEP_WORDS[event.step]} {self._what(standing.message)} within {late}"
        yield _seen(node, now_s, "unanswered", words, facts)

    def _rung(self, node: DrillNode, event: RungRaised, now_s: float) -> Observation:
        standing = self._standing(node, event.peer, event.outgoing, event.sequence)
        message_facts = {} if standing is None else self._message_facts(standing.message)
        what = "a message" if standing is None else self._what(standing.message)
        facts = {
            **message_facts,
            "function": event.function,
            "peer": event.peer,
            "last": "yes" if event.last else "no",
        }
        first = event.rung == 0
        why = (
            ""
            if first
            else f", because it was {event.why}"
            if event.why.startswith("not ")
            else f", because {event.why}"
        )
        words = f"the ladder reaches the {event.function} with {what}{why}"
        return _seen(node, now_s, "rung", words, facts, aside=first)

    def _standing(self, node: DrillNode, peer: str, outgoing: bool, sequence: int) -> Standing | None:
        return read_standing(node.journal, standing_key(peer, outgoing, sequence))

    def _message_facts(self, message: Message) -> Facts:
        facts = {"kind": kind_of(message), "name": self._names.message(message.message_id), "track": ""}
        match message:
            case IdentificationRequest():
                facts["track"] = self._names.track(message.track_id)
            case AlertNotice():
                tracks = [self._names.track(subject.track_id) for subject in message.alert.subjects]
                facts["track"] = " ".join(sorted(tracks))
            case Notice():
                facts["name"] = self._names.item(message.notice_id)
            case _:
                pass
        return facts

    def _what(self, message: Message) -> str:
        """A message as something that is acted on."""
        match message:
            case IdentificationRequest():
                name = self._names.message(message.message_id)
                return f"the question{f' {name!r}' if name else ''} whose {self._names.told(message.track_id)} is"
            case AlertNotice():
                return f"the alert notice ({self._names.plain(message.alert.reason)})"
            case Notice():
                return f"the notice of {message.title!r}"
            case LineCheck():
                return "the line check"
            case _:
                kind, name = kind_of(message).replace("_", " "), self._names.message(message.message_id)
                return f"the {kind}" + (f" {name!r}" if name else "")

    def _said(self, message: Message) -> str:
        text = getattr(message, "text", "")
        match message:
            case IdentificationRequest():
                return f'identification request: "is {self._names.told(message.track_id)} yours?"' + (
                    f' "{text}"' if text else ""
                )
            case AlertNotice():
                return f"alert notice: {self._names.plain(message.alert.reason)}"
            case LineCheck():
                return "line check"
            case LateEntry():
                return f'late entry, keyed in after a {message.means} call: "{text}"'
            case _:
                kind = kind_of(message).replace("_", " ")
                return f'{kind}: "{text}"' if text else f"{kind} ({self._what(message)})"


def _seen(node: DrillNode, now_s: float, what: str, words: str, facts: Facts, *, aside: bool = False) -> Observation:
    return Observation(time_s=now_s, party=node.party, what=what, words=words, facts=facts, aside=aside)


def span(seconds: float) -> str:
    """A duration in words: "1 min 5 s"."""
    whole = round(abs(seconds))
    hours, minutes, rest = whole // 3_600, whole // 60 % 60, whole % 60
    parts = [
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes else "",
        f"{rest} s" if rest or whole < 60 else "",
    ]
    return " ".join(part for part in parts if part)


Extra = Callable[[DrillNode, JournalRow, float], Iterator[Observation]]
"""Reads the rows of another service."""
