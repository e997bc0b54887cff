"""Altitude over time of the aircraft that the alerts are about, as each side saw them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from steerclear.interfaces.report_page.drawing import BAD, PAPER, RULE, SOFT, Drawing, colour_of, number
from steerclear.interfaces.report_page.map_picture import DASHES
from steerclear.interfaces.report_page.times import clock
from steerclear.model.alert import Severity
from steerclear.services.joint.timeline import JointTimeline, TrackShown

WIDTH: Final = 900.0
HEIGHT: Final = 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 74.0, 12.0, 16.0, 24.0
_FOOT: Final = 0.3048
_LEAST_HALF_M: Final = 150.0
"""A strip shows at least so much above and below the middle: level flight then looks level."""
At = Callable[[float, float], tuple[float, float]]
"""(time, height) -> the point in the picture."""


def strip_picture(timeline: JointTimeline, labels: tuple[str, ...]) -> str | None:
    """The strip of some aircraft as SVG; None where no source gave an altitude."""
    tracks = [track for track in timeline.tracks if track.label in labels]
    points = [point for track in tracks for point in track.points if point.altitude_m is not None]
    if not points:
        return None
    from_s, until_s = min(point.time_s for point in points), max(point.time_s for point in points)
    heights = [point.altitude_m for point in points if point.altitude_m is not None]
    middle_m, half_m = (min(heights) + max(heights)) / 2, max((max(heights) - min(heights)) / 2, _LEAST_HALF_M)
    low, high = middle_m - half_m - 60.0, middle_m + half_m + 60.0
    drawing = Drawing(WIDTH, HEIGHT, f"Altitude over time of {', '.join(labels)}")
    drawing.add("rect", width=number(WIDTH), height=number(HEIGHT), fill=PAPER, stroke=RULE)

    def at(time_s: float, height_m: float) -> tuple[float, float]:
        x = _LEFT + (WIDTH - _LEFT - _RIGHT) * (time_s - from_s) / max(until_s - from_s, 1.0)
        return x, HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (height_m - low) / (high - low)

    for share in (0.0, 0.5, 1.0):
        height_m = low + 60.0 + share * (high - low - 120.0)
        _, y = at(from_s, height_m)
        drawing.line(((_LEFT, y), (WIDTH - _RIGHT, y)), RULE, stroke_width="0.6")
        drawing.text(6, y + 4, f"{round(height_m / _FOOT / 10) * 10:,} ft", 10, SOFT)
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        time_s = from_s + share * (until_s - from_s)
        drawing.text(at(time_s, low)[0], HEIGHT - 7, clock(time_s), 10, SOFT, anchor)
    sides = [side.party for side in timeline.sides]
    for place, track in enumerate(tracks):
        _line(drawing, track, at, timeline, sides, below=place % 2 == 1)
    _marks(drawing, timeline, labels, at, (from_s, until_s), (low, high))
    return drawing.whole()


def _line(
    drawing: Drawing, track: TrackShown, at: At, timeline: JointTimeline, sides: list[str], *, below: bool
) -> None:
    colour = colour_of(timeline.parties, track.party)
    dash = DASHES[sides.index(track.seen_by) % len(DASHES)] if track.seen_by in sides else "none"
    flown = [at(point.time_s, point.altitude_m) for point in track.points if point.altitude_m is not None]
    drawing.line(flown, colour, stroke_width="2", stroke_dasharray=dash)
    if flown and sides and track.seen_by == sides[0]:
        drawing.text(flown[0][0] + 4, flown[0][1] + (14 if below else -6), track.label, 11, colour)


def _marks(
    drawing: Drawing,
    timeline: JointTimeline,
    labels: tuple[str, ...],
    at: At,
    span: tuple[float, float],
    heights: tuple[float, float],
) -> None:
    """Where an alert came to a warning or a breach; by each side, for their pictures may differ."""
    for alert in timeline.alerts:
        if not set(alert.subjects) & set(labels):
            continue
        for change in alert.changes:
            if change.severity >= Severity.WARNING and span[0] <= change.picture_s <= span[1]:
                ends = [at(change.picture_s, height) for height in heights]
                drawing.line(ends, BAD, stroke_width="1", stroke_dasharray="2 4")
