"""What a desk reads of the line: what each side declared, missed checks, and outlets that failed, in words."""

from __future__ import annotations

import pytest

from steerclear.interfaces.cli.line_view import AS_AGREED, answered_words, event_line, print_status, rung_words
from steerclear.services.keep_time import UNACKNOWLEDGED
from steerclear.services.summon import UNREACHED

NOW_S = 1_795_934_543.0
NO_CHECKS = {"in_time": 3, "late": 0, "late_with_cause": 0, "missed": 0, "missed_with_cause": 0, "series": 0}
PEER = {
    "peer": "south",
    "link": "up",
    "link_since_s": NOW_S - 60.0,
    "link_reason": "",
    "outgoing": {"size": 4},
    "incoming": {"size": 5},
    "waiting": 0,
    "owed_to_us": 0,
    "owed_by_us": 0,
    "unanswered": 0,
    "declared_by_us": None,
    "declared_by_peer": None,
    "line_checks": NO_CHECKS,
    "last_fault": None,
}
DEGRADED = {
    "condition": "degraded",
    "cause": "power",
    "from_s": NOW_S - 120.0,
    "until_s": NOW_S + 3_600.0,
    "fallback": "Both duty officers keep the telephone open.",
}


def shown_status(capsys, **changes) -> str:
    found = {"party": "north", "agreement_id": "valley", "agreement_version": 1, "now_s": NOW_S}
    print_status({**found, "peers": [{**PEER, **changes}]}, [])
    return capsys.readouterr().out


def test_what_the_other_side_declared_of_the_line_stands_there_with_the_agreed_fallback(capsys):
    assert (
        "south has declared the line DEGRADED from 06:40:23Z until 07:42:23Z, cause: power; agreed for that: Both duty"
        " officers keep the telephone open."
    ) in shown_status(capsys, declared_by_peer=DEGRADED)


def test_what_we_declared_stands_there_too(capsys):
    suspended = DEGRADED | {"condition": "suspended", "until_s": None, "cause": None, "fallback": ""}
    assert "we have declared the line to south SUSPENDED from 06:40:23Z\n" in shown_status(
        capsys, declared_by_us=suspended
    )


@pytest.mark.parametrize("changes", [{"condition": "up"}, {"until_s": NOW_S - 1.0}])
def test_a_declaration_that_is_over_is_not_shown(capsys, changes):
    assert "declared" not in shown_status(capsys, declared_by_peer=DEGRADED | changes)


def test_missed_checks_with_a_cause_without_one_and_a_series_are_three_things(capsys):
    told = shown_status(capsys, line_checks=NO_CHECKS | {"missed": 4, "missed_with_cause": 2, "series": 3})
    assert (
        "line checks to south: 4 missed WITHOUT A CAUSE, 2 missed with a stated cause, the last 3 IN A ROW missed"
        " without a cause"
    ) in told
    assert "line checks" not in shown_status(capsys)


def rung(function: str, why: str) -> dict[str, object]:
    return {"function": function, "ours": True, "raised_at_s": NOW_S, "why": why}


def test_that_nobody_was_reached_is_said_beside_the_rung_that_was_raised_for_it():
    assert AS_AGREED == UNACKNOWLEDGED
    raised = {"raised": [rung("commander", UNACKNOWLEDGED), rung("minister", UNREACHED)]}
    assert rung_words(raised, NOW_S) == f"commander 06:42:23Z, minister 06:42:23Z ({UNREACHED})"


def test_the_journal_on_screen_names_the_outlet_that_failed_and_the_incident_that_was_opened():
    tried = [
        {"outlet": "phone", "reached": False, "detail": "exit code 3. modem is gone", "took_s": 0.1},
        {"outlet": "screen", "reached": True, "detail": "written", "took_s": 0.1},
    ]
    event = {"peer": "south", "message_id": "south:north:1", "function": "commander", "outlets": tried}
    line = event_line({"sequence": 7, "time_s": NOW_S, "kind": "line.summoned", "event": event})
    assert line.endswith("south south:north:1 commander phone FAILED: exit code 3. modem is gone; screen took it")
    event = {"incident": {"incident_id": "inc-north-1", "title": "no answer"}}
    line = event_line({"sequence": 8, "time_s": NOW_S, "kind": "incident", "event": event})
    assert line.endswith("inc-north-1 no answer")


def test_a_late_entry_is_shown_as_not_confirmed_until_the_other_side_has_confirmed_it():
    nothing = {"state": "not_asked", "due_s": None, "given": None, "interim": None, "overdue_since_s": None}
    given = nothing | {"given": {"verdict": "confirmed", "unit": "", "issued_s": NOW_S}}
    assert answered_words({"kind": "late_entry", "response": nothing}) == "NOT CONFIRMED"
    assert answered_words({"kind": "late_entry", "response": given}).startswith("confirmed, ")
    assert answered_words({"kind": "notice", "response": nothing}) == ""
