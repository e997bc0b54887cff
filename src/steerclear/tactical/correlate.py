"""Which aircraft a report is about: one track per aircraft out of the reports of several sources.

Hard identities (ICAO address, remote id) lead to a track wherever the aircraft can have flown since its last report.
One identity at two places out of reach of each other is two claims: the first stays, the second is held until enough
reports agree with each other, and is then a track of its own. It never becomes one track that jumps.

Soft identities (a source's track number, a callsign) lead to a track only while position, altitude and velocity agree.
A report of a new aircraft joins a track of another source when exactly one fits; when two fit, it joins none. Two
aircraft within `join_horizontal_m` of each other, each seen by one source only and one of them without any identity,
are therefore one track for as long as they fly alike: the price of not alerting every aircraft against itself.
"""

from __future__ import annotations

from math import cos, isnan, radians
from typing import Final

import numpy as np

from steerclear.model.track import TrackReport
from steerclear.tactical.limits import PictureLimits
from steerclear.tactical.reckoning import move
from steerclear.tactical.table import COLUMNS, EAST, LATITUDE, LONGITUDE, NORTH, TIME, TrackTable
from steerclear.tactical.terms import CorrelationTerms

METRES_PER_DEG: Final = 111_320.0
"""Of latitude, and of longitude at the equator, rounded up: gates may only widen by the rounding of a degree."""

_SURELY_NEAR_DEG: Final = 0.005
_TOO_LATE_TO_TELL_S: Final = 2.0
_COAST_UNTIL: Final = COLUMNS.index("coast_until")


class Directory:
    """The identities that lead to the slots of a table."""

    def __init__(self, table: TrackTable, terms: CorrelationTerms, limits: PictureLimits) -> None:
        self._table = table
        self._terms = terms
        self._limits = limits
        self._hard: dict[int | str, list[int]] = {}
        """ICAO address (int) or remote id (str) -> slots that claim it, oldest first."""
        self._soft: dict[tuple[str, str], int] = {}
        """(source, its track number or callsign) -> slot."""
        self._callsign: dict[str, dict[int, None]] = {}
        """Callsign -> slots that use it, oldest first."""

    def find(self, report: TrackReport, key: int | str | tuple[str, str]) -> int | None:
        """The slot that a report with this identity belongs to, None for a new aircraft or a new claim."""
        if not isinstance(key, tuple):
            claims = self._hard.get(key, ())
            for slot in claims:
                if self._in_reach(slot, report):
                    return slot
            # An old report cannot begin a claim: nobody knows where that aircraft is now.
            return next((slot for slot in claims if self._is_old(slot, report)), None)
        known = self._soft.get(key)
        if known is None:
            return None
        if self._is_old(known, report):
            return known  # Where the aircraft was then says little about whether the number has changed hands.
        alone = len(self._table.known(known).heard_from) == 1
        if self._in_reach(known, report) if alone else self._agrees(known, report):
            return known
        self._unlink_soft(known, key)
        return None

    def claims(self, key: int | str) -> int:
        """At how many places a hard identity is claimed."""
        return len(self._hard.get(key, ()))

    def adopt(self, report: TrackReport, key: int | str | tuple[str, str]) -> int | None:
        """The one track, so far known otherwise, that a new identity fits; None if none or more than one does."""
        hard = not isinstance(key, tuple)
        namesakes = self._callsign.get(report.callsign, {}) if report.callsign else {}
        if len(namesakes) <= self._limits.max_candidates:  # A callsign that so many use names nobody.
            fitting = [
                slot for slot in namesakes if not (hard and self._has_hard(slot)) and self._may_join(slot, report)
            ]
            if fitting:
                return fitting[0] if len(fitting) == 1 else None
        if hard and not self._soft:
            return None
        fitting = [
            slot for slot in self._near(report) if not (hard and self._has_hard(slot)) and self._may_join(slot, report)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def link(self, slot: int, key: int | str | tuple[str, str]) -> None:
        """Let an identity lead to a slot."""
        if isinstance(key, tuple):
            self._soft[key] = slot
        else:
            slots = self._hard.setdefault(key, [])
            if slot in slots:
                return
            slots.append(slot)
        self._table.known(slot).keys.append(key)

    def rename(self, slot: int, before: str | None, after: str | None) -> None:
        """A track's callsign has changed."""
        if before is not None:
            slots = self._callsign[before]
            del slots[slot]
            if not slots:
                del self._callsign[before]
        if after is not None:
            self._callsign.setdefault(after, {})[slot] = None

    def forget(self, slot: int) -> None:
        """Nothing leads to this slot any more."""
        # The keys that were linked, not the identity of today: an address or remote id may have changed since.
        names = self._table.known(slot)
        for key in names.keys:
            if not isinstance(key, tuple):
                slots = self._hard[key]
                slots.remove(slot)
                if not slots:
                    del self._hard[key]
            elif self._soft.get(key) == slot:
                del self._soft[key]
        self.rename(slot, names.identity.callsign, None)

    def _unlink_soft(self, slot: int, key: tuple[str, str]) -> None:
        del self._soft[key]
        names = self._table.known(slot)
        names.keys.remove(key)
        names.heard_from.pop(key[0], None)

    def _has_hard(self, slot: int) -> bool:
        identity = self._table.known(slot).identity
        return identity.icao_address is not None or identity.remote_id is not None

    def _is_old(self, slot: int, report: TrackReport) -> bool:
        return report.time_s < self._table.time[slot] - _TOO_LATE_TO_TELL_S

    def _in_reach(self, slot: int, report: TrackReport) -> bool:
        table = self._table
        north_deg = abs(report.latitude_deg - table.latitude[slot])
        east_deg = abs(report.longitude_deg - table.longitude[slot])
        if north_deg < _SURELY_NEAR_DEG and east_deg < _SURELY_NEAR_DEG:
            return True
        seconds = abs(report.time_s - table.time[slot])
        reach_m = self._terms.reach_slack_m + self._terms.reach_mps * seconds
        return _squared_m(north_deg, east_deg, report.latitude_deg) <= reach_m * reach_m

    def _may_join(self, slot: int, report: TrackReport) -> bool:
        # A source that already reports this track under another number sees two aircraft, not one.
        return report.source not in self._table.known(slot).heard_from and self._agrees(slot, report)

    def _agrees(self, slot: int, report: TrackReport) -> bool:
        table, terms = self._table, self._terms
        seconds = report.time_s - table.time[slot]
        if report.time_s > table.coast_until[slot] or seconds < -terms.velocity_hold_s:
            return False
        latitude, longitude = move(
            table.latitude[slot], table.longitude[slot], table.east[slot], table.north[slot], seconds
        )
        apart = _squared_m(abs(report.latitude_deg - latitude), abs(report.longitude_deg - longitude), latitude)
        if apart > terms.join_horizontal_m**2:
            return False
        for reported, known in (
            (report.pressure_altitude_m, table.pressure[slot]),
            (report.ellipsoid_altitude_m, table.ellipsoid[slot]),
        ):
            if reported is not None and abs(reported - known - table.up[slot] * seconds) > terms.join_vertical_m:
                return False  # An unknown altitude (NaN) refutes nothing.
        if report.east_mps is None or report.north_mps is None or isnan(table.velocity_time[slot]):
            return True
        east, north = report.east_mps - table.east[slot], report.north_mps - table.north[slot]
        return east * east + north * north <= terms.join_velocity_mps**2

    def _near(self, report: TrackReport) -> list[int]:
        """Slots within the join gate, widened by what each may have flown since its last report."""
        table = self._table
        data = table.data[:, : table.size]
        join_m = self._terms.join_horizontal_m
        # A wide band first: as far as anything flies in the time that it is believed.
        band_deg = (join_m + self._terms.reach_mps * 60.0) / METRES_PER_DEG
        near = np.abs(data[LATITUDE] - report.latitude_deg) <= band_deg
        slots = np.flatnonzero(near & (data[_COAST_UNTIL] >= report.time_s))
        rows = data[:, slots]
        north_m = METRES_PER_DEG * (rows[LATITUDE] - report.latitude_deg)
        around_deg = (rows[LONGITUDE] - report.longitude_deg + 180.0) % 360.0 - 180.0
        east_m = METRES_PER_DEG * cos(radians(report.latitude_deg)) * around_deg
        flown_m = np.hypot(rows[EAST], rows[NORTH]) * np.abs(report.time_s - rows[TIME])
        # Around a pole the way along the parallel is up to pi / 2 times the way flown; `_agrees` decides.
        close = slots[np.hypot(north_m, east_m) <= 1.6 * (join_m + flown_m)]
        return close.tolist() if len(close) <= self._limits.max_candidates else []


def _squared_m(north_deg: float, east_deg: float, latitude_deg: float) -> float:
    if east_deg > 180.0:
        east_deg = abs(360.0 - east_deg)
    north_m = north_deg * METRES_PER_DEG
    east_m = east_deg * METRES_PER_DEG * cos(radians(latitude_deg))
    return north_m * north_m + east_m * east_m
