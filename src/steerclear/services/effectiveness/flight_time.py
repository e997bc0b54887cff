"""How long aircraft were seen flying: the hours by which a rate of alerts is divided.

For each aircraft the times between one report and the next are added up, as long as no more than a minute lies between
them; who reports to be on the ground does not fly. Several sources of one aircraft count once where they name it alike:
by address, else by remote id, else by callsign, else by the source's own number, so that an aircraft that is reported
without a name by two radars counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from steerclear.model.track import TrackReport
from steerclear.services.effectiveness.limits import FLIGHT_GAP_S
from steerclear.services.keep_reports import RecordedStep


class FlightTime:
    """Adds up the steps of a picture, in order."""

    def __init__(self, from_s: float, until_s: float) -> None:
        self._from_s, self._until_s = from_s, until_s
        self._last_s: dict[object, float] = {}
        self.flight_s = 0.0

    def take(self, reports: Iterable[TrackReport]) -> None:
        """Add the reports of one step."""
        for report in reports:
            if not self._from_s <= report.time_s < self._until_s or report.on_ground:
                continue
            key = aircraft_key(report)
            if key is None:
                continue
            last_s = self._last_s.get(key)
            if last_s is None or report.time_s > last_s:
                self._last_s[key] = report.time_s
                gap_s = 0.0 if last_s is None else report.time_s - last_s
                self.flight_s += gap_s if gap_s <= FLIGHT_GAP_S else 0.0


def flight_seconds(steps: Iterable[RecordedStep], from_s: float, until_s: float) -> float:
    """Seconds that aircraft were seen flying between two times, all together."""
    time = FlightTime(from_s, until_s)
    for step in steps:
        time.take(step.reports)
    return time.flight_s


def aircraft_key(report: TrackReport) -> object:
    """By what an aircraft is known in its reports; None for a report that names nothing at all."""
    if report.icao_address is not None:
        return report.icao_address
    name = report.remote_id or report.callsign
    if name:
        return name
    return None if report.source_track is None else (report.source, report.source_track)
