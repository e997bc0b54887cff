"""Opens a case: every peer is asked "is this yours?", with every agency it binds by name, in one transaction.

A case has a name that follows from its track and its number, and so has its append: asked again after a crash, it is
not asked twice. A party that cannot be asked now is told as such, and asked as soon as it can be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec

from steerclear.model.agreement import Agreement, Party
from steerclear.model.identification import (
    Approach,
    AskedAgency,
    AskedParty,
    IdentificationCase,
    TrackPoint,
)
from steerclear.model.messages import IdentificationRequest, Message, Phrase
from steerclear.model.track import Track
from steerclear.model.vocabulary import Disclosure, Urgency
from steerclear.model.volumes import Position
from steerclear.services.exchange import Draft, Exchange
from steerclear.services.identify.events import case_event
from steerclear.services.identify.known import approach_words
from steerclear.services.identify.limits import MAX_AGENCIES_PER_QUESTION, MAX_AGENCY_BYTES_PER_QUESTION
from steerclear.services.plan_events import read_item
from steerclear.services.say import addressed_to, with_agreed_times

UNNAMED: Final = "it is inside something that matters to us"
UNNAMED_AHEAD: Final = "flying straight on it is inside something that matters to us"
NOT_HEARD: Final = "this node was restored and has not heard from it yet; it is asked as soon as it has been heard"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one aircraft, the same of every party."""

    track: Track
    snippet: tuple[TrackPoint, ...]
    approach: Approach | None
    urgency: Urgency
    number: int
    """How many cases this track has had before."""
    desk_id: str = ""
    function: str = ""
    """Who asks; empty for the node by itself."""
    text: str = ""


def case_name(track_id: str, number: int) -> str:
    """Name of a track's case: the same however often the node is restarted."""
    return f"case-{sha256(track_id.encode()).hexdigest()[:12]}-{number}"


def open_case(exchange: Exchange, question: Question) -> IdentificationCase | None:
    """Ask every party; the case, durable, or None where it has been opened before.

    Raises NotInForceError, LineFaultError, StoreError; then nobody was asked.
    """
    case_id = case_name(question.track.track_id, question.number)
    key = f"identify/{case_id}"
    if exchange.journal.receipt(key) is not None:
        return None
    now_s = exchange.clock.now_s()
    reached = [peer for peer in sorted(exchange.lines) if not exchange.lines[peer].answer_awaited]
    questions = list(_questions(exchange, question, case_id, reached, now_s))
    waiting = [
        AskedParty(party=peer, message_id="", asked_s=now_s, agencies=_agencies(party_of(exchange, peer)),
                   not_asked=NOT_HEARD)
        for peer in sorted(set(exchange.lines).difference(reached))
    ]  # fmt: skip

    def case(names: Sequence[str]) -> IdentificationCase:
        asked = [
            AskedParty(party=peer, message_id=name, asked_s=now_s, agencies=agencies)
            for name, (peer, agencies, _) in zip(names, questions, strict=True)
        ]
        return IdentificationCase(
            case_id=case_id,
            track_id=question.track.track_id,
            identity=question.track.identity,
            opened_s=now_s,
            automatic=not question.function,
            urgency=question.urgency,
            approach=question.approach,
            asked=(*asked, *waiting),
        )

    drafts = [Draft(peer, make) for peer, _, make in questions]
    sent = exchange.send(drafts, (), key, lambda names: [case_event(case(names), now_s)])
    sent.stored.result()
    return case(sent.message_ids)


def ask_late(exchange: Exchange, case: IdentificationCase, question: Question) -> IdentificationCase | None:
    """Ask the parties of an open case that could not be asked before; None where there is nobody to ask now."""
    late = [
        one.party
        for one in case.asked
        if one.not_asked and one.party in exchange.lines and not exchange.lines[one.party].answer_awaited
    ]
    key = f"identify/{case.case_id}/late/{'+'.join(late)}"
    if not late or exchange.journal.receipt(key) is not None:
        return None
    now_s = exchange.clock.now_s()
    questions = list(_questions(exchange, question, case.case_id, late, now_s))

    def asked(names: Sequence[str]) -> IdentificationCase:
        added = [
            AskedParty(party=peer, message_id=name, asked_s=now_s, agencies=agencies)
            for name, (peer, agencies, _) in zip(names, questions, strict=True)
        ]
        left = [one for one in case.asked if one.party not in late]
        return msgspec.structs.replace(case, asked=(*left, *added))

    drafts = [Draft(peer, make) for peer, _, make in questions]
    sent = exchange.send(drafts, (), key, lambda names: [case_event(asked(names), now_s)])
    sent.stored.result()
    return asked(sent.message_ids)


Made = tuple[str, tuple[AskedAgency, ...], Callable[[str], Message]]


def _questions(
    exchange: Exchange, question: Question, case_id: str, peers: Sequence[str], now_s: float
) -> Iterator[Made]:
    for peer in peers:
        for names in agency_parts(party_of(exchange, peer)):
            words = told_approach(exchange, peer, question.approach)
            message = addressed_to(exchange.agreement, peer, _message(question, case_id, names, words))
            agencies = tuple(AskedAgency(agency=name) for name in names)
            yield peer, agencies, _Maker(exchange.agreement, message, now_s).make


def party_of(exchange: Exchange, party_id: str) -> Party:
    """A party as the version in force has it."""
    return exchange.agreement.party(party_id)


def _agencies(party: Party) -> tuple[AskedAgency, ...]:
    return tuple(AskedAgency(agency=name) for name in party.agencies)


def agency_parts(party: Party) -> list[tuple[str, ...]]:
    """The agencies of a party in as many parts as it takes messages to name them all; at least one."""
    parts: list[list[str]] = [[]]
    size = 0
    for name in party.agencies:
        length = len(name.encode())
        if len(parts[-1]) >= MAX_AGENCIES_PER_QUESTION or size + length > MAX_AGENCY_BYTES_PER_QUESTION:
            parts.append([])
            size = 0
        parts[-1].append(name)
        size += length
    return [tuple(part) for part in parts]


class _Maker:
    """Gives a question its name when its place in the log is known."""

    def __init__(self, agreement: Agreement, message: Message, now_s: float) -> None:
        assert isinstance(message, IdentificationRequest)  # noqa: S101 `addressed_to` returns what it is given
        self._message = with_agreed_times(agreement, message, now_s)

    def make(self, message_id: str) -> Message:
        return msgspec.structs.replace(self._message, message_id=message_id)


def told_approach(exchange: Exchange, peer: str, approach: Approach | None) -> str:
    """What the aircraft heads for, in words for one peer.

    Only what the peer knows already is named: what the agreement names, what is its own, and what we have told it in
    full. Of anything else it learns that it matters, and when.
    """
    if approach is None:
        return ""
    after_s = approach.time_to_boundary_s
    if _is_known_to(exchange, peer, approach.item_id):
        return approach_words(approach.kind, approach.title, after_s)
    return UNNAMED if after_s <= 0.0 else f"{UNNAMED_AHEAD} in {after_s:.0f} s"


def _is_known_to(exchange: Exchange, peer: str, item_id: str) -> bool:
    agreement = exchange.agreement
    named = {*(area.area_id for area in agreement.areas), *(zone.zone_id for zone in agreement.zones)}
    if item_id in named or read_item(exchange.journal, peer, item_id) is not None:
        return True
    ours = read_item(exchange.journal, None, item_id)
    return ours is not None and ours.disclosure is Disclosure.FULL and peer in ours.told


def _message(question: Question, case_id: str, agencies: tuple[str, ...], words: str) -> IdentificationRequest:
    track = question.track
    return IdentificationRequest(
        from_desk=question.desk_id,
        from_function=question.function,
        urgency=question.urgency,
        phrase=_phrase(track),
        text=question.text,
        track_id=track.track_id,
        position=position_of(track),
        altitude_m=track.altitude_m,
        altitude_datum=track.altitude_datum,
        east_mps=track.east_mps,
        north_mps=track.north_mps,
        identity=track.identity,
        seen_at_s=track.time_s,
        agencies=agencies or msgspec.UNSET,
        snippet=question.snippet or msgspec.UNSET,
        approach=words or msgspec.UNSET,
        case_id=case_id,
    )


def position_of(track: Track) -> Position:
    """Where a track is, with a longitude as messages have it."""
    longitude_deg = (track.longitude_deg + 180.0) % 360.0 - 180.0
    return Position(latitude_deg=track.latitude_deg, longitude_deg=longitude_deg)


def _phrase(track: Track) -> Phrase | None:
    """The fixed question, which each side reads in its own language; None where its height is not known."""
    if track.altitude_m is None or track.altitude_datum is None:
        return None
    where = position_of(track)
    name = track.identity.label if track.identity.label.isprintable() else track.track_id
    return Phrase(
        "is_this_yours_position",
        {
            "track": name[:64].strip() or "unidentified",
            "position": f"{where.latitude_deg:.5f},{where.longitude_deg:.5f}",
            "altitude": f"{track.altitude_m:.0f} m {track.altitude_datum.value}",
            "seen": datetime.fromtimestamp(track.time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    )
