"""Whose a flight or a constraint is: who may change and end it through the operators' way in, and who may not.

It belongs to the operator that planned it. Whoever is on duty for the USS may change and end everything in it, and it
stays its operator's. What the USS does by itself (following a flight, ending one whose time ran out) asks nobody.
"""

from __future__ import annotations

import msgspec

from steerclear.services.uss.flight_events import Flight, OwnConstraint


class NotYoursError(ValueError):
    """It is another operator's; nothing has changed."""


class Caller(msgspec.Struct, frozen=True):
    """Whoever asks for a change: the `sub` of its token, and whether it is on duty for the whole USS."""

    operator: str
    on_duty: bool = False

    def may_change(self, operator: str) -> bool:
        """Whether what belongs to an operator is the caller's to change."""
        return self.on_duty or self.operator == operator


def check_flight(flight: Flight | None, caller: Caller | None) -> None:
    """Raises NotYoursError; None is the USS itself, and no flight is nobody's."""
    if flight is not None and caller is not None and not caller.may_change(flight.operator):
        raise NotYoursError(
            f"flight {flight.flight_id} is another operator's: only that operator, or who is on duty for this USS, may "
            "change or end it or report where it is"
        )


def check_constraint(constraint: OwnConstraint | None, caller: Caller | None) -> None:
    """Raises NotYoursError; None is the USS itself, and no constraint is nobody's."""
    if constraint is not None and caller is not None and not caller.may_change(constraint.provider):
        raise NotYoursError(
            f"constraint {constraint.constraint_id} is another provider's: only that provider, or who is on duty for "
            "this USS, may change or withdraw it"
        )


def in_place_of(operator: str, caller: Caller | None) -> bool:
    """Whether somebody else than its operator changes something, so that its operator must hear of it."""
    return caller is not None and caller.operator != operator
