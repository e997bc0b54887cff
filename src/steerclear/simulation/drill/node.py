"""One party's node in a drill: the shipped services over a simulated disk and clock, and its picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Final

from steerclear.model.feed_alignment import SensorSite
from steerclear.model.scenario import Scenario, ScenarioParty, Weakness
from steerclear.model.track import TrackReport
from steerclear.services.announce_alerts import AlertAnnouncer
from steerclear.services.exchange import Exchange
from steerclear.services.identify.watch import IdentifyTracks
from steerclear.services.incident.policy import IncidentPolicy
from steerclear.services.incident.watch import IncidentWatch
from steerclear.services.ingest_tracks import IngestTracks
from steerclear.services.keep_time import Timekeeper
from steerclear.services.line_events import open_deadlines, open_rungs
from steerclear.services.line_views import line_views
from steerclear.simulation.cast import line_keys
from steerclear.simulation.clock import START_S, PartyClock, TrueTime
from steerclear.simulation.disk import MemoryJournal
from steerclear.simulation.drill.terms import DrillTerms
from steerclear.simulation.medium import Medium
from steerclear.store.entries import JournalRow
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.tactical import Picture, Terms
from steerclear.tactical.terms import AlignmentTerms

_NEVER: Final = 1_000_000
"""Comparisons in a row that nobody lives to see."""


class DrillNode:
    """A node over the whole drill; while it is `down` it does nothing, and comes back over what its disk holds."""

    def __init__(
        self,
        party: ScenarioParty,
        scenario: Scenario,
        terms: DrillTerms,
        true: TrueTime,
        reports: Sequence[TrackReport],
        off: frozenset[Weakness],
    ) -> None:
        self.party = party.id
        # The simulation's time begins at its own start; a drill's begins at the scenario's.
        self.clock = PartyClock(true, scenario.drill.start_s - START_S + party.clock_ahead_s, 0.0)
        self.medium = Medium()
        self.down = False
        self._terms = terms
        self._salts = Random(f"salts {scenario.drill.name} {party.id}")
        self._coming = deque(reports)
        self._has_picture = bool(reports) and Weakness.PICTURE not in off
        self._off = off
        self._sites = tuple(
            SensorSite(source=feed.name, latitude_deg=feed.site.latitude_deg, longitude_deg=feed.site.longitude_deg)
            for feed in scenario.feeds
            if feed.party == party.id and feed.site is not None
        )
        self._alignment = AlignmentTerms(confirm_times=_NEVER if Weakness.ALIGNMENT in off else 3)
        self.heard_s = float("-inf")
        """When the last report arrived, by the right time."""
        self.read = 0
        """Journal rows that the drill has looked at."""
        self.start()

    def start(self) -> None:
        """A new process over what the disk holds."""
        self.journal = MemoryJournal(self.medium, line_views())
        salts = self._salts
        self.exchange = Exchange(
            self.journal,
            self._terms.versions,
            self.party,
            line_keys(self.party),
            self.clock,
            lambda: salts.randbytes(32),
        )
        self.timekeeper = Timekeeper(self.exchange)
        incidents = IncidentPolicy() if Weakness.INCIDENTS not in self._off else IncidentPolicy(causes=())
        self._incidents = IncidentWatch(self.exchange, incidents)
        self.picture: Picture | None = None
        if self._has_picture:
            self.picture = Picture(
                Terms.from_agreement(self._terms.agreement, sites=self._sites, alignment=self._alignment)
            )
            self._ingest = IngestTracks(self.picture, AlertAnnouncer(self.exchange))
        self.identify: IdentifyTracks | None = None
        if self._has_picture and Weakness.IDENTIFICATION not in self._off:
            self.identify = IdentifyTracks(self.exchange)

    def next_report_s(self) -> float:
        """When the next report arrives; infinity for never."""
        return self._coming[0].receipt_time_s if self._coming else float("inf")

    def next_due_s(self, now_s: float) -> float:
        """When the next deadline or rung is due, by the right time; infinity for never."""
        ahead_s = self.clock.now_s() - now_s
        dues = (due_s - ahead_s for due_s, _ in (*open_deadlines(self.journal), *open_rungs(self.journal)))
        return min((due_s for due_s in dues if due_s >= now_s), default=float("inf"))

    def scan(self, true_s: float) -> None:
        """One step of the picture, with what has arrived."""
        arrived = []
        while self._coming and self._coming[0].receipt_time_s <= true_s:
            arrived.append(self._coming.popleft())
        if arrived:
            self.heard_s = true_s
        if self.picture is not None and not self.down:
            self._ingest.ingest(arrived, self.clock.now_s())
            if self.identify is not None:
                self.identify.step(self.picture.tracks(), self.picture.now_s)

    def tick(self) -> None:
        """What time alone brings about."""
        if not self.down:
            self.timekeeper.tick()
            self._incidents.follow()

    def new_rows(self) -> list[JournalRow]:
        """Rows of the journal since the last look."""
        rows: list[JournalRow] = []
        while page := self.medium.rows[self.read : self.read + MAX_PAGE_ROWS]:
            rows += page
            self.read += len(page)
        return rows
