"""The pairs of a scan against the library's reference, few aircraft and many, in each altitude datum."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.separation import brute_force_conflicts
from steerclear.tactical import Picture, Terms
from steerclear.tactical.finder import in_cylinder
from tests.tactical.scenes import START_S, report

MINIMA = {"horizontal_m": 9_260.0, "vertical_m": 259.08, "lookahead_s": 300.0}


def sky(seed: int, count: int):
    rng = np.random.default_rng(seed)
    spread = 0.02 * np.sqrt(count)
    return [
        report(
            k,
            latitude_deg=float(rng.uniform(50.0 - spread, 50.0 + spread)),
            longitude_deg=float((179.99 + rng.uniform(-spread, spread) + 180.0) % 360.0 - 180.0),
            pressure_altitude_m=float(rng.integers(30, 34)) * 304.8,
            east_mps=float(rng.normal(0.0, 150.0)),
            north_mps=float(rng.normal(0.0, 150.0)),
            up_mps=float(rng.choice([0.0, 0.0, 5.0, -8.0])),
        )
        for k in range(count)
    ]


def believed(reports, belief_s):
    """The reference: every pair by brute force, then the rule about climbs in one line."""
    columns = np.array(
        [(r.latitude_deg, r.longitude_deg, r.pressure_altitude_m, r.east_mps, r.north_mps, r.up_mps) for r in reports]
    ).T
    found = {}
    for row in brute_force_conflicts(*columns, **MINIMA).pairs:
        apart = abs(columns[2][row["i"]] - columns[2][row["j"]])
        if row["t_in_s"] <= belief_s or apart <= MINIMA["vertical_m"]:
            found[reports[row["i"]].icao_address, reports[row["j"]].icao_address] = (row["t_in_s"], row["loss_now"])
    return found


@pytest.mark.requirement("SC-TAC-18")
@pytest.mark.parametrize("count", [2, 20, 128, 129, 300])
@pytest.mark.parametrize("belief_s", [0.0, 45.0, 300.0])
def test_the_scan_finds_what_brute_force_finds(count, belief_s):
    terms = Terms(climb_belief_s=belief_s)
    picture = Picture(terms)
    reports = sky(count, count)
    picture.advance(reports, START_S)
    table = picture._table
    found, checked = in_cylinder(table, terms, 10**6, **MINIMA).find(START_S)
    address = {slot: table.known(slot).identity.icao_address for slot in table.slots()}
    got = {tuple(sorted((address[p.low], address[p.high]))): (p.t_in_s, p.loss_now) for p in found}
    assert got == believed(reports, belief_s)
    assert checked.believed == count


@given(
    seed=st.integers(0, 10_000),
    datums=st.lists(st.sampled_from(["pressure", "ellipsoid", "both", "none"]), min_size=2, max_size=8),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.requirement("SC-TAC-05")
def test_every_pair_is_compared_in_the_datum_it_has_in_common(seed, datums):
    rng = np.random.default_rng(seed)
    terms = Terms()
    reports, truth = [], set()
    for k, datum in enumerate(datums):
        pressure = float(rng.uniform(9_000.0, 11_000.0)) if datum in ("pressure", "both") else None
        ellipsoid = float(rng.uniform(9_000.0, 11_000.0)) if datum in ("ellipsoid", "both") else None
        reports.append(report(k, pressure_altitude_m=pressure, ellipsoid_altitude_m=ellipsoid))
    for a, b in combinations(reports, 2):
        pressures = [one.pressure_altitude_m for one in (a, b)]
        heights = [one.ellipsoid_altitude_m for one in (a, b)]
        either = [p if p is not None else h for p, h in zip(pressures, heights, strict=True)]
        limits = ((pressures, 259.08), (heights, 259.08), (either, 1_259.08))
        compared = next(((pair, limit) for pair, limit in limits if None not in pair), None)
        if compared and abs(compared[0][0] - compared[0][1]) <= compared[1]:
            truth.add((a.icao_address, b.icao_address))
    picture = Picture(terms)
    picture.advance(reports, START_S)
    table = picture._table
    found, checked = in_cylinder(table, terms, 10**6, **MINIMA).find(START_S)
    address = {slot: table.known(slot).identity.icao_address for slot in table.slots()}
    got = [tuple(sorted((address[pair.low], address[pair.high]))) for pair in found]
    assert len(got) == len(set(got))
    assert set(got) == truth
    assert checked.without_altitude == datums.count("none")
