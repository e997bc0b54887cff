"""The same reports give the same alerts, bit for bit, in whatever order one step hands them in."""

import os
import subprocess
import sys
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.model.agreement import TimeInBreachRule
from steerclear.model.alert import AlertKind
from steerclear.model.track import AltitudeDatum
from steerclear.model.zone import Circle, Zone
from steerclear.tactical import Picture, Terms, step
from tests.tactical.scenes import START_S, flight, party

ZONE = Zone(
    zone_id="z",
    name="ALPHA",
    party="north",
    footprint=Circle(latitude_deg=45.0, longitude_deg=10.1, radius_m=4_000.0),
    lower_m=0.0,
    upper_m=20_000.0,
    altitude_datum=AltitudeDatum.ELLIPSOID,
    from_s=0.0,
    until_s=1e12,
)
TERMS = Terms(
    parties=(party("north", 1, 2, 3), party("south", 4, 5)),
    zones=(ZONE,),
    time_in_breach=TimeInBreachRule(horizontal_m=6_000.0, vertical_m=900.0, longest_s=20.0),
)
STEPS = 40


def stream(seed: int):
    """A small sky of two sources with losses, gaps, missing fields and a second claim to an address."""
    rng = np.random.default_rng(seed)
    flights = []
    for k in range(1, 8):
        far = float(rng.uniform(5_000.0, 25_000.0))
        angle = float(rng.uniform(0.0, 2.0 * np.pi))
        speed = far / 30.0
        out, along = float(np.sin(angle)), float(np.cos(angle))
        flights.append(
            flight(
                k if k < 7 else None,
                east_m=far * out,
                north_m=far * along,
                east_mps=-speed * out,
                north_mps=-speed * along,
                altitude_m=float(rng.choice([10_000.0, 10_100.0, 10_400.0])),
                source="adsb" if k % 2 else "radar",
                source_track=f"T{k}",
                pressure_altitude_m=None if k == 6 else 10_000.0 + 100.0 * (k % 3),
                ellipsoid_altitude_m=10_050.0 if k in (5, 6) else None,
            )
        )
    flights.append(flight(1, east_m=300_000.0, source="spoof"))
    out = []
    for t in range(STEPS):
        made = [one(float(t)) for one in flights if rng.random() < 0.8]
        out.append((made, START_S + t))
    return out


def run(steps_taken, terms=TERMS):
    picture = Picture(terms)
    events = []
    for reports, now_s in steps_taken:
        picture, new = step(picture, reports, now_s)
        events += new
    return events


def digest(events) -> str:
    return sha256(msgspec.json.encode(events)).hexdigest()


@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
@pytest.mark.requirement("SC-TAC-19")
def test_the_order_within_a_step_changes_nothing(seed, order):
    steps_taken = stream(seed)
    shuffled = [(order.sample(reports, len(reports)), now_s) for reports, now_s in steps_taken]
    assert digest(run(shuffled)) == digest(run(steps_taken))


@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
@pytest.mark.requirement("SC-TAC-09")
def test_duplicates_and_late_copies_change_no_alert(seed, order):
    steps_taken = stream(seed)
    again, said = [], []
    for reports, now_s in steps_taken:
        copies = [order.choice(reports) for _ in range(3)] if reports else []
        late = [order.choice(said) for _ in range(3)] if said else []
        again.append(([*copies, *reports, *late], now_s))
        said += reports
    assert digest(run(again)) == digest(run(steps_taken))


@pytest.mark.requirement("SC-TAC-19")
def test_a_run_has_one_digest():
    first = run(stream(11))
    assert {event.kind for event in first} >= {AlertKind.SEPARATION, AlertKind.TIME_IN_BREACH, AlertKind.ZONE}
    assert digest(first) == digest(run(stream(11)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
@pytest.mark.requirement("SC-TAC-01")
def test_the_life_of_every_alert_reads_as_a_life(seed):
    lives: dict[str, list] = {}
    for event in run([*stream(seed), *(([], START_S + STEPS + t) for t in range(0, 4_000, 100))]):
        lives.setdefault(event.alert_id, []).append(event)
    for events in lives.values():
        changes = [event.change.value for event in events]
        assert changes[0] == "raised"
        assert changes.count("raised") == 1
        assert changes[-1] in ("cleared", "lapsed") or events[0].kind is AlertKind.FEED_SILENT
        assert not {"cleared", "lapsed"} & set(changes[:-1])
        for before, after in pairwise(events):
            assert after.time_s >= before.time_s
            if after.change.value == "escalated":
                assert after.severity > before.severity
            elif after.change.value == "eased":
                assert after.severity < before.severity
            else:
                assert after.severity == before.severity
        assert all(event.reason for event in events)
        assert len(events[0].alert_id) <= 64


@pytest.mark.requirement("SC-TAC-19")
def test_another_process_with_another_hash_seed_gives_the_same_digest():
    code = "from tests.tactical.test_properties import digest, run, stream; print(digest(run(stream(3))))"
    root = Path(__file__).parents[2]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env=environment | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert told == {digest(run(stream(3)))}
