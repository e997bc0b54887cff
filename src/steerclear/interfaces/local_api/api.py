"""The local API: status, messages, answers, line checks, the journal and the record of one node."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Annotated, Final

from litestar import Litestar, Response, get
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import Parameter

from steerclear.dialogue.faults import LineFaultError
from steerclear.interfaces.local_api.answers import (
    JournalPage,
    MessageView,
    Problem,
    journal_page,
    message_view,
)
from steerclear.interfaces.local_api.desk_routes import desk_routes
from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.interfaces.local_api.limits import MAX_BODY_BYTES, MAX_PAGE_ROWS, MAX_SEQUENCE
from steerclear.interfaces.local_api.roles import RoleToken
from steerclear.model.track import Track
from steerclear.services.acknowledge import find_standing
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError, UnknownMessageError, UnknownPeerError
from steerclear.services.line_status import LineStatus, line_status, listed_standings
from steerclear.services.picture_view import PictureView, ShownPicture
from steerclear.store.errors import StoreError

API: Final = "/api/v1"

_logger = logging.getLogger("steerclear.api")

Page = Annotated[int, Parameter(ge=1, le=MAX_PAGE_ROWS)]
After = Annotated[int, Parameter(ge=0, le=MAX_SEQUENCE)]


def local_api(
    exchange: Exchange,
    tokens: Sequence[RoleToken],
    is_ready: Callable[[], str | None],
    bundle: Callable[[str], bytes],
    picture: ShownPicture | None = None,
) -> Litestar:
    """The application behind the loopback port.

    `is_ready` says what is not in order (None when all is); `bundle` makes the record with a peer as a ZIP file;
    `picture` is None for a node that watches no sources.
    """
    gate = Gate(tokens)
    routes = [
        *_health_routes(is_ready),
        *_line_routes(exchange, gate),
        *_record_routes(exchange, gate, bundle),
        *desk_routes(exchange, gate),
        *([] if picture is None else _picture_routes(picture, gate)),
    ]
    return Litestar(
        routes,
        openapi_config=OpenAPIConfig(
            title="steerclear node", version="1", path="/schema", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        exception_handlers={
            LineRequestError: _refuse,
            LineFaultError: _refuse,
            StoreError: _trouble,
            HTTPException: _http_problem,
            RecursionError: _too_deep,
            500: _our_fault,
        },
    )


def _health_routes(is_ready: Callable[[], str | None]) -> list[HTTPRouteHandler]:
    @get("/healthz", sync_to_thread=False, media_type="text/plain")
    def healthz() -> str:
        return "alive"

    @get("/readyz", sync_to_thread=False, media_type="text/plain")
    def readyz() -> Response[str]:
        trouble = is_ready()
        return Response(trouble or "ready", status_code=503 if trouble else 200)

    return [healthz, readyz]


def _line_routes(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/status", sync_to_thread=True)
    def status(request: AnyRequest) -> LineStatus:
        gate.reader(request)
        return line_status(exchange)

    @get(f"{API}/messages", sync_to_thread=True)
    def messages(request: AnyRequest, limit: Page = 100) -> list[MessageView]:
        gate.reader(request)
        return [message_view(standing) for standing in listed_standings(exchange, limit)]

    @get(f"{API}/messages/{{message_id:str}}", sync_to_thread=True)
    def message(request: AnyRequest, message_id: str) -> MessageView:
        gate.reader(request)
        return message_view(find_standing(exchange, message_id))

    return [status, messages, message]


def _record_routes(exchange: Exchange, gate: Gate, bundle: Callable[[str], bytes]) -> list[HTTPRouteHandler]:
    @get(f"{API}/journal", sync_to_thread=True)
    def journal(request: AnyRequest, after: After = 0, limit: Page = 100) -> JournalPage:
        gate.reader(request)
        return journal_page(exchange.journal.journal(after, limit), after)

    @get(f"{API}/record/{{peer:str}}", sync_to_thread=True)
    def record(request: AnyRequest, peer: str) -> Response[bytes]:
        gate.reader(request)
        return Response(bundle(peer), media_type="application/zip")

    return [journal, record]


def _picture_routes(picture: ShownPicture, gate: Gate) -> list[HTTPRouteHandler]:
    @get(f"{API}/picture", sync_to_thread=True)
    def picture_now(request: AnyRequest) -> PictureView:
        gate.reader(request)
        return picture.view()

    @get(f"{API}/picture/tracks", sync_to_thread=True)
    def tracks_now(request: AnyRequest) -> tuple[Track, ...]:
        gate.reader(request)
        return picture.tracks()

    return [picture_now, tracks_now]


def _refuse(_request: AnyRequest, error: Exception) -> Response[Problem]:
    unknown = isinstance(error, UnknownMessageError | UnknownPeerError)
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


def _our_fault(_request: AnyRequest, error: Exception) -> Response[Problem]:
    _logger.error("a request could not be carried out", exc_info=error)
    return Response(Problem(problem="this node has a fault; its log says more"), status_code=500)
