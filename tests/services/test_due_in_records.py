"""What is due in a record is what the parties have agreed: no sender makes the other side late by what it writes."""

from __future__ import annotations

import json
import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.dialogue.ladder import due_under
from steerclear.interfaces.agreement_file import encode_agreement
from steerclear.model.agreement import AcknowledgementDeadline, LineCheckSchedule, MessageDeadline
from steerclear.model.alert import AlertChange, AlertKind, Severity
from steerclear.model.messages import STEPS, AlertNotice, Asking, LineCheck, SafetyStop, Step
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.services.acknowledge import acknowledge, find_standing
from steerclear.services.bundle_verifier import verify
from steerclear.services.exchange import Draft
from tests.services import every_kind
from tests.services.asked_terms import asked_terms
from tests.services.bundles import checked, export_bytes, unpacked, verified
from tests.services.parties import START_S, Node, make_agreement, settle, signed_files

AGREED = asked_terms((120.0, 150.0, 300.0), (60.0, 180.0), 600.0)
[STOP] = [one for one in every_kind.asked() if isinstance(one, SafetyStop)]


def record_of(acknowledged_after_s: float | None, **times) -> tuple[dict, object]:
    """South stops North with times of its own choice; the record that South exports, and what North's node says."""
    north, south = Node("north", AGREED), Node("south", AGREED)
    stop = msgspec.structs.replace(STOP, urgency=Urgency.IMMEDIATE, from_desk="south-desk", **times)
    sent = Draft("north", lambda name: msgspec.structs.replace(stop, message_id=name))
    south.exchange.send([sent]).stored.result()
    settle(north, south)
    if acknowledged_after_s is not None:
        north.clock.time_s = south.clock.time_s = START_S + acknowledged_after_s
        acknowledge(north.exchange, "south:north:0", "north-desk", "duty officer").stored.result()
        settle(north, south)
    south.clock.time_s = START_S + 1_000.0
    files = unpacked(export_bytes(south.exchange, "north", (signed_files(AGREED),)))
    standing = find_standing(north.exchange, "south:north:0")
    for node in (north, south):
        node.close()
    return files, standing


def lines(files):
    """The message in the words of both verifiers."""
    ours = verified(files).logs[0].messages[0]
    theirs = checked(files)["logs"][0]["messages"][0]
    for name in ("due_s", "overdue", "open", "late"):
        assert json.loads(json.dumps(theirs[name])) == json.loads(msgspec.json.encode(getattr(ours, name))), name
    return ours


@pytest.mark.requirement("SC-REC-93")
def test_whoever_answers_within_the_agreed_time_is_not_late_whatever_the_message_says():
    files, standing = record_of(
        30.0, acknowledge_by_s=START_S + 10.0, relay_by_s=START_S + 10.0, respond_by_s=START_S + 10.0
    )
    line = lines(files)
    assert line.due_s == {"acknowledgement": START_S + 60.0, "relay": START_S + 180.0}
    assert {step: line.due_s[step] for step in standing.due} == standing.due
    assert (line.late, line.overdue) == ({}, ("relay",))


@pytest.mark.requirement("SC-REC-93")
@pytest.mark.parametrize("said_s", [None, START_S + 86_400.0])
def test_whoever_does_not_answer_is_overdue_also_where_the_message_asks_for_nothing(said_s):
    files, standing = record_of(None, acknowledge_by_s=said_s, relay_by_s=said_s, respond_by_s=said_s)
    line = lines(files)
    assert line.due_s == standing.due
    assert line.overdue == ("acknowledgement", "relay")


@pytest.mark.requirement("SC-REC-93")
def test_a_time_that_is_the_agreed_one_by_another_clock_counts():
    files, _ = record_of(61.0, acknowledge_by_s=START_S + 62.0, relay_by_s=START_S + 180.0, respond_by_s=None)
    assert lines(files).late == {}
    files, _ = record_of(63.0, acknowledge_by_s=START_S + 62.0, relay_by_s=START_S + 180.0, respond_by_s=None)
    assert set(lines(files).late) == {"acknowledgement"}


ASKED = [one for one in every_kind.MESSAGES if isinstance(one, Asking | LineCheck)]
TIMES_S = st.sampled_from([0.1, 30.0, 90.0, 1_200.0, 1_234_567.5])
SAID_S = st.none() | st.sampled_from([START_S + offset for offset in (0.0, 29.0, 94.9, 95.1, 1_200.0)])


@st.composite
def agreements(draw):
    kinds = [kind for kind in MessageKind if kind not in (MessageKind.ALERT_NOTICE, MessageKind.LINE_CHECK)]
    steps = {MessageKind(str(kind.__struct_config__.tag)): owed for kind, owed in STEPS.items()}
    agreed = []
    for kind in draw(st.lists(st.sampled_from([kind for kind in kinds if kind in steps]), unique=True)):
        for urgency in draw(st.lists(st.sampled_from(list(Urgency)), unique=True, min_size=1)):
            within_s = draw(TIMES_S)
            agreed.append(
                MessageDeadline(
                    message=kind,
                    urgency=urgency,
                    acknowledge_s=within_s,
                    relay_s=within_s + 1.0 if Step.RELAY in steps[kind] and draw(st.booleans()) else None,
                    respond_s=within_s * 2 if Step.RESPONSE in steps[kind] and draw(st.booleans()) else None,
                )
            )
    alerts = draw(st.lists(st.tuples(st.sampled_from(AlertKind), st.sampled_from(Severity)), unique=True))
    return msgspec.structs.replace(
        make_agreement(),
        message_deadlines=tuple(agreed),
        deadlines=tuple(
            AcknowledgementDeadline(alert_kind=kind, severity=severity, within_s=draw(TIMES_S))
            for kind, severity in alerts
        ),
        line_checks=LineCheckSchedule(every_s=1e6, answer_within_s=draw(TIMES_S)),
    )


@pytest.mark.requirement("SC-REC-93")
@given(st.data())
def test_both_verifiers_read_the_agreement_alike(data):
    """`message` comes as anyone may have written it; the agreement as the file that the parties signed."""
    agreement, message = data.draw(agreements()), data.draw(st.sampled_from(ASKED))
    if isinstance(message, LineCheck):
        message = msgspec.structs.replace(message, answer_by_s=data.draw(SAID_S) or START_S)
    else:
        names = ("acknowledge_by_s", "relay_by_s", "respond_by_s")
        changes = {name: data.draw(SAID_S) for name in names} | {"urgency": data.draw(st.sampled_from(Urgency))}
        message = msgspec.structs.replace(
            message, from_function=data.draw(st.sampled_from(["", "duty officer"])), **changes
        )
    if isinstance(message, AlertNotice):
        drawn = {
            "kind": data.draw(st.sampled_from(AlertKind)),
            "severity": data.draw(st.sampled_from(Severity)),
            "change": data.draw(st.sampled_from(AlertChange)),
        }
        message = msgspec.structs.replace(message, alert=msgspec.structs.replace(message.alert, **drawn))
    agreed = verify.agreed_times(tomllib.loads(encode_agreement(agreement).decode()))
    found = verify.due_times(json.loads(msgspec.json.encode(message)), START_S, agreed)
    assert found == {str(step): time_s for step, time_s in due_under(agreement, message, START_S).items()}
