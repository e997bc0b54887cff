"""How urgent a question is: by the time until the aircraft is where it must be known."""

from __future__ import annotations

from typing import Final

from steerclear.model.agreement import IdentificationTerms
from steerclear.model.identification import Approach
from steerclear.model.vocabulary import Urgency

RANKS: Final = {Urgency.ROUTINE: 0, Urgency.URGENT: 1, Urgency.IMMEDIATE: 2}


def urgency_of(terms: IdentificationTerms, approach: Approach) -> Urgency:
    """Immediate inside and within `immediate_within_s` of the boundary, urgent within `urgent_within_s`."""
    if approach.time_to_boundary_s <= terms.immediate_within_s:
        return Urgency.IMMEDIATE
    return Urgency.URGENT if approach.time_to_boundary_s <= terms.urgent_within_s else Urgency.ROUTINE
