"""What a peer wrote reaches a person's terminal as text: it can neither move the cursor nor end the listing."""

from __future__ import annotations

import pytest

from steerclear.interfaces.cli.output import print_line, print_table, shown, utc

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
