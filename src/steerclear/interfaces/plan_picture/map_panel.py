"""The map: areas with the edge and pattern of their party and kind, conflicts outlined and numbered."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from steerclear.geodesy.faults import GeodesyError
from steerclear.interfaces.plan_picture.graticule import draw_graticule, draw_labels, draw_scale
from steerclear.interfaces.plan_picture.projection import Frame, MapView, Ring
from steerclear.interfaces.plan_picture.scene import DrawnItem, Scene
from steerclear.interfaces.plan_picture.styles import (
    ALARM_COLOUR,
    PLAN_COLOUR,
    PLAN_FILL,
    PROPOSAL_COLOUR,
    PROPOSAL_FILL,
    PartyStyles,
)
from steerclear.interfaces.plan_picture.svg import Drawing, number, path
from steerclear.model.plan_check import Weight

_MARKER = 10.0
_PLACES = ((0.0, 0.0), (22.0, 0.0), (-22.0, 0.0), (0.0, 22.0), (0.0, -22.0), (22.0, 22.0), (-22.0, -22.0))


def draw_map(drawing: Drawing, scene: Scene, view: MapView, styles: PartyStyles) -> None:
    """The whole map."""
    frame = view.frame
    drawing.open("clipPath", id="map")
    drawing.add("rect", x=frame.left, y=frame.top, width=frame.width, height=frame.height)
    drawing.close("clipPath")
    drawing.open("g", clip_path="url(#map)")
    drawing.add("rect", x=frame.left, y=frame.top, width=frame.width, height=frame.height, fill="#fbfbf8")
    labels = draw_graticule(drawing, view)
    for item in scene.painted():
        party = item.item.party
        draw_rings(
            drawing,
            [each.ring for each in item.volumes],
            styles.fill(party, item.item.kind),
            styles.colour(party),
            styles.dash(party),
        )
    own = [each.ring for each in scene.plan.volumes]
    for proposal in scene.proposals:
        rings = [ring for ring in view.outlines([each.area for each in proposal.volumes]) if ring is not None]
        draw_rings(drawing, [ring for ring in rings if ring not in own], PROPOSAL_FILL, PROPOSAL_COLOUR, "5 3")
    draw_rings(drawing, own, PLAN_FILL, PLAN_COLOUR, "none", width=2.0)
    _draw_meetings(drawing, scene)
    draw_labels(drawing, labels)
    for item in scene.neighbours:
        _draw_letter(drawing, item, frame, styles)
    _draw_markers(drawing, scene, view)
    draw_scale(drawing, view)
    drawing.close("g")
    drawing.add(
        "rect", x=frame.left, y=frame.top, width=frame.width, height=frame.height, fill="none", stroke="#98a2b3"
    )


def draw_rings(
    drawing: Drawing, rings: Iterable[Ring], fill: str, colour: str, dash: str, *, width: float = 1.4
) -> None:
    """Areas of one item as one shape: edges first, fills over them, so that only the outer edge of all remains."""
    outlines = [path(ring, closed=True) for ring in rings]
    dashes = None if dash == "none" else dash
    drawing.open("g", opacity=".82")
    for outline in outlines:
        drawing.add(
            "path", d=outline, fill="none", stroke=colour, stroke_width=number(2.0 * width), stroke_dasharray=dashes
        )
    for outline in outlines:
        drawing.add("path", d=outline, fill=fill)
    drawing.close("g")


def _draw_meetings(drawing: Drawing, scene: Scene) -> None:
    """The volumes that meet, outlined in the colour of alarm."""
    rings: dict[str, None] = {}
    own = {each.index: each.ring for each in scene.plan.volumes}
    others = {each.item.declared_id: {one.index: one.ring for one in each.volumes} for each in scene.neighbours}
    for each in scene.findings:
        if each.finding.weight is not Weight.CONFLICT:
            continue
        for meeting in each.finding.meetings:
            theirs = others.get(each.finding.other_id, {})
            for ring in (own.get(meeting.volume), theirs.get(meeting.other_volume)):
                if ring is not None:
                    rings.setdefault(path(ring, closed=True))
    for outline in rings:
        drawing.add("path", d=outline, fill=ALARM_COLOUR, fill_opacity=".08", stroke=ALARM_COLOUR, stroke_width="2.2")


def _draw_letter(drawing: Drawing, item: DrawnItem, frame: Frame, styles: PartyStyles) -> None:
    """The letter of a neighbour, in the middle of one of its volumes that are on the map."""
    if not item.letter:
        return
    middles = [_middle(each.ring, frame) for each in item.volumes[:200]]
    x, y = middles[len(middles) // 2]
    drawing.text(x, y + 4.0, item.letter, class_="k", style=f"fill:{styles.colour(item.item.party)}")


def _middle(ring: Ring, frame: Frame) -> tuple[float, float]:
    """The middle of the part of a ring that is on the map, away from its edge."""
    corners = np.array(ring)
    x = np.clip(corners[:, 0], frame.left + 12.0, frame.right - 12.0)
    y = np.clip(corners[:, 1], frame.top + 14.0, frame.bottom - 12.0)
    return float(x.min() + x.max()) / 2.0, float(y.min() + y.max()) / 2.0


def _draw_markers(drawing: Drawing, scene: Scene, view: MapView) -> None:
    taken: list[tuple[float, float]] = []
    for each in scene.findings:
        where = each.finding.where
        if where is None:
            continue
        try:
            x, y = view.pixels(np.array([where.latitude_deg]), np.array([where.longitude_deg]))
        except GeodesyError:
            continue
        at = (float(x[0]), float(y[0]))
        place = next(
            (spot for dx, dy in _PLACES if not _crowded(spot := (at[0] + dx, at[1] + dy), taken)),
            (at[0] + 22.0, at[1] - 22.0),
        )
        taken.append(place)
        if place != at:
            drawing.add("path", d=path([at, place], closed=False), stroke=ALARM_COLOUR, stroke_width="1")
        draw_marker(drawing, *place, each.number, each.finding.weight)


def _crowded(spot: tuple[float, float], taken: list[tuple[float, float]]) -> bool:
    return any(abs(spot[0] - x) < 19.0 and abs(spot[1] - y) < 19.0 for x, y in taken)


def draw_marker(drawing: Drawing, x: float, y: float, what: object, weight: Weight, *, size: float = _MARKER) -> None:
    """A number: in a disc for a conflict, in a diamond for a contradiction, in a square for all else."""
    colour = ALARM_COLOUR if weight is Weight.CONFLICT else "#8a4b00" if weight is Weight.CONTRADICTION else "#41506b"
    common: dict[str, object] = {"fill": colour, "stroke": "#fff", "stroke_width": "1.5"}
    if weight is Weight.CONFLICT:
        drawing.add("circle", cx=x, cy=y, r=size, **common)
    elif weight is Weight.CONTRADICTION:
        wide = size * 1.25
        corners = [(x, y - wide), (x + wide, y), (x, y + wide), (x - wide, y)]
        drawing.add("path", d=path(corners, closed=True), **common)
    else:
        drawing.add("rect", x=x - size * 0.9, y=y - size * 0.9, width=size * 1.8, height=size * 1.8, rx=2, **common)
    drawing.text(x, y + 4.0, what, class_="n")
