"""The life of an alert as a table: what can happen to it, and what becomes of it.

One table serves every alert about aircraft: separation, time in breach, zones. Silence has a state of its own: an
alert about an aircraft that is no longer heard is neither open as before nor cleared.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.alert import AlertChange, Severity
from steerclear.tactical.terms import Terms


class LifeState(StrEnum):
    """Where an alert stands."""

    QUIET = "quiet"
    """Nothing is known against it; no alert."""
    SUSPECTED = "suspected"
    """Predicted, not yet often enough to trouble a person."""
    OPEN = "open"
    """Raised, and still predicted or happening at the last scan."""
    CLEARING = "clearing"
    """Raised, no longer predicted, not yet for long enough."""
    UNSEEN = "unseen"
    """Raised, and an aircraft of it is no longer heard: nobody knows."""


class LifeEvent(StrEnum):
    """What one scan says about it."""

    SIGN = "sign"
    """Predicted at this scan."""
    CONFIRMED = "confirmed"
    """Predicted at enough of the last scans, or happening now."""
    CLEAN = "clean"
    """Not predicted at this scan, by aircraft that are heard."""
    FORGOTTEN = "forgotten"
    """Not predicted at any of the scans that count."""
    ALL_CLEAR = "all_clear"
    """Clean for long enough, by reports made since."""
    SILENT = "silent"
    """An aircraft of it is no longer heard, or no longer says what is needed to judge."""
    GIVEN_UP = "given_up"
    """Silent for so long that the alert is closed without an all-clear."""


_S, _E = LifeState, LifeEvent

LIFE_STATES: dict[tuple[LifeState, LifeEvent], LifeState] = {
    (_S.QUIET, _E.SIGN): _S.SUSPECTED,
    (_S.QUIET, _E.CONFIRMED): _S.OPEN,
    (_S.SUSPECTED, _E.SIGN): _S.SUSPECTED,
    (_S.SUSPECTED, _E.CONFIRMED): _S.OPEN,
    (_S.SUSPECTED, _E.CLEAN): _S.SUSPECTED,
    (_S.SUSPECTED, _E.FORGOTTEN): _S.QUIET,
    (_S.SUSPECTED, _E.SILENT): _S.QUIET,
    (_S.OPEN, _E.SIGN): _S.OPEN,
    (_S.OPEN, _E.CONFIRMED): _S.OPEN,
    (_S.OPEN, _E.CLEAN): _S.CLEARING,
    (_S.OPEN, _E.SILENT): _S.UNSEEN,
    (_S.CLEARING, _E.SIGN): _S.OPEN,
    (_S.CLEARING, _E.CONFIRMED): _S.OPEN,
    (_S.CLEARING, _E.CLEAN): _S.CLEARING,
    (_S.CLEARING, _E.ALL_CLEAR): _S.QUIET,
    (_S.CLEARING, _E.SILENT): _S.UNSEEN,
    (_S.UNSEEN, _E.SIGN): _S.OPEN,
    (_S.UNSEEN, _E.CONFIRMED): _S.OPEN,
    (_S.UNSEEN, _E.CLEAN): _S.CLEARING,
    (_S.UNSEEN, _E.SILENT): _S.UNSEEN,
    (_S.UNSEEN, _E.GIVEN_UP): _S.QUIET,
}
"""(state, event) -> state; a pair that is not in the table is illegal and leaves the state unchanged."""


class Persistence(msgspec.Struct, frozen=True, kw_only=True):
    """How much it takes to raise, ease, clear and close an alert."""

    hits: int
    scans: int
    ease_after_s: float
    clear_after_s: float
    lapse_after_s: float

    @classmethod
    def of(cls, terms: Terms) -> Persistence:
        """The persistence that the terms ask for."""
        return cls(
            hits=terms.confirm_hits,
            scans=terms.confirm_scans,
            ease_after_s=terms.ease_after_s,
            clear_after_s=terms.clear_after_s,
            lapse_after_s=terms.lapse_after_s,
        )


class Life:
    """One alert's life. Fed once per scan; says what a person must be told, if anything.

    `seen` is a number that grows with every new report of the aircraft concerned: a scan that learned nothing new is
    no second witness for raising, and cannot give an all-clear.
    """

    __slots__ = ("_easier", "_easier_since_s", "_recent", "_seen", "_since_s", "_terms", "severity", "state")

    def __init__(self, terms: Persistence) -> None:
        self.state = LifeState.QUIET
        self.severity = Severity.INFORMATION
        self._terms = terms
        self._recent = 0
        """One bit per scan with new evidence, the newest lowest; 1 where it was predicted."""
        self._seen = float("-inf")
        self._since_s = 0.0
        """Since when it is clean (CLEARING) or unseen (UNSEEN)."""
        self._easier_since_s: float | None = None
        self._easier = Severity.INFORMATION

    @property
    def is_alert(self) -> bool:
        """Whether a person has been told and not yet been told that it is over."""
        return self.state in (LifeState.OPEN, LifeState.CLEARING, LifeState.UNSEEN)

    def happen(self, event: LifeEvent) -> None:
        """Move as the table says; an illegal event changes nothing."""
        self.state = LIFE_STATES.get((self.state, event), self.state)

    def predicted(self, severity: Severity, certain: bool, seen: float, now_s: float) -> AlertChange | None:
        """The scan predicts it at this severity; `certain` when it is happening and needs no second witness."""
        if seen > self._seen:
            self._witness(1, seen)
        was_alert = self.is_alert
        enough = certain or self._recent.bit_count() >= self._terms.hits
        self.happen(LifeEvent.CONFIRMED if enough else LifeEvent.SIGN)
        if self.state is not LifeState.OPEN:
            return None
        if not was_alert:
            self.severity = severity
            self._easier_since_s = None
            return AlertChange.RAISED
        return self._weigh(severity, now_s)

    def clean(self, seen: float, oldest_report_s: float, now_s: float) -> AlertChange | None:
        """The scan does not predict it; `oldest_report_s` is the older one of the last reports concerned."""
        if seen > self._seen:
            self._witness(0, seen)
        if self.state is LifeState.SUSPECTED:
            self.happen(LifeEvent.CLEAN if self._recent else LifeEvent.FORGOTTEN)
            return None
        if self.state is not LifeState.CLEARING:
            self.happen(LifeEvent.CLEAN)
            self._since_s = now_s
        if self.state is not LifeState.CLEARING:
            return None
        if now_s - self._since_s >= self._terms.clear_after_s and oldest_report_s >= self._since_s:
            self.happen(LifeEvent.ALL_CLEAR)
            return AlertChange.CLEARED
        return None

    def silent(self, now_s: float) -> AlertChange | None:
        """An aircraft of it is not heard, or cannot be judged."""
        if self.state is LifeState.UNSEEN and now_s - self._since_s >= self._terms.lapse_after_s:
            self.happen(LifeEvent.GIVEN_UP)
            return AlertChange.LAPSED
        if self.state is not LifeState.UNSEEN:
            self.happen(LifeEvent.SILENT)
            self._since_s = now_s
        return None

    def _witness(self, sign: int, seen: float) -> None:
        self._seen = seen
        self._recent = (self._recent << 1 | sign) & ((1 << self._terms.scans) - 1)

    def _weigh(self, severity: Severity, now_s: float) -> AlertChange | None:
        if severity >= self.severity:
            self._easier_since_s = None
            if severity == self.severity:
                return None
            self.severity = severity
            return AlertChange.ESCALATED
        if self._easier_since_s is None:
            self._easier_since_s, self._easier = now_s, severity
        self._easier = max(self._easier, severity)
        if now_s - self._easier_since_s < self._terms.ease_after_s:
            return None
        self.severity, self._easier_since_s = self._easier, None
        return AlertChange.EASED
