"""`steerclear plan`, `zone`, `site` and `movement` with the readers of plan files, the picture and the check."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M, parse_quantity
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.ground import movement_commands, site_commands
from steerclear.interfaces.cli.line_terms import LineTools
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.plan import plan_commands, zone_commands
from steerclear.interfaces.cli.plan_tools import PlanTools

# What a command needs is loaded when it is used: geometry and numbers take time to load.
if TYPE_CHECKING:
    from steerclear.model.agreement import Agreement
    from steerclear.model.declared import Declared, StatedPlace
    from steerclear.model.plan_check import Finding
    from steerclear.model.plan_draft import PlanDraft
    from steerclear.model.plans import DeclaredItem, ItemStanding
    from steerclear.model.resolution import Resolutions
    from steerclear.model.volumes import CircleArea, PolygonArea, Position
    from steerclear.services.affected_plans import AffectedPlan
    from steerclear.services.check_plan import ItemCheck


def _read_plan(path: Path, kind: str | None, words: dict[str, str], points: bytes | None) -> PlanDraft:
    from steerclear.interfaces.plan_files import defaults_from_words, read_plan_file  # noqa: PLC0415

    return read_plan_file(path, kind, defaults_from_words(words, points))


def _draw(
    plan: Declared, others: Sequence[Declared], findings: Sequence[Finding], resolutions: Resolutions | None
) -> str:
    from steerclear.interfaces.plan_picture import Proposal, draw_plan  # noqa: PLC0415

    options = () if resolutions is None else resolutions.options
    return draw_plan(plan, others, findings, [Proposal(one.said, one.volumes) for one in options])


def _geojson(items: Sequence[Declared], findings: Sequence[Finding]) -> bytes:
    from steerclear.interfaces.plan_files import plan_geojson  # noqa: PLC0415

    return plan_geojson(items, findings)


def _read_agreement(path: Path) -> Agreement:
    from steerclear.interfaces.agreement_file import decode_agreement  # noqa: PLC0415

    try:
        return decode_agreement(path.read_bytes())
    except (ValueError, OSError) as fault:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, f"{path}: {fault}") from None


def _check_offline(
    agreement: Agreement,
    item: DeclaredItem,
    against: Sequence[DeclaredItem],
    now_s: float,
    stated: Sequence[StatedPlace],
) -> ItemCheck:
    from steerclear.services.check_plan import check_offline  # noqa: PLC0415

    return check_offline(agreement, item, against, now_s, stated)


def _resolve_offline(
    agreement: Agreement,
    item: DeclaredItem,
    against: Sequence[DeclaredItem],
    now_s: float,
    stated: Sequence[StatedPlace],
) -> Resolutions:
    from steerclear.services.check_plan import resolve_offline  # noqa: PLC0415

    return resolve_offline(agreement, item, against, now_s, stated)


def _authority_affected(old: Agreement, new: Agreement, plans: Sequence[Declared]) -> Sequence[AffectedPlan]:
    from steerclear.services.affected_plans import affected_plans  # noqa: PLC0415

    return affected_plans(old, new, plans)


def _middle_of(area: CircleArea | PolygonArea) -> Position:
    from steerclear.services.known_places import middle_of  # noqa: PLC0415

    return middle_of(area)


def _as_declared(item: DeclaredItem) -> Declared:
    from steerclear.services.plan_neighbours import as_declared  # noqa: PLC0415

    return as_declared(item)


def _standing_as_declared(standing: ItemStanding) -> Declared:
    from steerclear.services.plan_neighbours import declared_of  # noqa: PLC0415

    return declared_of(standing, reachable=True)


_tools = PlanTools(
    line=LineTools(
        length_m=partial(parse_quantity, units=LENGTH_M),
        height_m=partial(parse_quantity, units=HEIGHT_M),
        duration_s=partial(parse_quantity, units=DURATION_S),
        render=lambda code, _parameters, _language: code,
        languages=(),
    ),
    read_plan=_read_plan,
    draw=_draw,
    geojson=_geojson,
    read_agreement=_read_agreement,
    check_offline=_check_offline,
    resolve_offline=_resolve_offline,
    authority_affected=_authority_affected,
    middle_of=_middle_of,
    as_declared=_as_declared,
    standing_as_declared=_standing_as_declared,
)

plan = plan_commands(_tools)
zone = zone_commands(_tools)
site = site_commands(_tools)
movement = movement_commands(_tools)
