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
from steerclear.interfaces.plan_picture.scene import DrawnItem, NumberedFinding, Scene
from steerclear.interfaces.plan_picture.styles import (
    ALARM_COLOUR,
    PLAN_COLOUR,
    PLAN_FILL,
    PROPOSAL_COLOUR,
    PROPOSAL_FILL,
    PartyStyles,
)
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
    frame = {"x": axes.left, "y": axes.top, "width": axes.right - axes.left, "height": axes.bottom - axes.top}
    clip = f"strip{axes.top:.0f}"
    drawing.open("clipPath", id=clip)
    drawing.add("rect", **frame)
    drawing.close("clipPath")
    drawing.add("rect", **frame, fill="#fbfbf8")
    _draw_heights(drawing, axes, datum)
    drawing.open("g", clip_path=f"url(#{clip})")
    _draw_contents(drawing, scene, axes, datum, styles, first=first)
    drawing.close("g")
    drawing.add("rect", **frame, fill="none", stroke="#98a2b3")
    name = "no heights given" if datum is None else DATUM_NAMES[datum]
    drawing.text(axes.left, axes.top - 6.0, f"Height: {name}", class_="h")
    if first and any(not each.over_plan for each in scene.neighbours):
        said = "only neighbours over or under the plan, and those with findings"
        drawing.text(axes.right, axes.top - 6.0, said, class_="g", text_anchor="end")


def _draw_contents(
    drawing: Drawing, scene: Scene, axes: Axes, datum: AltitudeDatum | None, styles: PartyStyles, *, first: bool
) -> None:
    """Neighbours, proposals over them, the plan over these; then edges, numbers and letters."""
    for item in scene.painted():
        party = item.item.party
        volumes = _here(item, datum, axes, first=first)
        _draw_bars(drawing, volumes, axes, styles.fill(party, item.item.kind), styles.colour(party), styles.dash(party))
    for index, proposal in enumerate(scene.proposals, start=1):
        moved = [volume for volume in proposal.volumes if volume.altitude_datum is datum]
        _draw_bars(drawing, moved, axes, PROPOSAL_FILL, PROPOSAL_COLOUR, "5 3")
        if moved:
            last = _box(max(moved, key=lambda volume: volume.until_s), axes)
            right, middle = last["x"] + last["width"] - 5.0, last["y"] + last["height"] / 2.0 + 4.0
            drawing.text(right, middle, f"offered {index}", class_="d", text_anchor="end")
    mine = _here(scene.plan, datum, axes, first=first)
    _draw_bars(drawing, mine, axes, PLAN_FILL, PLAN_COLOUR, "none", width=2.0)
    for item in scene.neighbours:
        if item.found:
            # Once more over the plan: where the two share times and heights is what matters.
            party = item.item.party
            edges = _joined([_box(volume, axes) for volume in _here(item, datum, axes, first=first)])
            _draw_edges(drawing, edges, styles.colour(party), styles.dash(party), 1.2)
    if first:
        _draw_findings(drawing, scene, axes)
    for item in scene.neighbours:
        volumes = _here(item, datum, axes, first=first)
        if item.letter and volumes:
            box = _box(volumes[len(volumes) // 2], axes)
            y = min(max(box["y"] + box["height"] / 2.0, axes.top + 9.0), axes.bottom - 9.0)
            style = f"fill:{styles.colour(item.item.party)}"
            drawing.text(box["x"] + box["width"] / 2.0, y + 4.0, item.letter, class_="k", style=style)


def _here(item: DrawnItem, datum: AltitudeDatum | None, axes: Axes, *, first: bool) -> list[Volume4D]:
    """The volumes of an item that belong into a panel; those without any height stand in the first."""
    return [
        each.volume
        for each in item.volumes
        if item.over_plan
        and (each.volume.altitude_datum is datum or (first and each.volume.altitude_datum is None))
        and (each.volume.lower_m is None or each.volume.lower_m < axes.high_m)
        and (each.volume.upper_m is None or each.volume.upper_m > axes.low_m)
    ]


def _box(volume: Volume4D, axes: Axes) -> dict[str, float]:
    left, right = axes.x(volume.from_s), axes.x(volume.until_s)
    top, bottom = axes.y(volume.upper_m, lower=False), axes.y(volume.lower_m, lower=True)
    return {"x": left, "y": top, "width": max(right - left, 1.0), "height": max(bottom - top, 1.0)}


def _joined(boxes: list[dict[str, float]]) -> list[dict[str, float]]:
    """Boxes of one height that overlap in time as one."""
    found: list[dict[str, float]] = []
    for box in sorted(boxes, key=lambda each: (each["y"], each["height"], each["x"])):
        last = found[-1] if found else None
        same = last is not None and (last["y"], last["height"]) == (box["y"], box["height"])
        if last is not None and same and box["x"] <= last["x"] + last["width"]:
            last["width"] = max(last["width"], box["x"] + box["width"] - last["x"])
        else:
            found.append(dict(box))
    return found


def _draw_bars(
    drawing: Drawing, volumes: list[Volume4D], axes: Axes, fill: str, colour: str, dash: str, *, width: float = 1.4
) -> None:
    """Bars of one item as one shape, as `map_panel.draw_rings` does."""
    if not volumes:
        return
    boxes = _joined([_box(volume, axes) for volume in volumes])
    drawing.open("g", opacity=".82")
    _draw_edges(drawing, boxes, colour, dash, 2.0 * width)
    for box in boxes:
        drawing.add("rect", **box, fill=fill)
    drawing.close("g")


def _draw_edges(drawing: Drawing, boxes: list[dict[str, float]], colour: str, dash: str, width: float) -> None:
    dashes = None if dash == "none" else dash
    for box in boxes:
        drawing.add("rect", **box, fill="none", stroke=colour, stroke_width=width, stroke_dasharray=dashes)


def _draw_findings(drawing: Drawing, scene: Scene, axes: Axes) -> None:
    """Where plan and neighbour meet, and the numbers; one that finds no free place stands on the map only."""
    boxes: dict[tuple[float, float, float, float], None] = {}
    markers: list[tuple[float, float]] = []
    marked: list[tuple[float, float, NumberedFinding]] = []
    for each in scene.findings:
        finding = each.finding
        if finding.from_s is None or finding.until_s is None or not finding.meetings:
            continue
        meeting = finding.meetings[0]
        left, right = axes.x(finding.from_s), axes.x(finding.until_s)
        top, bottom = axes.y(meeting.upper_m, lower=False), axes.y(meeting.lower_m, lower=True)
        if finding.weight is Weight.CONFLICT:
            boxes.setdefault((left, top, max(right - left, 2.0), max(bottom - top, 2.0)))
        place = _free_place((left + right) / 2.0, (top + bottom) / 2.0, axes, markers)
        if place is not None:
            markers.append(place)
            marked.append((*place, each))
    drawing.open("g", opacity=".3")
    for left, top, width, height in boxes:
        drawing.add("rect", x=left, y=top, width=width, height=height, fill=ALARM_COLOUR)
    drawing.close("g")
    for left, top, width, height in boxes:
        drawing.add(
            "rect", x=left, y=top, width=width, height=height, fill="none", stroke=ALARM_COLOUR, stroke_width="1.6"
        )
    for x, y, each in marked:
        draw_marker(drawing, x, y, each.number, each.finding.weight, size=9.0)


def _free_place(x: float, y: float, axes: Axes, taken: list[tuple[float, float]]) -> tuple[float, float] | None:
    """The place in the panel nearest to a point where a marker covers no other."""
    y = min(max(y, axes.top + 10.0), axes.bottom - 10.0)
    for ring in range(8):
        for down in range(-ring, ring + 1):
            for across in range(-ring, ring + 1):
                spot = (x + 20.0 * across, y + 20.0 * down)
                inside = axes.left + 9.0 < spot[0] < axes.right - 9.0 and axes.top + 9.0 < spot[1] < axes.bottom - 9.0
                if inside and all(abs(spot[0] - u) > 18.0 or abs(spot[1] - v) > 18.0 for u, v in taken):
                    return spot
    return None


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
