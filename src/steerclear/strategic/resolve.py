"""The smallest changes of a plan that clear it: later, at another level, to one side, or less of it.

Every option is a proposal that has passed the very check that the plan failed; none is ever applied by itself. Options
are found in whole seconds and metres, smallest in their place (see `marching`), ranked by `disruption`, the same for
the same inputs. Where nothing was found within the limits, that is said with its reason: it does not say that there
is nothing.

The neighbours must be everything known within reach of the changes, not only of the plan: `search_reach` says how far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.plan_check import PlanCheck, Weight
from steerclear.model.resolution import (
    ChangeKind,
    NothingFound,
    PairProposal,
    Resolution,
    Resolutions,
    ResolveLimits,
)
from steerclear.strategic.changes import with_volumes
from steerclear.strategic.check import examine
from steerclear.strategic.marching import March, SearchLimitError
from steerclear.strategic.minima import Requirements
from steerclear.strategic.precedence import precedence
from steerclear.strategic.proposing import delays, levels, shifts
from steerclear.strategic.situation import Situation
from steerclear.strategic.terms import PlanTerms
from steerclear.strategic.trimming import drops, trims
from steerclear.strategic.volumes import Buffer

_SEARCHES: Final[dict[ChangeKind, Callable[[March, PlanCheck, ResolveLimits], Iterator[Resolution | str]]]] = {
    ChangeKind.DELAY: delays,
    ChangeKind.LEVEL: levels,
    ChangeKind.LATERAL: shifts,
    ChangeKind.TRIM: trims,
    ChangeKind.DROP: drops,
}
_CHANGEABLE: Final[dict[DeclaredKind, frozenset[ChangeKind]]] = {
    DeclaredKind.FLIGHT: frozenset(ChangeKind),
    DeclaredKind.ZONE: frozenset(ChangeKind),
    # Where people are or go is not a matter of airspace: they can at most go later.
    DeclaredKind.MOVEMENT: frozenset({ChangeKind.DELAY}),
}


def resolve(
    plan: Declared,
    neighbours: Iterable[Declared],
    terms: PlanTerms,
    now_s: float,
    limits: ResolveLimits | None = None,
) -> Resolutions:
    """Changes that clear a plan, the least disruptive first.

    Args:
        plan: as for `check`.
        neighbours: everything known within `search_reach` of the plan.
        terms: as for `check`.
        now_s: POSIX seconds.
        limits: how far the search goes.
    """
    return _resolve(plan, Situation(neighbours, terms, now_s), limits or ResolveLimits())


def resolve_pair(
    first: Declared,
    second: Declared,
    neighbours: Iterable[Declared],
    terms: PlanTerms,
    now_s: float,
    limits: ResolveLimits | None = None,
) -> PairProposal:
    """Which of two plans gives way under the agreement, and what each of them could change while the other stays.

    `neighbours`: everything else within reach of both; arguments otherwise as for `resolve`.
    """
    around, bounds = tuple(neighbours), limits or ResolveLimits()
    return PairProposal(
        precedence=precedence(first, second, terms.agreement),
        of_first=_resolve(first, Situation((*around, second), terms, now_s), bounds),
        of_second=_resolve(second, Situation((*around, first), terms, now_s), bounds),
    )


def search_reach(terms: PlanTerms, limits: ResolveLimits | None = None) -> Buffer:
    """How near to a plan something must be known to the search: no change of it reaches anything farther away."""
    bounds, widest = limits or ResolveLimits(), Requirements(terms).widest
    return Buffer(
        horizontal_m=bounds.max_lateral_m + widest.horizontal_m,
        vertical_m=bounds.max_level_m + widest.vertical_m,
        time_s=bounds.max_delay_s,
    )


def _resolve(plan: Declared, situation: Situation, limits: ResolveLimits) -> Resolutions:
    before = examine(plan, situation)
    options: list[Resolution] = []
    nothing: list[NothingFound] = []
    for kind, search in _SEARCHES.items():
        reason = _why_not(plan, before, kind)
        found: list[Resolution] = []
        if not reason:
            found, reason = _found(plan, before, situation, limits, search)
        options += found
        if not found:
            nothing.append(NothingFound(kind=kind, reason=reason))
    return Resolutions(
        before=before, options=tuple(sorted(options, key=_rank)), nothing_found=tuple(nothing), limits=limits
    )


def _why_not(plan: Declared, before: PlanCheck, kind: ChangeKind) -> str:
    if before.of_weight(Weight.CONTRADICTION):
        return "the plan contradicts itself: say first which of it is meant"
    if before.clear:
        return "nothing stands against the plan"
    if kind not in _CHANGEABLE.get(plan.kind, frozenset()):
        return f"a {plan.kind.value.replace('_', ' ')} is not changed in this way"
    if kind is not ChangeKind.DELAY and not before.of_weight(Weight.CONFLICT):
        return "only a notice rule is not kept, and this does not mend that"
    return ""


def _found(
    plan: Declared,
    before: PlanCheck,
    situation: Situation,
    limits: ResolveLimits,
    search: Callable[[March, PlanCheck, ResolveLimits], Iterator[Resolution | str]],
) -> tuple[list[Resolution], str]:
    reason = "none was found within the limits of the search"
    found: list[Resolution] = []
    proposals = search(March(plan, situation, limits.max_comparisons), before, limits)
    try:
        for proposal in proposals:
            if isinstance(proposal, str):
                reason = proposal
                continue
            option = _proven(plan, proposal, situation)
            if option is not None:
                found.append(option)
    except SearchLimitError:
        reason = f"the search ended after comparing {limits.max_comparisons:,} pairs of volumes"
    return sorted(found, key=_rank)[: limits.max_options], reason


def _proven(plan: Declared, proposal: Resolution, situation: Situation) -> Resolution | None:
    """A proposal with the check that it passed; None for one that did not pass."""
    checked = examine(with_volumes(plan, proposal.volumes), situation)
    if checked.of_weight(Weight.CONFLICT) or checked.of_weight(Weight.CONTRADICTION):
        return None
    return replace(proposal, check=checked)


def _rank(option: Resolution) -> tuple[bool, float, str, str]:
    return not option.check.clear, option.disruption, option.kind.value, option.said
