"""Which pairs are in loss, or on their way into it: the believed tracks at one `now`, through `separation`.

Two altitudes are compared in one datum only: pressure with pressure, else ellipsoid with ellipsoid. Where the two
aircraft have no datum in common, the vertical minimum grows by `datum_buffer_m`. Aircraft without any altitude are not
compared; they are counted.

A loss of separation that needs somebody's climb or descent to go on is believed `climb_belief_s` ahead only. Aircraft
level off: without this rule nearly all predictions on levelled traffic are of climbs that end 1,000 ft below. Pairs
that are vertically within the minimum already are believed over the whole lookahead.

Where the terms have minima for pairs of kinds or areas, the search is by the largest of them, for aircraft that surely
are uncrewed by the largest between two of these, and each pair found is judged by its own (see `ownsearch`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from steerclear.separation import Conflicts, Detector, TooManyPairsError
from steerclear.separation.few import FEW, FewScan, PairRow
from steerclear.tactical.minima import Holding
from steerclear.tactical.reckoning import BY_EITHER, BY_ELLIPSOID, BY_PRESSURE, STATE_ROWS, reckon
from steerclear.tactical.table import NO_PARTY, TrackTable, column_of
from steerclear.tactical.terms import Terms

Floats = NDArray[np.float64]
Slots = NDArray[np.int32]


class Judged(NamedTuple):
    """One pair in predicted loss, by slots (lower first), times from now."""

    low: int
    high: int
    t_in_s: float
    t_out_s: float
    loss_now: bool
    minima: Holding | None = None
    """Its own; None where one set of minima holds for all pairs."""


class Checked(NamedTuple):
    """How many aircraft the scan looked at, and what it could not do."""

    believed: int = 0
    without_pressure: int = 0
    without_altitude: int = 0
    impossible: int = 0
    """Aircraft that, flown on to now, are outside what separation accepts."""
    lookahead_s: float = 0.0
    """How far ahead the scan looked: shorter than agreed when it would have found more pairs than the limit."""


class Search(Protocol):
    """Judges the pairs of one set of states of one altitude datum, or of none in common."""

    lookahead_s: float

    def judged(self, states: Floats, slots: Slots, now_s: float) -> tuple[list[Judged], int, float]:
        """The pairs in loss, how many states were impossible, and the lookahead that was possible."""
        ...


def as_far_as_fits(lookahead_s: float, scan: Callable[[float], Conflicts]) -> tuple[Conflicts | None, float]:
    """Scan as far ahead as does not find too many pairs: the answer, and how far; None and -1 for not even now."""
    while True:
        try:
            return scan(lookahead_s), lookahead_s
        except TooManyPairsError:
            # The losses that come first are kept; what lies further ahead is given up, and that is said.
            if lookahead_s == 0.0:
                return None, -1.0
            lookahead_s = lookahead_s / 2.0 if lookahead_s > 1.0 else 0.0


class _Cylinder:
    """Judges by one set of minima, the vertical one grown by `added_m`; keeps its workspace."""

    def __init__(
        self,
        table: TrackTable,
        terms: Terms,
        max_pairs: int,
        *,
        horizontal_m: float,
        vertical_m: float,
        lookahead_s: float,
        added_m: float,
    ) -> None:
        self._table = table
        self._terms = terms
        self._vertical_m = vertical_m
        self._options = horizontal_m, vertical_m + added_m, max_pairs
        self._detectors: dict[float, Detector] = {}
        self.lookahead_s = lookahead_s
        self._few = FewScan(horizontal_m, vertical_m + added_m, lookahead_s)

    def judged(self, states: Floats, slots: Slots, _now_s: float) -> tuple[list[Judged], int, float]:
        """As `Search` says."""
        rows, impossible, lookahead_s = self._rows(states)
        return self._believable(rows, states[2], slots) if rows else [], impossible, lookahead_s

    def _rows(self, states: Floats) -> tuple[list[PairRow], int, float]:
        few = self._few.rows(states) if states.shape[1] <= FEW else None
        if few is not None:
            return few, 0, self.lookahead_s
        answer, lookahead_s = as_far_as_fits(self.lookahead_s, lambda ahead_s: self._detector(ahead_s).scan(*states))
        return ([], 0, lookahead_s) if answer is None else (answer.pairs.tolist(), len(answer.masked), lookahead_s)

    def _detector(self, lookahead_s: float) -> Detector:
        detector = self._detectors.get(lookahead_s)
        if detector is None:
            horizontal_m, vertical_m, max_pairs = self._options
            detector = self._detectors[lookahead_s] = Detector(
                horizontal_m=horizontal_m,
                vertical_m=vertical_m,
                lookahead_s=lookahead_s,
                on_invalid="mask",
                max_pairs=max_pairs,
            )
        return detector

    def _believable(self, rows: list[PairRow], altitude_m: Floats, slots: Slots) -> list[Judged]:
        altitude, slot_of, party = column_of(altitude_m), column_of(slots), column_of(self._table.party)
        belief_s, vertical_m, in_house = self._terms.climb_belief_s, self._vertical_m, self._terms.report_in_house
        found = []
        for i, j, t_in_s, t_out_s, _, _, _, loss_now in rows:
            if t_in_s > belief_s and abs(altitude[i] - altitude[j]) > vertical_m:
                continue
            low, high = slot_of[i], slot_of[j]  # Rows ascend with the slots: the lower row is the lower slot.
            if not in_house and party[low] == party[high] != NO_PARTY:
                continue
            found.append(Judged(low, high, t_in_s, t_out_s, loss_now))
        return found


class PairFinder:
    """Finds the pairs of a table's believed tracks that are in loss, or on their way into it."""

    def __init__(self, table: TrackTable, same_datum: Search, no_datum: Search) -> None:
        self._table = table
        self._same_datum = same_datum
        self._no_datum = no_datum
        self._states: Floats = np.empty((STATE_ROWS, 0))
        self._slots: Slots = np.empty(0, dtype=np.int32)

    def find(self, now_s: float) -> tuple[list[Judged], Checked]:
        """All pairs predicted inside, by slot numbers ascending."""
        if len(self._slots) < self._table.size:
            capacity = self._table.data.shape[1]
            self._states = np.empty((STATE_ROWS, capacity))
            self._slots = np.empty(capacity, dtype=np.int32)
        found, checked = self._scan(now_s, BY_PRESSURE, self._same_datum)
        if checked.without_pressure == checked.without_altitude:
            return found, checked
        # Some know their ellipsoid altitude only: compare them with whoever knows it too, then with the rest.
        by_ellipsoid, again = self._scan(now_s, BY_ELLIPSOID, self._same_datum)
        mixed, more = self._scan(now_s, BY_EITHER, self._no_datum)
        found += [pair for pair in by_ellipsoid if self._pressure_unknown(pair) > 0]
        found += [pair for pair in mixed if self._pressure_unknown(pair) == 1]
        found.sort()
        return found, checked._replace(
            impossible=checked.impossible + again.impossible + more.impossible,
            lookahead_s=min(checked.lookahead_s, again.lookahead_s, more.lookahead_s),
        )

    def _pressure_unknown(self, pair: Judged) -> int:
        return isnan(self._table.pressure[pair.low]) + isnan(self._table.pressure[pair.high])

    def _scan(self, now_s: float, datum: int, search: Search) -> tuple[list[Judged], Checked]:
        table = self._table
        count, *known = reckon(table.data, table.size, now_s, datum, self._states, self._slots)
        believed, without_pressure, without_altitude = known
        found: list[Judged] = []
        impossible, lookahead_s = 0, search.lookahead_s
        if count > 1:
            found, impossible, lookahead_s = search.judged(self._states[:, :count], self._slots, now_s)
        return found, Checked(believed, without_pressure, without_altitude, impossible, lookahead_s)


def in_cylinder(
    table: TrackTable,
    terms: Terms,
    max_pairs: int,
    *,
    horizontal_m: float,
    vertical_m: float,
    lookahead_s: float,
) -> PairFinder:
    """A finder for one set of minima, the same for all pairs."""
    same_datum, no_datum = (
        _Cylinder(
            table,
            terms,
            max_pairs,
            horizontal_m=horizontal_m,
            vertical_m=vertical_m,
            lookahead_s=lookahead_s,
            added_m=added_m,
        )
        for added_m in (0.0, terms.datum_buffer_m)
    )
    return PairFinder(table, same_datum, no_datum)
