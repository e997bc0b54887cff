"""The page of a drill: whole in itself, nothing in it runs, and what a scenario says stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest

from steerclear.interfaces.drill_page import render_drill
from steerclear.model.drill import DrawnArea, DrillOutcome, FlownPath, Judged, Observation
from steerclear.model.track import AltitudeDatum

HOSTILE = '<script>alert("x")</script>'


def outcome(**changes: object) -> DrillOutcome:
    whole = DrillOutcome(
        name="small",
        title="Two nodes",
        pattern="nothing",
        happened=("It happened.",),
        missing="much",
        without="",
        uncertain=("when",),
        start_s=1_000_000.0,
        until_s=1_003_600.0,
        zero_s=1_001_000.0,
        parties=(("north", "North"), ("south", "South")),
        observations=(
            Observation(time_s=1_001_060.0, party="south", what="rung", words="the ladder reaches the deputy"),
            Observation(time_s=1_001_061.0, party="north", what="received", words="held", aside=True),
        ),
        judged=(
            Judged(name="a", met=True, what="rung", says="the ladder", seen_s=1_001_060.0, since_s=1_001_000.0),
            Judged(name="b", met=False, what="alert", says="the alert", since_s=1_001_000.0),
        ),
        paths=(
            FlownPath(
                name="stranger",
                points=((1_000_000.0, -10.0, 179.9, 1_000.0), (1_003_000.0, -10.1, -179.9, 1_000.0)),
                altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
            ),
        ),
        areas=(DrawnArea(name="zone", party="north", corners=((-10.0, 179.95), (-10.1, 179.95), (-10.1, -179.95))),),
    )
    return msgspec.structs.replace(whole, **changes)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(page: bytes) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page.decode())
    return parser.seen


@pytest.mark.requirement("SC-DRL-23")
def test_the_page_needs_nothing_and_runs_nothing() -> None:
    page = render_drill(outcome())
    assert not {tag for tag, _ in tags(page)} & {"script", "link", "img", "iframe", "object"}
    assert not re.search(rb"https?://", page)
    assert b"default-src 'none'" in page


@pytest.mark.requirement("SC-DRL-23")
def test_what_is_caught_and_what_is_missed_look_different() -> None:
    page = render_drill(outcome()).decode()
    assert "What was caught: 1 of 2" in page
    assert page.count('class="met">caught') == 1
    assert page.count('class="missed">missed') == 1


def test_words_of_a_scenario_stay_text() -> None:
    seen = Observation(time_s=1_001_000.0, party="north", what="alert", words=HOSTILE)
    area = DrawnArea(name=HOSTILE, party="north", corners=((-10.0, 10.0), (-10.1, 10.0), (-10.1, 10.1)))
    page = render_drill(outcome(title=HOSTILE, happened=(HOSTILE,), observations=(seen,), areas=(area,), paths=()))
    assert b"<script" not in page
    assert "script" not in {tag for tag, _ in tags(page)}


def test_the_map_is_whole_across_the_antimeridian() -> None:
    page = render_drill(outcome())
    [path] = [attrs["points"] for tag, attrs in tags(page) if tag == "polyline"]
    assert path is not None
    across = [float(point.split(",")[0]) for point in path.split()]
    assert all(0.0 <= x <= 1_000.0 for x in across)
    assert abs(across[1] - across[0]) > 100.0


def test_a_drill_without_aircraft_has_no_map() -> None:
    assert b"Where" not in render_drill(outcome(paths=(), areas=()))
