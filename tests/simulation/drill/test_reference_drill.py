"""The pattern of 5 October 2023 under the shipped default agreement, with its margins; and the old world, which fails.

First incursion 07:30, second 11:30. Every operating agency of every other party is asked, and a rung above the duty
officer is reached, within minutes of the first and hours before the second.
"""

from __future__ import annotations

import msgspec
import pytest

from steerclear.interfaces.agreement_file import decode_agreement, starting_file
from steerclear.interfaces.cli.drill_story import story_lines
from steerclear.interfaces.drill_page import render_drill
from steerclear.model.drill import DrillOutcome
from steerclear.model.scenario import Span
from steerclear.simulation.drill import drill_terms, play
from tests.simulation.drill.played import missed, played, scenario, variant

NAME = "zone-reentry"
FIRST_S = 1_772_695_800.0
"""2026-03-05T07:30:00Z."""
SECOND_S = FIRST_S + 4 * 3_600.0


def times(outcome: DrillOutcome, what: str, party: str, **facts: str) -> list[float]:
    return [
        one.time_s
        for one in outcome.observations
        if (one.what, one.party) == (what, party) and all(one.facts[key] == value for key, value in facts.items())
    ]


def agencies_asked(outcome: DrillOutcome, before_s: float) -> dict[str, float]:
    """Agency -> when the question that names it was first held by its party's machine."""
    asked: dict[str, float] = {}
    for one in outcome.observations:
        if one.what == "asked" and one.party == "north" and one.time_s < before_s:
            asked.setdefault(one.facts["agency"], one.time_s)
    return asked


def others_agencies() -> set[str]:
    return {agency for party in scenario(NAME).parties if party.id != "north" for agency in party.agencies}


@pytest.mark.requirement("SC-DRL-08")
def test_every_agency_of_every_other_party_is_asked_within_minutes() -> None:
    asked = agencies_asked(played(NAME), SECOND_S)
    assert asked.keys() == others_agencies()
    assert max(asked.values()) <= FIRST_S + 120.0
    assert max(asked.values()) <= SECOND_S - 3.5 * 3_600.0


@pytest.mark.requirement("SC-DRL-08")
def test_a_rung_above_the_duty_officer_is_reached_within_minutes() -> None:
    outcome = played(NAME)
    deputy, commander = (times(outcome, "rung", "south", function=name)[0] for name in ("deputy", "commander"))
    assert deputy <= FIRST_S + 150.0
    assert commander <= FIRST_S + 360.0
    assert max(deputy, commander) <= SECOND_S - 3.5 * 3_600.0
    assert times(outcome, "answered", "north", verdict="ours")[0] <= FIRST_S + 600.0


@pytest.mark.requirement("SC-DRL-08")
def test_it_holds_when_the_aircraft_is_first_seen_inside() -> None:
    """No time to see it coming: the question goes out and climbs from the boundary on."""
    held = scenario(NAME)
    blind = Span(from_s=held.drill.start_s, until_s=FIRST_S)
    [feed] = held.feeds
    outcome = play(msgspec.structs.replace(held, feeds=(msgspec.structs.replace(feed, silent=(blind,)),)))
    asked = agencies_asked(outcome, SECOND_S)
    assert asked.keys() == others_agencies()
    assert min(asked.values()) > FIRST_S
    assert max(asked.values()) <= FIRST_S + 60.0
    assert FIRST_S < times(outcome, "rung", "south", function="commander")[0] <= FIRST_S + 6.5 * 60.0
    assert not missed(outcome) - {"asked-before-it-enters", "no-answer-is-told", "every-agency-confirms"}


@pytest.mark.requirement("SC-DRL-08")
@pytest.mark.requirement("SC-DRL-07")
def test_the_agreement_is_the_one_that_a_newcomer_gets() -> None:
    held = scenario(NAME)
    ours = drill_terms(held).agreement
    parties = [(party.id, party.name) for party in held.parties]
    shipped = decode_agreement(starting_file("drill", held.drill.title, parties, {}, ("en",), ours.in_force_from_s))
    same = [field for field in shipped.__struct_fields__ if field not in ("parties", "zones")]
    assert {field: getattr(ours, field) for field in same} == {field: getattr(shipped, field) for field in same}
    assert [zone.zone_id for zone in ours.zones] == ["roz"]
    for mine, theirs in zip(ours.parties, shipped.parties, strict=True):
        assert mine.desks == theirs.desks


@pytest.mark.requirement("SC-DRL-08")
@pytest.mark.parametrize("world", ["no-ladder", "agency-unbound", "no-identification", "old-world"])
def test_the_old_world_fails(world: str) -> None:
    assert set(variant(NAME, world).fails) <= missed(played(NAME, world))


@pytest.mark.requirement("SC-DRL-08")
def test_without_the_ladder_nobody_above_the_duty_officer_is_ever_reached() -> None:
    outcome = played(NAME, "no-ladder")
    assert not times(outcome, "rung", "south")
    assert not times(outcome, "acknowledged", "north", to="south", function="commander")


@pytest.mark.requirement("SC-DRL-08")
def test_an_agency_that_the_agreement_does_not_bind_is_asked_by_nobody() -> None:
    outcome = played(NAME, "agency-unbound")
    assert "South drone service" not in agencies_asked(outcome, outcome.until_s)
    assert agencies_asked(outcome, SECOND_S).keys() == others_agencies() - {"South drone service"}


@pytest.mark.requirement("SC-DRL-08")
def test_the_timeline_shows_it() -> None:
    outcome = played(NAME)
    told = " ".join(" ".join(story_lines(outcome)).split())
    page = render_drill(outcome).decode()
    for words in ("South general staff, South air arm, South drone service", "the ladder reaches the commander"):
        assert words in told
    assert "3 h 59 min" in told or "4 h" in told
    assert "South drone service" in page
    assert "the ladder reaches the commander" in page


@pytest.mark.requirement("SC-DRL-08")
def test_silence_is_told_as_no_answer_and_as_nothing_else() -> None:
    outcome = played(NAME, "no-ladder")
    south = [one for one in outcome.observations if one.facts.get("to") == "south" and one.what == "unanswered"]
    assert south
    assert all(one.words.startswith("no answer from south") for one in south)
    for one in outcome.observations:
        assert not {"threat", "hostile", "consent given", "absent"} & set(one.words.lower().split())
