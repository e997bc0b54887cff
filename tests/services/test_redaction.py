"""Redaction: what is withheld is not shown, nothing else changes, and everyone is told."""

from __future__ import annotations

import io

import pytest

from steerclear.app.commands.record import read_versions
from steerclear.services.acknowledge import acknowledge
from steerclear.services.record_bundle import RecordError
from steerclear.services.redact_record import WithholdError, redact_record
from tests.services import every_kind
from tests.services.bundles import (
    checked,
    contents_withheld,
    export_bytes,
    first_bundle,
    refusals,
    unpacked,
    verified,
)
from tests.services.parties import START_S, Node, make_alert, settle
from tests.services.test_bundle_verifier import SHAPES, say
from tests.services.test_record import BUNDLE, CONTENTS

THEIRS = "logs/south-to-north/contents.jsonl"


def redacted(files: dict[str, bytes], *message_ids: str) -> dict[str, bytes]:
    sink = io.BytesIO()
    redact_record(first_bundle(files), message_ids, sink, read_versions)
    return unpacked(sink.getvalue())


@pytest.mark.requirement("SC-REC-81")
def test_what_is_withheld_is_not_in_the_bundle_and_the_rest_is_as_it_was():
    files = redacted(BUNDLE, "north:south:1", "south:north:1")
    assert {name for name in BUNDLE if files[name] != BUNDLE[name]} == {CONTENTS, THEIRS}
    assert files[CONTENTS].splitlines()[1] == b"null"
    kept = [line for place, line in enumerate(BUNDLE[CONTENTS].splitlines()) if place != 1]
    assert [line for line in files[CONTENTS].splitlines() if line != b"null"] == kept
    report = verified(files)
    assert [log.withheld for log in report.logs] == [("north:south:1",), ("south:north:1",)]
    assert report.logs[0].messages[1].kind == "not shown"
    assert any(
        "what 1 of its entries say: their contents are withheld, by whom is not" in words for words in report.not_proven
    )
    assert checked(files)["logs"][1]["withheld"] == ["south:north:1"]


@pytest.mark.requirement("SC-REC-82")
def test_what_may_have_been_answered_by_a_withheld_entry_is_neither_answered_nor_not():
    whole = verified(BUNDLE)
    assert whole.logs[0].messages[0].acknowledged is not None
    assert whole.logs[0].unanswered == ("north:south:1", "north:south:2")
    report = verified(redacted(BUNDLE, "south:north:1"))  # the acknowledgement of the first
    ours = report.logs[0]
    assert ours.messages[0].acknowledged is None
    assert ours.states["acknowledged"] == 0
    # It had seen the first two; of the third, which came later, everything is known.
    assert ours.unanswered == ("north:south:2",)
    assert ours.with_step("not_shown", "acknowledgement") == ("north:south:0", "north:south:1")
    # A question that is not shown is not owed anything that can be counted.
    asked = verified(redacted(BUNDLE, "north:south:1"))
    assert asked.logs[0].unanswered == ("north:south:2",)
    assert asked.logs[0].messages[1].due_s == {}


@pytest.mark.requirement("SC-REC-82")
def test_an_answer_is_not_called_late_where_a_withheld_entry_may_have_come_in_time():
    north, south = Node("north"), Node("south")
    north.announce(make_alert(1))
    settle(north, south)
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer").stored.result()
    for node in (north, south):
        node.clock.time_s = START_S + 61.0
    acknowledge(south.exchange, "north:south:0", "south-desk", "commander").stored.result()
    settle(north, south)
    files = unpacked(export_bytes(north.exchange, "south"))
    for node in (north, south):
        node.close()
    first_only = verified(redacted(files, "south:north:1")).logs[0].messages[0]
    assert (first_only.acknowledged.message_id, first_only.not_shown) == ("south:north:0", ())
    last_only = verified(redacted(files, "south:north:0")).logs[0].messages[0]
    assert (last_only.acknowledged.message_id, last_only.not_shown) == ("south:north:1", ("acknowledgement",))
    assert last_only.late == {}


@pytest.mark.requirement("SC-REC-81")
def test_every_content_can_be_withheld_one_by_one_and_again():
    files = BUNDLE
    for message_id in ("south:north:0", "north:south:2", "north:south:0", "north:south:0"):
        files = redacted(files, message_id)
        assert refusals(files) == (None, None)
    assert [len(log.withheld) for log in verified(files).logs] == [2, 1]
    assert redacted(files) == files


@pytest.mark.requirement("SC-REC-81")
@pytest.mark.parametrize("content", [b'""', b'"AAAA"', b"NULL", b"null ", b" null", b"{}", b"", b'"null"'])
def test_only_the_content_or_null_may_stand_there(content):
    lines = [content + b"\n", *BUNDLE[CONTENTS].splitlines(keepends=True)[1:]]
    where = f"{CONTENTS} line 1 (entry 0)"
    assert refusals({**BUNDLE, CONTENTS: b"".join(lines)}) == (where, where)


def test_what_is_not_there_cannot_be_withheld_and_a_false_bundle_is_not_redacted():
    for message_id in ("north:south:3", "north:east:0", "north:south:01", "anything"):
        with pytest.raises(WithholdError, match="no message"):
            redacted(BUNDLE, message_id)
    with pytest.raises(RecordError):
        redacted({**BUNDLE, "verify.py": b""}, "north:south:0")


@pytest.mark.requirement("SC-REC-83")
def test_an_attachment_goes_with_the_last_report_that_names_it():
    north, south = Node("north"), Node("south")
    report = next(message for message in every_kind.asked() if type(message).__name__ == "IncidentReport")
    for _ in range(2):
        say(north, "south", report)
    settle(north, south)
    files = unpacked(export_bytes(north.exchange, "south"))
    for node in (north, south):
        node.close()
    digest = every_kind.PHOTOGRAPH_SHA256
    name = f"attachments/{digest}"
    assert verified(files).attachments == checked(files)["attachments"] == {digest: "not in the bundle"}
    files = {**files, name: every_kind.PHOTOGRAPH}
    assert verified(files).attachments == checked(files)["attachments"] == {digest: "shown"}
    assert name in redacted(files, "north:south:0")
    assert name not in redacted(files, "north:south:0", "north:south:1")
    # Withheld by hand and left in the bundle, nobody would know what it belongs to.
    assert refusals(contents_withheld(files, CONTENTS, 0, 1)) == (name, ascii(name))
    assert refusals({**files, name: every_kind.PHOTOGRAPH + b"x"}) == (name, name)


def test_every_shape_stays_whole_when_its_first_entries_are_withheld():
    for make in SHAPES.values():
        files = make()
        for name in (CONTENTS, THEIRS):
            files = contents_withheld(files, name, 0, 1)
        if not any(name.startswith("attachments/") for name in files):
            assert refusals(files) == (None, None)
