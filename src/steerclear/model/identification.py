"""Whose an aircraft is: what the picture and the declared items say of it, whom was asked, and what they answered.

An identification is a statement with its reasons, never a fact: a fleet rule can be spoofed and a declared volume can
be flown through by somebody else. Confidence is a number from 0 to 1; metres and seconds; POSIX UTC seconds.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.track import Identity
from steerclear.model.vocabulary import Urgency
from steerclear.model.volumes import Position


class IdentificationState(StrEnum):
    """What is known of whose an aircraft is."""

    IDENTIFIED = "identified"
    """It fits something that a party has declared, or an identity that the agreement knows."""
    NON_CONFORMING = "non_conforming"
    """It is a declared aircraft, elsewhere or at another time than declared."""
    UNIDENTIFIED = "unidentified"
    """Nothing that is known here explains it; that says nothing of whose it is, or of what it means to do."""


class MatchBasis(StrEnum):
    """On what an identification rests."""

    FLEET = "fleet"
    """Its address, callsign or remote id follows a fleet rule of the agreement."""
    DECLARED_IDENTITY = "declared_identity"
    """A declared flight names this identity."""
    VOLUME = "volume"
    """It is where and when a flight was declared, and moves as that flight would."""
    SEALED_REFERENCE = "sealed_reference"
    """A party has named a sealed item of its own in an answer."""
    ANSWER = "answer"
    """A party has said that it is theirs."""


class IdentificationMatch(msgspec.Struct, frozen=True, kw_only=True):
    """One explanation of an aircraft."""

    party: str
    basis: MatchBasis
    confidence: float
    item_id: str | None = None
    """The declared item; None where there is none."""
    title: str = ""
    reasons: tuple[str, ...] = ()
    """One sentence each, for and against, with the figures."""
    horizontal_outside_m: float = 0.0
    vertical_outside_m: float = 0.0
    time_outside_s: float = 0.0
    """How far it is from where and when it was declared; 0 inside."""


class TrackIdentification(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one track at one moment."""

    track_id: str
    identity: Identity
    state: IdentificationState
    decided_s: float
    """The picture's `now` at which it became so."""
    match: IdentificationMatch | None = None
    alternatives: tuple[IdentificationMatch, ...] = ()
    """Other explanations, most likely first."""


class BoundaryKind(StrEnum):
    """What an aircraft is in, or heads for."""

    AREA_OF_AUTHORITY = "area_of_authority"
    ZONE = "zone"
    PROTECTED_SITE = "protected_site"
    MOVEMENT = "movement"
    FLIGHT = "flight"
    """Another's declared flight."""


class Approach(msgspec.Struct, frozen=True, kw_only=True):
    """That an aircraft is inside something, or will be if it goes on as it does."""

    kind: BoundaryKind
    item_id: str
    title: str
    parties: tuple[str, ...]
    """Whose it is."""
    time_to_boundary_s: float
    """0 when it is inside."""


class TrackPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place of an aircraft's path."""

    time_s: float
    position: Position
    altitude_m: float | None = None


class AnswerStanding(StrEnum):
    """Where a question to a party stands. None of these follows from another, and silence is the first of them."""

    NO_ANSWER = "no_answer"
    CHECKING = "checking"
    OURS = "ours"
    NOT_OURS = "not_ours"


class AskedAgency(msgspec.Struct, frozen=True, kw_only=True):
    """An operating agency that a party binds, and whether the question has reached it."""

    agency: str
    relayed_s: float | None = None
    """When its party said that the agency has confirmed the question; None: not known to have reached it."""
    remark: str = ""


class AskedParty(msgspec.Struct, frozen=True, kw_only=True):
    """One party that was asked."""

    party: str
    message_id: str
    asked_s: float
    standing: AnswerStanding = AnswerStanding.NO_ANSWER
    agencies: tuple[AskedAgency, ...] = ()
    received_s: float | None = None
    acknowledged_s: float | None = None
    answered_s: float | None = None
    answered_by: str = ""
    """Function."""
    reference: str = ""
    """How the aircraft or item is known to the answering party."""
    overdue: bool = False
    """The agreed time for the answer has passed without one."""
    late: bool = False
    """It has answered, and after the agreed time."""
    not_asked: str = ""
    """Why the question has not been sent to it yet, in words; it is sent as soon as it can be."""


class ToldUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of ours that was told whose an aircraft is, and whether it has confirmed that it knows."""

    unit: str
    said: str
    """What it was told."""
    told_s: float
    by_function: str
    confirmed_s: float | None = None
    """None: it has not confirmed; that it was told is not that it knows."""
    remark: str = ""


class IdentificationCase(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft about which every party was asked."""

    case_id: str
    track_id: str
    identity: Identity
    opened_s: float
    automatic: bool
    """Opened by the node; otherwise by a person."""
    urgency: Urgency
    approach: Approach | None
    """What it was in or headed for; None where a person asked without such a reason."""
    asked: tuple[AskedParty, ...]
    contradiction: str = ""
    """In words, where answers cannot all be true: two parties say "ours"; empty otherwise."""
    closed_s: float | None = None
    closed_why: str = ""
    units: tuple[ToldUnit, ...] = ()
    """Units of ours that were told whose it is."""
