"""The recorded traffic of the demonstration, and the rule that allots its aircraft to the two parties.

The recordings are files of the installed `traffic` package (OpenSky-style data); they are read where they are and
never copied. The package itself is not imported.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from steerclear.interfaces.timeline_page import FlownTrack

_FOOT_M = 0.3048
FRENCH_ADDRESSES = (0x380000, 0x3BFFFF)
AMERICAN_ADDRESSES = (0xA00000, 0xAFFFFF)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of one recording, and how fast it is played."""

    name: str
    file: str
    from_s: float
    until_s: float
    speed: float
    note: str


def _utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


WILDFIRE = Stretch(
    name="calfire",
    file="firefighting/calfire.json.gz",
    from_s=_utc("2020-09-09T16:54:00"),
    until_s=_utc("2020-09-09T18:20:00"),
    speed=240.0,
    note=(
        "Firefighting aircraft over California, 9 September 2020. North flies the aircraft whose callsign is their "
        "registration (N…), south those with an agency's radio callsign (T82, A440, C106 …)."
    ),
)
TERMINAL = Stretch(
    name="quickstart",
    file="collections/quickstart.json.gz",
    from_s=_utc("2021-10-07T14:02:00"),
    until_s=_utc("2021-10-07T14:32:00"),
    speed=100.0,
    note=(
        "Arrivals and departures around Paris, 7 October 2021. North flies the aircraft registered in France, south "
        "all others; aircraft registered in the United States belong to neither here and stay without a party."
    ),
)
STRETCHES = (WILDFIRE, TERMINAL)


def recording_path(stretch: Stretch) -> Path:
    """The recording's file in the installed package. Raises FileNotFoundError that says what to install."""
    spec = find_spec("traffic")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "the recordings are not installed: pip install --no-deps -r requirements/recordings.txt"
        )
    path = Path(spec.origin).parent / "data" / "samples" / stretch.file
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing; this demonstration needs the version in requirements/recordings.txt"
        )
    return path


@cache
def _rows(stretch: Stretch) -> list[dict[str, Any]]:
    with gzip.open(recording_path(stretch)) as file:
        rows: list[dict[str, Any]] = json.load(file)
    inside = [row for row in rows if stretch.from_s <= row["timestamp"] / 1000 <= stretch.until_s]
    return sorted(inside, key=lambda row: row["timestamp"])


@cache
def wildfire_addresses() -> tuple[frozenset[int], frozenset[int]]:
    """ICAO addresses over the wildfire of (north, south), by the callsigns they use most."""
    callsigns: dict[int, list[str]] = {}
    for row in _rows(WILDFIRE):
        callsigns.setdefault(int(row["icao24"], 16), []).append(row.get("callsign") or "")
    usual = {address: max(set(names), key=names.count) for address, names in callsigns.items()}
    north = frozenset(address for address, name in usual.items() if name.startswith("N"))
    return north, frozenset(usual) - north


def party_of(address: int, north: frozenset[int], south: frozenset[int]) -> str | None:
    """The party that the agreement's fleet rules give an address."""
    if address in north or FRENCH_ADDRESSES[0] <= address <= FRENCH_ADDRESSES[1]:
        return "north"
    if address in south or not AMERICAN_ADDRESSES[0] <= address <= AMERICAN_ADDRESSES[1]:
        return "south"
    return None


@cache
def flown_tracks(stretch: Stretch) -> tuple[FlownTrack, ...]:
    """Every flown path of a stretch, thinned to one point in five seconds, for the map on the timeline page."""
    north, south = wildfire_addresses()
    points: dict[tuple[int, str], list[tuple[float, float, float, float | None]]] = {}
    for row in _rows(stretch):
        latitude, longitude = row.get("latitude"), row.get("longitude")
        if latitude is None or longitude is None:
            continue
        address, time_s = int(row["icao24"], 16), row["timestamp"] / 1000
        path = points.setdefault((address, (row.get("callsign") or "").strip() or f"{address:06x}"), [])
        if path and time_s - path[-1][0] < 5:
            continue
        altitude_ft = row.get("altitude")
        altitude_m = None if altitude_ft is None else round(altitude_ft * _FOOT_M)
        path.append((time_s, round(latitude, 5), round(longitude, 5), altitude_m))
    return tuple(
        FlownTrack(label=label, party=party_of(address, north, south), points=tuple(path))
        for (address, label), path in points.items()
    )
