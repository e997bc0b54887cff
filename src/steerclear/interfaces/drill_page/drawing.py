"""The two drawings of a drill's page: a map of what flew and what was declared, and one lane of time for each party.

Map: a plane with true distances along the middle latitude; metres are not read off it. SVG units are pixels.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from math import cos, radians
from typing import Final

from steerclear.model.drill import DrillOutcome

WIDTH: Final = 1_000.0
MAP_HEIGHT: Final = 460.0
LANE: Final = 46.0
LEFT: Final = 90.0
MARGIN: Final = 20.0
_MARKS: Final = {
    "alert": ("bad", "alert"),
    "asked": ("ask", "asked"),
    "sent": ("ask", "said"),
    "rung": ("warn", "ladder"),
    "unanswered": ("bad", "no answer"),
    "acknowledged": ("good", "acknowledged"),
    "relayed": ("good", "relayed"),
    "answered": ("good", "answered"),
    "declared": ("plain", "declared"),
    "not_declared": ("warn", "not declared"),
    "finding": ("warn", "found"),
    "short_notice": ("warn", "short notice"),
    "case": ("ask", "identification"),
    "incident": ("bad", "incident"),
}
_SHOWN_AT: Final = 12
"""Marks on the scale of time."""


def lanes_svg(outcome: DrillOutcome) -> str:
    """One lane for each party; what is merely noted is left out."""
    parties = [party for party, _ in outcome.parties]
    height = LANE * len(parties) + 40.0
    lasts_s = outcome.until_s - outcome.start_s

    def x(time_s: float) -> float:
        return LEFT + (WIDTH - LEFT - MARGIN) * (time_s - outcome.start_s) / lasts_s

    parts = [f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="what each party did, over time">']
    for number in range(_SHOWN_AT + 1):
        time_s = outcome.start_s + lasts_s * number / _SHOWN_AT
        parts.append(f'<line class="rule" x1="{x(time_s):.1f}" y1="0" x2="{x(time_s):.1f}" y2="{height - 24:.1f}"/>')
        parts.append(f'<text x="{x(time_s):.1f}" y="{height - 8:.1f}" text-anchor="middle">{_hours(time_s)}</text>')
    parts.append(f'<line class="zero" x1="{x(outcome.zero_s):.1f}" y1="0" x2="{x(outcome.zero_s):.1f}" y2="{height}"/>')
    for row, party in enumerate(parties):
        middle = LANE * (row + 0.5)
        parts.append(f'<text x="4" y="{middle + 4:.1f}">{escape(party)}</text>')
        parts.append(f'<line class="lane" x1="{LEFT}" y1="{middle}" x2="{WIDTH - MARGIN}" y2="{middle}"/>')
        for one in outcome.observations:
            mark = _MARKS.get(one.what)
            if one.party == party and mark is not None and not one.aside:
                label = escape(f"{_clock(one.time_s)} {mark[1]}: {one.words}")
                circle = f'<circle class="{mark[0]}" cx="{x(one.time_s):.1f}" cy="{middle}" r="5">'
                parts.append(f"{circle}<title>{label}</title></circle>")
    parts.append("</svg>")
    legend = " ".join(
        f'<span class="{kind}">● {escape(words)}</span>'
        for kind, words in (
            ("bad", "alert, or no answer"),
            ("ask", "said or asked"),
            ("warn", "ladder, finding, short notice"),
            ("good", "acknowledged, relayed, answered"),
            ("plain", "declared"),
        )
    )
    return "".join(parts) + f'<p class="note">{legend}</p>'


def map_svg(outcome: DrillOutcome) -> str:
    """Paths with their times, and areas with their names."""
    points = [(lat, lon) for path in outcome.paths for _, lat, lon, _ in path.points]
    points += [corner for area in outcome.areas for corner in area.corners]
    south, north = min(lat for lat, _ in points), max(lat for lat, _ in points)
    first = points[0][1]
    # All of a scenario is on one side of the Earth: longitudes are counted from its first one, so none is torn apart.
    west = min(_east_of(first, lon) for _, lon in points)
    east = max(_east_of(first, lon) for _, lon in points)
    narrow = cos(radians((south + north) / 2.0))
    scale = min(
        (WIDTH - 2 * MARGIN) / max((east - west) * narrow, 1e-4), (MAP_HEIGHT - 2 * MARGIN) / max(north - south, 1e-4)
    )

    left = (WIDTH - (east - west) * narrow * scale) / 2.0

    def at(lat: float, lon: float) -> str:
        across = (_east_of(first, lon) - west) * narrow * scale
        return f"{left + across:.1f},{MARGIN + (north - lat) * scale:.1f}"

    parts = [f'<svg viewBox="0 0 {WIDTH:.0f} {MAP_HEIGHT:.0f}" role="img" aria-label="map of the drill">']
    colours = {party: number for number, (party, _) in enumerate(outcome.parties)}
    for area in outcome.areas:
        ring = " ".join(at(*corner) for corner in area.corners)
        label = escape(f"{area.name} ({area.party})")
        parts.append(f'<polygon class="area party{colours.get(area.party, 0)}" points="{ring}"/>')
        x, _, y = at(*max(area.corners)).partition(",")
        parts.append(f'<text x="{x}" y="{float(y) - 4:.1f}" text-anchor="end" dx="-6">{label}</text>')
    taken: list[tuple[str, str]] = []
    for path in outcome.paths:
        line = " ".join(at(lat, lon) for _, lat, lon, _ in path.points)
        parts.append(f'<polyline class="path" points="{line}"/>')
        for number, name in ((0, f"{path.name} from "), (len(path.points) - 1, "until ")):
            time_s, lat, lon, _ = path.points[number]
            x, _, y = at(lat, lon).partition(",")
            # Labels of aircraft that begin at one place stand below each other.
            row = sum((x, y) == one for one in taken)
            taken.append((x, y))
            parts.append(f'<circle class="end" cx="{x}" cy="{y}" r="3"/>')
            parts.append(f'<text x="{x}" y="{float(y) + 13 * row:.1f}" dx="6">{escape(name)}{_hours(time_s)}</text>')
    return "".join([*parts, "</svg>"])


def _east_of(first: float, longitude_deg: float) -> float:
    return (longitude_deg - first + 180.0) % 360.0 - 180.0


def _hours(time_s: float) -> str:
    return datetime.fromtimestamp(round(time_s, 3), UTC).strftime("%H:%M")


def _clock(time_s: float) -> str:
    return datetime.fromtimestamp(round(time_s, 3), UTC).strftime("%H:%M:%S")
