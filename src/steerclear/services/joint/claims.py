"""Where the sides tell one matter differently: what each says stands beside the other, and nothing is decided here.

Two tracks of one aircraft differ where they are farther apart than both sources' accuracies allow, also when the whole
uncertainty of the clocks is given to the aircraft's speed. Altitudes are compared of one datum only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import combinations

import msgspec

from steerclear.geodesy.paths import surface_distance
from steerclear.model.alert import AlertChange, Severity
from steerclear.services.joint.claims_said import said_claims
from steerclear.services.joint.limits import (
    COMPARE_WITHIN_S,
    DIFFERING_POINTS,
    MAX_CLAIMS,
    SAME_ALERT_WITHIN_S,
)
from steerclear.services.joint.messages import Clocks
from steerclear.services.joint.side import Side
from steerclear.services.joint.timeline import AlertShown, Claim, JointMessage
from steerclear.services.joint.tracks import Fix, Flown


def joint_claims(
    sides: Sequence[Side], clocks: Clocks, messages: Sequence[JointMessage], alerts: Sequence[AlertShown]
) -> tuple[tuple[Claim, ...], int]:
    """The differences, by time, and how many there are in all."""
    found = list(said_claims(sides, clocks, messages))
    for one, other in combinations(sides, 2):
        found += _tracks(one, other, clocks)
        found += _alerts(one, other, alerts)
    found.sort(key=lambda claim: (claim.time_s, claim.matter, claim.about))
    return tuple(found[:MAX_CLAIMS]), len(found)


class _Apart(msgspec.Struct):
    """How far two tracks of one aircraft were apart where it was most beyond what their accuracies allow."""

    points: int = 0
    compared: int = 0
    time_s: float = 0.0
    distance_m: float = 0.0
    allowed_m: float = 0.0
    ours: Fix | None = None
    theirs: Fix | None = None


def _tracks(one: Side, other: Side, clocks: Clocks) -> Iterator[Claim]:
    ours, theirs = one.tracks.flown(), other.tracks.flown()
    doubt_s = _doubt_s(clocks, one.party) + _doubt_s(clocks, other.party)
    for key in sorted(ours.keys() & theirs.keys()):
        label = ours[key].identity.label
        horizontal, vertical = _apart(ours[key], theirs[key], doubt_s)
        for apart, what in ((horizontal, "m on the ground"), (vertical, "m in height")):
            if apart.points >= DIFFERING_POINTS and apart.ours is not None and apart.theirs is not None:
                told = (
                    f"; {apart.points} of {apart.compared} comparisons are beyond what accuracy and clocks allow, the"
                    f" worst one {apart.distance_m:,.0f} {what} where {apart.allowed_m:,.0f} are allowed"
                )
                yield Claim(
                    matter="where an aircraft was",
                    about=label,
                    time_s=apart.time_s,
                    says={
                        one.party: f"{label} was at {_place(apart.ours)}{told}",
                        other.party: f"{label} was at {_place(apart.theirs)}{told}",
                    },
                )


def _apart(ours: Flown, theirs: Flown, doubt_s: float) -> tuple[_Apart, _Apart]:
    """(on the ground, in height) at every report of ours between two close reports of theirs."""
    horizontal, vertical = _Apart(), _Apart()
    times = [fix.time_s for fix in theirs.fixes]
    for fix in ours.fixes:
        place = bisect_left(times, fix.time_s)
        if place in (0, len(times)) and (place == len(times) or times[place] != fix.time_s):
            continue
        after, before = theirs.fixes[place], theirs.fixes[max(place - 1, 0)]
        if after.time_s - before.time_s > COMPARE_WITHIN_S:
            continue
        there = _between(before, after, fix.time_s)
        distance_m = float(
            surface_distance(fix.latitude_deg, fix.longitude_deg, there.latitude_deg, there.longitude_deg)
        )
        allowed_m = fix.accuracy_m + there.accuracy_m + doubt_s * max(fix.speed_mps, there.speed_mps)
        _count(horizontal, fix, there, distance_m, allowed_m)
        if fix.altitude_m is not None and there.altitude_m is not None and fix.datum is there.datum:
            allowed_m = fix.height_accuracy_m + there.height_accuracy_m
            _count(vertical, fix, there, abs(fix.altitude_m - there.altitude_m), allowed_m)
    return horizontal, vertical


def _count(apart: _Apart, fix: Fix, there: Fix, distance_m: float, allowed_m: float) -> None:
    apart.compared += 1
    if distance_m <= allowed_m:
        return
    apart.points += 1
    if distance_m - allowed_m > apart.distance_m - apart.allowed_m:
        apart.time_s, apart.distance_m, apart.allowed_m = fix.time_s, distance_m, allowed_m
        apart.ours, apart.theirs = fix, there


def _between(before: Fix, after: Fix, time_s: float) -> Fix:
    """Where the aircraft was between two close reports, on a straight line."""
    span_s = after.time_s - before.time_s
    share = 0.0 if span_s <= 0.0 else (time_s - before.time_s) / span_s
    turn_deg = (after.longitude_deg - before.longitude_deg + 180.0) % 360.0 - 180.0
    altitude_m = after.altitude_m
    if before.altitude_m is not None and after.altitude_m is not None and before.datum is after.datum:
        altitude_m = before.altitude_m + share * (after.altitude_m - before.altitude_m)
    return msgspec.structs.replace(
        after,
        time_s=time_s,
        latitude_deg=before.latitude_deg + share * (after.latitude_deg - before.latitude_deg),
        longitude_deg=before.longitude_deg + share * turn_deg,
        altitude_m=altitude_m,
        accuracy_m=max(before.accuracy_m, after.accuracy_m),
        speed_mps=max(before.speed_mps, after.speed_mps),
    )


def _place(fix: Fix) -> str:
    height = "" if fix.altitude_m is None else f", {fix.altitude_m:,.0f} m {str(fix.datum).replace('_', ' ')}"
    return f"{fix.latitude_deg:.5f}, {fix.longitude_deg:.5f}{height}"


def _doubt_s(clocks: Clocks, party: str) -> float:
    """By how much a party's time may be off the reference, at most, as far as that is known."""
    clock = clocks.get(party)
    if clock is None or clock.estimate_s is None:
        return 0.0
    ends = [abs(end_s) for end_s in (clock.low_s, clock.high_s) if end_s is not None]
    return max([abs(clock.estimate_s), *ends])


def _alerts(one: Side, other: Side, alerts: Sequence[AlertShown]) -> Iterator[Claim]:
    """Alerts that one side's picture had and the other's had not, although it saw the aircraft."""
    by_matter: dict[tuple[str, object], list[AlertShown]] = {}
    for alert in alerts:
        by_matter.setdefault((alert.seen_by, _matter(alert)), []).append(alert)
    for here, there in ((one, other), (other, one)):
        seen = {flown.identity.label for flown in there.tracks.flown().values()}
        for alert in alerts:
            if alert.seen_by != here.party or not alert.subjects or not _grave(alert):
                continue
            theirs = by_matter.get((there.party, _matter(alert)), [])
            if any(_same_time(alert, held) for held in theirs):
                continue
            if not set(alert.subjects) <= seen:
                continue  # it did not see them all: that is a gap, no contradiction
            worst = max(alert.changes, key=lambda change: change.severity)
            yield Claim(
                matter="an alert that one side had and the other had not",
                about=alert.alert_id,
                time_s=worst.time_s,
                says={
                    here.party: f"{alert.kind.replace('_', ' ')}, {worst.severity.name.lower()}: {worst.reason}",
                    there.party: "its sources saw the same aircraft, and its picture raised no such alert",
                },
            )


def _grave(alert: AlertShown) -> bool:
    return any(change.severity >= Severity.CAUTION for change in alert.changes)


def _matter(alert: AlertShown) -> object:
    return alert.kind, frozenset(alert.subjects), alert.zone_id


def _same_time(alert: AlertShown, held: AlertShown) -> bool:
    """Whether two sides' alerts about the same thing are about one time."""
    (begun, over), (begun_there, over_there) = _span(alert), _span(held)
    return begun <= over_there + SAME_ALERT_WITHIN_S and begun_there <= over + SAME_ALERT_WITHIN_S


def _span(alert: AlertShown) -> tuple[float, float]:
    last = alert.changes[-1]
    over = last.change in (AlertChange.CLEARED, AlertChange.LAPSED)
    return alert.changes[0].time_s, last.time_s if over else float("inf")
