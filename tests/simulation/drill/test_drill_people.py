"""How people act: on what has reached their function, when they are there, and not otherwise."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from steerclear.interfaces.scenario_file import decode_scenario, starter_file
from steerclear.model.drill import DrillOutcome
from steerclear.model.messages import Verdict
from steerclear.model.scenario import Person
from steerclear.model.vocabulary import MessageKind
from steerclear.simulation.drill import DrillError, play

WHOLE = decode_scenario(starter_file())
STARTER = msgspec.structs.replace(
    WHOLE, drill=msgspec.structs.replace(WHOLE.drill, until_s=WHOLE.drill.start_s + 1_700.0)
)
"""As far as the people act."""
STOP_S = 1_260.0
"""When the starter's safety stop is said, from its start."""


def acknowledged(*people: Person) -> list[tuple[float, str]]:
    return [
        (one.time_s - STARTER.drill.start_s, one.facts["function"])
        for one in outcome(*people).observations
        if one.what == "acknowledged" and one.facts["name"] == "keep-clear"
    ]


def outcome(*people: Person) -> DrillOutcome:
    return play(msgspec.structs.replace(STARTER, people=people))


def person(function: str, **terms: Any) -> Person:
    return Person(party="south", function=function, **terms)


@pytest.mark.requirement("SC-DRL-09")
def test_nobody_acts_who_is_not_said_to() -> None:
    assert acknowledged() == []


@pytest.mark.requirement("SC-DRL-09")
def test_the_function_that_is_addressed_reads_at_once_and_a_higher_one_when_its_rung_is_raised() -> None:
    assert acknowledged(person("duty officer", acknowledge_after_s=20.0)) == [
        (pytest.approx(STOP_S + 20.0, abs=0.5), "duty officer")
    ]
    assert acknowledged(person("commander", acknowledge_after_s=20.0)) == [
        (pytest.approx(STOP_S + 320.0, abs=1.5), "commander")
    ]


def test_who_comes_later_finds_what_waits() -> None:
    there_s = STARTER.drill.start_s + STOP_S + 60.0
    assert acknowledged(person("duty officer", from_s=there_s, acknowledge_after_s=5.0)) == [
        (pytest.approx(STOP_S + 65.0, abs=0.5), "duty officer")
    ]


def test_who_has_left_does_nothing() -> None:
    left_s = STARTER.drill.start_s + STOP_S - 1.0
    assert acknowledged(person("duty officer", until_s=left_s, acknowledge_after_s=5.0)) == []


def test_a_rule_is_about_its_kinds_and_its_subjects_only() -> None:
    other = person("duty officer", kinds=(MessageKind.NOTICE,), acknowledge_after_s=5.0)
    elsewhere = person("duty officer", about=("camp",), acknowledge_after_s=5.0)
    rest = person("duty officer", about=("keep-clear",), acknowledge_after_s=30.0)
    assert acknowledged(other, elsewhere) == []
    assert acknowledged(other, elsewhere, rest) == [(pytest.approx(STOP_S + 30.0, abs=0.5), "duty officer")]


def test_two_functions_that_were_reached_do_not_both_say_the_same() -> None:
    people = (person("duty officer", acknowledge_after_s=200.0), person("deputy", acknowledge_after_s=20.0))
    assert acknowledged(*people) == [(pytest.approx(STOP_S + 140.0, abs=1.5), "deputy")]


@pytest.mark.requirement("SC-DRL-09")
def test_reading_relaying_and_answering_are_three_things() -> None:
    seen = outcome(
        person("duty officer", relay_after_s=30.0, answer_after_s=60.0, answer=Verdict.CANNOT_COMPLY)
    ).observations
    about = [one for one in seen if one.facts.get("name") == "keep-clear"]
    assert not [one for one in about if one.what == "acknowledged"]
    assert [one.facts["unit"] for one in about if one.what == "relayed"] == ["South air arm", "South survey office"]
    assert [one.facts["verdict"] for one in about if one.what == "answered"] == ["cannot_comply"]
    assert [one.facts["step"] for one in about if one.what == "unanswered"] == ["acknowledgement"]


def test_a_function_that_no_desk_has_is_refused() -> None:
    with pytest.raises(DrillError, match=r"people\[0\]\.function \(line \d+\): 'colonel' is no function of south"):
        outcome(person("colonel", acknowledge_after_s=5.0))
