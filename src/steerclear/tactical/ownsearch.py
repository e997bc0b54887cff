"""The search of pairs where each pair has its own minima: one search by the widest of them, then each by its own.

The search finds a superset: it takes the largest horizontal and vertical minimum and lookahead of all rules, but for an
aircraft that surely is uncrewed the largest that hold between two of these; of a pair's two minima the larger counts,
so no pair with a crewed aircraft is lost by that, and a crowd of drones is not compared as airliners are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from steerclear.separation import Conflicts, Detector
from steerclear.separation.few import FEW, FewScan
from steerclear.separation.workspace import Workspace
from steerclear.tactical.finder import Judged, PairFinder, as_far_as_fits
from steerclear.tactical.minima import MinimaTable
from steerclear.tactical.ownminima import OwnMinima
from steerclear.tactical.table import NO_PARTY, UNCREWED, TrackTable

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Slots = NDArray[np.int32]


class _OwnSearch:
    """Judges each pair by its own minima, all vertical ones grown by `added_m`; keeps its workspace."""

    def __init__(self, table: TrackTable, own: OwnMinima, rules: MinimaTable, max_pairs: int, added_m: float) -> None:
        self._table = table
        self._own = own
        self._rules = rules
        self._max_pairs = max_pairs
        self._added_m = added_m
        self._space = Workspace()
        widest = rules.widest
        self.lookahead_s = widest.lookahead_s
        self._few = FewScan(widest.horizontal_m, widest.vertical_m + added_m, widest.lookahead_s)

    def judged(self, states: Floats, slots: Slots, now_s: float) -> tuple[list[Judged], int, float]:
        """As `finder.Search` says."""
        (first, second), impossible, lookahead_s = self._wide(states, slots)
        if not len(first):
            return [], impossible, lookahead_s
        party, in_house = self._table.party, self._rules.terms.report_in_house
        found = []
        for i, j, t_in_s, t_out_s, loss_now, minima in self._own.judge(
            states, slots, (first, second), now_s, lookahead_s, self._added_m
        ):
            low, high = int(slots[i]), int(slots[j])  # Rows ascend with the slots: the lower row is the lower slot.
            if in_house or party[low] != party[high] or party[low] == NO_PARTY:
                found.append(Judged(low, high, t_in_s, t_out_s, loss_now, minima))
        return found, impossible, lookahead_s

    def _wide(self, states: Floats, slots: Slots) -> tuple[tuple[Rows, Rows], int, float]:
        count = states.shape[1]
        few = self._few.rows(states) if count <= FEW else None
        if few is not None:
            pairs = np.array([row[:2] for row in few], dtype=np.int64).reshape(-1, 2).T
            return (pairs[0].copy(), pairs[1].copy()), 0, self.lookahead_s
        widest, between_uncrewed = self._rules.widest, self._rules.between_uncrewed
        sure = self._table.kinds[slots[:count]] == UNCREWED
        horizontal_m = np.where(sure, between_uncrewed.horizontal_m, widest.horizontal_m)
        vertical_m = np.where(sure, between_uncrewed.vertical_m, widest.vertical_m) + self._added_m

        def scan(lookahead_s: float) -> Conflicts:
            return Detector(
                horizontal_m=horizontal_m,
                vertical_m=vertical_m,
                lookahead_s=lookahead_s,
                on_invalid="mask",
                max_pairs=self._max_pairs,
                space=self._space,
            ).scan(*states)

        answer, lookahead_s = as_far_as_fits(self.lookahead_s, scan)
        if answer is None:
            return (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)), 0, lookahead_s
        rows = answer.pairs["i"].astype(np.int64), answer.pairs["j"].astype(np.int64)
        return rows, len(answer.masked), lookahead_s


def by_own_minima(table: TrackTable, own: OwnMinima, rules: MinimaTable, max_pairs: int) -> PairFinder:
    """A finder that judges each pair by what holds for it."""
    same_datum, no_datum = (
        _OwnSearch(table, own, rules, max_pairs, added_m) for added_m in (0.0, rules.terms.datum_buffer_m)
    )
    return PairFinder(table, same_datum, no_datum)
