"""Whom to call about something: the function that answers for it, at a desk of its party. Never a person."""

from __future__ import annotations

from steerclear.model.agreement import Agreement
from steerclear.model.plan_check import Contact


def contact_of(party_id: str, function: str, agreement: Agreement) -> Contact:
    """The desk that has a function; without such a desk the party's first one and the function it is addressed by.

    A party that is not one of the agreement's has no desk here: the contact names the function alone.
    """
    party = next((party for party in agreement.parties if party.party_id == party_id), None)
    if party is None or not party.desks:
        return Contact(party=party_id, desk="", function=function)
    desks = party.desks_with(function)
    if desks:
        return Contact(party=party_id, desk=desks[0].desk_id, function=function)
    return Contact(party=party_id, desk=party.desks[0].desk_id, function=party.desks[0].functions[0])
