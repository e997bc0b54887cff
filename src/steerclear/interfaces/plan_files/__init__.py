"""Plans from files: routes, orbits, waypoints, GeoJSON, KML, F3548-21 JSON and ICAO flight plans become drafts.

`read_plan_file` is the one way in; `plan_geojson` writes plans, zones and findings for maps. docs/plan-files.md shows
each format.
"""

from steerclear.interfaces.plan_files.defaults import PlanDefaults, defaults_from_words
from steerclear.interfaces.plan_files.errors import PlanFileError
from steerclear.interfaces.plan_files.geojson_out import plan_geojson
from steerclear.interfaces.plan_files.reading import FORMATS, decode_plan, read_plan_file

__all__ = [
    "FORMATS",
    "PlanDefaults",
    "PlanFileError",
    "decode_plan",
    "defaults_from_words",
    "plan_geojson",
    "read_plan_file",
]
