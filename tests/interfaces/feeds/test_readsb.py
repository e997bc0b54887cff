"""aircraft.json snapshots and readsb traces."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.feeds.readsb import SnapshotFiles, SnapshotReader, TraceFile
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus
from tests.interfaces.feeds.recordings import assert_sound, gathered, sample

NOW_S = 1_700_000_000.0
AIRCRAFT: dict[str, Any] = {
    "hex": "3c6586",
    "flight": "DLH62Y  ",
    "alt_baro": 35_000,
    "alt_geom": 36_000,
    "gs": 400.0,
    "track": 180.0,
    "baro_rate": -640,
    "lat": 46.5,
    "lon": 8.1,
    "seen_pos": 1.5,
    "nac_p": 9,
    "messages": 12,
    "mlat": [],
}


def snapshot(*aircraft: Any, now_s: Any = NOW_S) -> bytes:
    return json.dumps({"now": now_s, "messages": 5, "aircraft": list(aircraft)}).encode()


def read(*snapshots: bytes) -> tuple[list[TrackReport], SourceStatus]:
    status = SourceStatus(name="antenna", format="readsb", location="")
    reader = SnapshotReader(status)
    reports = [report for number, data in enumerate(snapshots) for report in reader.reports(data, f"snapshot {number}")]
    for report in reports:
        assert_sound(report)
    return reports, status


@pytest.mark.requirement("SC-FEED-06")
def test_applicability_is_the_age_of_the_position_before_receipt() -> None:
    (report,), _ = read(snapshot(AIRCRAFT))
    assert (report.time_s, report.receipt_time_s) == (NOW_S - 1.5, NOW_S)
    assert report.pressure_altitude_m == pytest.approx(10_668.0)
    assert report.ellipsoid_altitude_m == pytest.approx(10_972.8)
    assert report.north_mps == pytest.approx(-400 * 1852 / 3600)
    assert report.up_mps == pytest.approx(-640 * 0.3048 / 60)
    assert (report.icao_address, report.callsign, report.on_ground) == (0x3C6586, "DLH62Y", False)
    assert report.horizontal_accuracy_m == 30.0


@pytest.mark.requirement("SC-FEED-01")
def test_an_old_position_is_not_reported_again_but_a_hovering_aircraft_is() -> None:
    again = snapshot(AIRCRAFT | {"seen_pos": 2.4}, now_s=NOW_S + 1.0)
    hovering = snapshot(AIRCRAFT | {"seen_pos": 0.1}, now_s=NOW_S + 2.0)
    reports, _ = read(snapshot(AIRCRAFT), again, hovering)
    assert [report.time_s for report in reports] == [NOW_S - 1.5, NOW_S + 1.9]


@pytest.mark.requirement("SC-FEED-01")
def test_ground_foreign_addresses_and_the_older_names() -> None:
    (ground, foreign, old), _ = read(
        snapshot(
            AIRCRAFT | {"alt_baro": "ground"},
            AIRCRAFT | {"hex": "~2a0f3b", "flight": None},
            {"hex": "4b1815", "altitude": 1000, "speed": 100, "track": 0, "vert_rate": 60, "lat": 1, "lon": 2},
        )
    )
    assert ground.on_ground is True
    assert ground.pressure_altitude_m is None
    assert old.on_ground is False, "a departure must be said, or it is never compared with anybody"
    assert (foreign.icao_address, foreign.source_track) == (None, "~2a0f3b")
    assert old.pressure_altitude_m == pytest.approx(304.8)
    assert old.up_mps == pytest.approx(0.3048)


@pytest.mark.requirement("SC-FEED-03")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lat": None}, RejectionReason.MISSING_POSITION),
        ({"lat": "46"}, RejectionReason.WRONG_TYPE),
        ({"lat": 91}, RejectionReason.POSITION_OUT_OF_RANGE),
        ({"alt_baro": "high"}, RejectionReason.WRONG_TYPE),
        ({"hex": "zz"}, RejectionReason.WRONG_TYPE),
        ({"seen_pos": -5.0}, RejectionReason.TIME_IN_FUTURE),
        ({"gs": 1e6}, RejectionReason.SPEED_OUT_OF_RANGE),
        ({"hex": None, "flight": None}, RejectionReason.MISSING_IDENTITY),
    ],
)
def test_a_bad_aircraft_is_set_aside_and_the_others_live(change: dict[str, Any], reason: RejectionReason) -> None:
    reports, status = read(snapshot(AIRCRAFT | change, AIRCRAFT | {"hex": "aaaaaa"}))
    assert [report.icao_address for report in reports] == [0xAAAAAA]
    assert status.rejections.counts == {reason: 1}
    assert status.rejections.samples[0].place == "snapshot 0, aircraft 1"


@pytest.mark.requirement("SC-FEED-03")
def test_a_repeated_key_spoils_one_aircraft_only() -> None:
    text = snapshot(AIRCRAFT, AIRCRAFT | {"hex": "aaaaaa"}).replace(b'"lat": 46.5,', b'"lat": 46.5, "lat": 47.5,', 1)
    reports, status = read(text)
    assert [report.icao_address for report in reports] == [0xAAAAAA]
    assert status.rejections.counts == {RejectionReason.DUPLICATE_KEY: 1}


@pytest.mark.requirement("SC-FEED-08")
def test_a_directory_is_read_in_the_order_of_time_past_a_broken_snapshot(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        moved = AIRCRAFT | {"lat": 46.0 + number, "seen_pos": 0.0}
        (tmp_path / f"{number:04}.json").write_bytes(snapshot(moved, now_s=NOW_S + number))
    (tmp_path / "0002b.json").write_bytes(b'{"now": ')
    (tmp_path / "readme.txt").write_bytes(b"not a snapshot")
    source = SnapshotFiles(tmp_path, "folder")
    assert [report.latitude_deg for report in gathered(source)] == [47.0, 48.0, 49.0]
    assert source.status.rejections.samples[0].place == "0002b.json"


@pytest.mark.requirement("SC-FEED-08")
@pytest.mark.parametrize("sort_keys", [False, True], ids=["now first", "now last"])
def test_snapshots_numbered_without_zeros_and_round_and_round_come_in_order(tmp_path: Path, sort_keys: bool) -> None:
    crowd = [AIRCRAFT | {"hex": f"{number:06x}", "seen_pos": 0.0} for number in range(1, 31)]
    for made in range(40):
        value = {"now": NOW_S + made, "messages": 5, "aircraft": [one | {"lat": 46.0 + made / 60} for one in crowd]}
        text = json.dumps(value, sort_keys=sort_keys).encode()
        # The newest stands at number 11, the oldest at number 12.
        (tmp_path / f"history_{(made + 12) % 40}.json").write_bytes(text)
    times = [report.receipt_time_s for report in gathered(SnapshotFiles(tmp_path, "folder"))]
    assert len(times) == 40 * len(crowd)
    assert times == sorted(times)


@pytest.mark.requirement("SC-FEED-08")
@pytest.mark.parametrize("content", [b"", b"[]", b'{"aircraft": 5, "now": 1}', b'{"aircraft": []}', b'{"now": "x"}'])
def test_what_is_no_snapshot_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "aircraft.json"
    path.write_bytes(content)
    with pytest.raises(SourceError):
        gathered(SnapshotFiles(path, "x"))


@pytest.mark.requirement("SC-FEED-01")
def test_a_real_trace_of_a_day() -> None:
    source = TraceFile(sample("readsb/trace_full_ac671b.json"), "trace")
    reports = gathered(source)
    assert len(reports) > 2_000
    assert {report.icao_address for report in reports} == {0xAC671B}
    first = reports[0]
    assert first.time_s == 1738703622.619
    assert (first.latitude_deg, first.longitude_deg) == (16.777359, -88.036868)
    assert first.pressure_altitude_m == pytest.approx(32_000 * 0.3048)
    assert first.ellipsoid_altitude_m == pytest.approx(33_825 * 0.3048)
    assert any(report.on_ground for report in reports)
    assert any(report.callsign for report in reports)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=10) | st.just("ground"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.requirement("SC-FEED-04")
@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from([*AIRCRAFT, "altitude", "speed"]), json_values), max_size=5), json_values
)
def test_hostile_snapshots_never_give_an_impossible_report(aircraft: list[Any], now_s: Any) -> None:
    with contextlib.suppress(SourceError):
        read(snapshot(*aircraft, now_s=now_s), snapshot(*[AIRCRAFT | entry for entry in aircraft]))


@pytest.mark.requirement("SC-FEED-04")
@settings(deadline=None)
@given(st.lists(st.lists(json_values, max_size=14) | json_values, max_size=5), json_values, json_values)
def test_hostile_traces_raise_nothing_but_a_source_error(
    tmp_path_factory: pytest.TempPathFactory, points: list[Any], start: Any, address: Any
) -> None:
    path = tmp_path_factory.mktemp("trace") / "t.json"
    path.write_text(json.dumps({"icao": address, "timestamp": start, "trace": points}))
    with contextlib.suppress(SourceError):
        gathered(TraceFile(path, "t"))


@pytest.mark.requirement("SC-FEED-04")
@given(st.binary(max_size=200))
def test_bytes_that_are_no_json_are_an_error_of_the_source(data: bytes) -> None:
    with contextlib.suppress(SourceError):
        read(data)
