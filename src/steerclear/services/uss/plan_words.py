"""What a plan meets, in words for its user."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from steerclear.services.uss.airspace import ConstraintReference, IntentReference
from steerclear.services.uss.limits import MAX_PLANNING_S
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


def error_words(error: Exception) -> str:
    """Why a plan failed."""
    if isinstance(error, TimeoutError):
        return f"the airspace could not be learned within {MAX_PLANNING_S:.0f} s: try again"
    return str(error)


def secret_words(secret: Sequence[IntentReference | ConstraintReference]) -> str:
    """What stands in a plan's way that only a Down USS could tell of, and what its user can do, in a few sentences."""
    named = "; ".join(_secret(one) for one in secret)
    return (
        f"the DSS asks for knowledge of {named}: its USS was declared Down and does not answer, and its present "
        "version was never told to us, so this flight cannot be shared as accepted or activated where it touches that. "
        "Plan it clear of that place, or after that time; a flight that is in the air may stay as it was shared last, "
        "or be ended; say that it is nonconforming or contingent only where it is so, that needs no such knowledge. "
        "Ask the operators of that USS, or who declared it Down"
    )


def _secret(one: IntentReference | ConstraintReference) -> str:
    until = datetime.fromtimestamp(one.until_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(one, IntentReference):
        return f"operational intent {one.intent_id} of {one.manager}, {one.state.value} until {until}"
    return f"constraint {one.constraint_id} of {one.manager}, until {until}"
