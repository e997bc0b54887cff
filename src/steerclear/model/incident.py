"""An incident: what happened or nearly did, the evidence that each side froze, and what the parties say of it together.

A statement is one side's; a finding, a measure and a read-out are proposals until the other side has said its word.
POSIX UTC seconds.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.volumes import Position


class IncidentCause(StrEnum):
    """What opened an incident."""

    BY_HAND = "by_hand"
    SEPARATION_LOST = "separation_lost"
    """Two aircraft were closer than the agreed minima."""
    ZONE_PENETRATED = "zone_penetrated"
    LINK_LOST = "link_lost"
    """An aircraft of an open alert, or a line, was lost for longer than is agreed."""
    LADDER_ENDED = "ladder_ended"
    """The last rung of a ladder was raised and nobody has answered."""
    REPORTED = "reported"
    """A peer has opened it and told us."""


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    """Its window is not over yet: evidence is still coming in."""
    FROZEN = "frozen"
    """The evidence of this side is a bundle with a hash that the record holds."""
    UNDER_REVIEW = "under_review"
    """The parties have put statements, findings or measures on it."""
    CLOSED = "closed"
    """Every measure is done or dropped, and the parties have said so."""


class IncidentEvent(StrEnum):
    """What can happen to an incident."""

    FREEZE = "freeze"
    REVIEW = "review"
    CLOSE = "close"
    REOPEN = "reopen"


INCIDENT_STATES: dict[tuple[IncidentState, IncidentEvent], IncidentState] = {
    (IncidentState.OPEN, IncidentEvent.FREEZE): IncidentState.FROZEN,
    (IncidentState.FROZEN, IncidentEvent.FREEZE): IncidentState.FROZEN,
    (IncidentState.FROZEN, IncidentEvent.REVIEW): IncidentState.UNDER_REVIEW,
    (IncidentState.UNDER_REVIEW, IncidentEvent.FREEZE): IncidentState.UNDER_REVIEW,
    (IncidentState.UNDER_REVIEW, IncidentEvent.REVIEW): IncidentState.UNDER_REVIEW,
    (IncidentState.UNDER_REVIEW, IncidentEvent.CLOSE): IncidentState.CLOSED,
    (IncidentState.FROZEN, IncidentEvent.CLOSE): IncidentState.CLOSED,
    (IncidentState.CLOSED, IncidentEvent.REOPEN): IncidentState.UNDER_REVIEW,
}
"""(state, event) -> state; a pair that is not in the table is illegal and leaves the state unchanged."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Something that went wrong, or nearly, as one side opened it."""

    incident_id: str
    cause: IncidentCause
    title: str
    opened_by: str
    """Party."""
    opened_s: float
    at_s: float
    """When it happened."""
    from_s: float
    until_s: float
    """The window of which the evidence is frozen."""
    position: Position | None = None
    alert_ids: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    track_ids: tuple[str, ...] = ()
    zone_id: str | None = None
    picture_now_s: float | None = None
    """The picture's time where that is not the node's: of a recording that was played."""


class ReviewItemKind(StrEnum):
    """What the parties put on an incident."""

    STATEMENT = "statement"
    """What one side says happened; the other side's may differ, and both stand side by side."""
    FINDING = "finding"
    MEASURE = "measure"
    """What somebody, by function, is to do by when."""
    READ_OUT = "read_out"
    """The words that both sides will say in public."""
    CLOSING = "closing"
    """That one side has closed it. The other side's closing is its own."""


class MeasureState(StrEnum):
    """Where a measure stands."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DONE = "done"
    DROPPED = "dropped"
