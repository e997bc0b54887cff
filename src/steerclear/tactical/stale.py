"""An aircraft of an open alert that is no longer heard: an alert of its own, never an all-clear.

Some aircraft are heard only now and then: behind a ridge, at the edge of a receiver's range. Such an aircraft has one
alert, not one per silence. Heard again, the alert is eased and stays open; another silence is told when it is longer
than the one the aircraft came back from (at most `steady_s`), and as a caution only, because it is no longer a
surprise; after `steady_s` without a silence it is cleared. The alerts about the aircraft stay open through all of it.
"""

from __future__ import annotations

from steerclear.model.alert import AlertChange, AlertKind, AlertNumbers, Severity
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.table import TrackTable
from steerclear.tactical.terms import AgeTerms

_ABOUT_AIRCRAFT = frozenset({AlertKind.SEPARATION, AlertKind.TIME_IN_BREACH, AlertKind.ZONE})


class _Silence:
    """What is kept of one aircraft that is, or lately was, silent."""

    __slots__ = ("alert_id", "heard_since_s", "last_heard_s", "longest_s", "severity", "told_s")

    def __init__(self, last_heard_s: float) -> None:
        self.alert_id = ""
        self.severity = Severity.CAUTION
        self.last_heard_s = last_heard_s
        """Time of its last report, as of the last scan."""
        self.heard_since_s: float | None = None
        """Since when it is heard without a silence; None while it is silent."""
        self.longest_s = 0.0
        """The longest silence it came back from."""
        self.told_s = 0.0
        """The last silence it came back from."""

    @property
    def is_eased(self) -> bool:
        return self.severity is Severity.ADVISORY


class StaleWatch:
    """Alerts of kind STALE_TRACK, one per aircraft, for as long as it is often silent and another alert is about it."""

    def __init__(self, table: TrackTable, register: Register, ages: AgeTerms) -> None:
        self._ages = ages
        self._table = table
        self._register = register
        self._open: dict[int, _Silence] = {}

    def scan(self, now_s: float) -> None:
        """Raise for aircraft that have gone silent; ease and clear when heard; lapse with the last alert about them."""
        register = self._register
        if not register.open:
            return
        gravest = register.gravest_by_slot(_ABOUT_AIRCRAFT)
        for slot in sorted(self._open):
            self._follow(slot, gravest.get(slot), now_s)
        for slot in sorted(gravest.keys() - self._open.keys()):
            if self._is_overdue(slot, now_s) and register.has_room:
                silence = self._open[slot] = _Silence(self._table.time[slot])
                severity = Severity.WARNING if gravest[slot] >= Severity.WARNING else Severity.CAUTION
                self._write(slot, silence, AlertChange.RAISED, severity, now_s)

    def _follow(self, slot: int, gravest: Severity | None, now_s: float) -> None:
        silence = self._open[slot]
        if self._is_overdue(slot, now_s):
            silence.heard_since_s = None
            news = now_s - self._table.time[slot] > min(silence.longest_s, self._ages.steady_s)
            if gravest is None:
                self._write(slot, silence, AlertChange.LAPSED, silence.severity, now_s)
            elif silence.is_eased and news:
                self._write(slot, silence, AlertChange.ESCALATED, Severity.CAUTION, now_s)
            return
        if silence.heard_since_s is None:
            silence.heard_since_s = now_s
            silence.told_s = self._table.time[slot] - silence.last_heard_s
            silence.longest_s = max(silence.longest_s, silence.told_s)
        silence.last_heard_s = self._table.time[slot]
        if gravest is None or now_s - silence.heard_since_s >= self._ages.steady_s:
            self._write(slot, silence, AlertChange.CLEARED, silence.severity, now_s)
        elif not silence.is_eased:
            self._write(slot, silence, AlertChange.EASED, Severity.ADVISORY, now_s)

    def _is_overdue(self, slot: int, now_s: float) -> bool:
        table = self._table
        usual_s = self._ages.overdue_periods * table.period[slot]
        return now_s > max(table.coast_until[slot], table.time[slot] + usual_s)

    def _reason(self, slot: int, silence: _Silence, change: AlertChange, now_s: float) -> str:
        label = self._register.placed(slot, now_s, None).label
        silent_s = now_s - self._table.time[slot]
        if change is AlertChange.RAISED:
            return f"{label} has not been heard for {silent_s:.0f} s while an alert about it is open"
        if change is AlertChange.ESCALATED:
            return f"{label} is silent again, for {silent_s:.0f} s, while an alert about it is open"
        if change is AlertChange.EASED:
            return f"{label} is heard again after {silence.told_s:.0f} s; it may be heard only now and then"
        if change is AlertChange.LAPSED:
            return f"no alert about {label} is open any more; it was never heard again"
        if silence.heard_since_s is None or now_s - silence.heard_since_s < self._ages.steady_s:
            return f"{label} is heard again"
        return f"{label} has been heard without a long gap for {self._ages.steady_s:.0f} s"

    def _write(self, slot: int, silence: _Silence, change: AlertChange, severity: Severity, now_s: float) -> None:
        if change is AlertChange.RAISED:
            silence.alert_id = alert_id(AlertKind.STALE_TRACK, now_s, self._table.known(slot).track_id)
        elif change in (AlertChange.CLEARED, AlertChange.LAPSED):
            del self._open[slot]
        silence.severity = severity
        self._register.write(
            silence.alert_id,
            AlertKind.STALE_TRACK,
            change,
            severity,
            now_s,
            slots=(slot,),
            numbers=AlertNumbers(silent_s=now_s - self._table.time[slot]),
            reason=self._reason(slot, silence, change, now_s),
        )
