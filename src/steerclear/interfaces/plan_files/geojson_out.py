"""Plans, zones and findings as GeoJSON (RFC 7946) for maps; `geojson` reads the areas back as they were.

Rings follow the shortest paths of their edges within WRITTEN_EDGE_TOLERANCE_M, circles become polygons around them, the
circle in the properties, and what crosses the antimeridian or contains a pole is cut as RFC 7946 says.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from steerclear.geodesy.map_rings import map_polygons
from steerclear.geodesy.outlines import circle_outline, follow_paths
from steerclear.interfaces.plan_files import limits
from steerclear.model.declared import Declared
from steerclear.model.intent import Constraint, OperationalIntent
from steerclear.model.plan_check import Finding
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.volumes import CircleArea, Volume4D

Floats = NDArray[np.float64]
Item = Declared | OperationalIntent | Constraint | PlanDraft | Volume4D

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECIMALS = 9
"""Of a degree: 0.1 mm."""


def plan_geojson(items: Iterable[Item], findings: Sequence[Finding] = (), *, title: str = "") -> bytes:
    """A FeatureCollection, UTF-8: one feature a volume, one point a finding that has a place.

    Args:
        items: what to draw, in order.
        findings: numbered from 1 in their order.
        title: of the whole; that of the first item where empty.
    """
    features: list[dict[str, Any]] = []
    for item in items:
        about, volumes = _about(item)
        title = title or str(about.get("title", ""))
        for volume in volumes:
            features.append(_feature(volume, about | {"volume": len(features)}))
    features += [
        _finding(number, finding) for number, finding in enumerate(findings, start=1) if finding.where is not None
    ]
    collection: dict[str, Any] = {"type": "FeatureCollection"}
    if title:
        collection["title"] = title
    return msgspec.json.encode(collection | {"features": features})


def _about(item: Item) -> tuple[dict[str, Any], tuple[Volume4D, ...]]:
    """What every feature of an item says, and its volumes."""
    if isinstance(item, Volume4D):
        return {"role": "volume"}, (item,)
    if isinstance(item, PlanDraft):
        said: dict[str, Any] = {"role": "flight", "title": item.title, "aircraft": item.kind.value}
        said["priority"] = item.priority
        return said, (*item.volumes, *item.off_nominal_volumes)
    if isinstance(item, OperationalIntent):
        said = {"role": "flight", "id": item.intent_id, "title": item.title, "party": item.party}
        said |= {"state": item.state.value, "priority": item.priority, "aircraft": item.kind.value}
        return said, (*item.volumes, *item.off_nominal_volumes)
    if isinstance(item, Constraint):
        said = {"role": "zone", "id": item.constraint_id, "title": item.title, "party": item.party}
        return said | {"state": item.state.value, "basis": item.basis.value}, item.volumes
    said = {"role": item.kind.value, "id": item.declared_id, "title": item.title, "party": item.party}
    said |= {"known": item.known.value, "priority": item.priority}
    if item.aircraft is not None:
        said["aircraft"] = item.aircraft.value
    if item.state is not None:
        said["state"] = item.state.value
    return said, item.volumes


def _feature(volume: Volume4D, about: dict[str, Any]) -> dict[str, Any]:
    properties = dict(about)
    properties["lower" if volume.lower_m is None else "lower_m"] = "GND" if volume.lower_m is None else volume.lower_m
    properties["upper" if volume.upper_m is None else "upper_m"] = "UNL" if volume.upper_m is None else volume.upper_m
    if volume.altitude_datum is not None:
        properties["altitude_datum"] = volume.altitude_datum.value
    properties |= {"from": _moment(volume.from_s, math.floor), "until": _moment(volume.until_s, math.ceil)}
    area = volume.area
    if isinstance(area, CircleArea):
        centre = (area.centre.latitude_deg, area.centre.longitude_deg)
        ring = circle_outline(*centre, area.radius_m)
        properties["circle"] = {"centre": [centre[1], centre[0]], "radius_m": area.radius_m}
    else:
        ring = (
            np.array([each.latitude_deg for each in area.vertices]),
            np.array([each.longitude_deg for each in area.vertices]),
        )
    polygons = [
        [[[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in (*part, part[0])]]
        for part in map_polygons(*_drawn(*ring))
    ]
    geometry: dict[str, Any] = (
        {"type": "Polygon", "coordinates": polygons[0]}
        if len(polygons) == 1
        else {"type": "MultiPolygon", "coordinates": polygons}
    )
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _drawn(latitudes: Floats, longitudes: Floats) -> tuple[Floats, Floats]:
    """A ring with points along its edges, as many as MAX_WRITTEN_POINTS allow."""
    tolerance_m = limits.WRITTEN_EDGE_TOLERANCE_M
    while True:
        found = follow_paths(latitudes, longitudes, tolerance_m)
        if len(found[0]) <= max(limits.MAX_WRITTEN_POINTS, len(latitudes)):
            return found
        tolerance_m *= 4.0


def _finding(number: int, finding: Finding) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "role": "finding",
        "number": number,
        "kind": finding.kind.value,
        "weight": finding.weight.value,
        "said": finding.said,
    }
    if finding.other_title or finding.other_party:
        properties |= {"other_title": finding.other_title, "other_party": finding.other_party}
    if finding.from_s is not None and finding.until_s is not None:
        properties |= {"from": _moment(finding.from_s, math.floor), "until": _moment(finding.until_s, math.ceil)}
    where = finding.where
    coordinates = [] if where is None else [where.longitude_deg, where.latitude_deg]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": coordinates},
    }


def _moment(moment_s: float, towards: Any) -> str:
    """A moment in RFC 3339, rounded to the microsecond away from the time between the bounds."""
    micros = int(towards(round(moment_s * 1e6, 3)))
    return (_EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")
