"""The map: places, both sides' tracks, and where the aircraft of each alert were."""

from __future__ import annotations

from typing import Final

from steerclear.interfaces.report_page.drawing import BAD, INK, PAPER, RULE, SOFT, Drawing, colour_of, number
from steerclear.interfaces.report_page.limits import MAX_MAP_TRACKS
from steerclear.interfaces.report_page.projection import HEIGHT, METRES_A_DEGREE, WIDTH, Projection
from steerclear.model.alert import Severity
from steerclear.model.volumes import CircleArea, PolygonArea
from steerclear.services.joint.timeline import JointTimeline, PlaceShown, TrackShown

_NM: Final = 1_852.0
DASHES: Final = ("none", "7 4", "2 3", "10 3 2 3")
"""Of tracks by who saw them, in the order of the sides."""


def map_picture(timeline: JointTimeline, projection: Projection) -> str:
    """The map as SVG."""
    says = f"Map of {len(timeline.tracks)} tracks, {len(timeline.places)} places and {len(timeline.alerts)} alerts"
    drawing = Drawing(WIDTH, HEIGHT, says)
    drawing.add("rect", width=number(WIDTH), height=number(HEIGHT), fill=PAPER, stroke=RULE)
    _graticule(drawing, projection)
    for place in timeline.places:
        _place(drawing, projection, place, colour_of(timeline.parties, place.party.partition(",")[0]))
    sides = [side.party for side in timeline.sides]
    for track in tracks_drawn(timeline):
        _track(drawing, projection, track, timeline, sides)
    _alerts(drawing, projection, timeline)
    _scale(drawing, projection)
    _legend(drawing, timeline, sides)
    return drawing.whole()


def tracks_drawn(timeline: JointTimeline) -> list[TrackShown]:
    """The tracks on the map: those of alerts, then those with most reports."""
    labels = {label for alert in timeline.alerts for label in alert.subjects}
    ordered = sorted(timeline.tracks, key=lambda track: (track.label not in labels, -track.reports, track.key))
    return ordered[:MAX_MAP_TRACKS]


def _graticule(drawing: Drawing, projection: Projection) -> None:
    span_deg = HEIGHT / projection.scale
    step = next(
        step for step in (10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001) if step < span_deg / 2
    )
    lat = projection.middle_lat - span_deg - (projection.middle_lat - span_deg) % step
    while lat <= projection.middle_lat + span_deg:
        _, y = projection.place(lat, projection.middle_lon)
        if 0 < y < HEIGHT:
            drawing.line(((0, y), (WIDTH, y)), RULE, stroke_width="0.6")
            drawing.text(4, y - 3, f"{abs(lat):.3f}".rstrip("0").rstrip(".") + ("°N" if lat >= 0 else "°S"), 9, SOFT)
        lat += step
    reach = 2 * span_deg * WIDTH / HEIGHT
    lon = projection.middle_lon - reach - (projection.middle_lon - reach) % step
    while lon <= projection.middle_lon + reach:
        x, _ = projection.place(projection.middle_lat, lon)
        if 0 < x < WIDTH:
            turn = (lon + 180.0) % 360.0 - 180.0
            drawing.line(((x, 0), (x, HEIGHT)), RULE, stroke_width="0.6")
            name = f"{abs(turn):.3f}".rstrip("0").rstrip(".") + ("°E" if turn >= 0 else "°W")
            drawing.text(x + 3, HEIGHT - 5, name, 9, SOFT)
        lon += step


def _place(drawing: Drawing, projection: Projection, place: PlaceShown, colour: str) -> None:
    area_like = place.kind.startswith("area")
    fill = "0" if area_like else "0.10"
    dash = "8 4" if area_like else ("3 3" if place.disclosure else "none")
    for number_, volume in enumerate(place.volumes):
        area = volume.area
        if isinstance(area, CircleArea):
            x, y = projection.place(area.centre.latitude_deg, area.centre.longitude_deg)
            radius = projection.points(area.radius_m)
            drawing.add(
                "circle",
                cx=number(x),
                cy=number(y),
                r=number(radius),
                fill=colour,
                fill_opacity=fill,
                stroke=colour,
                stroke_dasharray=dash,
            )
            top = x, y - radius
        elif isinstance(area, PolygonArea):
            points = [projection.place(one.latitude_deg, one.longitude_deg) for one in area.vertices]
            joined = " ".join(f"{number(x)},{number(y)}" for x, y in points)
            drawing.add("polygon", points=joined, fill=colour, fill_opacity=fill, stroke=colour, stroke_dasharray=dash)
            top = min(points, key=lambda point: (round(point[1]), point[0]))
        if number_ == 0 and -20 < top[0] < WIDTH and -20 < top[1] < HEIGHT + 20:
            drawing.text(
                min(max(top[0], 4), WIDTH - 120), max(top[1] - 4, 12), f"{place.title} ({place.kind})", 10, colour
            )


def _track(
    drawing: Drawing, projection: Projection, track: TrackShown, timeline: JointTimeline, sides: list[str]
) -> None:
    colour = colour_of(timeline.parties, track.party)
    dash = DASHES[sides.index(track.seen_by) % len(DASHES)] if track.seen_by in sides else "none"
    points = [projection.place(point.latitude_deg, point.longitude_deg) for point in track.points]
    if not points:
        return
    drawing.line(points, colour, stroke_width="2" if dash == "none" else "1.6", stroke_dasharray=dash)
    x, y = points[-1]
    drawing.add("circle", cx=number(x), cy=number(y), r="3", fill=colour)
    if sides and track.seen_by == sides[0]:
        drawing.text(x + 6, y - 5, track.label, 11, colour)


def _alerts(drawing: Drawing, projection: Projection, timeline: JointTimeline) -> None:
    beyond = set()
    for alert in timeline.alerts:
        for change in alert.changes:
            if change.severity < Severity.WARNING:
                continue
            for place in change.places:
                x, y = projection.place(*place)
                if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT):
                    beyond.add(alert.alert_id)
                    continue
                size = 6 if change.severity is Severity.BREACH else 4
                drawing.line(((x - size, y - size), (x + size, y + size)), BAD, stroke_width="1.2")
                drawing.line(((x - size, y + size), (x + size, y - size)), BAD, stroke_width="1.2")
    if beyond:
        drawing.text(WIDTH - 260, HEIGHT - 22, f"warnings and breaches beyond this map: {len(beyond)}", 10, BAD)


def _scale(drawing: Drawing, projection: Projection) -> None:
    points_a_nm = _NM / METRES_A_DEGREE * projection.scale
    lengths = (200.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05)
    length = next((one for one in lengths if one * points_a_nm < WIDTH / 4), lengths[-1])
    x, y = 44.0, HEIGHT - 26.0
    drawing.line(((x, y), (x + length * points_a_nm, y)), INK, stroke_width="2")
    drawing.text(x, y - 5, f"{length:g} NM ({length * _NM / 1_000:g} km)", 10)


def _legend(drawing: Drawing, timeline: JointTimeline, sides: list[str]) -> None:
    lines = [(colour_of(timeline.parties, party), "none", f"aircraft of {party}") for party, _ in timeline.parties]
    lines += [(INK, DASHES[place % len(DASHES)], f"as {party} saw it") for place, party in enumerate(sides)]
    height = 14.0 * (len(lines) + 1) + 8
    drawing.add("rect", x=number(WIDTH - 152), y="8", width="144", height=number(height), fill=PAPER, stroke=RULE)
    for place, (colour, dash, words) in enumerate(lines):
        y = 22.0 + 14.0 * place
        drawing.line(((WIDTH - 144, y - 4), (WIDTH - 116, y - 4)), colour, stroke_width="2", stroke_dasharray=dash)
        drawing.text(WIDTH - 110, y, words, 10)
    drawing.text(WIDTH - 136, 22.0 + 14.0 * len(lines), "×  warning or breach", 10, BAD)
