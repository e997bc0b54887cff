"""Silence about a report of an incident is seen on that report; it does not open incident after incident."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from steerclear.model.agreement import MessageDeadline
from steerclear.model.incident import IncidentCause
from steerclear.model.messages import IncidentReport, MessageState, SafetyStop
from steerclear.model.vocabulary import MessageKind, Urgency
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.services.incident.incident_events import read_incidents
from steerclear.services.line_status import listed_standings
from steerclear.services.say import say
from tests.services.incident.scenes import LADDER, WatchingNode, keeper_of, watched_agreement
from tests.services.parties import START_S, settle

STOP = SafetyStop(
    text="people of ours are here",
    volume=Volume4D(
        area=CircleArea(centre=Position(latitude_deg=36.5, longitude_deg=38.0), radius_m=2_000.0),
        from_s=START_S,
        until_s=START_S + 7_200.0,
    ),
)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[WatchingNode, WatchingNode]]:
    deadlines = tuple(
        MessageDeadline(message=kind, urgency=urgency, acknowledge_s=15.0, ladder_id=LADDER.ladder_id)
        for kind, urgency in (
            (MessageKind.SAFETY_STOP, Urgency.IMMEDIATE),
            (MessageKind.INCIDENT_REPORT, Urgency.URGENT),
        )
    )
    agreement = msgspec.structs.replace(watched_agreement(), message_deadlines=deadlines)
    pair = WatchingNode("north", tmp_path / "north", agreement), WatchingNode("south", tmp_path / "south", agreement)
    yield pair
    for node in pair:
        node.close()


@pytest.mark.requirement("SC-INC-23")
def test_a_night_in_which_nobody_answers_is_one_incident_whose_report_stays_unanswered(both, tmp_path: Path) -> None:
    north, south = both
    keepers = [keeper_of(node, tmp_path / f"frozen-{node.party}", after_last_rung_s=60.0) for node in both]
    say(north.exchange, ["south"], STOP, "north-desk", "duty officer").stored.result()
    for _ in range(60):  # 300 s: some three times what a ladder and its last rung's time take
        for node, keeper in zip(both, keepers, strict=True):
            node.clock.time_s += 5.0
            node.timekeeper.tick()
            keeper.tick()
        settle(north, south)
    for node in both:
        opened = [one.incident for one in read_incidents(node.store) if one.joined_into is None]
        assert [one.cause for one in opened] == [IncidentCause.LADDER_ENDED]
        reports = [one for one in listed_standings(node.exchange, 1_000) if isinstance(one.message, IncidentReport)]
        asking = [one for one in reports if not one.message.attachments]
        assert asking
        assert all(one.state is MessageState.UNANSWERED for one in asking), "the silence about it stays in sight"
        assert {one.message.incident_id for one in asking} <= {
            one.incident.incident_id for one in read_incidents(node.store)
        }
