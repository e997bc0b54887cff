"""Seeded traffic scenes, shared by the benchmarks and the tests.

Each scene gives the six state columns and the minima and lookahead it is meant for. Densities do not depend on the
number of aircraft: more aircraft fill a larger cap of the Earth.
"""

from dataclasses import dataclass

import numpy as np

NM_M = 1852.0
FT_M = 0.3048
EARTH_M = 6_371_009.0


@dataclass(frozen=True)
class Scene:
    """States as `find_conflicts` takes them, and the keywords it is asked with."""

    name: str
    columns: tuple[np.ndarray, ...]
    minima: dict[str, float]

    def __len__(self):
        return len(self.columns[0])


EN_ROUTE_MINIMA = {"horizontal_m": 5 * NM_M, "vertical_m": 1000 * FT_M, "lookahead_s": 300.0}
DRONE_MINIMA = {"horizontal_m": 50.0, "vertical_m": 30.0, "lookahead_s": 60.0}
WIDE_DRONE_MINIMA = {"horizontal_m": 600.0, "vertical_m": 75.0, "lookahead_s": 60.0}


def around(latitude_deg, longitude_deg, angle, bearing):
    """Return the points at an angle (radians) and bearing from given points of a sphere."""
    lat, lon = np.radians(latitude_deg), np.radians(longitude_deg)
    sin_lat = np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(bearing)
    there = np.arcsin(np.clip(sin_lat, -1.0, 1.0))
    east = np.sin(bearing) * np.sin(angle) * np.cos(lat)
    lon_there = lon + np.arctan2(east, np.cos(angle) - np.sin(lat) * sin_lat)
    return np.degrees(there), (np.degrees(lon_there) + 180.0) % 360.0 - 180.0


def cap(rng, count, area_m2, latitude_deg, longitude_deg):
    """Return points spread evenly over a cap of the given area (at most the whole Earth)."""
    share = min(area_m2 / (4.0 * np.pi * EARTH_M**2), 1.0)
    angle = np.arccos(1.0 - 2.0 * share * rng.random(count))
    return around(latitude_deg, longitude_deg, angle, rng.uniform(0.0, 2.0 * np.pi, count))


def flights(rng, count, speed, climb, level_share):
    """Return east, north and up velocities: random headings, a share of them level."""
    heading = rng.uniform(0.0, 2.0 * np.pi, count)
    ground = rng.uniform(*speed, count)
    vertical = rng.uniform(*climb, count) * rng.choice([-1.0, 1.0], count)
    vertical[rng.random(count) < level_share] = 0.0
    return ground * np.sin(heading), ground * np.cos(heading), vertical


def en_route(count, seed=1, latitude_deg=47.0, longitude_deg=8.0):
    """Uniform en-route traffic, 0.01 aircraft per square nautical mile, 60 % of it level."""
    rng = np.random.default_rng(seed)
    lat, lon = cap(rng, count, count / 0.01 * NM_M**2, latitude_deg, longitude_deg)
    columns = (lat, lon, rng.uniform(3_000.0, 12_500.0, count), *flights(rng, count, (180.0, 260.0), (2.0, 12.0), 0.6))
    return Scene("en-route", columns, EN_ROUTE_MINIMA)


def hubs(count, seed=2):
    """En-route traffic crowded around hubs: 300 aircraft each, 50 NM spread, half of it climbing or descending."""
    rng = np.random.default_rng(seed)
    many = max(count // 300, 1)
    hub_lat, hub_lon = cap(rng, many, count / 0.01 * NM_M**2, 47.0, 8.0)
    at = rng.integers(0, many, count)
    angle = np.abs(rng.normal(0.0, 50.0 * NM_M, count)) / EARTH_M
    lat, lon = around(hub_lat[at], hub_lon[at], angle, rng.uniform(0.0, 2.0 * np.pi, count))
    columns = (lat, lon, rng.uniform(1_000.0, 12_500.0, count), *flights(rng, count, (100.0, 260.0), (2.0, 15.0), 0.5))
    return Scene("hubs", columns, EN_ROUTE_MINIMA)


def drones(count, seed=3, minima=None):
    """Drones over a city: 10 per square kilometre, 30 to 150 m up, 5 to 20 m/s."""
    rng = np.random.default_rng(seed)
    lat, lon = cap(rng, count, count / 10.0 * 1e6, 50.1, 8.7)
    columns = (lat, lon, rng.uniform(30.0, 150.0, count), *flights(rng, count, (5.0, 20.0), (0.5, 3.0), 0.7))
    return Scene("drones", columns, minima or DRONE_MINIMA)


def wide_drones(count, seed=4):
    """The same drones with minima of 600 m and 75 m."""
    scene = drones(count, seed, WIDE_DRONE_MINIMA)
    return Scene("drones 600 m", scene.columns, scene.minima)


def mixed(count, seed=5):
    """Drones of which one in a hundred is an aircraft at 150 to 250 m/s through the same air."""
    scene = drones(count, seed)
    rng = np.random.default_rng(seed + 1000)
    fast = rng.random(count) < 0.01
    columns = [column.copy() for column in scene.columns]
    quick = flights(rng, count, (150.0, 250.0), (1.0, 10.0), 0.5)
    for column, value in zip(columns[3:], quick, strict=True):
        column[fast] = value[fast]
    return Scene("drones, 1 % fast", tuple(columns), scene.minima)


def spoofed(count, seed=6):
    """Uniform en-route traffic with one track that claims 2,000 m/s."""
    scene = en_route(count, seed)
    columns = [column.copy() for column in scene.columns]
    columns[3][count // 2], columns[4][count // 2] = 1_600.0, 1_200.0
    return Scene("en-route, one at 2,000 m/s", tuple(columns), scene.minima)


def outlier(count, seed=7):
    """Drones over a city with one track that claims to be on the other side of the Earth."""
    scene = drones(count, seed)
    columns = [column.copy() for column in scene.columns]
    columns[0][count // 2], columns[1][count // 2] = -50.1, -171.3
    return Scene("drones, one far away", tuple(columns), scene.minima)


SCENES = {
    "en_route": en_route,
    "hubs": hubs,
    "drones": drones,
    "wide_drones": wide_drones,
    "mixed": mixed,
    "spoofed": spoofed,
    "outlier": outlier,
}
