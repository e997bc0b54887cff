"""The picture as a whole: title, map, legend and strip on one sheet of 1200 pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from steerclear.interfaces.plan_picture.legend import draw_legend
from steerclear.interfaces.plan_picture.map_panel import draw_map
from steerclear.interfaces.plan_picture.projection import Frame
from steerclear.interfaces.plan_picture.scene import Offered, Scene, declared_of, scene_of
from steerclear.interfaces.plan_picture.strip_panel import DATUM_NAMES, draw_strip
from steerclear.interfaces.plan_picture.styles import STYLE, PartyStyles
from steerclear.interfaces.plan_picture.svg import Drawing
from steerclear.model.declared import Declared
from steerclear.model.plan_check import Finding, Weight
from steerclear.model.plan_draft import PlanDraft

WIDTH: Final = 1200.0
HEIGHT: Final = 960.0
_MAP: Final = Frame(20.0, 76.0, 800.0, 560.0)
_LEGEND: Final = Frame(842.0, 76.0, 340.0, 560.0)
_STRIP: Final = Frame(84.0, 640.0, 1036.0, 306.0)


def draw_plan(
    plan: Declared | PlanDraft,
    neighbours: Iterable[Declared] = (),
    findings: Sequence[Finding] = (),
    proposals: Sequence[Offered] = (),
) -> str:
    """A self-contained SVG of a plan among what it may meet: no script, nothing loaded, every text escaped.

    Args:
        plan: what was checked; a draft that nobody has declared may be drawn as well.
        neighbours: what it was compared with; those elsewhere or at another time are counted, not drawn.
        findings: numbered from 1 in their order, as the list of the check shows them.
        proposals: changes that are offered (resolutions), drawn dashed; the first MAX_PROPOSALS of them.

    Raises:
        ValueError: the plan has no volume.
    """
    item = declared_of(plan) if isinstance(plan, PlanDraft) else plan
    scene, view = scene_of(item, neighbours, findings, proposals, _MAP)
    styles, body = PartyStyles(), Drawing()
    draw_map(body, scene, view, styles)
    draw_legend(body, scene, _LEGEND, styles)
    draw_strip(body, scene, _STRIP, styles)
    sheet = Drawing()
    sheet.open(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        width=f"{WIDTH:.0f}",
        height=f"{HEIGHT:.0f}",
        role="img",
    )
    sheet.said("title", item.title or "Plan")
    sheet.said("desc", _summary(scene))
    sheet.style(STYLE)
    styles.define(sheet)
    sheet.add("rect", width=WIDTH, height=HEIGHT, fill="#fff")
    sheet.text(20.0, 36.0, item.title or "Plan", 90, class_="t")
    sheet.text(20.0, 60.0, _summary(scene), 170, class_="s")
    return sheet.whole() + body.whole() + "</svg>"


def _summary(scene: Scene) -> str:
    volumes = scene.plan.item.volumes
    begin = datetime.fromtimestamp(min(each.from_s for each in volumes), UTC)
    end = datetime.fromtimestamp(max(each.until_s for each in volumes), UTC)
    until = end.strftime("%H:%MZ" if begin.date() == end.date() else "%-d %b %Y %H:%MZ")
    conflicts = sum(each.finding.weight is Weight.CONFLICT for each in scene.findings)
    parts = [
        f"{begin.strftime('%-d %b %Y %H:%M')} to {until} (UTC)",
        f"{len(volumes)} volume{'' if len(volumes) == 1 else 's'}",
    ]
    if scene.datums:
        parts.append("heights in " + " and ".join(DATUM_NAMES[datum] for datum in scene.datums))
    if scene.findings:
        others = len(scene.findings) - conflicts
        said = f"{conflicts} conflict{'' if conflicts == 1 else 's'}"
        parts.append(f"{said}, {others} other finding{'' if others == 1 else 's'}" if others else said)
    return " · ".join(parts)
