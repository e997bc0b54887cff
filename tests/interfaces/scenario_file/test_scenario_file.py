"""Scenario files: what is read, and what is refused with the key and the line where it stands."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.interfaces.scenario_file import (
    ScenarioError,
    decode_scenario,
    limits,
    shipped_names,
    shipped_scenario,
    values,
)
from steerclear.interfaces.scenario_file.shipped import starter_file

STARTER = starter_file().decode()
START_S = 1_768_464_000.0
"""2026-01-15T08:00:00Z."""


def refused(old: str, new: str) -> str:
    assert STARTER.count(old) >= 1
    with pytest.raises(ScenarioError) as fault:
        decode_scenario(STARTER.replace(old, new, 1).encode())
    return str(fault.value)


def line_of(text: str, source: str = STARTER) -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if text in line)


@pytest.mark.requirement("SC-DRL-10")
def test_the_starter_is_read_in_si() -> None:
    scenario = decode_scenario(STARTER.encode())
    assert scenario.drill.start_s == START_S
    assert scenario.drill.until_s == START_S + 3_600.0
    assert scenario.tracks[0].path[1].at_s == START_S + 1_200.0
    assert scenario.tracks[0].path[0].altitude_m == pytest.approx(1_524.0)
    assert scenario.says[0].volume is not None
    assert scenario.says[0].volume.circle is not None
    assert scenario.says[0].volume.circle.radius_m == 6_000.0
    assert scenario.agreement["zones"][0]["circle"]["radius"] == "6 km", "the agreement's tables are left as they are"


@pytest.mark.requirement("SC-DRL-10")
@pytest.mark.parametrize("name", shipped_names())
def test_shipped_scenarios_are_read_under_their_own_names(name: str) -> None:
    assert decode_scenario(shipped_scenario(name)).drill.name == name


@pytest.mark.requirement("SC-DRL-11")
@pytest.mark.parametrize(
    ("old", "new", "place", "why"),
    [
        ('at = "08:21"', 'at = "8:21"', "says[0].at", "is no time"),
        ('radius = "500 m"', 'radius = "500"', "declares[0].radius", "is not understood"),
        ('radius = "500 m"', 'radius = "500 yd"', "declares[0].radius", "is no unit here"),
        ('every = "5 s"', 'every = "0.1 s"', "feeds[0].every", "is not within"),
        ("position = [-10.0, -150.0]\n", "position = [-91.0, -150.0]\n", "declares[0].position", "latitude"),
        ("position = [-10.0, -150.0]\n", "positoin = [-10.0, -150.0]\n", "declares[0]", "there is no key `positoin`"),
        ('name = "stranger"\n', "", "tracks[0]", "is without the key `name`"),
        ('kind = "safety_stop"', 'kind = "threat"', "says[0].kind", "invalid enum value"),
        ('party = "north"\nname = "camp"', 'party = "nobody"\nname = "camp"', "declares[0].party", "is no party"),
        ('name = "stranger"\n', 'name = "str anger"\n', "tracks[0].name", "str anger"),
        ('what = "rung"', 'what = "shot"', "expect[1].what", "is none of"),
        ('function = "deputy" }', 'officer = "deputy" }', "expect[1].where", "says nothing of 'officer'"),
        ('fails = ["deputy-reached", "agencies-know"]', 'fails = ["nothing"]', "without[0].fails", "is no expectation"),
        ('off = ["ladders"]', "off = []", "without[0].name", "takes nothing away"),
        ('unbound = ["South survey office"]', 'unbound = ["Others"]', "without[1].unbound", "is no agency"),
        ('answer_after = "90 s"\n', "", "people[1]", "go together"),
        ('until = "09:00"\nzero', 'until = "+72 h"\nzero', "drill.until", "is more than"),
        ('until = "09:00"\nzero', 'until = "08:00"\nzero', "drill.until", "after the start"),
        ('zero = "08:20"', 'zero = "07:00"', "drill.zero", "is not between"),
        ("start = 2026-01-15T08:00:00Z", "start = 2026-01-15", "drill.start", "is no date and time in UTC"),
        ('subject = "protected_site"', 'subject = "activity"', "declares[0].subject", "as a zone"),
        ('radius = "500 m"\n', "", "declares[0]", "needs position, radius"),
    ],
)
def test_a_fault_is_told_with_its_key_and_line(old: str, new: str, place: str, why: str) -> None:
    said = refused(old, new)
    assert said.startswith(place), said
    assert why in said
    assert re.search(r"\(line \d+\)", said), said


@pytest.mark.requirement("SC-DRL-11")
def test_the_line_of_an_inline_entry_is_its_own() -> None:
    said = refused('{ at = "08:24", position = [-10.02, -150.0]', '{ at = "08:19", position = [-10.02, -150.0]')
    assert said.startswith("tracks[0].path[2].at")
    assert f"(line {line_of('{ at = ' + chr(34) + '08:24')})" in said
    assert "not later than the point before" in said


def test_a_path_that_nobody_can_fly_is_refused() -> None:
    assert "only faster than" in refused("position = [-10.30, -150.1]", "position = [30.0, -150.1]")


def test_a_step_before_its_declaration_is_refused() -> None:
    assert "has declared no 'camp' before" in refused('name = "camp"\n', 'name = "camp"\nstep = "amend"\n')


def test_text_that_does_not_show_is_refused() -> None:
    assert "printable" in refused('text = "People of ours', 'text = "\\u202ePeople of ours')


@pytest.mark.requirement("SC-DRL-12")
def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(ScenarioError, match="the limit is"):
        decode_scenario(b"#" * (limits.MAX_FILE_BYTES + 1))


@pytest.mark.requirement("SC-DRL-12")
def test_too_many_of_anything_are_refused() -> None:
    many = "".join(f'[[notes]]\nat = "08:10"\ntext = "{number}"\n' for number in range(limits.MAX_STEPS + 1))
    with pytest.raises(ScenarioError, match="notes"):
        decode_scenario((STARTER + many).encode())


@pytest.mark.requirement("SC-DRL-12")
def test_too_many_reports_are_refused() -> None:
    source = STARTER.replace('every = "5 s"', 'every = "1 s"').replace('until = "09:00"\nzero', 'until = "+47 h"\nzero')
    start = source.index("path = [\n")
    end = source.index("]\n", source.index("-150.1]", start)) + 2
    legs = '{ at = "+1 s", position = [-9.7, -150.0], altitude = "100 m" }, '
    legs += '{ at = "+46 h", position = [-9.8, -150.0], altitude = "100 m" },'
    track = f'[[tracks]]\nname = "T0"\npath = [{legs}]\n'
    source = (
        source[: source.index("[[tracks]]")] + "".join(track.replace("T0", f"t{n}") for n in range(2)) + source[end:]
    )
    with pytest.raises(ScenarioError, match="reports; the limit is"):
        decode_scenario(source.encode())


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[drill", b"", b"a" + b".a" * 5000 + b" = 1", b"x = " + b"[" * 5000])
@pytest.mark.requirement("SC-DRL-12")
def test_what_is_no_scenario_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(ScenarioError):
        decode_scenario(data)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_a_time_of_day_is_of_the_first_day_or_the_next(hour: int, minute: int, second: int) -> None:
    at_s = values.moment(START_S)(f"{hour:02d}:{minute:02d}:{second:02d}")
    assert START_S <= at_s < START_S + 86_400.0
    assert (at_s - START_S + 8 * 3_600) % 86_400 == hour * 3_600 + minute * 60 + second


@given(st.integers(0, 20), st.integers(0, 59), st.integers(0, 59))
def test_durations_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert values.duration()(f"{hours} h {minutes} min {seconds} s") == hours * 3_600 + minutes * 60 + seconds


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (
        values.moment(START_S),
        values.duration(),
        values.length,
        values.height,
        values.signed,
        values.address,
    ):
        with contextlib.suppress(ValueError):
            read(text)


@given(st.data())
def test_a_scenario_with_a_line_damaged_is_read_or_refused(data: st.DataObject) -> None:
    lines = STARTER.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    lines[number] = data.draw(st.one_of(st.just(""), st.text(max_size=30), st.just(lines[number][::-1])))
    with contextlib.suppress(ScenarioError):
        decode_scenario("\n".join(lines).encode())
