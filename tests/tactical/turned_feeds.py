"""A second feed made of a first one: seen from a radar's place, with its noise, its turn, its delay and its rate."""

from collections.abc import Iterable

import msgspec
import numpy as np

from steerclear.geodesy.wgs84 import (
    east_north_up_to_ecef,
    ecef_to_east_north_up,
    ecef_to_geodetic,
    geodetic_to_ecef,
)
from steerclear.model.track import TrackReport


def seen_by(
    reports: Iterable[TrackReport],
    site: tuple[float, float],
    *,
    source: str = "radar",
    rotated_deg: float = 0.0,
    moved_m: complex = 0j,
    higher_m: float = 0.0,
    period_s: float = 0.0,
    range_noise_m: float = 0.0,
    azimuth_noise_deg: float = 0.0,
    stamp_s: tuple[float, float] = (0.0, 0.0),
    latency_s: tuple[float, float] = (0.0, 0.0),
    named: bool = True,
    rng: np.random.Generator | None = None,
) -> list[TrackReport]:
    """The reports as a radar at `site` (latitude, longitude) would give them, at most one per aircraft and period.

    `stamp_s` is how much later than it was true a position is stamped, `latency_s` how much later it arrives, both
    between two bounds. Turned clockwise about the site, then moved by east + i north.
    """
    rng = rng or np.random.default_rng(1)
    kept = _thinned(reports, period_s)
    places = geodetic_to_ecef([one.latitude_deg for one in kept], [one.longitude_deg for one in kept])
    flat = ecef_to_east_north_up(places, *site)
    plane = flat[:, 0] + 1j * flat[:, 1]
    length = np.abs(plane) + rng.normal(0.0, range_noise_m, len(kept))
    azimuth = np.angle(plane) - np.radians(rotated_deg + rng.normal(0.0, azimuth_noise_deg, len(kept)))
    plane = length * np.exp(1j * azimuth) + moved_m
    flat[:, 0], flat[:, 1] = plane.real, plane.imag
    latitude, longitude, _ = ecef_to_geodetic(east_north_up_to_ecef(flat, *site))
    stamped, late = rng.uniform(*stamp_s, len(kept)), rng.uniform(*latency_s, len(kept))
    turn = np.exp(-1j * np.radians(rotated_deg))
    made = []
    for k, one in enumerate(kept):
        velocity = None if one.east_mps is None else complex(one.east_mps, one.north_mps) * turn
        made.append(
            msgspec.structs.replace(
                one,
                source=source,
                time_s=one.time_s + float(stamped[k]),
                receipt_time_s=one.time_s + float(stamped[k] + late[k]),
                latitude_deg=float(latitude[k]),
                longitude_deg=float(longitude[k]),
                pressure_altitude_m=None if one.pressure_altitude_m is None else one.pressure_altitude_m + higher_m,
                ellipsoid_altitude_m=None,
                east_mps=None if velocity is None else velocity.real,
                north_mps=None if velocity is None else velocity.imag,
                icao_address=one.icao_address if named else None,
                callsign=one.callsign if named else None,
                source_track=None if named else f"T{one.icao_address % 9_973}",
            )
        )
    return made


def _thinned(reports: Iterable[TrackReport], period_s: float) -> list[TrackReport]:
    last: dict[int | None, float] = {}
    kept = []
    for one in reports:
        if one.time_s - last.get(one.icao_address, -np.inf) >= period_s:
            last[one.icao_address] = one.time_s
            kept.append(one)
    return kept


def by_receipt(*feeds: Iterable[TrackReport]) -> tuple[TrackReport, ...]:
    """All reports in the order in which they arrive."""
    return tuple(sorted((one for feed in feeds for one in feed), key=lambda one: one.receipt_time_s))
