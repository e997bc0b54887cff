"""SBS-1 BaseStation lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.interfaces.feeds import sbs
from steerclear.interfaces.feeds.limits import MAX_RECORD_BYTES
from steerclear.interfaces.feeds.sbs import SbsDecoder, SbsFile
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceStatus
from tests.interfaces.feeds.recordings import assert_sound, gathered

DAY = "2024/02/29"


def message(
    kind: int, time: str = "12:00:00.000", address: str = "3C6586", logged: str | None = None, **fields: str
) -> bytes:
    names = (
        "callsign",
        "altitude",
        "speed",
        "track",
        "lat",
        "lon",
        "rate",
        "squawk",
        "alert",
        "emergency",
        "spi",
        "ground",
    )
    cells = ["MSG", str(kind), "1", "1", address, "1", DAY, time, DAY, logged or time]
    return ",".join(cells + [fields.get(name, "") for name in names]).encode()


POSITION = message(3, altitude="35000", lat="46.5", lon="8.1", ground="0")


def read(*lines: bytes | None, receipt_time_s: float | None = None) -> tuple[list[TrackReport], SourceStatus]:
    status = SourceStatus(name="antenna", format="sbs", location="")
    decoder = SbsDecoder(status)
    found = [decoder.report(line, f"line {n}", receipt_time_s) for n, line in enumerate(lines, start=1)]
    reports = [report for report in found if report is not None]
    for report in reports:
        assert_sound(report)
    return reports, status


@pytest.mark.requirement("SC-FEED-01")
def test_position_velocity_and_callsign_come_together() -> None:
    lines = (
        message(1, callsign="DLH62Y"),
        message(4, time="12:00:01.000", speed="400", track="90", rate="-640"),
        message(3, time="12:00:02.500", logged="12:00:02.900", altitude="35000", lat="46.5", lon="8.1", ground="0"),
    )
    (report,), _ = read(*lines)
    assert report.receipt_time_s - report.time_s == pytest.approx(0.4)
    assert (report.callsign, report.icao_address, report.on_ground) == ("DLH62Y", 0x3C6586, False)
    assert report.east_mps == pytest.approx(400 * 1852 / 3600)
    assert report.up_mps == pytest.approx(-640 * 0.3048 / 60)
    assert report.pressure_altitude_m == pytest.approx(10_668.0)


@pytest.mark.requirement("SC-FEED-06")
def test_an_old_velocity_is_not_attached() -> None:
    velocity = message(4, speed="400", track="90")
    (fresh, stale), _ = read(
        velocity,
        message(3, time="12:00:10.000", lat="46.5", lon="8.1"),
        message(3, time="12:00:10.500", lat="46.5", lon="8.1"),
    )
    assert fresh.east_mps is not None
    assert stale.east_mps is None


@pytest.mark.requirement("SC-FEED-03")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"MSG,3,1,1,3C6586", RejectionReason.MALFORMED),
        (b"hello", RejectionReason.MALFORMED),
        (b"\xff\xfe\x00", RejectionReason.MALFORMED),
        (None, RejectionReason.TOO_LONG),
        (message(3, address="", lat="1", lon="1"), RejectionReason.MISSING_IDENTITY),
        (message(3, address="XYZ", lat="1", lon="1"), RejectionReason.WRONG_TYPE),
        (message(3, lat="1e999", lon="1"), RejectionReason.NOT_FINITE),
        (message(3, lat="nan", lon="1"), RejectionReason.WRONG_TYPE),
        (message(3, lat="1_0", lon="1"), RejectionReason.WRONG_TYPE),
        (message(3, lat="91", lon="1"), RejectionReason.POSITION_OUT_OF_RANGE),
        (message(3, lat="45"), RejectionReason.MISSING_POSITION),
        (message(3, time="25:00:00", lat="1", lon="1"), RejectionReason.WRONG_TYPE),
        (message(4, speed="99999", track="1"), RejectionReason.SPEED_OUT_OF_RANGE),
        (message(3, lat="1", lon="1", altitude="999999"), RejectionReason.ALTITUDE_OUT_OF_RANGE),
    ],
)
def test_a_bad_line_is_set_aside_and_the_next_one_read(line: bytes | None, reason: RejectionReason) -> None:
    reports, status = read(line, POSITION)
    assert len(reports) == 1
    assert status.rejections.counts == {reason: 1}
    assert status.rejections.samples[0].place == "line 1"


@pytest.mark.requirement("SC-FEED-03")
def test_other_messages_are_no_faults() -> None:
    reports, status = read(b"STA,,1,1,3C6586,1,,,,,RM", b"", b"CLK,,1,-1,,,,,,", message(8), message(1, callsign="A1"))
    assert reports == []
    assert status.rejections.total == 0


@pytest.mark.requirement("SC-FEED-06")
def test_a_live_sender_in_another_zone_is_noticed() -> None:
    noon_s = 1_709_208_000.0
    (near,), quiet = read(POSITION, receipt_time_s=noon_s + 0.3)
    (far,), noted = read(POSITION, receipt_time_s=noon_s + 3_600.0)
    assert (near.time_s, near.receipt_time_s, quiet.notes) == (noon_s, noon_s + 0.3, [])
    assert far.time_s == far.receipt_time_s == noon_s + 3_600.0
    assert "another zone" in noted.notes[0]


@pytest.mark.requirement("SC-FEED-05")
def test_what_is_remembered_of_aircraft_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbs, "MAX_AIRCRAFT_REMEMBERED", 3)
    velocities = [message(4, address=f"00000{n}", speed="100", track="0") for n in range(1, 6)]
    reports, _ = read(*velocities, *[message(3, address=f"00000{n}", lat="1", lon="1") for n in (5, 1)])
    assert [report.east_mps is None for report in reports] == [False, True]


@pytest.mark.requirement("SC-FEED-05")
def test_a_file_with_an_endless_line_is_read_past_it(tmp_path: Path) -> None:
    path = tmp_path / "x.sbs"
    path.write_bytes(POSITION + b"\r\n" + b"M" * (3 * MAX_RECORD_BYTES + (1 << 21)) + b"\n" + POSITION + b"\n")
    source = SbsFile(path, "x")
    assert len(gathered(source)) == 2
    assert source.status.rejections.counts == {RejectionReason.TOO_LONG: 1}


cells = st.sampled_from(["", "MSG", "3", "4", "3C6586", DAY, "12:00:00", "46.5", "1e308", "-1", "0", "nan", "inf"])


@pytest.mark.requirement("SC-FEED-04")
@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=120), st.lists(cells, max_size=24).map(lambda c: ",".join(c).encode()))))
def test_hostile_lines_never_raise_and_never_give_an_impossible_report(lines: list[bytes]) -> None:
    read(*lines)


@pytest.mark.requirement("SC-FEED-04")
@given(st.lists(st.tuples(st.integers(0, 21), cells | st.text(max_size=12)), max_size=4))
def test_a_line_with_spoiled_fields_never_gives_an_impossible_report(changes: list[tuple[int, str]]) -> None:
    fields = POSITION.decode().split(",")
    for index, cell in changes:
        fields[index] = cell
    read(",".join(fields).encode("utf-8", "surrogatepass"))
