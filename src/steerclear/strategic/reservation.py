"""The life of a zone: what its declared times, the bookings it overlaps, its basis and now make of it.

Nothing here happens by a message that may be lost: the state follows from what is declared and from the time, so two
sides that know the same bookings always see the same states. Each booking has its own state; that one is active or
pending never hides that the next one is pending too (a known fault of a reservation system: of two back-to-back
bookings the second lost its "pending"). Bookings that only touch in time are back to back and do not wait for each
other. Silence is no consent: a zone that seeks the others' word stays requested until it has it, also when its time
comes, and it is known and compared all the while.
Times are closed: a zone is active from its first instant to its last. POSIX UTC seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from steerclear.model.intent import (
    CONSTRAINT_STATES,
    PRE_ACTIVE_S,
    Constraint,
    ConstraintBasis,
    ConstraintEvent,
    ConstraintState,
)
from steerclear.model.volumes import Volume4D
from steerclear.strategic.preparing import NO_BUFFER, prepared
from steerclear.strategic.volumes import PreparedVolume, overlap
from steerclear.strategic.widest import widest_reading

ENDED: Final = frozenset({ConstraintState.CLOSED, ConstraintState.CANCELLED})
_WITHOUT_WORD: Final = {
    ConstraintState.REQUESTED: None,
    ConstraintState.QUEUED: ConstraintEvent.FREE,
    ConstraintState.CONFIRMED: ConstraintEvent.REOPEN,
    ConstraintState.PRE_ACTIVE: ConstraintEvent.REOPEN,
}
"""What is due where the word that was sought is not, or no longer, there."""
_BASES: Final = (ConstraintBasis.UNILATERAL, ConstraintBasis.ACKNOWLEDGED, ConstraintBasis.AGREED)


def after(state: ConstraintState, event: ConstraintEvent) -> ConstraintState:
    """The state after an event; unchanged where the event is illegal."""
    return CONSTRAINT_STATES.get((state, event), state)


def next_event(zone: Constraint, ahead: Iterable[Constraint], now_s: float) -> ConstraintEvent | None:
    """What is due to happen to a zone at `now_s`; None where nothing is.

    Args:
        zone: with the state that it has.
        ahead: other bookings, as they stand now; only those that came before it and overlap it matter.
        now_s: POSIX seconds.
    """
    begin_s, end_s = span_s(zone)
    state = zone.state
    event: ConstraintEvent | None
    if state in ENDED:
        event = None
    elif now_s > end_s:
        event = ConstraintEvent.CLOSE
    elif state is ConstraintState.ACTIVE:
        event = None
    elif not has_its_word(zone):
        event = _WITHOUT_WORD[state]
    elif any(stands_in_the_way(other, zone, now_s) for other in ahead):
        event = None if state is ConstraintState.QUEUED else ConstraintEvent.QUEUE
    else:
        event = _by_the_clock(state, begin_s, now_s)
    return event


def _by_the_clock(state: ConstraintState, begin_s: float, now_s: float) -> ConstraintEvent | None:
    """What is due where nothing is in the way and nothing is missing."""
    near = now_s >= begin_s - PRE_ACTIVE_S
    if state is ConstraintState.PRE_ACTIVE:
        begun = ConstraintEvent.BEGIN if now_s >= begin_s else None
        return begun if near else ConstraintEvent.RECEDE
    if state is ConstraintState.CONFIRMED:
        return ConstraintEvent.APPROACH if near else None
    return ConstraintEvent.CONFIRM if state is ConstraintState.REQUESTED else ConstraintEvent.FREE


def events_due(zone: Constraint, ahead: Sequence[Constraint], now_s: float) -> tuple[ConstraintEvent, ...]:
    """Everything that is due to happen to a zone at `now_s`, in order: after a night without power it may be much."""
    events: list[ConstraintEvent] = []
    # The table has no circle that time alone can drive, so this ends after a handful of steps.
    while (event := next_event(zone, ahead, now_s)) is not None:
        events.append(event)
        zone = msgspec.structs.replace(zone, state=after(zone.state, event))
    return tuple(events)


def state_at(zone: Constraint, ahead: Sequence[Constraint], now_s: float) -> ConstraintState:
    """The state of a zone at `now_s`, given what overlaps it."""
    state = zone.state
    for event in events_due(zone, ahead, now_s):
        state = after(state, event)
    return state


def states_at(bookings: Sequence[Constraint], now_s: float) -> dict[str, ConstraintState]:
    """The state of every booking at `now_s`, by id. In the order of declaration, so that each sees those before it."""
    standing = sorted(bookings, key=_turn)
    for number, zone in enumerate(standing):
        standing[number] = msgspec.structs.replace(zone, state=state_at(zone, standing, now_s))
    return {zone.constraint_id: zone.state for zone in standing}


def has_its_word(zone: Constraint) -> bool:
    """Whether a zone stands on the word that its party wants for it, or a stronger one."""
    return _BASES.index(zone.basis) >= _BASES.index(zone.sought)


def stands_in_the_way(other: Constraint, zone: Constraint, now_s: float) -> bool:
    """Whether a booking came before a zone, or is active already, and shares airspace with it for more than an instant.

    One that has not the word that it seeks does not stand in the way: nobody reserves airspace by asking.
    """
    if other.constraint_id == zone.constraint_id or other.state in ENDED:
        return False
    begin_s, end_s = span_s(other)
    # What its party calls active before its time has come takes its turn like any other.
    active = other.state is ConstraintState.ACTIVE and begin_s <= now_s
    if not active and (_turn(other) > _turn(zone) or not has_its_word(other)):
        return False
    if end_s < now_s:
        return False
    return any(
        shared is not None and shared.from_s < shared.until_s
        for one in readable(zone.volumes)
        for two in readable(other.volumes)
        for shared in (overlap(one, two, NO_BUFFER),)
    )


def readable(volumes: Iterable[Volume4D]) -> tuple[PreparedVolume, ...]:
    """A zone's volumes in their widest reading; what is no volume at all is in nobody's way."""
    return tuple(prepared(volume) for volume in map(widest_reading, volumes) if volume is not None)


def span_s(zone: Constraint) -> tuple[float, float]:
    """From the first instant of a zone to its last; one without volumes is over."""
    if not zone.volumes:
        return float("-inf"), float("-inf")
    return min(volume.from_s for volume in zone.volumes), max(volume.until_s for volume in zone.volumes)


def _turn(zone: Constraint) -> tuple[float, str]:
    return float("inf") if zone.declared_s is None else zone.declared_s, zone.constraint_id
