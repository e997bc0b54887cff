"""Draws advice: the ring on the left, the tapes beside it, the words below."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, datetime
from math import cos, radians, sin
from typing import Final

from steerclear.geodesy.units import FT_M, KT_MPS, NM_M
from steerclear.model.advice import Advice, Bands, ManoeuvreKind, Nearby
from steerclear.model.track import AltitudeDatum

WIDTH: Final = 900
RING_X, RING_Y, RING_R = 210.0, 275.0, 150.0
TAPE_TOP, TAPE_BOTTOM = 110.0, 400.0
TAPES_X: Final = {ManoeuvreKind.LEVEL: 480.0, ManoeuvreKind.SPEED: 620.0, ManoeuvreKind.VERTICAL_SPEED: 760.0}
LINE: Final = 19.0
MAX_LINES: Final = 30
"""Lines of words under the picture; more are counted in the last."""

_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#222}.t{font-size:18px;font-weight:600}.s{fill:#555;font-size:12px}"
    ".free{stroke:#00613f;stroke-width:12;fill:none}.shut{stroke:#b03a2e;stroke-width:5;stroke-dasharray:2 4;fill:none}"
    ".now{stroke:#111;stroke-width:2.5;fill:none}.aim{stroke:#0b4fa0;stroke-width:3;fill:none}.tick{stroke:#888}"
    ".bad{fill:#b03a2e;font-weight:600}.m{text-anchor:middle}"
)


def draw_advice(advice: Advice) -> str:
    """The advice as an SVG document."""
    by_kind = {row.kind: row for row in advice.bands}
    parts = [_head(advice)]
    heading = by_kind.get(ManoeuvreKind.HEADING)
    if heading is not None:
        parts.append(_ring(heading, advice))
    parts += [_tape(by_kind[kind], x, advice) for kind, x in TAPES_X.items() if kind in by_kind]
    words = _words(advice)
    for k, (style, line) in enumerate(words):
        parts.append(_text(30.0, TAPE_BOTTOM + 84.0 + LINE * k, line, style))
    height = TAPE_BOTTOM + 94.0 + LINE * len(words)
    title = f"Free bands of {advice.label}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}"'
        f' height="{height:.0f}" role="img"><title>{_plain(title)}</title><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fbfbf8"/>{"".join(parts)}</svg>\n'
    )


def _head(advice: Advice) -> str:
    when = datetime.fromtimestamp(advice.time_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return _text(30.0, 36.0, f"{advice.label}: what keeps clear of all others", "t") + _text(
        30.0,
        58.0,
        f"{when}, {advice.compared} aircraft within reach, up to {advice.lookahead_s:.0f} s ahead."
        " Advice to our own side; sent to nobody.",
        "s",
    )


def _ring(row: Bands, advice: Advice) -> str:
    shut = f'<circle class="shut" cx="{RING_X}" cy="{RING_Y}" r="{RING_R}"/>'
    arcs = "".join(_arc(span.low, span.high) for span in row.free)
    marks = ""
    for heading in range(0, 360, 30):
        x, y = _on_ring(heading, RING_R + 22.0)
        marks += _text(x, y + 4.0, "N" if heading == 0 else f"{heading:03d}", "s m")
    now = _spoke(row.now, "now", 0.0, RING_R - 14.0)
    aims = "".join(
        _spoke(one.target, "aim", RING_R - 28.0, RING_R + 10.0)
        for one in advice.manoeuvres
        if one.kind is ManoeuvreKind.HEADING
    )
    name = _text(RING_X, 84.0, f"heading, now {round(row.now) % 360:03d}", "m")
    return shut + arcs + marks + now + aims + name


def _on_ring(heading_deg: float, radius: float) -> tuple[float, float]:
    angle = radians(heading_deg)
    return RING_X + radius * sin(angle), RING_Y - radius * cos(angle)


def _arc(low_deg: float, high_deg: float) -> str:
    if high_deg - low_deg >= 359.999:
        return f'<circle class="free" cx="{RING_X}" cy="{RING_Y}" r="{RING_R}"/>'
    (x, y), (to_x, to_y) = _on_ring(low_deg, RING_R), _on_ring(high_deg, RING_R)
    large = int(high_deg - low_deg > 180.0)
    return f'<path class="free" d="M{x:.1f} {y:.1f}A{RING_R} {RING_R} 0 {large} 1 {to_x:.1f} {to_y:.1f}"/>'


def _spoke(heading_deg: float, style: str, inner: float, outer: float) -> str:
    (x, y), (to_x, to_y) = _on_ring(heading_deg, inner), _on_ring(heading_deg, outer)
    return f'<path class="{style}" d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}"/>'


def _tape(row: Bands, x: float, advice: Advice) -> str:
    def y_of(value: float) -> float:
        share = (value - row.low) / (row.high - row.low) if row.high > row.low else 0.5
        return TAPE_BOTTOM - share * (TAPE_BOTTOM - TAPE_TOP)

    def line(style: str, low: float, high: float) -> str:
        return f'<path class="{style}" d="M{x:.1f} {y_of(low):.1f}V{y_of(high):.1f}"/>'

    drawn = line("shut", row.low, row.high)
    drawn += "".join(line("free", span.low, span.high) for span in row.free)
    drawn += f'<path class="now" d="M{x - 18:.1f} {y_of(row.now):.1f}H{x + 18:.1f}"/>'
    for one in advice.manoeuvres:
        if one.kind is row.kind:
            drawn += f'<path class="aim" d="M{x - 12:.1f} {y_of(one.target):.1f}H{x + 22:.1f}"/>'
            drawn += _text(x + 26.0, y_of(one.target) + 4.0, _value(row.kind, one.target, advice), "s")
    for value in (row.low, row.high):
        drawn += _text(x + 26.0, y_of(value) + 4.0, _value(row.kind, value, advice), "s")
    name = {"level": "level", "speed": "ground speed", "vertical_speed": "vertical speed"}[row.kind.value]
    return drawn + _text(x, 90.0, name, "m") + _text(x, TAPE_BOTTOM + 24.0, _value(row.kind, row.now, advice), "m")


def _value(kind: ManoeuvreKind, value: float, advice: Advice) -> str:
    if kind is ManoeuvreKind.SPEED:
        return f"{value / KT_MPS:.0f} kt"
    if kind is ManoeuvreKind.VERTICAL_SPEED:
        return f"{round(value / FT_M * 60.0 / 10.0) * 10:+,} ft/min"
    feet = value / FT_M
    if advice.altitude_datum is AltitudeDatum.PRESSURE_STANDARD:
        return f"FL{round(feet / 100.0):03d}" if feet >= 0.0 else f"{feet:,.0f} ft std"
    return f"{feet:,.0f} ft"


def _words(advice: Advice) -> list[tuple[str, str]]:
    found = [("bad", f"If nothing is changed: {_passing(one)}") for one in advice.losses]
    found += [("bad", f"If nothing is changed: enters zone {zone}") for zone in advice.areas]
    if not found:
        found = [("", "No loss of separation is predicted if nothing is changed; that is all this says.")]
    for one in advice.manoeuvres:
        near = f"; nearest {_passing(one.closest[0])}" if one.closest else ""
        found.append(("", f"{one.words}: effort {one.effort:.1f}{near}"))
    if advice.regain is not None:
        found.append(("bad", f"Nothing keeps clear; shortest loss: {advice.regain.words}"))
    found += [("s", note) for note in advice.notes]
    if len(found) > MAX_LINES:
        found = [*found[: MAX_LINES - 1], ("s", f"and {len(found) - MAX_LINES + 1} more lines")]
    return found


def _passing(one: Nearby) -> str:
    height = "vertical distance unknown" if one.vertical_m is None else f"{one.vertical_m / FT_M:,.0f} ft"
    return f"{one.label} at {one.horizontal_m / NM_M:.1f} NM and {height} in {one.in_s:.0f} s"


def _text(x: float, y: float, content: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{_plain(content)}</text>'


def _plain(text: str, at_most: int = 140) -> str:
    """What others wrote, as it may stand in a picture: printable, bounded, escaped."""
    shown = "".join(sign if unicodedata.category(sign)[0] not in "CZ" or sign == " " else " " for sign in text)
    return html.escape(shown if len(shown) <= at_most else f"{shown[: at_most - 1]}…")
