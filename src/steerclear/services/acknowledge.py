"""A desk answers: a named function has read a message, the unit has confirmed, this is what we make of it.

Only people answer. There is no path on which a node acknowledges or answers anything by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from steerclear.dialogue.lifecycle import AnyAnswer, Standing, misfit
from steerclear.model.agreement import Party
from steerclear.model.limits import MAX_NAME_CHARS, MAX_TEXT_CHARS
from steerclear.model.messages import (
    STEPS,
    Acknowledgement,
    Cause,
    LineCheck,
    LineCheckAnswer,
    Message,
    Relay,
    Response,
    Verdict,
)
from steerclear.services.exchange import Draft, Exchange, Sent
from steerclear.services.faults import LineRequestError, NotAnswerableError, UnknownMessageError
from steerclear.services.line_events import read_standing, standing_key

_HOW: Final = "`steerclear line ack`, `relay` or `answer`"


def acknowledge(exchange: Exchange, message_id: str, desk_id: str, function: str, remark: str = "") -> Sent:
    """Say that a function of one of our desks has read a message of a peer's.

    Raises UnknownMessageError, NotAnswerableError, LineRequestError.
    """
    _check_line(remark, "a remark", MAX_TEXT_CHARS)

    def make(own_id: str) -> Acknowledgement:
        return Acknowledgement(
            message_id=own_id,
            acknowledges=message_id,
            desk_id=desk_id,
            function=function,
            read_at_s=exchange.clock.now_s(),
            remark=remark,
        )

    return _answer(exchange, message_id, desk_id, function, make)


def answer_line_check(
    exchange: Exchange,
    message_id: str,
    desk_id: str,
    function: str,
    cause: Cause | None = None,
    remark: str = "",
) -> Sent:
    """Answer a peer's line check by a function of one of our desks; `cause` says why it comes late.

    Raises UnknownMessageError, NotAnswerableError, LineRequestError.
    """
    _check_line(remark, "a remark", MAX_TEXT_CHARS)

    def make(own_id: str) -> LineCheckAnswer:
        return LineCheckAnswer(
            message_id=own_id, answers=message_id, desk_id=desk_id, function=function, cause=cause, remark=remark
        )

    return _answer(exchange, message_id, desk_id, function, make)


def relay(
    exchange: Exchange,
    message_id: str,
    desk_id: str,
    function: str,
    unit: str,
    confirmed_at_s: float | None = None,
    remark: str = "",
) -> Sent:
    """Say that the unit that must act has confirmed a message of a peer's.

    Raises UnknownMessageError, NotAnswerableError, LineRequestError.
    """
    _check_line(unit, "a unit", MAX_NAME_CHARS, required=True)
    _check_line(remark, "a remark", MAX_TEXT_CHARS)
    if confirmed_at_s is not None and confirmed_at_s > exchange.clock.now_s():
        raise LineRequestError("a relay tells what a unit has confirmed; its confirmed_at_s lies in the future")

    def make(own_id: str) -> Relay:
        return Relay(
            message_id=own_id,
            relays=message_id,
            desk_id=desk_id,
            function=function,
            unit=unit,
            confirmed_at_s=exchange.clock.now_s() if confirmed_at_s is None else confirmed_at_s,
            remark=remark,
        )

    return _answer(exchange, message_id, desk_id, function, make)


def respond(
    exchange: Exchange,
    message_id: str,
    desk_id: str,
    function: str,
    verdict: Verdict,
    reference: str = "",
    remark: str = "",
) -> Sent:
    """Say what this side makes of a message of a peer's.

    Raises UnknownMessageError, NotAnswerableError, LineRequestError.
    """
    _check_line(reference, "a reference", MAX_NAME_CHARS)
    _check_line(remark, "a remark", MAX_TEXT_CHARS)

    def make(own_id: str) -> Response:
        return Response(
            message_id=own_id,
            responds_to=message_id,
            desk_id=desk_id,
            function=function,
            verdict=verdict,
            reference=reference,
            remark=remark,
        )

    return _answer(exchange, message_id, desk_id, function, make)


def find_standing(exchange: Exchange, message_id: str) -> Standing:
    """Standing of any message, ours or a peer's. Raises UnknownMessageError."""
    for line in exchange.lines.values():
        for log, outgoing in ((line.terms.incoming, False), (line.terms.outgoing, True)):
            sequence = log.sequence_of(message_id)
            key = None if sequence is None else standing_key(line.peer, outgoing, sequence)
            standing = None if key is None else read_standing(exchange.journal, key)
            if standing is not None:
                return standing
    raise UnknownMessageError(f"no message {message_id!r} was sent or received; `steerclear line status` lists them")


def function_of(party: Party, desk_id: str, function: str) -> None:
    """Raises NotAnswerableError unless the desk of our party has that function under the agreement."""
    if not any(desk.desk_id == desk_id and function in desk.functions for desk in party.desks):
        known = "; ".join(f"{desk.desk_id}: {', '.join(desk.functions)}" for desk in party.desks)
        raise NotAnswerableError(f"{party.party_id} has no function {function!r} at desk {desk_id!r}; it has {known}")


def _answer(exchange: Exchange, message_id: str, desk_id: str, function: str, make: Callable[[str], AnyAnswer]) -> Sent:
    function_of(exchange.us, desk_id, function)
    asked = find_standing(exchange, message_id)
    if asked.outgoing:
        raise NotAnswerableError(f"{message_id} was sent by us; only {asked.peer} can answer it")
    with exchange.line(asked.peer).incoming_lock:
        pass  # The post that brought the message may still be held: our answer must say that we have seen it.
    why = misfit(asked.message, make(""))
    if why is not None:
        proper = "`steerclear line check --answer`" if isinstance(asked.message, LineCheck) else _HOW
        raise NotAnswerableError(f"{message_id}: {why}; it takes {proper if type(asked.message) in STEPS else 'none'}")

    def made(own_id: str) -> Message:
        return make(own_id)

    return exchange.send([Draft(asked.peer, made)])


def _check_line(text: str, what: str, longest: int, required: bool = False) -> None:
    if len(text) > longest or not (text.isprintable() or not text) or (required and not text.strip()):
        raise LineRequestError(f"{what} is one line of at most {longest} printable characters")
