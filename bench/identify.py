"""Identification: how often an aircraft without an identity is taken for the right flight, and how fast a look is.

The recording is `quickstart` of the `traffic` package (Paris, three hours): see `identify_day` for how its flights are
declared. A look is one track at one scan, while it is in the air. Precision: of the looks at which an aircraft without
an identity was taken for a flight, those with the right one. Recall: of all looks at such aircraft whose flight is
declared, those with the right flight.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from typing import Any, Final

import msgspec

from bench import machine, markdown
from bench.budget import Budget
from bench.identify_day import Sky, declared, flights_of, read_scans, recording, stripped_sky
from bench.identify_scene import scene
from steerclear.model.identification import IdentificationState, TrackIdentification
from steerclear.model.track import Track
from steerclear.strategic.flight_tables import ExpectedFlights
from steerclear.strategic.identifying import BELIEVED, NOTHING_YET, Identifications, identify
from steerclear.tactical import Picture, Terms

QUICK_S: Final = 2_400.0
SEED: Final = 5
CASES: Final = (
    ("5 % without identity", 0.05, 0.0),
    ("20 % without identity", 0.20, 0.0),
    ("5 % without identity, 5 % more neither identified nor declared", 0.05, 0.05),
)
SIZES: Final = (100, 1_000)
GOAL_S: Final = 0.1


class Tally(msgspec.Struct):
    """What became of the looks and flights of one case."""

    right: int = 0
    wrong: int = 0
    open: int = 0
    known: int = 0
    """Looks at aircraft that say who they are and whose flight is declared."""
    known_right: int = 0
    known_elsewhere: int = 0
    undeclared: int = 0
    undeclared_taken: int = 0
    first_right_s: dict[int, float] = {}
    first_seen_s: dict[int, float] = {}
    ever_wrong: set[int] = set()
    ever_taken: set[int] = set()


def run(budget: Budget) -> dict[str, Any]:
    """Run every case over the recording, and time looks at scenes of some sizes."""
    path = recording()
    read = read_scans(path, None)
    if budget.quick:
        read = [scan for scan in read if scan.now_s <= read[0].now_s + QUICK_S]
    flights = flights_of(read)
    cases = []
    for title, share, missing in CASES:
        begun = time.monotonic()
        cases.append(_case(title, stripped_sky(read, flights, share, missing, SEED)))
        print(f"    {title}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return {
        "section": "identify",
        "machine": machine.describe(),
        "recording": path.name,
        "flights": len(flights),
        "hours": (read[-1].now_s - read[0].now_s) / 3_600.0,
        "seed": SEED,
        "cases": cases,
        "speed": [_speed(size, budget) for size in SIZES],
    }


def _case(title: str, sky: Sky) -> dict[str, Any]:
    expected = ExpectedFlights(declared(one) for one in sky.flights if one.number not in sky.undeclared)
    picture, looks, tally = Picture(Terms()), NOTHING_YET, Tally()
    times: list[float] = []
    tracks_seen = 0
    for scan in sky.scans:
        picture.advance(scan.reports, scan.now_s)
        tracks = picture.tracks()
        begun = time.perf_counter()
        looks = identify(tracks, expected, scan.now_s, looks)
        times.append(time.perf_counter() - begun)
        tracks_seen = max(tracks_seen, len(tracks))
        _count(tally, sky, tracks, looks, scan.now_s)
    hidden = sky.stripped - sky.undeclared
    waits = [tally.first_right_s[number] - tally.first_seen_s[number] for number in tally.first_right_s]
    return {
        "title": title,
        "stripped_flights": len(hidden),
        "undeclared_flights": len(sky.undeclared),
        "flights_right": len(tally.first_right_s),
        "flights_wrong": len(tally.ever_wrong),
        "undeclared_taken_flights": len(tally.ever_taken),
        "precision": tally.right / max(1, tally.right + tally.wrong),
        "recall": tally.right / max(1, tally.right + tally.wrong + tally.open),
        "median_wait_s": statistics.median(waits) if waits else None,
        "known_right": tally.known_right / max(1, tally.known),
        "known_elsewhere": tally.known_elsewhere / max(1, tally.known),
        "undeclared_left": 1.0 - tally.undeclared_taken / max(1, tally.undeclared),
        "looks": {name: getattr(tally, name) for name in ("right", "wrong", "open", "known", "undeclared")},
        "most_tracks": tracks_seen,
        "median_look_s": statistics.median(times),
    }


def _count(tally: Tally, sky: Sky, tracks: tuple[Track, ...], looks: Identifications, now_s: float) -> None:
    at: dict[int, list[int]] = {}
    for one in sky.flights:
        if one.from_s <= now_s <= one.until_s + 60.0:
            at.setdefault(one.icao_address, []).append(one.number)
    for track in tracks:
        if track.on_ground or track.age not in BELIEVED:
            continue
        found = looks.tracks[track.track_id].found
        if track.identity.icao_address is not None:
            _count_known(tally, sky, at.get(track.identity.icao_address, []), found)
            continue
        number = sky.by_name.get(track.track_id.rpartition("/")[2])
        if number is not None:
            _count_hidden(tally, sky, number, found, now_s)


def _count_known(tally: Tally, sky: Sky, numbers: list[int], found: TrackIdentification) -> None:
    truly = [number for number in numbers if number not in sky.undeclared and number not in sky.stripped]
    if not truly:
        return
    tally.known += 1
    tally.known_right += _taken_for(found) in truly
    tally.known_elsewhere += found.state is IdentificationState.NON_CONFORMING


def _count_hidden(tally: Tally, sky: Sky, number: int, found: TrackIdentification, now_s: float) -> None:
    taken = _taken_for(found)
    if number in sky.undeclared:
        tally.undeclared += 1
        if taken is not None:
            tally.undeclared_taken += 1
            tally.ever_taken.add(number)
        return
    tally.first_seen_s.setdefault(number, now_s)
    if taken is None:
        tally.open += 1
    elif taken == number:
        tally.right += 1
        tally.first_right_s.setdefault(number, now_s)
    else:
        tally.wrong += 1
        tally.ever_wrong.add(number)


def _taken_for(found: TrackIdentification) -> int | None:
    if found.state is IdentificationState.UNIDENTIFIED or found.match is None or found.match.item_id is None:
        return None
    return int(found.match.item_id)


def _speed(size: int, budget: Budget) -> dict[str, Any]:
    """Looks at as many tracks as flights, a twentieth of them without identity."""
    tracks, flights, now_s = scene(size)
    expected, looks = ExpectedFlights(flights), NOTHING_YET
    times, worked = [], []
    for second in range(10 if budget.quick else 60):
        begun, worked_s = time.perf_counter(), time.thread_time()
        looks = identify(tracks, expected, now_s + second, looks)
        times.append(time.perf_counter() - begun)
        worked.append(time.thread_time() - worked_s)
    later = sorted(times[1:])
    states = Counter(one.found.state.value for one in looks.tracks.values())
    return {
        "tracks": size,
        "flights": size,
        "volumes": sum(len(flight.volumes) for flight in flights),
        "median_s": statistics.median(later),
        "processor_s": statistics.median(worked[1:]),
        "p99_s": later[min(len(later) - 1, int(0.99 * len(later)))],
        "states": dict(states),
    }


def table(result: dict[str, Any]) -> str:
    """Return both tables, and whether the goal of speed is met."""
    slowest = max(one["processor_s"] for one in result["speed"])
    verdict = "met" if slowest <= GOAL_S else "not met"
    return "\n\n".join(
        [
            f"`{result['recording']}`: {result['flights']} flights in {result['hours']:.1f} h, one look every 4 s, seed"
            f" {result['seed']}. {machine.sentence(result['machine'])}.",
            _correlation(result["cases"]),
            "One look at all tracks, on one thread; wall-clock times say as much of what else the machine did. Goal"
            f" {markdown.milliseconds(GOAL_S)} ms of processor time: {verdict}.",
            _speeds(result["speed"]),
        ]
    )


def _correlation(cases: list[dict[str, Any]]) -> str:
    head = [
        "aircraft", "flights without identity", "precision", "recall", "ever right", "ever wrong", "median wait",
        "undeclared left unidentified", "others right", "others elsewhere",
    ]  # fmt: skip
    rows = []
    for one in cases:
        wait = "–" if one["median_wait_s"] is None else f"{one['median_wait_s']:.0f} s"
        left = "–"
        if one["undeclared_flights"]:
            kept = one["undeclared_flights"] - one["undeclared_taken_flights"]
            left = f"{_percent(one['undeclared_left'])} ({kept} of {one['undeclared_flights']} flights)"
        rows.append(
            [
                one["title"],
                str(one["stripped_flights"]),
                _percent(one["precision"]),
                _percent(one["recall"]),
                f"{one['flights_right']} of {one['stripped_flights']}",
                str(one["flights_wrong"]),
                wait,
                left,
                _percent(one["known_right"]),
                _percent(one["known_elsewhere"]),
            ]
        )
    return markdown.table(head, rows)


def _speeds(speed: list[dict[str, Any]]) -> str:
    head = ["tracks", "flights", "volumes", "processor time", "median", "p99"]
    rows = [
        [
            *(markdown.count(one[name]) for name in ("tracks", "flights", "volumes")),
            *(f"{markdown.milliseconds(one[name])} ms" for name in ("processor_s", "median_s", "p99_s")),
        ]
        for one in speed
    ]
    return markdown.table(head, rows)


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %"
