"""One report into the table: checked, correlated, put in order, completed, and its track's deadlines set.

Whatever is not used is counted under its reason, per source, and the last ones are kept for a person to look at.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import inf, isnan, nan

from steerclear.model.track import Identity, TrackReport
from steerclear.tactical.correlate import Directory
from steerclear.tactical.faults import SetAside
from steerclear.tactical.limits import MAX_ALTITUDE_M, MAX_SPEED_MPS, MAX_TEXT_CHARS, MIN_ALTITUDE_M, PictureLimits
from steerclear.tactical.parties import Fleets
from steerclear.tactical.sources import SourceState
from steerclear.tactical.table import TrackNames, TrackTable
from steerclear.tactical.terms import Terms
from steerclear.tactical.velocity import estimate

Key = int | str | tuple[str, str]

_NEWS = (None, SetAside.LATE, SetAside.CONTESTED)
"""What can become of the reports of a source that is alive; one that only repeats itself, or whose clock is wrong,
tells the picture as little as one that is dead."""

_LEARN_TRACK = 0.2
_LEARN_SOURCE = 0.02
_LONGEST_PERIOD_S = 120.0
_SPEED_SQUARED = MAX_SPEED_MPS * MAX_SPEED_MPS


class Intake:
    """Takes reports into a table of tracks."""

    def __init__(self, table: TrackTable, fleets: Fleets, terms: Terms, limits: PictureLimits) -> None:
        self.sources: dict[str, SourceState] = {}
        self.kept_aside: deque[tuple[TrackReport, SetAside]] = deque(maxlen=limits.max_kept_aside)
        self.turned_away: dict[SetAside, int] = {}
        """What could not even be counted under a source."""
        self._table = table
        self._fleets = fleets
        self._terms = terms
        self._limits = limits
        self._directory = Directory(table, terms.correlation, limits)
        self._track_ids: set[str] = set()

    def take(self, reports: list[TrackReport], now_s: float) -> list[TrackReport]:
        """Take one step's reports, in an order that does not depend on the order in which they came; returns it."""
        most = self._limits.max_reports_per_step
        ordered = in_order(reports)
        if len(ordered) > most:
            # The newest are kept: an old position is worth less than a new one.
            self._turn_away(SetAside.TOO_MANY_REPORTS, len(ordered) - most)
            ordered = ordered[-most:]
        news: dict[str, bool] = {}
        for report in ordered:
            name = report.source
            source = self.sources.get(name)
            if source is None:
                source = self.expect(name, now_s)
                if source is None:
                    continue
            source.reports += 1
            source.step_reports += 1
            reason = self._take_one(report, source, now_s)
            if reason is None:
                source.used += 1
            else:
                source.aside[reason] = source.aside.get(reason, 0) + 1
                self.kept_aside.append((report, reason))
            news[name] = news.get(name, False) or reason in _NEWS
        for name, new in news.items():
            self.sources[name].heard(now_s, new)
        return ordered

    def expect(self, name: str, now_s: float) -> SourceState | None:
        """Begin to keep account of a source; None when it cannot be kept."""
        if not 0 < len(name) <= MAX_TEXT_CHARS:
            self._turn_away(SetAside.BAD_TEXT, 1)
            return None
        if len(self.sources) >= self._limits.max_sources:
            self._turn_away(SetAside.TOO_MANY_SOURCES, 1)
            return None
        source = self.sources[name] = SourceState(name, now_s, self._terms.ages)
        return source

    def drop(self, slot: int) -> None:
        """Forget a track."""
        self._track_ids.discard(self._table.known(slot).track_id)
        self._directory.forget(slot)
        self._table.remove(slot)

    def _turn_away(self, reason: SetAside, count: int) -> None:
        self.turned_away[reason] = self.turned_away.get(reason, 0) + count

    def _take_one(self, report: TrackReport, source: SourceState, now_s: float) -> SetAside | None:
        limits = self._limits
        time_s = report.time_s
        # Written so that a NaN fails every test.
        if not time_s <= now_s + limits.max_ahead_s:
            return SetAside.AHEAD_OF_CLOCK
        if not time_s >= now_s - limits.max_behind_s:
            return SetAside.TOO_OLD
        if not (-90.0 <= report.latitude_deg <= 90.0 and -180.0 <= report.longitude_deg <= 360.0):
            return SetAside.BAD_POSITION
        key = _key_of(report)
        if key is None:
            return SetAside.UNIDENTIFIED
        slot = self._directory.find(report, key)
        if slot is None:
            return self._begin(report, key, source)
        return self._continue(slot, report, source)

    def _begin(self, report: TrackReport, key: Key, source: SourceState) -> SetAside | None:
        if not _texts_fit(report):
            return SetAside.BAD_TEXT
        contested = False
        if not isinstance(key, tuple):
            claims = self._directory.claims(key)
            if claims >= self._limits.max_claims_per_identity:
                return SetAside.TOO_MANY_CLAIMS
            contested = claims > 0
        adopted = None if contested else self._directory.adopt(report, key)
        if adopted is not None:
            self._directory.link(adopted, key)
            return self._continue(adopted, report, source)
        if self._table.live >= self._limits.max_tracks:
            return SetAside.TOO_MANY_TRACKS
        track_id = self._new_track_id(key)
        names = TrackNames(track_id, Identity())
        if contested:
            names.claim_reports = self._terms.correlation.confirm_claim_reports
        slot = self._table.add(names)
        self._directory.link(slot, key)
        self._table.time[slot] = -inf
        self._table.period[slot] = source.period_s
        return self._continue(slot, report, source)

    def _new_track_id(self, key: Key) -> str:
        if isinstance(key, int):
            base = f"icao-{key:06x}"
        elif isinstance(key, str):
            base = f"rid-{key}"
        else:
            base = f"{key[0]}/{key[1]}"
        track_id, copy = base, 1
        while track_id in self._track_ids:
            copy += 1
            track_id = f"{base}.{copy}"
        self._track_ids.add(track_id)
        return track_id

    def _continue(self, slot: int, report: TrackReport, source: SourceState) -> SetAside | None:
        table = self._table
        names = table.known(slot)
        time_s = report.time_s
        seconds = time_s - table.time[slot]
        if seconds <= 0.0:
            same = (
                seconds == 0.0
                and report.latitude_deg == table.latitude[slot]
                and report.longitude_deg == table.longitude[slot]
                and names.heard_from.get(report.source) == time_s
            )
            names.heard_from.setdefault(report.source, time_s)
            return SetAside.DUPLICATE if same else SetAside.LATE
        east, north, up, refused = _velocity_of(report)
        if self._is_repeat(slot, report, east, north):
            return SetAside.REPEATED_POSITION
        if refused:
            source.aside[SetAside.VELOCITY_REFUSED] = source.aside.get(SetAside.VELOCITY_REFUSED, 0) + 1
        names.heard_from[report.source] = time_s
        identity = names.identity
        if (
            report.icao_address != identity.icao_address
            or report.callsign != identity.callsign
            or report.remote_id != identity.remote_id
        ):
            self._learn_identity(slot, names, report)
        if report.on_ground is not None:
            names.on_ground = report.on_ground
            names.ground_time_s = time_s
        elif names.on_ground and time_s - names.ground_time_s > self._terms.correlation.ground_hold_s:
            names.on_ground = False
        self._write_motion(slot, names, report, (east, north, up))
        self._write_altitudes(slot, report, source, seconds)
        table.time[slot] = time_s
        table.latitude[slot] = report.latitude_deg
        table.longitude[slot] = report.longitude_deg
        if seconds < _LONGEST_PERIOD_S:
            table.period[slot] += _LEARN_TRACK * (seconds - table.period[slot])
            source.period_s += _LEARN_SOURCE * (seconds - source.period_s)
        self._set_deadlines(slot, names, time_s)
        if source.last_time_s is None or time_s > source.last_time_s:
            source.last_time_s = time_s
        source.learn_latency(report.receipt_time_s - time_s)
        if names.claim_reports:
            return self._confirm_claim(slot, names)
        return None

    def _is_repeat(self, slot: int, report: TrackReport, east: float, north: float) -> bool:
        table = self._table
        return (
            report.latitude_deg == table.latitude[slot]
            and report.longitude_deg == table.longitude[slot]
            and east * east + north * north >= self._terms.correlation.repeat_speed_mps**2
        )

    def _confirm_claim(self, slot: int, names: TrackNames) -> SetAside | None:
        names.claim_reports -= 1
        if names.claim_reports:
            return SetAside.CONTESTED
        self._set_deadlines(slot, names, self._table.time[slot])
        return None

    def _learn_identity(self, slot: int, names: TrackNames, report: TrackReport) -> None:
        known = names.identity
        callsign = report.callsign or None
        updated = Identity(
            icao_address=known.icao_address if report.icao_address is None else report.icao_address,
            callsign=known.callsign if callsign is None else callsign,
            remote_id=known.remote_id if report.remote_id is None else report.remote_id,
        )
        if updated == known or not _texts_fit(report):
            return
        if updated.icao_address is not None and known.icao_address is None:
            self._directory.link(slot, updated.icao_address)
        if updated.remote_id is not None and known.remote_id is None:
            self._directory.link(slot, updated.remote_id)
        if updated.callsign != known.callsign:
            self._directory.rename(slot, known.callsign, updated.callsign)
        names.identity = updated
        self._table.party[slot], self._table.kinds[slot] = self._fleets.belongs(updated)

    def _write_motion(
        self, slot: int, names: TrackNames, report: TrackReport, velocity: tuple[float, float, float]
    ) -> None:
        table = self._table
        east, north, up = velocity
        if isnan(east) or isnan(up):
            held = report.time_s - table.velocity_time[slot] <= self._terms.correlation.velocity_hold_s
            guess = estimate(names, report)
            if isnan(east):
                if held:
                    east, north = table.east[slot], table.north[slot]
                else:
                    east, north = guess[0], guess[1]
            else:
                table.velocity_time[slot] = report.time_s
            if isnan(up):
                up = table.up[slot] if held else guess[2]
        else:
            table.velocity_time[slot] = report.time_s
            if names.history:
                names.history.clear()
        table.east[slot] = east
        table.north[slot] = north
        table.up[slot] = up

    def _write_altitudes(self, slot: int, report: TrackReport, source: SourceState, seconds: float) -> None:
        table = self._table
        climbed = table.up[slot] * seconds
        for altitude, column, column_time in (
            (report.pressure_altitude_m, table.pressure, table.pressure_time),
            (report.ellipsoid_altitude_m, table.ellipsoid, table.ellipsoid_time),
        ):
            if altitude is not None and MIN_ALTITUDE_M <= altitude <= MAX_ALTITUDE_M:
                column[slot] = altitude
                column_time[slot] = report.time_s
                continue
            if altitude is not None:
                source.aside[SetAside.ALTITUDE_REFUSED] = source.aside.get(SetAside.ALTITUDE_REFUSED, 0) + 1
            held = report.time_s - column_time[slot] <= self._terms.correlation.velocity_hold_s
            column[slot] = column[slot] + climbed if held else nan

    def _set_deadlines(self, slot: int, names: TrackNames, time_s: float) -> None:
        table, ages = self._table, self._terms.ages
        period = table.period[slot]
        coast_s = min(max(ages.coast_min_s, ages.coast_periods * period), ages.coast_max_s)
        fresh_s = min(max(ages.fresh_min_s, ages.fresh_periods * period), coast_s)
        table.fresh_until[slot] = time_s + fresh_s
        table.coast_until[slot] = time_s + coast_s
        table.check_until[slot] = -inf if names.on_ground or names.claim_reports else time_s + coast_s
        table.drop_at[slot] = time_s + min(max(ages.drop_min_s, ages.drop_periods * period), ages.drop_max_s)


def in_order(reports: list[TrackReport]) -> list[TrackReport]:
    """Reports by time, and within one time by content: any order of the same reports comes out the same."""
    if len(reports) < 2:
        return reports
    # A NaN would make the order depend on where it stood; such a report is set aside wherever it stands.
    keys = [
        (
            -inf if isnan(report.time_s) else report.time_s,
            report.source,
            -1 if report.icao_address is None else report.icao_address,
            report.callsign or "",
            -inf if isnan(report.latitude_deg) else report.latitude_deg,
        )
        for report in reports
    ]
    order = sorted(range(len(reports)), key=keys.__getitem__)
    ordered = [reports[i] for i in order]
    if all(keys[a] != keys[b] for a, b in pairwise(order)):
        return ordered
    # Equal so far: the whole content decides. Reports that are equal in everything need no order.
    content = [repr(report) for report in reports]
    return [reports[i] for i in sorted(range(len(reports)), key=lambda i: (keys[i], content[i]))]


def _key_of(report: TrackReport) -> Key | None:
    if report.icao_address is not None:
        return report.icao_address
    if report.remote_id:
        return report.remote_id
    if report.source_track:
        return report.source, report.source_track
    if report.callsign:
        return report.source, report.callsign
    return None


def _texts_fit(report: TrackReport) -> bool:
    texts = (report.callsign, report.remote_id, report.source_track)
    return all(text is None or len(text) <= MAX_TEXT_CHARS for text in texts)


def _velocity_of(report: TrackReport) -> tuple[float, float, float, bool]:
    """(east, north, up, refused): NaN for what is missing or refused."""
    east, north, up = report.east_mps, report.north_mps, report.up_mps
    refused = False
    if east is None or north is None:
        east = north = nan
    elif not east * east + north * north <= _SPEED_SQUARED:
        east = north = nan
        refused = True
    if up is None:
        up = nan
    elif not -MAX_SPEED_MPS <= up <= MAX_SPEED_MPS:
        up = nan
        refused = True
    return east, north, up, refused
