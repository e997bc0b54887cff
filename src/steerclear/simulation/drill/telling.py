"""What is told of a drill beside what was seen in it: the agreed ladders, what is uncertain, what is on the map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from steerclear.geodesy.paths import destination
from steerclear.model.agreement import Agreement
from steerclear.model.drill import DrawnArea
from steerclear.model.scenario import Declares, Scenario, ScenarioPart
from steerclear.model.volumes import Position
from steerclear.model.zone import Circle
from steerclear.simulation.drill.observing import span


def ladders_said(agreement: Agreement) -> tuple[str, ...]:
    """Who is reached when nobody acknowledges, ladder by ladder."""
    return tuple(
        f"{ladder.ladder_id}: "
        + ", ".join(
            f"{rung.function} {'at once' if rung.after_s == 0 else f'after {span(rung.after_s)}'}"
            for rung in ladder.rungs
        )
        for ladder in agreement.ladders
    )


def areas_of(scenario: Scenario, agreement: Agreement) -> tuple[DrawnArea, ...]:
    """Agreed zones and what is declared, for a map."""
    zones = (_zone(zone.name, zone.party, zone.footprint) for zone in agreement.zones)
    declared = (area for said in scenario.declares for area in _declared(said))
    return tuple({(area.name, area.corners): area for area in (*zones, *declared)}.values())


def _zone(name: str, party: str, footprint: object) -> DrawnArea:
    if isinstance(footprint, Circle):
        middle = Position(latitude_deg=footprint.latitude_deg, longitude_deg=footprint.longitude_deg)
        return DrawnArea(name=name, party=party, corners=_round(middle, footprint.radius_m))
    corners: tuple[tuple[float, float], ...] = getattr(footprint, "vertices_deg", ())
    return DrawnArea(name=name, party=party, corners=corners)


def _declared(said: Declares) -> Iterator[DrawnArea]:
    name = said.title or said.name
    for volume in said.volumes:
        if volume.circle is not None:
            corners = _round(volume.circle.centre, volume.circle.radius_m)
        else:
            corners = tuple((one.latitude_deg, one.longitude_deg) for one in volume.polygon)
        yield DrawnArea(name=name, party=said.party, corners=corners)
    if said.position is not None and said.radius_m is not None:
        yield DrawnArea(name=name, party=said.party, corners=_round(said.position, said.radius_m))
    for point in said.route:
        yield DrawnArea(name=name, party=said.party, corners=_round(point, said.half_width_m or 0.0))


def _round(centre: Position, radius_m: float) -> tuple[tuple[float, float], ...]:
    bearings = np.arange(0.0, 360.0, 10.0)
    latitude, longitude = destination(centre.latitude_deg, centre.longitude_deg, bearings, radius_m)
    return tuple(zip(latitude.tolist(), longitude.tolist(), strict=True))


def uncertain_of(scenario: Scenario) -> tuple[str, ...]:
    """What of the pattern is not known for sure, in the words of the file."""
    return tuple(_uncertain(scenario))


def _uncertain(scenario: Scenario) -> Iterator[str]:
    parts: list[tuple[str, ScenarioPart]] = [("the pattern", scenario.drill)]
    parts += [(f"party {one.id}", one) for one in scenario.parties]
    parts += [(f"feed {one.name}", one) for one in scenario.feeds]
    for track in scenario.tracks:
        parts.append((f"aircraft {track.name}", track))
        parts += [(f"the path of {track.name}", point) for point in track.path]
    parts += [(f"{one.party} declares {one.name}", one) for one in scenario.declares]
    parts += [(f"{one.party} says {one.name or one.kind}", one) for one in scenario.says]
    parts += [(f"{one.party}'s {one.function}", one) for one in scenario.people]
    parts += [("an outage", one) for one in scenario.outages]
    parts += [(f'"{one.text}"', one) for one in scenario.notes]
    parts += [(f'that then: "{one.in_reality}"', one) for one in scenario.expect]
    for what, part in parts:
        if part.uncertain:
            yield f"{what}: {part.note}" if part.note else what
