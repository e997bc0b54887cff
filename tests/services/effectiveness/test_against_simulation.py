"""The figures of simulated runs, counted again from the bare bytes of both logs by code that shares nothing of ours."""

from __future__ import annotations

import json
from base64 import b64decode
from math import ceil

import msgspec
import pytest

from steerclear.services.effectiveness.from_journal import JournalReading
from steerclear.services.effectiveness.make_report import make_report
from steerclear.simulation.cast import versions_for
from steerclear.simulation.run import Run
from steerclear.simulation.settings import drawn_settings

SALT_BYTES = 32
ACKNOWLEDGE_S = {"safety_stop": 2.5, "request": 3.0, "alert_notice": 2.5}
ANSWERS = {"acknowledgement": "acknowledges", "relay": "relays", "response": "responds_to"}
TAKES = {
    "acknowledgement": {"safety_stop", "request", "alert_notice"},
    "relay": {"safety_stop", "request", "alert_notice"},
}


def log_of(node, sender: str, receiver: str) -> list[tuple[dict, dict]]:
    """(entry, message) of a log as a node's disk holds it."""
    log = node.medium.logs[f"steerclear/simulated-sky/{sender}-to-{receiver}"]
    entries = [json.loads(b64decode(json.loads(data)["payload"])) for data in log.entries]
    return [(entry, json.loads(said[SALT_BYTES:])) for entry, said in zip(entries, log.contents, strict=True)]


def counted_again(run: Run, asker: str, asked: str, known_s: float) -> dict[str, list[float] | int]:
    """Acknowledgements and relays that `asked` owes to `asker`, from the two logs alone."""
    questions, answers = log_of(run.nodes[asker], asker, asked), log_of(run.nodes[asker], asked, asker)
    first: dict[tuple[str, str], float] = {}
    for entry, said in answers:
        field = ANSWERS.get(said["type"])
        if field is None or said["type"] == "response":
            continue
        name = said[field]
        place = int(name.rsplit(":", 1)[1]) if name.startswith(f"{asker}:{asked}:") else len(questions)
        counts = place < entry["peer_size"] and questions[place][1]["type"] in TAKES[said["type"]]
        if counts and said["desk_id"] == f"{asked}-desk" and said["function"] in ("duty officer", "commander"):
            first.setdefault((said["type"], name), entry["issued_s"])
    waits, in_time, missed, relays = [], 0, 0, [0, 0]
    for entry, said in questions:
        within_s = ACKNOWLEDGE_S.get(said["type"])
        if within_s is None or said.get("acknowledge_by_s") is None:
            continue
        due_s, given_s = said["acknowledge_by_s"], first.get(("acknowledgement", said["message_id"]))
        if given_s is not None:
            waits.append(max(0.0, given_s - entry["issued_s"]))
            in_time += given_s <= due_s
        elif due_s <= known_s:
            missed += 1
        if said.get("relay_by_s") is not None:
            relayed_s = first.get(("relay", said["message_id"]))
            relays[0] += relayed_s is not None and relayed_s <= said["relay_by_s"]
            relays[1] += 1
    return {"waits": sorted(waits), "in_time": in_time, "missed": missed, "relays": relays}


def steady(seed: int):
    """A run's settings with clocks that nobody sets: what is due then is what the messages say. Every other run
    has good weather.
    """
    settings = msgspec.structs.replace(drawn_settings(seed), jumps=0, full_disks=0, parties=2)
    if seed % 2:
        return settings
    weather = msgspec.structs.replace(settings.weather, drop=0.0, slowest_s=0.02)
    return msgspec.structs.replace(settings, weather=weather, actions=5, crashes=0, partitions=0)


@pytest.mark.requirement("SC-EFF-01")
@pytest.mark.requirement("SC-EFF-05")
def test_figures_of_simulated_runs_equal_a_count_from_the_logs_alone() -> None:
    seen = {"acknowledged": 0, "late": 0, "missed": 0, "relays": 0}
    for seed in range(60):
        run = Run(seed, steady(seed))
        assert not run.play().broken
        known_s = max(node.clock.now_s() for node in run.nodes.values())
        period = (0.0, known_s + 1.0)
        for own in run.nodes:
            reading = JournalReading(own, versions_for(2), [peer for peer in run.nodes if peer != own], *period)
            for row in run.nodes[own].medium.rows:
                reading.take(row)
            report = make_report([reading.observations(known_s)], *period)
            figures = {(one.measure, one.party): one for one in report.measures}
            for asker, asked in (("north", "south"), ("south", "north")):
                again = counted_again(run, asker, asked, known_s)
                times = figures["acknowledgement_time", asked]
                waits = again["waits"]
                if waits:
                    assert times.figures["median_s"] == pytest.approx(waits[ceil(len(waits) / 2) - 1])
                    assert times.figures["p95_s"] == pytest.approx(waits[ceil(0.95 * len(waits)) - 1])
                    assert times.outcomes == {"in_time": again["in_time"], "late": len(waits) - again["in_time"]}
                missed = figures["missed_acknowledgements", asked]
                assert missed.outcomes.get("missed", 0) == again["missed"]
                relays = figures["relay_completeness", asked]
                assert [relays.outcomes.get("in_time", 0), relays.count] == again["relays"]
                seen["acknowledged"] += len(waits)
                seen["late"] += len(waits) - again["in_time"]
                seen["missed"] += again["missed"]
                seen["relays"] += again["relays"][0]
    # The runs have something of each to count.
    assert min(seen.values()) > 5, seen
