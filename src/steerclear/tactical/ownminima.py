"""Pairs judged by their own minima: those that a search with the widest minima found, each by what holds for it.

Frame, bounds and formulas of a pair: `separation.pairs` and `separation.intervals`, whose kernels decide. Units:
metres, m/s, seconds from now. The lookahead is cut where what holds for the pair may change (see `minima`); each piece
is judged by what holds in its middle, both ends included. The time of loss is the beginning of the first piece's loss,
the end that of the last one's.

A loss that needs somebody's climb or descent to go on is believed `climb_belief_s` ahead only, as `finder` says; that
is decided by the pair's own vertical minimum, grown where the aircraft have no datum in common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.compiling import kernel
from steerclear.separation.intervals import conflict_times
from steerclear.separation.pairs import STATE_WORDS, relative_motion
from steerclear.separation.states import fill_states
from steerclear.tactical.areaspans import AreaSpans
from steerclear.tactical.encounter import Placed
from steerclear.tactical.minima import Holding, MinimaTable, holds_at
from steerclear.tactical.table import TrackTable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Slots = NDArray[np.int32]

_ANY = np.zeros(1)


def _judge(
    rows: Floats,
    first: Ints,
    second: Ints,
    kinds: Slots,
    words: Floats,
    ends: Ints,
    everywhere: Floats,
    inside: Floats,
    settings: tuple[float, float, float],
    answer: Floats,
) -> int:
    lookahead, belief, added = settings
    found = 0
    for pair in range(len(first)):
        i, j = first[pair], second[pair]
        rr, rv, vv, cross, rz, vz = relative_motion(rows, i, j)
        spans_i, spans_j = words[ends[i] : ends[i + 1]], words[ends[j] : ends[j + 1]]
        marks = np.empty(2 * (len(spans_i) + len(spans_j)) + 2)
        marks[0], marks[1] = 0.0, lookahead
        count = 2
        for spans in (spans_i, spans_j):
            for k in range(len(spans)):
                for end in range(2, 4):
                    if 0.0 < spans[k, end] < lookahead:
                        marks[count] = spans[k, end]
                        count += 1
        marks = np.sort(marks[:count])
        hit = False
        for k in range(count - 1):
            begins, stops = marks[k], marks[k + 1]
            if begins == stops and lookahead > 0.0:
                continue
            middle = 0.5 * (begins + stops)
            held = holds_at(middle, kinds[i], kinds[j], spans_i, spans_j, everywhere, inside)
            horizontal, vertical = held[0], held[1] + added
            ahead = min(held[2], lookahead)
            lost, t_in, t_out = conflict_times(rr, rv, vv, cross, rz, vz, horizontal, vertical, ahead)
            t_in, t_out = max(t_in, begins), min(t_out, stops)
            if not lost or t_in > t_out or (t_in > belief and abs(rz) > vertical):
                continue
            if not hit:
                hit = True
                now = begins == 0.0 and rr <= horizontal * horizontal and abs(rz) <= vertical
                answer[found, 0], answer[found, 1] = pair, t_in
                answer[found, 3] = 1.0 if now else 0.0
                answer[found, 4], answer[found, 5], answer[found, 6], answer[found, 7] = held
            answer[found, 2] = t_out
        if hit:
            found += 1
    return found


judge: Callable[..., int] = kernel(_judge)
"""Write (pair, t_in, t_out, loss now, what holds at t_in: 4 words) for each pair in loss; return how many there are."""


class OwnMinima:
    """Judges pairs by the minima that hold for them."""

    def __init__(self, table: TrackTable, rules: MinimaTable) -> None:
        self._table = table
        self._rules = rules
        self._spans = AreaSpans(table, rules.terms, rules.areas)

    def judge(
        self,
        states: Floats,
        slots: Slots,
        pairs: tuple[Ints, Ints],
        now_s: float,
        lookahead_s: float,
        added_m: float,
    ) -> list[tuple[int, int, float, float, bool, Holding]]:
        """The pairs (row, row) of `states` that are in loss: both rows, t_in_s, t_out_s, loss now, what holds then.

        Looked at up to `lookahead_s`, at most the farthest; `added_m` grows every vertical minimum.
        """
        first, second = pairs
        count = states.shape[1]
        rows = np.empty((count, STATE_WORDS))
        latitude, longitude, altitude, east, north, up = states
        fill_states(latitude, longitude, altitude, east, north, up, _ANY, _ANY, 0, count, rows)
        wanted = np.zeros(count, dtype=np.bool_)
        wanted[first] = wanted[second] = True
        spans = self._spans.of(states, slots, wanted, now_s)
        answer = np.empty((len(first), 8))
        terms = self._rules.terms
        found = judge(
            rows,
            first,
            second,
            self._table.kinds[slots[:count]],
            *spans,
            self._rules.everywhere,
            self._rules.inside,
            (lookahead_s, terms.climb_belief_s, added_m),
            answer,
        )
        return [
            (int(first[int(pair)]), int(second[int(pair)]), t_in, t_out, now == 1.0, Holding(h, v, s, int(rule)))
            for pair, t_in, t_out, now, h, v, s, rule in answer[:found].tolist()
        ]

    def now_between(self, slots: Sequence[int], placed: Sequence[Placed], now_s: float) -> Holding:
        """What holds at this moment for two aircraft at these places."""
        states = np.array([(p.latitude_deg, p.longitude_deg, 0.0, p.east_mps, p.north_mps, p.up_mps) for p in placed]).T
        spans = self._spans.of(states, np.array(slots, dtype=np.int32), np.ones(2, dtype=np.bool_), now_s)
        first, second = (int(self._table.kinds[slot]) for slot in slots)
        spans_a, spans_b = (spans.words[spans.ends[k] : spans.ends[k + 1]] for k in range(2))
        h, v, s, rule = holds_at(0.0, first, second, spans_a, spans_b, self._rules.everywhere, self._rules.inside)
        return Holding(h, v, s, int(rule))
