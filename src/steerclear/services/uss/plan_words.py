"""What a plan meets, in words for its user."""

from __future__ import annotations

from steerclear.strategic.uss_conflicts import ConflictCheck


def conflict_words(check: ConflictCheck) -> str:
    """The conflicts of a plan in a sentence; empty when there are none."""
    said = []
    for one in check.conflicts:
        priority = "unknown priority" if one.priority is None else f"priority {one.priority}"
        may = "permitted" if one.permitted else "not permitted"
        said.append(f"operational intent {one.intent_id} of {one.manager}, {priority} ({one.ground.value}: {may})")
    return "" if not said else "conflicts with " + "; ".join(said)


def constraint_words(check: ConflictCheck) -> str:
    """The constraints a plan meets in a sentence; empty when there are none."""
    said = [f"constraint {one.constraint_id} of {one.manager}" for one in check.constraints]
    return "" if not said else "meets " + "; ".join(said)
