"""Waypoint text: one waypoint a line, comma, semicolon or tab between the columns, and `# key: value` lines above.

Columns by name (lat, lon, level, name, and heights with unit and datum in their names), or without a header latitude,
longitude and, where `# altitude: m AMSL` says of what, a height. The keys are those of route files. The same columns
with names make a waypoint file that resolves the points of a flight plan.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Final

from steerclear.geodesy.units import FT_M
from steerclear.interfaces.plan_files import limits
from steerclear.interfaces.plan_files.common_parts import as_text, bounded, read_heading
from steerclear.interfaces.plan_files.coordinates import latitude_deg, longitude_deg
from steerclear.interfaces.plan_files.defaults import Assumptions, PlanDefaults
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.fields import Fields
from steerclear.interfaces.plan_files.levels import DATUM_WORDS, Level, level
from steerclear.interfaces.plan_files.quantities import HEIGHTS_M, shown
from steerclear.interfaces.plan_files.readers import moment_s, title
from steerclear.interfaces.plan_files.route_file import Waypoint, route_volumes
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Position

_NAMES: Final = {
    "lat": "latitude",
    "latitude": "latitude",
    "latitude_deg": "latitude",
    "lon": "longitude",
    "lng": "longitude",
    "long": "longitude",
    "longitude": "longitude",
    "longitude_deg": "longitude",
    "level": "level",
    "name": "name",
    "id": "name",
    "ident": "name",
}
_HEIGHT_COLUMN = re.compile(r"(?:alt|altitude|height)_(m|ft)_(amsl|msl|w84|wgs84|hae|std)")
_BARE_HEIGHT = re.compile(r"(?:alt|altitude|height|elevation)(?:_?(?:m|ft))?")
_ALTITUDE_KEY = re.compile(r"(m|ft) ?([A-Za-z0-9]{3,5})")
_SETTING = re.compile(r"#\s*([A-Za-z_ -]{1,40}?)\s*[:=]\s*(.*)")


class WaypointRow:
    """One line of the text."""

    def __init__(self, line: int, where: Position, name: str, at: Level | None) -> None:
        self.line = line
        self.position = where
        self.name = name
        self.level = at


def decode_waypoints(data: bytes, defaults: PlanDefaults) -> PlanDraft:
    """The plan of a waypoint text. Raises PlanFileError with the line."""
    source = as_text(bounded(data, limits.MAX_TEXT_FILE_BYTES, "a waypoint text"))
    fields = _settings(source)
    rows = read_rows(source, fields, limits.MAX_WAYPOINTS)
    if len(rows) < 2:
        raise PlanFileError(f"line {rows[0].line}" if rows else "", "a route needs two waypoints or more")
    assume = Assumptions()
    name, priority, kind, _ = read_heading(fields, defaults, assume, "Route")
    waypoints = [Waypoint(row.position, f"line {row.line}", row.level) for row in rows]
    volumes = route_volumes(fields, waypoints, fields.optional("departure", moment_s), defaults, assume)
    fields.nothing_left()
    return PlanDraft(
        title=name,
        volumes=volumes,
        priority=priority,
        kind=kind,
        source=f"waypoint text with {len(rows)} waypoints",
        assumptions=assume.taken(),
    )


def named_points(data: bytes) -> dict[str, Position]:
    """The points of a waypoint file by name, in capitals.

    Raises:
        PlanFileError: with the line; also for one name at two places.
    """
    place = "waypoint file"
    source = as_text(bounded(data, limits.MAX_NAMED_POINTS_BYTES, "a waypoint file"))
    found: dict[str, Position] = {}
    for row in read_rows(source, _settings(source), limits.MAX_NAMED_POINTS):
        name = row.name.upper()
        if not name:
            raise PlanFileError(f"{place}, line {row.line}", "has no name; the columns are name, latitude, longitude")
        if found.setdefault(name, row.position) != row.position:
            raise PlanFileError(f"{place}, line {row.line}", f"{name} is there already, at another place")
    if not found:
        raise PlanFileError(place, "has no points; the columns are name, latitude, longitude")
    return found


def _settings(source: str) -> Fields:
    """The `# key: value` lines."""
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    for line, content in enumerate(source.splitlines(), start=1):
        match = _SETTING.fullmatch(content.strip())
        if match is None:
            continue
        key = re.sub(r"[ -]+", "_", match[1].strip().lower())
        if key in values:
            raise PlanFileError(f"line {line}", f"{key} is there twice; keep one")
        value = match[2].strip()
        values[key] = int(value) if key == "priority" and re.fullmatch(r"-?\d{1,9}", value) else value
        lines[key] = line
    return Fields(values, "", lines)


def read_rows(source: str, fields: Fields, at_most: int) -> list[WaypointRow]:
    """The waypoints of a text. Raises PlanFileError with the line."""
    separator = next((sign for sign in (";", "\t") if sign in source), ",")
    header: list[str] | None = None
    altitude = fields.optional("altitude", _altitude_key)
    rows: list[WaypointRow] = []
    for line, content in enumerate(source.splitlines(), start=1):
        if not content.strip() or content.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader(io.StringIO(content), delimiter=separator))]
        try:
            if header is None:
                header = _header(cells, altitude)
                if header is not None:
                    continue
                header = _plain_columns(cells, altitude)
            if len(rows) >= at_most:
                raise ValueError(f"is waypoint number {at_most + 1:,}; at most {at_most:,} are read")
            rows.append(_row(line, cells, header))
        except (ValueError, csv.Error) as fault:
            raise PlanFileError(f"line {line}", str(fault)) from None
    return rows


def _altitude_key(value: object) -> tuple[str, AltitudeDatum]:
    match = _ALTITUDE_KEY.fullmatch(str(value).strip())
    if match is None or match[2].upper() not in DATUM_WORDS:
        raise ValueError(f"{shown(value)} is not a unit and a datum, for example m AMSL")
    return match[1], DATUM_WORDS[match[2].upper()]


def _height_column(unit: str, datum: AltitudeDatum) -> str:
    return f"height {unit} {datum.value}"


def _header(cells: list[str], altitude: tuple[str, AltitudeDatum] | None) -> list[str] | None:
    """What each column holds; None where the line is not a header. Raises ValueError."""
    names = [re.sub(r"[ -]+", "_", cell.strip().lower()) for cell in cells]
    if not any(name in _NAMES for name in names):
        return None
    columns = []
    for name in names:
        height = _HEIGHT_COLUMN.fullmatch(name)
        if height:
            columns.append(_height_column(height[1], DATUM_WORDS[height[2].upper()]))
        elif _BARE_HEIGHT.fullmatch(name):
            if altitude is None:
                raise ValueError(
                    f"column {name!r} has no datum; name it for example altitude_m_amsl, or write # altitude: m AMSL"
                )
            columns.append(_height_column(*altitude))
        else:
            columns.append(_NAMES.get(name, ""))
    for name in ("latitude", "longitude"):
        if columns.count(name) != 1:
            raise ValueError(f"the header names {columns.count(name)} columns for {name}, not one")
    if sum(name.startswith("height") or name == "level" for name in columns) > 1:
        raise ValueError("the header names two columns for the height; keep one")
    return columns


def _plain_columns(cells: list[str], altitude: tuple[str, AltitudeDatum] | None) -> list[str]:
    """The columns of a text without a header. Raises ValueError."""
    numeric = [bool(re.fullmatch(r"-?\d+(?:\.\d+)?", cell)) for cell in cells]
    if numeric[:2] == [True, True] and len(cells) == 2:
        return ["latitude", "longitude"]
    if numeric[:3] == [True, True, True] and len(cells) == 3:
        if altitude is None:
            raise ValueError("the third column has no unit and no datum; write above it: # altitude: m AMSL")
        return ["latitude", "longitude", _height_column(*altitude)]
    if len(cells) == 3 and numeric == [False, True, True]:
        return ["name", "latitude", "longitude"]
    raise ValueError("is neither a header (lat,lon,…) nor latitude and longitude in degrees")


def _row(line: int, cells: list[str], columns: list[str]) -> WaypointRow:
    if len(cells) != len(columns):
        raise ValueError(f"has {len(cells)} columns, not {len(columns)}")
    values = {column: cell for column, cell in zip(columns, cells, strict=True) if column}
    at: Level | None = None
    for column, cell in values.items():
        if column == "level" and cell:
            at = level(cell)
        elif column.startswith("height") and cell:
            _, unit, datum = column.split(" ")
            height_m = _number(cell) * (FT_M if unit == "ft" else HEIGHTS_M["m"])
            if not limits.MIN_HEIGHT_M <= height_m <= limits.MAX_HEIGHT_M:
                raise ValueError(f"height {cell} {unit} is outside the limits")
            at = Level(height_m, AltitudeDatum(datum))
    latitude, longitude = _number(values["latitude"]), _number(values["longitude"])
    where = Position(latitude_deg=latitude_deg(latitude), longitude_deg=longitude_deg(longitude))
    return WaypointRow(line, where, title(values.get("name", "")), at)


def _number(cell: str) -> float:
    if not re.fullmatch(r"[+-]?\d{1,9}(?:\.\d{1,15})?", cell):
        raise ValueError(f"{shown(cell)} is not a number in plain decimals")
    return float(cell)
