"""What a desk says over the local API: messages, acknowledgements, relays, responses, line checks.

The function that speaks is the token's. Who is not at the desk cannot speak for it, whatever the body says.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import Annotated, Any, Final

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from steerclear.dialogue.limits import MAX_TIME_S
from steerclear.dialogue.link_state import LinkEvent
from steerclear.interfaces.local_api.answers import SentView
from steerclear.interfaces.local_api.gate import AnyRequest, Gate
from steerclear.model.limits import MAX_NAME_CHARS, MAX_PARTIES, MAX_TEXT_CHARS
from steerclear.model.messages import Cause, Sayable, Verdict
from steerclear.services.acknowledge import acknowledge, answer_line_check, relay, respond
from steerclear.services.exchange import Exchange, Sent
from steerclear.services.keep_time import send_line_check
from steerclear.services.line_status import LineStatus, line_status
from steerclear.services.say import say

API: Final = "/api/v1"

Remark = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARS)]
Short = Annotated[str, msgspec.Meta(max_length=MAX_NAME_CHARS)]


class SayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message, without a name and without times: these come from the log and from the agreement."""

    to: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MAX_PARTIES)]
    """Parties; all of them get it, or none."""
    message: Sayable


class AcknowledgementRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a desk says beside "read"."""

    remark: Remark = ""


class RelayRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which unit has confirmed, and when; without a time: now."""

    unit: Short
    confirmed_at_s: Annotated[float, msgspec.Meta(ge=0, le=MAX_TIME_S)] | None = None
    remark: Remark = ""


class ResponseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the desk makes of a message."""

    verdict: Verdict
    reference: Short = ""
    remark: Remark = ""


class LineCheckAnswerRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an answer comes late, where it does."""

    cause: Cause | None = None
    remark: Remark = ""


def desk_routes(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    """Everything that a function of a desk may say."""
    return [*_saying(exchange, gate), *_answering(exchange, gate), *_line_keeping(exchange, gate)]


def _saying(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @post(f"{API}/messages")
    async def say_message(request: AnyRequest, data: JSONBody[SayRequest]) -> SentView:
        """Say something to one party or several, as the token's function; all of them get it, or none."""
        desk_id, function = gate.officer(request)
        return await _sent(await asyncio.to_thread(say, exchange, data.to, data.message, desk_id, function))

    return [say_message]


def _answering(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @post(f"{API}/messages/{{message_id:str}}/acknowledgement")
    async def give_acknowledgement(
        request: AnyRequest, message_id: FromPath[str], data: JSONBody[AcknowledgementRequest]
    ) -> SentView:
        """Acknowledge a message as the token's function: it has been read, no more."""
        desk_id, function = gate.officer(request)
        return await _sent(await asyncio.to_thread(acknowledge, exchange, message_id, desk_id, function, data.remark))

    @post(f"{API}/messages/{{message_id:str}}/relay")
    async def give_relay(request: AnyRequest, message_id: FromPath[str], data: JSONBody[RelayRequest]) -> SentView:
        """Say that the unit that must act has confirmed that it knows."""
        desk_id, function = gate.officer(request)
        said = data.unit, data.confirmed_at_s, data.remark
        return await _sent(await asyncio.to_thread(relay, exchange, message_id, desk_id, function, *said))

    @post(f"{API}/messages/{{message_id:str}}/response")
    async def give_response(
        request: AnyRequest, message_id: FromPath[str], data: JSONBody[ResponseRequest]
    ) -> SentView:
        """Say what the token's function makes of a message."""
        desk_id, function = gate.officer(request)
        said = data.verdict, data.reference, data.remark
        return await _sent(await asyncio.to_thread(respond, exchange, message_id, desk_id, function, *said))

    return [give_acknowledgement, give_relay, give_response]


def _line_keeping(exchange: Exchange, gate: Gate) -> list[HTTPRouteHandler]:
    @post(f"{API}/messages/{{message_id:str}}/line-check-answer")
    async def give_line_check_answer(
        request: AnyRequest, message_id: FromPath[str], data: JSONBody[LineCheckAnswerRequest | None] = None
    ) -> SentView:
        """Answer a peer's line check as the token's function."""
        desk_id, function = gate.officer(request)
        said = (None, "") if data is None else (data.cause, data.remark)
        return await _sent(await asyncio.to_thread(answer_line_check, exchange, message_id, desk_id, function, *said))

    @post(f"{API}/peers/{{peer:str}}/line-check")
    async def check_line(request: AnyRequest, peer: FromPath[str]) -> SentView:
        """Ask a peer's desk: do you hear me?"""
        gate.officer(request)
        return await _sent(await asyncio.to_thread(send_line_check, exchange, peer))

    @post(f"{API}/peers/{{peer:str}}/resume", sync_to_thread=True)
    def resume(request: AnyRequest, peer: FromPath[str]) -> LineStatus:
        """Let a halted link go on, after a person has looked at its fault."""
        _, function = gate.officer(request)
        exchange.move_link(peer, LinkEvent.RESUMED, f"resumed by {function}")
        return line_status(exchange)

    return [give_line_check_answer, check_line, resume]


async def _sent(sent: Sent) -> SentView:
    """What was sent, once it is durable."""
    stored: Future[Any] = sent.stored
    await asyncio.wrap_future(stored)
    return SentView(message_id=sent.message_ids[0], message_ids=sent.message_ids)
