"""The time-in-breach rule: two aircraft closer than both tolerated distances for longer than the tolerated time.

The time counts from the scan that first sees the pair inside, and goes on counting over a departure shorter than
`ease_after_s`: a pair that touches the edge has not begun anew. A caution is given when two thirds of the time are
used up. While an aircraft of the pair is not heard the count goes on, because nobody has seen it leave.
"""

from __future__ import annotations

from collections.abc import Set

from steerclear.model.agreement import TimeInBreachRule
from steerclear.model.alert import AlertChange, AlertKind, AlertNumbers, Severity
from steerclear.tactical.encounter import gap, length, where
from steerclear.tactical.finder import in_cylinder
from steerclear.tactical.life import Life, LifeState, Persistence
from steerclear.tactical.pairview import by_track_id, can_be_judged, pair_view
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.table import TrackTable
from steerclear.tactical.terms import Terms

_CAUTION_FROM = 2.0 / 3.0


class _Stay:
    """What is kept of one pair that is, or just was, inside."""

    __slots__ = ("alert_id", "inside_since_s", "life", "outside_since_s", "slots")

    def __init__(self, slots: tuple[int, int], now_s: float, persistence: Persistence) -> None:
        self.slots = slots
        self.inside_since_s = now_s
        self.outside_since_s: float | None = None
        self.life = Life(persistence)
        self.alert_id = ""


class BreachWatch:
    """Alerts of kind TIME_IN_BREACH."""

    def __init__(
        self, table: TrackTable, register: Register, terms: Terms, rule: TimeInBreachRule, max_pairs: int
    ) -> None:
        self._table = table
        self._register = register
        self._terms = terms
        self._rule = rule
        self._finder = in_cylinder(
            table, terms, max_pairs, horizontal_m=rule.horizontal_m, vertical_m=rule.vertical_m, lookahead_s=0.0
        )
        self._persistence = Persistence.of(terms)
        self._stays: dict[tuple[int, int], _Stay] = {}

    def scan(self, now_s: float) -> None:
        """Look at all pairs at `now_s` and write what a person must be told."""
        found, checked = self._finder.find(now_s)
        looked = checked.lookahead_s >= 0.0  # Else there were too many pairs, and this one was not looked at.
        inside = set()
        for judged in found:
            key = judged.low, judged.high
            inside.add(key)
            stay = self._stays.get(key)
            if stay is None:
                stay = self._stays[key] = _Stay(key, now_s, self._persistence)
            stay.outside_since_s = None
            self._inside(stay, now_s)
        for key in [key for key in self._stays if key not in inside]:
            self._not_inside(self._stays[key], looked, now_s)

    def forget(self, slots: Set[int]) -> None:
        """The slots' tracks are dropped; only pairs that are no alert can still be about them."""
        for key in [key for key in self._stays if not slots.isdisjoint(key)]:
            del self._stays[key]

    def _inside(self, stay: _Stay, now_s: float) -> None:
        seconds = now_s - stay.inside_since_s
        if seconds < _CAUTION_FROM * self._rule.longest_s:
            return
        if not stay.life.is_alert and not self._register.has_room:
            return
        severity = Severity.BREACH if seconds > self._rule.longest_s else Severity.CAUTION
        change = stay.life.predicted(severity, True, self._seen(stay), now_s)
        if change is not None:
            self._write(stay, change, now_s)

    def _not_inside(self, stay: _Stay, looked: bool, now_s: float) -> None:
        low, high = stay.slots
        if not (looked and can_be_judged(self._table, low, now_s) and can_be_judged(self._table, high, now_s)):
            change = stay.life.silent(now_s)
        else:
            if stay.outside_since_s is None:
                stay.outside_since_s = now_s
            oldest_s = min(self._table.time[low], self._table.time[high])
            change = stay.life.clean(self._seen(stay), oldest_s, now_s)
        if change is not None:
            self._write(stay, change, now_s)
        left = stay.outside_since_s is not None and now_s - stay.outside_since_s >= self._terms.ease_after_s
        if stay.life.state is LifeState.QUIET and (left or change is not None):
            del self._stays[stay.slots]

    def _seen(self, stay: _Stay) -> float:
        return self._table.time[stay.slots[0]] + self._table.time[stay.slots[1]]

    def _write(self, stay: _Stay, change: AlertChange, now_s: float) -> None:
        table, rule = self._table, self._rule
        view = pair_view(table, self._register, stay.slots, now_s, self._terms.lookahead_s)
        if change is AlertChange.RAISED:
            ids = [table.known(slot).track_id for slot in by_track_id(table, stay.slots)]
            stay.alert_id = alert_id(AlertKind.TIME_IN_BREACH, now_s, *ids)
        until_s = now_s if stay.outside_since_s is None else stay.outside_since_s
        seconds = until_s - stay.inside_since_s
        tolerated = f"{length(rule.horizontal_m)} and {gap(rule.vertical_m)}"
        place = where(view.first, view.second, view.seen)
        if change is AlertChange.CLEARED:
            reason = f"no longer closer than {tolerated}, after {seconds:.0f} s; {place}"
        elif change is AlertChange.LAPSED:
            unheard = f"unheard or of unknown altitude for {self._terms.lapse_after_s:.0f} s"
            reason = f"closed without an all-clear, {unheard}; last known: {place}"
        else:
            reason = f"closer than {tolerated} for {seconds:.0f} s, {rule.longest_s:.0f} s are tolerated; {place}"
        seen = view.seen
        self._register.write(
            stay.alert_id,
            AlertKind.TIME_IN_BREACH,
            change,
            stay.life.severity,
            now_s,
            slots=view.slots,
            numbers=AlertNumbers(
                horizontal_now_m=seen.horizontal_m,
                vertical_now_m=None if seen.above_m is None else abs(seen.above_m),
                time_to_closest_s=seen.time_to_closest_s,
                horizontal_closest_m=seen.horizontal_closest_m,
                vertical_closest_m=seen.vertical_closest_m,
                in_breach_s=seconds,
                minimum_horizontal_m=rule.horizontal_m,
                minimum_vertical_m=rule.vertical_m,
            ),
            reason=reason,
        )
