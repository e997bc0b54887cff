"""A scenario: what happens in a drill, who is at which desk, and what must be seen by whom and when.

A scenario is drawn from something that went wrong, with places and parties made neutral; what is not known for sure is
marked. It holds facts only: what the mechanism makes of them is found by running it. Metres, degrees, POSIX UTC
seconds by a clock that is right; a party's own clock may be ahead of it. Nothing of a scenario targets or engages.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from steerclear.model.intent import ConstraintBasis
from steerclear.model.messages import LateMeans, RequestKind, Verdict
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import AircraftKind, Disclosure, MessageKind, NoticeSubject, Urgency
from steerclear.model.volumes import Position


class ScenarioPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every part of a scenario has."""

    note: str = ""
    """For the reader of the file."""
    uncertain: bool = False
    """Whether it is known that it was so; what is uncertain is shown as such."""


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time; without an end it lasts to the end of the scenario."""

    from_s: float
    until_s: float | None = None


class DrillHead(ScenarioPart, frozen=True, kw_only=True):
    """What the drill is."""

    name: str
    title: str
    pattern: str = ""
    """From which public event it is drawn."""
    happened: tuple[str, ...] = ()
    """What happened then, sentence by sentence."""
    missing: str = ""
    """The function of a mechanism that was missing."""
    start_s: float
    until_s: float
    zero_s: float | None = None
    """From when the story counts; None: from the start."""


class ScenarioParty(ScenarioPart, frozen=True, kw_only=True):
    """One party of the agreement. Its desk has the functions that `steerclear agreement new` writes."""

    id: str
    name: str
    agencies: tuple[str, ...] = ()
    """The operating agencies that the agreement binds; empty: one of the party's name."""
    callsign_prefixes: tuple[str, ...] = ()
    uncrewed_callsign_prefixes: tuple[str, ...] = ()
    icao_addresses: tuple[int, ...] = ()
    clock_ahead_s: float = 0.0
    """How far its clock is ahead of the right time; below 0 behind."""


class PathPoint(ScenarioPart, frozen=True, kw_only=True):
    """Where an aircraft was at a time; between two of them it flies straight and evenly."""

    at_s: float
    position: Position
    altitude_m: float


class ScenarioTrack(ScenarioPart, frozen=True, kw_only=True):
    """One aircraft as it truly flew; what a feed makes of it, the feed says."""

    name: str
    callsign: str | None = None
    icao_address: int | None = None
    remote_id: str | None = None
    altitude_datum: AltitudeDatum = AltitudeDatum.PRESSURE_STANDARD
    path: tuple[PathPoint, ...]


class Feed(ScenarioPart, frozen=True, kw_only=True):
    """One source of a party's picture, with its faults."""

    name: str
    party: str
    every_s: float = 5.0
    latency_s: float = 1.0
    tracks: tuple[str, ...] = ()
    """The aircraft that it sees; empty: all."""
    identities: bool = True
    """Whether it hears who an aircraft is (as a secondary radar does), or sees an echo only."""
    rotation_deg: float = 0.0
    """By how much it is misaligned, clockwise about its site."""
    site: Position | None = None
    """Where the sensor stands, of a single radar."""
    shift_m: float = 0.0
    shift_bearing_deg: float = 0.0
    silent: tuple[Span, ...] = ()


class Circle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A circle on the ground."""

    centre: Position
    radius_m: float


class ScenarioVolume(ScenarioPart, frozen=True, kw_only=True):
    """Airspace for a time; without heights from the ground upwards."""

    circle: Circle | None = None
    polygon: tuple[Position, ...] = ()
    lower_m: float | None = None
    upper_m: float | None = None
    altitude_datum: AltitudeDatum | None = None
    from_s: float
    until_s: float


class Stated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A position in words: so far in that direction from a place that the agreement names."""

    place: str
    distance_m: float
    bearing_deg: float


class DeclareStep(StrEnum):
    """What a desk does with an item of its own."""

    DECLARE = "declare"
    AMEND = "amend"
    CANCEL = "cancel"
    ACTIVATE = "activate"
    END = "end"


class Declares(ScenarioPart, frozen=True, kw_only=True):
    """A desk declares a flight, zone, protected site or movement, changes it, or ends it."""

    at_s: float
    party: str
    name: str
    """By which the scenario knows the item; a step after the first names it again."""
    step: DeclareStep = DeclareStep.DECLARE
    subject: NoticeSubject = NoticeSubject.ZONE
    function: str = "duty officer"
    title: str = ""
    volumes: tuple[ScenarioVolume, ...] = ()
    """Of a flight or a zone."""
    position: Position | None = None
    radius_m: float | None = None
    """Of a protected site."""
    route: tuple[Position, ...] = ()
    half_width_m: float | None = None
    vehicles: int | None = None
    """Of a movement."""
    markings: str = ""
    from_s: float | None = None
    until_s: float | None = None
    """Of a site or a movement."""
    callsigns: tuple[str, ...] = ()
    icao_addresses: tuple[int, ...] = ()
    kind: AircraftKind = AircraftKind.UNCREWED
    """Of a flight."""
    sought: ConstraintBasis = ConstraintBasis.UNILATERAL
    disclosure: Disclosure | None = None
    stated: Stated | None = None
    """How the position of a site, or the start of a route, was also told in words."""
    in_spite: bool = False
    """Whether the desk has read what stands against it and declares all the same."""


class Says(ScenarioPart, frozen=True, kw_only=True):
    """A desk says something to others over the line."""

    at_s: float
    party: str
    to: tuple[str, ...] = ()
    """Empty: to every other party."""
    name: str = ""
    kind: MessageKind
    function: str = "duty officer"
    to_function: str = ""
    urgency: Urgency | None = None
    text: str = ""
    volume: ScenarioVolume | None = None
    """Of a safety stop."""
    asks: RequestKind = RequestKind.PAUSE
    """Of a request."""
    track: str = ""
    """Of an identification request: the aircraft."""
    said_s: float | None = None
    means: LateMeans = LateMeans.TELEPHONE
    of_kind: MessageKind = MessageKind.REQUEST
    by_us: bool = True
    their_function: str = "duty officer"
    """Of a late entry: when, how and what was said by other means, and by whom."""


class Person(ScenarioPart, frozen=True, kw_only=True):
    """How a function at a party's desk acts on what reaches it. What is not there, it does not do."""

    party: str
    function: str
    kinds: tuple[MessageKind, ...] = ()
    """The messages that this is about; empty: all. Of several rules for a function the first that fits counts."""
    about: tuple[str, ...] = ()
    """Names of aircraft, sayings or items that it is about; empty: all."""
    from_s: float | None = None
    until_s: float | None = None
    """When somebody is there; what came before waits."""
    acknowledge_after_s: float | None = None
    relay_after_s: float | None = None
    relay_to: tuple[str, ...] = ()
    """Units or agencies; empty: every agency of the party."""
    answer_after_s: float | None = None
    answer: Verdict | None = None
    remark: str = ""


class Tells(ScenarioPart, frozen=True, kw_only=True):
    """A function tells units of its own party whose an aircraft is, once another party has said "ours"."""

    party: str
    function: str = "duty officer"
    about: tuple[str, ...] = ()
    """Names of aircraft; empty: all."""
    units: tuple[str, ...]
    tell_after_s: float
    """After the answer."""
    confirm_after_s: float | None = None
    """After that each unit confirms that it knows; None: it does not."""


class Outage(ScenarioPart, frozen=True, kw_only=True):
    """A line carries nothing for a time, or a party's node is down."""

    between: tuple[str, ...] = ()
    """Two parties; or one, whose node is down."""
    from_s: float
    until_s: float | None = None


class Narrated(ScenarioPart, frozen=True, kw_only=True):
    """A sentence for the story that nothing of the mechanism sees."""

    at_s: float
    text: str


class Weakness(StrEnum):
    """What can be taken away from the mechanism, to show what it did."""

    LADDERS = "ladders"
    """Messages have their deadlines, and nobody further up is reached."""
    DEADLINES = "deadlines"
    """No message has a time by which it must be answered."""
    NOTICE_TIMES = "notice_times"
    ZONES = "zones"
    """The agreement names no zones."""
    PICTURE = "picture"
    """Nobody's tracks are watched."""
    IDENTIFICATION = "identification"
    """Tracks are not held against what was declared, and nobody is asked by the node."""
    ALIGNMENT = "alignment"
    """Feeds are not held against known traffic."""
    INCIDENTS = "incidents"
    """Nodes open no incident by themselves."""
    CHECK = "check"
    """What is declared is declared in spite of whatever the check finds."""
    READ_BACK = "read_back"
    """Positions are told as coordinates only."""
    LINE = "line"
    """Desks say nothing over the line: they telephone, and no record is kept."""


class Without(ScenarioPart, frozen=True, kw_only=True):
    """The same drill with a part of the mechanism taken away, which must fail: so that it is known to be able to."""

    name: str
    says: str = ""
    off: tuple[Weakness, ...] = ()
    unbound: tuple[str, ...] = ()
    """Agencies that the agreement does not name."""
    fails: tuple[str, ...]
    """Names of the expectations that are not met then."""


class Expect(ScenarioPart, frozen=True, kw_only=True):
    """What must be seen, by whom, and by when."""

    name: str
    what: str
    """What kind of observation; docs/drills.md lists them."""
    party: str | None = None
    """Who sees or does it; None: anybody."""
    where: dict[str, str] = {}
    """What else the observation must say."""
    each: dict[str, tuple[str, ...]] = {}
    """There must be one for every value: for example one for every agency."""
    count: int = 1
    """At least so many."""
    from_s: float | None = None
    by_s: float | None = None
    since_s: float | None = None
    """The time is shown as so long after this; None: after the zero of the story."""
    before_s: float | None = None
    """A later event of the pattern; it is shown how long before this it was seen."""
    never: bool = False
    """It must not be seen at all, from `from_s` to `by_s`."""
    says: str
    """Which function of the mechanism catches it, for people."""
    in_reality: str = ""
    """What happened in the event that the pattern is drawn from."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole drill."""

    drill: DrillHead
    parties: tuple[ScenarioParty, ...]
    agreement: dict[str, Any] = {}
    """What the agreement has other than the one that `steerclear agreement new` writes: tables of an agreement file."""
    feeds: tuple[Feed, ...] = ()
    tracks: tuple[ScenarioTrack, ...] = ()
    declares: tuple[Declares, ...] = ()
    says: tuple[Says, ...] = ()
    people: tuple[Person, ...] = ()
    tells: tuple[Tells, ...] = ()
    outages: tuple[Outage, ...] = ()
    notes: tuple[Narrated, ...] = ()
    without: tuple[Without, ...] = ()
    expect: tuple[Expect, ...]
    source: str = ""
    """The file's text, so that a fault in the agreement can be told with its line."""

    def party(self, party_id: str) -> ScenarioParty:
        """A party by its id. KeyError."""
        return next(party for party in self.parties if party.id == party_id)
