"""Findings in words: all of it said, nothing ordered, nothing permitted."""

from __future__ import annotations

import re

import pytest

from steerclear.model.declared import Declared, DeclaredKind, Known
from steerclear.model.known_place import KnownPlace
from steerclear.model.precedence import DEFAULT_PRECEDENCE
from steerclear.strategic.check import check
from steerclear.strategic.words import check_text, finding_text
from tests.strategic.plan_scenes import HOUR_S, NOON_S, area, at, flight, terms, volume, zone

PLAN = flight("plan", "north", volume())
BRIDGE = KnownPlace(name="the bridge", position=at(0.0, -3_000.0))


@pytest.mark.requirement("SC-CHK-15")
def test_a_conflict_is_read_out_with_everything_in_it() -> None:
    other = flight("relief", "south", volume(lower_m=1_700.0, upper_m=2_000.0), priority=1, contact_function="planning")
    agreed = terms((BRIDGE,), precedence=DEFAULT_PRECEDENCE)
    found = check(PLAN, [other], agreed, NOON_S)
    assert check_text(found) == "1 conflict"
    assert finding_text(found.findings[0]) == (
        "Conflict: comes closer than required to a flight of south, 'relief'; from 2027-01-15 12:00:00Z to 2027-01-15 "
        "13:00:00Z; 0 m apart where 5.0 km are required, 200 m in height where 300 m are; at 47.00000, 10.00000; "
        "3.0 km north (bearing 000) of the bridge; this plan gives way under the agreement: relief has priority 1, "
        "plan has 0; call planning at south-desk"
    )
    unsigned = finding_text(check(PLAN, [other], terms(), NOON_S).findings[0])
    assert "would give way by common usage, which the agreement does not say" in unsigned


@pytest.mark.requirement("SC-CHK-15")
def test_no_finding_orders_or_permits() -> None:
    crowd = [
        flight("a", "south", volume(), reachable=False),
        zone("b", "east", volume()),
        zone("c", "north", volume()),
        Declared(kind=DeclaredKind.FLIGHT, declared_id="d", party="east", known=Known.SEALED),
    ]
    plan = flight("plan", "north", volume(), volume(upper_m=3_000.0), volume(begin_s=99 * HOUR_S, end_s=100 * HOUR_S))
    held = terms(areas=(area("pass", "south", "east"),))
    found = check(plan, crowd, held, NOON_S + 3 * HOUR_S)
    said = " ".join([check_text(found), *map(finding_text, found.findings)])
    assert not re.search(r"\b(must|shall|permitted|allowed|approved|cleared|forbidden|order)\b", said)
    assert "1 h 00 min where 2 h 00 min are agreed" in said
    assert check_text(found) == "2 conflicts, 1 contradiction, 2 notices"


def test_nothing_against_a_plan_is_not_said_as_a_permission() -> None:
    hidden = Declared(kind=DeclaredKind.FLIGHT, declared_id="d", party="east", known=Known.SEALED)
    found = check(PLAN, [hidden], terms(), NOON_S)
    assert check_text(found) == (
        "nothing known stands against it (0 declared items compared); 1 sealed ones could not be"
    )
