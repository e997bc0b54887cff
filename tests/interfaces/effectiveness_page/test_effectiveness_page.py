"""The page of the report, and the command that writes it."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import msgspec
import pytest

from steerclear.interfaces.effectiveness_page import render_effectiveness
from steerclear.services.acknowledge import acknowledge
from tests.services.bundles import export_bytes, signed_files
from tests.services.effectiveness.story import Story, stop, terms
from tests.services.parties import START_S

HOSTILE = "</style><script>alert(1)</script>\"' onload=x & <b>"


@pytest.fixture(scope="module")
def story():
    told = Story()
    for seconds in (10.0, 20.0, 90.0):
        asked = told.tell("north", stop())
        told.wait(seconds)
        told.answer("south", acknowledge, asked)
    yield told
    told.close()


@pytest.mark.requirement("SC-EFF-07")
def test_the_page_needs_nothing_and_runs_nothing(story):
    page = render_effectiveness(story.report(), "EXERCISE").decode()
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<iframe|https?://|@import|url\(", page)
    assert page.count("EXERCISE") == 2
    assert "Half of 3 acknowledgements came within 20 s" in page
    assert "Not measured" in page
    assert 'role="img"' in page


@pytest.mark.requirement("SC-EFF-07")
def test_no_word_from_outside_becomes_part_of_the_page(story):
    report = story.report()
    hostile = msgspec.structs.replace(
        report,
        agreement_id=HOSTILE,
        sources=(HOSTILE,),
        not_read=(HOSTILE,),
        functioning=HOSTILE,
        measures=tuple(
            msgspec.structs.replace(
                one, words=HOSTILE, party=HOSTILE, detail=HOSTILE, outcomes={HOSTILE: 1}, figures={HOSTILE: 1.0}
            )
            for one in report.measures
        ),
    )
    page = render_effectiveness(hostile, HOSTILE).decode()
    assert "<script" not in page
    assert page.count("<style>") == page.count("</style>") == 1
    assert not re.search(r"<[^>]*onload=x[^>]*>", re.sub(r'"[^"]*"', "", page))


@pytest.mark.requirement("SC-EFF-06")
def test_the_command_reads_bundles_and_writes_the_page(story, tmp_path):
    bundle, page = tmp_path / "record.zip", tmp_path / "report.html"
    bundle.write_bytes(export_bytes(story.north.exchange, "south", (signed_files(terms()),)))

    def report(*arguments):
        command = [sys.executable, "-c", "from steerclear.app.main import main; main()", "report", "effectiveness"]
        return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)

    made = report(bundle, "--from", "2027-01-15T08:00:00Z", "--json", "--html", page)
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["from_s"] == START_S
    (times,) = [one for one in told["measures"] if (one["measure"], one["party"]) == ("acknowledgement_time", "south")]
    assert times["figures"]["median_s"] == 20.0
    assert page.read_bytes().startswith(b"<!doctype html>")
    again = report(bundle, "--html", page)
    assert again.returncode == 9
    assert "is there already" in again.stderr
    assert report(bundle, "--from", "yesterday").returncode == 2
    bundle.write_bytes(b"PK")
    assert report(bundle).returncode == 8
    plain = report(tmp_path / "none.zip")
    assert plain.returncode == 8
