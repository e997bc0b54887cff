"""What separation means in an agreement file: minima, minima per pair of kinds and area, the time-in-breach rule."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from steerclear.interfaces.agreement_file.fields import Table
from steerclear.interfaces.agreement_file.quantities import DURATION_S, HEIGHT_M, LENGTH_M
from steerclear.interfaces.agreement_file.readers import identifier, quantity, several, word_of
from steerclear.model import limits
from steerclear.model.agreement import AreaOfAuthority, PairMinima, SeparationMinima, TimeInBreachRule
from steerclear.model.vocabulary import AircraftKind

MAX_TIME_IN_BREACH_S = 86_400.0


def read_minima(table: Table) -> SeparationMinima:
    """Minima, the last of what their table says. Raises AgreementError."""
    minima = SeparationMinima(
        horizontal_m=table.take("horizontal", quantity(LENGTH_M, limits.MAX_MINIMUM_HORIZONTAL_M)),
        vertical_m=table.take("vertical", quantity(HEIGHT_M, limits.MAX_MINIMUM_VERTICAL_M)),
        lookahead_s=table.take("lookahead", quantity(DURATION_S, limits.MAX_LOOKAHEAD_S)),
    )
    table.nothing_left()
    return minima


def read_time_in_breach(table: Table | None) -> TimeInBreachRule | None:
    """The rule of how long a breach is tolerated, where there is one. Raises AgreementError."""
    if table is None:
        return None
    rule = TimeInBreachRule(
        horizontal_m=table.take("horizontal", quantity(LENGTH_M, limits.MAX_MINIMUM_HORIZONTAL_M)),
        vertical_m=table.take("vertical", quantity(HEIGHT_M, limits.MAX_MINIMUM_VERTICAL_M)),
        longest_s=table.take("longest", quantity(DURATION_S, MAX_TIME_IN_BREACH_S)),
    )
    table.nothing_left()
    return rule


def read_pair_minima(document: Table, areas: tuple[AreaOfAuthority, ...]) -> tuple[PairMinima, ...]:
    """Minima per pair of kinds and area. Raises AgreementError where two rules could hold at one place and time."""
    tables = document.tables("pair_minima", limits.MAX_PAIR_MINIMA)
    rules = tuple(_pair_minima(table, areas) for table in tables)
    for (_, first), (table, second) in combinations(zip(tables, rules, strict=True), 2):
        if sorted(first.kinds) != sorted(second.kinds):
            continue
        pair = f"{first.kinds[0]} and {first.kinds[1]}"
        if first.area_id == second.area_id:
            where = "everywhere" if first.area_id is None else f"in area {first.area_id!r}"
            raise table.fail("kinds", f"minima between {pair} {where} are there already; keep one of the two")
        if first.area_id is not None and second.area_id is not None and _overlap(areas, first.area_id, second.area_id):
            raise table.fail(
                "area",
                f"minima between {pair} hold in area {first.area_id!r} too, and the two areas overlap in space and "
                "time; two minima at one place contradict: cut one of the areas, or keep one rule",
            )
    return rules


def _pair_minima(table: Table, areas: tuple[AreaOfAuthority, ...]) -> PairMinima:
    kinds, area_id = table.take("kinds", _kinds), table.optional("area", identifier)
    known = [area.area_id for area in areas]
    if area_id is not None and area_id not in known:
        raise table.fail("area", f"there is no area {area_id!r}; there are: {', '.join(known) or 'none'}")
    return PairMinima(kinds=kinds, area_id=area_id, minima=read_minima(table))


def _kinds(value: Any) -> tuple[AircraftKind, AircraftKind]:
    first, second = several(2, word_of(AircraftKind), 2)(value)
    return first, second


def _overlap(areas: tuple[AreaOfAuthority, ...], first_id: str, second_id: str) -> bool:
    from steerclear.interfaces.agreement_file.overlap import areas_overlap  # noqa: PLC0415 numpy takes time to load

    first, second = (next(area for area in areas if area.area_id == area_id) for area_id in (first_id, second_id))
    return areas_overlap(first, second)
