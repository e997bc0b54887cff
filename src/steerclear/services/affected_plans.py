"""Which declared plans an amendment of the agreement concerns: those that it brings under another party's control."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.plan_check import Finding
from steerclear.services.known_places import known_places
from steerclear.strategic.authority import authority_changes


class AffectedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A declared item, and what an amendment changes about who controls where it goes."""

    kind: DeclaredKind
    item_id: str
    party: str
    title: str
    findings: tuple[Finding, ...]


def affected_plans(old: Agreement, new: Agreement, plans: Iterable[Declared]) -> tuple[AffectedPlan, ...]:
    """What a version changes for declared items, as far as they last into its time; its contacts are the new ones."""
    lasting = (plan for plan in plans if any(one.until_s >= new.in_force_from_s for one in plan.volumes))
    return tuple(
        AffectedPlan(
            kind=plan.kind, item_id=plan.declared_id, party=plan.party, title=plan.title, findings=tuple(findings)
        )
        for plan, findings in authority_changes(old, new, lasting, known_places(new))
    )
