"""A picture that cannot compare all pairs as far ahead as agreed says so, as an alert of its own.

Otherwise a crowd of invented aircraft would silence every real conflict, and nobody would be told.
"""

from __future__ import annotations

from steerclear.model.alert import AlertChange, AlertKind, Severity
from steerclear.tactical.finder import Checked
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.terms import Terms

_NAME = "scan"


class OverloadWatch:
    """The one alert of kind OVERLOAD; it is this side's own."""

    def __init__(self, register: Register, terms: Terms) -> None:
        self._register = register
        self._agreed_s = terms.farthest_lookahead_s
        self._clear_after_s = terms.clear_after_s
        self._id: str | None = None
        self._severity = Severity.INFORMATION
        self._whole_since_s: float | None = None

    def scan(self, checked: Checked, now_s: float) -> None:
        """Raise when the last scan looked less far ahead than agreed; clear when it has not for long enough."""
        if checked.lookahead_s >= self._agreed_s:
            self._whole(now_s)
            return
        self._whole_since_s = None
        severity = Severity.BREACH if checked.lookahead_s < 0.0 else Severity.WARNING
        if self._id is None:
            self._id = alert_id(AlertKind.OVERLOAD, now_s, _NAME)
            self._write(self._id, AlertChange.RAISED, severity, checked, now_s)
        elif severity != self._severity:
            change = AlertChange.ESCALATED if severity > self._severity else AlertChange.EASED
            self._write(self._id, change, severity, checked, now_s)

    def _whole(self, now_s: float) -> None:
        if self._id is None:
            return
        if self._whole_since_s is None:
            self._whole_since_s = now_s
        if now_s - self._whole_since_s >= self._clear_after_s:
            reason = "all pairs are compared again, as far ahead as agreed"
            self._register.write(
                self._id, AlertKind.OVERLOAD, AlertChange.CLEARED, self._severity, now_s, reason=reason
            )
            self._id = None
            self._whole_since_s = None

    def _write(self, open_id: str, change: AlertChange, severity: Severity, checked: Checked, now_s: float) -> None:
        if checked.lookahead_s < 0.0:
            reach = "no pair of aircraft is compared"
        else:
            reach = f"pairs are compared only {checked.lookahead_s:.0f} s ahead, not {self._agreed_s:.0f} s"
        reason = f"too many aircraft close together among {checked.believed:,}: {reach}"
        self._severity = severity
        self._register.write(open_id, AlertKind.OVERLOAD, change, severity, now_s, reason=reason)
