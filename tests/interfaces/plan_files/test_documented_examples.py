"""Every example of docs/plan-files.md is read, and gives what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from steerclear.interfaces.plan_files import FORMATS, PlanDefaults, decode_plan
from steerclear.interfaces.plan_files.reading import sniff
from steerclear.model.plan_draft import PlanDraft

PAGE = Path(__file__).parents[3] / "docs" / "plan-files.md"
EXAMPLES = [
    (title, example)
    for title, part in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for example in re.findall(r"^```\w+\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
]
NAMED = next(example for title, example in EXAMPLES if example.startswith("name,latitude"))
PLANS = [(title, example) for title, example in EXAMPLES if example is not NAMED]


def read(example: str) -> PlanDraft:
    return decode_plan(example.encode(), None, PlanDefaults(named_points=NAMED.encode()))


@pytest.mark.requirement("SC-FMT-12")
def test_there_is_an_example_of_every_format() -> None:
    assert [sniff(example.encode()) for _, example in PLANS] == list(FORMATS)


@pytest.mark.requirement("SC-FMT-12")
@pytest.mark.parametrize(("title", "example"), PLANS, ids=[title for title, _ in PLANS])
def test_the_example_is_read(title: str, example: str) -> None:
    draft = read(example)
    assert draft.volumes
    assert draft.volumes[0].from_s < 1_796_112_000.0 + 1.0 < draft.volumes[-1].until_s


@pytest.mark.requirement("SC-FMT-12")
def test_what_the_page_says_is_assumed_is_what_is_assumed() -> None:
    said = " ".join(read(PLANS[-1][1]).assumptions)
    for words in ("5 NM", "300 ft", "15 minutes", "200 ft per NM"):
        assert words in said
    assert read(PLANS[0][1]).assumptions == (
        "where the level changes, the flight may be at any height between the two along the whole leg",
    )
