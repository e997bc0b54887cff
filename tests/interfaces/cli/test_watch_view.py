"""What the live view shows."""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import pytest
from rich.console import Console

from steerclear.interfaces.cli import watch_output
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.watch_output import WatchState
from steerclear.interfaces.cli.watch_view import LiveView, altitude_text, position_text
from steerclear.model.alert import AlertEvent
from steerclear.model.track import AltitudeDatum, Identity, Track, TrackAge, TrackReport
from steerclear.services.ingest_tracks import IngestTracks
from steerclear.services.replay_sources import Scan
from steerclear.services.report_sources import RejectionReason, SourceState, SourceStatus
from steerclear.tactical import Picture, PictureLimits, Terms

START_S = 1_700_000_000.0


def reports(second: int) -> list[TrackReport]:
    """Two aircraft closing head-on, and one far away that flies alone."""
    offset_deg = 0.002 * second
    flights = ((1, "NORTH1", 46.0, 8.0 + offset_deg, 154.0), (2, "SOUTH1", 46.0, 8.5 - offset_deg, -154.0))
    return [
        TrackReport(
            source="antenna",
            time_s=START_S + second,
            receipt_time_s=START_S + second,
            latitude_deg=latitude_deg,
            longitude_deg=longitude_deg,
            pressure_altitude_m=3_048.0,
            east_mps=east_mps,
            north_mps=0.0,
            up_mps=0.0,
            icao_address=address,
            callsign=callsign,
        )
        for address, callsign, latitude_deg, longitude_deg, east_mps in (*flights, (3, "AALONE", -10.0, 0.0, 100.0))
    ]


def shown(seconds: Sequence[int], now_s: float | None = None, width: int = 140) -> tuple[str, WatchState]:
    status = SourceStatus(name="antenna", format="sbs", location="tcp://", live=True, state=SourceState.READING)
    status.rejections.add(RejectionReason.MALFORMED, "line 1", "x")
    state = WatchState(Picture(Terms()), [status])
    ingest = IngestTracks(state.picture)
    stream = io.StringIO()
    view = LiveView(state, Console(file=stream, force_terminal=True, width=width, height=45, color_system=None))
    for second in seconds:
        scan = Scan(START_S + second, reports(second))
        state.scanned(scan, ingest.ingest(scan.reports, scan.now_s))
        status.delivered(scan.reports)
    if now_s is not None:
        state.scanned(Scan(now_s, ()), ingest.ingest((), now_s))
    console = Console(file=(drawn := io.StringIO()), width=width, height=45, color_system=None)
    console.print(view._view())
    return drawn.getvalue(), state


@pytest.mark.requirement("SC-WATCH-05")
def test_open_alerts_come_first_with_who_when_and_why() -> None:
    text, state = shown(range(0, 60, 2))
    lines = text.splitlines()
    assert state.picture.open_alerts()
    row = next(line for line in lines if "NORTH1 × SOUTH1" in line or "SOUTH1 × NORTH1" in line)
    assert lines.index(row) < next(n for n, line in enumerate(lines) if line.startswith("Feeds"))
    assert " s " in row
    # Aircraft in alerts stand before the one that flies alone, whatever the alphabet says.
    tracks = lines[next(n for n, line in enumerate(lines) if line.startswith("Tracks")) :]
    order = [name for line in tracks for name in ("NORTH1", "SOUTH1", "AALONE") if line.startswith(name)]
    assert order[-1] == "AALONE"
    assert "FL100" in text
    assert "mostly malformed" in text


@pytest.mark.requirement("SC-WATCH-05")
def test_a_feed_that_stopped_looks_dead_and_its_tracks_look_old() -> None:
    text, _ = shown(range(0, 30, 2), now_s=START_S + 150.0)
    assert "SILENT" in text
    assert "stale" in text or "dropped" in text


@pytest.mark.requirement("SC-WATCH-05")
def test_an_alert_about_aircraft_that_are_not_heard_is_not_shown_as_happening_now() -> None:
    heard, _ = shown(range(0, 124, 2))
    assert " breach " in heard
    row = next(line for line in heard.splitlines() if line.startswith(" breach "))
    assert " now " in row
    silent, state = shown(range(0, 124, 2), now_s=START_S + 300.0)
    row = next(line for line in silent.splitlines() if line.startswith(" breach "))
    assert "unheard" in row
    assert " now " not in row
    event = next(event for event in state.picture.open_alerts() if len(event.subjects) == 2)
    assert f"0:0{(START_S + 300 - event.time_s) // 60:.0f}:" in row, "how long ago it was said"


@pytest.mark.requirement("SC-WATCH-05")
def test_the_time_left_is_counted_on_from_the_event() -> None:
    text, state = shown(range(0, 60, 2))
    (event,) = state.picture.open_alerts()
    left_s = (event.numbers.time_to_loss_s or 0.0) - (START_S + 58 - event.time_s)
    row = next(line for line in text.splitlines() if "NORTH1" in line and "SOUTH1" in line)
    assert f" {left_s:.0f} s " in row


def test_what_was_not_compared_is_said() -> None:
    limits = PictureLimits(max_pairs_per_scan=100)
    state = WatchState(Picture(Terms(), limits), [])
    crowd = [msgspec.structs.replace(reports(0)[0], icao_address=1_000 + k, callsign=None) for k in range(150)]
    unknown = msgspec.structs.replace(reports(0)[2], pressure_altitude_m=None)
    scan = Scan(START_S, [*crowd, unknown])
    state.scanned(scan, IngestTracks(state.picture).ingest(scan.reports, scan.now_s))
    console = Console(file=(drawn := io.StringIO()), width=140, height=45, color_system=None)
    console.print(LiveView(state, Console(file=io.StringIO()))._view())
    assert "TOO MANY PAIRS: the last scan looked at none of them" in drawn.getvalue()
    assert "1 aircraft of unknown altitude: not compared" in drawn.getvalue()
    assert "not compared" not in shown(range(0, 60, 2))[0]


def test_invented_identities_are_counted_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_output, "MAX_IDENTITIES", 2)
    state = WatchState(Picture(Terms()), [])
    for address in range(1, 50):
        state.scanned(Scan(START_S + address, [msgspec.structs.replace(reports(0)[0], icao_address=address)]), ())
    assert state.aircraft == 2


@pytest.mark.requirement("SC-WATCH-05")
def test_an_empty_sky_is_said_and_narrow_terminals_are_survived() -> None:
    text, _ = shown([])
    assert "No open alerts" in text
    narrow, _ = shown(range(0, 60, 2), width=40)
    assert all(len(line) <= 40 for line in narrow.splitlines())


@pytest.mark.requirement("SC-WATCH-05")
def test_event_lines_stay_above_the_view() -> None:
    status = SourceStatus(name="antenna", format="sbs", location="tcp://", live=True)
    state = WatchState(Picture(Terms()), [status])
    ingest = IngestTracks(state.picture)
    stream = io.StringIO()
    events: list[AlertEvent] = []
    with LiveView(state, Console(file=stream, force_terminal=True, width=100, height=30, color_system=None)) as view:
        for second in range(0, 60, 2):
            scan = Scan(START_S + second, reports(second))
            found = ingest.ingest(scan.reports, scan.now_s)
            state.scanned(scan, found)
            view.scanned(found)
            events += found
    assert events
    assert all(f"{event.change.value}" in stream.getvalue() for event in events)


def track(altitude_m: float | None, datum: AltitudeDatum | None, on_ground: bool = False) -> Track:
    return Track(
        track_id="t",
        identity=Identity(callsign="X"),
        party=None,
        age=TrackAge.FRESH,
        time_s=START_S,
        latitude_deg=0.0,
        longitude_deg=0.0,
        altitude_m=altitude_m,
        altitude_datum=datum,
        east_mps=0.0,
        north_mps=0.0,
        up_mps=0.0,
        on_ground=on_ground,
        sources=(),
    )


@pytest.mark.requirement("SC-WATCH-05")
@pytest.mark.parametrize(
    ("altitude_m", "datum", "expected"),
    [
        (10_668.0, AltitudeDatum.PRESSURE_STANDARD, "FL350"),
        (-30.48, AltitudeDatum.PRESSURE_STANDARD, "-100 ft std"),
        (304.8, AltitudeDatum.ELLIPSOID, "1,000 ft ellipsoid"),
        (304.8, AltitudeDatum.MSL_GEOID, "1,000 ft MSL"),
        (None, None, "unknown"),
    ],
)
def test_an_altitude_is_never_a_bare_number(
    altitude_m: float | None, datum: AltitudeDatum | None, expected: str
) -> None:
    assert altitude_text(track(altitude_m, datum)) == expected
    assert altitude_text(track(altitude_m, datum, on_ground=True)) == "ground"
    assert position_text(-33.9, -179.9995) == "33.900S 180.000W"


@pytest.mark.requirement("SC-ALN-07")
def test_every_feed_says_how_it_lies_against_the_others_or_that_nobody_knows() -> None:
    text, state = shown(range(3), width=220)
    assert "alignment not known: no other source to compare it with" in text
    lines = watch_output.summary_lines(state.summary(ExitCode.OK))
    assert "  alignment not known: no other source to compare it with" in lines
    (source,) = state.summary(ExitCode.OK).sources
    assert source.alignment.state == "not_known"


def test_reports_of_a_source_that_the_picture_does_not_keep_are_counted_as_not_used() -> None:
    kept, other = (SourceStatus(name=name, format="sbs", location=name) for name in ("antenna", "other"))
    picture = Picture(Terms(), PictureLimits(max_sources=1))
    for status in (kept, other):
        batch = [msgspec.structs.replace(report, source=status.name) for report in reports(0)]
        picture.advance(batch, START_S)
        status.delivered(batch)
    antenna, unkept = WatchState(picture, [kept, other]).summary(ExitCode.OK).sources
    assert (antenna.reports, antenna.not_used_by_picture) == (3, {})
    assert (unkept.reports, unkept.not_used_by_picture) == (3, {"source_not_kept": 3})
