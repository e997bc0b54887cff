"""The report of effectiveness over the local API, and the same figures for monitoring."""

from __future__ import annotations

import msgspec
import pytest

from steerclear.services.acknowledge import acknowledge
from steerclear.services.effectiveness.report import EffectivenessReport
from tests.interfaces.local_api.served import READER, ask
from tests.interfaces.local_api.test_metrics import figure, scraped
from tests.services.effectiveness.story import one
from tests.services.parties import START_S, make_alert, settle


@pytest.fixture
def answered(parties):
    """One alert that south acknowledged after 20 s."""
    north, south = parties
    north.announce(make_alert())
    settle(north, south)
    north.clock.time_s += 20.0
    message_id = north.exchange.line("south").terms.outgoing.message_id(0)
    acknowledge(south.exchange, message_id, "south-desk", "duty officer").stored.result()
    settle(north, south)
    return parties


@pytest.mark.requirement("SC-EFF-06")
def test_a_reader_asks_for_any_period(answered, address):
    path = f"/api/v1/effectiveness?from_s={START_S}&until_s={START_S + 7_200.0}"
    assert ask(address, path)[0] == 401
    status, _, body = ask(address, path, READER)
    assert status == 200, body
    report = msgspec.json.decode(body, type=EffectivenessReport)
    assert one(report, "acknowledgement_time", "south").figures["median_s"] == 20.0
    assert one(report, "alert_rate", "north").figures == {"alerts_per_flight_hour": 0.5, "flight_hours": 2.0}
    assert ask(address, "/api/v1/effectiveness?from_s=2&until_s=1", READER)[0] == 400
    assert ask(address, "/api/v1/effectiveness?from_s=2", READER)[0] == 400


@pytest.mark.requirement("SC-EFF-06")
def test_figures_for_monitoring_leave_out_what_was_not_measured(answered, address):
    found = scraped(address)
    about = {"measure": "acknowledgement_time", "party": "south", "detail": ""}
    assert figure(found, "effectiveness", figure="median_s", **about) == 20.0
    assert figure(found, "effectiveness_judgement", says="holds", **about) == 1.0
    assert figure(found, "effectiveness_complete") == 1.0
    measured = {dict(labels)["measure"] for name, labels in found if name == "steerclear_effectiveness"}
    assert "relay_completeness" not in measured
    unknown = {"measure": "relay_completeness", "party": "*", "detail": ""}
    assert figure(found, "effectiveness_judgement", says="not_measured", **unknown) == 1.0
    assert b"duty officer" not in ask(address, "/metrics")[2]
