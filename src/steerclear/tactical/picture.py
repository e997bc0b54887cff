"""The picture: every aircraft that the sources report, and every alert that is open about them.

A picture is advanced, not shared: `advance` changes it in place and returns what must be told. It reads no clock and
draws no number; the same reports in the same steps with the same `now_s` give the same events, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isfinite, isnan

import msgspec
import numpy as np

from steerclear.model.alert import AlertEvent
from steerclear.model.track import AltitudeDatum, Track, TrackAge, TrackReport
from steerclear.tactical.alignment_watch import AlignmentWatch
from steerclear.tactical.breach import BreachWatch
from steerclear.tactical.faults import PictureError, SetAside
from steerclear.tactical.feedwatch import FeedWatch
from steerclear.tactical.intake import Intake
from steerclear.tactical.limits import PictureLimits
from steerclear.tactical.overload import OverloadWatch
from steerclear.tactical.pairs import SeparationWatch
from steerclear.tactical.parties import Fleets
from steerclear.tactical.register import Register
from steerclear.tactical.sources import FeedHealth
from steerclear.tactical.stale import StaleWatch
from steerclear.tactical.table import COLUMNS, TrackTable
from steerclear.tactical.terms import Terms
from steerclear.tactical.zones import ZoneWatch

_DROP_AT = COLUMNS.index("drop_at")


class PictureCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What the last scan looked at, and what it could not look at."""

    tracks: int
    checked: int
    """Aircraft that took part in pair checks."""
    without_altitude: int
    """Airborne aircraft that no pair check could include, because nobody knows how high they are."""
    impossible: int
    """Aircraft whose state is outside what separation accepts."""
    lookahead_s: float
    """How far ahead pairs were predicted: less than the terms ask for when there were more than the limit allows."""
    open_alerts: int
    alerts_not_raised: int
    """Over the limit of open alerts, since the beginning."""
    turned_away: dict[str, int]
    """Reports that could not be counted under a source, by reason."""


class Picture:
    """One picture of the sky under one set of terms."""

    def __init__(self, terms: Terms | None = None, limits: PictureLimits | None = None) -> None:
        self.terms = terms or Terms()
        self.limits = limits or PictureLimits()
        self._fleets = Fleets(self.terms.parties)
        self._table = TrackTable()
        self._intake = Intake(self._table, self._fleets, self.terms, self.limits)
        self._register = Register(self._table, self._fleets, self.limits.max_open_alerts)
        self._separation = SeparationWatch(self._table, self._register, self.terms, self.limits.max_pairs_per_scan)
        rule = self.terms.time_in_breach
        self._breach = (
            None
            if rule is None
            else BreachWatch(self._table, self._register, self.terms, rule, self.limits.max_pairs_per_scan)
        )
        self._zones = (
            ZoneWatch(self._table, self._register, self._fleets, self.terms, self.terms.zones)
            if self.terms.zones
            else None
        )
        self._stale = StaleWatch(self._table, self._register, self.terms.ages)
        self._feeds = FeedWatch(self._intake, self._register, self.terms)
        self._alignment = AlignmentWatch(self._intake, self._register, self.terms)
        self._overload = OverloadWatch(self._register, self.terms)
        self._now_s = -inf
        self._scanned_s = -inf

    @property
    def now_s(self) -> float:
        """The `now` of the last step; -inf before the first."""
        return self._now_s

    def advance(self, reports: Iterable[TrackReport], now_s: float) -> tuple[AlertEvent, ...]:
        """Take in the reports that arrived since the last step, and say what a person must be told at `now_s`.

        The pairs and zones are scanned when `scan_period_s` of the terms has passed since the last scan. Raises
        PictureError when `now_s` is not a number or is before the last one.
        """
        if not isfinite(now_s) or now_s < self._now_s:
            raise PictureError(
                f"now_s is {now_s!r} after {self._now_s!r}: the picture's time only goes forward; "
                "hand in the later of the clock and the last `now_s`"
            )
        if self._now_s == -inf:
            for name in self.terms.expected_sources:
                self._intake.expect(name, now_s)
        self._now_s = now_s
        self._alignment.take(self._intake.take(list(reports), now_s), now_s)
        if now_s - self._scanned_s >= self.terms.scan_period_s:
            self._scanned_s = now_s
            self._scan(now_s)
        return self._register.take_events()

    def _scan(self, now_s: float) -> None:
        self._separation.scan(now_s)
        self._overload.scan(self._separation.checked, now_s)
        if self._breach is not None:
            self._breach.scan(now_s)
        if self._zones is not None:
            self._zones.scan(now_s)
        self._stale.scan(now_s)
        self._feeds.scan(now_s)
        self._alignment.scan(now_s)
        self._drop(now_s)

    def _drop(self, now_s: float) -> None:
        table = self._table
        late = np.flatnonzero(table.data[_DROP_AT, : table.size] < now_s).tolist()
        # A track that an open alert is about stays until that is over.
        dropped = {slot for slot in late if not table.known(slot).pins}
        if not dropped:
            return
        self._separation.forget(dropped)
        if self._breach is not None:
            self._breach.forget(dropped)
        if self._zones is not None:
            self._zones.forget(dropped)
        for slot in sorted(dropped):
            self._intake.drop(slot)

    def tracks(self) -> tuple[Track, ...]:
        """Every aircraft as it is at the last step, by track id; claims that are not confirmed are not shown."""
        table = self._table
        slots = [slot for slot in table.slots() if not table.known(slot).claim_reports]
        return tuple(sorted((self._track(slot) for slot in slots), key=lambda track: track.track_id))

    def misaligned(self) -> frozenset[str]:
        """Sources about which an alert of alignment is open."""
        return self._alignment.alerted

    def feeds(self) -> tuple[FeedHealth, ...]:
        """The health of every source, by name."""
        return tuple(
            source.health(self._now_s, self._alignment.health(name))
            for name, source in sorted(self._intake.sources.items())
        )

    def open_alerts(self) -> tuple[AlertEvent, ...]:
        """The last event of every open alert, gravest first."""
        return tuple(
            sorted(self._register.open.values(), key=lambda event: (-event.severity, event.time_s, event.alert_id))
        )

    def set_aside(self) -> tuple[tuple[TrackReport, SetAside], ...]:
        """The last reports that were not used, with the reason, oldest first; `feeds` has the counts of all."""
        return tuple(self._intake.kept_aside)

    def counts(self) -> PictureCounts:
        """What the last scan looked at and what it could not look at."""
        checked = self._separation.checked
        return PictureCounts(
            tracks=self._table.live,
            checked=checked.believed - checked.without_altitude - checked.impossible,
            without_altitude=checked.without_altitude,
            impossible=checked.impossible,
            lookahead_s=checked.lookahead_s,
            open_alerts=len(self._register.open),
            alerts_not_raised=self._register.full,
            turned_away={reason.value: count for reason, count in sorted(self._intake.turned_away.items())},
        )

    def _track(self, slot: int) -> Track:
        table, now_s = self._table, self._now_s
        names = table.known(slot)
        subject = self._register.subject(slot, now_s)
        datum = None
        if subject.altitude_m is not None:
            datum = AltitudeDatum.ELLIPSOID if isnan(table.pressure[slot]) else AltitudeDatum.PRESSURE_STANDARD
        age = TrackAge.DROPPED
        for until, this in (
            (table.fresh_until[slot], TrackAge.FRESH),
            (table.coast_until[slot], TrackAge.COASTING),
            (table.drop_at[slot], TrackAge.STALE),
        ):
            if now_s <= until:
                age = this
                break
        return Track(
            track_id=subject.track_id,
            identity=subject.identity,
            party=subject.party,
            age=age,
            time_s=subject.report_time_s,
            latitude_deg=subject.latitude_deg,
            longitude_deg=subject.longitude_deg,
            altitude_m=subject.altitude_m,
            altitude_datum=datum,
            east_mps=subject.east_mps,
            north_mps=subject.north_mps,
            up_mps=subject.up_mps,
            on_ground=names.on_ground,
            sources=tuple(sorted(names.heard_from)),
            place_doubtful=bool(names.heard_from) and self._alignment.off.issuperset(names.heard_from),
        )


def step(picture: Picture, reports: Iterable[TrackReport], now_s: float) -> tuple[Picture, tuple[AlertEvent, ...]]:
    """`(picture, reports, now) -> (picture, alerts)`: the same picture, advanced."""
    return picture, picture.advance(reports, now_s)
