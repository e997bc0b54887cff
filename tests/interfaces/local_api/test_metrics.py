"""`/metrics`: well-formed, complete, and without a word of what the desks say."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from steerclear.model.feed_alignment import NOT_COMPARED
from steerclear.services.picture_view import PictureView, SourceView
from tests.interfaces.local_api.served import ask, make_app, serving
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


def source(name, state, **counts) -> SourceView:
    counts = {"reports": 0, "set_aside": 0, "dropped": 0} | counts
    return SourceView(name=name, format="sbs", state=state, detail="", alignment=NOT_COMPARED, **counts)


@pytest.mark.requirement("SC-OPS-13")
def test_a_source_that_is_lost_or_loses_reports_shows_in_the_figures(parties):
    view = PictureView(
        now_s=START_S - 4.0,
        ended=False,
        tracks=17,
        open_alerts=(make_alert(),),
        sources=(
            source("sbs://receiver-1:30003", "reading", reports=1_200, set_aside=3, dropped=40),
            source("sbs://receiver-2:30003", "reconnecting"),
        ),
    )
    with serving(make_app(parties[0], picture=lambda: view)) as address:
        found = scraped(address)
        page = ask(address, "/metrics")[2].decode()
    first, second = ({"source": one.name} for one in view.sources)
    assert figure(found, "source_state", **second, state="reconnecting") == 1
    assert figure(found, "source_state", **second, state="reading") == 0
    assert figure(found, "source_state", **first, state="reading") == 1
    assert figure(found, "source_reports_total", **first) == 1_200
    assert figure(found, "source_set_aside_total", **first) == 3
    assert figure(found, "source_dropped_total", **first) == 40
    assert figure(found, "picture_tracks") == 17
    assert figure(found, "picture_alerts", kind="separation") == 1
    assert figure(found, "picture_alerts", kind="zone") == 0
    assert figure(found, "picture_step_age_seconds") == 4.0
    for word in ("N1", "S1", "closest"):
        assert word not in page


def test_a_node_without_a_picture_has_no_figures_of_one(address):
    assert not [name for name, _ in scraped(address) if name.startswith(("steerclear_picture", "steerclear_source"))]
