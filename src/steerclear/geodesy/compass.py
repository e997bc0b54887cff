"""The sixteen points of the compass: directions as people say them."""

from __future__ import annotations

from typing import Final

POINTS: Final = (
    "north",
    "north-north-east",
    "north-east",
    "east-north-east",
    "east",
    "east-south-east",
    "south-east",
    "south-south-east",
    "south",
    "south-south-west",
    "south-west",
    "west-south-west",
    "west",
    "west-north-west",
    "north-west",
    "north-north-west",
)
"""Clockwise from north, 22.5 degrees apart."""


def compass_point(bearing_deg: float) -> str:
    """The point that is nearest to a bearing in degrees clockwise from north; of two equally near the even one."""
    return POINTS[round(bearing_deg / 22.5) % len(POINTS)]


def bearing_of_point(point: str) -> float:
    """Degrees clockwise from north of a point. Raises ValueError for a word that is none."""
    if point not in POINTS:
        raise ValueError(f"{point!r} is no point of the compass, such as north-east")
    return 22.5 * POINTS.index(point)
