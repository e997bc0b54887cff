"""The life of a notice: announced, changed, and ended by its side or by its time."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.messages import Notice


class NoticeState(StrEnum):
    """Where a notice stands."""

    NONE = "none"
    CURRENT = "current"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Its time ran out and nobody renewed it. That what it was about has ended is not said by that."""


class NoticeEvent(StrEnum):
    """What can happen to a notice; all but the last are what its side says."""

    NEW = "new"
    AMENDED = "amended"
    RENEWED = "renewed"
    CANCELLED = "cancelled"
    OPENED = "opened"
    EXPIRED = "expired"


NOTICE_STATES: dict[tuple[NoticeState, NoticeEvent], NoticeState] = {
    (NoticeState.NONE, NoticeEvent.NEW): NoticeState.CURRENT,
    (NoticeState.CURRENT, NoticeEvent.AMENDED): NoticeState.CURRENT,
    (NoticeState.CURRENT, NoticeEvent.RENEWED): NoticeState.CURRENT,
    (NoticeState.CURRENT, NoticeEvent.CANCELLED): NoticeState.CANCELLED,
    (NoticeState.CURRENT, NoticeEvent.OPENED): NoticeState.CURRENT,
    (NoticeState.CURRENT, NoticeEvent.EXPIRED): NoticeState.EXPIRED,
    (NoticeState.EXPIRED, NoticeEvent.CANCELLED): NoticeState.CANCELLED,
    (NoticeState.CANCELLED, NoticeEvent.OPENED): NoticeState.CANCELLED,
    (NoticeState.EXPIRED, NoticeEvent.OPENED): NoticeState.EXPIRED,
}
"""(state, event) -> state; a pair that is not in the table is illegal and leaves the state unchanged.

What has ended does not come back: it is announced anew, under a name of its own. When its time has run out its side can
still say that it is over: until then nobody knows whether what it was about has ended. What was sealed can be opened
also when it is over, for that is when the parties look back.
"""


class NoticeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One notice as one side of the line knows it."""

    peer: str
    outgoing: bool
    state: NoticeState
    notice: Notice
    """Its newest revision that counts."""
    announced_s: float
    """Issue of the first revision."""
    short_by_s: float | None
    """By how much it came later than the agreed notice time, by the newest revision that says where or when; None where
    it came in time."""
    refused: tuple[str, ...] = ()
    """Messages about it that do not follow from its state, the newest last; they stand in the record all the same."""
