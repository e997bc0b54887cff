"""A source that shows the sky turned, displaced, late or too high is an alert: aircraft must not be identified by it.

Raised after `confirm_times` comparisons in a row that found nearly the same; cleared when the source has agreed with
the others for `clear_after_s`. Where nothing is known any more the alert stays: no traffic is no all-clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Final

import msgspec

from steerclear.model.alert import AlertChange, AlertKind, AlertNumbers, Severity
from steerclear.model.feed_alignment import NOT_COMPARED, FeedAlignment
from steerclear.model.track import TrackReport
from steerclear.tactical.alignment import ALONE, AlignmentCheck
from steerclear.tactical.alignment_words import agrees_again, health_words, reason_of
from steerclear.tactical.comparison import Comparison, Verdict
from steerclear.tactical.consensus import Finding
from steerclear.tactical.intake import Intake
from steerclear.tactical.register import Register, alert_id
from steerclear.tactical.terms import AlignmentTerms, Terms

_UNHEARD: Final = Finding(Verdict.NOT_KNOWN, (), None, why="no aircraft of it was heard of lately")


class _Open:
    """An alert that is open about a source."""

    def __init__(self, open_id: str, severity: Severity) -> None:
        self.open_id = open_id
        self.severity = severity
        self.easier_since_s = inf
        self.agrees_since_s = inf
        self.disputed = False
        """Whether nothing told, when it was last found off, if it is this source or another."""


class AlignmentWatch:
    """Alerts of kind FEED_MISALIGNED; they are this side's own, as is what its sensors can do."""

    def __init__(self, intake: Intake, register: Register, terms: Terms) -> None:
        self._intake = intake
        self._register = register
        self._terms = terms.alignment
        self._check = AlignmentCheck(terms.alignment, terms.sites)
        self._found: dict[str, Finding] = {}
        self._signs: dict[str, tuple[int, Finding]] = {}
        self._open: dict[str, _Open] = {}

    def take(self, reports: Sequence[TrackReport], now_s: float) -> None:
        """Collect a step's reports, in the picture's order; nothing to do while there is one source."""
        if len(self._intake.sources) > 1:
            self._check.take(reports, self._intake.sources, now_s)

    def scan(self, now_s: float) -> None:
        """Compare the sources if it is time, and raise, change or clear alerts."""
        if len(self._intake.sources) < 2 or not self._check.is_due(now_s):
            return
        self._found = self._check.look(now_s)
        for name in sorted(self._found.keys() | self._open.keys()):
            finding = self._found.get(name, ALONE)
            if finding.verdict is Verdict.OFF and finding.comparison is not None:
                self._off(name, finding, finding.comparison, now_s)
            else:
                self._signs.pop(name, None)
                self._not_off(name, finding, now_s)

    @property
    def off(self) -> frozenset[str]:
        """Sources about which an alert is open; not those that are only in dispute with another one."""
        return frozenset(name for name, alert in self._open.items() if not alert.disputed)

    @property
    def alerted(self) -> frozenset[str]:
        """Sources about which an alert is open, those in dispute too, whether or not they can be compared now."""
        return frozenset(self._open)

    def health(self, name: str) -> FeedAlignment:
        """What the last comparison said of a source."""
        if len(self._intake.sources) < 2:
            return NOT_COMPARED
        finding = self._found.get(name, _UNHEARD)
        seen = finding.comparison
        words = health_words(finding)
        if seen is None or finding.verdict is Verdict.NOT_KNOWN:
            if name in self._open:
                words += "; it was out of alignment when that was last known"
            return FeedAlignment(
                state=Verdict.NOT_KNOWN.value, words=words, aircraft=0 if seen is None else seen.aircraft
            )
        misfit = seen.misfit
        return FeedAlignment(
            state=finding.verdict.value,
            words=words,
            against=finding.against,
            aircraft=seen.aircraft,
            used=seen.used,
            rotation_deg=None if misfit is None else misfit.rotation_deg,
            rotation_pm_deg=None if misfit is None else misfit.rotation_pm_deg,
            displaced_m=None if misfit is None else abs(misfit.displaced),
            displaced_pm_m=None if misfit is None else misfit.displaced_pm_m,
            late_s=None if misfit is None else misfit.late_s,
            late_pm_s=None if misfit is None else misfit.late_pm_s,
            altitude_off_m=seen.altitude_off_m,
            altitude_pm_m=seen.altitude_pm_m,
        )

    def _off(self, name: str, finding: Finding, seen: Comparison, now_s: float) -> None:
        severity = severity_of(seen, self._terms)
        alert = self._open.get(name)
        if alert is not None:
            alert.agrees_since_s = inf
            alert.disputed = finding.disputed
            self._weigh(name, alert, severity, finding, now_s)
            return
        count, before = self._signs.get(name, (0, finding))
        count = count + 1 if before.comparison is not None and _alike(before.comparison, seen, self._terms) else 1
        self._signs[name] = count, finding
        if count < self._terms.confirm_times or not self._register.has_room:
            return
        alert = self._open[name] = _Open(alert_id(AlertKind.FEED_MISALIGNED, now_s, name), severity)
        alert.disputed = finding.disputed
        self._write(name, alert, AlertChange.RAISED, finding, now_s)

    def _weigh(self, name: str, alert: _Open, severity: Severity, finding: Finding, now_s: float) -> None:
        if severity >= alert.severity:
            alert.easier_since_s = inf
            if severity > alert.severity:
                alert.severity = severity
                self._write(name, alert, AlertChange.ESCALATED, finding, now_s)
            return
        alert.easier_since_s = min(alert.easier_since_s, now_s)
        if now_s - alert.easier_since_s >= self._terms.clear_after_s:
            alert.severity, alert.easier_since_s = severity, inf
            self._write(name, alert, AlertChange.EASED, finding, now_s)

    def _not_off(self, name: str, finding: Finding, now_s: float) -> None:
        alert = self._open.get(name)
        if alert is None:
            return
        if finding.verdict is not Verdict.AGREES:
            alert.agrees_since_s = inf
            return
        alert.agrees_since_s = min(alert.agrees_since_s, now_s)
        if now_s - alert.agrees_since_s >= self._terms.clear_after_s:
            del self._open[name]
            self._write(name, alert, AlertChange.CLEARED, finding, now_s)

    def _write(self, name: str, alert: _Open, change: AlertChange, finding: Finding, now_s: float) -> None:
        cleared = change is AlertChange.CLEARED
        self._register.write(
            alert.open_id,
            AlertKind.FEED_MISALIGNED,
            change,
            alert.severity,
            now_s,
            source=name,
            numbers=_numbers(finding.comparison),
            reason=agrees_again(name, finding) if cleared else reason_of(name, finding),
        )


def severity_of(seen: Comparison, terms: AlignmentTerms) -> Severity:
    """A warning where any figure that counts is at least its warning, else a caution."""
    misfit = seen.misfit
    grave = seen.high_or_low and abs(seen.altitude_off_m or 0.0) >= terms.altitude_warning_m
    if misfit is not None:
        grave |= seen.rotated and abs(misfit.rotation_deg) >= terms.rotation_warning_deg
        grave |= seen.displaced and abs(misfit.displaced) >= terms.displaced_warning_m
        grave |= seen.late and abs(misfit.late_s) >= terms.late_warning_s
    return Severity.WARNING if grave else Severity.CAUTION


def _alike(before: Comparison, now: Comparison, terms: AlignmentTerms) -> bool:
    """Whether two comparisons found the same fault: chance finds another each time."""
    if before.misfit is None or now.misfit is None:
        return (before.high_or_low, before.misfit is None) == (now.high_or_low, now.misfit is None)
    turned = abs((before.misfit.rotation_deg - now.misfit.rotation_deg + 180.0) % 360.0 - 180.0)
    pm_deg = before.misfit.rotation_pm_deg + now.misfit.rotation_pm_deg
    return turned <= terms.rotation_caution_deg + min(pm_deg, terms.rotation_warning_deg)


def _numbers(seen: Comparison | None) -> AlertNumbers:
    if seen is None:
        return AlertNumbers()
    misfit = seen.misfit
    return AlertNumbers(
        rotation_deg=msgspec.UNSET if misfit is None else misfit.rotation_deg,
        displaced_m=msgspec.UNSET if misfit is None else abs(misfit.displaced),
        late_s=msgspec.UNSET if misfit is None else misfit.late_s,
        altitude_off_m=msgspec.UNSET if seen.altitude_off_m is None else seen.altitude_off_m,
        aircraft=seen.used,
    )
