"""Files written by hand, one of each format, and what stands in them."""

from __future__ import annotations

import json
from typing import Any

BEGIN_S = 1_796_112_000.0
"""2026-12-01T08:00:00Z."""

ROUTE = """\
format = "route"
title = "Survey of the ridge"
aircraft = "uncrewed"
priority = 3
departure = 2026-12-01T08:00:00Z
time_tolerance = "1 min"
speed = "20 m/s"
level = "1,500 ft AMSL"
half_width = "100 m"
vertical_half_width = "30 m"
waypoints = [
  [46.0, 7.0],
  "4603N00700E",
]

[[identities]]
callsign = "RIDGE1"
address = "4b1812"
"""

ORBIT = """\
format = "orbit"
title = "Fire watch"
aircraft = "crewed"
centre = [46.0, 7.0]
radius = "2 km"
half_width = "500 m"
lower = "FL095"
upper = "FL105"
from = 2026-12-01T08:00:00Z
until = 2026-12-01T10:00:00Z
"""

WAYPOINTS = """\
# title: Pipeline
# aircraft: uncrewed
# departure: 2026-12-01T08:00:00Z
# speed: 36 km/h
# half-width: 50 m
# vertical half-width: 20 m
# time tolerance: 30 s
name,lat,lon,altitude_ft_amsl
A,46.0,7.0,1000
B,46.01,7.0,1000
C,46.01,7.02,1200
"""

FPL = """\
(FPL-ABC123-IS
-C172/L-SDFGR/S
-ZZZZ0800
-N0120F095 4620N00730E DCT ULMES
-LSZB0045 LSZH
-DOF/261201 DEP/4610N00700E RMK/TEST)
"""
NAMED = "name,latitude,longitude\nULMES,46.5,7.6\nLSZB,46.9,7.5\nLSGG,46.2,6.1\n"

SQUARE = [[7.0, 46.0], [7.004, 46.0], [7.004, 46.004], [7.0, 46.004], [7.0, 46.0]]
PROPERTIES = {
    "title": "Field",
    "aircraft": "uncrewed",
    "lower": "GND",
    "upper": "120 m AMSL",
    "from": "2026-12-01T08:00:00Z",
    "until": "2026-12-01T09:00:00Z",
}


def feature(geometry: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    properties = {name: value for name, value in (PROPERTIES | changes).items() if value is not None}
    shape = {"type": "Polygon", "coordinates": [SQUARE]} if geometry is None else geometry
    return {"type": "Feature", "geometry": shape, "properties": properties}


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def placemark(inside: str = "", shape: str | None = None, span: str | None = None) -> bytes:
    polygon = """\
<Polygon><extrude>1</extrude><altitudeMode>absolute</altitudeMode>
<outerBoundaryIs><LinearRing><coordinates>
7,46,500 7.1,46,500 7.1,46.1,500 7,46,500
</coordinates></LinearRing></outerBoundaryIs></Polygon>"""
    times = "<TimeSpan><begin>2026-12-01T08:00:00Z</begin><end>2026-12-01T09:00:00Z</end></TimeSpan>"
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Meadow</name>
<Placemark>{times if span is None else span}{inside}{polygon if shape is None else shape}</Placemark>
</Document></kml>""".encode()


def data(**values: str) -> str:
    rows = "".join(f'<Data name="{name}"><value>{value}</value></Data>' for name, value in values.items())
    return f"<ExtendedData>{rows}</ExtendedData>"


def f3548_volume(**changes: Any) -> dict[str, Any]:
    volume = {
        "outline_circle": {"center": {"lat": 46.0, "lng": 7.0}, "radius": {"value": 150.0, "units": "M"}},
        "altitude_lower": {"value": 100.0, "reference": "W84", "units": "M"},
        "altitude_upper": {"value": 200.0, "reference": "W84", "units": "M"},
    }
    times = {
        "time_start": {"value": "2026-12-01T08:00:00Z", "format": "RFC3339"},
        "time_end": {"value": "2026-12-01T09:00:00.5Z", "format": "RFC3339"},
    }
    volume |= {name: value for name, value in changes.items() if name not in times}
    times |= {name: value for name, value in changes.items() if name in times}
    inside = {name: value for name, value in volume.items() if value is not None}
    return {"volume": inside} | {name: value for name, value in times.items() if value is not None}
