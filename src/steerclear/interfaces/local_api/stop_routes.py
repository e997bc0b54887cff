"""Routes of the safety stop in one action, and of reading a message's place back."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.model.limits import MAX_IDENTIFIER_CHARS, MAX_PARTIES, MAX_TEXT_CHARS
from steerclear.model.messages import IdentificationRequest, IncidentReport, Notice, SafetyStop
from steerclear.services.acknowledge import find_standing
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError
from steerclear.services.identify.doubts import doubt_about, silent_s
from steerclear.services.picture_view import KnownTracks
from steerclear.services.stop_from import (
    AHEAD_S,
    LASTS_S,
    MARGIN_M,
    StopSent,
    StopWish,
    read_back_words,
    send_stop,
    volume_around_item,
    volume_around_track,
)

API: Final = "/api/v1"

Party = Annotated[str, msgspec.Meta(max_length=MAX_IDENTIFIER_CHARS)]


class StopBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the stop is drawn around: exactly one of track and item; and how it is sent."""

    track_id: Annotated[str, msgspec.Meta(max_length=200)] = ""
    item_id: Annotated[str, msgspec.Meta(max_length=MAX_IDENTIFIER_CHARS)] = ""
    """A zone of the agreement, or a declared zone, site, movement or flight."""
    to: Annotated[tuple[Party, ...], msgspec.Meta(max_length=MAX_PARTIES)] = ()
    """Parties; left out: all of them."""
    margin_m: float = MARGIN_M
    ahead_s: float = AHEAD_S
    lasts_s: float = LASTS_S
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)] = ""


class ReadBack(msgspec.Struct, frozen=True):
    """Where the places of a message are, in words, from places that both sides know."""

    message_id: str
    words: tuple[str, ...]
    """Empty where no place is known by name, or the message has no place."""


def stop_routes(exchange: Exchange, gate: Gate, known: KnownTracks | None) -> list[HTTPRouteHandler]:
    """Both of them."""

    @post(f"{API}/stops")
    async def stop(request: AnyRequest, data: JSONBody[StopBody]) -> StopSent:
        """Send a safety stop around a track's way ahead, a zone or a site: people of ours are here, keep clear."""
        desk_id, function = gate.officer(request)
        return await asyncio.to_thread(_stop, exchange, known, data, desk_id, function)

    @get(f"{API}/messages/{{message_id:str}}/read-back", sync_to_thread=True)
    def read_back(request: AnyRequest, message_id: FromPath[str]) -> ReadBack:
        """The places of a message by distance and bearing from known places: to be read aloud by both desks."""
        gate.reader(request)
        return ReadBack(message_id, tuple(_places(exchange, message_id)))

    return [stop, read_back]


def _stop(exchange: Exchange, known: KnownTracks | None, body: StopBody, desk_id: str, function: str) -> StopSent:
    if bool(body.track_id) == bool(body.item_id):
        raise LineRequestError("name exactly one of track_id and item_id")
    wish = StopWish(to=body.to, margin_m=body.margin_m, ahead_s=body.ahead_s, lasts_s=body.lasts_s, text=body.text)
    wish.check()
    now_s, doubt = exchange.clock.now_s(), ""
    if body.item_id:
        volume = volume_around_item(exchange, body.item_id, now_s, wish)
    elif known is None:
        raise LineRequestError("this node has no picture, so no tracks; name a zone or site")
    else:
        # Its age is told by the picture's time, which is another than ours where a recording is played.
        track, picture_s = known.track(body.track_id), known.now_s
        volume = volume_around_track(track, now_s, wish, silent_s(track, picture_s))
        doubt = doubt_about(track, picture_s)
    return send_stop(exchange, volume, wish, desk_id, function, doubt)


def _places(exchange: Exchange, message_id: str) -> list[str]:
    match find_standing(exchange, message_id).message:
        case SafetyStop(volume=volume):
            words = [read_back_words(exchange, volume)]
        case Notice(volumes=volumes):
            words = [read_back_words(exchange, volume) for volume in volumes]
        case IdentificationRequest(position=position):
            words = [read_back_words(exchange, position)]
        case IncidentReport(position=where) if where is not None:
            words = [read_back_words(exchange, where)]
        case _:
            words = []
    return [word for word in words if word]
