"""A desk answers: a named function has read a message, or hears the other side.

Only people answer. There is no path on which a node acknowledges or answers a line check by itself.
"""

from __future__ import annotations

from steerclear.dialogue.lifecycle import ANSWERED_BY, Standing, kind_of
from steerclear.model.agreement import Party
from steerclear.model.limits import MAX_TEXT_CHARS
from steerclear.model.messages import Acknowledgement, AlertNotice, LineCheck, LineCheckAnswer, Message
from steerclear.services.exchange import Draft, Exchange, Sent
from steerclear.services.faults import LineRequestError, NotAnswerableError, UnknownMessageError
from steerclear.services.line_events import read_standing, standing_key


def acknowledge(exchange: Exchange, message_id: str, desk_id: str, function: str, remark: str = "") -> Sent:
    """Send the acknowledgement of a message that came from a peer, by a function of one of our desks.

    Raises UnknownMessageError, NotAnswerableError.
    """
    asked = _asked(exchange, message_id, desk_id, function, Acknowledgement)
    if len(remark) > MAX_TEXT_CHARS or not (remark.isprintable() or not remark):
        raise LineRequestError(f"a remark is one line of at most {MAX_TEXT_CHARS} printable characters")

    def make(own_id: str) -> Message:
        return Acknowledgement(
            message_id=own_id,
            acknowledges=message_id,
            desk_id=desk_id,
            function=function,
            read_at_s=exchange.clock.now_s(),
            remark=remark,
        )

    return exchange.send([Draft(asked.peer, make)])


def answer_line_check(exchange: Exchange, message_id: str, desk_id: str, function: str) -> Sent:
    """Answer a peer's line check by a function of one of our desks. Raises UnknownMessageError, NotAnswerableError."""
    asked = _asked(exchange, message_id, desk_id, function, LineCheckAnswer)

    def make(own_id: str) -> Message:
        return LineCheckAnswer(message_id=own_id, answers=message_id, desk_id=desk_id, function=function)

    return exchange.send([Draft(asked.peer, make)])


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


def _asked(exchange: Exchange, message_id: str, desk_id: str, function: str, answer_type: type[Message]) -> Standing:
    function_of(exchange.us, desk_id, function)
    asked = find_standing(exchange, message_id)
    if asked.outgoing:
        raise NotAnswerableError(f"{message_id} was sent by us; only {asked.peer} can answer it")
    with exchange.line(asked.peer).incoming_lock:
        pass  # The post that brought the message may still be held: our answer must say that we have seen it.
    expected = ANSWERED_BY.get(type(asked.message))
    if expected is not answer_type:
        how = {AlertNotice: "`steerclear line ack`", LineCheck: "`steerclear line check --answer`"}
        proper = how.get(type(asked.message), "no answer at all")
        raise NotAnswerableError(f"{message_id} is a {kind_of(asked.message)}: it takes {proper}")
    return asked
