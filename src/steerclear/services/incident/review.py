"""What the parties put on an incident together: statements, findings, measures and a read-out, to its closing.

A statement is one side's word, and so is that it has closed the incident; both are told on the line. A finding, a
measure and a read-out are proposals until every other party concerned has answered that very revision; a changed word
is a new revision, and nobody has answered that yet. Silence is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from steerclear.dialogue.lifecycle import Standing
from steerclear.model.incident import INCIDENT_STATES, IncidentEvent, IncidentState, MeasureState, ReviewItemKind
from steerclear.model.limits import MAX_TEXT_CHARS
from steerclear.model.messages import REVIEW_VERDICTS, Message, ReviewItem, Verdict
from steerclear.services.acknowledge import function_of, respond
from steerclear.services.exchange import Draft, Exchange, Sent
from steerclear.services.faults import NotInForceError
from steerclear.services.incident.incident_events import (
    OURS,
    IncidentClosed,
    IncidentStanding,
    incident_event,
    read_incident,
    read_incidents,
    read_review,
)
from steerclear.services.incident.limits import MAX_ITEMS
from steerclear.services.incident.open_incident import IncidentRequestError
from steerclear.services.incident.review_items import PlacedMessage, ReviewStanding
from steerclear.services.line_events import read_standing, standing_key
from steerclear.services.say import with_agreed_times
from steerclear.store.entries import Append

MAX_PARAGRAPHS: Final = 16
CLOSING_ID: Final = "closing"
"""Every side's closing of an incident goes by this name; closed once more, it is the next revision."""
NO_REMARK: Final = "closed on this side"
_DONE: Final = (MeasureState.DONE, MeasureState.DROPPED)
_AGREEING: Final = (Verdict.CONFIRMED, Verdict.APPROVED)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a person of ours puts on an incident."""

    kind: ReviewItemKind
    item_id: str
    words: tuple[str, ...] = ()
    """Paragraphs; empty for a measure whose state alone changes."""
    owner_party: str = ""
    owner_function: str = ""
    due_s: float | None = None
    state: MeasureState | None = None


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one party has said to the newest revision of an item, and what is proved of it."""

    party: str
    """Who answers: the peer for an item of ours, we for a peer's."""
    message_id: str
    """Of the item."""
    received_s: float | None
    """When the receiving party's machine cosigned it; None: not proved to have arrived."""
    verdict: Verdict | None = None
    """None: no answer. "checking" is none yet."""
    by_function: str = ""
    answered_s: float | None = None
    answer_id: str = ""
    overdue: bool = False
    remark: str = ""


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """A review item as it stands now."""

    incident_id: str
    party: str
    item_id: str
    kind: ReviewItemKind
    revision: int
    words: tuple[str, ...]
    owner_party: str
    owner_function: str
    due_s: float | None
    state: MeasureState | None
    issued_s: float
    answers: tuple[ItemAnswer, ...]
    agreed: bool
    """Every party that it was put to has confirmed or approved this revision."""
    overdue: bool
    """A measure that should be done by now and is neither done nor dropped."""


class ReadOut(msgspec.Struct, frozen=True, kw_only=True):
    """The words that both sides will say in public, and who stands by them."""

    item: ItemView
    signed: bool
    """Its author's entry and every other side's approval of this very revision stand in the record."""
    proven: bool
    """And receipts cover both, so nobody can deny them."""


def put_item(exchange: Exchange, incident_id: str, said: Said, desk_id: str, function: str) -> Sent:
    """Put a new item, or a new revision of one of ours, to every party concerned.

    Raises IncidentRequestError, LineRequestError, NotInForceError, LineFaultError.
    """
    function_of(exchange.us, desk_id, function)
    if said.kind is ReviewItemKind.CLOSING:
        raise IncidentRequestError("an incident is closed by closing it, not by saying so: `steerclear incident close`")
    standing = known_incident(exchange, incident_id)
    if standing.state is IncidentState.OPEN:
        raise IncidentRequestError(
            f"incident {incident_id} is not frozen yet: its evidence comes first; freeze it, or wait for its window"
        )
    if not standing.peers:
        raise IncidentRequestError("this incident concerns no other party; there is nobody to put it to")
    item = _message(exchange, standing, said)
    signed = msgspec.structs.replace(item, from_desk=desk_id, from_function=function)
    drafts = [Draft(peer, _maker(exchange, signed, peer)) for peer in standing.peers if peer in exchange.lines]
    return exchange.send(drafts)


def _message(exchange: Exchange, standing: IncidentStanding, said: Said) -> ReviewItem:
    items = [one for one in read_review(exchange.journal, standing.incident.incident_id) if one.party == OURS]
    before = next((one for one in items if one.item_id == said.item_id), None)
    if before is None and len(items) >= MAX_ITEMS and said.kind is not ReviewItemKind.CLOSING:
        raise IncidentRequestError(f"you have put {MAX_ITEMS} items on this incident already")
    if before is not None and before.kind is not said.kind:
        raise IncidentRequestError(f"{said.item_id} is a {_word(before.kind)}; give this one another name")
    words = said.words or (() if before is None else before.newest.words)
    if not words or not all(word.strip() for word in words):
        raise IncidentRequestError("say something: a review item has words")
    if len(words) > MAX_PARAGRAPHS or any(len(word) > MAX_TEXT_CHARS for word in words):
        raise IncidentRequestError(f"at most {MAX_PARAGRAPHS} paragraphs of {MAX_TEXT_CHARS} characters each")
    measure = said.kind is ReviewItemKind.MEASURE
    held = None if before is None else before.newest
    owner = said.owner_party or ("" if held is None else held.owner_party)
    by_whom = said.owner_function or ("" if held is None else held.owner_function)
    if measure and not any(owner == party.party_id for party in exchange.agreement.parties):
        raise IncidentRequestError("a measure names the party and the function that is to do it, and by when")
    if measure and not by_whom:
        raise IncidentRequestError("a measure names the function that is to do it")
    due_s = said.due_s if said.due_s is not None or held is None else held.due_s
    state = (said.state or (MeasureState.PROPOSED if held is None else held.state)) if measure else None
    return ReviewItem(
        incident_id=standing.incident.incident_id,
        item_id=said.item_id,
        revision=1 if held is None else held.revision + 1,
        kind=said.kind,
        words=words,
        owner_party=owner if measure else "",
        owner_function=by_whom if measure else "",
        due_s=due_s if measure else None,
        state=state,
    )


def _maker(exchange: Exchange, item: ReviewItem, peer: str) -> Callable[[str], Message]:
    to = exchange.agreement.party(peer).desks[0].functions[0]
    timed = with_agreed_times(exchange.agreement, msgspec.structs.replace(item, to_function=to), exchange.clock.now_s())
    return lambda message_id: msgspec.structs.replace(timed, message_id=message_id)


def answer_item(
    exchange: Exchange,
    incident_id: str,
    party: str,
    item_id: str,
    verdict: Verdict,
    desk_id: str,
    function: str,
    remark: str = "",
) -> Sent:
    """Answer the newest revision of a peer's item. Raises IncidentRequestError, NotAnswerableError."""
    standing = known_incident(exchange, incident_id)
    items = read_review(exchange.journal, standing.incident.incident_id)
    item = next((one for one in items if (one.party, one.item_id) == (party, item_id)), None)
    if item is None:
        known = ", ".join(f"{one.item_id} of {one.party}" for one in items if one.party != OURS) or "none"
        raise IncidentRequestError(f"{party} has put no item {item_id!r} on it; to answer there is: {known}")
    if verdict not in REVIEW_VERDICTS[item.kind]:
        possible = ", ".join(REVIEW_VERDICTS[item.kind])
        raise IncidentRequestError(f"to a {_word(item.kind)} one says: {possible}")
    return respond(exchange, item.newest.messages[-1].message_id, desk_id, function, verdict, remark=remark)


def known_incident(exchange: Exchange, incident_id: str) -> IncidentStanding:
    """An incident by its name. Raises IncidentRequestError."""
    standing = read_incident(exchange.journal, incident_id)
    if standing is None:
        raise _unknown(incident_id)
    return standing


def _unknown(incident_id: str) -> IncidentRequestError:
    return IncidentRequestError(f"there is no incident {incident_id!r}; `steerclear incident list` has them")


def incidents_after(exchange: Exchange, incident_id: str = "") -> list[IncidentStanding]:
    """Incidents by when they happened, those behind one of them; all without. Raises IncidentRequestError."""
    found = read_incidents(exchange.journal)
    if not incident_id:
        return found
    place = next((n for n, one in enumerate(found, 1) if one.incident.incident_id == incident_id), None)
    if place is None:
        raise _unknown(incident_id)
    return found[place:]


def review_of(exchange: Exchange, incident_id: str) -> list[ItemView]:
    """Every item on an incident as it stands now, with the answers to its newest revision."""
    return [_view(exchange, item) for item in read_review(exchange.journal, incident_id)]


def _view(exchange: Exchange, item: ReviewStanding) -> ItemView:
    newest, us = item.newest, exchange.us.party_id
    now_s = exchange.clock.now_s()
    answers = tuple(_answer(exchange, placed, now_s) for placed in newest.messages)
    return ItemView(
        incident_id=item.incident_id,
        party=us if item.party == OURS else item.party,
        item_id=item.item_id,
        kind=item.kind,
        revision=newest.revision,
        words=newest.words,
        owner_party=newest.owner_party,
        owner_function=newest.owner_function,
        due_s=newest.due_s,
        state=newest.state,
        issued_s=newest.issued_s,
        answers=answers,
        agreed=bool(answers) and all(answer.verdict in _AGREEING for answer in answers),
        overdue=newest.due_s is not None and newest.due_s < now_s and newest.state not in _DONE,
    )


def _answer(exchange: Exchange, placed: PlacedMessage, now_s: float) -> ItemAnswer:
    standing = read_standing(exchange.journal, standing_key(placed.peer, placed.outgoing, placed.sequence))
    party = placed.peer if placed.outgoing else exchange.us.party_id
    if standing is None:
        return ItemAnswer(party=party, message_id=placed.message_id, received_s=None)
    given = standing.response.given or standing.response.interim
    due_s = standing.response.due_s
    return ItemAnswer(
        party=party,
        message_id=placed.message_id,
        received_s=standing.received_s,
        verdict=None if given is None else given.verdict,
        by_function="" if given is None else given.function,
        answered_s=None if given is None else given.issued_s,
        answer_id="" if given is None else given.message_id,
        overdue=standing.response.given is None and due_s is not None and due_s < now_s,
        remark="" if given is None else given.remark,
    )


def read_outs(exchange: Exchange, incident_id: str) -> list[ReadOut]:
    """The read-outs of an incident, with the proof of each: whose words they are, and who has approved them."""
    found = []
    for item in review_of(exchange, incident_id):
        if item.kind is not ReviewItemKind.READ_OUT:
            continue
        signed = bool(item.answers) and all(answer.verdict is Verdict.APPROVED for answer in item.answers)
        proven = signed and all(_proven(exchange, answer) for answer in item.answers)
        found.append(ReadOut(item=item, signed=signed, proven=proven))
    return found


def _proven(exchange: Exchange, answer: ItemAnswer) -> bool:
    """Whether receipts cover the item and the answer: each then stands in the log of its sender for good."""
    answered = _standing_of(exchange, answer.answer_id)
    return answer.received_s is not None and answered is not None and answered.received_s is not None


def _standing_of(exchange: Exchange, message_id: str) -> Standing | None:
    for line in exchange.lines.values():
        for log, outgoing in ((line.terms.incoming, False), (line.terms.outgoing, True)):
            sequence = log.sequence_of(message_id)
            if sequence is not None:
                return read_standing(exchange.journal, standing_key(line.peer, outgoing, sequence))
    return None


def why_not_closed(standing: IncidentStanding, items: Sequence[ItemView], us: str) -> list[str]:
    """What stands against closing an incident, in words; empty when nothing does."""
    if (standing.state, IncidentEvent.CLOSE) not in INCIDENT_STATES:
        return [f"it is {_word(standing.state)}: only a frozen or reviewed incident is closed"]
    found = []
    if not standing.whole:
        found.append("its window is not over: evidence is still coming in")
    for item in items:
        name = f"{_word(item.kind)} {item.item_id} of {item.party}"
        if item.kind is ReviewItemKind.MEASURE and item.state not in _DONE:
            found.append(f"{name} is neither done nor dropped")
        if item.kind in (ReviewItemKind.STATEMENT, ReviewItemKind.CLOSING):
            continue  # one side's word stands by itself
        for answer in item.answers:
            if answer.verdict is None or answer.verdict is Verdict.CHECKING:
                found.append(f"{name}: {answer.party} has given no answer")
            elif item.kind is ReviewItemKind.MEASURE and answer.verdict is not Verdict.APPROVED:
                found.append(f"{name}: {answer.party} objects")
    spoken = {item.party for item in items}
    spoken |= {answer.party for item in items for answer in item.answers if answer.verdict is not None}
    found += [f"{party} has said nothing to it yet" for party in (us, *standing.peers) if party not in spoken]
    return found


def close_incident(
    exchange: Exchange, incident_id: str, desk_id: str, function: str, remark: str = ""
) -> IncidentStanding:
    """Close an incident on this side, and tell every party concerned: it stands in the record that we have.

    Raises IncidentRequestError naming everything that stands against it, LineRequestError, LineFaultError, StoreError.
    """
    function_of(exchange.us, desk_id, function)
    standing = known_incident(exchange, incident_id)
    name = standing.incident.incident_id
    against = why_not_closed(standing, review_of(exchange, name), exchange.us.party_id)
    if against:
        raise IncidentRequestError(f"incident {name} cannot be closed: {'; '.join(against)}")
    closed = IncidentClosed(incident_id=name, by_desk=desk_id, by_function=function, remark=remark[:MAX_TEXT_CHARS])
    rows = (incident_event(closed, exchange.clock.now_s()),)
    said = Said(kind=ReviewItemKind.CLOSING, item_id=CLOSING_ID, words=(remark.strip() or NO_REMARK,))
    item = msgspec.structs.replace(_message(exchange, standing, said), from_desk=desk_id, from_function=function)
    # A desk that closes it twice at one moment, having seen the same of it, closes it once.
    key = f"incident.closed/{sha256(name.encode()).hexdigest()}/{item.revision}"
    drafts = [Draft(peer, _maker(exchange, item, peer)) for peer in standing.peers if peer in exchange.lines]
    if exchange.journal.receipt(key) is None:
        try:
            if drafts:
                exchange.send(drafts, rows, key).stored.result()
            else:
                exchange.journal.append(Append(key=key, events=rows))
        except NotInForceError:
            # Nothing can be said under the agreement any more; that we have closed it is our own word all the same.
            exchange.journal.append(Append(key=key, events=rows))
    return known_incident(exchange, name)


def _word(value: str) -> str:
    return value.replace("_", " ").replace("read out", "read-out")
