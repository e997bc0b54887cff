"""The long proofs as a program: what it says, and that it goes on whatever happens in a part."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests import prove
from tests.proofs import ALL_BITS, PARTS, ROOT, Done, Part
from tests.services.edits import edited_bytes


def holds(first: int, count: int, size: int) -> Done:
    done = Done(count, worst_s=first / 10)
    done.counts["odd"] = sum(number % 2 for number in range(first, first + count))
    return done


def breaks(first: int, count: int, size: int) -> Done:
    return Done(count, [f"unit {first} of {size} was lost"] if first else [])


def raises(first: int, count: int, size: int) -> Done:
    raise AssertionError("not in the order they were said")


def dies(first: int, count: int, size: int) -> Done:
    os._exit(7)


def a_part(work, full: int = 10) -> Part:
    return Part(work.__name__.upper(), "0", f"units, each {work.__name__}", full, 4, 0.0, work, workers=1)


@pytest.mark.requirement("SC-PRM-10")
def test_a_part_that_fails_leaves_the_others_running(capsys: pytest.CaptureFixture[str]) -> None:
    parts = [a_part(work) for work in (breaks, raises, dies, holds)]
    kept: list[str] = []
    results = prove.prove({part.variable: 10 for part in parts}, parts, lambda name, _: kept.append(name))
    assert kept == list(results) == ["BREAKS", "RAISES", "DIES", "HOLDS"]
    assert results["BREAKS"]["broken"] == ["unit 4 of 10 was lost"]
    assert "not in the order they were said" in results["RAISES"]["broken"][0]
    assert "terminated abruptly" in results["DIES"]["broken"][0]
    assert results["HOLDS"] == results["HOLDS"] | {"made": 10, "broken": [], "counts": {"odd": 5}, "worst_s": 0.8}
    said = capsys.readouterr().out
    assert "10 of 10 units, each holds, 0 broken" in said or "4 of 10 units, each holds, 0 broken" in said
    assert "promise 0: BROKEN in 8 units, each breaks" in said
    assert "promise 0: held in 10 units, each holds" in said


@pytest.mark.requirement("SC-PRM-10")
def test_a_part_that_was_stopped_goes_on_behind_its_last_whole_block(monkeypatch) -> None:
    monkeypatch.setattr(prove, "KEEP_EVERY_S", 0.0)
    part, kept = a_part(holds, 18), []
    whole = prove.prove({"HOLDS": 18}, [part], lambda _, result: kept.append(result))["HOLDS"]
    assert [result["made"] for result in kept] == [4, 8, 12, 16, 18, 18]
    for kept_result in kept:
        stopped = {**kept_result, "commit": "0000000", "took_s": 100.0}
        result = prove.prove({"HOLDS": 18}, [part], lambda *_: None, {"HOLDS": stopped})["HOLDS"]
        same = ("made", "asked", "broken", "counts", "worst_s")
        assert [result[name] for name in same] == [whole[name] for name in same]
        assert result["took_s"] >= 100.0
        assert result["commit"] == (f"0000000 to {prove.commit()}" if stopped["made"] < 18 else "0000000")


def test_another_size_or_a_broken_promise_begins_anew() -> None:
    part = a_part(holds)
    whole = prove.prove({"HOLDS": 10}, [part], lambda *_: None)["HOLDS"]
    for stopped in ({**whole, "asked": 11}, {**whole, "made": 4, "broken": ["unit 3 was lost"]}):
        result = prove.prove({"HOLDS": 10}, [part], lambda *_: None, {"HOLDS": {**stopped, "took_s": 1e6}})["HOLDS"]
        assert (result["made"], result["counts"], result["broken"]) == (10, {"odd": 5}, [])
        assert result["took_s"] < 1e6


@pytest.mark.requirement("SC-PRM-10")
@pytest.mark.parametrize(("work", "code"), [(holds, 0), (breaks, 1)])
def test_the_exit_code_and_the_written_table_say_what_held(monkeypatch, tmp_path, work, code) -> None:
    part = a_part(work)
    page, results = tmp_path / "promises.md", tmp_path / "promises.json"
    page.write_text(f"before\n{prove.BEGIN}\nold\n{prove.END}\nafter\n")
    for name, value in (("PARTS", (part,)), ("PAGE", page), ("RESULTS", results)):
        monkeypatch.setattr(prove, name, value)
    monkeypatch.setattr(prove, "sizes_of", lambda words, only: {part.variable: 10})
    assert prove.main(["--write"]) == code
    written = page.read_text()
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "\nold\n" not in written
    (row,) = re.findall(r"^\| 0 \| (.+?) \| (.+?) \| (\d+) \|", written, re.MULTILINE)
    assert row == (("units, each holds (odd: 5)", "10", "0") if code == 0 else ("units, each breaks", "8 of 10", "1"))
    assert json.loads(results.read_text())[part.variable]["asked"] == 10


def test_sizes_are_set_by_name_and_a_wrong_name_is_told() -> None:
    parts = [a_part(holds), a_part(breaks)]
    assert prove.sizes_of([], False, parts) == {"HOLDS": 10, "BREAKS": 10}
    assert prove.sizes_of(["HOLDS=3", "BREAKS=0"], False, parts) == {"HOLDS": 3, "BREAKS": 0}
    assert prove.sizes_of(["HOLDS=3"], False, parts) == {"HOLDS": 3, "BREAKS": 10}
    assert prove.sizes_of(["HOLDS"], True, parts) == {"HOLDS": 10, "BREAKS": 0}
    for word in ("HOLD=3", "HOLD", "HOLDS=many", "HOLDS=-1", "HOLDS="):
        with pytest.raises(ValueError, match=r"is no part|give a number"):
            prove.sizes_of([word], False, parts)


def test_the_full_sizes_are_what_there_is() -> None:
    assert 8 * edited_bytes() == ALL_BITS
    full = {part.variable: part.full for part in PARTS}
    assert len(full) == len(PARTS)
    assert full["KILLS"] + full["NODE_KILLS"] >= 10_000
    assert full["POWER_CUTS"] >= 1_000_000
    assert full["SEEDS"] >= 1_000_000
    assert full["PARTITIONS"] >= 1_000


def test_the_makefile_and_the_page_know_every_part() -> None:
    (names,) = re.findall(r"^PROVE_SIZES := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert names.split() == [part.variable for part in PARTS]
    page = prove.PAGE.read_text()
    assert [part.variable for part in PARTS if f"`{part.variable}`" not in page] == []


def test_the_table_on_the_page_is_the_written_results() -> None:
    results = json.loads(prove.RESULTS.read_text()) if prove.RESULTS.exists() else {}
    page = prove.PAGE.read_text()
    assert prove.with_table(page, results) == page
