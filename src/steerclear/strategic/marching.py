"""The smallest change of one kind, in whole steps, after which nothing is met.

A change has a size: so many seconds, or metres. From where the plan meets something, the search goes on to the first
size at which each of the pairs met is apart, found by doubling and halving; the largest of these is tried next, until
nothing is met. The size that is found is smallest in its place: one step less and the pair that asked for it meets
again. It is the smallest of all where a pair that has once come apart does not meet again, which holds for times and
heights, and for areas without deep bays; otherwise a smaller one may exist, and what is found is still clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from steerclear.model.declared import Declared
from steerclear.model.volumes import Volume4D
from steerclear.strategic.limits import MAX_MARCH_STEPS
from steerclear.strategic.situation import Readable, Situation
from steerclear.strategic.widest import widest_reading

_PAIRS_AT_ONCE: Final = 8
"""Pairs looked at closely in one round; the others come up in the next, if they still meet by then."""


class SearchLimitError(Exception):
    """A search has compared as much as it may."""


class Obstacle(NamedTuple):
    """A volume of something else that a volume of the plan meets."""

    volume: int
    other: Declared
    other_volume: Volume4D


class March:
    """Searches over one plan in one situation, which together compare no more than `comparisons` pairs of volumes."""

    def __init__(self, plan: Declared, situation: Situation, comparisons: int) -> None:
        self.plan = plan
        self.situation = situation
        self._most_compared = situation.compared + comparisons
        self.volumes = tuple(volume for volume in map(widest_reading, plan.volumes) if volume is not None)
        """Of a plan that contradicts nothing these are all of its volumes."""

    def obstacles(self, volumes: tuple[Volume4D | None, ...]) -> Iterator[Obstacle]:
        """What stands against the plan with these volumes; None: that one is left out.

        Raises SearchLimitError.
        """
        plan = Readable(self.plan, volumes)
        for other in self.situation.standing_against(self.plan):
            for pair in self.situation.pairs(plan, other):
                there = other.volumes[pair.other_volume]
                if there is not None:
                    yield Obstacle(pair.volume, other.it, there)
            self._within_limit()

    def first_clear(
        self,
        change: Callable[[Volume4D, int], Volume4D],
        most: int,
        only: int | None = None,
        begin: int = 0,
    ) -> int | None:
        """The smallest number of steps, from `begin` on, after which the plan meets nothing; None: none up to `most`.

        Args:
            change: (volume, steps) -> the volume so much changed.
            most: number of steps.
            only: the one volume that is changed and looked at; None: all.
            begin: steps to begin at.

        Raises:
            SearchLimitError: more was to be compared than the limit allows.
        """
        steps = begin
        for _ in range(MAX_MARCH_STEPS):
            changed = tuple(
                change(volume, steps) if only in (None, number) else None for number, volume in enumerate(self.volumes)
            )
            met = list(self._some(changed))
            if not met:
                return steps
            steps = max(self._apart(change, steps, most, obstacle) for obstacle in met)
            if steps > most:
                return None
        return None

    def _some(self, volumes: tuple[Volume4D | None, ...]) -> Iterator[Obstacle]:
        for count, obstacle in enumerate(self.obstacles(volumes)):
            if count == _PAIRS_AT_ONCE:
                return
            yield obstacle

    def _apart(self, change: Callable[[Volume4D, int], Volume4D], steps: int, most: int, obstacle: Obstacle) -> int:
        """The first number of steps at which one pair is apart; more than `most` where it never is."""
        volume = self.volumes[obstacle.volume]

        def meets(count: int) -> bool:
            self._within_limit()
            return self.situation.meets(self.plan, change(volume, count), obstacle.other, obstacle.other_volume)

        if steps >= most:
            return most + 1
        low, stride = steps, 1
        high = low + stride
        while meets(high):
            low, stride = high, 2 * stride
            if low >= most:
                return most + 1
            high = min(low + stride, most)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if meets(middle) else (low, middle)
        return high

    def _within_limit(self) -> None:
        if self.situation.compared > self._most_compared:
            raise SearchLimitError
