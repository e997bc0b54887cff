"""The joint timeline as a value: plain, complete, and the same for everyone who reads the same evidence.

Times: `own_s` is what the clock of the party concerned said; `time_s` is the same moment by the clock of the reference
party, by the estimated difference between the two. POSIX UTC seconds; positions WGS84 degrees, altitudes metres with
their datum.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from steerclear.model.alert import Severity
from steerclear.model.identification import IdentificationCase
from steerclear.model.track import AltitudeDatum
from steerclear.model.volumes import Volume4D


class EventKind(StrEnum):
    """What an entry of the timeline is about."""

    SAID = "said"
    """A message entered its sender's log."""
    STORED = "stored"
    """A machine of the receiver holds it. No person is known to have read it."""
    RECEIPT = "receipt"
    """The sender's machine has the receiver's receipt for all messages up to one."""
    ACKNOWLEDGED = "acknowledged"
    RELAYED = "relayed"
    RESPONDED = "responded"
    RUNG = "rung"
    SUMMONED = "summoned"
    SILENCE = "silence"
    """A time that was agreed passed without the step: an event of its own, and neither yes nor no."""
    LINE = "line"
    ALERT = "alert"
    ITEM = "item"
    IDENTIFICATION = "identification"
    INCIDENT = "incident"
    MACHINE = "machine"
    """A picture began, reports were sealed, keys changed: what a reader seldom needs."""
    OTHER = "other"


class ClockError(msgspec.Struct, frozen=True, kw_only=True):
    """How far a party's clock is ahead of the reference party's, by issue and receipt times in both directions."""

    party: str
    reference: str
    estimate_s: float | None
    """None where nothing passed between the two; then this party's times are shown as they are."""
    low_s: float | None = None
    high_s: float | None = None
    """The difference lies between the two, as long as no clock was set meanwhile; None: nothing bounds that side."""
    samples: int = 0
    consistent: bool = True
    """False where no one difference fits all: a clock was set or drifted within the window."""
    words: str = ""


class SideShown(msgspec.Struct, frozen=True, kw_only=True):
    """One evidence, and what was verified of it."""

    party: str
    name: str
    """Of the file."""
    manifest_sha256: str
    exported_s: float
    from_s: float
    until_s: float
    rows: int
    reports: int
    """Raw reports that were looked at."""
    marking: str
    software: str
    agreement_versions: tuple[str, ...]
    """SHA-256 of each, oldest first."""
    roots: dict[str, str]
    """Direction of a line -> size and root of its log."""
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]


class JointEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the timeline."""

    time_s: float
    own_s: float
    party: str
    """Whose clock and whose evidence it is."""
    kind: EventKind
    words: str
    message_id: str = ""
    alert_id: str = ""
    tracks: tuple[str, ...] = ()
    """Labels of the aircraft that it is about."""
    function: str = ""
    urgent: bool = False
    picture_s: float | None = None
    """The time of the sky that it is about, where a recording was played and that is another."""
    rows: tuple[tuple[str, int], ...] = ()
    """(party, sequence) of the journal rows that it was made from; empty for what follows from agreed times alone."""


class StepShown(msgspec.Struct, frozen=True, kw_only=True):
    """One step that people took."""

    by: str
    """Function and desk."""
    message_id: str
    own_s: float
    time_s: float
    says: str = ""
    late: bool = False


class RungShown(msgspec.Struct, frozen=True, kw_only=True):
    """A rung that was raised."""

    party: str
    rung: int
    function: str
    own_s: float
    time_s: float
    last: bool
    reached: tuple[str, ...] = ()
    """What the outlets came to, in words; empty where that is not in the evidence."""


class JointMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message. Received, acknowledged, relayed, no objection, approved: each stands apart and none follows."""

    message_id: str
    sender: str
    receiver: str
    kind: str
    urgency: str
    words: str
    text: str
    """What a person wrote; shown as text only."""
    own_s: float
    time_s: float
    said_by: str
    to_function: str
    received_own_s: float | None = None
    """By the receiver's clock: its journal, or its receipt in whole seconds."""
    received_s: float | None = None
    acknowledged: StepShown | None = None
    relayed: StepShown | None = None
    no_objection: StepShown | None = None
    approved: StepShown | None = None
    other_verdict: StepShown | None = None
    checking: StepShown | None = None
    due_s: dict[str, float] = {}
    """Joined times."""
    unanswered: tuple[str, ...] = ()
    """Steps whose time passed and that nobody is known to have taken."""
    not_shown: tuple[str, ...] = ()
    rungs: tuple[RungShown, ...] = ()
    without_effect: str = ""
    held_by: tuple[str, ...] = ()
    """Parties whose evidence holds it."""
    receipted: bool = False
    """A receipt in a verified record, cosigned by the receiver, covers it: nobody can deny that its machine had it."""


class TrackPointShown(msgspec.Struct, frozen=True, array_like=True):
    """One place of a track, by the time that its source gave it."""

    time_s: float
    latitude_deg: float
    longitude_deg: float
    altitude_m: float | None
    datum: AltitudeDatum | None


class TrackShown(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft as one side's sources saw it."""

    seen_by: str
    label: str
    key: str
    """By what it is known: address, remote id, callsign, or a source's number."""
    party: str | None
    reports: int
    sources: tuple[str, ...]
    points: tuple[TrackPointShown, ...]
    """Thinned for display."""


class AlertChangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """One change in an alert's life."""

    own_s: float
    time_s: float
    picture_s: float
    """The picture's time, which is another where a recording was played."""
    change: str
    severity: Severity
    reason: str
    places: tuple[tuple[float, float], ...] = ()


class AlertShown(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as one side's picture had it."""

    seen_by: str
    alert_id: str
    kind: str
    subjects: tuple[str, ...]
    parties: tuple[str, ...]
    zone_id: str
    changes: tuple[AlertChangeShown, ...]


class PlaceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A zone, area, plan, site or movement, as one side knew it, or as the agreement has it."""

    known_to: tuple[str, ...]
    """Parties; all of them for what the agreement names."""
    kind: str
    item_id: str
    title: str
    party: str
    disclosure: str = ""
    volumes: tuple[Volume4D, ...] = ()
    announced_s: float | None = None
    short_by_s: float | None = None


class Knowing(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody could have known something from a moment on."""

    party: str
    who: str
    """A function and desk, "the machine", or a unit."""
    how: str
    """What happened then, in words: none of them stands for another."""
    own_s: float
    time_s: float
    person: bool
    """A person is known to have had it; a machine or an outlet is none."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that one could know, and who could, from when on."""

    words: str
    about: str
    """Id of the message or alert."""
    time_s: float
    knowing: tuple[Knowing, ...]
    nobody: tuple[str, ...] = ()
    """Who is not known to have had it, in words."""
    in_words: str = ""
    """All of it as one sentence, to be read aloud."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One matter that the sides tell differently; what each says stands beside the other, and neither is right here."""

    matter: str
    about: str
    time_s: float
    says: dict[str, str]
    """Party -> its words."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that is not here."""

    party: str
    words: str


class ReviewShown(msgspec.Struct, frozen=True, kw_only=True):
    """A statement, finding, measure or read-out that a party put on the incident."""

    party: str
    message_id: str
    kind: str
    item_id: str
    words: str
    state: str
    own_s: float
    time_s: float
    agreed_by: tuple[str, ...] = ()
    owner: str = ""
    """Function and party that is to do a measure."""
    due_s: float | None = None


class JointTimeline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the evidences tell together."""

    incident_id: str
    title: str
    cause: str
    at_s: float
    from_s: float
    until_s: float
    reference: str
    """Party by whose clock the joined times are told."""
    parties: tuple[tuple[str, str], ...]
    """(id, name) of all parties of the agreement."""
    sides: tuple[SideShown, ...]
    clocks: tuple[ClockError, ...]
    events: tuple[JointEvent, ...]
    messages: tuple[JointMessage, ...]
    alerts: tuple[AlertShown, ...]
    tracks: tuple[TrackShown, ...]
    places: tuple[PlaceShown, ...]
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]
    claims_found: int
    gaps: tuple[Gap, ...]
    cases: tuple[tuple[str, IdentificationCase], ...] = ()
    """(party, case) as each side had it at the end."""
    review: tuple[ReviewShown, ...] = ()
    left_out: tuple[str, ...] = ()
    """What was left out for a reader who may not see it, in words."""
