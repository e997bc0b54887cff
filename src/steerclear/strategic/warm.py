"""Have the kernels for volumes compiled and kept; `steerclear.app.warm` runs it once after installation."""

from __future__ import annotations

from steerclear.geodesy.cells import keys_sought, with_ancestors
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.separation.overlap import contains
from steerclear.strategic.volume_index import VolumeIndex
from steerclear.strategic.volumes import Buffer, overlap, prepare


def warm_volumes() -> None:
    """Prepare, compare, find and remove volumes enough to use every kernel."""
    index: VolumeIndex[int] = VolumeIndex()
    corners = ((0.0, 0.0), (0.0, 0.1), (0.1, 0.1), (0.1, 0.0))
    ring = tuple(Position(latitude_deg=latitude, longitude_deg=longitude) for latitude, longitude in corners)
    areas: list[PolygonArea | CircleArea] = [PolygonArea(vertices=ring)]
    areas += [CircleArea(centre=ring[0], radius_m=radius) for radius in (10.0, 100_000.0)]
    volumes = [prepare(Volume4D(area=area, from_s=0.0, until_s=1.0)) for area in areas]
    for number in range(200):
        index.insert(number, volumes)
        if number % 2:
            index.remove(number)
    index.candidates(volumes, Buffer())
    footprint = volumes[0].footprint
    with_ancestors(keys_sought(footprint))
    contains(footprint, *footprint.middle_deg)
    overlap(volumes[0], volumes[1], Buffer())
