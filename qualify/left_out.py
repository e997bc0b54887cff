"""Scenarios of the framework that no round plays, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

REASONS: Final = {
    "scenarios.astm.netrid": "network remote identification (F3411): not built here",
    "scenarios.astm.utm.dss.datastore_access": (
        "whether a CockroachDB or YugabyteDB refuses connections without encryption or password: of the installation"
    ),
    "scenarios.astm.utm.nominal_planning.solo_happy_path": "has no checks any more",
    "scenarios.dev": "a trial of the framework itself",
    "scenarios.eurocae": "documents of geographical zones (ED-269, ED-318): not built here",
    "scenarios.faa": "signed messages of a field trial, which F3548-21 does not have",
    "scenarios.flight_planning.record_planners": "has no checks",
    "scenarios.interuss.communications": "the tokens of an authority, which this project does not run",
    "scenarios.interuss.flight_authorization": "flights judged by a jurisdiction's own table of rules",
    "scenarios.interuss.geospatial_map": "an interface to maps of geographical zones: not built here",
    "scenarios.interuss.mock_uss": "settings of the mock USS, not ours",
    "scenarios.uspace": "U-space authorisations: not built here",
}


def left_out(known: Iterable[str], played: Iterable[str]) -> dict[str, list[str]]:
    """By reason, the scenarios that were not played; a scenario without a reason has an empty one."""
    told: dict[str, list[str]] = {}
    for name in sorted(set(known) - set(played)):
        reason = next((why for start, why in REASONS.items() if name.startswith(start + ".")), "")
        told.setdefault(reason, []).append(name)
    return told
