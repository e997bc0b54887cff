"""What a peer wrote reaches a person's terminal as text: it can neither move the cursor nor end the listing."""

from __future__ import annotations

import json

import pytest

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, shown, utc

HOSTILE = "seen\x1b[2J\x9b1m\u202eend\r\nsouth  up"


def test_no_control_character_reaches_the_terminal(capsys):
    print_table(("peer", "reason"), (("south", HOSTILE),))
    print_line(HOSTILE)
    printed = capsys.readouterr().out
    assert all(char.isprintable() or char == "\n" for char in printed)
    assert "\\x1b[2J" in printed


@pytest.mark.parametrize("text", ["plain", "Bodø, 10\u00a0NM", "北京"])
def test_what_people_write_is_shown_as_it_is(text):
    assert shown(text) == text


@pytest.mark.parametrize("time_s", [1e15, -1e15, 1e300])
def test_a_time_in_no_calendar_does_not_end_a_listing(time_s):
    assert utc(time_s).endswith(" s")


MESSAGES = (
    ("north:south:1", "safety stop", "arrived", "", "06:38:01Z", "duty officer 06:38:01Z, deputy 06:38:11Z, commander"),
    ("north:south:22", "line check", "sent", "duty officer, north-desk", "06:39:01Z", ""),
)
HEADINGS = ("message", "kind", "", "acknowledged", "due", "rungs")


@pytest.mark.parametrize("columns", range(20, 140, 7))
def test_no_word_of_a_listing_is_broken_however_narrow_the_terminal(monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(HEADINGS, MESSAGES, title="Messages")
    words = capsys.readouterr().out.split()
    for row in MESSAGES:
        for cell in row:
            assert all(word in words for word in cell.split())


def test_a_listing_that_does_not_fit_becomes_a_paragraph_a_row_with_every_cell_under_its_heading(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    print_table(HEADINGS, MESSAGES)
    assert capsys.readouterr().out.splitlines() == [
        "north:south:1  arrived",
        "  kind          safety stop",
        "  due           06:38:01Z",
        "  rungs         duty officer 06:38:01Z, deputy 06:38:11Z, commander",
        "",
        "north:south:22  sent",
        "  kind          line check",
        "  acknowledged  duty officer, north-desk",
        "  due           06:39:01Z",
    ]


@pytest.mark.parametrize("columns", [70, 80, 200])
def test_a_listing_that_fits_is_a_table_no_wider_than_the_terminal(monkeypatch, capsys, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(("log", "entries", "says"), (("north-to-south", 8, "so many words that a line has to end " * 3),))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["log", "entries", "says"]
    assert lines[1].startswith("north-to-south  8 ")
    assert max(map(len, lines)) <= columns


def test_the_name_of_a_file_that_is_no_text_is_told_in_json_too(capfdbinary):
    print_json({"file": "caf\udce9.zip", "bytes": 7})
    assert json.loads(capfdbinary.readouterr().out) == {"file": "caf\udce9.zip", "bytes": 7}


def test_a_check_that_was_broken_off_has_not_succeeded():
    def broken_off() -> None:
        raise KeyboardInterrupt

    assert ending(broken_off) == ExitCode.INTERRUPTED
    assert ending(broken_off, interrupted=ExitCode.OK) == ExitCode.OK  # for what is ended in no other way
