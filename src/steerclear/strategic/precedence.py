"""Which of two declared items gives way under the agreement, and why.

The rules of the agreement are asked in turn; the first that tells the two apart decides. Where the agreement has no
rules, the usual order is shown and said to be not agreed. People on the ground cannot give way, so a flight or zone
always does to a protected site or movement. A zone that all have agreed on, or that stands in the agreement, goes
before a flight; one that its party has only declared is no such thing, and the rules between parties decide or nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from steerclear.model.agreement import Agreement
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.intent import ConstraintBasis, FlightPurpose, IntentState
from steerclear.model.plan_check import GivesWay, Precedence
from steerclear.model.precedence import DEFAULT_PRECEDENCE, PrecedenceBy, PrecedenceRule
from steerclear.model.vocabulary import AircraftKind

_IN_USE: Final = frozenset({IntentState.ACTIVATED, IntentState.NONCONFORMING, IntentState.CONTINGENT})
_PEOPLE: Final = frozenset({DeclaredKind.SITE, DeclaredKind.MOVEMENT})
_ZONES: Final = frozenset({DeclaredKind.ZONE, DeclaredKind.AGREED_ZONE})
_FLIGHTS_ONLY: Final = frozenset(
    {PrecedenceBy.EMERGENCY, PrecedenceBy.PRIORITY, PrecedenceBy.CREWED, PrecedenceBy.ACTIVATED}
)


def precedence(plan: Declared, other: Declared, agreement: Agreement) -> Precedence:
    """Who gives way of a plan and something else; the same answer from the other side, turned round."""
    of_kind = _by_kind(plan, other)
    if of_kind is not None:
        return of_kind
    rules = agreement.precedence or DEFAULT_PRECEDENCE
    agreed = bool(agreement.precedence)
    both_flights = plan.kind is other.kind is DeclaredKind.FLIGHT
    for rule in rules:
        if rule.by in _FLIGHTS_ONLY and not both_flights:
            continue
        plan_rank, other_rank = _ranks(rule, plan, other)
        if plan_rank is None or other_rank is None or plan_rank == other_rank:
            continue
        gives_way = GivesWay.PLAN if plan_rank < other_rank else GivesWay.OTHER
        back, front = (plan, other) if gives_way is GivesWay.PLAN else (other, plan)
        return Precedence(gives_way=gives_way, by=rule.by, agreed=agreed, reason=_WHY[rule.by](back, front))
    return Precedence(
        gives_way=GivesWay.UNDECIDED,
        agreed=agreed,
        reason="no rule of precedence tells the two apart: to be talked about",
    )


def _by_kind(plan: Declared, other: Declared) -> Precedence | None:
    for gives_way, one, ahead in ((GivesWay.PLAN, plan, other), (GivesWay.OTHER, other, plan)):
        if one.kind in _PEOPLE or one.kind is DeclaredKind.AREA:
            continue
        if ahead.kind in _PEOPLE:
            return Precedence(gives_way=gives_way, agreed=False, reason="people on the ground cannot give way")
        if ahead.kind in _ZONES and one.kind is DeclaredKind.FLIGHT and _agreed_by_all(ahead):
            return Precedence(gives_way=gives_way, agreed=True, reason="all parties have agreed to the zone")
    return None


def _agreed_by_all(zone: Declared) -> bool:
    return zone.kind is DeclaredKind.AGREED_ZONE or zone.basis is ConstraintBasis.AGREED


def _ranks(rule: PrecedenceRule, plan: Declared, other: Declared) -> tuple[float | None, float | None]:
    """How far ahead each of the two is by a rule; None: the rule knows nothing of it."""
    if rule.by is PrecedenceBy.PARTY:
        named = {rule.first: 1.0, rule.before: 0.0}
        return named.get(plan.party), named.get(other.party)
    rank = _RANK[rule.by]
    return rank(plan), rank(other)


def _crewed(one: Declared) -> float | None:
    return None if one.aircraft is None else float(one.aircraft is AircraftKind.CREWED)


def _activated(one: Declared) -> float | None:
    return None if one.state is None else float(one.state in _IN_USE)


def _earlier(one: Declared) -> float | None:
    return None if one.declared_s is None else -one.declared_s


_RANK: Final[dict[PrecedenceBy, Callable[[Declared], float | None]]] = {
    PrecedenceBy.EMERGENCY: lambda one: float(one.purpose is not FlightPurpose.ORDINARY),
    PrecedenceBy.PRIORITY: lambda one: float(one.priority),
    PrecedenceBy.CREWED: _crewed,
    PrecedenceBy.ACTIVATED: _activated,
    PrecedenceBy.EARLIER: _earlier,
}
_WHY: Final[dict[PrecedenceBy, Callable[[Declared, Declared], str]]] = {
    PrecedenceBy.EMERGENCY: lambda _, front: f"{_name(front)} is a flight of {front.purpose} purpose",
    PrecedenceBy.PRIORITY: lambda back, front: (
        f"{_name(front)} has priority {front.priority}, {_name(back)} has {back.priority}"
    ),
    PrecedenceBy.CREWED: lambda back, front: f"{_name(front)} is crewed, {_name(back)} is not",
    PrecedenceBy.PARTY: lambda back, front: f"{front.party} goes before {back.party}",
    PrecedenceBy.ACTIVATED: lambda back, front: f"{_name(front)} is in use already, {_name(back)} is not",
    PrecedenceBy.EARLIER: lambda _, front: f"{_name(front)} was declared earlier",
}


def _name(one: Declared) -> str:
    return one.title or one.declared_id
