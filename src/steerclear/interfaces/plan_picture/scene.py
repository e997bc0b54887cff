"""What of a plan, its neighbours, the findings and the proposed changes is drawn, and by which letter or number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from steerclear.interfaces.plan_picture import limits
from steerclear.interfaces.plan_picture.projection import Frame, MapView, Ring, view_of
from steerclear.interfaces.plan_picture.styles import letter
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.plan_check import Finding
from steerclear.model.plan_draft import PlanDraft
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Volume4D

Box = tuple[float, float, float, float]

_NEAR = 6.0
"""Pixels."""
_PAINTED_FIRST = (
    DeclaredKind.AREA,
    DeclaredKind.AGREED_ZONE,
    DeclaredKind.ZONE,
    DeclaredKind.SITE,
    DeclaredKind.MOVEMENT,
    DeclaredKind.FLIGHT,
)


class Offered(Protocol):
    """What is drawn of a change that is offered; `model.resolution.Resolution` has it, and so has `Proposal`."""

    @property
    def said(self) -> str:
        """What it is, in words."""

    @property
    def volumes(self) -> tuple[Volume4D, ...]:
        """The plan's volumes after it."""


class Proposal(msgspec.Struct, frozen=True):
    """A change of the plan that is offered: what it is, in words, and the volumes after it."""

    said: str
    volumes: tuple[Volume4D, ...]


class DrawnVolume(msgspec.Struct, frozen=True):
    """A volume on the map."""

    index: int
    """Among its item's volumes."""
    volume: Volume4D
    ring: Ring


class DrawnItem(msgspec.Struct, frozen=True):
    """Something declared, with its volumes that are on the map within the time of the strip."""

    letter: str
    """Empty for the plan itself, and for neighbours beyond MAX_LETTERS."""
    item: Declared
    volumes: tuple[DrawnVolume, ...]
    found: bool
    """A finding is about it."""
    over_plan: bool
    """It lies over or under the plan, nearly; only such neighbours stand in the strip."""


class NumberedFinding(msgspec.Struct, frozen=True):
    """A finding by its number in the list."""

    number: int
    finding: Finding
    letter: str
    """Of the neighbour that it is about; empty where that is not drawn."""


class Scene(msgspec.Struct, frozen=True):
    """All that is drawn."""

    plan: DrawnItem
    neighbours: tuple[DrawnItem, ...]
    """In the order of their letters."""
    findings: tuple[NumberedFinding, ...]
    proposals: tuple[Offered, ...]
    from_s: float
    until_s: float
    left_out: int
    """Neighbours that are elsewhere, at another time, or over the limits."""
    datums: tuple[AltitudeDatum, ...]
    """Of the heights drawn, that of the plan first."""

    def painted(self) -> list[DrawnItem]:
        """The neighbours in the order of painting."""
        return sorted(self.neighbours, key=lambda each: (each.found, _PAINTED_FIRST.index(each.item.kind)))


def declared_of(draft: PlanDraft, party: str = "") -> Declared:
    """A draft in the shape in which plans are compared and drawn."""
    return Declared(
        kind=DeclaredKind.FLIGHT,
        declared_id="draft",
        party=party,
        title=draft.title,
        volumes=(*draft.volumes, *draft.off_nominal_volumes),
        priority=draft.priority,
        aircraft=draft.kind,
    )


def scene_of(
    plan: Declared,
    neighbours: Iterable[Declared],
    findings: Sequence[Finding],
    proposals: Sequence[Offered],
    frame: Frame,
) -> tuple[Scene, MapView]:
    """What is drawn and the map for it.

    Raises:
        ValueError: the plan has no volume.
    """
    if not plan.volumes:
        raise ValueError("a plan without volumes cannot be drawn; what is sealed has none")
    offered = tuple(proposals[: limits.MAX_PROPOSALS])
    own = [*plan.volumes, *(volume for each in offered for volume in each.volumes)]
    view = view_of([volume.area for volume in own], frame)
    from_s, until_s = min(volume.from_s for volume in own), max(volume.until_s for volume in own)
    margin_s = max(30.0, 0.06 * (until_s - from_s))
    window = (from_s - margin_s, until_s + margin_s)
    wanted = {finding.other_id for finding in findings if finding.other_id}
    mine = DrawnItem("", plan, _on_map(plan, view, window), found=False, over_plan=True)
    own_boxes = [_box(each) for each in mine.volumes]
    drawn: list[DrawnItem] = []
    left_out, room = 0, limits.MAX_VOLUMES_DRAWN
    for item in sorted(neighbours, key=lambda each: each.declared_id not in wanted):
        volumes = _on_map(item, view, window) if len(drawn) < limits.MAX_NEIGHBOURS_DRAWN and room > 0 else ()
        room -= len(volumes)
        if volumes:
            found = item.declared_id in wanted
            named = len(drawn) < (limits.MAX_LETTERS if found else limits.MAX_LETTERS_ELSE)
            volumes = volumes[: max(0, room + len(volumes))]
            name = letter(len(drawn)) if named else ""
            drawn.append(DrawnItem(name, item, volumes, found=found, over_plan=found or _near(volumes, own_boxes)))
        else:
            left_out += 1
    letters = {each.item.declared_id: each.letter for each in drawn}
    heights = [each.volume for item in (mine, *drawn) for each in item.volumes]
    datums = tuple(dict.fromkeys(each.altitude_datum for each in heights if each.altitude_datum is not None))
    scene = Scene(
        plan=mine,
        neighbours=tuple(drawn),
        findings=tuple(
            NumberedFinding(number, each, letters.get(each.other_id, ""))
            for number, each in enumerate(findings[: limits.MAX_MARKERS], start=1)
        ),
        proposals=offered,
        from_s=window[0],
        until_s=window[1],
        left_out=left_out,
        datums=datums,
    )
    return scene, view


def _on_map(item: Declared, view: MapView, window: tuple[float, float]) -> tuple[DrawnVolume, ...]:
    timely = [
        (index, volume)
        for index, volume in enumerate(item.volumes)
        if volume.until_s >= window[0] and volume.from_s <= window[1]
    ]
    rings = view.outlines([volume.area for _, volume in timely])
    return tuple(
        DrawnVolume(index, volume, ring)
        for (index, volume), ring in zip(timely, rings, strict=True)
        if ring is not None
    )


def _near(volumes: Sequence[DrawnVolume], plan: Sequence[Box]) -> bool:
    """Whether the boxes around any of the volumes and of the plan's meet on the map, or nearly."""
    return any(
        x0 <= x3 + _NEAR and x2 <= x1 + _NEAR and y0 <= y3 + _NEAR and y2 <= y1 + _NEAR
        for x0, x1, y0, y1 in map(_box, volumes)
        for x2, x3, y2, y3 in plan
    )


def _box(each: DrawnVolume) -> Box:
    x, y = zip(*each.ring, strict=True)
    return min(x), max(x), min(y), max(y)
