"""What an aircraft says of itself, held against what a declared flight says of its aircraft.

A transmitted identity can be wrong or false, so it weighs, and never settles anything alone. The weights are parts of
a confidence between 0 and 1; `weighing` has the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from steerclear.model.agreement import FleetRule
from steerclear.model.track import Identity
from steerclear.strategic.expected import ExpectedFlight, one_letter_apart, plain, shortened
from steerclear.strategic.limits import MAX_COMPARISONS_KEPT

SAME_ADDRESS: Final = 0.60
"""The 24-bit address, or the remote id, is the declared one."""
SAME_CALLSIGN: Final = 0.50
NEARLY_CALLSIGN: Final = 0.25
"""One letter is another, missing or too much: somebody has mistyped."""
OTHER_BESIDE: Final = 0.10
"""Taken off where the address is the declared one and the callsign is another."""
OTHER_ADDRESS: Final = 0.25
"""Taken off where the callsign is the declared one and the address is another."""
OTHER_IDENTITY: Final = -0.50
"""It says who it is, the flight says who flies it, and nothing of that agrees."""
SAME_FLEET: Final = 0.10
"""The agreement's fleet rules name the flight's party, and nothing more is known."""
OTHER_FLEET: Final = -0.40
"""The agreement's fleet rules name another party than the flight's."""
MOST_MISTYPED: Final = 3
"""Where more callsigns are one letter away, they are a fleet's own series, and no hint wherever they are."""
EXACT: Final = 0.45
"""From here on an identity is taken to be the declared one."""


class Likeness(msgspec.Struct, frozen=True, kw_only=True):
    """How an aircraft's identity and a flight's agree."""

    weight: float
    words: tuple[str, ...] = ()
    """One sentence for each thing that agrees or does not."""

    @property
    def exact(self) -> bool:
        """Whether the flight names this aircraft."""
        return self.weight >= EXACT


UNSAID: Final = Likeness(weight=0.0, words=("it says nothing of who it is that the flight could be held against",))


def likeness(identity: Identity, flight: ExpectedFlight, fleet_party: str | None) -> Likeness:
    """The best agreement of an identity with any that a flight names; of nothing said, nothing follows."""
    found = max((_compared(identity, one) for one in flight.identities), key=lambda one: one.weight, default=UNSAID)
    if fleet_party is None or found.exact:
        return found
    if fleet_party != flight.party:
        word = f"its identity follows the fleet rules of {fleet_party}, not of {flight.party}"
        return Likeness(weight=found.weight + OTHER_FLEET, words=(*found.words, word))
    if found.weight == 0.0:
        word = f"its identity follows the fleet rules of {flight.party}"
        return Likeness(weight=SAME_FLEET, words=(word,))
    return found


class Names:
    """Who names whom, looked up and not searched; what was compared once is remembered while the flights stay."""

    def __init__(self, flights: Sequence[ExpectedFlight]) -> None:
        self._flights = flights
        self._addresses: dict[int, list[int]] = {}
        self._remote_ids: dict[str, list[int]] = {}
        self._callsigns: dict[str, list[int]] = {}
        self._shortened: dict[str, list[tuple[str, int]]] = {}
        self._named: dict[Identity, tuple[int, ...]] = {}
        self._compared: dict[tuple[Identity, int, str | None], Likeness] = {}
        for number, flight in enumerate(flights):
            for one in flight.identities:
                self._enter(number, one)

    def _enter(self, number: int, one: Identity) -> None:
        if one.icao_address is not None:
            self._addresses.setdefault(one.icao_address, []).append(number)
        if one.remote_id:
            self._remote_ids.setdefault(plain(one.remote_id), []).append(number)
        if one.callsign:
            name = plain(one.callsign)
            self._callsigns.setdefault(name, []).append(number)
            for short in shortened(name):
                self._shortened.setdefault(short, []).append((name, number))

    def naming(self, identity: Identity) -> tuple[int, ...]:
        """Numbers of the flights that name an identity; where none does, of a few that name nearly its callsign."""
        found = self._named.get(identity)
        if found is None:
            if len(self._named) >= MAX_COMPARISONS_KEPT:
                self._named.clear()
            found = self._named[identity] = self._naming(identity)
        return found

    def likeness(self, identity: Identity, number: int, fleet_party: str | None) -> Likeness:
        """How an identity and that of a flight agree."""
        key = identity, number, fleet_party
        found = self._compared.get(key)
        if found is None:
            if len(self._compared) >= MAX_COMPARISONS_KEPT:
                self._compared.clear()
            found = self._compared[key] = likeness(identity, self._flights[number], fleet_party)
        return found

    def _naming(self, identity: Identity) -> tuple[int, ...]:
        found: set[int] = set()
        if identity.icao_address is not None:
            found.update(self._addresses.get(identity.icao_address, ()))
        if identity.remote_id:
            found.update(self._remote_ids.get(plain(identity.remote_id), ()))
        if identity.callsign:
            found.update(self._callsigns.get(plain(identity.callsign), ()))
            if not found:
                found.update(self._mistyped(plain(identity.callsign)))
        return tuple(sorted(found))

    def _mistyped(self, name: str) -> set[int]:
        near = {
            number
            for short in shortened(name)
            for other, number in self._shortened.get(short, ())
            if one_letter_apart(name, other)
        }
        return near if len(near) <= MOST_MISTYPED else set()


def _compared(said: Identity, declared: Identity) -> Likeness:
    same, differs = _keys(said, declared)
    callsign = _callsign(said, declared)
    if same:
        weight = SAME_ADDRESS
        if callsign is False:
            weight -= OTHER_BESIDE
            return Likeness(weight=weight, words=(*same, _other_callsign(said, declared)))
        return Likeness(weight=weight, words=same)
    taken_off = OTHER_ADDRESS if differs else 0.0
    if callsign is True:
        word = f"it says callsign {said.callsign}, as declared"
        return Likeness(weight=SAME_CALLSIGN - taken_off, words=(word, *differs))
    if callsign is None:
        return Likeness(weight=OTHER_IDENTITY, words=differs) if differs else UNSAID
    if said.callsign and declared.callsign and one_letter_apart(plain(said.callsign), plain(declared.callsign)):
        word = f"it says callsign {said.callsign}, one letter from the declared {declared.callsign}"
        return Likeness(weight=NEARLY_CALLSIGN - taken_off, words=(word, *differs))
    return Likeness(weight=OTHER_IDENTITY, words=(_other_callsign(said, declared), *differs))


def _keys(said: Identity, declared: Identity) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What agrees and what does not of address and remote id, in words."""
    same, differs = [], []
    if said.icao_address is not None and declared.icao_address is not None:
        if said.icao_address == declared.icao_address:
            same.append(f"it says address {said.icao_address:06x}, as declared")
        else:
            differs.append(f"it says address {said.icao_address:06x}, declared is {declared.icao_address:06x}")
    if said.remote_id and declared.remote_id:
        if plain(said.remote_id) == plain(declared.remote_id):
            same.append(f"it says remote id {said.remote_id}, as declared")
        else:
            differs.append(f"it says remote id {said.remote_id}, declared is {declared.remote_id}")
    return tuple(same), tuple(differs)


def _callsign(said: Identity, declared: Identity) -> bool | None:
    if not said.callsign or not declared.callsign:
        return None
    return plain(said.callsign) == plain(declared.callsign)


def _other_callsign(said: Identity, declared: Identity) -> str:
    return f"it says callsign {said.callsign}, declared is {declared.callsign}"


def belongs_to(identity: Identity, rules: Sequence[FleetRule]) -> str:
    """By what an identity follows one of some fleet rules, in words; empty where it follows none."""
    address = identity.icao_address
    for rule in rules:
        ranges = rule.icao_address_ranges
        if address is not None and (
            address in rule.icao_addresses or any(first <= address <= last for first, last in ranges)
        ):
            return f"it says address {address:06x}"
        if identity.callsign and identity.callsign.startswith(rule.callsign_prefixes):
            return f"it says callsign {identity.callsign}"
        if identity.remote_id and identity.remote_id.startswith(rule.remote_id_prefixes):
            return f"it says remote id {identity.remote_id}"
    return ""
