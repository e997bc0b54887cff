"""Rules an operational intent must keep before it is shared, and before a peer's is believed; no I/O, no clock.

Every rule that is broken is named. Own intents that break one are rejected, a peer's are not used at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from steerclear.model.intent import INTENT_STATES, IntentEvent, IntentState, OperationalIntent
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Volume4D
from steerclear.services.uss.airspace import (
    ConstraintReference,
    IntentReference,
    SharedConstraint,
    SharedIntent,
    extent_of,
    vertices_of,
)
from steerclear.services.uss.limits import (
    MAX_CLOCK_DIFFERENCE_S,
    MAX_CONSTRAINT_AHEAD_S,
    MAX_CONSTRAINT_AREA_M2,
    MAX_CONSTRAINT_DURATION_S,
    MAX_CONSTRAINT_VERTICES,
    MAX_INTENT_VERTICES,
    MAX_INTENT_VOLUMES,
    MAX_PLAN_AHEAD_S,
    MIN_CONSTRAINT_NOTICE_S,
)
from steerclear.strategic.faults import VolumeError
from steerclear.strategic.uss_conflicts import OFF_NOMINAL, PriorityRules
from steerclear.strategic.volumes import PreparedVolume, prepare

TIME_TOLERANCE_S: Final = 1.0
"""How far a peer's volumes may reach beyond the times of its reference: its DSS may round or clip them."""

EVENT_TO: Final[dict[IntentState, IntentEvent]] = {
    IntentState.ACTIVATED: IntentEvent.ACTIVATE,
    IntentState.NONCONFORMING: IntentEvent.LEAVE,
    IntentState.CONTINGENT: IntentEvent.GIVE_UP,
}


class RuleBrokenError(ValueError):
    """An operational intent or a constraint that breaks a rule of F3548-21; the text says which."""


def check_transition(held: IntentState | None, wanted: IntentState) -> None:
    """Whether a flight may go over to a state, or stay in it with other volumes. Raises RuleBrokenError."""
    if held is None:
        allowed = wanted in (IntentState.ACCEPTED, IntentState.ACTIVATED)
    elif wanted is IntentState.ACCEPTED:
        allowed = held is IntentState.ACCEPTED
    elif wanted is IntentState.ACTIVATED and held is IntentState.NONCONFORMING:
        allowed = INTENT_STATES.get((held, IntentEvent.RETURN)) is wanted
    else:
        event = EVENT_TO.get(wanted)
        allowed = event is not None and INTENT_STATES.get((held, event)) is wanted
    if not allowed:
        before = "not planned" if held is None else held.value
        raise RuleBrokenError(f"a flight that is {before} cannot become {wanted.value}")


def check_intent(intent: OperationalIntent, rules: PriorityRules, now_s: float) -> tuple[PreparedVolume, ...]:
    """The nominal volumes of an intent of ours, prepared, off-nominal ones after them. Raises RuleBrokenError."""
    every = intent.volumes + intent.off_nominal_volumes
    _check_size(every)
    if intent.state in OFF_NOMINAL:
        if not intent.off_nominal_volumes:
            raise RuleBrokenError(f"a {intent.state.value} flight needs volumes that say where it may be now")
    elif intent.off_nominal_volumes:
        raise RuleBrokenError(f"off-nominal volumes have no place in a flight that is {intent.state.value}")
    elif not intent.volumes:
        raise RuleBrokenError("a flight needs at least one volume")
    from_s, until_s = extent_of(every)
    if until_s <= now_s:
        raise RuleBrokenError("the flight lies in the past")
    if intent.state is IntentState.ACCEPTED and from_s > now_s + MAX_PLAN_AHEAD_S:
        raise RuleBrokenError("the flight begins more than 30 days ahead")
    soon_s = now_s + MAX_CLOCK_DIFFERENCE_S
    holds = any(one.from_s <= soon_s and now_s <= one.until_s for one in every)
    if intent.state is IntentState.ACTIVATED and not holds:
        raise RuleBrokenError("no volume of the flight holds now, so it cannot be activated")
    if rules.highest is not None and intent.priority > rules.highest:
        raise RuleBrokenError(f"priority {intent.priority} is above the highest, {rules.highest}")
    if rules.lowest is not None and intent.priority < rules.lowest:
        raise RuleBrokenError(f"priority {intent.priority} is below the lowest, {rules.lowest}")
    return prepared(every)


def prepared(volumes: Sequence[Volume4D]) -> tuple[PreparedVolume, ...]:
    """The volumes, checked and made ready to be compared. Raises RuleBrokenError."""
    ready = []
    for index, volume in enumerate(volumes):
        _check_bounds(volume, index)
        try:
            ready.append(prepare(volume))
        except VolumeError as error:
            raise RuleBrokenError(f"volume {index + 1}: {error}") from None
    return tuple(ready)


def check_shared_intent(shared: SharedIntent, reference: IntentReference | None) -> tuple[PreparedVolume, ...]:
    """All volumes of a peer's intent, prepared. Raises RuleBrokenError.

    `reference` is what the DSS holds; None for a notification, whose reference stands for itself. A version older than
    the DSS's is the caller's to wait for, as the peer may not have heard from the DSS yet.
    """
    own, intent = shared.reference, shared.intent
    if own.ovn is None:
        raise RuleBrokenError("its reference has no ovn")
    if reference is not None:
        _same("id", own.intent_id, reference.intent_id)
        _same("manager", own.manager, reference.manager)
        _same("uss_base_url", own.base_url, reference.base_url)
        if own.version == reference.version:
            _same("state", own.state, reference.state)
            if reference.ovn is not None and reference.ovn.startswith(reference.intent_id):
                # Some DSSs tell the OVN they were asked for by suffix; others a text that is none.
                _same("ovn", own.ovn, reference.ovn)
    every = intent.volumes + intent.off_nominal_volumes
    _check_size(every)
    if not every:
        raise RuleBrokenError("it has no volumes")
    if own.state in OFF_NOMINAL:
        if not intent.off_nominal_volumes:
            raise RuleBrokenError(f"it is {own.state.value} without off-nominal volumes")
    elif intent.off_nominal_volumes:
        raise RuleBrokenError(f"it is {own.state.value} with off-nominal volumes")
    _check_times(every, own.from_s, own.until_s)
    return prepared(every)


def check_shared_constraint(
    shared: SharedConstraint, reference: ConstraintReference | None
) -> tuple[PreparedVolume, ...]:
    """All volumes of a peer's constraint, prepared. Raises RuleBrokenError."""
    own = shared.reference
    if own.ovn is None:
        raise RuleBrokenError("its reference has no ovn")
    if reference is not None:
        _same("id", own.constraint_id, reference.constraint_id)
        _same("manager", own.manager, reference.manager)
        _same("uss_base_url", own.base_url, reference.base_url)
    _check_size(shared.volumes)
    if not shared.volumes:
        raise RuleBrokenError("it has no volumes")
    _check_times(shared.volumes, own.from_s, own.until_s)
    return prepared(shared.volumes)


def check_own_constraint(volumes: tuple[Volume4D, ...], now_s: float) -> tuple[PreparedVolume, ...]:
    """The volumes of a constraint of ours, prepared. Raises RuleBrokenError."""
    if not volumes:
        raise RuleBrokenError("a constraint needs at least one volume")
    if vertices_of(volumes) > MAX_CONSTRAINT_VERTICES:
        raise RuleBrokenError(f"a constraint has at most {MAX_CONSTRAINT_VERTICES:,} vertices")
    from_s, until_s = extent_of(volumes)
    if until_s - from_s > MAX_CONSTRAINT_DURATION_S:
        raise RuleBrokenError("a constraint lasts at most 24 hours")
    if from_s < now_s + MIN_CONSTRAINT_NOTICE_S:
        raise RuleBrokenError("a constraint begins at least 10 minutes after it is declared")
    if from_s > now_s + MAX_CONSTRAINT_AHEAD_S:
        raise RuleBrokenError("a constraint begins at most 56 days ahead")
    ready = prepared(volumes)
    if sum(one.footprint.area_m2 for one in ready) > MAX_CONSTRAINT_AREA_M2:
        raise RuleBrokenError("a constraint covers at most 10,000 square kilometres")
    return ready


def _same(name: str, told: object, known: object) -> None:
    if told != known:
        raise RuleBrokenError(f"{name} is {str(told)[:80]!r}, the DSS has {str(known)[:80]!r}")


def _check_size(volumes: tuple[Volume4D, ...]) -> None:
    if len(volumes) > MAX_INTENT_VOLUMES:
        raise RuleBrokenError(f"{len(volumes):,} volumes; the limit is {MAX_INTENT_VOLUMES:,}")
    if (vertices := vertices_of(volumes)) > MAX_INTENT_VERTICES:
        raise RuleBrokenError(f"{vertices:,} vertices; the limit is {MAX_INTENT_VERTICES:,}")


def _check_times(volumes: tuple[Volume4D, ...], from_s: float, until_s: float) -> None:
    first_s, last_s = extent_of(volumes)
    if first_s < from_s - TIME_TOLERANCE_S or last_s > until_s + TIME_TOLERANCE_S:
        raise RuleBrokenError("its volumes reach beyond the times of its reference")


def _check_bounds(volume: Volume4D, index: int) -> None:
    if volume.lower_m is not None and volume.upper_m is not None and volume.lower_m > volume.upper_m:
        raise RuleBrokenError(f"volume {index + 1}: its lower height is above its upper one")
    if volume.altitude_datum not in (None, AltitudeDatum.ELLIPSOID):
        raise RuleBrokenError(f"volume {index + 1}: heights must be above the WGS84 ellipsoid")
    if not volume.from_s < volume.until_s:
        raise RuleBrokenError(f"volume {index + 1}: it must end after it begins")
