"""The parties' common terms: who takes part, what separation means between them, and how fast an answer is due.

An agreement is a value: it says nothing about the file or the signatures it came with.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.alert import AlertKind, Severity
from steerclear.model.known_place import KnownPlace
from steerclear.model.precedence import PrecedenceRule
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import AircraftKind, Disclosure, LineCondition, MessageKind, NoticeSubject, Urgency
from steerclear.model.zone import Circle, Polygon, Zone


class FleetRule(msgspec.Struct, frozen=True, kw_only=True):
    """How an aircraft is known to belong to a party; a rule matches when any of its parts does."""

    icao_addresses: frozenset[int] = frozenset()
    icao_address_ranges: tuple[tuple[int, int], ...] = ()
    """Inclusive ranges."""
    callsign_prefixes: tuple[str, ...] = ()
    remote_id_prefixes: tuple[str, ...] = ()


class FunctionOutlets(msgspec.Struct, frozen=True, kw_only=True):
    """By which outlets a function is reached, by name; where an outlet leads is its party's own business."""

    function: str
    outlets: tuple[str, ...]


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A liaison desk: addressed by function, never by person."""

    desk_id: str
    functions: tuple[str, ...]
    """Functions that may acknowledge, first the one that is addressed: for example "duty officer"."""
    outlets: tuple[FunctionOutlets, ...] = ()

    def outlets_of(self, function: str) -> tuple[str, ...]:
        """Outlets that reach a function of this desk, in the order in which they are tried."""
        return next((reach.outlets for reach in self.outlets if reach.function == function), ())


class PartyKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Public keys of a party: Ed25519, 32 bytes each, and ML-DSA-44, 1,312 bytes."""

    root: bytes
    signing: bytes
    witness: bytes
    witness_ml_dsa: bytes | None = None
    """Where it is named, a receipt needs this second cosignature too: a log outlives the curves of its day."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One side of the agreement, with every operating agency that it binds."""

    party_id: str
    name: str
    agencies: tuple[str, ...]
    desks: tuple[Desk, ...]
    fleet: FleetRule
    uncrewed: FleetRule = FleetRule()
    """Aircraft of the party that fly without a crew; they belong to it as those of `fleet` do."""
    keys: PartyKeys | None = None

    def desks_with(self, function: str) -> tuple[Desk, ...]:
        """The desks that have a function."""
        return tuple(desk for desk in self.desks if function in desk.functions)


class SeparationMinima(msgspec.Struct, frozen=True, kw_only=True):
    """Two aircraft are separated while they are farther apart than either value; touching is a loss."""

    horizontal_m: float
    vertical_m: float
    lookahead_s: float
    """How far ahead a loss is predicted."""


class PairMinima(msgspec.Struct, frozen=True, kw_only=True):
    """Minima between two kinds of aircraft, everywhere or in one area of authority, instead of the general ones."""

    kinds: tuple[AircraftKind, AircraftKind]
    area_id: str | None
    minima: SeparationMinima


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
    ladder_id: str | None = None


class MessageDeadline(msgspec.Struct, frozen=True, kw_only=True):
    """Within what times a message of this kind and urgency must be acknowledged, relayed and answered.

    None: that step is not asked for. All times run from the issue of the message.
    """

    message: MessageKind
    urgency: Urgency
    acknowledge_s: float
    relay_s: float | None = None
    respond_s: float | None = None
    ladder_id: str | None = None


class LadderSide(StrEnum):
    """Whose function a rung reaches: of the party that was asked, or of the one that asks and hears nothing."""

    RECEIVER = "receiver"
    SENDER = "sender"


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a ladder."""

    function: str
    after_s: float
    """From the issue of the message, while nobody has acknowledged it."""
    side: LadderSide = LadderSide.RECEIVER
    last: bool = False
    """Nothing comes after it: said out loud, so that a ladder cannot end by oversight."""


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """Who is reached, in turn, as long as a message stays unacknowledged."""

    ladder_id: str
    rungs: tuple[Rung, ...]
    """By rising `after_s`; the last one, and only that, is marked so."""


class AreaOfAuthority(msgspec.Struct, frozen=True, kw_only=True):
    """Who controls a volume, and when. Areas may overlap, and more than one party may claim one: both are shown."""

    area_id: str
    name: str
    claimed_by: tuple[str, ...]
    footprint: Circle | Polygon
    lower_m: float
    upper_m: float
    altitude_datum: AltitudeDatum
    from_s: float
    until_s: float

    @property
    def disputed(self) -> bool:
        """Whether more than one party claims it."""
        return len(self.claimed_by) > 1


class NoticeTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long before it begins something must be notified, and how long a notice holds unless renewed."""

    subject: NoticeSubject
    before_s: float
    valid_s: float


class DisclosureDefault(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an item is told unless its notice says otherwise."""

    subject: NoticeSubject
    disclosure: Disclosure


class LineFallback(msgspec.Struct, frozen=True, kw_only=True):
    """What both sides do while the line is in a condition, in words: the agreed fallback."""

    condition: LineCondition
    measure: str


class LineCheckSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """How often the line is tried, and within what time the check must be answered."""

    every_s: float
    answer_within_s: float
    series: int = 3
    """Checks missed without a cause, one after the other, that are more than an accident."""


class IdentificationTerms(msgspec.Struct, frozen=True, kw_only=True):
    """When the parties ask each other "is this yours?", and how urgently; by the time to the nearest boundary."""

    lookahead_s: float = 300.0
    """An unidentified aircraft is asked about when it is in something, or flies straight into it within this time."""
    urgent_within_s: float = 300.0
    immediate_within_s: float = 120.0
    """How near in time the boundary is for the question to be urgent, and immediate; inside it is immediate."""
    automatic: bool = True
    """Nodes ask by themselves; otherwise a person does."""
    repeat_after_s: float = 900.0
    """The same aircraft is asked about again after this time, if nobody has said that it is theirs."""


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
    amends: bytes = b""
    """SHA-256 of the file of the version before; empty for the first."""
    languages: tuple[str, ...] = ("en",)
    areas: tuple[AreaOfAuthority, ...] = ()
    pair_minima: tuple[PairMinima, ...] = ()
    notice_times: tuple[NoticeTime, ...] = ()
    message_deadlines: tuple[MessageDeadline, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    disclosure: tuple[DisclosureDefault, ...] = ()
    fallbacks: tuple[LineFallback, ...] = ()
    precedence: tuple[PrecedenceRule, ...] = ()
    """Who gives way where two plans conflict, asked in turn; empty where the parties have not agreed on it."""
    places: tuple[KnownPlace, ...] = ()
    """Places that both sides know by name; positions are read back from them."""
    identification: IdentificationTerms = IdentificationTerms()

    def party(self, party_id: str) -> Party:
        """The party of that id; KeyError names the ones there are."""
        for party in self.parties:
            if party.party_id == party_id:
                return party
        known = ", ".join(sorted(party.party_id for party in self.parties))
        raise KeyError(f"no party {party_id!r} in agreement {self.agreement_id!r}; it has: {known}")

    def alert_deadline(self, kind: AlertKind, severity: Severity) -> AcknowledgementDeadline | None:
        """What is agreed for a notice of an alert; None where no acknowledgement is."""
        for deadline in self.deadlines:
            if deadline.alert_kind is kind and deadline.severity is severity:
                return deadline
        return None

    def message_deadline(self, kind: MessageKind, urgency: Urgency) -> MessageDeadline | None:
        """What is agreed for messages of a kind and urgency; None where nothing is."""
        for deadline in self.message_deadlines:
            if deadline.message is kind and deadline.urgency is urgency:
                return deadline
        return None

    def ladder(self, ladder_id: str | None) -> Ladder | None:
        """The ladder of that id; None for none."""
        return next((ladder for ladder in self.ladders if ladder.ladder_id == ladder_id), None)

    def notice_time(self, subject: NoticeSubject) -> NoticeTime | None:
        """The notice time agreed for a subject; None where there is none."""
        return next((rule for rule in self.notice_times if rule.subject is subject), None)

    def acknowledge_within_s(self, kind: AlertKind, severity: Severity) -> float | None:
        """The deadline for a notice of this kind and severity; None where no acknowledgement is agreed."""
        deadline = self.alert_deadline(kind, severity)
        return None if deadline is None else deadline.within_s
