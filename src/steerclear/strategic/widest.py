"""A volume that contradicts itself, read as the largest that its words can mean.

Nothing declared may drop out of a comparison because it was declared badly: limits or times the wrong way round are
turned, and heights without a datum, or beyond those that are compared, bound nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from msgspec.structs import replace

from steerclear.model.volumes import Volume4D
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.limits import MAX_ALTITUDE_M, MIN_ALTITUDE_M
from steerclear.strategic.preparing import prepared


def turned(volume: Volume4D) -> Volume4D:
    """The volume with its bounds the right way round and no height that means nothing."""
    low_m, high_m = volume.lower_m, volume.upper_m
    if low_m is None and high_m is None and volume.from_s <= volume.until_s:
        return volume
    heights = [height_m for height_m in (low_m, high_m) if height_m is not None]
    if heights and (volume.altitude_datum is None or not all(map(isfinite, heights))):
        volume = replace(volume, lower_m=None, upper_m=None, altitude_datum=None)
    elif len(heights) == 2 and heights[1] < heights[0]:
        volume = replace(volume, lower_m=heights[1], upper_m=heights[0])
    if volume.until_s < volume.from_s:
        volume = replace(volume, from_s=volume.until_s, until_s=volume.from_s)
    return volume


def read_widely(volume: Volume4D) -> Volume4D:
    """The volume as it is compared, if it is one: its outline and its times are not looked at."""
    return _within_limits(turned(volume))


def widest_reading(volume: Volume4D) -> Volume4D | None:
    """The volume as it is compared; None where it is no volume at all, in outline, height or time."""
    volume = read_widely(volume)
    try:
        prepared(volume)
    except VolumeError:
        return None
    return volume


def _within_limits(volume: Volume4D) -> Volume4D:
    """A volume without bounds that lie beyond the heights that are compared: beyond them nothing flies."""
    lower_m, upper_m = volume.lower_m, volume.upper_m
    if lower_m is not None:
        lower_m = None if lower_m < MIN_ALTITUDE_M else min(lower_m, MAX_ALTITUDE_M)
    if upper_m is not None:
        upper_m = None if upper_m > MAX_ALTITUDE_M else max(upper_m, MIN_ALTITUDE_M)
    if (lower_m, upper_m) == (volume.lower_m, volume.upper_m):
        return volume
    datum = volume.altitude_datum if (lower_m, upper_m) != (None, None) else None
    return replace(volume, lower_m=lower_m, upper_m=upper_m, altitude_datum=datum)


def span_s(volumes: Iterable[Volume4D | None]) -> tuple[float, float] | None:
    """From the first instant of volumes to their last; None without any."""
    there = [volume for volume in volumes if volume is not None]
    if not there:
        return None
    return min(volume.from_s for volume in there), max(volume.until_s for volume in there)
