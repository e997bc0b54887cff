"""Whose aircraft it is, and whether it flies with a crew, by the fleet rules of the agreement.

`fleet` and `uncrewed` both bind an aircraft to the party. It counts as uncrewed where only `uncrewed` matches, or
matches more specifically than `fleet`; as crewed where only `fleet` matches. An aircraft of no known party counts as
uncrewed when it reports a remote id and no ICAO address, as crewed when it reports an ICAO address and no remote id.
In every other case nobody can tell: both rules of the party match and `uncrewed` is not the more specific one, rules
of two parties that tie say different things, or the aircraft says nothing or both. Then it may be either, and the
larger minima of all kinds it may be apply.
"""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.model.agreement import FleetRule, Party
from steerclear.model.track import Identity
from steerclear.tactical.table import CREWED, EITHER, NO_PARTY, UNCREWED

_NOBODY = FleetRule()


class Fleets:
    """All parties' fleet rules; the most specific rule that matches names the operator.

    An exact address beats a longer prefix, which beats a shorter one, which beats an address range. Where equally
    specific rules of two parties match, nobody is named: both sides must look.
    """

    def __init__(self, parties: Sequence[Party]) -> None:
        self.ids = tuple(party.party_id for party in parties)
        self._rules = tuple((party.fleet, None if party.uncrewed == _NOBODY else party.uncrewed) for party in parties)

    def belongs(self, identity: Identity) -> tuple[int, int]:
        """(index of the operator's party in `ids` or NO_PARTY, kinds it may be: CREWED, UNCREWED or EITHER)."""
        best, winner, kinds = 0, NO_PARTY, _kinds_of_a_stranger(identity)
        for index, (fleet, uncrewed) in enumerate(self._rules):
            crewed_rank = _rank(fleet, identity)
            uncrewed_rank = 0 if uncrewed is None else _rank(uncrewed, identity)
            rank = max(crewed_rank, uncrewed_rank)
            if rank < best or not rank:
                continue
            this = CREWED
            if uncrewed_rank:
                this = UNCREWED if uncrewed_rank > crewed_rank else EITHER
            if rank > best:
                best, winner, kinds = rank, index, this
            else:
                winner, kinds = NO_PARTY, kinds | this
        return winner, kinds

    def name(self, index: int) -> str | None:
        """The party's id, None for NO_PARTY."""
        return None if index == NO_PARTY else self.ids[index]

    def concerned(self, indices: Sequence[int]) -> tuple[str, ...]:
        """Parties that an alert about aircraft of these parties concerns: an unknown operator may be any of them."""
        if NO_PARTY in indices:
            return tuple(sorted(self.ids))
        return tuple(sorted({self.ids[index] for index in indices}))


def _kinds_of_a_stranger(identity: Identity) -> int:
    if bool(identity.remote_id) == (identity.icao_address is not None):
        return EITHER
    return UNCREWED if identity.remote_id else CREWED


def _rank(rule: FleetRule, identity: Identity) -> int:
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
