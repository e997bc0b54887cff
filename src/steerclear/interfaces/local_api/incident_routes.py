"""Incidents over the local API: open, freeze, hand out bundles, and put on them what the parties say together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any, Final

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from steerclear.dialogue.limits import MAX_TIME_S
from steerclear.interfaces.local_api.answers import SentView
from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.interfaces.local_api.limits import MAX_PAGE_ROWS
from steerclear.model.incident import MeasureState, ReviewItemKind
from steerclear.model.limits import MAX_IDENTIFIER_CHARS, MAX_NAME_CHARS, MAX_PARTIES, MAX_TEXT_CHARS
from steerclear.model.messages import Verdict
from steerclear.services.exchange import Exchange, Sent
from steerclear.services.incident.freeze import IncidentKeeper
from steerclear.services.incident.incident_events import BundleFrozen, IncidentStanding
from steerclear.services.incident.open_incident import ByHand, IncidentRequestError, open_by_hand
from steerclear.services.incident.review import (
    ItemView,
    ReadOut,
    Said,
    answer_item,
    close_incident,
    incidents_after,
    known_incident,
    put_item,
    read_outs,
    review_of,
    why_not_closed,
)
from steerclear.services.line_events import read_standing, standing_key
from steerclear.services.picture_view import ShownPicture

API: Final = "/api/v1"
PART_BYTES: Final = 256 * 1024
_RECORDING_S: Final = 5.0
"""A picture whose time is further from the node's than this plays a recording."""

Moment = Annotated[float, msgspec.Meta(ge=0, le=MAX_TIME_S)]
Names = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=160)], ...], msgspec.Meta(max_length=64)]
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_IDENTIFIER_CHARS)]
AfterIncident = Annotated[str, QueryParameter(max_length=MAX_IDENTIFIER_CHARS)]
Page = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_ROWS)]
Paragraphs = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)], ...], msgspec.Meta(max_length=16)]


class OpenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened; times are the node's, and without them it happened now."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARS)]
    at_s: Moment | None = None
    from_s: Moment | None = None
    until_s: Moment | None = None
    track_ids: Names = ()
    alert_ids: Names = ()
    message_ids: Names = ()
    to: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_PARTIES)] | None = None


class ItemRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement, finding, measure or read-out; the same name again is its next revision."""

    kind: ReviewItemKind
    item_id: Identifier
    words: Paragraphs = ()
    owner_party: Annotated[str, msgspec.Meta(max_length=MAX_IDENTIFIER_CHARS)] = ""
    owner_function: Annotated[str, msgspec.Meta(max_length=MAX_IDENTIFIER_CHARS)] = ""
    due_s: Moment | None = None
    state: MeasureState | None = None


class ItemAnswerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What we say to a peer's item."""

    party: str
    item_id: Identifier
    verdict: Verdict
    remark: Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)] = ""


class CloseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word with it."""

    remark: Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)] = ""


class BundleProof(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle of ours, and to whom its hash is proved to have come."""

    bundle: BundleFrozen
    received_s: dict[str, float]
    """By peer: when its machine first cosigned the entry that tells the hash; a peer that has not is not here."""


class IncidentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All that this side knows of an incident."""

    standing: IncidentStanding
    proofs: tuple[BundleProof, ...]
    items: tuple[ItemView, ...]
    against_closing: tuple[str, ...]
    trouble: str = ""
    """Why its evidence could not be frozen at the last try."""


def incident_routes(keeper: IncidentKeeper, gate: Gate, picture: ShownPicture | None = None) -> list[HTTPRouteHandler]:
    """Everything about incidents."""
    return [*_reading(keeper, gate), *_keeping(keeper, gate, picture), *_reviewing(keeper.exchange, gate)]


def _reading(keeper: IncidentKeeper, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/incidents", sync_to_thread=True)
    def incidents(
        request: AnyRequest, after: AfterIncident = "", limit: Page = MAX_PAGE_ROWS
    ) -> list[IncidentStanding]:
        """Incidents by when they happened, `limit` at a time: for more, ask for those `after` the last one's id."""
        gate.reader(request)
        return incidents_after(keeper.exchange, after)[:limit]

    @get(f"{API}/incidents/{{incident_id:str}}", sync_to_thread=True)
    def incident(request: AnyRequest, incident_id: FromPath[str]) -> IncidentDetail:
        """One incident: evidence of both sides, items, answers, and what stands against closing it."""
        gate.reader(request)
        return incident_detail(keeper, incident_id)

    @get(f"{API}/incidents/{{incident_id:str}}/bundles/{{number:int}}", sync_to_thread=True)
    def incident_bundle(request: AnyRequest, incident_id: FromPath[str], number: FromPath[int]) -> Stream:
        """A bundle of ours as a ZIP file that verifies offline."""
        gate.reader(request)
        standing = known_incident(keeper.exchange, incident_id)
        found = next((bundle for bundle in standing.bundles if bundle.number == number), None)
        if found is None or not keeper.path(found).is_file():
            raise IncidentRequestError(f"there is no bundle {number} of incident {incident_id}")
        return Stream(_parts(keeper.path(found)), media_type="application/zip")

    @get(f"{API}/incidents/{{incident_id:str}}/read-outs", sync_to_thread=True)
    def incident_read_outs(request: AnyRequest, incident_id: FromPath[str]) -> list[ReadOut]:
        """The read-outs of an incident, with both sides' entries and what is proved of them."""
        gate.reader(request)
        return read_outs(keeper.exchange, known_incident(keeper.exchange, incident_id).incident.incident_id)

    return [incidents, incident, incident_bundle, incident_read_outs]


def _keeping(keeper: IncidentKeeper, gate: Gate, picture: ShownPicture | None) -> list[HTTPRouteHandler]:
    @post(f"{API}/incidents", sync_to_thread=True)
    def open_incident(request: AnyRequest, data: JSONBody[OpenRequest]) -> IncidentStanding:
        """Open an incident as the token's function; its evidence is kept, and the peers concerned are told."""
        desk_id, function = gate.officer(request)
        shown_s = None if picture is None else picture.view().now_s
        plays = shown_s is not None and abs(shown_s - keeper.exchange.clock.now_s()) > _RECORDING_S
        asked = ByHand(
            title=data.title,
            at_s=data.at_s,
            from_s=data.from_s,
            until_s=data.until_s,
            track_ids=data.track_ids,
            alert_ids=data.alert_ids,
            message_ids=data.message_ids,
            to=data.to,
            picture_now_s=shown_s if plays and data.at_s is None else None,
        )
        return open_by_hand(keeper.exchange, keeper.policy, asked, desk_id, function, token_hex(8))

    @post(f"{API}/incidents/{{incident_id:str}}/freeze", sync_to_thread=True)
    def freeze_incident(request: AnyRequest, incident_id: FromPath[str]) -> BundleFrozen:
        """Freeze the evidence as it is now; before its window is over it is frozen again at its end."""
        gate.officer(request)
        return keeper.freeze(incident_id)

    return [open_incident, freeze_incident]


def _reviewing(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @post(f"{API}/incidents/{{incident_id:str}}/items")
    async def put_review_item(request: AnyRequest, incident_id: FromPath[str], data: JSONBody[ItemRequest]) -> SentView:
        """Put a statement, finding, measure or read-out to every party concerned, as the token's function."""
        desk_id, function = gate.officer(request)
        said = msgspec.convert(msgspec.structs.asdict(data), Said)
        return await _sent(await asyncio.to_thread(put_item, exchange, incident_id, said, desk_id, function))

    @post(f"{API}/incidents/{{incident_id:str}}/answers")
    async def answer_review_item(
        request: AnyRequest, incident_id: FromPath[str], data: JSONBody[ItemAnswerRequest]
    ) -> SentView:
        """Answer the newest revision of a peer's item, as the token's function."""
        desk_id, function = gate.officer(request)
        said = data.party, data.item_id, data.verdict, desk_id, function, data.remark
        return await _sent(await asyncio.to_thread(answer_item, exchange, incident_id, *said))

    @post(f"{API}/incidents/{{incident_id:str}}/close", sync_to_thread=True)
    def close(request: AnyRequest, incident_id: FromPath[str], data: JSONBody[CloseRequest]) -> IncidentStanding:
        """Close an incident on this side, once every measure is done or dropped and everybody has said his word."""
        desk_id, function = gate.officer(request)
        return close_incident(exchange, incident_id, desk_id, function, data.remark)

    return [put_review_item, answer_review_item, close]


def incident_detail(keeper: IncidentKeeper, incident_id: str) -> IncidentDetail:
    """All that this side knows of an incident. Raises IncidentRequestError."""
    exchange = keeper.exchange
    standing = known_incident(exchange, incident_id)
    name = standing.incident.incident_id
    items = tuple(review_of(exchange, name))
    return IncidentDetail(
        standing=standing,
        proofs=tuple(_proof(exchange, standing, bundle) for bundle in standing.bundles),
        items=items,
        against_closing=tuple(why_not_closed(standing, items, exchange.us.party_id)),
        trouble=keeper.trouble.get(name, ""),
    )


def _proof(exchange: Exchange, standing: IncidentStanding, bundle: BundleFrozen) -> BundleProof:
    received: dict[str, float] = {}
    for placed in standing.told:
        held = read_standing(exchange.journal, standing_key(placed.peer, placed.outgoing, placed.sequence))
        attachments = () if held is None else getattr(held.message, "attachments", ())
        told = any(attachment.sha256 == bundle.sha256 for attachment in attachments)
        if held is not None and told and held.received_s is not None:
            received[placed.peer] = held.received_s
    return BundleProof(bundle=bundle, received_s=received)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part


async def _sent(sent: Sent) -> SentView:
    stored: Future[Any] = sent.stored
    await asyncio.wrap_future(stored)
    return SentView(message_id=sent.message_ids[0], message_ids=sent.message_ids)
