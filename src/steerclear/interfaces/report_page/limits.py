"""Limits of the joint report."""

from __future__ import annotations

from typing import Final

MAX_ENTRIES: Final = 5_000
"""Entries of the timeline that a report shows; how many more there are is told, and JSON has them all."""

MAX_TABLE_ROWS: Final = 1_000
"""Rows of any other table of a report."""

MAX_STRIPS: Final = 8
"""Aircraft whose altitude is drawn over time: those of alerts first."""

MAX_CELL_CHARS: Final = 4_000
"""Characters of one text: as many as a person may write into a message."""

MAX_MARKING_CHARS: Final = 200
"""The classification in the first and last line."""

MAX_MAP_TRACKS: Final = 300
"""Tracks that are drawn on the map: those of alerts first."""
