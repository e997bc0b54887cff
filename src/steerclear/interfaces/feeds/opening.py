"""From what a person writes to sources: `[FORMAT:]LOCATION`, a path or an address.

A path is a recording, its format told from its content unless given. `tcp://HOST:PORT` is a stream of SBS lines,
`udp://HOST:PORT` of ASTERIX datagrams, `http://` or `https://` an aircraft.json that is fetched again and again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from steerclear.interfaces.feeds.asterix import AsterixFile, AsterixOptions
from steerclear.interfaces.feeds.bounded_file import BoundedReader
from steerclear.interfaces.feeds.columns import ColumnFile
from steerclear.interfaces.feeds.geojson import GeojsonFile
from steerclear.interfaces.feeds.limits import MAX_SENSORS, MAX_SOURCE_NAME_CHARS
from steerclear.interfaces.feeds.live import AsterixStream, SbsStream, SnapshotPoll
from steerclear.interfaces.feeds.radar_geometry import SensorPosition
from steerclear.interfaces.feeds.readsb import SnapshotFiles, TraceFile
from steerclear.interfaces.feeds.sbs import SbsFile
from steerclear.interfaces.feeds.sniff import FORMATS, SNIFF_BYTES, sniff
from steerclear.services.report_sources import (
    LiveSource,
    OpenedSources,
    RecordedSource,
    SourceError,
    SourceUsageError,
)
from steerclear.store.folders import path_from

_PREFIX = re.compile(r"([a-z]+):(?!//)(.+)", re.DOTALL)
_SCHEME = re.compile(r"(tcp|udp|https?)://")
_USER = re.compile(r"//[^/?#]*@")
_QUERY = re.compile(r"\?.*")
_STREAM_FORMATS = {"tcp": "sbs", "udp": "asterix", "http": "readsb", "https": "readsb"}
_NUMBER_CHARS = len(" (9999)")
_SENSOR = re.compile(r"(?:(\d{1,3})/(\d{1,3})=)?([^,]+),([^,]+),([^,]+)")


def open_sources(
    descriptions: Sequence[str], *, sensors: Sequence[str] = (), date: str | None = None, folder: Path | None = None
) -> OpenedSources:
    """Sources as described, none of them read yet; names are made unique.

    Paths of recordings start from `folder`, without one from the working directory. `sensors` are radar positions
    `[SAC/SIC=]LATITUDE,LONGITUDE,HEIGHT_M`; `date` is the day (YYYY-MM-DD, UTC) on which
    recordings start that tell the time of day only.

    Raises:
        SourceUsageError: a description, sensor or date that means nothing, or recordings and streams together.
        SourceError: a recording that cannot be opened, or whose format cannot be told.
    """
    known, default = _sensors(sensors)
    options = AsterixOptions(sensors=known, default_sensor=default, date_s=_date_s(date))
    recorded: list[RecordedSource] = []
    live: list[LiveSource] = []
    names: dict[str, int] = {}
    start = Path() if folder is None else folder
    for description in descriptions:
        format_name, location = _split(description, start)
        if _SCHEME.match(location):
            live.append(_stream(format_name, location, _unique(names, public_address(location)), options))
        else:
            recorded.append(_recording(format_name, path_from(start, location), names, options))
    if recorded and live:
        raise SourceUsageError(
            "recordings and live streams cannot be watched together: their clocks have nothing to do with each other"
        )
    return OpenedSources(recorded=tuple(recorded), live=tuple(live))


def public_address(url: str) -> str:
    """A stream's address as others may see it: a source is named in alerts, questions and evidence.

    What may be a password or a key, before the host and behind a question mark, is cut out; a path stays as it is.
    """
    return _QUERY.sub("?...", _USER.sub("//...@", url)) if _SCHEME.search(url) else url


def _split(description: str, start: Path) -> tuple[str | None, str]:
    match = _PREFIX.fullmatch(description)
    if match and match[1] in FORMATS:
        return match[1], match[2]
    if match and match[1] not in FORMATS and not (start / description).exists() and len(match[1]) > 1:
        raise SourceUsageError(f"{description!r}: unknown format {match[1]!r}; known: {', '.join(FORMATS)}")
    return None, description


def _unique(names: dict[str, int], name: str) -> str:
    """The name, cut in its middle where the picture would keep no account of a source with so long a one."""
    most = MAX_SOURCE_NAME_CHARS - _NUMBER_CHARS
    if len(name) > most:
        name = f"{name[: most // 2]}...{name[len(name) + 3 - most + most // 2 :]}"
    count = names[name] = names.get(name, 0) + 1
    return name if count == 1 else f"{name} ({count})"


def _stream(format_name: str | None, url: str, name: str, options: AsterixOptions) -> LiveSource:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceUsageError(f"{url!r}: {error}") from error
    expected = _STREAM_FORMATS[parts.scheme]
    if format_name not in (None, expected):
        raise SourceUsageError(f"{url!r}: over {parts.scheme} comes {expected}, not {format_name}")
    if parts.scheme in ("http", "https"):
        poll = SnapshotPoll(url, name)
        poll.status.location = public_address(url)
        return poll
    if host is None or port is None:
        raise SourceUsageError(f"{url!r}: needs a host and a port, as in {parts.scheme}://127.0.0.1:30003")
    if parts.scheme == "tcp":
        return SbsStream(host, port, name)
    return AsterixStream(host, port, name, options)


def _recording(format_name: str | None, path: Path, names: dict[str, int], options: AsterixOptions) -> RecordedSource:
    if not path.exists():
        raise SourceError(f"{path}: no such file or directory")
    own = path.name or path.resolve().name or "/"  # "." has no name of its own
    name = _unique(names, own.split(".", 1)[0] or own)
    if path.is_dir():
        if format_name not in (None, "readsb"):
            raise SourceUsageError(f"{path}: a directory holds readsb snapshots; it cannot be {format_name}")
        return SnapshotFiles(path, name)
    chosen = format_name or _sniffed(path)
    if chosen in ("json", "csv", "parquet"):
        return ColumnFile(path, name, chosen)
    if chosen in ("asterix", "pcap"):
        return AsterixFile(path, name, options, capture=chosen == "pcap" or _is_capture(path))
    if chosen == "readsb":
        return SnapshotFiles(path, name)
    if chosen == "trace":
        return TraceFile(path, name)
    return SbsFile(path, name) if chosen == "sbs" else GeojsonFile(path, name)


def _sniffed(path: Path) -> str:
    found = sniff(_start(path))
    if found is None:
        raise SourceError(
            f"{path}: its format cannot be told from its content; write it before the name, as in sbs:{path}"
            f" (formats: {', '.join(FORMATS)})"
        )
    return found


def _is_capture(path: Path) -> bool:
    return sniff(_start(path)) == "pcap"


def _start(path: Path) -> bytes:
    with BoundedReader(path) as reader:
        return reader.read_exactly(SNIFF_BYTES)


def _sensors(descriptions: Sequence[str]) -> tuple[dict[tuple[int, int], SensorPosition], SensorPosition | None]:
    sensors: dict[tuple[int, int], SensorPosition] = {}
    default: SensorPosition | None = None
    if len(descriptions) > MAX_SENSORS:
        raise SourceUsageError(f"{len(descriptions)} sensors, more than {MAX_SENSORS}")
    for description in descriptions:
        match = _SENSOR.fullmatch(description.strip())
        try:
            if match is None:
                raise ValueError
            latitude_deg, longitude_deg, height_m = (float(text) for text in match.groups()[2:])
            if not (abs(latitude_deg) <= 90.0 and abs(longitude_deg) <= 180.0 and abs(height_m) <= 10_000.0):
                raise ValueError
        except ValueError:
            raise SourceUsageError(
                f"sensor {description!r}: write [SAC/SIC=]LATITUDE,LONGITUDE,HEIGHT_M, as in 25/201=46.1,14.5,380"
            ) from None
        position = SensorPosition(latitude_deg=latitude_deg, longitude_deg=longitude_deg, height_m=height_m)
        if match[1] is None:
            default = position
        else:
            sensors[int(match[1]), int(match[2])] = position
    return sensors, default


def _date_s(date: str | None) -> float | None:
    if date is None:
        return None
    try:
        return datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise SourceUsageError(f"date {date!r}: write the day as YYYY-MM-DD") from None
