"""Which minima hold between two aircraft: the agreement's rules by pair of kinds and by area, at each moment.

Units: metres, seconds from now. What the parties signed holds moment by moment along the predicted flights:

1. Between two kinds the rule without an area holds, else the agreement's general minima.
2. At a moment at which both aircraft are surely in an area that has a rule for the two kinds, that rule holds instead.
3. At a moment at which either of them may be in such an area, its rule holds beside those of 1 (or of 2). So a rule
   that is larger than what holds outside applies as soon as one aircraft may be inside, and a smaller one only while
   both surely are. What "surely" and "may" leave open is in `areaspans`.
4. Where an aircraft may be of either kind, what holds for each of its kinds holds.

Where several hold, each of the three figures is the largest of them. A pair is in loss at the moments at which it is
within the figures of that moment and those moments are within their lookahead. At the moment at which what holds
changes, both hold. All of these can only report more than a rule would that knew everything.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import checked_kernel
from steerclear.model.agreement import SeparationMinima
from steerclear.model.vocabulary import AircraftKind
from steerclear.tactical.table import CREWED, UNCREWED
from steerclear.tactical.terms import Terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GENERAL: Final = -1
"""In place of the index of a rule: the agreement's general minima."""
SEVERAL: Final = -2
"""In place of the index of a rule: figures of more than one."""

_PAIRS: Final = 3
"""Crewed with crewed, crewed with uncrewed, uncrewed with uncrewed: the number of uncrewed ones is the index."""


class Holding(NamedTuple):
    """The minima that hold for one pair, and the index in the terms' `pair_minima` of the rule they are from."""

    horizontal_m: float
    vertical_m: float
    lookahead_s: float
    rule: int


class MinimaTable:
    """The rules of the terms as arrays: (horizontal, vertical, lookahead, rule) by pair of kinds, and by area."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        named = {rule.area_id for rule in terms.pair_minima}
        self.areas = tuple(area for area in terms.areas if area.area_id in named)
        index = {area.area_id: k for k, area in enumerate(self.areas)}
        general = terms.horizontal_m, terms.vertical_m, terms.lookahead_s, float(GENERAL)
        self.everywhere = np.array([general] * _PAIRS)
        self.inside = np.full((_PAIRS, len(self.areas), 4), np.nan)
        """NaN where an area has no rule for a pair of kinds."""
        for number, rule in enumerate(terms.pair_minima):
            pair = sum(kind is AircraftKind.UNCREWED for kind in rule.kinds)
            row = self.everywhere[pair] if rule.area_id is None else self.inside[pair, index[rule.area_id]]
            row[:] = *_figures(rule.minima), number
        largest = np.fmax(self.everywhere, np.fmax.reduce(self.inside, axis=1, initial=-inf))[:, :3]
        self.widest = _minima_of(largest.max(axis=0))
        """A pair that is separated by these is separated by whatever holds for it."""
        self.between_uncrewed = _minima_of(largest[_PAIRS - 1])
        """The same for two that surely are uncrewed."""


def _figures(minima: SeparationMinima) -> tuple[float, float, float]:
    return minima.horizontal_m, minima.vertical_m, minima.lookahead_s


def _minima_of(figures: Floats) -> SeparationMinima:
    horizontal_m, vertical_m, lookahead_s = figures.tolist()
    return SeparationMinima(horizontal_m=horizontal_m, vertical_m=vertical_m, lookahead_s=lookahead_s)


def _larger(
    held: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    h, v, s, rule = held
    more = other[0] >= h and other[1] >= v and other[2] >= s
    less = other[0] <= h and other[1] <= v and other[2] <= s
    if more and less:
        return h, v, s, min(rule, other[3])
    if more:
        return other
    if less:
        return held
    return max(h, other[0]), max(v, other[1]), max(s, other[2]), float(SEVERAL)


larger = checked_kernel(_larger)


def _surely_in(at: float, area: int, spans: Floats) -> bool:
    for k in range(len(spans)):
        if spans[k, 0] == area and spans[k, 1] == 1.0 and spans[k, 2] <= at <= spans[k, 3]:
            return True
    return False


surely_in = checked_kernel(_surely_in)


def _holds_at(
    at: float, kinds_a: int, kinds_b: int, spans_a: Floats, spans_b: Floats, everywhere: Floats, inside: Floats
) -> tuple[float, float, float, float]:
    held = (-np.inf, -np.inf, -np.inf, 0.0)
    for a in (CREWED, UNCREWED):
        for b in (CREWED, UNCREWED):
            if kinds_a & a == 0 or kinds_b & b == 0:
                continue
            pair = (1 if a == UNCREWED else 0) + (1 if b == UNCREWED else 0)
            both_sure = False
            for spans in (spans_a, spans_b):
                for k in range(len(spans)):
                    if not spans[k, 2] <= at <= spans[k, 3]:
                        continue
                    area = int(spans[k, 0])
                    if np.isnan(inside[pair, area, 0]):
                        continue
                    row = inside[pair, area]
                    held = larger(held, (row[0], row[1], row[2], row[3]))
                    both_sure = both_sure or (surely_in(at, area, spans_a) and surely_in(at, area, spans_b))
            if not both_sure:
                row = everywhere[pair]
                held = larger(held, (row[0], row[1], row[2], row[3]))
    return held


holds_at: Callable[[float, int, int, Floats, Floats, Floats, Floats], tuple[float, float, float, float]] = (
    checked_kernel(_holds_at)
)
"""(seconds from now, kinds and spans of both aircraft, tables) -> what holds then: a row of the tables."""
