"""The strip under the map: time to the right, height upwards, one panel for each datum, so that none are mixed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from steerclear.geodesy.units import FT_M
from steerclear.interfaces.plan_picture.map_panel import draw_marker
from steerclear.interfaces.plan_picture.projection import Frame
from steerclear.interfaces.plan_picture.scene import DrawnItem, Scene
from steerclear.interfaces.plan_picture.styles import ALARM_COLOUR, PLAN_COLOUR, PROPOSAL_COLOUR, PartyStyles
from steerclear.interfaces.plan_picture.svg import Drawing
from steerclear.model.plan_check import Weight
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Volume4D

DATUM_NAMES: Final = {
    AltitudeDatum.PRESSURE_STANDARD: "flight levels (1013.25 hPa)",
    AltitudeDatum.MSL_GEOID: "metres above mean sea level",
    AltitudeDatum.ELLIPSOID: "metres above the WGS84 ellipsoid",
}
_TIME_STEPS_S: Final = (
    *(10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400),
    *(172_800, 432_000, 864_000),
)
_MOST_PANELS: Final = 3


class Axes(msgspec.Struct, frozen=True):
    """Which times and heights a panel shows, and where."""

    left: float
    right: float
    top: float
    bottom: float
    from_s: float
    until_s: float
    low_m: float
    high_m: float

    def x(self, moment_s: float) -> float:
        """Of a moment, within the panel."""
        share = (moment_s - self.from_s) / (self.until_s - self.from_s)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def y(self, height_m: float | None, *, lower: bool) -> float:
        """Of a height, within the panel; of no bound, its edge."""
        if height_m is None:
            return self.bottom if lower else self.top
        share = (height_m - self.low_m) / (self.high_m - self.low_m)
        return self.bottom - min(max(share, 0.0), 1.0) * (self.bottom - self.top)


def draw_strip(drawing: Drawing, scene: Scene, frame: Frame, styles: PartyStyles) -> None:
    """All panels, and the times under them."""
    datums: Sequence[AltitudeDatum | None] = scene.datums[:_MOST_PANELS] or (None,)
    gap = 26.0
    height = (frame.height - 22.0 - gap * len(datums)) / len(datums)
    for index, datum in enumerate(datums):
        top = frame.top + index * (height + gap) + gap
        low_m, high_m = _range_m(scene, datum)
        axes = Axes(frame.left, frame.right, top, top + height, scene.from_s, scene.until_s, low_m, high_m)
        _draw_panel(drawing, scene, axes, datum, styles, first=index == 0)
        if index == len(datums) - 1:
            _draw_times(drawing, axes)


def _range_m(scene: Scene, datum: AltitudeDatum | None) -> tuple[float, float]:
    """Lowest and highest height of a panel: those of the plan, else those of its neighbours, and some room."""
    own = [each.volume for each in scene.plan.volumes]
    own += [volume for each in scene.proposals for volume in each.volumes]
    heights = _heights(own, datum) or _heights(
        [each.volume for item in scene.neighbours for each in item.volumes], datum
    )
    if not heights:
        return 0.0, 1_000.0
    low_m, high_m = min(heights), max(heights)
    if any(volume.lower_m is None for volume in own):
        low_m = min(0.0, low_m)
    room_m = max(0.25 * (high_m - low_m), 0.02 * abs(high_m), 30.0)
    return (low_m if low_m == 0.0 else low_m - room_m), high_m + room_m


def _heights(volumes: Sequence[Volume4D], datum: AltitudeDatum | None) -> list[float]:
    mine = [volume for volume in volumes if volume.altitude_datum is datum]
    return [height for each in mine for height in (each.lower_m, each.upper_m) if height is not None]


def _draw_panel(
    drawing: Drawing, scene: Scene, axes: Axes, datum: AltitudeDatum | None, styles: PartyStyles, *, first: bool
) -> None:
    width, height = axes.right - axes.left, axes.bottom - axes.top
    drawing.add("rect", x=axes.left, y=axes.top, width=width, height=height, fill="#fbfbf8")
    _draw_heights(drawing, axes, datum)
    for item in scene.painted():
        party = item.item.party
        _draw_bars(
            drawing,
            _here(item, datum, first=first),
            axes,
            styles.fill(party, item.item.kind),
            styles.colour(party),
            styles.dash(party),
        )
    mine = _here(scene.plan, datum, first=first)
    _draw_bars(drawing, mine, axes, "url(#plan)", PLAN_COLOUR, "none", width=2.0)
    for proposal in scene.proposals:
        for volume in proposal.volumes:
            if volume.altitude_datum is datum:
                drawing.add(
                    "rect",
                    **_box(volume, axes),
                    fill="none",
                    stroke=PROPOSAL_COLOUR,
                    stroke_width="1.3",
                    stroke_dasharray="5 3",
                )
    for item in scene.neighbours:
        volumes = _here(item, datum, first=first)
        if item.letter and volumes:
            boxes = [_box(volume, axes) for volume in volumes[:50]]
            x = min(box["x"] for box in boxes), max(box["x"] + box["width"] for box in boxes)
            y = min(box["y"] for box in boxes), max(box["y"] + box["height"] for box in boxes)
            style = f"fill:{styles.colour(item.item.party)}"
            drawing.text(sum(x) / 2.0, sum(y) / 2.0 + 4.0, item.letter, class_="k", style=style)
    if first:
        _draw_findings(drawing, scene, axes)
    drawing.add("rect", x=axes.left, y=axes.top, width=width, height=height, fill="none", stroke="#98a2b3")
    name = "no heights given" if datum is None else DATUM_NAMES[datum]
    drawing.text(axes.left, axes.top - 6.0, f"Height: {name}", class_="h")


def _here(item: DrawnItem, datum: AltitudeDatum | None, *, first: bool) -> list[Volume4D]:
    """The volumes of an item that belong into a panel; those without any height stand in the first."""
    return [
        each.volume
        for each in item.volumes
        if each.volume.altitude_datum is datum or (first and each.volume.altitude_datum is None)
    ]


def _box(volume: Volume4D, axes: Axes) -> dict[str, float]:
    left, right = axes.x(volume.from_s), axes.x(volume.until_s)
    top, bottom = axes.y(volume.upper_m, lower=False), axes.y(volume.lower_m, lower=True)
    return {"x": left, "y": top, "width": max(right - left, 1.0), "height": max(bottom - top, 1.0)}


def _draw_bars(
    drawing: Drawing, volumes: list[Volume4D], axes: Axes, fill: str, colour: str, dash: str, *, width: float = 1.4
) -> None:
    """Bars of one item as one shape, as `map_panel.draw_rings` does."""
    if not volumes:
        return
    boxes = [_box(volume, axes) for volume in volumes]
    drawing.open("g", opacity=".82")
    for box in boxes:
        drawing.add(
            "rect",
            **box,
            fill="none",
            stroke=colour,
            stroke_width=2.0 * width,
            stroke_dasharray=None if dash == "none" else dash,
        )
    for box in boxes:
        drawing.add("rect", **box, fill=fill)
    drawing.close("g")


def _draw_findings(drawing: Drawing, scene: Scene, axes: Axes) -> None:
    taken: list[tuple[float, float]] = []
    for each in scene.findings:
        finding = each.finding
        if finding.from_s is None or finding.until_s is None or not finding.meetings:
            continue
        meeting = finding.meetings[0]
        left, right = axes.x(finding.from_s), axes.x(finding.until_s)
        top, bottom = axes.y(meeting.upper_m, lower=False), axes.y(meeting.lower_m, lower=True)
        if finding.weight is Weight.CONFLICT:
            drawing.add(
                "rect",
                x=left,
                y=top,
                width=max(right - left, 2.0),
                height=max(bottom - top, 2.0),
                fill=ALARM_COLOUR,
                fill_opacity=".22",
                stroke=ALARM_COLOUR,
                stroke_width="2",
            )
        x, y = (left + right) / 2.0, (top + bottom) / 2.0
        while any(abs(x - other) < 18.0 and abs(y - at) < 18.0 for other, at in taken) and x < axes.right - 10.0:
            x += 19.0
        taken.append((x, y))
        draw_marker(drawing, x, min(max(y, axes.top + 10.0), axes.bottom - 10.0), each.number, finding.weight, size=9.0)


def _draw_heights(drawing: Drawing, axes: Axes, datum: AltitudeDatum | None) -> None:
    if datum is None:
        return
    unit_m = 100.0 * FT_M if datum is AltitudeDatum.PRESSURE_STANDARD else 1.0
    low, high = axes.low_m / unit_m, axes.high_m / unit_m
    step = _round_step((high - low) / max(2.0, (axes.bottom - axes.top) / 38.0))
    for index in range(math.ceil(low / step), math.floor(high / step) + 1):
        value = index * step
        y = axes.y(value * unit_m, lower=True)
        drawing.add("path", d=f"M{axes.left:.1f} {y:.1f}H{axes.right:.1f}", stroke="#e1e4ea", stroke_width="1")
        if datum is AltitudeDatum.PRESSURE_STANDARD:
            label, other = f"FL{value:03.0f}" if value >= 0.0 else f"{value:.0f}", f"{value * unit_m:,.0f} m"
        else:
            label, other = f"{value:,.10g} m", f"{value / FT_M:,.0f} ft"
        drawing.text(axes.left - 6.0, y + 4.0, label, class_="g", text_anchor="end")
        drawing.text(axes.right + 6.0, y + 4.0, other, class_="g")


def _round_step(wanted: float) -> float:
    unit = 10.0 ** math.floor(math.log10(max(wanted, 1e-6)))
    return next((times * unit for times in (1.0, 2.0, 5.0) if times * unit >= wanted), 10.0 * unit)


def _draw_times(drawing: Drawing, axes: Axes) -> None:
    span_s = axes.until_s - axes.from_s
    step_s = next((step for step in _TIME_STEPS_S if span_s / step <= 9.0), _TIME_STEPS_S[-1])
    pattern = "%H:%M:%SZ" if step_s < 60 else "%H:%MZ" if span_s <= 86_400.0 else "%-d %b %H:%MZ"
    for index in range(math.ceil(axes.from_s / step_s), math.floor(axes.until_s / step_s) + 1):
        moment_s = index * step_s
        x = axes.x(moment_s)
        drawing.add("path", d=f"M{x:.1f} {axes.bottom:.1f}v5", stroke="#667085", stroke_width="1")
        label = datetime.fromtimestamp(moment_s, UTC).strftime(pattern)
        if axes.left + 20.0 < x < axes.right - 20.0:
            drawing.text(x, axes.bottom + 17.0, label, class_="g", text_anchor="middle")
