"""Files of columns as the `traffic` library writes them: JSON (records, lines or pandas columns), CSV and Parquet.

Their rows are in no order that could be relied upon, so the whole file is read and sorted by time. Such files do not
tell when a report was received: the time of applicability stands in.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from steerclear.interfaces.feeds.bounded_file import BoundedReader, read_whole
from steerclear.interfaces.feeds.column_reports import Profile, column_reports, profile_of
from steerclear.interfaces.feeds.limits import MAX_CSV_COLUMNS, MAX_IN_MEMORY_BYTES, MAX_ROWS, REPORTS_PER_BATCH
from steerclear.interfaces.feeds.strict_json import Broken, JsonError, decode_columns, decode_tolerant
from steerclear.model.track import TrackReport
from steerclear.services.report_sources import RejectionReason, SourceError, SourceStatus

Table = dict[str, Any]
_Number = float | None | UnsetType
_Text = str | None | UnsetType
_Truth = bool | float | None | UnsetType
_Time = float | str | None | UnsetType


class _TrafficRow(msgspec.Struct, gc=False):
    """One row as `traffic` writes it, as JSON types."""

    timestamp: _Time = UNSET
    latitude: _Number = UNSET
    longitude: _Number = UNSET
    altitude: _Number = UNSET
    geoaltitude: _Number = UNSET
    groundspeed: _Number = UNSET
    track: _Number = UNSET
    vertical_rate: _Number = UNSET
    icao24: _Text = UNSET
    callsign: _Text = UNSET
    onground: _Truth = UNSET


class _OpenskyRow(msgspec.Struct, gc=False):
    """One OpenSky state vector, as JSON types."""

    time: _Time = UNSET
    lat: _Number = UNSET
    lon: _Number = UNSET
    baroaltitude: _Number = UNSET
    geoaltitude: _Number = UNSET
    velocity: _Number = UNSET
    heading: _Number = UNSET
    vertrate: _Number = UNSET
    icao24: _Text = UNSET
    callsign: _Text = UNSET
    onground: _Truth = UNSET


class ColumnFile:
    """A recorded source made of one file of columns."""

    def __init__(self, path: Path, name: str, kind: str) -> None:
        self.path = path
        self.kind = kind
        self.status = SourceStatus(name=name, format=kind, location=str(path))

    def batches(self) -> Iterator[list[TrackReport]]:
        """Reports in order of time.

        Raises:
            SourceError: the file cannot be opened or is not what its kind says; or, after the last batch, its end is
                missing.
        """
        damage: SourceError | None = None
        numbers: list[int] | None = None
        if self.kind == "parquet":
            table, profile = _parquet_table(self.path)
            reports = column_reports(table, profile, self.status)
        elif self.kind == "csv":
            table, profile, numbers, damage = self._csv_table()
            reports = column_reports(table, profile, self.status, row_numbers=numbers, from_text=True)
        else:
            table, profile, numbers = self._json_table(read_whole(self.path))
            reports = column_reports(table, profile, self.status, row_numbers=numbers)
        del table
        for start in range(0, len(reports), REPORTS_PER_BATCH):
            batch = reports[start : start + REPORTS_PER_BATCH]
            self.status.fraction = (start + len(batch)) / len(reports)
            yield batch
        if damage is not None:
            raise damage

    def _json_table(self, data: bytes) -> tuple[Table, Profile, list[int] | None]:
        columns = decode_columns(data, _TrafficRow if b'"latitude"' in data else _OpenskyRow)
        if columns is not None and (count := len(next(iter(columns.values())))):
            unset = {name: column.count(UNSET) for name, column in columns.items()}
            present = [name for name in columns if unset[name] < count]
            profile = self._profile(present)
            table = {
                name: [None if cell is UNSET else cell for cell in columns[name]] if unset[name] else columns[name]
                for name in present
            }
            return table, profile, None
        try:
            value = decode_tolerant(data)
        except JsonError as error:
            lines = self._json_lines(data)
            if lines is None:
                raise SourceError(f"{self.path}: {error}") from error
            value = lines
        if isinstance(value, list):
            return self._records_table(value)
        if isinstance(value, dict) and value and all(isinstance(column, dict | Broken) for column in value.values()):
            return self._pandas_table(value)
        raise SourceError(f"{self.path}: JSON, but neither a list of records nor columns of values")

    def _json_lines(self, data: bytes) -> list[Any] | None:
        """One JSON object a line; None where the first line is not one, because then it is another format."""
        records: list[Any] = []
        for line in data.split(b"\n"):
            if line.strip():
                try:
                    records.append(decode_tolerant(line))
                except JsonError as error:
                    if not records:
                        return None
                    records.append(Broken(RejectionReason.MALFORMED, str(error)))
        return records

    def _records_table(self, records: list[Any]) -> tuple[Table, Profile, list[int]]:
        """Columns of the sound records; the others are set aside here."""
        sound: list[dict[str, Any]] = []
        numbers: list[int] = []
        for number, record in enumerate(records, start=1):
            if isinstance(record, dict):
                sound.append(record)
                numbers.append(number)
            elif isinstance(record, Broken):
                self.status.rejections.add(record.reason, f"row {number}", record.detail)
            else:
                self.status.rejections.add(
                    RejectionReason.WRONG_TYPE, f"row {number}", f"{type(record).__name__} instead of an object"
                )
        names = {name for record in sound for name in record}
        profile = self._profile(sorted(names))
        return (
            {name: [record.get(name) for record in sound] for name in profile.columns if name in names},
            profile,
            numbers,
        )

    def _pandas_table(self, value: dict[str, Any]) -> tuple[Table, Profile, None]:
        """Columns as pandas writes them: each a mapping from row label to value."""
        profile = self._profile(list(value))
        for name in (profile.time, profile.latitude, profile.longitude):
            if isinstance(value[name], Broken):
                raise SourceError(f"{self.path}: column {name!r}: {value[name].detail}")
        labels = list(value[profile.time])
        table: Table = {}
        for name in profile.columns:
            column = value.get(name)
            if isinstance(column, dict):
                same = len(column) == len(labels) and list(column) == labels
                table[name] = list(column.values()) if same else [column.get(label) for label in labels]
            elif isinstance(column, Broken):
                self.status.rejections.add(column.reason, f"column {name}", column.detail)
        return table, profile, None

    def _profile(self, names: list[str]) -> Profile:
        profile = profile_of(names)
        if profile is None:
            raise SourceError(
                f"{self.path}: no known columns; expected timestamp, latitude, longitude (as traffic writes them) or"
                f" time, lat, lon (OpenSky); found {', '.join(names[:12]) or 'none'}"
            )
        return profile

    def _csv_table(self) -> tuple[Table, Profile, list[int], SourceError | None]:
        """Columns of texts, the numbers of their rows, and what cut the file short, if anything did."""
        damage: list[SourceError] = []
        with BoundedReader(self.path) as reader:
            rows = csv.reader(self._text_lines(reader, damage))
            try:
                header = [name.strip().lower().removeprefix("\ufeff") for name in next(rows, [])]
            except csv.Error as error:
                raise SourceError(f"{self.path}: its first line is no header of CSV: {error}") from error
            if len(header) > MAX_CSV_COLUMNS:
                raise SourceError(f"{self.path}: {len(header)} columns, more than {MAX_CSV_COLUMNS}")
            profile = self._profile(header)
            if len(set(header)) != len(header):
                repeated = sorted({name for name in header if header.count(name) > 1})
                raise SourceError(f"{self.path}: the header names {', '.join(repeated)} more than once")
            wanted = [(name, header.index(name)) for name in profile.columns if name in header]
            columns: Table = {name: [] for name, _ in wanted}
            cells = [(columns[name], index) for name, index in wanted]
            numbers: list[int] = []
            for number, row in self._csv_rows(rows, len(header)):
                numbers.append(number)
                for column, index in cells:
                    column.append(row[index])
        return columns, profile, numbers, damage[0] if damage else None

    def _csv_rows(self, rows: Iterator[list[str]], width: int) -> Iterator[tuple[int, list[str]]]:
        number = 1
        while True:
            number += 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                self.status.rejections.add(RejectionReason.MALFORMED, f"row {number}", str(error))
                continue
            if len(row) == width:
                yield number, row
            elif row:
                self.status.rejections.add(
                    RejectionReason.MALFORMED, f"row {number}", f"{len(row)} cells under {width} columns"
                )
            if number > MAX_ROWS:
                raise SourceError(f"{self.path}: more than {MAX_ROWS} rows; split it")

    def _text_lines(self, reader: BoundedReader, damage: list[SourceError]) -> Iterator[str]:
        try:
            for number, line in enumerate(reader.lines(), start=1):
                if reader.produced_bytes > MAX_IN_MEMORY_BYTES:
                    raise SourceError(f"{self.path}: larger than {MAX_IN_MEMORY_BYTES // 1024 // 1024} MiB; split it")
                if line is None:
                    self.status.rejections.add(RejectionReason.TOO_LONG, f"row {number}", "line too long")
                else:
                    yield line.decode("utf-8", "replace") + "\n"
        except SourceError as error:
            damage.append(error)


def _parquet_table(path: Path) -> tuple[Table, Profile]:
    """Columns of a Parquet file as floats and Python values.

    Raises:
        SourceError: pyarrow is missing, or the file is not Parquet, too large, or without the needed columns.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - loaded only for Parquet
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise SourceError(f"{path}: reading Parquet needs pyarrow; install steerclear[feeds]") from error
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            profile = profile_of(names)
            if profile is None:
                raise SourceError(f"{path}: no known columns; found {', '.join(map(str, names[:12]))}")
            size_bytes = sum(
                file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups)
            )
            if size_bytes > MAX_IN_MEMORY_BYTES or file.metadata.num_rows > MAX_ROWS:
                raise SourceError(f"{path}: {size_bytes} bytes in {file.metadata.num_rows} rows; split it")
            arrow = file.read(columns=[name for name in profile.columns if name in names])
            return {name: _arrow_column(pa, arrow.column(name)) for name in arrow.column_names}, profile
    except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
        raise SourceError(f"{path}: not a readable Parquet file: {error}") from error


def _arrow_column(pa: Any, column: Any) -> Any:
    kind = column.type
    if pa.types.is_timestamp(kind):
        ticks = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[kind.unit]
        return _arrow_floats(pa, column.cast(pa.int64())) * ticks
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return _arrow_floats(pa, column)
    return column.to_pylist()


def _arrow_floats(pa: Any, column: Any) -> Any:
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
