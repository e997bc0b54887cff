"""Where each case stands: what every party and agency has said, from the line's own views, as of now.

Nothing here decides: a case's standing follows from what is on record. What was not said is shown as not said: a party
that is silent has no answer, whatever its machine has received and whoever has acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from steerclear.dialogue.lifecycle import Standing
from steerclear.model.identification import (
    AnswerStanding,
    AskedAgency,
    AskedParty,
    IdentificationCase,
    IdentificationMatch,
    IdentificationState,
    MatchBasis,
    TrackIdentification,
)
from steerclear.model.identifiers import folded
from steerclear.model.messages import StepState, Verdict
from steerclear.model.plans import ItemStanding
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError
from steerclear.services.identify.events import (
    AnswersKept,
    ResponseGiven,
    read_answers,
    read_case,
    read_cases,
    read_track,
    read_units,
)
from steerclear.services.line_events import read_standing, standing_key
from steerclear.services.plan_events import read_item
from steerclear.strategic.answers import GivenAnswer
from steerclear.strategic.weighing import IDENTIFY_AT

ANSWERS_HOLD_S = 6 * 3_600.0
"""An answer counts for a track for so long after it was asked: track names are used again."""

_VERDICTS = {Verdict.OURS.value: AnswerStanding.OURS, Verdict.NOT_OURS.value: AnswerStanding.NOT_OURS}


class UnknownCaseError(LineRequestError):
    """There is no such case, track or unit."""


def cases(exchange: Exchange, *, closed: bool = True) -> list[IdentificationCase]:
    """The cases that are kept, with the standing of every party and agency, the newest first."""
    held = [case for case in read_cases(exchange.journal) if closed or case.closed_s is None]
    held.sort(key=lambda case: (-case.opened_s, case.case_id))
    return [case_standing(exchange, case) for case in held]


def find_case(exchange: Exchange, case_id: str) -> IdentificationCase:
    """One case as it stands now. Raises UnknownCaseError."""
    case = read_case(exchange.journal, case_id)
    if case is None:
        raise UnknownCaseError(f"there is no case {case_id!r}; `steerclear identify list` shows them")
    return case_standing(exchange, case)


def case_standing(exchange: Exchange, case: IdentificationCase) -> IdentificationCase:
    """A case with what is on record now."""
    asked = answered_once(tuple(_asked(exchange, one) for one in case.asked))
    found = read_track(exchange.journal, case.track_id)
    return msgspec.structs.replace(
        case,
        asked=asked,
        contradiction=contradiction(exchange, asked, found),
        units=read_units(exchange.journal, case.case_id),
    )


def answers_of(exchange: Exchange, case: IdentificationCase) -> tuple[GivenAnswer, ...]:
    """What the parties have answered so far, each its last word."""
    return tuple(
        _given(exchange, one) for one in case.asked if one.standing in (AnswerStanding.OURS, AnswerStanding.NOT_OURS)
    )


def known_tracks(exchange: Exchange, track_ids: Iterable[str]) -> Mapping[str, TrackIdentification]:
    """What was last known of some tracks."""
    found = {track_id: read_track(exchange.journal, track_id) for track_id in track_ids}
    return {track_id: one for track_id, one in found.items() if one is not None}


def _given(exchange: Exchange, one: AskedParty) -> GivenAnswer:
    item = named_item(exchange, one.party, one.reference)
    return GivenAnswer(
        party=one.party,
        ours=one.standing is AnswerStanding.OURS,
        function=one.answered_by,
        at_s=one.answered_s or 0.0,
        reference=one.reference,
        item=None if item is None else (one.party, item.item_id),
        title="" if item is None else item.title,
        sealed=item is not None and not item.volumes,
    )


def named_item(exchange: Exchange, party: str, reference: str) -> ItemStanding | None:
    """The item of a party that its reference names, as far as it is known here."""
    return read_item(exchange.journal, party, reference) if reference else None


def _asked(exchange: Exchange, one: AskedParty) -> AskedParty:
    line = exchange.lines.get(one.party)
    sequence = None if line is None else line.terms.outgoing.sequence_of(one.message_id)
    if sequence is None:
        return one
    standing = read_standing(exchange.journal, standing_key(one.party, True, sequence))
    if standing is None:
        return one
    said = read_answers(exchange.journal, one.party, sequence)
    settled = next((answer for answer in reversed(said.responses) if answer.verdict in _VERDICTS), None)
    return msgspec.structs.replace(
        one,
        standing=_standing_of(settled, said),
        agencies=tuple(_agency(agency, said) for agency in one.agencies),
        received_s=standing.received_s,
        acknowledged_s=None if standing.answer is None else standing.answer.issued_s,
        answered_s=None if settled is None else settled.at_s,
        answered_by="" if settled is None else settled.function,
        reference="" if settled is None else settled.reference,
        overdue=_overdue(standing),
        late=settled is not None and standing.response.overdue_since_s is not None,
    )


def answered_once(asked: tuple[AskedParty, ...]) -> tuple[AskedParty, ...]:
    """A party with many agencies is asked in several messages; its answer to one of them answers all."""
    answered = {one.party: one for one in sorted(asked, key=lambda one: one.answered_s or 0.0) if one.answered_s}
    return tuple(
        msgspec.structs.replace(
            one,
            standing=answered[one.party].standing,
            answered_s=answered[one.party].answered_s,
            answered_by=answered[one.party].answered_by,
            reference=answered[one.party].reference,
            late=answered[one.party].late,
            overdue=False,
        )
        if one.party in answered
        else one
        for one in asked
    )


def _standing_of(settled: ResponseGiven | None, said: AnswersKept) -> AnswerStanding:
    if settled is not None:
        return _VERDICTS[settled.verdict]
    return AnswerStanding.CHECKING if said.responses else AnswerStanding.NO_ANSWER


def _overdue(standing: Standing) -> bool:
    if standing.response.state is StepState.NOT_ASKED:
        return standing.unanswered_since_s is not None and standing.answer is None
    return standing.response.state is StepState.OVERDUE


def _agency(agency: AskedAgency, said: AnswersKept) -> AskedAgency:
    relay = next((one for one in said.relays if folded(one.unit) == folded(agency.agency)), None)
    if relay is None:
        return agency
    return msgspec.structs.replace(agency, relayed_s=relay.confirmed_s, remark=relay.remark)


def contradiction(exchange: Exchange, asked: tuple[AskedParty, ...], found: TrackIdentification | None) -> str:
    """What cannot all be true, in words; empty where nothing contradicts."""
    ours = sorted({one.party for one in asked if one.standing is AnswerStanding.OURS})
    words = []
    if len(ours) > 1:
        words.append(f"{' and '.join(ours)} have each said that it is theirs")
    for one in asked:
        words += _changed_word(exchange, one)
        if one.standing is AnswerStanding.NOT_OURS:
            words += _denied(one.party, found)
    if len(ours) == 1 and found is not None:
        words += _others_identity(ours[0], found)
    return "; ".join(dict.fromkeys(words))


def _changed_word(exchange: Exchange, one: AskedParty) -> list[str]:
    line = exchange.lines.get(one.party)
    sequence = None if line is None else line.terms.outgoing.sequence_of(one.message_id)
    if sequence is None:
        return []
    said = [answer for answer in read_answers(exchange.journal, one.party, sequence).responses
            if answer.verdict in _VERDICTS]  # fmt: skip
    if len({answer.verdict for answer in said}) < 2:
        return []
    told = " and then ".join(f"{answer.verdict.replace('_', ' ')!r}" for answer in said)
    return [f"{one.party} has said {told}"]


def _denied(party: str, found: TrackIdentification | None) -> list[str]:
    if found is None:
        return []
    matches = () if found.match is None else (found.match,)
    return [
        f"{party} has said that it is not theirs, while {_what(match)} fits it (confidence {match.confidence:.2f})"
        for match in (*matches, *found.alternatives)
        if match.party == party and _counts(match)
    ][:1]


def _counts(match: IdentificationMatch) -> bool:
    # What speaks against the answer must stand without it: its party's denial is already taken off.
    return match.basis in (MatchBasis.FLEET, MatchBasis.DECLARED_IDENTITY) or match.confidence >= IDENTIFY_AT - 0.3


def _what(match: IdentificationMatch) -> str:
    if match.item_id is None:
        return "its own fleet rule"
    return f"its own declared flight {match.title!r}" if match.title else f"its own item {match.item_id}"


def _others_identity(party: str, found: TrackIdentification) -> list[str]:
    named = [match for match in (*(() if found.match is None else (found.match,)), *found.alternatives)
             if match.basis in (MatchBasis.FLEET, MatchBasis.DECLARED_IDENTITY) and match.party != party]  # fmt: skip
    if not named or (found.state is IdentificationState.UNIDENTIFIED and named[0].confidence < IDENTIFY_AT):
        return []
    return [f"{party} has said that it is theirs, while its identity is one of {named[0].party}"]
