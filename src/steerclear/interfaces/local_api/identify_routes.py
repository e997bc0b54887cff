"""Routes of identification: tracks with what is known of them, cases, questions that arrived, and who was told."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from steerclear.dialogue.lifecycle import Standing
from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.interfaces.local_api.limits import MAX_PAGE_ROWS
from steerclear.model.identification import Approach, IdentificationCase, IdentificationState, TrackIdentification
from steerclear.model.limits import MAX_NAME_CHARS, MAX_TEXT_CHARS
from steerclear.model.messages import IdentificationRequest
from steerclear.model.track import Track
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError
from steerclear.services.identify.events import NotAsked, read_not_asked, read_questions
from steerclear.services.identify.limits import MAX_UNITS
from steerclear.services.identify.standings import cases, find_case
from steerclear.services.identify.suggest import Suggested, suggest, suggested
from steerclear.services.identify.tell_units import tell_units, unit_confirms
from steerclear.services.line_events import read_standing, standing_key
from steerclear.services.picture_view import KnownTracks

API: Final = "/api/v1"
MAX_TRACK_CHARS: Final = 200
_ORDER: Final = {
    IdentificationState.UNIDENTIFIED: 0,
    IdentificationState.NON_CONFORMING: 1,
    IdentificationState.IDENTIFIED: 2,
}

Closed = Annotated[bool, QueryParameter()]
Track_ = Annotated[str, QueryParameter(max_length=MAX_TRACK_CHARS, name="track")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARS)]
Remark = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)]


class KnownTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A track and what is known of whose it is."""

    track: Track
    identification: TrackIdentification | None
    """None before the first look at it."""
    approaches: tuple[Approach, ...] = ()
    """What it is in or heads for; only where one track is asked for."""


class CaseList(msgspec.Struct, frozen=True, kw_only=True):
    """Cases, and aircraft that were not asked about."""

    cases: tuple[IdentificationCase, ...]
    not_asked: tuple[NotAsked, ...]


class ArrivedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question of a peer's, with what of ours may be meant; nothing is answered by itself."""

    peer: str
    issued_s: float
    respond_by_s: float | None
    answered: str
    """What we have answered, "checking", or "no answer"."""
    question: IdentificationRequest
    suggested: Suggested


class AskBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which aircraft every party is asked about."""

    track_id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TRACK_CHARS)]
    text: Remark = ""


class UnitsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units that are told whose the aircraft is."""

    units: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=MAX_UNITS)]


class ConfirmBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit that has confirmed that it knows."""

    unit: Name
    remark: Remark = ""


def identify_routes(exchange: Exchange, gate: Gate, known: KnownTracks | None) -> list[HTTPRouteHandler]:
    """All of them; `known` is None for a node without a picture, which says so."""
    return [
        *_case_routes(exchange, gate),
        *_question_routes(exchange, gate),
        *_unit_routes(exchange, gate),
        *_track_routes(known, gate),
    ]


def _of(known: KnownTracks | None) -> KnownTracks:
    if known is None:
        raise LineRequestError("this node has no picture, so no tracks; its file names sources under [picture]")
    return known


def _track_routes(known: KnownTracks | None, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/tracks", sync_to_thread=True)
    def tracks(request: AnyRequest) -> list[KnownTrack]:
        """Every track of the picture with what is known of whose it is: those that nobody knows first."""
        gate.reader(request)
        rows = [KnownTrack(track=track, identification=found) for track, found in _of(known).known()]
        return sorted(rows, key=_by_need)

    @get(f"{API}/tracks/one", sync_to_thread=True)
    def one_track(request: AnyRequest, track: Track_) -> KnownTrack:
        """One track: whose it is, why, what else it could be, and what it is in or heads for."""
        gate.reader(request)
        picture = _of(known)
        found = {one.track_id: what for one, what in picture.known()}
        return KnownTrack(
            track=picture.track(track), identification=found.get(track), approaches=picture.approaches(track)
        )

    @post(f"{API}/identification/ask")
    async def ask(request: AnyRequest, data: JSONBody[AskBody]) -> IdentificationCase:
        """Ask every party and agency about one track, as the token's function."""
        desk_id, function = gate.officer(request)
        return await asyncio.to_thread(_of(known).ask, data.track_id, desk_id, function, data.text)

    return [tracks, one_track, ask]


def _by_need(row: KnownTrack) -> tuple[int, str]:
    state = IdentificationState.UNIDENTIFIED if row.identification is None else row.identification.state
    return _ORDER[state], row.track.track_id


def _case_routes(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/identification/cases", sync_to_thread=True)
    def list_cases(request: AnyRequest, closed: Closed = False) -> CaseList:
        """Aircraft that were asked about, with what every party and agency has said; with `closed` also closed ones."""
        gate.reader(request)
        found = cases(exchange, closed=closed)
        silent = tuple(read_not_asked(exchange.journal))[:MAX_PAGE_ROWS]
        return CaseList(cases=tuple(found[:MAX_PAGE_ROWS]), not_asked=silent)

    @get(f"{API}/identification/cases/{{case_id:str}}", sync_to_thread=True)
    def one_case(request: AnyRequest, case_id: FromPath[str]) -> IdentificationCase:
        """One case with all answers, relays and units."""
        gate.reader(request)
        return find_case(exchange, case_id)

    return [list_cases, one_case]


def _question_routes(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/identification/questions", sync_to_thread=True)
    def questions(request: AnyRequest, closed: Closed = False) -> list[ArrivedQuestion]:
        """What peers ask us, with what of ours may be meant; with `closed` also what we have answered."""
        gate.reader(request)
        return [_arrived(exchange, one) for one in _asked_us(exchange, closed=closed)]

    @get(f"{API}/identification/questions/{{message_id:str}}/suggestion", sync_to_thread=True)
    def suggestion(request: AnyRequest, message_id: FromPath[str]) -> Suggested:
        """What of ours may be what a peer asks about, with reasons; an answer is a person's."""
        gate.reader(request)
        return suggest(exchange, message_id)

    return [questions, suggestion]


def _asked_us(exchange: Exchange, *, closed: bool) -> list[Standing]:
    """The newest questions of peers, those that are still to be answered or all; what may be meant is not looked up."""
    found = []
    for one in read_questions(exchange.journal):
        standing = read_standing(exchange.journal, standing_key(one.peer, False, one.sequence))
        if standing is not None and (closed or standing.response.given is None):
            found.append(standing)
    return sorted(found, key=lambda one: -one.issued_s)[:MAX_PAGE_ROWS]


def _arrived(exchange: Exchange, standing: Standing) -> ArrivedQuestion:
    question = standing.message
    if not isinstance(question, IdentificationRequest):
        raise LineRequestError(f"{question.message_id} asks no such thing")
    given = standing.response.given or standing.response.interim
    return ArrivedQuestion(
        peer=standing.peer,
        issued_s=standing.issued_s,
        respond_by_s=standing.response.due_s,
        answered="no answer" if given is None or given.verdict is None else given.verdict.value.replace("_", " "),
        question=question,
        suggested=suggested(exchange, question),
    )


def _unit_routes(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @post(f"{API}/identification/cases/{{case_id:str}}/units")
    async def tell(request: AnyRequest, case_id: FromPath[str], data: JSONBody[UnitsBody]) -> IdentificationCase:
        """Tell units of ours whose the aircraft is; each of them still has to confirm."""
        desk_id, function = gate.officer(request)
        return await asyncio.to_thread(tell_units, exchange, case_id, data.units, desk_id, function)

    @post(f"{API}/identification/cases/{{case_id:str}}/confirmation")
    async def confirm(request: AnyRequest, case_id: FromPath[str], data: JSONBody[ConfirmBody]) -> IdentificationCase:
        """A unit has confirmed that it knows."""
        desk_id, function = gate.officer(request)
        said = data.unit, desk_id, function, data.remark
        return await asyncio.to_thread(unit_confirms, exchange, case_id, *said)

    return [tell, confirm]
