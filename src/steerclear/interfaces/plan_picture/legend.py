"""The column beside the map: what the edges, patterns, letters and numbers mean, and the findings in words."""

from __future__ import annotations

from datetime import UTC, datetime

from steerclear.geodesy.units import FT_M
from steerclear.interfaces.plan_picture import limits
from steerclear.interfaces.plan_picture.map_panel import draw_marker
from steerclear.interfaces.plan_picture.projection import Frame
from steerclear.interfaces.plan_picture.scene import DrawnItem, NumberedFinding, Scene
from steerclear.interfaces.plan_picture.styles import (
    KIND_NAMES,
    PLAN_COLOUR,
    PLAN_FILL,
    PROPOSAL_COLOUR,
    PROPOSAL_FILL,
    PartyStyles,
)
from steerclear.interfaces.plan_picture.svg import Drawing, wrapped
from steerclear.model.declared import Known
from steerclear.model.plan_check import GivesWay, Meeting
from steerclear.model.track import AltitudeDatum

_ROW = 19.0
_LINE = 15.0
_CHARS = 46
_MANY = 4
"""Findings, beyond which each is told in fewer lines."""
_GIVES_WAY = {
    GivesWay.PLAN: "this plan gives way",
    GivesWay.OTHER: "the other gives way",
    GivesWay.UNDECIDED: "who gives way is undecided",
}


def draw_legend(drawing: Drawing, scene: Scene, frame: Frame, styles: PartyStyles) -> None:
    """The whole column: plan, neighbours, proposals, findings, as far as there is room."""
    y = frame.top + 4.0
    _swatch(drawing, frame.left, y, PLAN_FILL, PLAN_COLOUR, None)
    y = _lines(drawing, frame.left + 34.0, y, wrapped(f"{scene.plan.item.title} (this plan)", 42, 2), "b")
    rows = limits.MAX_LEGEND_ROWS_BESIDE_FINDINGS if scene.findings else limits.MAX_LEGEND_ROWS
    listed = scene.neighbours[:rows]
    for each in listed:
        y = _neighbour(drawing, each, frame.left, y, styles)
    rest = len(scene.neighbours) - len(listed)
    if rest or scene.left_out:
        parts = [f"{rest} more drawn" if rest else "", f"{scene.left_out} not on this map or at this time"]
        said = ", ".join(part for part in parts if part and not part.startswith("0"))
        y = _lines(drawing, frame.left + 34.0, y, wrapped(f"and {said}", _CHARS, 2), "s")
    for index, proposal in enumerate(scene.proposals, start=1):
        _swatch(drawing, frame.left, y, PROPOSAL_FILL, PROPOSAL_COLOUR, "5 3")
        y = _lines(drawing, frame.left + 34.0, y, wrapped(f"offered {index}: {proposal.said}", _CHARS, 2), "")
    _findings(drawing, scene, frame, y + 10.0)


def _neighbour(drawing: Drawing, each: DrawnItem, left: float, y: float, styles: PartyStyles) -> float:
    item = each.item
    _swatch(drawing, left, y, styles.fill(item.party, item.kind), styles.colour(item.party), styles.dash(item.party))
    drawing.text(left + 13.0, y + 9.5, each.letter, class_="k", style=f"fill:{styles.colour(item.party)}")
    about = [KIND_NAMES[item.kind], item.party]
    if item.known is Known.COARSE:
        about.append("known coarsely")
    if not item.reachable:
        about.append("line down")
    name = f"{item.title or item.declared_id} ({', '.join(part for part in about if part)})"
    return _lines(drawing, left + 34.0, y, wrapped(name, _CHARS, 1), "")


def _swatch(drawing: Drawing, left: float, y: float, fill: str, colour: str, dash: str | None) -> None:
    drawing.add(
        "rect",
        x=left,
        y=y - 2.0,
        width=26.0,
        height=14.0,
        fill=fill,
        stroke=colour,
        stroke_width="1.6",
        stroke_dasharray=None if dash in (None, "none") else dash,
    )


def _lines(drawing: Drawing, x: float, y: float, lines: list[str], style: str) -> float:
    for line in lines:
        drawing.text(x, y + 10.0, line, class_=style or None)
        y += _LINE
    return y + _ROW - _LINE


def _findings(drawing: Drawing, scene: Scene, frame: Frame, y: float) -> None:
    drawing.add("path", d=f"M{frame.left:.1f} {y:.1f}H{frame.right:.1f}", stroke="#d4d8e0")
    y += 18.0
    if not scene.findings:
        drawing.text(frame.left, y, "No findings to show.", class_="s")
        return
    drawing.text(frame.left, y, "Findings", class_="h")
    y += 10.0
    datum = scene.datums[0] if scene.datums else None
    for index, each in enumerate(scene.findings):
        blocks = _finding_lines(each, datum, brief=len(scene.findings) > _MANY)
        height = _LINE * len(blocks) + 8.0
        if index == limits.MAX_FINDINGS_LISTED or y + height > frame.bottom - 14.0:
            drawing.text(frame.left, y + 10.0, f"and {len(scene.findings) - index} more findings", class_="s")
            return
        draw_marker(drawing, frame.left + 12.0, y + 9.0, each.number, each.finding.weight, size=9.0)
        for line, style in blocks:
            drawing.text(frame.left + 34.0, y + 10.0, line, class_=style)
            y += _LINE
        y += 8.0


def _finding_lines(each: NumberedFinding, datum: AltitudeDatum | None, *, brief: bool) -> list[tuple[str, str]]:
    """Lines of a finding, each with its style; fewer of them where there are many findings."""
    finding = each.finding
    lines: list[tuple[str, str]] = []
    about = " ".join(part for part in (each.letter, finding.other_title) if part)
    if about:
        party = f" ({finding.other_party})" if finding.other_party else ""
        lines.append((wrapped(f"{about}{party}", _CHARS - 4, 1)[0], "b"))
    lines += [(line, "") for line in wrapped(finding.said, _CHARS, 1 if brief else 3)]
    when = _when(finding.from_s, finding.until_s)
    where = _heights(finding.meetings[0], datum) if finding.meetings else ""
    if when or where:
        lines.append((", ".join(part for part in (when, where) if part), "s"))
    if finding.precedence is not None and not brief:
        lines.append((_GIVES_WAY[finding.precedence.gives_way], "s"))
    return lines


def _when(from_s: float | None, until_s: float | None) -> str:
    if from_s is None or until_s is None:
        return ""
    begin, end = datetime.fromtimestamp(from_s, UTC), datetime.fromtimestamp(until_s, UTC)
    pattern = "%H:%M:%S" if begin.date() == end.date() else "%-d %b %H:%M"
    return f"{begin.strftime(pattern)} to {end.strftime(pattern)}Z"


def _heights(meeting: Meeting, datum: AltitudeDatum | None) -> str:
    if datum is AltitudeDatum.PRESSURE_STANDARD:

        def written(height_m: float) -> str:
            return f"FL{height_m / (100.0 * FT_M):03.0f}"
    else:

        def written(height_m: float) -> str:
            return f"{height_m:,.0f} m"

    if meeting.lower_m is None and meeting.upper_m is None:
        return "at all heights"
    if meeting.lower_m is None:
        return f"up to {written(meeting.upper_m)}" if meeting.upper_m is not None else ""
    return f"{written(meeting.lower_m)} to {'no limit' if meeting.upper_m is None else written(meeting.upper_m)}"
