"""ASTERIX: records made with libasterix, alone, in files and in packet captures."""

from __future__ import annotations

import contextlib
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asterix.generated as generated
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.feeds.asterix import (
    AsterixDecoder,
    AsterixFile,
    AsterixOptions,
    looks_like_asterix,
    time_of_day_to_s,
)
from steerclear.interfaces.feeds.radar_geometry import SensorPosition
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus
from tests.interfaces.feeds.recordings import assert_sound, gathered

DAY_S = datetime(2024, 2, 29, tzinfo=UTC).timestamp()
NOON_S = DAY_S + 43_200.0
ORIGIN = (("SAC", 25), ("SIC", 201))
CAT021, CAT048, CAT062 = generated.Cat_021_2_7, generated.Cat_048_1_32, generated.Cat_062_1_21
SENSOR = SensorPosition(latitude_deg=46.0, longitude_deg=14.5, height_m=400.0)


def block(category: Any, *records: dict[str, Any]) -> bytes:
    return bytes(category.create([category.cv_record.create(record) for record in records]).unparse().to_bytes())


def cat062(**changes: Any) -> dict[str, Any]:
    record = {
        "010": ORIGIN,
        "040": 4711,
        "070": (43_200.5, "s"),
        "105": (("LAT", (46.5, "°")), ("LON", (14.25, "°"))),
        "185": (("VX", (-50.0, "m/s")), ("VY", (200.25, "m/s"))),
        "136": (330.0, "FL"),
        "130": (33_500.0, "ft"),
        "220": (-1_250.0, "ft/min"),
        "380": {"ADR": 0x4CA2B6, "ID": "RYR174C "},
        "500": {"APW": (("LAT", 100), ("LON", 100))},
    }
    record.update({name.removeprefix("i"): value for name, value in changes.items()})
    return {name: value for name, value in record.items() if value is not None}


def cat048(**changes: Any) -> dict[str, Any]:
    record = {
        "010": ORIGIN,
        "140": (43_200.25, "s"),
        "020": [(("TYP", 5), 0, 0, 0, 0, None)],
        "040": (("RHO", (60.0, "NM")), ("THETA", (90.0, "°"))),
        "090": (0, 0, ("FL", (330.0, "FL"))),
        "220": 0x3C6586,
        "240": "DLH62Y  ",
        "161": (0, ("TRN", 12)),
        "200": (("GSP", (0.125, "NM/s")), ("HDG", (180.0, "°"))),
    }
    record.update({name.removeprefix("i"): value for name, value in changes.items()})
    return {name: value for name, value in record.items() if value is not None}


def cat021(**changes: Any) -> dict[str, Any]:
    record = {
        "010": ORIGIN,
        "080": 0x3003AE,
        "071": (43_201.0, "s"),
        "131": (("LAT", (-33.9, "°")), ("LON", (179.999, "°"))),
        "145": (100.0, "FL"),
        "140": (10_250.0, "ft"),
        "160": (0, ("GS", (0.125, "NM/s")), ("TA", (270.0, "°"))),
        "155": (0, ("BVR", (640.0, "ft/min"))),
        "170": "QFA1    ",
    }
    record.update({name.removeprefix("i"): value for name, value in changes.items()})
    return {name: value for name, value in record.items() if value is not None}


def decoded(data: bytes, **options: Any) -> tuple[list[TrackReport], SourceStatus]:
    status = SourceStatus(name="radar", format="asterix", location="")
    decoder = AsterixDecoder(status, AsterixOptions(**options))
    reports = decoder.decode(data, "packet 1", receipt_time_s=NOON_S + 1.0, reference_s=NOON_S + 1.0)
    for report in reports:
        assert_sound(report)
    return reports, status


@pytest.mark.requirement("SC-FEED-01")
def test_a_system_track_keeps_every_figure_in_si() -> None:
    (report,), status = decoded(block(CAT062, cat062()))
    assert report.time_s == NOON_S + 0.5
    assert report.receipt_time_s == NOON_S + 1.0
    assert report.latitude_deg == pytest.approx(46.5, abs=3e-6)
    assert report.longitude_deg == pytest.approx(14.25, abs=3e-6)
    assert report.pressure_altitude_m == pytest.approx(330 * 30.48)
    assert report.ellipsoid_altitude_m == pytest.approx(33_500 * 0.3048)
    assert (report.east_mps, report.north_mps) == (-50.0, 200.25)
    assert report.up_mps == pytest.approx(-6.35)
    assert (report.icao_address, report.callsign, report.source_track) == (0x4CA2B6, "RYR174C", "25/201/4711")
    assert report.horizontal_accuracy_m == pytest.approx(2.4477 * 100 * 180 / 2**25 * 111_320, rel=1e-3)
    assert status.rejections.total == 0


@pytest.mark.requirement("SC-FEED-11")
def test_an_altitude_corrected_with_qnh_is_not_taken_for_a_pressure_altitude() -> None:
    level = ("CTB", (50.0, "FL"))
    (uncorrected,), _ = decoded(block(CAT062, cat062(i136=None, i135=(0, level))))
    (corrected,), _ = decoded(block(CAT062, cat062(i136=None, i135=(1, level))))
    assert uncorrected.pressure_altitude_m == pytest.approx(1524.0)
    assert corrected.pressure_altitude_m is None


@pytest.mark.requirement("SC-FEED-01")
def test_an_ads_b_report_at_the_antimeridian() -> None:
    (report,), _ = decoded(block(CAT021, cat021()))
    assert report.time_s == NOON_S + 1.0
    assert (report.latitude_deg, report.longitude_deg) == pytest.approx((-33.9, 179.999), abs=1e-6)
    assert report.pressure_altitude_m == pytest.approx(3048.0)
    assert report.ellipsoid_altitude_m == pytest.approx(3124.2)
    assert report.east_mps == pytest.approx(-231.5)
    assert report.up_mps == pytest.approx(640 * 0.3048 / 60, abs=0.02)
    assert (report.icao_address, report.callsign) == (0x3003AE, "QFA1")


@pytest.mark.requirement("SC-FEED-07")
def test_a_radar_plot_needs_to_know_where_the_radar_stands() -> None:
    data = block(CAT048, cat048())
    reports, status = decoded(data)
    assert reports == []
    assert status.rejections.counts == {RejectionReason.NO_SENSOR_POSITION: 1}
    assert "--sensor 25/201=" in status.rejections.samples[0].detail
    (by_code,), _ = decoded(data, sensors={(25, 201): SENSOR})
    (by_default,), _ = decoded(data, default_sensor=SENSOR)
    assert by_code == by_default
    # 60 NM due east: on the parallel but for its curvature, at a level distance a little under the slant range.
    assert by_code.latitude_deg == pytest.approx(46.0, abs=0.01)
    assert by_code.longitude_deg == pytest.approx(14.5 + 60 / (60 * 0.6947), abs=0.02)
    assert by_code.north_mps == pytest.approx(-231.5)
    assert by_code.pressure_altitude_m == pytest.approx(330 * 30.48)


@pytest.mark.requirement("SC-FEED-11")
def test_a_garbled_level_is_no_altitude_and_the_uncertainty_is_said() -> None:
    (report,), _ = decoded(block(CAT048, cat048(i090=(0, 1, ("FL", (330.0, "FL"))))), default_sensor=SENSOR)
    assert report.pressure_altitude_m is None
    assert report.horizontal_accuracy_m == pytest.approx(1_810, rel=0.05)


@pytest.mark.requirement("SC-FEED-07")
def test_simulated_and_test_targets_never_become_reports() -> None:
    simulated = [
        block(CAT062, cat062(i080=[(0, 0, 0, 0, 0, None), (1, 0, 0, 0, 0, 0, 0, None)])),
        block(CAT048, cat048(i020=[(("TYP", 5), 1, 0, 0, 0, None)])),
        block(CAT048, cat048(i020=[(("TYP", 5), 0, 0, 0, 0, None), (1, 0, 0, 0, 0, 0, None)])),
        block(CAT021, cat021(i040=[(0, 0, 0, 0, None), (0, 0, 1, 0, 0, 0, None)])),
        block(CAT021, cat021(i040=[(0, 0, 0, 0, None), (0, 0, 0, 1, 0, 0, None)])),
    ]
    reports, status = decoded(b"".join(simulated), default_sensor=SENSOR)
    assert reports == []
    assert status.rejections.counts == {RejectionReason.SIMULATED: 5}


@pytest.mark.requirement("SC-FEED-03")
def test_service_messages_are_passed_over_and_unknown_categories_are_counted() -> None:
    service = bytes.fromhex("220007c0010201")
    unknown = bytes([1, 0, 4, 1])
    reports, status = decoded(service + unknown + block(CAT062, cat062()))
    assert len(reports) == 1
    assert status.rejections.counts == {RejectionReason.UNSUPPORTED: 1}
    assert status.notes == ["CAT034 holds no targets and is passed over"]


@pytest.mark.requirement("SC-FEED-03")
def test_a_broken_record_ends_its_block_and_no_more() -> None:
    good = block(CAT062, cat062())
    twice = block(CAT062, cat062(), cat062())
    broken = twice[:-4]
    broken = broken[:1] + len(broken).to_bytes(2, "big") + broken[3:]
    reports, status = decoded(broken + good)
    assert len(reports) == 2
    assert status.rejections.counts == {RejectionReason.MALFORMED: 1}
    assert status.rejections.samples[0].place == "packet 1, block 1, CAT062 record 2"


@pytest.mark.requirement("SC-FEED-03")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"i070": None}, RejectionReason.MISSING_TIME),
        ({"i070": (100_000.0, "s")}, RejectionReason.TIME_OUT_OF_RANGE),
        ({"i105": None}, RejectionReason.MISSING_POSITION),
        ({"i105": (("LAT", (91.0, "°")), ("LON", (0.0, "°")))}, RejectionReason.POSITION_OUT_OF_RANGE),
        ({"i185": (("VX", (8000.0, "m/s")), ("VY", (0.0, "m/s")))}, RejectionReason.SPEED_OUT_OF_RANGE),
        ({"i130": (200_000.0, "ft"), "i136": None}, RejectionReason.ALTITUDE_OUT_OF_RANGE),
        ({"i040": None, "i380": None}, RejectionReason.MISSING_IDENTITY),
    ],
)
def test_an_impossible_record_is_set_aside(changes: dict[str, Any], reason: RejectionReason) -> None:
    reports, status = decoded(block(CAT062, cat062(**changes), cat062()))
    assert len(reports) == 1
    assert status.rejections.counts == {reason: 1}


@pytest.mark.requirement("SC-FEED-06")
@pytest.mark.parametrize(
    ("time_of_day_s", "reference_s", "expected_s"),
    [
        (86_399.0, DAY_S + 1.0, DAY_S - 1.0),
        (1.0, DAY_S - 1.0, DAY_S + 1.0),
        (43_200.0, DAY_S + 43_201.0, DAY_S + 43_200.0),
        (0.0, DAY_S, DAY_S),
    ],
)
def test_the_nearest_day_is_taken(time_of_day_s: float, reference_s: float, expected_s: float) -> None:
    assert time_of_day_to_s(time_of_day_s, reference_s) == expected_s


@pytest.mark.requirement("SC-FEED-06")
def test_a_file_passes_midnight_and_says_where_its_date_is_from(tmp_path: Path) -> None:
    path = tmp_path / "night.ast"
    times = (86_398.0, 86_399.5, 0.5, 2.0)
    path.write_bytes(b"".join(block(CAT062, cat062(i070=(time, "s"))) for time in times))
    dated = AsterixFile(path, "night", AsterixOptions(date_s=DAY_S), capture=False)
    offsets = [report.time_s - DAY_S for report in gathered(dated)]
    assert offsets == [86_398.0, 86_399.5, 86_400.5, 86_402.0]
    undated = AsterixFile(path, "night", AsterixOptions(), capture=False)
    assert len(gathered(undated)) == 4
    assert any("--date" in note for note in undated.status.notes)


@pytest.mark.requirement("SC-FEED-08")
def test_a_cut_off_file_gives_the_blocks_before_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "cut.ast"
    path.write_bytes((block(CAT062, cat062()) * 3)[:-5])
    source = AsterixFile(path, "cut", AsterixOptions(date_s=DAY_S), capture=False)
    batches = source.batches()
    assert len(next(batches)) == 2
    with pytest.raises(SourceError, match="cut off"):
        next(batches)


def udp_frame(payload: bytes, vlan: bool = False) -> bytes:
    udp = struct.pack("!HHHH", 8600, 8600, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\xef\1\1\1") + udp
    return b"\1" * 12 + (b"\x81\x00\x00\x05" if vlan else b"") + b"\x08\x00" + ip


def pcap(frames: list[tuple[float, bytes]], order: str = "<", nanoseconds: bool = False, link: int = 1) -> bytes:
    magic, ticks = (0xA1B23C4D, 1e9) if nanoseconds else (0xA1B2C3D4, 1e6)
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65_535, link)
    for time_s, frame in frames:
        out += struct.pack(order + "IIII", int(time_s), round(time_s % 1 * ticks), len(frame), len(frame)) + frame
    return out


def pcapng(frames: list[tuple[float, bytes]], order: str = "<", resolution: int = 6) -> bytes:
    def section(kind: int, body: bytes) -> bytes:
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(order + "I", 12 + len(body))
        return struct.pack(order + "I", kind) + size + body + size

    out = section(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += section(1, struct.pack(order + "HHI", 1, 0, 65_535) + struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0))
    out += section(5, b"\0" * 12)
    for time_s, frame in frames:
        ticks = round(time_s * 10**resolution)
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        out += section(6, head + frame)
    return out


FRAMES = [
    (NOON_S + 0.75, udp_frame(block(CAT062, cat062()))),
    (NOON_S + 0.80, b"\1" * 12 + b"\x08\x06" + b"\0" * 28),
    (NOON_S + 1.25, udp_frame(block(CAT021, cat021()), vlan=True)),
]


@pytest.mark.requirement("SC-FEED-06")
@pytest.mark.parametrize(
    "capture",
    [
        pcap(FRAMES),
        pcap(FRAMES, order=">"),
        pcap(FRAMES, nanoseconds=True),
        pcap([(time_s, frame[-len(frame) + 14 :]) for time_s, frame in FRAMES[:1]] + FRAMES[1:2], link=101),
        pcapng(FRAMES),
        pcapng(FRAMES, order=">", resolution=9),
    ],
    ids=["pcap", "big-endian", "nanoseconds", "raw-ip", "pcapng", "pcapng-big-endian"],
)
def test_captures_give_the_time_of_receipt(tmp_path: Path, capture: bytes) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(capture)
    source = AsterixFile(path, "x", AsterixOptions(), capture=True)
    reports = gathered(source)
    assert reports[0].time_s == NOON_S + 0.5
    assert reports[0].receipt_time_s == pytest.approx(NOON_S + 0.75, abs=1e-6)
    if len(reports) > 1:
        assert reports[1].icao_address == 0x3003AE
    assert any("1 captured packets" in note for note in source.status.notes)


@pytest.mark.requirement("SC-FEED-06")
def test_a_capture_made_at_another_time_of_day_gives_the_date_only(tmp_path: Path) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([(NOON_S + 7_200.0, FRAMES[0][1])]))
    source = AsterixFile(path, "x", AsterixOptions(), capture=True)
    (report,) = gathered(source)
    assert report.receipt_time_s == report.time_s == NOON_S + 0.5
    assert any("date only" in note for note in source.status.notes)


@pytest.mark.requirement("SC-FEED-05")
@pytest.mark.parametrize(
    "damage",
    [
        pcap(FRAMES)[:-3],
        pcap(FRAMES) + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0),
        pcapng(FRAMES)[:-3],
        pcapng(FRAMES) + struct.pack("<II", 6, 0xFFFFFFF0),
        b"\xd4\xc3\xb2\xa1\0",
        b"not a capture",
    ],
)
def test_a_damaged_capture_is_an_error_of_the_source(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "x.pcap"
    path.write_bytes(damage)
    with pytest.raises(SourceError):
        gathered(AsterixFile(path, "x", AsterixOptions(), capture=True))


VALID = [block(CAT062, cat062()), block(CAT048, cat048()), block(CAT021, cat021()), pcap(FRAMES), pcapng(FRAMES)]


@st.composite
def mutated(draw: st.DrawFn, valid: list[bytes]) -> bytes:
    """Mostly right bytes: real messages with some bytes changed, cut or repeated."""
    data = bytearray(draw(st.sampled_from(valid)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data) - 1))
        data[at] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(data)))
    return bytes(data[:cut] + data[draw(st.integers(0, cut)) :])


@pytest.mark.requirement("SC-FEED-04")
@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), mutated(VALID[:3])))
def test_hostile_blocks_never_raise_and_never_give_an_impossible_report(data: bytes) -> None:
    decoded(data, default_sensor=SENSOR)
    looks_like_asterix(data)


@pytest.mark.requirement("SC-FEED-04")
@settings(max_examples=150, deadline=None)
@given(data=mutated(VALID[3:]))
def test_hostile_captures_raise_nothing_but_a_source_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("capture") / "x.pcap"
    path.write_bytes(data)
    with contextlib.suppress(SourceError):
        gathered(AsterixFile(path, "x", AsterixOptions(default_sensor=SENSOR), capture=True))
