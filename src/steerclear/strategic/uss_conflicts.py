"""Strategic conflict detection as ASTM F3548-21 has it: which overlaps a plan may have, and which forbid it.

Between parties who trust each other little, silence frees no airspace. Here the standard's own rules hold:
a higher priority number goes first, equal numbers only where the regulator permits it, and of a USS that was
declared Down and answers nothing an intent that is not yet flown may be flown through, one that is may not.
A conflict that an aircraft in flight already has may stay; no new one may come. Bounds are closed; an overlap errs
towards being reported, by at most one centimetre.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from steerclear.model.intent import IntentState
from steerclear.strategic.volume_index import VolumeIndex
from steerclear.strategic.volumes import Buffer, Overlap, PreparedVolume, overlap

IN_FLIGHT: Final = frozenset({IntentState.ACTIVATED, IntentState.NONCONFORMING, IntentState.CONTINGENT})
"""States in which an aircraft is in the air."""
OFF_NOMINAL: Final = frozenset({IntentState.NONCONFORMING, IntentState.CONTINGENT})
"""States in which an aircraft is not where it said it would be."""
NO_BUFFER: Final = Buffer(horizontal_m=0.0, vertical_m=0.0, time_s=0.0)


MANY_PAIRS: Final = 4_000
"""From so many pairs of volumes on an index is quicker than a look at each."""


class Ground(StrEnum):
    """Why an overlap is permitted or not."""

    LOWER_PRIORITY = "lower_priority"
    """The other one has the lower number and must give way."""
    EQUAL_PERMITTED = "equal_permitted"
    """Both have a priority at which the regulator lets intents conflict."""
    STANDING = "standing"
    """It was there before: the aircraft is in flight and does not make it."""
    DOWN_UNFLOWN = "down_unflown"
    """Of a USS that is down, not yet in use: it counts as below every priority."""
    AS_FLOWN = "as_flown"
    """The plan tells where an aircraft is, not where it would like to be."""
    HIGHER_PRIORITY = "higher_priority"
    EQUAL_PRIORITY = "equal_priority"
    DOWN_IN_USE = "down_in_use"
    """Of a USS that is down, in use: it counts as having the highest priority, wherever it touches the area."""


PERMITTED: Final[dict[Ground, bool]] = {
    Ground.LOWER_PRIORITY: True,
    Ground.EQUAL_PERMITTED: True,
    Ground.STANDING: True,
    Ground.DOWN_UNFLOWN: True,
    Ground.AS_FLOWN: True,
    Ground.HIGHER_PRIORITY: False,
    Ground.EQUAL_PRIORITY: False,
    Ground.DOWN_IN_USE: False,
}


class PriorityRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the regulator has laid down."""

    conflicts_permitted_at: frozenset[int] = frozenset()
    """Priorities at which two intents of equal priority may conflict; none unless laid down."""
    highest: int | None = None
    """The highest priority there is; None when none is laid down, then nothing reaches it."""
    lowest: int | None = None


class KnownIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Another intent whose details were had; nominal and off-nominal volumes together."""

    intent_id: str
    manager: str
    state: IntentState
    priority: int
    volumes: tuple[PreparedVolume, ...]


class HiddenIntent(msgspec.Struct, frozen=True, kw_only=True):
    """An intent somewhere in the area whose USS is down and answers nothing."""

    intent_id: str
    manager: str
    state: IntentState


class KnownConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """A constraint whose details were had."""

    constraint_id: str
    manager: str
    volumes: tuple[PreparedVolume, ...]


class PlannedIntent(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be flown."""

    state: IntentState
    priority: int
    volumes: tuple[PreparedVolume, ...]
    flown: tuple[PreparedVolume, ...] = ()
    """Volumes in force until now, of an aircraft in flight; empty for one on the ground."""
    standing_with: frozenset[str] = frozenset()
    """Intents that it already conflicted with when its volumes in force were accepted."""


class IntentConflict(msgspec.Struct, frozen=True, kw_only=True):
    """An overlap with another intent."""

    intent_id: str
    manager: str
    priority: int | None
    """None where it is hidden."""
    ground: Ground
    overlap: Overlap | None
    """None where the other's volumes are hidden."""

    @property
    def permitted(self) -> bool:
        """Whether the plan may have it."""
        return PERMITTED[self.ground]


class ConstraintMet(msgspec.Struct, frozen=True, kw_only=True):
    """An overlap with a constraint: the operator must know of it, and decides."""

    constraint_id: str
    manager: str
    overlap: Overlap


class ConflictCheck(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan meets."""

    conflicts: tuple[IntentConflict, ...] = ()
    constraints: tuple[ConstraintMet, ...] = ()

    @property
    def permitted(self) -> bool:
        """Whether nothing that the plan meets forbids it."""
        return all(conflict.permitted for conflict in self.conflicts)


def check_conflicts(
    plan: PlannedIntent,
    known: Iterable[KnownIntent],
    hidden: Iterable[HiddenIntent],
    constraints: Iterable[KnownConstraint],
    rules: PriorityRules,
) -> ConflictCheck:
    """What a plan meets among the other intents and constraints of its area; the plan itself is not among them."""
    found = [conflict for other in known if (conflict := _with_known(plan, other, rules)) is not None]
    found += [_with_hidden(plan, other, rules) for other in hidden]
    met = [
        ConstraintMet(constraint_id=one.constraint_id, manager=one.manager, overlap=where)
        for one in constraints
        if (where := first_overlap(plan.volumes, one.volumes)) is not None
    ]
    return ConflictCheck(conflicts=tuple(found), constraints=tuple(met))


def first_overlap(some: Sequence[PreparedVolume], others: Sequence[PreparedVolume]) -> Overlap | None:
    """Where two sets of volumes meet, if anywhere; None when they do not."""
    if len(some) * len(others) > MANY_PAIRS:
        index: VolumeIndex[int] = VolumeIndex()
        for number, other in enumerate(others):
            index.insert(number, (other,))
        met = index.candidates(some, NO_BUFFER)
        if not met:
            return None
        others = [others[met[0]]]
    for one in some:
        for other in others:
            where = overlap(one, other, NO_BUFFER)
            if where is not None:
                return where
    return None


def _with_known(plan: PlannedIntent, other: KnownIntent, rules: PriorityRules) -> IntentConflict | None:
    where = first_overlap(plan.volumes, other.volumes)
    if where is None:
        return None
    return IntentConflict(
        intent_id=other.intent_id,
        manager=other.manager,
        priority=other.priority,
        ground=_ground(plan, other, rules),
        overlap=where,
    )


def _ground(plan: PlannedIntent, other: KnownIntent, rules: PriorityRules) -> Ground:
    if plan.state in OFF_NOMINAL:
        return Ground.AS_FLOWN
    if plan.priority > other.priority:
        return Ground.LOWER_PRIORITY
    if plan.priority == other.priority and plan.priority in rules.conflicts_permitted_at:
        return Ground.EQUAL_PERMITTED
    if plan.flown and first_overlap(plan.flown, other.volumes) is not None:
        return Ground.STANDING
    return Ground.EQUAL_PRIORITY if plan.priority == other.priority else Ground.HIGHER_PRIORITY


def _with_hidden(plan: PlannedIntent, other: HiddenIntent, rules: PriorityRules) -> IntentConflict:
    if plan.state in OFF_NOMINAL:
        ground = Ground.AS_FLOWN
    elif other.state not in IN_FLIGHT:
        ground = Ground.DOWN_UNFLOWN
    elif plan.flown and other.intent_id in plan.standing_with:
        ground = Ground.STANDING
    elif rules.highest is not None and plan.priority == rules.highest in rules.conflicts_permitted_at:
        ground = Ground.EQUAL_PERMITTED
    else:
        ground = Ground.DOWN_IN_USE
    return IntentConflict(intent_id=other.intent_id, manager=other.manager, priority=None, ground=ground, overlap=None)
