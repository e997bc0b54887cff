"""A source that stops is an alert of its own: an empty picture and a dead feed must not look alike.

So is one that goes on speaking without saying anything that can be used: its clock is wrong, or it repeats itself.
"""

from __future__ import annotations

from steerclear.model.alert import AlertChange, AlertKind, AlertNumbers, Severity
from steerclear.tactical.intake import Intake
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.sources import SourceState
from steerclear.tactical.terms import Terms


class FeedWatch:
    """Alerts of kind FEED_SILENT; they are this side's own: whose sensors fail is not told to the other parties."""

    def __init__(self, intake: Intake, register: Register, terms: Terms) -> None:
        self._intake = intake
        self._register = register
        self._ages = terms.ages
        self._open: dict[str, str] = {}

    def scan(self, now_s: float) -> None:
        """Raise for each source that is overdue, clear for each that is back."""
        for name, source in self._intake.sources.items():
            overdue = source.is_overdue(now_s, self._ages)
            if overdue == source.silent:
                continue
            if overdue and not self._register.has_room:
                continue
            source.silent = overdue
            silent_s = source.silent_for_s(now_s)
            if overdue:
                self._open[name] = alert_id(AlertKind.FEED_SILENT, now_s, name)
                reason = f"{name} has {_silence(source)} for {silent_s:.0f} s"
                if source.unheeded:
                    why = max(source.aside, key=lambda reason: source.aside[reason])
                    reason += f": {source.unheeded:,} reports set aside, mostly {why.value.replace('_', ' ')}"
            else:
                reason = f"{name} is heard again"
            self._register.write(
                self._open[name],
                AlertKind.FEED_SILENT,
                AlertChange.RAISED if overdue else AlertChange.CLEARED,
                Severity.WARNING,
                now_s,
                source=name,
                numbers=AlertNumbers(silent_s=silent_s),
                reason=reason,
            )
            if not overdue:
                del self._open[name]


def _silence(source: SourceState) -> str:
    if source.unheeded:
        return "said nothing that can be used"
    return "not spoken yet" if source.last_heard_s is None else "said nothing"
