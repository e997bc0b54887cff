"""`python -m bench` and the README's tables."""

import json
import subprocess
import sys

import pytest

from bench import __main__ as runner
from bench import machine, readme

BLOCK = "intro\n<!-- bench:stub -->\nold numbers\n<!-- /bench:stub -->\nend\n"


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setattr(runner, "SECTIONS", {"stub": "tests.bench.section_stub", "later": "bench.of_tomorrow"})
    monkeypatch.setattr(runner, "QUICK_S", {"stub": 1.0})


def test_runs_a_section_and_writes_what_it_prints(stub, tmp_path, capsys):
    assert runner.main(["--quick", "--results", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    written = json.loads((tmp_path / "stub.json").read_text())
    assert (written["value"], written["quick"]) == (3, True)
    assert written["machine"]["cores"] >= 1
    assert (tmp_path / "stub.md").read_text() == "value 3\n"
    assert out.strip() == "value 3"
    assert "later: not in this version" in err


def test_a_section_that_fails_leaves_the_others_their_results(stub, tmp_path, capsys, monkeypatch):
    sections = {"broken": "tests.bench.section_broken", "stub": "tests.bench.section_stub"}
    monkeypatch.setattr(runner, "SECTIONS", sections)
    monkeypatch.setattr(runner, "QUICK_S", dict.fromkeys(sections, 1.0))
    assert runner.main(["--quick", "--results", str(tmp_path)]) == 1
    assert "broken: not measured: no such disk" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stub.json", "stub.md"]


def test_an_unknown_section_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stopped:
        runner.main(["detecton"])
    assert stopped.value.code == 2
    assert "detection, phases, record, line, replay" in capsys.readouterr().err


@pytest.mark.requirement("SC-BEN-04")
def test_readme_carries_the_result_to_the_letter(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(BLOCK)
    (tmp_path / "stub.md").write_text("| 1.3 ms |\n")
    assert readme.rewrite(tmp_path, page)
    assert "| 1.3 ms |" in page.read_text()
    assert "old numbers" not in page.read_text()
    assert page.read_text().startswith("intro\n")
    assert page.read_text().endswith("end\n")
    assert not readme.rewrite(tmp_path, page), "a second time changes nothing"


@pytest.mark.requirement("SC-BEN-04")
def test_a_block_without_its_result_is_named(tmp_path):
    with pytest.raises(readme.MissingResultError, match=r"stub\.md is not there: run `make bench`"):
        readme.with_results(BLOCK, tmp_path)


@pytest.mark.requirement("SC-BEN-04")
def test_check_finds_a_number_changed_by_hand(tmp_path, monkeypatch, capsys):
    page = tmp_path / "README.md"
    (tmp_path / "stub.md").write_text("| 1.3 ms |\n")
    page.write_text(BLOCK)
    readme.rewrite(tmp_path, page)
    monkeypatch.setattr(readme, "README", page)
    monkeypatch.setattr(readme, "PAGES", ())
    monkeypatch.setattr(readme, "RESULTS", tmp_path)
    assert readme.main(["--check"]) == 0
    page.write_text(page.read_text().replace("1.3", "1.2"))
    assert readme.main(["--check"]) == 1
    assert "run `python -m bench.readme`" in capsys.readouterr().err


@pytest.mark.requirement("SC-BEN-04")
def test_this_readme_agrees_with_the_results():
    done = subprocess.run(
        [sys.executable, "-m", "bench.readme", "--check"], cwd=machine.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
