"""Volumes of airspace prepared for comparison, and what two of them share.

Units: metres, POSIX UTC seconds. Bounds: closed in place, height and time; what is nearer than 1 cm, or 1 ms in time,
touches. Without a lower bound a volume begins below everything, without an upper bound it ends above everything.
Datums: heights of one datum are compared as they are. Heights of different datums are compared with the largest
difference that there can be: LARGEST_UNDULATION_M between ellipsoid and sea level; any QNH and temperature between
pressure and either (`geodesy.vertical.sea_level_bounds`). That errs towards an overlap; the answer says by how much.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.footprints import Footprint, circle_footprint, polygon_footprint
from steerclear.geodesy.vertical import LARGEST_UNDULATION_M, sea_level_bounds
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import CircleArea, PolygonArea, Volume4D
from steerclear.separation.overlap import footprint_distance_m, footprints_intersect
from steerclear.strategic import limits
from steerclear.strategic.faults import InvalidBufferError, VolumeError

TOUCHING_VERTICAL_M: Final = 0.01
"""Heights nearer than this touch."""

TOUCHING_TIME_S: Final = 0.001
"""Times nearer than this touch."""

Band = tuple[float, float]


class Buffer(msgspec.Struct, frozen=True, kw_only=True):
    """How near two volumes may come before they count as overlapping.

    Raises:
        InvalidBufferError: a distance or time is negative or out of its range.
    """

    horizontal_m: float = 0.0
    vertical_m: float = 0.0
    time_s: float = 0.0

    def __post_init__(self) -> None:
        for name, value, largest in (
            ("horizontal_m", self.horizontal_m, limits.MAX_BUFFER_HORIZONTAL_M),
            ("vertical_m", self.vertical_m, limits.MAX_BUFFER_VERTICAL_M),
            ("time_s", self.time_s, limits.MAX_BUFFER_TIME_S),
        ):
            if not 0.0 <= value <= largest:
                raise InvalidBufferError(f"buffer: {name} is {value!r}; give a number in 0..{largest:g}")


class PreparedVolume(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A volume that was checked, with what comparisons need; made by `prepare`.

    `own` are its heights in its own datum, `sea` how low and how high these can be above mean sea level.
    """

    volume: Volume4D
    footprint: Footprint
    own: Band
    sea: Band


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """What the first of two volumes shares with the second, each grown by the buffer.

    Attributes:
        from_s: when it begins, in the first volume's time.
        until_s: when it ends.
        lower_m: from which height of the first volume, in its datum; None without a lower bound.
        upper_m: up to which height; None without an upper bound.
        horizontal_distance_m: between the footprints, 0 where they share a place.
        vertical_distance_m: between the bands of height, at the least; 0 where they may share a height.
        time_distance_s: between the times, 0 where they share a moment.
        datum_uncertainty_m: by how much heights of the one may differ in the other's datum; None where datums agree
            or heights do not matter.
    """

    from_s: float
    until_s: float
    lower_m: float | None
    upper_m: float | None
    horizontal_distance_m: float
    vertical_distance_m: float
    time_distance_s: float
    datum_uncertainty_m: float | None


def prepare(volume: Volume4D) -> PreparedVolume:
    """Check a volume and make it ready for comparison.

    Raises:
        VolumeError: an area that bounds nothing or too much, bounds that are no numbers or the wrong way round, heights
            without a datum; `field` names what is wrong.
    """
    _check_times(volume)
    own = _heights(volume)
    return PreparedVolume(
        volume=volume,
        footprint=_footprint(volume.area),
        own=own,
        sea=above_sea(own, volume.altitude_datum),
    )


def _footprint(area: CircleArea | PolygonArea) -> Footprint:
    try:
        if isinstance(area, CircleArea):
            return circle_footprint(area.centre.latitude_deg, area.centre.longitude_deg, area.radius_m)
        vertices = area.vertices
        return polygon_footprint([v.latitude_deg for v in vertices], [v.longitude_deg for v in vertices])
    except FootprintError as error:
        raise VolumeError(f"area: {error}", field="area") from error


def _check_times(volume: Volume4D) -> None:
    for name, value in (("from_s", volume.from_s), ("until_s", volume.until_s)):
        if not limits.MIN_TIME_S <= value <= limits.MAX_TIME_S:
            raise VolumeError(f"{name}: {value!r} is no time between the years 1970 and 9999", field=name)
    if volume.until_s < volume.from_s:
        raise VolumeError(
            f"until_s: the volume ends ({volume.until_s:.3f}) before it begins ({volume.from_s:.3f})", field="until_s"
        )


def _heights(volume: Volume4D) -> Band:
    for name, value in (("lower_m", volume.lower_m), ("upper_m", volume.upper_m)):
        if value is None:
            continue
        if not limits.MIN_ALTITUDE_M <= value <= limits.MAX_ALTITUDE_M:
            raise VolumeError(
                f"{name}: {value!r} m does not lie in {limits.MIN_ALTITUDE_M:g}..{limits.MAX_ALTITUDE_M:g}", field=name
            )
        if volume.altitude_datum is None:
            raise VolumeError(
                f"altitude_datum: {name} is given without the datum it is measured from", field="altitude_datum"
            )
    low = -math.inf if volume.lower_m is None else volume.lower_m
    high = math.inf if volume.upper_m is None else volume.upper_m
    if low > high:
        raise VolumeError(f"upper_m: the upper bound {high:g} m is below the lower bound {low:g} m", field="upper_m")
    return low, high


def above_sea(own: Band, datum: AltitudeDatum | None) -> Band:
    """How low and how high heights in a datum can be above mean sea level."""
    if datum is AltitudeDatum.PRESSURE_STANDARD:
        low, high = own
        return (
            sea_level_bounds(low)[0] if math.isfinite(low) else low,
            sea_level_bounds(high)[1] if math.isfinite(high) else high,
        )
    if datum is AltitudeDatum.ELLIPSOID:
        return own[0] - LARGEST_UNDULATION_M, own[1] + LARGEST_UNDULATION_M
    return own


def _same_datum(a: PreparedVolume, b: PreparedVolume) -> bool:
    one, other = a.volume.altitude_datum, b.volume.altitude_datum
    return one is other or one is None or other is None


def _gap(a: Band, b: Band) -> float:
    gap = max(a[0] - b[1], b[0] - a[1])
    return max(gap, 0.0)


def _shift_m(a: PreparedVolume) -> float:
    """By how much a height of a volume may differ above mean sea level."""
    shifts = [abs(sea - own) for own, sea in zip(a.own, a.sea, strict=True) if math.isfinite(own)]
    return max(shifts, default=0.0)


def overlap(a: PreparedVolume, b: PreparedVolume, buffer: Buffer) -> Overlap | None:
    """Return what a shares with b, or comes within the buffer of; None if it stays clear of it."""
    times = (a.volume.from_s, a.volume.until_s), (b.volume.from_s, b.volume.until_s)
    apart_s = _gap(*times)
    if apart_s > buffer.time_s + TOUCHING_TIME_S:
        return None
    same = _same_datum(a, b)
    apart_m = _gap(a.own, b.own) if same else _gap(a.sea, b.sea)
    if apart_m > buffer.vertical_m + TOUCHING_VERTICAL_M:
        return None
    if not footprints_intersect(a.footprint, b.footprint, buffer.horizontal_m):
        return None
    lower, upper = _shared_heights(a, b, buffer.vertical_m)
    begin = max(times[0][0], times[1][0] - buffer.time_s)
    return Overlap(
        from_s=min(begin, times[0][1]),
        until_s=max(min(times[0][1], times[1][1] + buffer.time_s), times[0][0]),
        lower_m=lower,
        upper_m=upper,
        horizontal_distance_m=footprint_distance_m(a.footprint, b.footprint),
        vertical_distance_m=apart_m,
        time_distance_s=apart_s,
        datum_uncertainty_m=None if same else _shift_m(a) + _shift_m(b),
    )


def _shared_heights(a: PreparedVolume, b: PreparedVolume, buffer_m: float) -> tuple[float | None, float | None]:
    """The heights of a, in its datum, at which b may be or come within the buffer."""
    low, high = a.own
    datum = a.volume.altitude_datum
    if _same_datum(a, b):
        floor, roof = b.own
    elif datum is AltitudeDatum.PRESSURE_STANDARD:
        # Which of its levels are meant depends on the weather: any of them may be.
        floor, roof = low, high
    else:
        more = LARGEST_UNDULATION_M if datum is AltitudeDatum.ELLIPSOID else 0.0
        floor, roof = b.sea[0] - more, b.sea[1] + more
    low, high = max(low, min(floor - buffer_m, high)), min(high, max(roof + buffer_m, low))
    return (low if math.isfinite(low) else None), (high if math.isfinite(high) else None)
