"""An independent judge of pairs of footprints: geodesics laid out round the pair's middle, then shapely.

Bearing and length of the geodesic from a middle (Vincenty, `geodesy.paths`, itself proven against Karney) put a place
at tan(s k) / k in that direction, k the root of the curvature there. Geodesics near the middle are straight in this
picture to f r^4 / (8 a^3): 0.2 mm at 100 km. Distances are stretched by at most (r / R)^2, which is allowed for.
Source: Karney, "Algorithms for geodesics", J. Geodesy 87 (2013), section 8.
"""

from __future__ import annotations

import numpy as np
import shapely

from steerclear.geodesy.paths import distance_and_bearing
from steerclear.geodesy.wgs84 import radii_of_curvature

RADIUS_M = 6_371_000.0


def laid_out(middle, latitude_deg, longitude_deg):
    """Plane coordinates round middles, all of shape (n,); middle is a pair of such arrays."""
    length, bearing = distance_and_bearing(*middle, latitude_deg, longitude_deg)
    along, across = radii_of_curvature(middle[0])
    curve = 1.0 / np.sqrt(along * across)
    out = np.tan(np.minimum(length * curve, 1.4)) / curve
    return np.stack([out * np.sin(np.radians(bearing)), out * np.cos(np.radians(bearing))], axis=-1)


class Shapes:
    """Many footprints as flat lists of vertices; a circle has one vertex and a radius."""

    def __init__(self, shapes):
        self.counts = np.array([len(latitude) for latitude, _, _ in shapes])
        self.latitude_deg = np.concatenate([latitude for latitude, _, _ in shapes])
        self.longitude_deg = np.concatenate([longitude for _, longitude, _ in shapes])
        self.radius_m = np.array([radius for _, _, radius in shapes])
        self.first = np.cumsum(self.counts) - self.counts
        self.owner = np.repeat(np.arange(len(shapes)), self.counts)

    def figures(self, middle):
        """Points and polygons round the middles of their pairs."""
        places = laid_out((middle[0][self.owner], middle[1][self.owner]), self.latitude_deg, self.longitude_deg)
        figures = np.empty(len(self.counts), object)
        rings = self.counts > 1
        figures[~rings] = shapely.points(places[self.first[~rings]])
        in_ring = rings[self.owner]
        numbers = np.cumsum(rings)[self.owner[in_ring]] - 1
        figures[rings] = shapely.polygons(shapely.linearrings(places[in_ring], indices=numbers))
        return figures, np.maximum.reduceat(np.hypot(places[:, 0], places[:, 1]), self.first)


def distances(a, b):
    """Bounds (metres) between which the distance of each pair is: arrays low and high.

    The picture is laid out round the circle of a pair, if there is one, else round the first vertex of a.
    """
    shapes_a, shapes_b = Shapes(a), Shapes(b)
    at_b = (shapes_b.radius_m > 0.0) & (shapes_a.radius_m == 0.0)
    middle = tuple(
        np.where(at_b, getattr(shapes_b, name)[shapes_b.first], getattr(shapes_a, name)[shapes_a.first])
        for name in ("latitude_deg", "longitude_deg")
    )
    (one, reach), (other, reach_b) = shapes_a.figures(middle), shapes_b.figures(middle)
    flat = shapely.distance(one, other)
    radii = shapes_a.radius_m + shapes_b.radius_m
    along, across = radii_of_curvature(middle[0])
    curve = 1.0 / np.sqrt(along * across)
    # From the very middle lengths are known: what is nearest to a circle's centre here is so on the ellipsoid.
    true = np.arctan(flat * curve) / curve
    bend = np.where(radii > 0.0, 1e-7, (np.maximum(reach, reach_b) / RADIUS_M) ** 2)
    low = np.where(radii > 0.0, true, flat) * (1.0 - bend) - radii
    high = np.where(radii > 0.0, true, flat) * (1.0 + np.where(radii > 0.0, 1e-7, 0.0)) - radii
    return np.maximum(low, 0.0), np.maximum(high, 0.0)
