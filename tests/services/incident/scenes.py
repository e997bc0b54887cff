"""Two nodes with a picture and a line between them, an incident, and its bundle."""

from __future__ import annotations

import io
import zipfile
from itertools import count
from pathlib import Path

import msgspec

from steerclear.model.agreement import Agreement, Ladder, LadderSide, Rung
from steerclear.model.incident import Incident, IncidentCause
from steerclear.model.track import Identity, TrackReport
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.acknowledge import acknowledge
from steerclear.services.declare_items import Wish, submit
from steerclear.services.identify.watch import IdentifyTracks
from steerclear.services.incident.bundle_files import ConfigurationNote
from steerclear.services.incident.freeze import IncidentKeeper
from steerclear.services.incident.policy import IncidentPolicy
from steerclear.services.incident.write_bundle import FreezeInputs, write_incident
from steerclear.services.keep_reports import ReportKeeper
from steerclear.services.line_status import listed_standings
from steerclear.services.picture_runs import run_event, run_started
from steerclear.services.run_picture import StepRecord
from steerclear.services.software import software_name
from steerclear.store.entries import Append
from steerclear.tactical import Picture, PictureLimits, Terms
from tests.services.bundles import packed_to
from tests.services.parties import START_S, Node, make_agreement, settle, signed_files
from tests.services.plans import flight

Files = dict[str, bytes]
LADDER = Ladder(
    ladder_id="alert",
    rungs=(
        Rung(function="duty officer", after_s=0.0),
        Rung(function="commander", after_s=20.0),
        Rung(function="commander", after_s=30.0, side=LadderSide.SENDER),
        Rung(function="duty officer", after_s=40.0, last=True),
    ),
)


def watched_agreement() -> Agreement:
    """Alerts climb a ladder within seconds, so that a short stretch holds silences and rungs."""
    base = make_agreement()
    deadlines = tuple(msgspec.structs.replace(one, within_s=15.0, ladder_id="alert") for one in base.deadlines)
    return msgspec.structs.replace(base, ladders=(LADDER,), deadlines=deadlines)


FILES = (signed_files(watched_agreement()),)


def crossing(now_s: float, started_s: float) -> tuple[TrackReport, ...]:
    """Two aircraft, one of each party, that fly at each other on one level."""
    at = now_s - started_s
    reports = []
    for callsign, address, longitude, east in (("N1", 0x4B0001, 7.0, 200.0), ("S1", 0x4B0002, 7.6, -200.0)):
        reports.append(
            TrackReport(
                source="radar",
                time_s=now_s,
                receipt_time_s=now_s,
                latitude_deg=46.5,
                longitude_deg=longitude + at * east / 76_600.0,
                pressure_altitude_m=3_000.0,
                east_mps=east,
                north_mps=0.0,
                up_mps=0.0,
                icao_address=address,
                callsign=callsign,
            )
        )
    return tuple(reports)


class WatchingNode(Node):
    """A node in memory that also runs a picture, and keeps its reports in a folder."""

    def __init__(self, party: str, folder: Path, agreement=None, store=None) -> None:
        super().__init__(party, agreement or watched_agreement(), store=store)
        self.folder = folder
        self.reports = ReportKeeper.open(folder, self.store, self.clock)
        self.record = StepRecord(self.reports, self.announcer)
        self.picture = self.start_picture()
        self.identify: IdentifyTracks | None = None
        """Set it to decide at every step whose each track is."""

    def start_picture(self) -> Picture:
        terms, limits = Terms.from_agreement(self.exchange.agreement), PictureLimits()
        version = self.exchange.versions.known[0].sha256.hex()
        run = run_started(
            terms=terms,
            limits=limits,
            agreement_sha256=version,
            software=software_name(),
            live=True,
            place=self.reports.place(),
            now_s=self.clock.now_s(),
        )
        self.store.append(Append(key=f"run/{self.store.last_sequence()}", events=(run_event(run),)))
        return Picture(terms, limits)

    def watch(self, seconds: int, began_s: float = START_S) -> list:
        """So many seconds of the crossing."""
        found = []
        for _ in range(seconds):
            self.clock.time_s += 1.0
            now_s = self.clock.now_s()
            reports = crossing(now_s, began_s)
            events = self.picture.advance(reports, now_s)
            self.record.record(events, reports, now_s)
            if self.identify is not None:
                self.identify.step(self.picture.tracks(), now_s)
            self.timekeeper.tick()
            found += events
        return found

    def close(self) -> None:
        self.reports.close()
        super().close()

    def inputs(self, **more) -> FreezeInputs:
        numbers = count()
        return FreezeInputs(
            agreements=FILES,
            segments=self.folder,
            configuration=ConfigurationNote(sha256="0" * 64, values={"node": {"party": self.party}}),
            new_salt=lambda: next(numbers).to_bytes(16, "big"),
            **more,
        )

    def bundle(self, incident: Incident, **more) -> bytes:
        self.reports.seal()
        sink = io.BytesIO()
        write_incident(self.exchange, incident, self.inputs(**more), sink, self.store.last_sequence())
        return sink.getvalue()


def an_incident(**changes) -> Incident:
    told = {
        "incident_id": "inc-1",
        "cause": IncidentCause.SEPARATION_LOST,
        "title": "N1 and S1 too close",
        "opened_by": "north",
        "opened_s": START_S + 60.0,
        "at_s": START_S + 60.0,
        "from_s": START_S - 1_800.0,
        "until_s": START_S + 660.0,
    }
    return Incident(**{**told, **changes})


def two_watching(folder: Path) -> tuple[WatchingNode, WatchingNode]:
    """North and south, each with its own picture of the same sky."""
    return WatchingNode("north", folder / "north"), WatchingNode("south", folder / "south")


def acknowledge_first(node: WatchingNode) -> None:
    """The duty officer reads the first alert that nobody has read, and no other."""
    for standing in listed_standings(node.exchange):
        if not standing.outgoing and standing.kind == "alert_notice" and not standing.acknowledged:
            acknowledge(node.exchange, standing.message.message_id, f"{node.party}-desk", "duty officer", "read")
            return


def watched_bundle(folder: Path, **more) -> bytes:
    """The bundle of north after the aircraft have met, and both sides have talked."""
    north, south = two_watching(folder)
    for _ in range(12):
        north.watch(10)
        south.watch(10)
        settle(north, south)
        acknowledge_first(south)
    packed = north.bundle(an_incident(until_s=START_S + 120.0), **more)
    north.close()
    south.close()
    return packed


def unpacked(packed: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def keeper_of(node: WatchingNode, folder: Path, **policy) -> IncidentKeeper:
    """Opens and freezes the incidents of a node in a folder; short windows."""
    spans = {"before_s": 600.0, "after_s": 30.0, "quiet_s": 300.0, **policy}
    return IncidentKeeper(
        node.exchange, IncidentPolicy(**spans), folder, node.inputs(marking="EXERCISE"), node.record.seal
    )


def settle_clock(north, south) -> None:
    south.clock.time_s = north.clock.time_s
    settle(north, south)


def identifying(tmp_path: Path) -> Path:
    """North decides whose each track is, while a flight is declared on the way of one of them."""
    north, south = two_watching(tmp_path)
    north.identify = IdentifyTracks(north.exchange)
    for part in range(12):
        if part == 5:
            volume = Volume4D(
                area=CircleArea(centre=Position(latitude_deg=46.5, longitude_deg=7.15), radius_m=30_000.0),
                lower_m=None,
                upper_m=None,
                altitude_datum=None,
                from_s=START_S,
                until_s=START_S + 3_600.0,
            )
            plan = flight(1, volumes=(volume,), identities=(Identity(icao_address=0x4B0001, callsign="N1"),))
            submit(north.exchange, Wish(item=plan), "north-desk", "duty officer")
        north.watch(10)
        settle_clock(north, south)
    path = packed_to(tmp_path / "known.zip", unpacked(north.bundle(an_incident(until_s=START_S + 120.0))))
    north.close()
    south.close()
    return path
