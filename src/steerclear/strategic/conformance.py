"""Conformance of a flight with its volumes: positions in, events of `model.intent.INTENT_STATES` out.

Frame: WGS84 degrees, metres above the ellipsoid, POSIX UTC seconds. A position is outside when its whole circle and
span of accuracy lie outside every volume that holds at its time: the aircraft cannot have been where it said. It is
back when the position itself is inside one, so that a flight along an edge does not flap between two states. Accuracy
counts up to `limits` so that a poor source cannot hide an excursion. What does not come back in 60 s is given up.
Source of the times: ASTM F3548-21, MaxRecoverableTimeInNonconformingState and OiMaxUpdateTime….
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from steerclear.model.intent import INTENT_STATES, IntentEvent, IntentState
from steerclear.separation.overlap import contains
from steerclear.strategic.volumes import PreparedVolume

RECOVER_WITHIN_S: Final = 60.0
"""What has been outside for longer is not expected to come back."""
SILENT_AFTER_S: Final = 60.0
"""A flight whose time has run out and that has not been heard for so long has ended."""
MAX_HORIZONTAL_ACCURACY_M: Final = 100.0
MAX_VERTICAL_ACCURACY_M: Final = 50.0


class FlownPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where an aircraft was, as its operator's system tells it."""

    measured_s: float
    latitude_deg: float
    longitude_deg: float
    height_m: float | None
    """Above the WGS84 ellipsoid; None where it is not known, then only the place is judged."""
    horizontal_accuracy_m: float = 0.0
    """Half width of the 95 % interval; 0 when it is not known, which hides nothing."""
    vertical_accuracy_m: float = 0.0
    datum_uncertainty_m: float = 0.0
    """By how much the height may differ because it was measured from another surface; unlike an accuracy without limit,
    as nobody can choose it."""
    airborne: bool = True


class Conformance(msgspec.Struct, frozen=True, kw_only=True):
    """How a flight stands; `outside_since_s` is None while it conforms."""

    state: IntentState
    outside_since_s: float | None = None
    heard_s: float | None = None
    """Time of the newest position; older ones that come late are passed over."""


class ConformanceEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something the flight's state must follow, with the time it is true for and why."""

    event: IntentEvent
    at_s: float
    reason: str


def step(
    held: Conformance,
    volumes: Sequence[PreparedVolume],
    until_s: float,
    positions: Iterable[FlownPosition],
    now_s: float,
) -> tuple[Conformance, tuple[ConformanceEvent, ...]]:
    """Follow a flight through newer positions and then to `now_s`.

    `volumes` are the nominal ones, `until_s` the end of all its volumes, off-nominal ones too. Events come in the order
    in which they happened; an event that the state table does not have for the state is not told.
    """
    told: list[ConformanceEvent] = []
    for position in sorted(positions, key=lambda one: one.measured_s):
        if held.heard_s is not None and position.measured_s <= held.heard_s:
            continue
        held = _heard(held, volumes, position, told)
        held = msgspec.structs.replace(held, heard_s=position.measured_s)
    held = _waited(held, now_s, told)
    held = _ended(held, until_s, now_s, told)
    return held, tuple(told)


def is_outside(volumes: Sequence[PreparedVolume], position: FlownPosition) -> bool:
    """Whether the aircraft cannot have been in any of the volumes, as far as the position's accuracy goes."""
    horizontal_m = min(position.horizontal_accuracy_m, MAX_HORIZONTAL_ACCURACY_M)
    vertical_m = min(position.vertical_accuracy_m, MAX_VERTICAL_ACCURACY_M)
    return not any(_holds(volume, position, horizontal_m, vertical_m) for volume in volumes)


def is_inside(volumes: Sequence[PreparedVolume], position: FlownPosition) -> bool:
    """Whether the position itself lies in one of the volumes."""
    return any(_holds(volume, position, 0.0, 0.0) for volume in volumes)


def _heard(
    held: Conformance, volumes: Sequence[PreparedVolume], position: FlownPosition, told: list[ConformanceEvent]
) -> Conformance:
    if not position.airborne:
        return held
    if held.state is IntentState.ACCEPTED:
        return _left(held, position.measured_s, "it flies and was not activated", told)
    if held.state is IntentState.ACTIVATED and is_outside(volumes, position):
        return _left(held, position.measured_s, "it is outside its volumes", told)
    if held.state is IntentState.NONCONFORMING:
        held = _waited(held, position.measured_s, told)
        if held.state is IntentState.NONCONFORMING and is_inside(volumes, position):
            held = _moved(held, IntentEvent.RETURN, position.measured_s, "it is back inside its volumes", told)
            return msgspec.structs.replace(held, outside_since_s=None)
    return held


def _left(held: Conformance, at_s: float, reason: str, told: list[ConformanceEvent]) -> Conformance:
    held = _moved(held, IntentEvent.LEAVE, at_s, reason, told)
    return msgspec.structs.replace(held, outside_since_s=at_s)


def _waited(held: Conformance, now_s: float, told: list[ConformanceEvent]) -> Conformance:
    since_s = held.outside_since_s
    if held.state is not IntentState.NONCONFORMING or since_s is None or now_s - since_s <= RECOVER_WITHIN_S:
        return held
    reason = f"it has not come back inside within {RECOVER_WITHIN_S:.0f} s"
    return _moved(held, IntentEvent.GIVE_UP, since_s + RECOVER_WITHIN_S, reason, told)


def _ended(held: Conformance, until_s: float, now_s: float, told: list[ConformanceEvent]) -> Conformance:
    if now_s <= until_s:
        return held
    if held.state is not IntentState.ACCEPTED:
        quiet_since_s = until_s if held.heard_s is None else max(until_s, held.heard_s)
        if now_s - quiet_since_s <= SILENT_AFTER_S:
            return held
    return _moved(held, IntentEvent.END, now_s, "its time has run out", told)


def _moved(
    held: Conformance, event: IntentEvent, at_s: float, reason: str, told: list[ConformanceEvent]
) -> Conformance:
    after = INTENT_STATES.get((held.state, event))
    if after is None:
        return held
    told.append(ConformanceEvent(event=event, at_s=at_s, reason=reason))
    return msgspec.structs.replace(held, state=after)


def _holds(prepared: PreparedVolume, position: FlownPosition, horizontal_m: float, vertical_m: float) -> bool:
    volume = prepared.volume
    if not volume.from_s <= position.measured_s <= volume.until_s:
        return False
    if position.height_m is not None:
        vertical_m += position.datum_uncertainty_m
        if volume.lower_m is not None and position.height_m + vertical_m < volume.lower_m:
            return False
        if volume.upper_m is not None and position.height_m - vertical_m > volume.upper_m:
            return False
    return contains(prepared.footprint, position.latitude_deg, position.longitude_deg, within_m=horizontal_m)
