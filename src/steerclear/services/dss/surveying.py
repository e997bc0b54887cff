"""Volumes as the directory compares them: footprints prepared once, index keys, and the three questions asked of them.

Frame: WGS84, metres above the ellipsoid, POSIX UTC seconds; all bounds closed. Footprints are compared exactly to 1 cm
and err towards meeting (`separation.overlap`). A subscription's heights are not consulted when changes are matched to
it (F3548-21 lets notifications come from outside the area asked for; the other way round would lose some).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from steerclear.geodesy.cells import keys_sought, keys_stored
from steerclear.geodesy.faults import FootprintError
from steerclear.geodesy.footprints import Footprint, circle_footprint, polygon_footprint
from steerclear.model.volumes import CircleArea, PolygonArea, Volume4D
from steerclear.separation.overlap import footprints_intersect
from steerclear.services.dss.faults import DirectoryRefusalError, Reason, invalid
from steerclear.services.dss.limits import MAX_CACHED_VERTICES
from steerclear.store.airspace import Bounds, Places

Area = CircleArea | PolygonArea


class Ground:
    """A prepared footprint with its index keys, each worked out once, when it is first asked for."""

    __slots__ = ("_sought", "_stored", "footprint")

    def __init__(self, footprint: Footprint) -> None:
        self.footprint = footprint
        self._stored: tuple[int, ...] | None = None
        self._sought: tuple[int, ...] | None = None

    @property
    def stored(self) -> tuple[int, ...]:
        """Keys under which it is stored."""
        if self._stored is None:
            self._stored = keys_stored(self.footprint)
        return self._stored

    @property
    def sought(self) -> tuple[int, ...]:
        """Keys under which what meets it is stored."""
        if self._sought is None:
            self._sought = keys_sought(self.footprint)
        return self._sought


class Surveyed(msgspec.Struct, frozen=True):
    """One volume with its prepared ground."""

    volume: Volume4D
    ground: Ground

    @property
    def footprint(self) -> Footprint:
        """Its outline, prepared for comparison."""
        return self.ground.footprint

    @property
    def bounds(self) -> Bounds:
        """Its bounds in time and height, as the index takes them."""
        volume = self.volume
        return Bounds(
            volume.from_s,
            volume.until_s,
            -math.inf if volume.lower_m is None else volume.lower_m,
            math.inf if volume.upper_m is None else volume.upper_m,
        )


Survey = tuple[Surveyed, ...]


class Surveyor:
    """Prepares volumes; footprints that were prepared before are remembered, up to a number of vertices."""

    def __init__(self) -> None:
        self._known: OrderedDict[Area, Ground] = OrderedDict()
        self._vertices = 0

    def survey(self, volumes: Iterable[Volume4D]) -> Survey:
        """The volumes prepared. Raises DirectoryRefusalError naming the volume whose outline is no area."""
        surveyed = []
        for index, volume in enumerate(volumes):
            try:
                surveyed.append(Surveyed(volume, self._ground(volume.area)))
            except FootprintError as error:
                raise invalid(f"volume {index}: {error}") from None
        return tuple(surveyed)

    def _ground(self, area: Area) -> Ground:
        known = self._known.get(area)
        if known is not None:
            return known
        made = Ground(_prepared(area))
        self._known[area] = made
        self._vertices += _weight(area)
        while self._vertices > MAX_CACHED_VERTICES and len(self._known) > 1:
            try:
                oldest, _ = self._known.popitem(last=False)
            except KeyError:  # another thread was quicker
                break
            self._vertices -= _weight(oldest)
        return made


def check_area(survey: Survey, limit_m2: float) -> None:
    """Raises DirectoryRefusalError when the volumes' areas together are larger than a limit."""
    area_m2 = sum(one.footprint.area_m2 for one in survey)
    if area_m2 > limit_m2:
        raise DirectoryRefusalError(
            Reason.AREA_TOO_LARGE,
            f"an area of {area_m2 / 1e6:,.0f} km² is too large; the limit is {limit_m2 / 1e6:,.0f} km²",
        )


def stored_places(survey: Survey) -> tuple[Places, ...]:
    """Where volumes that are stored stand in the index."""
    return tuple(Places(one.ground.stored, one.bounds) for one in survey)


def sought_places(survey: Survey) -> tuple[Places, ...]:
    """Where to look for what overlaps volumes."""
    return tuple(Places(one.ground.sought, one.bounds) for one in survey)


def without_heights(places: Iterable[Places]) -> tuple[Places, ...]:
    """The same places with their heights left open."""
    return tuple(Places(one.keys, Bounds(one.bounds.from_s, one.bounds.until_s)) for one in places)


def as_one(survey: Survey) -> Survey:
    """The volumes with the times and heights of all of them together, as a reference shows an operational intent.

    InterUSS's DSS compares operational intents like this, and its prober asks for it: whoever plans there must know
    more of what flies than exact volumes would ask for, never less.
    """
    if len(survey) < 2:
        return survey
    volumes = [one.volume for one in survey]
    lowers, uppers = [one.lower_m for one in volumes], [one.upper_m for one in volumes]
    lower_m = None if None in lowers else min(height for height in lowers if height is not None)
    upper_m = None if None in uppers else max(height for height in uppers if height is not None)
    from_s, until_s = min(one.from_s for one in volumes), max(one.until_s for one in volumes)
    return tuple(
        Surveyed(
            msgspec.structs.replace(one.volume, from_s=from_s, until_s=until_s, lower_m=lower_m, upper_m=upper_m),
            one.ground,
        )
        for one in survey
    )


def overlaps(one: Survey, other: Survey, *, heights: bool = True) -> bool:
    """Whether any two volumes meet in space and time; bounds belong to what they bound."""
    return any(_meets(a, b, heights) for a in one for b in other)


def _meets(a: Surveyed, b: Surveyed, heights: bool) -> bool:
    one, other = a.volume, b.volume
    if one.from_s > other.until_s or other.from_s > one.until_s:
        return False
    if heights and (_above(one.lower_m, other.upper_m) or _above(other.lower_m, one.upper_m)):
        return False
    return footprints_intersect(a.footprint, b.footprint)


def _above(lower_m: float | None, upper_m: float | None) -> bool:
    return lower_m is not None and upper_m is not None and lower_m > upper_m


def _prepared(area: Area) -> Footprint:
    if isinstance(area, CircleArea):
        return circle_footprint(area.centre.latitude_deg, area.centre.longitude_deg, area.radius_m)
    latitudes = [vertex.latitude_deg for vertex in area.vertices]
    return polygon_footprint(latitudes, [vertex.longitude_deg for vertex in area.vertices])


def _weight(area: Area) -> int:
    return 1 if isinstance(area, CircleArea) else len(area.vertices)
