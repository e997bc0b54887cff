"""What the picture's two aids cost: the alignment check of its feeds, and advice for one own aircraft.

The sky: 1,000 aircraft over 400 km by 400 km, en-route speeds, from the ground to 11 km. Alignment: three feeds that
report every aircraft every second, each second's reports taken and, every tenth second, all feeds compared. Advice:
the free bands and manoeuvres of one aircraft among the others, with en-route minima 180 s ahead.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench import machine, markdown
from bench.budget import Budget
from steerclear.model.track import AltitudeDatum, Identity, Track, TrackAge, TrackReport
from steerclear.separation.bands import Traffic, free_cells, within_reach
from steerclear.separation.manoeuvres import climb_stem, level_stem, speed_stem, turn_stem
from steerclear.tactical.advice import advise
from steerclear.tactical.alignment import AlignmentCheck
from steerclear.tactical.terms import AlignmentTerms, Terms

AIRCRAFT = 1_000
FEEDS = ("adsb", "mlat", "radar")
GOALS = {"bands_of_one_aircraft_ms": 5.0}
LOOKAHEAD_S = 180.0


def run(budget: Budget) -> dict[str, Any]:
    """Measure each part until its share of the budget is spent, at least five times."""
    share_s = budget.seconds / 4.0
    own, tracks = sky()
    numbers = {
        "bands_of_one_aircraft_ms": _median(lambda: bands(tracks), share_s),
        "whole_advice_for_one_aircraft_ms": _median(lambda: advice(own, tracks), share_s),
        **alignment(10 if budget.quick else 60),
    }
    return {"section": "aids", "machine": machine.describe(), "aircraft": AIRCRAFT, "numbers": numbers}


def _median(work: Callable[[], object], seconds: float) -> float:
    work()
    begun, took = time.monotonic(), []
    while len(took) < 5 or (time.monotonic() - begun < seconds and len(took) < 200):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1e3)
    return statistics.median(took)


def sky() -> tuple[Track, list[Track]]:
    """An own aircraft in the middle, and the others."""
    rng = np.random.default_rng(7)
    tracks = [
        Track(
            track_id=f"t{k}",
            identity=Identity(icao_address=k + 1),
            party=None,
            age=TrackAge.FRESH,
            time_s=0.0,
            latitude_deg=45.0 + (float(rng.uniform(-1.8, 1.8)) if k else 0.0),
            longitude_deg=10.0 + (float(rng.uniform(-2.5, 2.5)) if k else 0.0),
            altitude_m=float(rng.uniform(0.0, 11_000.0)) if k else 9_000.0,
            altitude_datum=AltitudeDatum.PRESSURE_STANDARD,
            east_mps=float(rng.normal(0.0, 140.0)),
            north_mps=float(rng.normal(0.0, 140.0)) if k else 220.0,
            up_mps=float(rng.choice([0.0, 0.0, 7.0, -7.0])),
            on_ground=False,
            sources=("adsb",),
        )
        for k in range(AIRCRAFT)
    ]
    return tracks[0], tracks


def advice(own: Track, tracks: list[Track]) -> object:
    """What the command and the route do."""
    return advise(own, tracks, Terms(lookahead_s=LOOKAHEAD_S), 0.0)


def bands(tracks: list[Track]) -> None:
    """The kernels alone: prefilter and four manoeuvres, each to both sides."""
    east = np.array([(one.longitude_deg - 10.0) * 78_847.0 for one in tracks[1:]])
    north = np.array([(one.latitude_deg - 45.0) * 111_132.0 for one in tracks[1:]])
    up = np.array([(one.altitude_m or 0.0) - 9_000.0 for one in tracks[1:]])
    speeds = np.array([(one.east_mps, one.north_mps, one.up_mps) for one in tracks[1:]])
    ones = np.ones(len(east))
    all_of_them = Traffic(np.stack([east, north, up], 1), speeds, 9_260.0 * ones, 259.08 * ones, LOOKAHEAD_S * ones)
    velocity = np.array([0.0, 220.0, 0.0])
    near = all_of_them.chosen(within_reach(all_of_them, 264.0, 7.6))
    for side in (-1.0, 1.0):
        free_cells(turn_stem(velocity, np.radians(1.0), side * np.pi), near)
        free_cells(speed_stem(velocity, 0.5, 220.0 + side * 44.0), near)
        free_cells(climb_stem(velocity, 2.45, side * 7.6), near)
        free_cells(level_stem(velocity, 7.6, side * 1_219.2), near)


def alignment(seconds: int) -> dict[str, float]:
    """Milliseconds for each second of reports, and for one comparison of all feeds."""
    rng = np.random.default_rng(8)
    place, speed = rng.uniform(-1.8, 1.8, (2, AIRCRAFT)), rng.normal(0.0, 140.0, (2, AIRCRAFT))
    check = AlignmentCheck(AlignmentTerms(), ())
    taken, looked = [], []
    for second in range(seconds + 1):
        reports = [
            TrackReport(
                source=feed,
                time_s=float(second),
                receipt_time_s=float(second),
                latitude_deg=45.0 + float(place[0, k] + speed[0, k] * second / 111_132.0),
                longitude_deg=10.0 + float(place[1, k] + speed[1, k] * second / 78_847.0),
                pressure_altitude_m=5_000.0,
                east_mps=float(speed[1, k]),
                north_mps=float(speed[0, k]),
                icao_address=k + 1,
            )
            for feed in FEEDS
            for k in range(AIRCRAFT)
        ]
        start = time.perf_counter()
        check.take(reports, FEEDS, float(second))
        taken.append((time.perf_counter() - start) * 1e3)
        if second and check.is_due(float(second)):
            start = time.perf_counter()
            check.look(float(second))
            looked.append((time.perf_counter() - start) * 1e3)
    return {
        "reports_of_a_second_taken_ms": statistics.median(taken),
        "comparison_of_three_feeds_ms": statistics.median(looked),
    }


def table(result: dict[str, Any]) -> str:
    """Return the numbers with the goal."""
    return "\n\n".join(
        [
            f"{result['aircraft']:,} aircraft; alignment with three feeds of all of them, compared every 10 s;"
            f" one picture step is one second. {machine.sentence(result['machine'])}.",
            markdown.named_numbers(result["numbers"], GOALS),
        ]
    )
