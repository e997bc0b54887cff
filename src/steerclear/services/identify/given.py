"""What identification was given, in the journal whenever it changes: flights, answers and, once, what it remembered.

With these and the picture's own steps the same decisions can be made again; so a replay needs no guess of which
declaration or answer was known at which step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from steerclear.model.identification import TrackIdentification
from steerclear.store.entries import Event
from steerclear.store.limits import MAX_PAYLOAD_BYTES
from steerclear.strategic.answers import GivenAnswer
from steerclear.strategic.expected import ExpectedFlight

GIVEN: Final = "identification.given"
"""Journal kind of what identification was given."""

_ENCODER = msgspec.json.Encoder()


class IdentificationGiven(msgspec.Struct, frozen=True, kw_only=True):
    """From this step on identification works with these; None: with what it had."""

    now_s: float
    """The picture's `now` of the step."""
    flights: tuple[ExpectedFlight, ...] | None = None
    answers: dict[str, tuple[GivenAnswer, ...]] | None = None
    """By track: what parties have said to "is this yours?"."""
    remembered: tuple[TrackIdentification, ...] | None = None
    """What was known of tracks when the picture began; with the first step only."""
    left_out: bool = False
    """They were too many for one row: from here on the decisions cannot be made again."""


class GivenNotes:
    """Tells what is to be noted at a step; `noted` says that it is durable."""

    def __init__(self, remembered: Sequence[TrackIdentification]) -> None:
        self._remembered: tuple[TrackIdentification, ...] | None = tuple(remembered)
        self._flights: Sequence[ExpectedFlight] | None = None
        self._answers: dict[str, tuple[GivenAnswer, ...]] = {}

    def to_note(
        self, now_s: float, flights: Sequence[ExpectedFlight], answers: Mapping[str, tuple[GivenAnswer, ...]]
    ) -> IdentificationGiven | None:
        """What has changed since the last note; None for nothing."""
        # A set that was not read again is the very same object: nothing is compared on most steps.
        same = flights is self._flights or (self._flights is not None and tuple(flights) == tuple(self._flights))
        if same and answers == self._answers and self._remembered is None:
            return None
        return IdentificationGiven(
            now_s=now_s,
            flights=None if same else tuple(flights),
            answers=None if answers == self._answers else dict(answers),
            remembered=self._remembered,
        )

    def noted(self, flights: Sequence[ExpectedFlight], answers: Mapping[str, tuple[GivenAnswer, ...]]) -> None:
        """The last note is durable."""
        self._remembered, self._flights, self._answers = None, flights, dict(answers)


def given_event(given: IdentificationGiven, clock_s: float) -> Event:
    """Its journal event; without its content where that is too large for a row."""
    payload = _ENCODER.encode(given)
    if len(payload) > MAX_PAYLOAD_BYTES:
        payload = _ENCODER.encode(IdentificationGiven(now_s=given.now_s, left_out=True))
    return Event(GIVEN, payload, clock_s)
