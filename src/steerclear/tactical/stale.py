"""An aircraft of an open alert that is no longer heard: an alert of its own, never an all-clear."""

from __future__ import annotations

from steerclear.model.alert import AlertChange, AlertKind, AlertNumbers, Severity
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.table import TrackTable
from steerclear.tactical.terms import AgeTerms

_ABOUT_AIRCRAFT = (AlertKind.SEPARATION, AlertKind.TIME_IN_BREACH, AlertKind.ZONE)


class StaleWatch:
    """Alerts of kind STALE_TRACK, one per aircraft, for as long as it is silent and another alert is about it."""

    def __init__(self, table: TrackTable, register: Register, ages: AgeTerms) -> None:
        self._ages = ages
        self._table = table
        self._register = register
        self._open: dict[int, str] = {}

    def scan(self, now_s: float) -> None:
        """Raise for aircraft that have gone silent; clear when heard; lapse with the last alert about them."""
        register = self._register
        if not register.open:
            return
        for slot in sorted(self._open):
            if not self._is_overdue(slot, now_s):
                self._write(slot, AlertChange.CLEARED, self._severity(slot), now_s)
            elif not self._grave(slot):
                self._write(slot, AlertChange.LAPSED, self._severity(slot), now_s)
        for slot in sorted(register.slots_in_alerts()):
            if slot not in self._open and self._is_overdue(slot, now_s) and register.has_room:
                self._write(slot, AlertChange.RAISED, max(self._grave(slot)), now_s)

    def _is_overdue(self, slot: int, now_s: float) -> bool:
        table = self._table
        usual_s = self._ages.overdue_periods * table.period[slot]
        return now_s > max(table.coast_until[slot], table.time[slot] + usual_s)

    def _grave(self, slot: int) -> list[Severity]:
        return [
            Severity.WARNING if event.severity >= Severity.WARNING else Severity.CAUTION
            for event in self._register.alerts_about(slot)
            if event.kind in _ABOUT_AIRCRAFT
        ]

    def _severity(self, slot: int) -> Severity:
        return self._register.open[self._open[slot]].severity

    def _write(self, slot: int, change: AlertChange, severity: Severity, now_s: float) -> None:
        table = self._table
        track_id = table.known(slot).track_id
        label = self._register.placed(slot, now_s, None).label
        silent_s = now_s - table.time[slot]
        if change is AlertChange.RAISED:
            self._open[slot] = alert_id(AlertKind.STALE_TRACK, now_s, track_id)
        reason = {
            AlertChange.RAISED: f"{label} has not been heard for {silent_s:.0f} s while an alert about it is open",
            AlertChange.CLEARED: f"{label} is heard again",
            AlertChange.LAPSED: f"no alert about {label} is open any more; it was never heard again",
        }[change]
        written = self._open[slot]
        if change is not AlertChange.RAISED:
            del self._open[slot]
        self._register.write(
            written,
            AlertKind.STALE_TRACK,
            change,
            severity,
            now_s,
            slots=(slot,),
            numbers=AlertNumbers(silent_s=silent_s),
            reason=reason,
        )
