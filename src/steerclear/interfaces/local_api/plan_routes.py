"""Routes for plans, zones, protected sites and movements: check, declare, amend, move, take back, open, list, show.

One shape for all four. A check declares nothing; a declaration that something stands against is answered with what
that is, and with `declared` false. Nothing here says "permitted": what is declared is known.
"""
# No `from __future__ import annotations` here: the routes of each kind are made with the types of that kind.

import asyncio
from itertools import islice
from typing import Annotated, Any, Final, NamedTuple

from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.interfaces.local_api.limits import MAX_PAGE_ROWS, MAX_PLAN_BODY_BYTES
from steerclear.interfaces.local_api.plan_bodies import (
    CheckView,
    MovementBody,
    OpenBody,
    PlanBody,
    PlanStateBody,
    SiteBody,
    ZoneBody,
    wish_of,
)
from steerclear.model.intent import ConstraintEvent
from steerclear.model.plans import ItemStanding
from steerclear.model.vocabulary import NoticeSubject
from steerclear.services.check_plan import check_item, resolve_item
from steerclear.services.declare_items import Declaration, UnknownItemError, Wish, amend, cancel, move_state, submit
from steerclear.services.exchange import Exchange
from steerclear.services.open_sealed import open_item
from steerclear.services.own_cover import OwnCover, cover_of_request
from steerclear.services.plan_events import read_item, read_items
from steerclear.services.plan_neighbours import is_overdue

API: Final = "/api/v1"

Ended = Annotated[bool, QueryParameter()]
After = Annotated[str, QueryParameter(max_length=160)]
Party = Annotated[str | None, QueryParameter(max_length=64)]


class _Kind(NamedTuple):
    """What differs between the four."""

    path: str
    body: type[Any]
    subject: NoticeSubject
    listed: frozenset[NoticeSubject]


KINDS: Final = (
    _Kind("plans", PlanBody, NoticeSubject.FLIGHT, frozenset({NoticeSubject.FLIGHT})),
    _Kind("zones", ZoneBody, NoticeSubject.ZONE, frozenset({NoticeSubject.ZONE, NoticeSubject.ACTIVITY})),
    _Kind("sites", SiteBody, NoticeSubject.PROTECTED_SITE, frozenset({NoticeSubject.PROTECTED_SITE})),
    _Kind("movements", MovementBody, NoticeSubject.MOVEMENT, frozenset({NoticeSubject.MOVEMENT})),
)


def plan_routes(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    """All of them."""
    routes = [route for kind in KINDS for route in (*_declaring(exchange, gate, kind), *_reading(exchange, gate, kind))]
    return [*routes, *_states(exchange, gate), _cover(exchange, gate)]


def _declaring(exchange: Exchange, gate: Gate, kind: _Kind) -> list[HTTPRouteHandler]:
    body: Any = kind.body

    @post(f"{API}/{kind.path}/check", status_code=200, request_max_body_size=MAX_PLAN_BODY_BYTES)
    async def check(request: AnyRequest, data: JSONBody[body]) -> CheckView:
        """What is known against it, and with `resolve` what would clear it. Nothing is declared or told."""
        gate.reader(request)
        return await asyncio.to_thread(_checked, exchange, wish_of(data), data.resolve)

    @post(f"{API}/{kind.path}", status_code=200, request_max_body_size=MAX_PLAN_BODY_BYTES)
    async def declare(request: AnyRequest, data: JSONBody[body]) -> Declaration:
        """Check and declare; not declared where a finding stands against it that `in_spite_of` does not name."""
        desk_id, function = gate.officer(request)
        return await asyncio.to_thread(submit, exchange, wish_of(data), desk_id, function)

    @put(f"{API}/{kind.path}/{{item_id:str}}", request_max_body_size=MAX_PLAN_BODY_BYTES)
    async def change(request: AnyRequest, item_id: FromPath[str], data: JSONBody[body]) -> Declaration:
        """Check and declare a changed one under its next revision."""
        desk_id, function = gate.officer(request)
        return await asyncio.to_thread(amend, exchange, wish_of(data, item_id), desk_id, function)

    @delete(f"{API}/{kind.path}/{{item_id:str}}", status_code=200)
    async def take_back(request: AnyRequest, item_id: FromPath[str]) -> Declaration:
        """Take it back."""
        desk_id, function = gate.officer(request)
        return await asyncio.to_thread(cancel, exchange, kind.subject, item_id, desk_id, function)

    @post(f"{API}/{kind.path}/{{item_id:str}}/open", status_code=200)
    async def open_sealed(
        request: AnyRequest, item_id: FromPath[str], data: JSONBody[OpenBody | None] = None
    ) -> Declaration:
        """Show the other side what was sealed; it sees that it was declared so."""
        desk_id, function = gate.officer(request)
        revision = None if data is None else data.revision
        return await asyncio.to_thread(open_item, exchange, kind.subject, item_id, desk_id, function, revision)

    return [check, declare, change, take_back, open_sealed]


def _reading(exchange: Exchange, gate: Gate, kind: _Kind) -> list[HTTPRouteHandler]:
    @get(f"{API}/{kind.path}", sync_to_thread=True)
    def listed(request: AnyRequest, ended: Ended = False, after: After = "") -> list[ItemStanding]:
        """What is known of them, ours and the peers'; with `ended` also what has come to its end.

        A flight in use whose time ran out is shown for a day, unless its party has said that it ended.
        At most 1,000 at a time: where so many come, ask for those `after` the last one (`=/NAME` for one of ours,
        `PARTY/NAME` for a peer's), until fewer do.
        """
        gate.reader(request)
        now_s = exchange.clock.now_s()
        found = (one for one in read_items(exchange.journal, after) if one.subject in kind.listed)
        shown = (one for one in found if ended or one.in_force(now_s) or is_overdue(one, now_s))
        return list(islice(shown, MAX_PAGE_ROWS))

    @get(f"{API}/{kind.path}/{{item_id:str}}", sync_to_thread=True)
    def shown(request: AnyRequest, item_id: FromPath[str], party: Party = None) -> ItemStanding:
        """One of them: ours, or the peer's that has that name; `party` tells which where several have."""
        gate.reader(request)
        us = exchange.us.party_id
        parties = [None, *exchange.lines] if party is None else [None if party == us else party]
        for one in parties:
            found = read_item(exchange.journal, one, item_id)
            if found is not None and found.subject in kind.listed:
                return found
        raise UnknownItemError(f"nothing named {item_id!r} is known among the {kind.path}")

    return [listed, shown]


def _states(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @post(f"{API}/plans/{{item_id:str}}/state", status_code=200, request_max_body_size=MAX_PLAN_BODY_BYTES)
    async def move_plan(request: AnyRequest, item_id: FromPath[str], data: JSONBody[PlanStateBody]) -> Declaration:
        """Say what has happened to a flight: activated, outside its volumes, back, given up, ended."""
        desk_id, function = gate.officer(request)
        said = data.event, desk_id, function, data.off_nominal_volumes
        return await asyncio.to_thread(move_state, exchange, NoticeSubject.FLIGHT, item_id, *said)

    @post(f"{API}/zones/{{item_id:str}}/close", status_code=200)
    async def close_zone(request: AnyRequest, item_id: FromPath[str]) -> Declaration:
        """Close a zone before its time is over."""
        desk_id, function = gate.officer(request)
        said = ConstraintEvent.CLOSE, desk_id, function
        return await asyncio.to_thread(move_state, exchange, NoticeSubject.ZONE, item_id, *said)

    return [move_plan, close_zone]


def _cover(exchange: Exchange, gate: Gate) -> HTTPRouteHandler:
    @get(f"{API}/messages/{{message_id:str}}/ours", sync_to_thread=True)
    def cover(request: AnyRequest, message_id: FromPath[str]) -> tuple[OwnCover, ...]:
        """What of ours may be what an identification request asks about, sealed or not; a desk decides what it says."""
        gate.reader(request)
        return cover_of_request(exchange, message_id)

    return cover


def _checked(exchange: Exchange, wish: Wish, resolve: bool) -> CheckView:
    checked, _ = check_item(exchange, wish.item, wish.stated)
    return CheckView(check=checked, resolutions=resolve_item(exchange, wish.item, wish.stated) if resolve else None)
