"""A plan, zone, site or movement is checked against everything that is known: the same check before and at declaring.

A check informs; it reserves nothing and permits nothing. Its findings have names of their own, so that whoever
declares in spite of some says which he has read: a name changes when what the finding is about is revised.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.declared import Declared, StatedPlace
from steerclear.model.plan_check import Finding, FindingKind, PlanCheck, Weight
from steerclear.model.plans import DeclaredItem, declared
from steerclear.model.resolution import Resolutions
from steerclear.services.exchange import Exchange
from steerclear.services.known_places import known_places
from steerclear.services.plan_neighbours import as_declared, neighbours
from steerclear.strategic.check import check
from steerclear.strategic.resolve import resolve
from steerclear.strategic.terms import PlanTerms

FINDING_ID_CHARS: Final = 10
IMPOSSIBLE: Final = frozenset(
    {
        FindingKind.NOTHING_DECLARED,
        FindingKind.NOT_A_SHAPE,
        FindingKind.UPPER_BELOW_LOWER,
        FindingKind.DATUM_MISSING,
        FindingKind.END_BEFORE_START,
    }
)
"""What says nothing that could be told to anyone: it cannot be declared, in spite of whatever."""


class NamedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and the name by which one declares in spite of it."""

    finding_id: str
    finding: Finding


class ItemCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What is known against an item; `clear` means that no conflict is known, never that anything is permitted."""

    clear: bool
    findings: tuple[NamedFinding, ...]
    findings_left_out: int
    compared: int
    unseen: int
    """Sealed items of that time, of which nothing can be said."""
    made_at_s: float
    agreement_id: str
    agreement_version: int

    def standing_against(self, in_spite_of: Sequence[str] = ()) -> tuple[NamedFinding, ...]:
        """Findings that are more than advice and that nobody has said to have read."""
        return tuple(
            one
            for one in self.findings
            if one.finding.weight is not Weight.ADVICE and one.finding_id not in in_spite_of
        )

    def impossible(self) -> tuple[NamedFinding, ...]:
        """Findings about itself by which it cannot be declared at all; what is wrong with another hinders nobody."""
        own = (one for one in self.findings if not one.finding.other_id)
        return tuple(one for one in own if one.finding.kind in IMPOSSIBLE)


def check_item(
    exchange: Exchange, item: DeclaredItem, stated: Sequence[StatedPlace] = ()
) -> tuple[ItemCheck, PlanCheck]:
    """Check an item of ours against everything known; the second value is what goes on record."""
    now_s = exchange.clock.now_s()
    others, elsewhere = neighbours(exchange, item, now_s)
    plan = _plan(_as_ours(exchange, item), stated)
    found = check(plan, others, _terms(exchange.agreement), now_s)
    found = _with_more(found, elsewhere)
    return named(found, others), found


def resolve_item(exchange: Exchange, item: DeclaredItem, stated: Sequence[StatedPlace] = ()) -> Resolutions:
    """The smallest changes that would clear an item of ours, each proven by the same check; none is applied."""
    now_s = exchange.clock.now_s()
    terms = _terms(exchange.agreement)
    others, elsewhere = neighbours(exchange, item, now_s, searching=True)
    found = resolve(_plan(_as_ours(exchange, item), stated), others, terms, now_s)
    options = tuple(msgspec.structs.replace(one, check=_with_more(one.check, elsewhere)) for one in found.options)
    return msgspec.structs.replace(found, before=_with_more(found.before, elsewhere), options=options)


def check_offline(
    agreement: Agreement,
    item: DeclaredItem,
    against: Sequence[DeclaredItem],
    now_s: float,
    stated: Sequence[StatedPlace] = (),
) -> ItemCheck:
    """Check an item against an agreement and the given others, without a node."""
    others = [as_declared(one) for one in against]
    return named(check(_plan(item, stated), others, _terms(agreement), now_s), others)


def resolve_offline(
    agreement: Agreement,
    item: DeclaredItem,
    against: Sequence[DeclaredItem],
    now_s: float,
    stated: Sequence[StatedPlace] = (),
) -> Resolutions:
    """What would clear an item among the given others, without a node."""
    return resolve(_plan(item, stated), [as_declared(one) for one in against], _terms(agreement), now_s)


def named(found: PlanCheck, others: Sequence[Declared]) -> ItemCheck:
    """A check with names for its findings."""
    revisions = {(other.party, other.declared_id): other.revision for other in others}
    return ItemCheck(
        clear=found.clear,
        findings=tuple(
            NamedFinding(finding_id=_finding_id(one, revisions.get((one.other_party, one.other_id), 0)), finding=one)
            for one in found.findings
        ),
        findings_left_out=found.findings_left_out,
        compared=found.compared,
        unseen=found.unseen,
        made_at_s=found.made_at_s,
        agreement_id=found.agreement_id,
        agreement_version=found.agreement_version,
    )


def _with_more(found: PlanCheck, elsewhere: int) -> PlanCheck:
    """A check that says that others were compared as well, of which the index knows that they are too far away."""
    return msgspec.structs.replace(found, compared=found.compared + elsewhere)


def _terms(agreement: Agreement) -> PlanTerms:
    return PlanTerms(agreement=agreement, known_places=known_places(agreement))


def _as_ours(exchange: Exchange, item: DeclaredItem) -> DeclaredItem:
    return declared(msgspec.structs.replace(item.it, party=exchange.us.party_id))


def _plan(item: DeclaredItem, stated: Sequence[StatedPlace]) -> Declared:
    return msgspec.structs.replace(as_declared(item), stated=tuple(stated))


def _finding_id(one: Finding, revision: int) -> str:
    # Another place, or other words for it, is another finding.
    told = [one.said] if one.kind is FindingKind.PLACE_MISMATCH else []
    about = (one.kind, one.other_kind or "", one.other_party, one.other_id, str(revision), *map(str, one.volumes))
    return sha256("\n".join((*about, *told)).encode()).hexdigest()[:FINDING_ID_CHARS]
