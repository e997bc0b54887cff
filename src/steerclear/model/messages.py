"""The vocabulary of the line: what desks say to each other.

Every message is addressed to a function at a party, never to a person. Being received (a machine's cosigned
checkpoint), being acknowledged (a named function read it) and being answered are different things; there is no
field in which one could stand for another.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.alert import AlertEvent


class AlertNotice(msgspec.Struct, frozen=True, kw_only=True, tag="alert_notice"):
    """One side tells the other of an alert that concerns both."""

    message_id: str
    to_function: str
    alert: AlertEvent
    acknowledge_by_s: float | None
    """When the acknowledgement is due under the agreement; None where none is agreed."""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True, tag="acknowledgement"):
    """A named function at a desk has read a message. It is not consent, and not a promise to act."""

    message_id: str
    acknowledges: str
    desk_id: str
    function: str
    read_at_s: float
    remark: str = ""


class LineCheck(msgspec.Struct, frozen=True, kw_only=True, tag="line_check"):
    """A desk asks "do you hear me?": a scheduled or spontaneous test of the line."""

    message_id: str
    answer_by_s: float


class LineCheckAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="line_check_answer"):
    """The desk says "I hear you": said by a desk, not only by its machine."""

    message_id: str
    answers: str
    desk_id: str
    function: str


Message = AlertNotice | Acknowledgement | LineCheck | LineCheckAnswer


class MessageState(StrEnum):
    """Where a message stands, as its sender knows it."""

    WAITING = "waiting"
    """Stored on this side; the peer has not yet proved that it holds it."""
    RECEIVED = "received"
    """The peer's machine holds it: its cosignature covers it. No person is known to have read it."""
    ACKNOWLEDGED = "acknowledged"
    """A named function has read it."""
    UNANSWERED = "unanswered"
    """The agreed time has passed without an acknowledgement; it stays so, visibly, until there is one."""


class MessageEvent(StrEnum):
    """What can happen to a sent message."""

    RECEIPT = "receipt"
    ACKNOWLEDGEMENT = "acknowledgement"
    DEADLINE = "deadline"


MESSAGE_STATES: dict[tuple[MessageState, MessageEvent], MessageState] = {
    (MessageState.WAITING, MessageEvent.RECEIPT): MessageState.RECEIVED,
    (MessageState.WAITING, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
    (MessageState.WAITING, MessageEvent.DEADLINE): MessageState.UNANSWERED,
    (MessageState.RECEIVED, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
    (MessageState.RECEIVED, MessageEvent.DEADLINE): MessageState.UNANSWERED,
    (MessageState.UNANSWERED, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
    (MessageState.UNANSWERED, MessageEvent.RECEIPT): MessageState.UNANSWERED,
    (MessageState.ACKNOWLEDGED, MessageEvent.RECEIPT): MessageState.ACKNOWLEDGED,
    (MessageState.ACKNOWLEDGED, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
}
"""(state, event) -> state; a pair that is not in the table is illegal and leaves the state unchanged.

An acknowledgement may overtake the machine's receipt: the reply of a post can be lost while the other direction runs.
"""
