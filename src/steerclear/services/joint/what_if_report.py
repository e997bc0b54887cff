"""What would have been otherwise under another agreement, as a value. Joined times, POSIX UTC seconds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

ASSUMPTIONS: Final = (
    "What people said and when they said it is kept as it was recorded: nobody is taken to have answered faster because"
    " he was reached earlier, nor later because he was reached later.",
    "Messages are kept as they were sent: an alert that would have come earlier, later or not at all sends no other"
    " message here.",
    "Aircraft are kept as they flew.",
)


class Change(StrEnum):
    """How something compares with what was recorded."""

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"
    ONLY_RECORDED = "only_recorded"
    """It would not have been."""
    ONLY_OTHER = "only_other"
    """It was not, and would have been."""


class RungChange(msgspec.Struct, frozen=True, kw_only=True):
    """A function that is reached by a ladder."""

    message_id: str
    about: str
    party: str
    function: str
    recorded_s: float | None
    other_s: float | None
    change: Change
    words: str


class DeadlineChange(msgspec.Struct, frozen=True, kw_only=True):
    """When a step was due, and whether it was there by then."""

    message_id: str
    about: str
    step: str
    recorded_due_s: float | None
    other_due_s: float | None
    recorded_missed: bool
    other_missed: bool
    words: str


class AlertChangeFound(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of one side's picture."""

    party: str
    kind: str
    subjects: tuple[str, ...]
    zone_id: str
    severity: str
    """From which on the alert is looked at: the first time that it was at least so grave."""
    recorded_s: float | None
    other_s: float | None
    change: Change
    words: str


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded incident, and the same under another agreement."""

    incident_id: str
    recorded_agreement: str
    other_agreement: str
    sides: tuple[str, ...]
    rungs: tuple[RungChange, ...]
    deadlines: tuple[DeadlineChange, ...]
    alerts: tuple[AlertChangeFound, ...]
    steps: int
    """Recorded steps of pictures that were run again."""
    in_words: tuple[str, ...]
    """What would have been otherwise, most important first; that nothing would have been is said too."""
    assumptions: tuple[str, ...] = ASSUMPTIONS
    not_run: tuple[str, ...] = ()
    """What could not be run again, and why."""


def compared(recorded_s: float | None, other_s: float | None) -> Change:
    """How a time compares with the recorded one; within a second it is the same."""
    if recorded_s is None or other_s is None:
        return Change.ONLY_RECORDED if recorded_s is not None else Change.ONLY_OTHER
    if abs(other_s - recorded_s) < SAME_WITHIN_S:
        return Change.SAME
    return Change.EARLIER if other_s < recorded_s else Change.LATER


SAME_WITHIN_S: Final = 1.0
"""Nodes look at their deadlines four times a second: less than that is no difference."""
