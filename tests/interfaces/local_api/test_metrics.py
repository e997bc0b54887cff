"""`/metrics`: well-formed, complete, and without a word of what the desks say."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.interfaces.local_api.served import ask
from tests.services.parties import START_S, make_alert, settle


def scraped(address) -> dict[tuple[str, frozenset], float]:
    status, headers, body = ask(address, "/metrics")
    assert status == 200
    assert headers.get_content_type() == "text/plain"
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def figure(found, name, **labels) -> float:
    return found["steerclear_" + name, frozenset(labels.items())]


@pytest.mark.requirement("SC-OPS-04")
def test_what_is_owed_overdue_and_waiting_is_there_for_every_peer(parties, address):
    north, south = parties
    found = scraped(address)
    assert figure(found, "owed", peer="south", side="to_us") == 0
    assert figure(found, "entries_waiting", peer="south") == 0
    assert figure(found, "link_state", peer="south", state="untried") == 1

    north.announce(make_alert())
    found = scraped(address)
    assert figure(found, "entries_waiting", peer="south") == 1
    assert figure(found, "owed", peer="south", side="to_us") == 1

    settle(north, south)
    north.clock.time_s = START_S + 100.0
    north.timekeeper.tick()
    found = scraped(address)
    labels = {"kind": "alert_notice", "step": "acknowledgement", "peer": "south"}
    overdue = [
        value
        for (name, held), value in found.items()
        if name == "steerclear_overdue" and labels.items() <= dict(held).items()
    ]
    assert overdue == [1]
    assert figure(found, "last_receipt_age_seconds", peer="south") == 100.0
    assert figure(found, "link_state", peer="south", state="up") == 1


def test_what_the_machine_knows_is_there(address):
    found = scraped(address)
    assert figure(found, "store_bytes") == 4_096
    assert figure(found, "disk_free_bytes") == 10**9
    assert figure(found, "certificate_expiry_seconds", party="north") == 86_400.0
    assert figure(found, "certificate_expiry_seconds", party="south") == -1.0
    assert figure(found, "line_connections_refused_total", reason="unknown_certificate") == 3
    assert figure(found, "agreement_version", agreement="two-skies") == 1
    assert figure(found, "clock_seconds") == START_S


@pytest.mark.requirement("SC-OPS-05")
def test_no_word_of_a_message_gets_into_the_figures(parties, address):
    north, south = parties
    north.announce(make_alert())
    settle(north, south)
    body = ask(address, "/metrics")[2].decode()
    assert "alert_notice" in body
    for word in ("closest", "N1", "S1", "separation/", "north:south", "duty officer"):
        assert word not in body
