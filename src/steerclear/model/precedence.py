"""Who gives way where two plans conflict: rules that are asked in turn, until one tells the two plans apart.

The answer informs; it never commands. A plan that gives way under the agreement is still its party's own decision.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class PrecedenceBy(StrEnum):
    """What a rule asks of two plans."""

    EMERGENCY = "emergency"
    """An emergency or medical flight goes before any other."""
    PRIORITY = "priority"
    """The one with the higher priority goes first."""
    CREWED = "crewed"
    """A crewed flight goes before an uncrewed one."""
    PARTY = "party"
    """A plan of one named party goes before a plan of another."""
    ACTIVATED = "activated"
    """A flight in use goes before one that is not yet."""
    EARLIER = "earlier"
    """The one that was declared earlier goes first."""


class PrecedenceRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; `first` and `before` are parties, and are named by a rule between two parties only."""

    by: PrecedenceBy
    first: str = ""
    """The party whose plan goes first."""
    before: str = ""
    """The party whose plan gives way to it."""


DEFAULT_PRECEDENCE: Final = tuple(
    PrecedenceRule(by=by)
    for by in (
        PrecedenceBy.EMERGENCY,
        PrecedenceBy.PRIORITY,
        PrecedenceBy.CREWED,
        PrecedenceBy.ACTIVATED,
        PrecedenceBy.EARLIER,
    )
)
"""The usual order, which is shown, as not agreed, where an agreement says nothing about precedence."""
