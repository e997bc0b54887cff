"""ASTERIX: data blocks to track reports, from a file, a packet capture or a datagram.

A record carries the time of day only; the date comes from outside (the packet's time, the receiver's clock, an option,
or the file's own date) and the nearest day is taken, so that midnight passes by itself. A record that cannot be parsed
ends its data block, because only a record tells where the next one begins; the records before it are used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from steerclear.interfaces.feeds.asterix_targets import Sensors, Target, target_of
from steerclear.interfaces.feeds.bounded_file import BoundedReader
from steerclear.interfaces.feeds.checks import RejectedRecordError, checked_report
from steerclear.interfaces.feeds.limits import MAX_CLOCK_DIFFERENCE_S, MAX_FUTURE_S, MAX_TIME_S, MIN_TIME_S
from steerclear.interfaces.feeds.packets import datagrams
from steerclear.interfaces.feeds.radar_geometry import SensorPosition
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus

DAY_S = 86_400.0
TARGET_CATEGORIES = (21, 48, 62)
SERVICE_CATEGORIES = (2, 4, 8, 9, 16, 17, 18, 19, 23, 25, 34, 63, 65, 240, 247)
"""Sensor and service messages, alerts and pictures: they hold no targets and are passed over."""
HEADER_BYTES = 3
_BATCH_REPORTS = 256
_TEXT_BYTES = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\r\n")


class AsterixOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the records do not tell."""

    sensors: Sensors = {}
    default_sensor: SensorPosition | None = None
    date_s: float | None = None
    """Midnight UTC of the day on which a recording starts."""

    @property
    def site_deg(self) -> tuple[float, float] | None:
        """Latitude and longitude of the radar, where just one was given: with several, records of all may be mixed."""
        known = [*self.sensors.values(), *([] if self.default_sensor is None else [self.default_sensor])]
        return (known[0].latitude_deg, known[0].longitude_deg) if len(known) == 1 else None


@cache
def _specifications() -> tuple[dict[int, Any], Any, Any]:
    """The record types by category; libasterix's generated module takes a second or two, so only when needed.

    Raises:
        SourceError: libasterix is not installed.
    """
    try:
        from asterix import generated  # noqa: PLC0415
        from asterix.base import Bits, ParsingMode  # noqa: PLC0415
    except ImportError as error:
        raise SourceError("reading ASTERIX needs libasterix; install steerclear[feeds]") from error
    records = {
        21: generated.Cat_021_2_7.cv_record,
        48: generated.Cat_048_1_32.cv_record,
        62: generated.Cat_062_1_21.cv_record,
    }
    return records, Bits, ParsingMode.StrictParsing


def looks_like_asterix(start: bytes) -> bool:
    """Whether bytes begin with data blocks: known categories, and each length leads to the next block."""
    if all(byte in _TEXT_BYTES for byte in start[:64]):
        return False  # a quote, a zero and a greater-than sign are categories, too
    at = blocks = 0
    while at + HEADER_BYTES <= len(start) and blocks < 8:
        length = int.from_bytes(start[at + 1 : at + 3], "big")
        if start[at] not in TARGET_CATEGORIES + SERVICE_CATEGORIES or length < HEADER_BYTES + 1:
            return False
        at += length
        blocks += 1
    return blocks > 0


def time_of_day_to_s(time_of_day_s: float, reference_s: float) -> float:
    """The time with that time of day that is nearest to the reference; POSIX UTC seconds."""
    midnight_s = math.floor(reference_s / DAY_S) * DAY_S
    return min(
        (midnight_s + days * DAY_S + time_of_day_s for days in (-1, 0, 1)), key=lambda time_s: abs(time_s - reference_s)
    )


class AsterixDecoder:
    """Data blocks in, reports out; set-aside records go to the status."""

    def __init__(self, status: SourceStatus, options: AsterixOptions) -> None:
        self._status = status
        self._options = options
        self._records, self._bits, self._strict = _specifications()
        self._reference_s = options.date_s
        self._passed_over: set[int] = set()

    def decode(
        self, data: bytes, place: str, *, receipt_time_s: float | None, reference_s: float | None = None
    ) -> list[TrackReport]:
        """Reports of the data blocks of one datagram or of one file's worth of blocks.

        `reference_s` is a time near which the records' times of day are; without it the times follow on from the last.
        """
        reports: list[TrackReport] = []
        at = number = 0
        while at < len(data):
            number += 1
            length = int.from_bytes(data[at + 1 : at + 3], "big")
            if length < HEADER_BYTES or at + length > len(data):
                self._status.rejections.add(
                    RejectionReason.MALFORMED, f"{place}, block {number}", f"claims {length} bytes of {len(data) - at}"
                )
                break
            where = f"{place}, block {number}"
            reports += self.decode_block(
                data[at], data[at + HEADER_BYTES : at + length], where, receipt_time_s, reference_s
            )
            at += length
        return reports

    def decode_block(
        self, category: int, body: bytes, place: str, receipt_time_s: float | None, reference_s: float | None
    ) -> list[TrackReport]:
        """Reports of the records of one data block."""
        if category not in self._records:
            self._pass_over(category, place)
            return []
        reports: list[TrackReport] = []
        rest = self._bits.from_bytes(body)
        number = 0
        while len(rest):
            number += 1
            where = f"{place}, CAT{category:03} record {number}"
            try:
                parsed = self._records[category].parse(self._strict, rest)
            except Exception as error:
                parsed = ValueError(f"{type(error).__name__}: {error}")
            if isinstance(parsed, ValueError):
                self._status.rejections.add(
                    RejectionReason.MALFORMED, where, f"{parsed}; the rest of the block is lost"
                )
                break
            record, rest = parsed
            try:
                target = target_of(category, record, self._options.sensors, self._options.default_sensor)
                reports.append(self._report(target, receipt_time_s, reference_s))
            except RejectedRecordError as rejected:
                rejected.count(self._status.rejections, where)
        return reports

    def _pass_over(self, category: int, place: str) -> None:
        if category not in SERVICE_CATEGORIES:
            self._status.rejections.add(
                RejectionReason.UNSUPPORTED, place, f"CAT{category:03} is not read; 021, 048 and 062 are"
            )
        elif category not in self._passed_over:
            self._passed_over.add(category)
            self._status.note(f"CAT{category:03} holds no targets and is passed over")

    def _report(self, target: Target, receipt_time_s: float | None, reference_s: float | None) -> TrackReport:
        if target.time_of_day_s is None:
            raise RejectedRecordError(RejectionReason.MISSING_TIME, "no time of day")
        if target.time_of_day_s >= DAY_S:
            raise RejectedRecordError(RejectionReason.TIME_OUT_OF_RANGE, f"time of day {target.time_of_day_s:.3f} s")
        near_s = reference_s if reference_s is not None else self._reference_s
        if near_s is None:
            raise RejectedRecordError(RejectionReason.MISSING_TIME, "no date; give one with --date")
        if near_s == self._options.date_s:
            time_s = near_s + target.time_of_day_s
        else:
            time_s = time_of_day_to_s(target.time_of_day_s, near_s)
        number = target.track_number
        report = checked_report(
            source=self._status.name,
            time_s=time_s,
            receipt_time_s=receipt_time_s,
            latitude_deg=target.latitude_deg,
            longitude_deg=target.longitude_deg,
            pressure_altitude_m=target.pressure_altitude_m,
            ellipsoid_altitude_m=target.ellipsoid_altitude_m,
            east_mps=target.east_mps,
            north_mps=target.north_mps,
            up_mps=target.up_mps,
            icao_address=target.icao_address,
            callsign=target.callsign,
            source_track=None if number is None else f"{target.sac}/{target.sic}/{number}",
            on_ground=target.on_ground,
            horizontal_accuracy_m=target.horizontal_accuracy_m,
        )
        if reference_s is None:
            self._reference_s = time_s
        return report


class AsterixFile:
    """A recorded source: data blocks one after the other, or a packet capture of them."""

    def __init__(self, path: Path, name: str, options: AsterixOptions, *, capture: bool) -> None:
        self.path = path
        self._options = options
        self._capture = capture
        kind = "asterix in pcap" if capture else "asterix"
        self.status = SourceStatus(name=name, format=kind, location=str(path), site_deg=options.site_deg)

    def batches(self) -> Iterator[list[TrackReport]]:
        """Reports in the order of the file.

        Raises:
            SourceError: the file cannot be opened, or is damaged from here on.
        """
        batch: list[TrackReport] = []
        with BoundedReader(self.path) as reader:
            pieces = self._from_capture(reader) if self._capture else self._from_blocks(reader)
            try:
                for reports in pieces:
                    batch += reports
                    if len(batch) >= _BATCH_REPORTS:
                        self.status.fraction = reader.fraction
                        yield batch
                        batch = []
            except SourceError:
                yield batch
                raise
        yield batch

    def _from_blocks(self, reader: BoundedReader) -> Iterator[list[TrackReport]]:
        options = self._options
        if options.date_s is None:
            options = msgspec.structs.replace(options, date_s=self._date_of_file_s())
        decoder = AsterixDecoder(self.status, options)
        number = 0
        while head := reader.read_exactly(HEADER_BYTES):
            number += 1
            length = int.from_bytes(head[1:3], "big")
            body = reader.read_exactly(length - HEADER_BYTES) if length > HEADER_BYTES else b""
            if len(head) < HEADER_BYTES or length < HEADER_BYTES or len(body) < length - HEADER_BYTES:
                raise SourceError(f"{self.path}: block {number} is cut off or damaged; what follows cannot be read")
            yield decoder.decode_block(head[0], body, f"block {number}", None, None)

    def _date_of_file_s(self) -> float:
        self.status.note("no --date given: the day is taken from the file's modification time")
        return math.floor(self.path.stat().st_mtime / DAY_S) * DAY_S

    def _from_capture(self, reader: BoundedReader) -> Iterator[list[TrackReport]]:
        decoder = AsterixDecoder(self.status, self._options)
        dated = self._options.date_s is not None
        skipped = 0
        for datagram in datagrams(reader):
            if datagram.payload is None:
                skipped += 1
                continue
            place = f"packet {datagram.number}"
            reference_s = None if dated else datagram.time_s
            reports = decoder.decode(datagram.payload, place, receipt_time_s=None, reference_s=reference_s)
            yield [_received(report, datagram.time_s, self.status) for report in reports]
        if skipped:
            self.status.note(f"{skipped} captured packets hold no whole IPv4 UDP datagram and are passed over")


def _received(report: TrackReport, packet_time_s: float | None, status: SourceStatus) -> TrackReport:
    """The report with the packet's time as time of receipt, where the two clocks belong together."""
    if packet_time_s is None:
        return report
    late_s = packet_time_s - report.time_s
    if not (-MAX_FUTURE_S <= late_s <= MAX_CLOCK_DIFFERENCE_S and MIN_TIME_S <= packet_time_s <= MAX_TIME_S):
        status.note(
            "the capture's clock and the reports' times of day do not belong together: the capture's clock gives the"
            " date only"
        )
        return report
    return msgspec.structs.replace(report, receipt_time_s=packet_time_s)
