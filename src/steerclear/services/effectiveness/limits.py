"""Limits of the effectiveness report."""

from __future__ import annotations

from typing import Final

MAX_MESSAGES: Final = 2_000_000
"""Messages that one report looks at; a longer period is reported in parts."""

MAX_ALERTS: Final = 500_000
"""Lives of alerts that one report looks at."""

MAX_REPORT_SOURCES: Final = 16
"""Records or incidents that one report is made of."""

FLIGHT_GAP_S: Final = 60.0
"""Between two reports of one aircraft that lie farther apart nobody knows that it flew: the time is not counted."""

RUNG_TOLERANCE_S: Final = 5.0
"""By so much two sides' clocks may differ before a rung counts as raised late."""

LOOK_BACK_S: Final = 31 * 86_400.0
"""How long before the period the journal is read for what still holds in it: a declared condition, an open alert."""

ROLLING_PERIOD_S: Final = 86_400.0
"""The figures for monitoring cover the time up to now of this length."""

MAX_ROLLING_MESSAGES: Final = 100_000
"""Messages that the figures for monitoring remember; older ones are forgotten first."""

MAX_ROLLING_ROWS: Final = 50_000
"""Journal rows that are read at a time for the figures for monitoring; what is more is skipped, and said to be."""

ROLLING_EVERY_S: Final = 60.0
"""The figures for monitoring are made anew at most so often."""

MAX_FLIGHT_BYTES: Final = 4 * 1024**3
"""Raw reports that are read for the flight hours of one report; with more of them these are not measured."""
