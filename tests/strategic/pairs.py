"""Random pairs of footprints that are near to each other, with all that is special about places and touching."""

from __future__ import annotations

import numpy as np

from steerclear.geodesy.paths import destination, distance_and_bearing

TOUCHING = ("shared edge", "shared vertex", "vertex on edge")
SCENES = ("anywhere", "pole", "antimeridian", "nested", "tiny", "long", *TOUCHING)


class PairMaker:
    """Draws shapes (latitudes, longitudes, radius) in bulk from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def places(self, scenes):
        random, count = self.random, len(scenes)
        latitude = np.degrees(np.arcsin(random.uniform(-1.0, 1.0, count)))
        longitude = random.uniform(-180.0, 180.0, count)
        pole = np.array([scene == "pole" for scene in scenes])
        side = random.choice([-1.0, 1.0], count)
        latitude = np.where(pole, side * (90.0 - np.abs(random.normal(0.0, 0.02, count))), latitude)
        line = np.array([scene == "antimeridian" for scene in scenes])
        return latitude, np.where(line, side * (180.0 - np.abs(random.normal(0.0, 0.02, count))), longitude)

    def polygons(self, latitude, longitude, size_m):
        """Star-shaped polygons of 3 to 8 vertices round places; a star never crosses itself."""
        random = self.random
        counts = random.integers(3, 9, len(latitude))
        owner = np.repeat(np.arange(len(latitude)), counts)
        first = np.cumsum(counts) - counts
        turn = (np.arange(counts.sum()) - first[owner] + random.uniform(0.1, 0.9, counts.sum())) / counts[owner]
        bearing = 360.0 * turn + np.repeat(random.uniform(0.0, 360.0, len(latitude)), counts)
        out = size_m[owner] * random.uniform(0.3, 1.0, counts.sum())
        lat, lon = destination(latitude[owner], longitude[owner], bearing, out)
        return [(lat[f : f + c], lon[f : f + c], 0.0) for f, c in zip(first, counts, strict=True)]

    def make(self, count):
        """Return two lists of shapes and the scene of each pair."""
        random = self.random
        scenes = random.choice(SCENES, count)
        size = 10.0 ** random.uniform(1.0, 4.3, count)
        size[scenes == "tiny"] = 10.0 ** random.uniform(-1.5, 0.5, (scenes == "tiny").sum())
        size[scenes == "long"] = 10.0 ** random.uniform(4.0, 4.8, (scenes == "long").sum())
        latitude, longitude = self.places(scenes)
        a = self.polygons(latitude, longitude, size)
        other = size * 10.0 ** random.uniform(-1.0, 0.3, count)
        away = random.uniform(0.0, 1.1, count) * (size + other)
        nested = scenes == "nested"
        other[nested], away[nested] = size[nested] * 0.02, size[nested] * random.uniform(0.0, 0.1, nested.sum())
        at = destination(latitude, longitude, random.uniform(0.0, 360.0, count), away)
        b = self.polygons(*at, other)
        for k in np.flatnonzero(random.random(count) < 0.25):
            b[k] = (at[0][k : k + 1], at[1][k : k + 1], max(other[k], 0.02))
            if random.random() < 0.4:
                a[k] = (latitude[k : k + 1], longitude[k : k + 1], max(size[k], 0.02))
        self.touch(a, b, scenes, other)
        return a, b, scenes

    def touch(self, a, b, scenes, size):
        """Make b, where the scene says so, a triangle outside of a that shares an edge, a vertex or a place with it."""
        chosen = [k for k, scene in enumerate(scenes) if scene in TOUCHING and not a[k][2]]
        edge = [int(self.random.integers(len(a[k][0]))) for k in chosen]
        lat, lon = (np.array([a[k][axis][e] for k, e in zip(chosen, edge, strict=True)]) for axis in (0, 1))
        to_lat, to_lon = (
            np.array([a[k][axis][(e + 1) % len(a[k][0])] for k, e in zip(chosen, edge, strict=True)]) for axis in (0, 1)
        )
        length, bearing = distance_and_bearing(lat, lon, to_lat, to_lon)
        middle = destination(lat, lon, bearing, length * self.random.uniform(0.2, 0.8, len(chosen)))
        _, forward = distance_and_bearing(*middle, to_lat, to_lon)
        # The vertices run clockwise, so the left of an edge is outside.
        tip, side = (destination(*middle, forward - turn, size[chosen]) for turn in (90.0, 110.0))
        for n, k in enumerate(chosen):
            second = (to_lat[n], to_lon[n]) if scenes[k] == "shared edge" else (side[0][n], side[1][n])
            first = (middle[0][n], middle[1][n]) if scenes[k] == "vertex on edge" else (lat[n], lon[n])
            b[k] = np.array([first[0], second[0], tip[0][n]]), np.array([first[1], second[1], tip[1][n]]), 0.0
