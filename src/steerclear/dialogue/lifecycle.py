"""Where each message stands: what answers it, when the answer is due, and what a state table makes of what happens.

One message has one standing on each side of the line. On the sender's side `received_s` is the peer's machine
receipt; on the receiver's side it is when this side stored it. Neither is an answer.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.model.agreement import Party
from steerclear.model.messages import (
    MESSAGE_STATES,
    Acknowledgement,
    AlertNotice,
    LineCheck,
    LineCheckAnswer,
    Message,
    MessageEvent,
    MessageState,
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The first valid answer to a message: which function of which desk gave it, and when."""

    message_id: str
    desk_id: str
    function: str
    issued_s: float
    remark: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One message as one side of the line knows it."""

    message: Message
    peer: str
    outgoing: bool
    sequence: int
    issued_s: float
    state: MessageState
    received_s: float | None = None
    answer: Answer | None = None
    unanswered_since_s: float | None = None
    """Set when the deadline passed without an answer, and kept when an answer comes late."""
    unheeded: str | None = None
    """Why an answer had no effect; it stands in the record all the same."""

    @property
    def kind(self) -> str:
        """The message's name in the vocabulary."""
        return kind_of(self.message)


ANSWERED_BY: Final[dict[type[Message], type[Message]]] = {AlertNotice: Acknowledgement, LineCheck: LineCheckAnswer}
"""What kind of message answers which; no other combination counts."""


def kind_of(message: Message) -> str:
    """Name of a message's kind."""
    return str(type(message).__struct_config__.tag)


def due_s(message: Message) -> float | None:
    """When an answer to this message is due; None for kinds and cases that need none."""
    match message:
        case AlertNotice():
            return message.acknowledge_by_s
        case LineCheck():
            return message.answer_by_s
        case _:
            return None


def answered_id(message: Message) -> str | None:
    """Id of the message that this one answers; None when it is no answer."""
    match message:
        case Acknowledgement():
            return message.acknowledges
        case LineCheckAnswer():
            return message.answers
        case _:
            return None


def begin(message: Message, peer: str, outgoing: bool, sequence: int, issued_s: float, now_s: float) -> Standing:
    """Standing of a message just sent, or just stored at its receiver."""
    return Standing(
        message=message,
        peer=peer,
        outgoing=outgoing,
        sequence=sequence,
        issued_s=issued_s,
        state=MessageState.WAITING if outgoing else MessageState.RECEIVED,
        received_s=None if outgoing else now_s,
    )


def after_receipt(standing: Standing, time_s: float) -> Standing:
    """Standing after the peer's machine has proved that it holds the message."""
    if standing.received_s is not None:
        return standing
    return _move(msgspec.structs.replace(standing, received_s=time_s), MessageEvent.RECEIPT)


def after_deadline(standing: Standing, now_s: float) -> Standing:
    """Standing once the answer is overdue; unchanged when it is answered, needs none, or the time has not come."""
    limit_s = due_s(standing.message)
    if limit_s is None or now_s < limit_s or (standing.state, MessageEvent.DEADLINE) not in MESSAGE_STATES:
        return standing
    return _move(msgspec.structs.replace(standing, unanswered_since_s=limit_s), MessageEvent.DEADLINE)


def why_unheeded(asked: Standing | None, answer: Message, answering: Party, seen_size: int) -> str | None:
    """Why an answer has no effect; None when it counts.

    `seen_size` is how much of the asking log the answer's entry says it had seen: names of messages can be foreseen,
    and "read" said of a message that was not there yet must not count once it is. An answer without effect is stored
    like any entry, for it was signed and sent; but it must not look like an acknowledgement.
    """
    desk_id, function = "", ""
    if isinstance(answer, Acknowledgement | LineCheckAnswer):
        desk_id, function = answer.desk_id, answer.function
    if asked is None:
        return "it answers a message that was never sent on this line"
    if asked.sequence >= seen_size:
        return "it was given before its sender had seen the message"
    if ANSWERED_BY.get(type(asked.message)) is not type(answer):
        return f"a {kind_of(answer)} does not answer a {asked.kind}"
    if not any(desk.desk_id == desk_id and function in desk.functions for desk in answering.desks):
        return f"the agreement gives desk {desk_id!r} of {answering.party_id!r} no function {function!r}"
    return None


def after_answer(asked: Standing, answer: Message, issued_s: float) -> Standing:
    """Standing after a valid answer (see `why_unheeded`); of several, the first is kept as the answer."""
    if not isinstance(answer, Acknowledgement | LineCheckAnswer):
        return asked
    moved = _move(asked, MessageEvent.ACKNOWLEDGEMENT)
    if asked.answer is not None:
        return moved
    given = Answer(
        message_id=answer.message_id,
        desk_id=answer.desk_id,
        function=answer.function,
        issued_s=issued_s,
        remark=answer.remark if isinstance(answer, Acknowledgement) else "",
    )
    return msgspec.structs.replace(moved, answer=given)


def _move(standing: Standing, event: MessageEvent) -> Standing:
    state = MESSAGE_STATES.get((standing.state, event), standing.state)
    return standing if state is standing.state else msgspec.structs.replace(standing, state=state)
