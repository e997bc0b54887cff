"""Compiled geometry, loaded before the first client asks: every kernel that a request can reach runs once."""

from __future__ import annotations

from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.services.dss.covering import covers_ground
from steerclear.services.dss.surveying import Surveyor, overlaps, sought_places, stored_places


def warm_geometry() -> None:
    """Prepare and compare a circle and a polygon; slow once, where nothing is compiled yet."""
    corners = ((10.0, 20.0), (10.0, 20.01), (10.01, 20.01), (10.01, 20.0))
    areas = (
        CircleArea(centre=Position(latitude_deg=10.005, longitude_deg=20.005), radius_m=200.0),
        PolygonArea(vertices=tuple(Position(latitude_deg=lat, longitude_deg=lon) for lat, lon in corners)),
    )
    volumes = [
        Volume4D(area=area, lower_m=0.0, upper_m=100.0, altitude_datum=AltitudeDatum.ELLIPSOID, from_s=0.0, until_s=1.0)
        for area in areas
    ]
    survey = Surveyor().survey(volumes)
    stored_places(survey)
    sought_places(survey)
    for one in survey:
        for other in survey:
            overlaps((one,), (other,))
            covers_ground((one,), (other,))
