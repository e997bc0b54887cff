"""What an operator's system says to its USS and hears from it, in the words of F3548-21."""

from __future__ import annotations

from typing import Annotated

import msgspec

from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.limits import MAX_STATED_POSITIONS, MAX_WISH_IDENTITIES
from steerclear.interfaces.f3548.wire_records import VehicleTelemetry
from steerclear.interfaces.f3548.wire_values import Extents, Time, Wire
from steerclear.services.uss.limits import MAX_TITLE_CHARS


class AircraftIdentity(Wire, frozen=True):
    """What an aircraft tells of itself; at least one of it."""

    icao_address: Annotated[int, msgspec.Meta(ge=1, le=0xFFFFFF)] | None = None
    callsign: Annotated[str, msgspec.Meta(min_length=1, max_length=16)] | None = None
    remote_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class FlightWish(Wire, frozen=True):
    """A flight as its operator wants it; `volumes` say where it will be or, off-nominal, where it may be now."""

    state: wire.OperationalIntentState
    volumes: Extents
    priority: Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)] = 0
    title: Annotated[str, msgspec.Meta(max_length=MAX_TITLE_CHARS)] = ""
    identities: Annotated[tuple[AircraftIdentity, ...], msgspec.Meta(max_length=MAX_WISH_IDENTITIES)] | None = None
    """How its aircraft show in the picture of the node beside, by which it is followed; left out: as before."""
    check_only: bool = False
    """Tell what would become of it; nothing is shared or changed."""


class FlightAnswer(Wire, frozen=True):
    """What became of a wish, in words, and the flight as it now stands; without one there is none."""

    result: str
    """completed, rejected (the rules do not allow it) or failed (the DSS or a peer did not do what is needed)."""
    words: str
    flight_id: str
    operational_intent: wire.OperationalIntent | None = None
    """Without its OVN where it is another operator's."""
    operator: str | None = None
    """Whose it is: told to that operator and to who is on duty."""


class FlightList(Wire, frozen=True):
    """All flights of this USS."""

    flights: tuple[FlightAnswer, ...]


class Telemetry(Wire, frozen=True):
    """Positions of a flight's aircraft."""

    telemetry: Annotated[tuple[VehicleTelemetry, ...], msgspec.Meta(min_length=1, max_length=MAX_STATED_POSITIONS)]


class Notice(Wire, frozen=True):
    """Something an operator was told."""

    flight_id: str
    trigger: str
    occurred_at: Time
    told_at: Time
    words: str
    conflicts: int | None = None
    operator: str | None = None
    """Whose flight it is about."""


class NoticeList(Wire, frozen=True):
    """What an operator, or for who is on duty every one, was told within a time, oldest first."""

    notices: tuple[Notice, ...]


class ConstraintAnswer(Wire, frozen=True):
    """A constraint as it is shared."""

    constraint: wire.Constraint
