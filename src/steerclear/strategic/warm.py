"""Have the kernels for volumes compiled and kept; `steerclear.app.warm` runs it once after installation."""

from __future__ import annotations

from steerclear.geodesy.cells import keys_sought, with_ancestors
from steerclear.model.identification import BoundaryKind
from steerclear.model.track import AltitudeDatum, Identity, Track, TrackAge
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D
from steerclear.separation.overlap import contains
from steerclear.strategic.approach import Boundaries, Boundary
from steerclear.strategic.expected import ExpectedFlight
from steerclear.strategic.flight_tables import ExpectedFlights
from steerclear.strategic.identifying import identify
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
    index.insert_all([(200 + number, [one.volume for one in volumes]) for number in range(200)])
    index.candidates(volumes, Buffer())
    footprint = volumes[0].footprint
    with_ancestors(keys_sought(footprint))
    contains(footprint, *footprint.middle_deg)
    overlap(volumes[0], volumes[1], Buffer())


def warm_identification() -> None:
    """Hold one aircraft against flights near and far, and one boundary, so that every kernel is used."""
    aircraft = Track(
        track_id="warm",
        identity=Identity(icao_address=1),
        party=None,
        age=TrackAge.FRESH,
        time_s=0.0,
        latitude_deg=0.0,
        longitude_deg=0.0,
        altitude_m=1_000.0,
        altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
        east_mps=50.0,
        north_mps=0.0,
        up_mps=0.0,
        on_ground=False,
        sources=(),
    )
    areas = [
        CircleArea(centre=Position(latitude_deg=0.0, longitude_deg=east), radius_m=1_000.0) for east in (0.01, 9.0)
    ]
    volumes = [Volume4D(area=area, from_s=0.0, until_s=100.0) for area in areas]
    flights = [
        ExpectedFlight(
            party="warm",
            item_id=str(number),
            volumes=(volume,),
            identities=(aircraft.identity,),
            from_s=0.0,
            until_s=1.0,
        )
        for number, volume in enumerate(volumes)
    ]
    identify([aircraft], ExpectedFlights(flights), 10.0)
    boundary = Boundary(kind=BoundaryKind.ZONE, item_id="warm", title="", parties=("warm",), volumes=(volumes[0],))
    Boundaries([boundary]).of(aircraft, 10.0, 100.0)
