"""Which declared plans an amendment of the agreement concerns: those that it brings under another party's control."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from steerclear.model.agreement import Agreement
from steerclear.model.declared import Declared, DeclaredKind
from steerclear.model.plan_check import Finding
from steerclear.services.known_places import known_places
from steerclear.store.entries import Event
from steerclear.strategic.authority import authority_changes

AFFECTED: Final = "plan.affected"
MAX_AFFECTED_TOLD: Final = 1_000
"""Of more, the last event says how many; `steerclear plan authority` names them all."""
MAX_AFFECTED_BYTES: Final = 8 * 1024 * 1024
"""Of all of them: half of what one append takes, so that the word that the amendment is in force has room beside."""
_encode = msgspec.json.Encoder().encode


class AffectedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A declared item, and what an amendment changes about who controls where it goes."""

    kind: DeclaredKind
    item_id: str
    party: str
    title: str
    findings: tuple[Finding, ...]


class PlanAffected(msgspec.Struct, frozen=True, kw_only=True):
    """Journal event: a version of the agreement came into force and changed who controls where an item goes."""

    agreement_id: str
    version: int
    plan: AffectedPlan
    left_out: int = 0
    """With the last one: how many more are affected than are named."""


def affected_events(new: Agreement, affected: Sequence[AffectedPlan], now_s: float) -> list[Event]:
    """Journal events that say what an amendment concerns: at most `MAX_AFFECTED_TOLD`, as many as one append takes."""
    said: list[PlanAffected] = []
    left_bytes = MAX_AFFECTED_BYTES
    for one in affected[:MAX_AFFECTED_TOLD]:
        event = PlanAffected(agreement_id=new.agreement_id, version=new.version, plan=one)
        left_bytes -= len(_encode(event))
        if left_bytes < 0:
            break
        said.append(event)
    if said and len(said) < len(affected):
        said[-1] = msgspec.structs.replace(said[-1], left_out=len(affected) - len(said))
    return [Event(AFFECTED, _encode(one), now_s) for one in said]


def affected_plans(old: Agreement, new: Agreement, plans: Iterable[Declared]) -> tuple[AffectedPlan, ...]:
    """What a version changes for declared items, as far as they last into its time; its contacts are the new ones."""
    lasting = (plan for plan in plans if any(one.until_s >= new.in_force_from_s for one in plan.volumes))
    return tuple(
        AffectedPlan(
            kind=plan.kind, item_id=plan.declared_id, party=plan.party, title=plan.title, findings=tuple(findings)
        )
        for plan, findings in authority_changes(old, new, lasting, known_places(new))
    )
