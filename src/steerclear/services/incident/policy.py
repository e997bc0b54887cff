"""When incidents are opened by themselves, and of which span the evidence is kept."""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.model.incident import IncidentCause
from steerclear.services.incident.limits import MAX_AFTER_S, MAX_BEFORE_S, MAX_MARKING_CHARS

AUTOMATIC: Final = (
    IncidentCause.SEPARATION_LOST,
    IncidentCause.ZONE_PENETRATED,
    IncidentCause.LINK_LOST,
    IncidentCause.LADDER_ENDED,
)
"""Causes that a node sees by itself."""


class IncidentPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a node's file says of incidents; the defaults hold without a word in it."""

    causes: tuple[IncidentCause, ...] = AUTOMATIC
    """Which of them open an incident; empty for none."""
    before_s: float = 1_800.0
    after_s: float = 600.0
    """The window around what happened."""
    quiet_s: float = 900.0
    """The same cause about the same aircraft, zone, line or message opens no other incident for so long."""
    line_down_s: float = 300.0
    """A line that was down for so long is lost."""
    after_last_rung_s: float = 60.0
    """Time that the last rung is given before its silence is an incident."""
    marking: str = ""
    """Classification that stands on every bundle."""

    def __post_init__(self) -> None:
        """Raises ValueError for spans that no bundle could hold."""
        for name, most_s in (
            ("before_s", MAX_BEFORE_S),
            ("after_s", MAX_AFTER_S),
            ("quiet_s", MAX_BEFORE_S),
            ("line_down_s", MAX_BEFORE_S),
            ("after_last_rung_s", MAX_BEFORE_S),
        ):
            if not 0 <= getattr(self, name) <= most_s:
                raise ValueError(f"{name} is 0 to {most_s:g} seconds")
        if len(self.marking) > MAX_MARKING_CHARS or not self.marking.isprintable():
            raise ValueError(f"marking has at most {MAX_MARKING_CHARS} characters, all of which show")
        strange = [cause for cause in self.causes if cause not in AUTOMATIC]
        if strange:
            raise ValueError(f"{strange[0]} is nothing that a node sees by itself; it sees: {', '.join(AUTOMATIC)}")
