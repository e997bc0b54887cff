"""Whether the line to a peer works, as a table; and when it is to be tried next."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from steerclear.model.agreement import LineCheckSchedule


class LinkState(StrEnum):
    """What this side knows of the line to a peer."""

    UNTRIED = "untried"
    UP = "up"
    """The last post was answered by a valid receipt."""
    DOWN = "down"
    """The peer does not answer, or asks to be tried again: messages wait."""
    HALTED = "halted"
    """A fault that no resend cures; a person must look."""


class LinkEvent(StrEnum):
    """What can happen to a link."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """A fault that time or a resend cures."""
    FAULT = "fault"
    """A fault that does not cure itself."""
    RESUMED = "resumed"
    """A person has looked and lets the link go on."""


LINK_STATES: Final[dict[tuple[LinkState, LinkEvent], LinkState]] = {
    (LinkState.UNTRIED, LinkEvent.ANSWERED): LinkState.UP,
    (LinkState.UNTRIED, LinkEvent.UNREACHABLE): LinkState.DOWN,
    (LinkState.UNTRIED, LinkEvent.REFUSED): LinkState.DOWN,
    (LinkState.UNTRIED, LinkEvent.FAULT): LinkState.HALTED,
    (LinkState.UP, LinkEvent.ANSWERED): LinkState.UP,
    (LinkState.UP, LinkEvent.UNREACHABLE): LinkState.DOWN,
    (LinkState.UP, LinkEvent.REFUSED): LinkState.DOWN,
    (LinkState.UP, LinkEvent.FAULT): LinkState.HALTED,
    (LinkState.DOWN, LinkEvent.ANSWERED): LinkState.UP,
    (LinkState.DOWN, LinkEvent.UNREACHABLE): LinkState.DOWN,
    (LinkState.DOWN, LinkEvent.REFUSED): LinkState.DOWN,
    (LinkState.DOWN, LinkEvent.FAULT): LinkState.HALTED,
    (LinkState.HALTED, LinkEvent.RESUMED): LinkState.UNTRIED,
}
"""(state, event) -> state; a pair that is not in the table leaves the state unchanged."""


def next_link_state(state: LinkState, event: LinkEvent) -> LinkState:
    """State of a link after an event."""
    return LINK_STATES.get((state, event), state)


def next_check_in_s(last_check_s: float | None, schedule: LineCheckSchedule, now_s: float) -> float:
    """How long until the schedule asks for a line check; after a pause one is due at once, not one per missed time."""
    if last_check_s is None:
        return 0.0
    return min(schedule.every_s, max(0.0, last_check_s + schedule.every_s - now_s))
