"""The local API: status, messages, answers, line checks, the journal and the record of one node."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from threading import BoundedSemaphore
from typing import IO, Annotated, Final

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.exceptions import HTTPException, ServiceUnavailableException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from steerclear.dialogue.faults import LineFaultError
from steerclear.interfaces.local_api.answers import (
    JournalPage,
    MessageView,
    Problem,
    journal_page,
    message_view,
)
from steerclear.interfaces.local_api.desk_routes import desk_routes
from steerclear.interfaces.local_api.follow_socket import follow_routes
from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.interfaces.local_api.identify_routes import identify_routes
from steerclear.interfaces.local_api.incident_routes import incident_routes
from steerclear.interfaces.local_api.limits import (
    MAX_BODY_BYTES,
    MAX_EXPORTS,
    MAX_PAGE_ROWS,
    MAX_SEQUENCE,
    MAX_TRACK_NAME_CHARS,
)
from steerclear.interfaces.local_api.metrics_page import Metrics, metrics_routes, warning_routes
from steerclear.interfaces.local_api.open_routes import answer_loopback_only, open_routes
from steerclear.interfaces.local_api.plan_routes import plan_routes
from steerclear.interfaces.local_api.report_routes import FlightSeconds, report_routes
from steerclear.interfaces.local_api.roles import RoleToken
from steerclear.interfaces.local_api.schema_page import SchemaPage
from steerclear.interfaces.local_api.stop_routes import stop_routes
from steerclear.model.advice import Advice
from steerclear.model.notices import NoticeStanding, NoticeState
from steerclear.model.track import Track
from steerclear.services.acknowledge import find_standing
from steerclear.services.declare_items import UnknownItemError
from steerclear.services.declared_zones import declared_zones
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError, UnknownMessageError, UnknownPeerError, UnknownTrackError
from steerclear.services.identify.standings import UnknownCaseError
from steerclear.services.incident.freeze import FreezeError, IncidentKeeper
from steerclear.services.incident.write_bundle import IncidentTooLargeError
from steerclear.services.line_status import LineStatus, line_status, listed_standings
from steerclear.services.notice_events import read_notices
from steerclear.services.picture_view import PictureView, ShownPicture
from steerclear.store.errors import StoreError

API: Final = "/api/v1"
PART_BYTES: Final = 256 * 1024
"""How much of a bundle is in memory at a time."""

DESCRIPTION: Final = """The way in for this party's own desks, on this machine only.

Every route under /api/v1 takes the token of a role: "Authorization: Bearer TOKEN". The tokens lie in data/tokens/ \
beside the node's file: reader.token may read; DESK/FUNCTION.token also speaks, as that function and no other. \
Times are POSIX seconds, UTC. What is refused answers with a Problem that says what to do.

To follow the journal, open a WebSocket at /api/v1/journal/follow?after=N with the same header; a page offers the \
subprotocols "steerclear.journal.v1" and "steerclear.token.TOKEN" instead. Each event with a sequence above N comes \
as one JSON text frame (a JournalItem), in order, without gap or repeat. Close code 4008 says that the follower was \
too slow; come again with the last sequence seen. `steerclear line follow` does this."""

_logger = logging.getLogger("steerclear.api")

Page = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_ROWS)]
After = Annotated[int, QueryParameter(ge=0, le=MAX_SEQUENCE)]
AfterNotice = Annotated[str, QueryParameter(max_length=200)]
Ended = Annotated[bool, QueryParameter()]
TrackName = Annotated[str, QueryParameter(min_length=1, max_length=MAX_TRACK_NAME_CHARS)]


def local_api(
    exchange: Exchange,
    tokens: Sequence[RoleToken],
    is_ready: Callable[[], str | None],
    bundle: Callable[[str], IO[bytes]],
    picture: ShownPicture | None = None,
    metrics: Metrics | None = None,
    incidents: IncidentKeeper | None = None,
    flight_s: FlightSeconds | None = None,
) -> Litestar:
    """The application behind the loopback port.

    `is_ready` says what is not in order (None when all is); `bundle` makes the record with a peer as an open ZIP file;
    `picture` is None for a node that watches no sources, `metrics` for one that counts nothing, `incidents` for
    one that keeps no evidence; `flight_s` says how long aircraft were seen flying, None where no reports are kept.
    """
    gate = Gate(tokens)
    routes = [
        *open_routes(is_ready, tokens),
        *metrics_routes(metrics),
        *warning_routes(f"{API}/warnings", metrics, gate.reader),
        *follow_routes(f"{API}/journal/follow", exchange.journal, tokens),
        *_line_routes(exchange, gate),
        *_record_routes(exchange, gate, bundle),
        *desk_routes(exchange, gate),
        *plan_routes(exchange, gate),
        *report_routes(f"{API}/effectiveness", exchange, gate, flight_s),
        *identify_routes(exchange, gate, None if picture is None else picture.identify),
        *stop_routes(exchange, gate, None if picture is None else picture.identify),
        *([] if incidents is None else incident_routes(incidents, gate, picture)),
        *([] if picture is None else _picture_routes(picture, exchange, gate)),
    ]
    return Litestar(
        routes,
        openapi_config=OpenAPIConfig(
            title="steerclear node",
            version="1",
            description=DESCRIPTION,
            use_handler_docstrings=True,
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
            openapi_router=Router(
                "/schema", before_request=answer_loopback_only, route_handlers=[], include_in_schema=False
            ),
            render_plugins=[SchemaPage(), JsonRenderPlugin()],
        ),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        exception_handlers={
            LineRequestError: _refuse,
            LineFaultError: _refuse,
            StoreError: _trouble,
            FreezeError: _trouble,
            IncidentTooLargeError: _refuse,
            HTTPException: _http_problem,
            RecursionError: _too_deep,
            UnicodeDecodeError: _not_text,
            500: _our_fault,
        },
    )


def _line_routes(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/status", sync_to_thread=True)
    def status(request: AnyRequest) -> LineStatus:
        """How the line to every peer stands."""
        gate.reader(request)
        return line_status(exchange)

    @get(f"{API}/messages", sync_to_thread=True)
    def messages(request: AnyRequest, limit: Page = 100) -> list[MessageView]:
        """Messages: what is urgent and unread first, then what is owed an answer, then the newest."""
        gate.reader(request)
        return [message_view(standing) for standing in listed_standings(exchange, limit)]

    @get(f"{API}/notices", sync_to_thread=True)
    def notices(request: AnyRequest, ended: Ended = False, after: AfterNotice = "") -> list[NoticeStanding]:
        """What each side has notified; with `ended` also what was cancelled or has run out.

        At most 1,000 at a time: where so many come, ask for those `after` the last one (`PARTY/out/NAME` for one of
        ours to that party, `PARTY/in/NAME` for one of its own), until fewer do.
        """
        gate.reader(request)
        found = read_notices(exchange.journal, after)
        return list(islice((one for one in found if ended or one.state is NoticeState.CURRENT), MAX_PAGE_ROWS))

    @get(f"{API}/messages/{{message_id:str}}", sync_to_thread=True)
    def message(request: AnyRequest, message_id: FromPath[str]) -> MessageView:
        """One message and where it stands."""
        gate.reader(request)
        return message_view(find_standing(exchange, message_id))

    return [status, messages, notices, message]


def _record_routes(exchange: Exchange, gate: Gate, bundle: Callable[[str], IO[bytes]]) -> list[HTTPRouteHandler]:
    @get(f"{API}/journal", sync_to_thread=True)
    def journal(request: AnyRequest, after: After = 0, limit: Page = 100) -> JournalPage:
        """A page of the node's journal."""
        gate.reader(request)
        return journal_page(exchange.journal.journal(after, limit), after)

    writing = BoundedSemaphore(MAX_EXPORTS)

    @get(f"{API}/record/{{peer:str}}", sync_to_thread=True)
    def record(request: AnyRequest, peer: FromPath[str]) -> Stream:
        """The joint record with a peer as a ZIP file that verifies offline."""
        gate.reader(request)
        if not writing.acquire(blocking=False):
            raise ServiceUnavailableException(f"{MAX_EXPORTS} records are being written already; ask again when one is")
        try:
            file = bundle(peer)
        finally:
            writing.release()
        return Stream(_parts(file), media_type="application/zip")

    return [journal, record]


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(PART_BYTES):
            yield part


def _picture_routes(picture: ShownPicture, exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/picture", sync_to_thread=True)
    def picture_now(request: AnyRequest) -> PictureView:
        """What the node's own picture shows: alerts and sources."""
        gate.reader(request)
        return picture.view()

    @get(f"{API}/picture/tracks", sync_to_thread=True)
    def tracks_now(request: AnyRequest) -> tuple[Track, ...]:
        """All tracks of the picture."""
        gate.reader(request)
        return picture.tracks()

    @get(f"{API}/picture/advice", sync_to_thread=True)
    def advice_for(request: AnyRequest, track: TrackName) -> Advice:
        """What keeps an aircraft of ours clear of all others, and the smallest manoeuvres that do.

        Asked for and shown, never sent: it is advice to our own side, and whoever flies decides.
        """
        gate.reader(request)
        shown_s = picture.view().now_s
        zones, left = declared_zones(exchange, exchange.clock.now_s() if shown_s is None else shown_s)
        found = picture.advice(exchange.us.party_id, track, zones)
        more = (f"{left} volumes of declared zones are too many to be taken into account",) if left else ()
        return msgspec.structs.replace(found, notes=(*found.notes, *more))

    return [picture_now, tracks_now, advice_for]


def _refuse(_request: AnyRequest, error: Exception) -> Response[Problem]:
    unknown = isinstance(
        error, UnknownMessageError | UnknownPeerError | UnknownItemError | UnknownCaseError | UnknownTrackError
    )
    return Response(Problem(problem=str(error)), status_code=404 if unknown else 409)


def _trouble(_request: AnyRequest, error: Exception) -> Response[Problem]:
    return Response(Problem(problem=f"this node cannot store it: {error}"), status_code=503)


def _http_problem(_request: AnyRequest, error: HTTPException) -> Response[Problem]:
    # Which parameter or field is wrong stands beside the detail.
    found = error.extra if isinstance(error.extra, list) else []
    named = [f"{item.get('key', 'body')}: {item['message']}" for item in found if "message" in item]
    return Response(Problem(problem="; ".join([error.detail, *named])), status_code=error.status_code)


def _too_deep(_request: AnyRequest, _error: Exception) -> Response[Problem]:
    return Response(Problem(problem="the body is nested too deeply; send one flat JSON object"), status_code=400)


def _not_text(_request: AnyRequest, _error: Exception) -> Response[Problem]:
    return Response(Problem(problem="the body is not UTF-8; send one JSON object"), status_code=400)


def _our_fault(_request: AnyRequest, error: Exception) -> Response[Problem]:
    _logger.error("a request could not be carried out", exc_info=error)
    return Response(Problem(problem="this node has a fault; its log says more"), status_code=500)
