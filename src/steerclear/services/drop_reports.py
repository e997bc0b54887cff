"""Remove raw reports that are older than a side keeps them, where nothing needs them and the clock is right."""

from __future__ import annotations

import logging
from pathlib import Path

from steerclear.services.incident.incident_events import read_pending
from steerclear.services.line_metrics import LineMetrics
from steerclear.store.segments import drop_segments

_logger = logging.getLogger("steerclear.picture")


def drop_old_reports(folder: Path, metrics: LineMetrics, keep_s: float) -> int:
    """Remove the files of reports that were sealed longer than `keep_s` seconds ago; how many.

    Raises StoreError, OSError.
    """
    journal, now_s = metrics.exchange.journal, metrics.exchange.clock.now_s()
    if not metrics.confirms_clock(now_s):
        # By a clock that is wrong all of them would be old.
        detail = "no peer's receipt of the last day confirms our clock, so none is removed"
        _logger.warning("reports that are no longer kept stay", extra={"detail": detail})
        return 0
    # What an incident still has to be frozen with stays, however old it is.
    needed_s = [standing.incident.from_s for standing in read_pending(journal)]
    return drop_segments(folder, journal, min([now_s - keep_s, *needed_s]), now_s)
