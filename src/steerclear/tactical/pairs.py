"""Pairs of aircraft: predicted or present loss of separation, scan by scan, into alerts."""

from __future__ import annotations

from collections.abc import Set

from steerclear.model.alert import AlertChange, AlertKind, AlertNumbers, Severity
from steerclear.tactical.encounter import approach, gap, length, passing, where
from steerclear.tactical.finder import Checked, Judged, in_cylinder
from steerclear.tactical.life import Life, LifeState, Persistence
from steerclear.tactical.minima import GENERAL, SEVERAL, Holding, MinimaTable
from steerclear.tactical.ownminima import OwnMinima
from steerclear.tactical.ownsearch import by_own_minima
from steerclear.tactical.pairview import PairView, by_track_id, can_be_judged, pair_view
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.table import TrackTable
from steerclear.tactical.terms import Terms


class PairLife:
    """What is kept of one pair while it is suspected or alerted."""

    __slots__ = ("alert_id", "judged", "life", "slots")

    def __init__(self, slots: tuple[int, int], persistence: Persistence) -> None:
        self.slots = slots
        self.life = Life(persistence)
        self.alert_id = ""
        self.judged: Judged | None = None
        """The last prediction."""


class SeparationWatch:
    """Alerts of kind SEPARATION."""

    def __init__(self, table: TrackTable, register: Register, terms: Terms, max_pairs: int) -> None:
        self._table = table
        self._register = register
        self._terms = terms
        self._general = Holding(terms.horizontal_m, terms.vertical_m, terms.lookahead_s, GENERAL)
        self._within_s = terms.warning_within_s, terms.caution_within_s
        self._own: OwnMinima | None = None
        if terms.pair_minima:
            rules = MinimaTable(terms)
            self._own = OwnMinima(table, rules)
            self._finder = by_own_minima(table, self._own, rules, max_pairs)
        else:
            self._finder = in_cylinder(
                table,
                terms,
                max_pairs,
                horizontal_m=terms.horizontal_m,
                vertical_m=terms.vertical_m,
                lookahead_s=terms.lookahead_s,
            )
        self._persistence = Persistence.of(terms)
        self._lives: dict[tuple[int, int], PairLife] = {}
        self.checked = Checked()

    def scan(self, now_s: float) -> None:
        """Look at all pairs at `now_s` and write what a person must be told."""
        found, self.checked = self._finder.find(now_s)
        table, lives = self._table, self._lives
        predicted = set()
        for judged in found:
            key = judged.low, judged.high
            predicted.add(key)
            pair = lives.get(key)
            if pair is None:
                pair = lives[key] = PairLife(key, self._persistence)
            pair.judged = judged
            severity = self._severity(judged)
            certain = judged.loss_now and now_s <= min(table.fresh_until[key[0]], table.fresh_until[key[1]])
            if not pair.life.is_alert and not self._register.has_room:
                continue
            change = pair.life.predicted(severity, certain, table.time[key[0]] + table.time[key[1]], now_s)
            if change is not None:
                self._write(pair, change, now_s)
        if len(predicted) < len(lives):
            # Whoever looked less far ahead than agreed has not seen that a pair is clear.
            looked = self.checked.lookahead_s >= self._terms.farthest_lookahead_s
            for key in [key for key in lives if key not in predicted]:
                self._not_predicted(lives[key], looked, now_s)

    def _not_predicted(self, pair: PairLife, looked: bool, now_s: float) -> None:
        table, (low, high) = self._table, pair.slots
        if looked and can_be_judged(table, low, now_s) and can_be_judged(table, high, now_s):
            times = table.time[low], table.time[high]
            change = pair.life.clean(sum(times), min(times), now_s)
        else:
            change = pair.life.silent(now_s)
        if change is not None:
            self._write(pair, change, now_s)
        if pair.life.state is LifeState.QUIET:
            del self._lives[pair.slots]

    def forget(self, slots: Set[int]) -> None:
        """The slots' tracks are dropped; only pairs that are no alert can still be about them."""
        for key in [key for key in self._lives if not slots.isdisjoint(key)]:
            del self._lives[key]

    def _severity(self, judged: Judged) -> Severity:
        if judged.loss_now:
            return Severity.BREACH
        warning_s, caution_s = self._within_s
        if judged.minima is not None:
            own_s = judged.minima.lookahead_s
            warning_s, caution_s = self._terms.warning_within(own_s), self._terms.caution_within(own_s)
        if judged.t_in_s <= warning_s:
            return Severity.WARNING
        return Severity.CAUTION if judged.t_in_s <= caution_s else Severity.ADVISORY

    def _write(self, pair: PairLife, change: AlertChange, now_s: float) -> None:
        table = self._table
        if change is AlertChange.RAISED:
            ids = [table.known(slot).track_id for slot in by_track_id(table, pair.slots)]
            pair.alert_id = alert_id(AlertKind.SEPARATION, now_s, *ids)
        held = self._held(pair, change, now_s)
        view = pair_view(table, self._register, pair.slots, now_s, held.lookahead_s)
        numbers, reason = self._words(pair, view, held, change, now_s)
        self._register.write(
            pair.alert_id,
            AlertKind.SEPARATION,
            change,
            pair.life.severity,
            now_s,
            slots=view.slots,
            numbers=numbers,
            reason=reason,
        )

    def _held(self, pair: PairLife, change: AlertChange, now_s: float) -> Holding:
        """What the pair is judged by: at its predicted loss; once it is separated, where it is now."""
        if self._own is None:
            return self._general
        if change is AlertChange.CLEARED or pair.judged is None or pair.judged.minima is None:
            placed = [self._register.placed(slot, now_s, None) for slot in pair.slots]
            return self._own.now_between(pair.slots, placed, now_s)
        return pair.judged.minima

    def _words(
        self, pair: PairLife, view: PairView, held: Holding, change: AlertChange, now_s: float
    ) -> tuple[AlertNumbers, str]:
        terms, judged = self._terms, pair.judged
        first, second, seen, common = view.first, view.second, view.seen, view.common_datum
        over = change in (AlertChange.CLEARED, AlertChange.LAPSED) or judged is None
        vertical_m = held.vertical_m if common else held.vertical_m + terms.datum_buffer_m
        numbers = AlertNumbers(
            horizontal_now_m=seen.horizontal_m,
            vertical_now_m=None if seen.above_m is None else abs(seen.above_m),
            time_to_loss_s=None if over or judged is None else judged.t_in_s,
            time_to_end_s=None if over or judged is None else judged.t_out_s,
            time_to_closest_s=seen.time_to_closest_s,
            horizontal_closest_m=seen.horizontal_closest_m,
            vertical_closest_m=seen.vertical_closest_m,
            minimum_horizontal_m=held.horizontal_m,
            minimum_vertical_m=vertical_m,
        )
        place = where(first, second, seen)
        if change is AlertChange.LAPSED:
            return (
                numbers,
                f"closed without an all-clear, unheard or of unknown altitude for {terms.lapse_after_s:.0f} s; "
                f"last known: {place}",
            )
        if change is AlertChange.CLEARED or judged is None:
            return numbers, "; ".join(part for part in ("separated", place, self._rule_words(held)) if part)
        parts = ["separation lost" if judged.loss_now else f"loss of separation in {judged.t_in_s:.0f} s"]
        parts.append(approach(seen))
        parts.append(place)
        parts.append(passing(first, second, seen))
        parts.append(self._rule_words(held))
        if not common:
            parts.append(f"no common altitude datum, {gap(terms.datum_buffer_m)} added to the vertical minimum")
        late = [
            p.label for p, s in ((first, view.slots[0]), (second, view.slots[1])) if now_s > self._table.fresh_until[s]
        ]
        if late:
            parts.append(f"{' and '.join(late)} flown on from the last report")
        return numbers, "; ".join(part for part in parts if part)

    def _rule_words(self, held: Holding) -> str:
        """Which minima these are, where they are not the general ones."""
        if held.rule == GENERAL:
            return ""
        figures = f"minima {length(held.horizontal_m)} and {gap(held.vertical_m)}"
        if held.rule == SEVERAL:
            return f"{figures}, the largest of several that may hold"
        rule = self._terms.pair_minima[held.rule]
        words = f"{figures} between {' and '.join(sorted(rule.kinds))} aircraft"
        if rule.area_id is None:
            return words
        area = next(area for area in self._terms.areas if area.area_id == rule.area_id)
        return f"{words} in {area.name}" + (f" (disputed: {', '.join(area.claimed_by)})" if area.disputed else "")
