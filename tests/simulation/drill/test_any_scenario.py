"""Whatever a scenario says, it is played to its end: at poles, across the antimeridian, with lines and nodes down."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from steerclear.interfaces.scenario_file import decode_scenario, starter_file
from steerclear.model.messages import Verdict
from steerclear.model.scenario import Feed, Outage, PathPoint, Person, Scenario, ScenarioTrack
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Position
from steerclear.simulation.drill import play

STARTER = decode_scenario(starter_file())
START_S = STARTER.drill.start_s
FUNCTIONS = ("duty officer", "deputy", "commander")


def drawn(seed: int) -> Scenario:
    chance = Random(f"scenario {seed}")
    latitude_deg, longitude_deg = chance.choice([-88.5, -60.0, 0.0, 88.5]), chance.choice([-180.0, 179.99, 0.0, 10.0])

    def place() -> Position:
        east_deg = (longitude_deg + chance.uniform(-0.5, 0.5) + 180.0) % 360.0 - 180.0
        return Position(latitude_deg=latitude_deg + chance.uniform(-0.4, 0.4), longitude_deg=east_deg)

    def track(number: int) -> ScenarioTrack:
        times = [chance.uniform(-300.0, 1_500.0) + 400.0 * step for step in range(chance.randint(2, 4))]
        return ScenarioTrack(
            name=f"aircraft-{number}",
            callsign=chance.choice([None, "SOU1", "NOR2", "OTHER3"]),
            icao_address=chance.choice([None, 0x3C0001 + number]),
            altitude_datum=chance.choice([AltitudeDatum.PRESSURE_STANDARD, AltitudeDatum.ELLIPSOID]),
            path=tuple(
                PathPoint(at_s=START_S + at, position=place(), altitude_m=chance.uniform(-100.0, 12_000.0))
                for at in sorted(times)
            ),
        )

    def feed(number: int) -> Feed:
        return Feed(
            name=f"feed-{number}",
            party=chance.choice(["north", "south"]),
            every_s=chance.choice([1.0, 5.0, 12.0]),
            latency_s=chance.choice([0.0, 1.0, 90.0]),
            identities=chance.random() < 0.5,
            rotation_deg=chance.choice([0.0, 105.0]),
            site=place(),
        )

    def person() -> Person:
        return Person(
            party=chance.choice(["north", "south"]),
            function=chance.choice(FUNCTIONS),
            acknowledge_after_s=chance.choice([None, 5.0, 100.0]),
            relay_after_s=chance.choice([None, 60.0]),
            answer_after_s=50.0,
            answer=chance.choice(list(Verdict)),
        )

    def outage() -> Outage:
        return Outage(
            between=chance.choice([("north", "south"), ("north",), ("south",)]),
            from_s=START_S + chance.uniform(0.0, 2_000.0),
            until_s=chance.choice([None, START_S + 2_300.0]),
        )

    zone = {**STARTER.agreement["zones"][0], "circle": {"centre": [latitude_deg, longitude_deg], "radius": "6 km"}}
    return msgspec.structs.replace(
        STARTER,
        drill=msgspec.structs.replace(STARTER.drill, until_s=START_S + 2_700.0),
        agreement={"zones": [zone]},
        parties=tuple(msgspec.structs.replace(one, clock_ahead_s=chance.uniform(-2.0, 2.0)) for one in STARTER.parties),
        declares=tuple(msgspec.structs.replace(one, position=place()) for one in STARTER.declares),
        tracks=tuple(track(number) for number in range(chance.randint(1, 3))),
        feeds=tuple(feed(number) for number in range(chance.randint(1, 3))),
        people=tuple(person() for _ in range(chance.randint(0, 4))),
        outages=tuple(outage() for _ in range(chance.randint(0, 2))),
    )


@pytest.mark.requirement("SC-DRL-04")
@pytest.mark.requirement("SC-DRL-05")
@pytest.mark.parametrize("seed", [0, 2, 4, 6, 7])
def test_it_is_played_to_its_end_in_the_order_of_time_and_both_records_hold(seed: int) -> None:
    outcome = play(drawn(seed))
    times = [one.time_s for one in outcome.observations]
    assert times == sorted(times)
    [record] = [one for one in outcome.observations if one.what == "record"]
    assert record.time_s == outcome.until_s
    assert record.facts["holds"] == "yes"
    assert "contradicts" not in record.words
