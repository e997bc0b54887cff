"""The flights that the scenarios plan: squares of 400 m in a row, or on two corners of a larger square.

Each scenario says which of its flights must meet and which must not; the places follow from that. Distances are metres
east and north of the south-west corner of the planning area.
"""

from __future__ import annotations

from typing import Any, Final

from qualify.resources import SOUTH, WEST, Declared, declared, in_time, metres, rectangle

SIDE_M: Final = 400.0
NORTH_DEG: Final = 1.0 / 111_160.0
EAST_DEG: Final = 1.0 / 77_100.0
"""Degrees a metre, near enough at the latitude of the planning area."""
TOUCH_M: Final = 0.03
"""An overlap that F3548-21 asks to be found: more than a centimetre."""

Place = tuple[float, float]


def flight(
    *places: Place,
    usage: str = "Planned",
    uas: str = "Nominal",
    priority: int = 0,
    start: str = "-1s",
    duration: str = "30m",
) -> Declared:
    """A flight in squares whose south-western corners are given."""
    area = [
        {
            "outline_polygon": _square(*place),
            "altitude_lower": metres(1_500),
            "altitude_upper": metres(1_560),
            "start_time": in_time(start),
            "duration": duration,
        }
        for place in places
    ]
    information = {"usage_state": usage, "uas_state": uas, "area": area}
    return {"full": {"basic_information": information, "astm_f3548_21": {"priority": priority}}}


def intents(**flights: Declared) -> Declared:
    """A collection of flights by the names that a scenario knows them by."""
    return declared("flight_planning.FlightIntentsResource", {"intent_collection": {"intents": flights}})


def both(name: str, *places: Place, **rest: Any) -> dict[str, Declared]:
    """The same flight planned and in use."""
    return {
        f"{name}_planned": flight(*places, **rest),
        f"{name}_activated": flight(*places, usage="InUse", **rest),
    }


def two_apart() -> Declared:
    """Two flights that do not meet."""
    return intents(flight_1=flight((0, 0)), flight_2=flight((1_000, 0)))


def equal_priorities() -> Declared:
    """Flights of one priority, in a row; Flight 2 meets 1 and 1m, not 1c, and 2m meets none of Flight 1."""
    meeting, apart = (300.0, 0.0), (600.0, 0.0)
    return intents(
        **both("flight1", (0, 0)),
        flight1m_activated=flight((50, 0), usage="InUse"),
        **both("flight1c", (-200, 0)),
        **both("equal_prio_flight2", meeting),
        equal_prio_flight2_nonconforming=flight(meeting, usage="InUse", uas="OffNominal"),
        equal_prio_flight2m_planned=flight(apart),
    )


def higher_priority() -> Declared:
    """Flight 2 has priority: it meets 1 and 1m, and 2m, moved away, meets 1c alone."""
    return intents(
        **both("flight1", (0, 0)),
        **both("flight1m", (50, 0)),
        flight1c_activated=flight((550, 0), usage="InUse"),
        **both("flight2", (300, 0), priority=100),
        flight2m_activated=flight((600, 0), usage="InUse", priority=100),
    )


def validated() -> Declared:
    """Flights that may not be planned, and one that overlaps another by three centimetres."""
    return intents(
        valid_flight=flight((0, 0)),
        valid_activated=flight((0, 0), usage="InUse"),
        valid_conflict_tiny_overlap=flight((SIDE_M - TOUCH_M, 0)),
        invalid_too_far_away=flight((0, 0), start="745h"),
        invalid_recently_ended=flight((0, 0), start="-1807s"),
    )


def nearby() -> Declared:
    """Two flights in opposite corners of one square: they do not meet, their bounding boxes do."""
    return intents(flight_1=flight((500, 0), (0, 500)), flight_2=flight((0, 0), (500, 500)))


def noticed() -> Declared:
    """Flight 2 lies in a corner of the bounding box of Flight 1, and moves there."""
    return intents(
        **both("flight_1", (0, 0), (500, 500)),
        flight_2_planned=flight((500, 0)),
        flight_2_planned_modified=flight((480, 50)),
    )


def down(priority: int = 0) -> Declared:
    """One flight, that the absent USS plans as well."""
    return intents(flight1_planned=flight((0, 0), priority=100), flight2_planned=flight((0, 0), priority=priority))


def _square(east_m: float, north_m: float) -> Declared:
    south, west = SOUTH + north_m * NORTH_DEG, WEST + east_m * EAST_DEG
    return rectangle(south, south + SIDE_M * NORTH_DEG, west, west + SIDE_M * EAST_DEG)
