"""SBS-1 BaseStation text (port 30003): one message a line, each with a part of what is known of an aircraft.

A report is made at each position (MSG 2 and 3); the velocity (MSG 4) and the callsign (MSG 1) heard before are attached
if they are not too old. Units of the format: feet, knots, degrees, feet per minute. Times have no zone: they are the
receiver's and taken as UTC. Format: the field list published with BaseStation, as dump1090 and readsb write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from steerclear.geodesy.units import FPM_MPS, FT_M, KT_MPS
from steerclear.interfaces.feeds.bounded_file import BoundedReader
from steerclear.interfaces.feeds.checks import (
    RejectedRecordError,
    checked_report,
    clean_callsign,
    icao_address,
    velocity_mps,
)
from steerclear.interfaces.feeds.limits import MAX_AIRCRAFT_REMEMBERED, MAX_CLOCK_DIFFERENCE_S
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus

VELOCITY_HOLDS_S = 10.0
"""A velocity older than this is not attached to a position."""
MESSAGE_KINDS = (b"MSG", b"SEL", b"ID", b"AIR", b"STA", b"CLK")
_FIELDS = 22
_BATCH_REPORTS = 512
_NUMBER_CHARS = frozenset("0123456789+-.eE")


class _Heard(msgspec.Struct):
    """The last velocity and callsign of one aircraft."""

    callsign: str | None = None
    velocity_time_s: float = float("-inf")
    east_mps: float | None = None
    north_mps: float | None = None
    up_mps: float | None = None


class SbsDecoder:
    """Lines in, reports out."""

    def __init__(self, status: SourceStatus) -> None:
        self._status = status
        self._heard: dict[int, _Heard] = {}

    def report(self, line: bytes | None, place: str, receipt_time_s: float | None = None) -> TrackReport | None:
        """The report that a line gives; None for a line that only adds knowledge, or is set aside.

        `receipt_time_s` is when a live line came; None for a recording, which tells the logging time itself.
        """
        try:
            return self._report(line, receipt_time_s)
        except RejectedRecordError as rejected:
            rejected.count(self._status.rejections, place)
            return None

    def _report(self, line: bytes | None, receipt_time_s: float | None) -> TrackReport | None:
        if line is None:
            raise RejectedRecordError(RejectionReason.TOO_LONG, "line too long")
        if not line.strip():
            return None
        fields = [field.strip() for field in line.decode("ascii", "replace").split(",")]
        if fields[0].encode() not in MESSAGE_KINDS:
            raise RejectedRecordError(RejectionReason.MALFORMED, f"unknown message {fields[0][:20]!r}")
        if fields[0] != "MSG":
            return None
        if len(fields) < _FIELDS:
            raise RejectedRecordError(RejectionReason.MALFORMED, f"{len(fields)} fields instead of {_FIELDS}")
        address = icao_address(fields[4])
        if address is None:
            raise RejectedRecordError(RejectionReason.MISSING_IDENTITY, "no address")
        made_s, logged_s = _time_s(fields[6], fields[7]), _time_s(fields[8], fields[9])
        if receipt_time_s is not None:
            logged_s = receipt_time_s
            if made_s is None or abs(receipt_time_s - made_s) > MAX_CLOCK_DIFFERENCE_S:
                if made_s is not None:
                    self._status.note(
                        "the sender's times differ from this machine's clock (another zone?): receipt times are used"
                    )
                made_s = receipt_time_s
        elif made_s is not None and logged_s is not None and abs(logged_s - made_s) > MAX_CLOCK_DIFFERENCE_S:
            logged_s = None
        heard = self._heard_of(address)
        heard.callsign = clean_callsign(fields[10]) or heard.callsign
        self._hear_velocity(heard, fields, made_s)
        if not fields[14] and not fields[15]:
            return None
        held = made_s is not None and 0.0 <= made_s - heard.velocity_time_s <= VELOCITY_HOLDS_S
        return checked_report(
            source=self._status.name,
            time_s=made_s,
            receipt_time_s=logged_s,
            latitude_deg=_number(fields[14]),
            longitude_deg=_number(fields[15]),
            pressure_altitude_m=_si(_number(fields[11]), FT_M),
            east_mps=heard.east_mps if held else None,
            north_mps=heard.north_mps if held else None,
            up_mps=heard.up_mps if held else None,
            icao_address=address,
            callsign=heard.callsign,
            on_ground={"-1": True, "1": True, "0": False}.get(fields[21]),
        )

    def _heard_of(self, address: int) -> _Heard:
        heard = self._heard.pop(address, None) or _Heard()
        self._heard[address] = heard
        if len(self._heard) > MAX_AIRCRAFT_REMEMBERED:
            del self._heard[next(iter(self._heard))]
        return heard

    @staticmethod
    def _hear_velocity(heard: _Heard, fields: list[str], made_s: float | None) -> None:
        east_mps, north_mps = velocity_mps(_si(_number(fields[12]), KT_MPS), _number(fields[13]))
        if east_mps is None or made_s is None:
            return
        heard.velocity_time_s = made_s
        heard.east_mps, heard.north_mps = east_mps, north_mps
        heard.up_mps = _si(_number(fields[16]), FPM_MPS)


def _number(text: str) -> float | None:
    if not text:
        return None
    if not _NUMBER_CHARS.issuperset(text):
        raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"{text[:20]!r} is not a number")
    try:
        return float(text)
    except ValueError as error:
        raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"{text[:20]!r} is not a number") from error


def _si(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _time_s(date: str, time: str) -> float | None:
    if not date or not time:
        return None
    try:
        moment = datetime.fromisoformat(f"{date.replace('/', '-')}T{time}")
        return moment.replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise RejectedRecordError(RejectionReason.WRONG_TYPE, f"{date[:12]!r} {time[:16]!r} is not a time") from error


class SbsFile:
    """A recorded source: a file of SBS lines."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.status = SourceStatus(name=name, format="sbs", location=str(path))

    def batches(self) -> Iterator[list[TrackReport]]:
        """Reports in the order of the file.

        Raises:
            SourceError: the file cannot be opened, or is damaged from here on.
        """
        self.status.note("SBS times have no zone and are taken as UTC")
        decoder = SbsDecoder(self.status)
        batch: list[TrackReport] = []
        with BoundedReader(self.path) as reader:
            try:
                for number, line in enumerate(reader.lines(), start=1):
                    report = decoder.report(line, f"line {number}")
                    if report is not None:
                        batch.append(report)
                    if len(batch) >= _BATCH_REPORTS:
                        self.status.fraction = reader.fraction
                        yield batch
                        batch = []
            except SourceError:
                yield batch
                raise
        yield batch
