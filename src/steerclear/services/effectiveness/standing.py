"""Where each agreed step of a message stands, for counting: in time, late, missed, not due yet, or not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from steerclear.model.messages import Step
from steerclear.services.effectiveness.observed import ObservedMessage


class Outcome(StrEnum):
    """What became of a step that was agreed for a message."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSED = "missed"
    """Its time has passed and nobody is known to have taken it."""
    OPEN = "open"
    """It was not due yet when this was known."""
    NOT_SHOWN = "not_shown"
    """Withheld entries may have taken it: nobody can say."""


def outcome(message: ObservedMessage, step: Step, known_until_s: float) -> Outcome:
    """What became of a step that is due. By the times that both sides wrote; to the second, without any grace."""
    due_s, taken = message.due[step], message.taken.get(step)
    if step in message.hidden:
        return Outcome.NOT_SHOWN
    if taken is not None and taken.issued_s <= known_until_s:
        return Outcome.IN_TIME if taken.issued_s <= due_s else Outcome.LATE
    return Outcome.MISSED if due_s <= known_until_s else Outcome.OPEN


def outcomes(messages: Iterable[ObservedMessage], step: Step, known_until_s: float) -> dict[str, int]:
    """How many messages came to each outcome; those that did not ask for the step are left out."""
    counts = Counter(outcome(message, step, known_until_s) for message in messages if step in message.due)
    return {str(kind): counts[kind] for kind in Outcome}


def waits_s(messages: Iterable[ObservedMessage], step: Step) -> list[float]:
    """How long each step that was taken took from the issue of its message."""
    return [
        message.taken[step].issued_s - message.issued_s
        for message in messages
        if step in message.due and step in message.taken and step not in message.hidden
    ]
