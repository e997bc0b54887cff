"""Columns as the `traffic` library and OpenSky write them."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.interfaces.feeds.checks import (
    RejectedRecordError,
    checked_report,
    clean_callsign,
    icao_address,
    velocity_mps,
)
from steerclear.interfaces.feeds.column_reports import TRAFFIC, column_reports
from steerclear.interfaces.feeds.columns import ColumnFile
from steerclear.interfaces.feeds.strict_json import decode_tolerant
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus
from tests.interfaces.feeds.recordings import gathered, sample

GOOD: dict[str, Any] = {
    "timestamp": 1533101250000,
    "altitude": 35000.0,
    "geoaltitude": 36000.0,
    "callsign": "DLH8JW",
    "groundspeed": 400.0,
    "icao24": "3003ae",
    "latitude": 45.8,
    "longitude": 9.2,
    "track": 90.0,
    "vertical_rate": 600.0,
    "onground": False,
}


def column_file(tmp_path: Path, content: bytes, kind: str) -> ColumnFile:
    path = tmp_path / f"columns.{kind}"
    path.write_bytes(content)
    return ColumnFile(path, "columns", kind)


def records_file(tmp_path: Path, records: list[Any]) -> ColumnFile:
    return column_file(tmp_path, json.dumps(records).encode(), "json")


@pytest.mark.requirement("SC-FEED-01")
def test_a_row_becomes_si_once_and_keeps_both_altitudes_apart(tmp_path: Path) -> None:
    (report,) = gathered(records_file(tmp_path, [GOOD]))
    assert report.time_s == report.receipt_time_s == 1533101250.0
    assert report.pressure_altitude_m == pytest.approx(10668.0)
    assert report.ellipsoid_altitude_m == pytest.approx(10972.8)
    assert report.east_mps == pytest.approx(400 * 1852 / 3600)
    assert report.north_mps == pytest.approx(0.0, abs=1e-9)
    assert report.up_mps == pytest.approx(3.048)
    assert (report.icao_address, report.callsign, report.on_ground) == (0x3003AE, "DLH8JW", False)


@pytest.mark.requirement("SC-FEED-01")
@pytest.mark.parametrize(
    ("name", "reports", "missing"),
    [
        ("collections/switzerland.json.gz", 139_098, 0),
        ("firefighting/calfire.json.gz", 9_955, 0),
        ("noisy/noisy_spoofing.json.gz", 8_670, 11),
        ("calibration/nice.json.gz", 1_246, 0),
        ("military/aircraft_carrier.json.gz", 7_335, 1_689),
    ],
)
def test_real_recordings_are_read_whole_and_in_order_of_time(name: str, reports: int, missing: int) -> None:
    source = ColumnFile(sample(name), "real", "json")
    found = gathered(source)
    assert len(found) == reports
    assert source.status.rejections.counts.get(RejectionReason.MISSING_POSITION, 0) == missing
    assert source.status.rejections.total == missing
    times = [report.time_s for report in found]
    assert times == sorted(times)
    assert source.status.fraction == 1.0


def pandas_columns(records: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {name: {str(row): record.get(name) for row, record in enumerate(records)} for name in records[0]}
    ).encode()


@pytest.mark.requirement("SC-FEED-01")
def test_every_form_of_the_same_rows_gives_the_same_reports(tmp_path: Path) -> None:
    rows = [GOOD | {"timestamp": 1533101250000 + 10_000 * n, "latitude": 45.8 + 0.01 * n} for n in range(5)]
    rows[2] = rows[2] | {"groundspeed": None, "callsign": None, "onground": None}
    expected = gathered(records_file(tmp_path, rows))
    header = list(GOOD)
    csv_lines = [",".join(header)] + [
        ",".join("" if row[name] is None else str(row[name]) for name in header) for row in rows
    ]
    iso = [row | {"timestamp": f"2018-08-01 05:27:{30 + 10 * n:02}+00:00"} for n, row in enumerate(rows[:3])]
    forms = {
        "gzip": column_file(tmp_path / "a", gzip.compress(json.dumps(rows).encode()), "json"),
        "pandas": column_file(tmp_path / "b", pandas_columns(rows), "json"),
        "lines": column_file(tmp_path / "c", "\n".join(map(json.dumps, rows)).encode(), "json"),
        "csv": column_file(tmp_path / "d", "\r\n".join(csv_lines).encode(), "csv"),
        "seconds": records_file(tmp_path / "e", [row | {"timestamp": row["timestamp"] / 1000} for row in rows]),
        "nanoseconds": records_file(tmp_path / "f", [row | {"timestamp": row["timestamp"] * 10**6} for row in rows]),
    }
    for name, source in forms.items():
        assert gathered(source) == expected, name
    assert gathered(records_file(tmp_path / "g", iso)) == expected[:3]


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path) -> None:
    for name in "abcdefg":
        (tmp_path / name).mkdir()


@pytest.mark.requirement("SC-FEED-01")
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_parquet_with_and_without_time_zone(tmp_path: Path, unit: str, zone: str | None) -> None:
    rows = [GOOD, GOOD | {"timestamp": 1533101260000, "groundspeed": None, "callsign": None}]
    expected = gathered(records_file(tmp_path, rows))
    columns = {name: [row[name] for row in rows] for name in GOOD if name != "timestamp"}
    ticks = {"s": 1e-3, "ms": 1, "us": 1e3, "ns": 1e6}[unit]
    times = pa.array([int(row["timestamp"] * ticks) for row in rows], pa.timestamp(unit, tz=zone))
    path = tmp_path / "columns.parquet"
    pq.write_table(pa.table({"timestamp": times, **columns}), path)
    assert gathered(ColumnFile(path, "columns", "parquet")) == expected


@pytest.mark.requirement("SC-FEED-01")
def test_opensky_state_vectors_are_si_already(tmp_path: Path) -> None:
    text = (
        "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,baroaltitude,geoaltitude\n"
        "1533101250,3003ae,45.8,9.2,200.0,180.0,-2.5,DLH8JW ,False,10000.0,10300.0\n"
    )
    (report,) = gathered(column_file(tmp_path, text.encode(), "csv"))
    assert (report.pressure_altitude_m, report.ellipsoid_altitude_m, report.up_mps) == (10_000.0, 10_300.0, -2.5)
    assert report.north_mps == pytest.approx(-200.0)


BAD_ROWS = [
    ({"latitude": None}, RejectionReason.MISSING_POSITION),
    ({"latitude": 90.1}, RejectionReason.POSITION_OUT_OF_RANGE),
    ({"longitude": -180.001}, RejectionReason.POSITION_OUT_OF_RANGE),
    ({"latitude": "45.8"}, RejectionReason.WRONG_TYPE),
    ({"latitude": True}, RejectionReason.WRONG_TYPE),
    ({"callsign": 5}, RejectionReason.WRONG_TYPE),
    ({"icao24": "xyz"}, RejectionReason.WRONG_TYPE),
    ({"onground": "perhaps"}, RejectionReason.WRONG_TYPE),
    ({"timestamp": None}, RejectionReason.MISSING_TIME),
    ({"timestamp": 5}, RejectionReason.TIME_OUT_OF_RANGE),
    ({"altitude": 1e9}, RejectionReason.ALTITUDE_OUT_OF_RANGE),
    ({"geoaltitude": -1e5}, RejectionReason.ALTITUDE_OUT_OF_RANGE),
    ({"groundspeed": 1e5}, RejectionReason.SPEED_OUT_OF_RANGE),
    ({"groundspeed": -1}, RejectionReason.SPEED_OUT_OF_RANGE),
    ({"vertical_rate": 1e7}, RejectionReason.SPEED_OUT_OF_RANGE),
    ({"track": 1000}, RejectionReason.SPEED_OUT_OF_RANGE),
    ({"callsign": None, "icao24": None}, RejectionReason.MISSING_IDENTITY),
]


@pytest.mark.requirement("SC-FEED-03")
@pytest.mark.parametrize(("change", "reason"), BAD_ROWS)
def test_a_bad_row_is_set_aside_with_reason_and_place_and_its_neighbours_live(
    tmp_path: Path, change: dict[str, Any], reason: RejectionReason
) -> None:
    source = records_file(tmp_path, [GOOD, GOOD | change, GOOD])
    assert len(gathered(source)) == 2
    assert source.status.rejections.counts == {reason: 1}
    (rejection,) = source.status.rejections.samples
    assert (rejection.place, rejection.reason) == ("row 2", reason)


@pytest.mark.requirement("SC-FEED-03")
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"timestamp":1533101250000,"latitude":1,"latitude":2}', RejectionReason.DUPLICATE_KEY),
        (b'{"timestamp":1533101250000,"latitude":1,"lat\\u0069tude":2}', RejectionReason.DUPLICATE_KEY),
        (b'{"timestamp":1533101250000,"icao24":"3003ae","latitude":1e999,"longitude":2}', RejectionReason.NOT_FINITE),
        (
            b'{"timestamp":1533101250000,"icao24":"3003ae","latitude":NaN,"longitude":2}',
            RejectionReason.MISSING_POSITION,
        ),
        (b'{"timestamp":1533101250000,"icao24":"3003ae","latitude":' + b"9" * 400 + b"}", RejectionReason.NOT_FINITE),
        (b"7", RejectionReason.WRONG_TYPE),
    ],
)
def test_what_json_should_never_hold_is_set_aside_row_by_row(
    tmp_path: Path, bad: bytes, reason: RejectionReason
) -> None:
    good = json.dumps(GOOD).encode()
    source = column_file(tmp_path, b"[" + good + b"," + bad + b"," + good + b"]", "json")
    assert len(gathered(source)) == 2
    assert source.status.rejections.counts == {reason: 1}
    assert source.status.rejections.samples[0].place == "row 2"


@pytest.mark.requirement("SC-FEED-03")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"icao24": 400_123}, "icao24: 400123 is not six hexadecimal digits as a text"),
        ({"callsign": 7}, "callsign: 7 is not a text"),
        ({"onground": "perhaps"}, "onground: 'perhaps' is not true or false"),
        ({"altitude": "35000"}, "altitude: '35000' is not a number"),
    ],
)
def test_a_cell_of_the_wrong_type_is_told_with_its_column(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    source = records_file(tmp_path, [GOOD, GOOD | change])
    assert len(gathered(source)) == 1
    assert source.status.rejections.samples[0].detail == words


@pytest.mark.requirement("SC-FEED-03")
def test_bad_csv_rows_and_cells_keep_their_place(tmp_path: Path) -> None:
    lines = [
        "timestamp,icao24,latitude,longitude,altitude",
        "1533101250,3003ae,45.8,9.2,1000",
        "1533101250,3003ae,45.8",
        "1533101250,3003ae,4_5.8,9.2,1000",
        "1533101250,3003ae,inf,9.2,1000",
        "never,3003ae,45.8,9.2,1000",
        "1533101251,3003ae,45.8,9.2,",
        "1533101252,3003ae," + "4" * 70_000,
    ]
    source = column_file(tmp_path, "\n".join(lines).encode(), "csv")
    assert len(gathered(source)) == 2
    places = {(sample.place, sample.reason) for sample in source.status.rejections.samples}
    assert places == {
        ("row 3", RejectionReason.MALFORMED),
        ("row 4", RejectionReason.WRONG_TYPE),
        ("row 5", RejectionReason.NOT_FINITE),
        ("row 6", RejectionReason.WRONG_TYPE),
        ("row 8", RejectionReason.TOO_LONG),
    }


@pytest.mark.requirement("SC-FEED-08")
def test_a_cut_off_csv_gives_its_rows_and_then_says_so(tmp_path: Path) -> None:
    rows = "".join(f"{1533101250 + n},3003ae,45.{n:05},9.2,1000\n" for n in range(20_000))
    data = gzip.compress(b"timestamp,icao24,latitude,longitude,altitude\n" + rows.encode())
    source = column_file(tmp_path, data[: len(data) // 2], "csv")
    found = []
    batches = source.batches()
    with pytest.raises(SourceError, match="damaged or cut off"):  # noqa: PT012 - what came before is looked at, too
        for batch in batches:
            found += batch
    assert 5_000 < len(found) < 20_000


@pytest.mark.requirement("SC-FEED-08")
@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("json", b'[{"latitude": ', "not JSON"),
        ("json", b'{"a": 1}', "neither a list"),
        ("json", b'[{"a": 1}]', "no known columns"),
        ("json", b"[]", "no known columns"),
        ("json", b"[" * 100_000, "nested deeper"),
        ("json", b'{"timestamp":{"0":1,"0":2},"latitude":{"0":1},"longitude":{"0":1}}', "occurs twice"),
        ("csv", b"a,b,c\n1,2,3\n", "no known columns"),
        ("csv", b"timestamp,latitude,longitude,latitude\n", "more than once"),
        ("csv", b"timestamp,latitude,longitude\r1,2,3\r1,2,3\r", "no header of CSV: new-line character"),
        ("parquet", b"PAR1 nothing more", "not a readable Parquet"),
        ("json", gzip.compress(b"[]", mtime=0)[:-6], "damaged or cut off"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_with_a_reason(
    tmp_path: Path, kind: str, content: bytes, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        gathered(column_file(tmp_path, content, kind))


numbers = st.none() | st.floats() | st.sampled_from([0.0, 90.0, -90.0, 180.0, -180.0, 360.0, 1e5, -1.0, 196_850.394])
times_ms = st.none() | st.floats() | st.integers(1_500_000_000_000, 1_600_000_000_000).map(float)


@pytest.mark.requirement("SC-FEED-04")
@given(
    st.lists(
        st.tuples(
            times_ms, *[numbers] * 7, st.sampled_from([None, "3003ae", "000000"]), st.sampled_from([None, "AB1"])
        ),
        min_size=1,
        max_size=20,
    )
)
def test_columns_and_single_records_are_judged_alike(rows: list[tuple[Any, ...]]) -> None:
    names = ("timestamp", "latitude", "longitude", "altitude", "geoaltitude", "groundspeed", "track", "vertical_rate")
    table = {name: [row[index] for row in rows] for index, name in enumerate((*names, "icao24", "callsign"))}
    # An anchor keeps the time unit in milliseconds whatever the other rows hold.
    anchors = 2 * len(rows) + 1
    table = {name: cells + [GOOD[name]] * anchors for name, cells in table.items()}
    status = SourceStatus(name="x", format="json", location="")
    found = column_reports(table, TRAFFIC, status)
    expected = []
    for row in rows:
        try:
            expected.append(single(row))
        except RejectedRecordError:
            continue
    assert len(found) == len(expected) + anchors
    assert sum(status.rejections.counts.values()) == len(rows) - len(expected)
    key = [(r.time_s, r.latitude_deg, r.longitude_deg, r.pressure_altitude_m, r.up_mps, r.east_mps) for r in found]
    for report in expected:
        assert any(all(_close(a, b) for a, b in zip(values, _values(report), strict=True)) for values in key)


def _values(report: Any) -> tuple[float | None, ...]:
    return (
        report.time_s,
        report.latitude_deg,
        report.longitude_deg,
        report.pressure_altitude_m,
        report.up_mps,
        report.east_mps,
    )


def _close(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)


def single(row: tuple[Any, ...]) -> Any:
    time_ms, latitude, longitude, altitude, geoaltitude, speed, track, rate, address, callsign = row
    east_mps, north_mps = velocity_mps(None if speed is None else speed * 1852 / 3600, track)
    return checked_report(
        source="x",
        time_s=None if time_ms is None else time_ms * 1e-3,
        receipt_time_s=None,
        latitude_deg=latitude,
        longitude_deg=longitude,
        pressure_altitude_m=None if altitude is None else altitude * 0.3048,
        ellipsoid_altitude_m=None if geoaltitude is None else geoaltitude * 0.3048,
        east_mps=east_mps,
        north_mps=north_mps,
        up_mps=None if rate is None else rate * (0.3048 / 60.0),
        icao_address=icao_address(address),
        callsign=clean_callsign(callsign),
    )


@pytest.mark.requirement("SC-FEED-04")
@pytest.mark.parametrize("text", ["\x1b[2J", "A\nB", "", "   ", "????????", "A" * 17, "@", "É", "A\u202eB"])
def test_a_callsign_that_could_deceive_a_screen_is_no_callsign(text: str) -> None:
    assert clean_callsign(text) is None


def test_the_tolerant_reader_marks_only_the_object_that_repeats_a_key() -> None:
    value = decode_tolerant(b'[{"a": {"b": 1, "b": 2}, "c": 3}]')
    assert value[0]["c"] == 3
    assert value[0]["a"].reason is RejectionReason.DUPLICATE_KEY
