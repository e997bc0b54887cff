"""`steerclear drill`: a story that somebody who writes no programs can read, and exit codes that a script can."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from steerclear.app.main import main
from steerclear.interfaces.cli.drill_story import since, span
from steerclear.interfaces.scenario_file import shipped_names, starter_file


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["drill", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.requirement("SC-DRL-20")
def test_a_drill_tells_its_story_and_what_was_caught(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "was-it-said")
    assert code == 0
    assert "Drawn from a combat aircraft over a third state, 18 June 2017; places and parties are invented." in out
    assert re.search(r"^16:44:00 \(\+24:00\) +north +no answer from south: nobody has acknowledged", out, re.MULTILINE)
    assert "Caught: 6 of 6" in out
    assert "[ok]     never-read: received is not read" in out
    assert "Not known for sure: north says last-call" in out


@pytest.mark.requirement("SC-DRL-20")
def test_the_same_by_its_name_and_by_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "was-it-said") == run(capsys, "run", "was-it-said")


@pytest.mark.requirement("SC-DRL-20")
def test_what_is_missed_is_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "run", "was-it-said", "--without", "by-telephone")
    assert code == 20
    assert "This time without a part of the mechanism: a telephone, of which nothing is on record." in out
    assert "[MISSED] first-call-held" in out


def test_machines_receipts_are_told_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    words = "machine has signed that it holds the line check"
    assert words not in run(capsys, "was-it-said")[1]
    assert words in run(capsys, "was-it-said", "--everything")[1]


@pytest.mark.requirement("SC-DRL-21")
def test_a_drill_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "was-it-said", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["met"] is True
    assert {one["name"]: one["met"] for one in told["judged"]}["one-record"] is True
    assert any(one["what"] == "unanswered" and one["facts"]["name"] == "last-call" for one in told["observations"])


@pytest.mark.requirement("SC-DRL-21")
def test_the_list_names_every_drill(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list", "--json")
    listed = json.loads(out)
    assert code == 0
    assert [one["name"] for one in listed] == list(shipped_names())
    assert all(one["without"] and one["expect"] for one in listed)
    assert all(name in run(capsys, "list")[1] for name in shipped_names())


@pytest.mark.requirement("SC-DRL-22")
def test_a_scenario_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file, page = tmp_path / "mine.toml", tmp_path / "mine.html"
    assert run(capsys, "new", str(file))[0] == 0
    assert file.read_bytes() == starter_file()
    assert run(capsys, "new", str(file))[0] == 9, "what is there is not replaced"
    code, out, _ = run(capsys, "check", str(file))
    assert code == 0
    assert "can be played" in out
    assert run(capsys, "run", str(file), "--html", str(page))[0] == 0
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.requirement("SC-DRL-22")
def test_a_scenario_that_is_wrong_is_refused_with_the_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(starter_file().replace(b'acknowledge_after = "20 s"', b'acknowledge_after = "soon"', 1))
    code, _, err = run(capsys, "check", str(file))
    assert code == 21
    assert re.search(r"people\[0\]\.acknowledge_after \(line \d+\): 'soon' is not understood", err)
    file.write_bytes(starter_file().replace(b'party = "north"\ncircle', b'party = "nobody"\ncircle', 1))
    code, _, err = run(capsys, "check", str(file))
    assert code == 21
    assert re.search(r"agreement\.zones\[0\]\.party \(line \d+\)", err)


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("run", "no-such-drill"), 2, "there is no drill 'no-such-drill'"),
        (("run", "was-it-said", "--without", "nothing"), 2, "takes nothing called 'nothing' away"),
        (("check", "no-such-file.toml"), 21, "No such file"),
        (("run", "was-it-said", "--html", "/no/such/folder/page.html"), 9, "cannot write"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, why: str
) -> None:
    ended, _, err = run(capsys, *arguments)
    assert ended == code
    assert why in err


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "+0:00"), (70.0, "+1:10"), (-48.0, "-0:48"), (14_292.0, "+3:58:12"), (-0.2, "+0:00"), (59.9996, "+1:00")],
)
def test_times_are_told_from_the_zero_of_the_story(seconds: float, words: str) -> None:
    assert since(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under a second"), (65.0, "1 min 5 s"), (14_520.0, "4 h 2 min"), (-3.0, "3 s"), (3_600.0, "1 h")],
)
def test_durations_are_told_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words
