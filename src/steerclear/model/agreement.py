"""The parties' common terms: who takes part, what separation means between them, and how fast an answer is due.

An agreement is a value: it says nothing about the file or the signatures it came with.
"""

from __future__ import annotations

import msgspec

from steerclear.model.alert import AlertKind, Severity
from steerclear.model.zone import Zone


class FleetRule(msgspec.Struct, frozen=True, kw_only=True):
    """How an aircraft is known to belong to a party; a rule matches when any of its parts does."""

    icao_addresses: frozenset[int] = frozenset()
    icao_address_ranges: tuple[tuple[int, int], ...] = ()
    """Inclusive ranges."""
    callsign_prefixes: tuple[str, ...] = ()
    remote_id_prefixes: tuple[str, ...] = ()


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A liaison desk: addressed by function, never by person."""

    desk_id: str
    functions: tuple[str, ...]
    """Functions that may acknowledge, first the one that is addressed: for example "duty officer"."""


class PartyKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Public Ed25519 keys of a party, 32 bytes each."""

    root: bytes
    signing: bytes
    witness: bytes


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One side of the agreement, with every operating agency that it binds."""

    party_id: str
    name: str
    agencies: tuple[str, ...]
    desks: tuple[Desk, ...]
    fleet: FleetRule
    keys: PartyKeys | None = None


class SeparationMinima(msgspec.Struct, frozen=True, kw_only=True):
    """Two aircraft are separated while they are farther apart than either value; touching is a loss."""

    horizontal_m: float
    vertical_m: float
    lookahead_s: float
    """How far ahead a loss is predicted."""


class TimeInBreachRule(msgspec.Struct, frozen=True, kw_only=True):
    """Closer than both distances is tolerated for at most `longest_s` .

    The "rule of threes" over Syria: 3 NM, 3,000 ft, 3 minutes.
    """

    horizontal_m: float
    vertical_m: float
    longest_s: float


class AcknowledgementDeadline(msgspec.Struct, frozen=True, kw_only=True):
    """Within what time a named function must acknowledge a notice of this kind and severity."""

    alert_kind: AlertKind
    severity: Severity
    within_s: float


class LineCheckSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """How often the line is tried, and within what time the check must be answered."""

    every_s: float
    answer_within_s: float


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the terms that all parties have signed."""

    agreement_id: str
    version: int
    title: str
    in_force_from_s: float
    parties: tuple[Party, ...]
    minima: SeparationMinima
    time_in_breach: TimeInBreachRule | None
    zones: tuple[Zone, ...]
    deadlines: tuple[AcknowledgementDeadline, ...]
    line_checks: LineCheckSchedule

    def party(self, party_id: str) -> Party:
        """The party of that id; KeyError names the ones there are."""
        for party in self.parties:
            if party.party_id == party_id:
                return party
        known = ", ".join(sorted(party.party_id for party in self.parties))
        raise KeyError(f"no party {party_id!r} in agreement {self.agreement_id!r}; it has: {known}")

    def acknowledge_within_s(self, kind: AlertKind, severity: Severity) -> float | None:
        """The deadline for a notice of this kind and severity; None where no acknowledgement is agreed."""
        for deadline in self.deadlines:
            if deadline.alert_kind is kind and deadline.severity is severity:
                return deadline.within_s
        return None
