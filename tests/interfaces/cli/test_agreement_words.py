"""An agreement in words says everything, and what changed between two versions is said in the parties' terms."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.agreement_diff import differences
from steerclear.interfaces.cli.agreement_words import duration_text, in_words
from steerclear.model.agreement import Agreement
from tests.interfaces.agreement_file.drawn_terms import agreements

EXAMPLE = (Path(__file__).parents[3] / "docs" / "example-agreement.toml").read_text()


def told(old: str, new: str) -> list[str]:
    """What is said of one change in the example."""
    assert old in EXAMPLE
    after = decode_agreement(EXAMPLE.replace(old, new, 1).encode())
    return [change.text for change in differences(decode_agreement(EXAMPLE.encode()), after)]


@pytest.mark.requirement("SC-AGR-09")
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'acknowledge_within = "60 s"\nrelay',
            'acknowledge_within = "45 s"\nrelay',
            "deadline for safety stop immediate: 60 s -> 45 s",
        ),
        ('respond_within = "30 min"\n', "", "no longer: answer to request urgent: 30 min"),
        ('"Relief flights"]', '"Relief flights", "Mountain rescue"]', "south binds: also Mountain rescue"),
        ('["NAS", "BGA"]', '["NAS", "XYZ"]', "aircraft of north, callsigns beginning with: also XYZ and without BGA"),
        ('radius = "4 NM"', 'radius = "5 NM"', "place of the-pass: circle of 4 NM around 47.0 N 10.6 E -> circle of 5 "
         "NM around 47.0 N 10.6 E"),
        ('upper = "14,000 ft"', 'upper = "13,500 ft"', "heights of the-pass: 0 ft to 14,000 ft, standard pressure -> "
         "0 ft to 13,500 ft, standard pressure"),
        ('["north", "south"]\ndisputed = true', '["north"]', "who controls the-pass: disputed: claimed by north and "
         "south -> north"),
        ('horizontal = "0.5 NM"', 'horizontal = "0.4 NM"', "minima between crewed and uncrewed in lower-valley: 0.5 NM "
         "or 400 ft, predicted 90 s ahead -> 0.4 NM or 400 ft, predicted 90 s ahead"),
        ('before = "2 h"', 'before = "3 h"', "notice of flight: 2 h before it begins -> 3 h before it begins"),
        ('after = "5 min"', 'after = "4 min"', "ladder urgent: duty officer at once, deputy after 2 min, commander "
         "after 5 min, and last minister after 15 min -> duty officer at once, deputy after 2 min, commander after 4 "
         "min, and last minister after 15 min"),
        ('"lMBmv4Zq5DfcF2ZZyGUpPyTbMZ0aCeRyCGM4gQnKeAI="', '"lMBmv4Zq5DfcF2ZZyGUpPyTbMZ0aCeRyCGM4gQnKeAM="',
         "witness key of south: 1733 39f2 200b fe01 fb4d 08e9 a574 a6fc -> "),
        ('[[precedence]]\nby = "crewed"\n', '', "who goes first where two plans conflict: emergency and medical "
         "flights, then the higher priority, then crewed before uncrewed, then flights in use before planned ones, "
         "then south before north, then what was declared earlier -> emergency and medical flights, then the higher "
         "priority, then flights in use"),
        ('at = [46.95, 10.35]', 'at = "46.95,10.36"', "place Valley airfield: 46.95 N 10.35 E -> 46.95 N 10.36 E"),
        ('series = 3', 'series = 4', "missed line checks that are more than an accident: 3 -> 4"),
    ],
)  # fmt: skip
def test_a_change_is_told_in_the_terms_of_the_parties(old: str, new: str, expected: str) -> None:
    changes = told(old, new)
    assert len(changes) == 1
    assert changes[0].startswith(expected)


@pytest.mark.requirement("SC-AGR-09")
@given(agreements())
def test_every_term_is_said_once_and_the_same_terms_say_the_same(terms: Agreement) -> None:
    lines = in_words(terms)
    assert len({(line.part, line.topic) for line in lines}) == len(lines)
    assert all(line.text.isprintable() for line in lines)
    assert differences(terms, terms) == ()


def a_little_more(value: float) -> float:
    return value * (1 + 1e-9) if value % 1 else value + 1


@pytest.mark.requirement("SC-AGR-09")
@given(agreements())
def test_no_change_is_too_small_to_be_told(terms: Agreement) -> None:
    replace = msgspec.structs.replace
    minima = replace(terms.minima, horizontal_m=a_little_more(terms.minima.horizontal_m))
    assert len(differences(terms, replace(terms, minima=minima))) == 1
    minima = replace(terms.minima, vertical_m=a_little_more(terms.minima.vertical_m))
    assert len(differences(terms, replace(terms, minima=minima))) == 1
    for kind in (
        "deadlines",
        "message_deadlines",
        "areas",
        "fallbacks",
        "disclosure",
        "notice_times",
        "ladders",
        "precedence",
        "places",
    ):
        if getattr(terms, kind):
            assert differences(terms, replace(terms, **{kind: getattr(terms, kind)[1:]}))
    checks = replace(terms.line_checks, every_s=a_little_more(terms.line_checks.every_s))
    assert [change.topic for change in differences(terms, replace(terms, line_checks=checks))] == ["line check every"]
    party = replace(terms.parties[0], keys=None, name=terms.parties[0].name + "x")
    assert differences(terms, replace(terms, parties=(party, *terms.parties[1:])))


def test_durations_are_said_as_people_say_them() -> None:
    said = {60.0: "60 s", 90.0: "90 s", 120.0: "2 min", 3_600.0: "1 h", 5_400.0: "90 min", 86_400.0: "24 h",
            172_800.0: "2 d", 0.5: "0.5 s"}  # fmt: skip
    assert {value_s: duration_text(value_s) for value_s in said} == said
