"""How far two volumes must be apart: the agreement's minima by pair of kinds and by area, as a buffer around a volume.

Units: metres. A flight may be anywhere in its volume, so two flights keep the minima for certain only when their
volumes do. The rules are those by which tracks are watched, over whole volumes instead of moments:

1. Between two kinds the rule without an area holds, else the agreement's general minima.
2. Where both volumes lie wholly in an area that has a rule for the two kinds, that rule holds instead.
3. Where either of them shares anything with such an area, its rule holds beside those of 1 or 2.
4. A flight whose kind is not known is of either kind, and what holds for each of them holds.

Where several hold, each figure is the largest of them. All of this can only ask for more than a rule that knew the
very place of each aircraft. "Wholly" is claimed only where it is certain: in areas that are circles or convex.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Final

from steerclear.model.agreement import Agreement, PairMinima, SeparationMinima
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.vocabulary import AircraftKind
from steerclear.model.volumes import Volume4D
from steerclear.strategic.declaring import of_area
from steerclear.strategic.limits import MAX_PREPARED
from steerclear.strategic.preparing import NO_BUFFER, prepared
from steerclear.strategic.terms import PlanTerms
from steerclear.strategic.volumes import Buffer, overlap
from steerclear.strategic.within import surely_within

_PEOPLE: Final = frozenset({DeclaredKind.SITE, DeclaredKind.MOVEMENT})
_EITHER: Final = (AircraftKind.CREWED, AircraftKind.UNCREWED)


class Requirements:
    """What the terms ask for between any two volumes."""

    def __init__(self, terms: PlanTerms) -> None:
        agreement = terms.agreement
        self._standoff = Buffer(horizontal_m=terms.standoff_m, vertical_m=0.0, time_s=0.0)
        self._everywhere = {pair: _everywhere(agreement, pair) for pair in _pairs(_EITHER, _EITHER)}
        areas = {area.area_id: of_area(area).volumes[0] for area in agreement.areas}
        self._in_areas = {
            pair: tuple(
                (areas[rule.area_id], rule.minima)
                for rule in agreement.pair_minima
                if rule.area_id is not None and _of(rule) == pair
            )
            for pair in self._everywhere
        }
        self._widest = _buffer([agreement.minima, *(rule.minima for rule in agreement.pair_minima)])

    @property
    def widest(self) -> Buffer:
        """A buffer that holds every other: what is farther apart than this is apart whatever it is."""
        return Buffer(
            horizontal_m=max(self._widest.horizontal_m, self._standoff.horizontal_m),
            vertical_m=self._widest.vertical_m,
            time_s=0.0,
        )

    def between(self, plan: Declared, volume: Volume4D, other: Declared, other_volume: Volume4D) -> Buffer:
        """How far a volume of the plan must be from a volume of something else."""
        kinds = {plan.kind, other.kind}
        if kinds & _PEOPLE:
            return self._standoff
        if kinds != {DeclaredKind.FLIGHT}:
            return NO_BUFFER
        return self._between_flights(volume, _kinds(plan), other_volume, _kinds(other))

    def _between_flights(
        self, one: Volume4D, kinds: tuple[AircraftKind, ...], two: Volume4D, other_kinds: tuple[AircraftKind, ...]
    ) -> Buffer:
        hold: list[SeparationMinima] = []
        for pair in _pairs(kinds, other_kinds):
            wholly = False
            for area, minima in self._in_areas[pair]:
                if _touch(one, area) or _touch(two, area):
                    hold.append(minima)
                    wholly = wholly or (surely_within(one, area) and surely_within(two, area))
            if not wholly:
                hold.append(self._everywhere[pair])
        return _buffer(hold)


@lru_cache(maxsize=MAX_PREPARED)
def _touch(volume: Volume4D, area: Volume4D) -> bool:
    return overlap(prepared(volume), prepared(area), NO_BUFFER) is not None


def _kinds(one: Declared) -> tuple[AircraftKind, ...]:
    return _EITHER if one.aircraft is None else (one.aircraft,)


def _pairs(
    kinds: tuple[AircraftKind, ...], other_kinds: tuple[AircraftKind, ...]
) -> list[tuple[AircraftKind, AircraftKind]]:
    return sorted({_ordered(first, second) for first, second in product(kinds, other_kinds)})


def _ordered(first: AircraftKind, second: AircraftKind) -> tuple[AircraftKind, AircraftKind]:
    return (first, second) if first <= second else (second, first)


def _of(rule: PairMinima) -> tuple[AircraftKind, AircraftKind]:
    return _ordered(*rule.kinds)


def _everywhere(agreement: Agreement, pair: tuple[AircraftKind, AircraftKind]) -> SeparationMinima:
    rules = (rule.minima for rule in agreement.pair_minima if rule.area_id is None and _of(rule) == pair)
    return next(rules, agreement.minima)


def _buffer(minima: list[SeparationMinima]) -> Buffer:
    return Buffer(
        horizontal_m=max(held.horizontal_m for held in minima),
        vertical_m=max(held.vertical_m for held in minima),
        time_s=0.0,
    )
