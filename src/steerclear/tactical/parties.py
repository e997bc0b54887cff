"""Whose aircraft it is, by the fleet rules of the agreement."""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.model.agreement import Party
from steerclear.model.track import Identity
from steerclear.tactical.table import NO_PARTY


class Fleets:
    """All parties' fleet rules; the most specific rule that matches names the operator.

    An exact address beats a longer prefix, which beats a shorter one, which beats an address range. Where equally
    specific rules of two parties match, nobody is named: both sides must look.
    """

    def __init__(self, parties: Sequence[Party]) -> None:
        self.ids = tuple(party.party_id for party in parties)
        self._rules = tuple(party.fleet for party in parties)

    def party_of(self, identity: Identity) -> int:
        """Index of the operator's party in `ids`, or NO_PARTY."""
        best, winner = 0, NO_PARTY
        for index in range(len(self._rules)):
            rank = self._rank(index, identity)
            if rank > best:
                best, winner = rank, index
            elif rank == best and rank:
                winner = NO_PARTY
        return winner

    def name(self, index: int) -> str | None:
        """The party's id, None for NO_PARTY."""
        return None if index == NO_PARTY else self.ids[index]

    def concerned(self, indices: Sequence[int]) -> tuple[str, ...]:
        """Parties that an alert about aircraft of these parties concerns: an unknown operator may be any of them."""
        if NO_PARTY in indices:
            return tuple(sorted(self.ids))
        return tuple(sorted({self.ids[index] for index in indices}))

    def _rank(self, index: int, identity: Identity) -> int:
        rule = self._rules[index]
        address = identity.icao_address
        if address is not None and address in rule.icao_addresses:
            return 1_000
        prefixes = [len(p) for p in rule.callsign_prefixes if identity.callsign and identity.callsign.startswith(p)]
        prefixes += [len(p) for p in rule.remote_id_prefixes if identity.remote_id and identity.remote_id.startswith(p)]
        if prefixes:
            return 1 + max(prefixes)
        if address is not None and any(first <= address <= last for first, last in rule.icao_address_ranges):
            return 1
        return 0
