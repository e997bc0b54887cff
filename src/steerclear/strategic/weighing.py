"""The weights of the evidence that an aircraft is a declared flight's, and the thresholds between the states.

A confidence is a sum between 0 and 1, not a probability: it orders explanations, and says when one is good enough.
It is 0.45 x the fit now + 0.15 x the fit ahead + 0.25 x how well it has fitted over the last minute + what its identity
weighs (`likeness`), less 0.30 where the flight's party has said that it is not theirs, and less 0.40 where another
aircraft was seen to fly it with the declared identity.
An aircraft that says nothing and is where and moves as declared has 0.60 at once, and is identified after half a
minute; one that also says the declared address has the most there is.
"""

from __future__ import annotations

from math import exp
from typing import Final, NamedTuple

from steerclear.strategic.likeness import Likeness

PLACE: Final = 0.45
MOTION: Final = 0.15
HABIT: Final = 0.25
DENIED: Final = 0.30
"""Taken off where the flight's party has answered "not ours"."""
FLOWN: Final = 0.40
"""Taken off where another aircraft, with the declared identity, has been seen to fly it."""
MOST: Final = 0.99
"""Nothing is certain."""

IDENTIFY_AT: Final = 0.70
"""Confidence from which an aircraft without the declared identity is taken to be the flight's."""
HOLD_AT: Final = 0.50
"""And below which it no longer is: between the two, what was decided stays."""
MARGIN: Final = 0.10
"""Two explanations nearer than this are equally good: neither is taken."""
SHOWN_AT: Final = 0.25
"""Less likely ones are not named as alternatives."""

HABIT_S: Final = 60.0
"""Time constant of the habit."""
SETTLE_S: Final = 10.0
"""An aircraft must have been outside its volumes, or back in them, for so long before its state follows."""
FAR_OUT_M: Final = 1_000.0
FAR_OUT_VERTICAL_M: Final = 300.0
FAR_OUT_S: Final = 300.0
"""So far outside its volumes its state follows at once."""

FLEET_CONFIDENCE: Final = 0.75
"""Its identity follows one party's fleet rules, and nothing else is known."""
ANSWER_CONFIDENCE: Final = 0.90
"""One party has said that it is theirs."""
LEFT_CONFIDENCE: Final = 0.40
"""It was taken for a flight by where it flew, and has left that flight's volumes."""


class Candidate(NamedTuple):
    """One explanation of one aircraft, with its figures."""

    confidence: float
    flight: int
    like: Likeness
    fit: float
    ahead: float
    horizontal_m: float
    vertical_m: float
    time_s: float
    habit: float
    denied: bool
    flown_by: str = ""
    """The track that was seen to fly it with the declared identity, where that is another one."""

    @property
    def outside(self) -> bool:
        """Whether it is not within the flight's volumes."""
        return self.horizontal_m > 0.0 or self.vertical_m > 0.0 or self.time_s > 0.0

    @property
    def far(self) -> bool:
        """Whether it is so far outside that nobody need wait for it to settle."""
        return self.horizontal_m > FAR_OUT_M or self.vertical_m > FAR_OUT_VERTICAL_M or self.time_s > FAR_OUT_S


def weighed(
    flight: int, like: Likeness, words: tuple[float, ...], habit: float, denied: bool, flown_by: str = ""
) -> Candidate:
    """The explanation with its confidence; `words` are those of `fitting`."""
    fit, ahead, horizontal_m, vertical_m, time_s = words
    total = PLACE * fit + MOTION * ahead + HABIT * habit + like.weight - (DENIED if denied else 0.0)
    if flown_by and not like.exact:
        total -= FLOWN
    return Candidate(
        min(max(total, 0.0), MOST), flight, like, fit, ahead, horizontal_m, vertical_m, time_s, habit, denied, flown_by
    )


def habit_after(habit: float, fits: float, passed_s: float) -> float:
    """The habit after some time in which it fitted so well: an average that forgets."""
    return habit + (fits - habit) * (1.0 - exp(-max(passed_s, 0.0) / HABIT_S))
