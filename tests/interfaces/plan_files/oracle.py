"""Whether a volume contains a point, by another way than the code under test: Karney's geodesics and bearings."""

from __future__ import annotations

import math

from geographiclib.geodesic import Geodesic

from steerclear.model.volumes import CircleArea, PolygonArea, Volume4D

EARTH = Geodesic.WGS84


def bearing_deg(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    return EARTH.Inverse(latitude, longitude, to_latitude, to_longitude, Geodesic.AZIMUTH)["azi1"]


def distance_m(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    return EARTH.Inverse(latitude, longitude, to_latitude, to_longitude, Geodesic.DISTANCE)["s12"]


def onward(latitude: float, longitude: float, bearing: float, metres: float) -> tuple[float, float]:
    found = EARTH.Direct(latitude, longitude, bearing, metres, Geodesic.LATITUDE | Geodesic.LONGITUDE)
    return found["lat2"], found["lon2"]


def convex_contains(area: PolygonArea, latitude: float, longitude: float) -> bool:
    """For a convex polygon, counter-clockwise: the point lies to the left of every edge.

    Two shortest paths that leave one vertex do not meet again here, so left and right are a matter of bearings.
    """
    ring = [(each.latitude_deg, each.longitude_deg) for each in area.vertices]
    for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
        turn = bearing_deg(*here, latitude, longitude) - bearing_deg(*here, *there)
        if math.sin(math.radians(turn)) > 0.0 and distance_m(*here, latitude, longitude) > 1e-4:
            return False
    return True


def contains(volume: Volume4D, latitude: float, longitude: float, height_m: float, moment_s: float) -> bool:
    if not volume.from_s <= moment_s <= volume.until_s:
        return False
    if volume.lower_m is not None and height_m < volume.lower_m:
        return False
    if volume.upper_m is not None and height_m > volume.upper_m:
        return False
    if isinstance(volume.area, CircleArea):
        centre = volume.area.centre
        return distance_m(centre.latitude_deg, centre.longitude_deg, latitude, longitude) <= volume.area.radius_m
    return convex_contains(volume.area, latitude, longitude)
