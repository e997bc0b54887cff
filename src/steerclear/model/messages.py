"""The vocabulary of the line: what desks say to each other.

Every message is addressed to a function at a party, never to a person. Being received (a machine's cosigned
checkpoint), acknowledged (a named function read it), relayed (the unit that must act has confirmed), not objected to
and approved are five different things: each is said by a message of its own, and no field stands for two of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from steerclear.model.alert import AlertEvent
from steerclear.model.identification import TrackPoint
from steerclear.model.incident import IncidentCause, MeasureState, ReviewItemKind
from steerclear.model.notice_items import NoticeItem
from steerclear.model.track import AltitudeDatum, Identity
from steerclear.model.vocabulary import Disclosure, LineCondition, MessageKind, NoticeSubject, Urgency
from steerclear.model.volumes import Position, Volume4D


class Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fixed sentence of the catalogue, so that each side reads it in its own language."""

    code: str
    parameters: dict[str, str] = {}


class Asking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every message has that asks people for something. A time of None: that step is not asked for."""

    message_id: str = ""
    """Its place in the log by name; empty only until it has one."""
    to_function: str = ""
    from_desk: str = ""
    from_function: str = ""
    """Who says it; empty for what the node's picture tells by itself."""
    urgency: Urgency = Urgency.ROUTINE
    acknowledge_by_s: float | None = None
    """When a named function must have read it under the agreement."""
    relay_by_s: float | None = None
    """When the unit that must act must have confirmed."""
    respond_by_s: float | None = None
    """When the other side must have said what it will do."""
    phrase: Phrase | None = None
    text: str = ""


class AlertNotice(Asking, frozen=True, kw_only=True, tag="alert_notice"):
    """One side tells the other of an alert that concerns both."""

    alert: AlertEvent


class NoticeChange(StrEnum):
    """What a notice does to the item it is about."""

    NEW = "new"
    AMENDED = "amended"
    RENEWED = "renewed"
    CANCELLED = "cancelled"
    OPENED = "opened"
    """What was sealed is shown; nothing of the item changes, and it may be long over."""


class Notice(Asking, frozen=True, kw_only=True, tag="notice"):
    """A flight, an activity, a zone, a protected site or a movement that the other side must know of.

    A declared operation is not permitted by being declared: it is known.
    """

    notice_id: str
    revision: int
    """1 for a new one; each change counts on."""
    change: NoticeChange
    subject: NoticeSubject
    title: str
    volumes: tuple[Volume4D, ...]
    from_s: float
    until_s: float
    disclosure: Disclosure = Disclosure.FULL
    contact_function: str
    """Function of the sending party that answers for it."""
    item: NoticeItem | msgspec.UnsetType = msgspec.UNSET
    """The plan, zone, site or movement that it tells of; left out of the message where there is none."""


class IdentificationRequest(Asking, frozen=True, kw_only=True, tag="identification_request"):
    """Asks "is this yours?" of an aircraft, as it was last seen."""

    track_id: str
    position: Position
    altitude_m: float | None = None
    altitude_datum: AltitudeDatum | None = None
    east_mps: float | None = None
    north_mps: float | None = None
    identity: Identity | None = None
    seen_at_s: float
    agencies: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """Operating agencies of the asked party that the question must reach: a relay that names one counts for it."""
    snippet: tuple[TrackPoint, ...] | msgspec.UnsetType = msgspec.UNSET
    """Where it was before, oldest first; altitudes are of `altitude_datum`."""
    approach: str | msgspec.UnsetType = msgspec.UNSET
    """What it is in or heads for, in words, with the time to the boundary."""
    case_id: str | msgspec.UnsetType = msgspec.UNSET
    """The asking side's name for all questions about this aircraft that it asked together. Like the three fields
    above it is left out of the message where there is none."""


class SafetyStop(Asking, frozen=True, kw_only=True, tag="safety_stop"):
    """Says "people of ours are here: keep clear". Any officer of any rung may receive and acknowledge it."""

    volume: Volume4D


class RequestKind(StrEnum):
    """What one side asks the other to do; it stays the other's decision."""

    PAUSE = "pause"
    RECONSIDER = "reconsider"
    MOVE = "move"
    SHARE = "share"


class Request(Asking, frozen=True, kw_only=True, tag="request"):
    """A request that the other side accepts, declines, or lets lapse: a lapsed one is neither."""

    asks: RequestKind
    about: str
    """Id of the message, notice or alert that it concerns; empty for none."""
    until_s: float | None = None


class ConsultationForm(StrEnum):
    """How the parties consulted."""

    CALL = "call"
    MEETING = "meeting"


class Consultation(Asking, frozen=True, kw_only=True, tag="consultation"):
    """The minute of a call or meeting, or the invitation to one: by function, never by name."""

    form: ConsultationForm
    held_s: float
    by_functions: tuple[str, ...]
    with_functions: tuple[str, ...]
    topics: tuple[str, ...]
    agreed: tuple[str, ...] = ()
    next_s: float | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that stays outside the log: named by what it contains, never by a path."""

    sha256: str
    """64 lower-case hex digits."""
    title: str
    size_bytes: int


class IncidentWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of what the sender keeps the evidence, so that the receiver keeps its own of the same."""

    cause: IncidentCause
    title: str
    from_s: float
    until_s: float
    subjects: tuple[str, ...] = ()
    """What it is about, by names that both sides know: addresses, callsigns, a zone; sorted."""
    message_ids: tuple[str, ...] = ()
    zone_id: str | None = None


class IncidentReport(Asking, frozen=True, kw_only=True, tag="incident_report"):
    """Something went wrong, or nearly."""

    incident_id: str
    at_s: float
    position: Position | None = None
    attachments: tuple[Attachment, ...] = ()
    window: IncidentWindow | msgspec.UnsetType = msgspec.UNSET
    """Left out of the message where the sender keeps no evidence of it."""


class ReviewItem(Asking, frozen=True, kw_only=True, tag="review_item"):
    """A statement, a finding, a measure, a read-out or a closing on an incident.

    A statement or closing is its sender's word and stands beside the other side's. A finding, a measure and a read-out
    are proposals until the other side has answered this very revision.
    """

    incident_id: str
    item_id: str
    revision: int
    """1 for a new one; each change counts on."""
    kind: ReviewItemKind
    words: tuple[str, ...]
    """Paragraphs."""
    owner_party: str = ""
    owner_function: str = ""
    """Who is to do a measure."""
    due_s: float | None = None
    """By when a measure is to be done."""
    state: MeasureState | None = None
    """Where a measure stands; None for anything else."""


class Cause(StrEnum):
    """Why a line was not served, as the side concerned states it."""

    WEATHER = "weather"
    POWER = "power"
    NETWORK = "network"
    EQUIPMENT = "equipment"
    MAINTENANCE = "maintenance"
    DESK_UNMANNED = "desk_unmanned"
    ORDERED = "ordered"
    OTHER = "other"


class LineStateNotice(Asking, frozen=True, kw_only=True, tag="line_state"):
    """A party declares how it can be reached from now on; the agreement says what holds meanwhile."""

    condition: LineCondition
    cause: Cause | None = None
    from_s: float
    until_s: float | None = None
    fallback: str = ""
    """What is agreed for this condition, repeated so that both read the same."""


class AgreementStep(StrEnum):
    """What happened to a version of the agreement."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    IN_FORCE = "in_force"
    ENDED = "ended"


class AgreementEvent(Asking, frozen=True, kw_only=True, tag="agreement_event"):
    """A step in the life of a version of the agreement, named by its bytes."""

    step: AgreementStep
    version: int
    sha256: str
    from_s: float


class KeyChange(msgspec.Struct, frozen=True, kw_only=True, tag="key_change"):
    """A party's root key replaces or revokes a key; the statement is a signed note and counts, this is its envelope."""

    message_id: str
    statement: bytes
    """The note's bytes; in JSON as base64, because a text of a message holds no line ends."""


class LateMeans(StrEnum):
    """By what something was said while the line was down."""

    TELEPHONE = "telephone"
    RADIO = "radio"
    PAPER = "paper"
    OTHER = "other"


class LateEntry(Asking, frozen=True, kw_only=True, tag="late_entry"):
    """What was said by other means, keyed in afterwards; it counts as said only once the other side confirms it."""

    said_s: float
    means: LateMeans
    of_kind: MessageKind
    by_us: bool
    """Said by the party that keys it in; otherwise it was told this."""
    our_function: str
    their_function: str
    about: str = ""


class LineCheck(msgspec.Struct, frozen=True, kw_only=True, tag="line_check"):
    """A desk asks "do you hear me?": a scheduled or spontaneous test of the line."""

    message_id: str
    answer_by_s: float
    scheduled: bool = False


class LineCheckAnswer(msgspec.Struct, frozen=True, kw_only=True, tag="line_check_answer"):
    """The desk says "I hear you": said by a desk, not only by its machine."""

    message_id: str
    answers: str
    desk_id: str
    function: str
    cause: Cause | None = None
    """Why it comes late, where it does and the desk says so."""
    remark: str = ""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True, tag="acknowledgement"):
    """A named function at a desk has read a message. It is not consent, and not a promise to act."""

    message_id: str
    acknowledges: str
    desk_id: str
    function: str
    read_at_s: float
    remark: str = ""


class Relay(msgspec.Struct, frozen=True, kw_only=True, tag="relay"):
    """The unit that must act has confirmed that it knows. It is not a decision of that unit."""

    message_id: str
    relays: str
    desk_id: str
    function: str
    unit: str
    confirmed_at_s: float
    remark: str = ""


class Verdict(StrEnum):
    """What one side says it makes of a message."""

    NO_OBJECTION = "no_objection"
    APPROVED = "approved"
    OBJECTION = "objection"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OURS = "ours"
    NOT_OURS = "not_ours"
    CHECKING = "checking"
    """Not an answer yet: the answer stays owed."""
    KEEPING_CLEAR = "keeping_clear"
    CANNOT_COMPLY = "cannot_comply"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class Response(msgspec.Struct, frozen=True, kw_only=True, tag="response"):
    """What the other side makes of a message that asks for it; never implied by anything else."""

    message_id: str
    responds_to: str
    desk_id: str
    function: str
    verdict: Verdict
    reference: str = ""
    """Where the aircraft or item is known to the answering side; may be left out."""
    remark: str = ""


class Escalation(msgspec.Struct, frozen=True, kw_only=True, tag="escalation"):
    """A rung of the ladder was raised: the next function is being reached, because nobody has answered."""

    message_id: str
    escalates: str
    rung: int
    """Place in the agreed ladder, from 0."""
    function: str
    """Function of the party that says this."""
    raised_at_s: float
    last: bool
    why: str


Message = (
    AlertNotice
    | Notice
    | IdentificationRequest
    | SafetyStop
    | Request
    | Consultation
    | IncidentReport
    | ReviewItem
    | LineStateNotice
    | AgreementEvent
    | KeyChange
    | LateEntry
    | LineCheck
    | LineCheckAnswer
    | Acknowledgement
    | Relay
    | Response
    | Escalation
)


Sayable = (
    Notice
    | IdentificationRequest
    | SafetyStop
    | Request
    | Consultation
    | IncidentReport
    | ReviewItem
    | LineStateNotice
    | AgreementEvent
    | LateEntry
)
"""What a person at a desk can say of his own accord."""


class Step(StrEnum):
    """The steps that people owe to a message, each on its own."""

    ACKNOWLEDGEMENT = "acknowledgement"
    RELAY = "relay"
    RESPONSE = "response"


_ALL: Final = frozenset(Step)
STEPS: Final[dict[type[Message], frozenset[Step]]] = {
    AlertNotice: frozenset({Step.ACKNOWLEDGEMENT, Step.RELAY}),
    Notice: _ALL,
    IdentificationRequest: _ALL,
    SafetyStop: _ALL,
    Request: _ALL,
    Consultation: frozenset({Step.ACKNOWLEDGEMENT, Step.RESPONSE}),
    IncidentReport: _ALL,
    ReviewItem: frozenset({Step.ACKNOWLEDGEMENT, Step.RESPONSE}),
    LineStateNotice: frozenset({Step.ACKNOWLEDGEMENT, Step.RELAY}),
    AgreementEvent: frozenset({Step.ACKNOWLEDGEMENT, Step.RESPONSE}),
    LateEntry: frozenset({Step.ACKNOWLEDGEMENT, Step.RESPONSE}),
    LineCheck: frozenset({Step.ACKNOWLEDGEMENT}),
}
"""Which steps a kind of message can be taken through; kinds that are not here are answers or need none."""

VERDICTS: Final[dict[type[Message], tuple[Verdict, ...]]] = {
    Notice: (Verdict.NO_OBJECTION, Verdict.APPROVED, Verdict.OBJECTION, Verdict.CHECKING),
    IdentificationRequest: (Verdict.OURS, Verdict.NOT_OURS, Verdict.CHECKING),
    SafetyStop: (Verdict.KEEPING_CLEAR, Verdict.CANNOT_COMPLY, Verdict.CHECKING),
    Request: (Verdict.ACCEPTED, Verdict.DECLINED, Verdict.CHECKING),
    Consultation: (Verdict.NO_OBJECTION, Verdict.APPROVED, Verdict.OBJECTION),
    IncidentReport: (Verdict.CONFIRMED, Verdict.DISPUTED, Verdict.CHECKING),
    ReviewItem: (Verdict.CONFIRMED, Verdict.DISPUTED, Verdict.APPROVED, Verdict.OBJECTION, Verdict.CHECKING),
    AgreementEvent: (Verdict.NO_OBJECTION, Verdict.APPROVED, Verdict.OBJECTION),
    LateEntry: (Verdict.CONFIRMED, Verdict.DISPUTED),
}
"""What may be said to which kind of message; nothing else counts."""

REVIEW_VERDICTS: Final[dict[ReviewItemKind, tuple[Verdict, ...]]] = {
    ReviewItemKind.STATEMENT: (Verdict.CONFIRMED, Verdict.DISPUTED, Verdict.CHECKING),
    ReviewItemKind.FINDING: (Verdict.CONFIRMED, Verdict.DISPUTED, Verdict.CHECKING),
    ReviewItemKind.MEASURE: (Verdict.APPROVED, Verdict.OBJECTION, Verdict.CHECKING),
    ReviewItemKind.READ_OUT: (Verdict.APPROVED, Verdict.OBJECTION, Verdict.CHECKING),
    ReviewItemKind.CLOSING: (Verdict.CONFIRMED, Verdict.DISPUTED, Verdict.CHECKING),
}
"""What may be said to which kind of review item."""


def verdicts_of(message: Message) -> tuple[Verdict, ...]:
    """What may be said to a message; empty where it takes no response."""
    if isinstance(message, ReviewItem):
        return REVIEW_VERDICTS[message.kind]
    return VERDICTS.get(type(message), ())


class MessageState(StrEnum):
    """How far a message has come to the other side's people, as its sender knows it."""

    WAITING = "waiting"
    """Stored on this side; the peer has not yet proved that it holds it."""
    RECEIVED = "received"
    """The peer's machine holds it: its cosignature covers it. No person is known to have read it."""
    ACKNOWLEDGED = "acknowledged"
    """A named function has read it."""
    UNANSWERED = "unanswered"
    """The agreed time has passed without an acknowledgement; it stays so, visibly, until there is one."""


class MessageEvent(StrEnum):
    """What can happen to a sent message."""

    RECEIPT = "receipt"
    ACKNOWLEDGEMENT = "acknowledgement"
    DEADLINE = "deadline"


MESSAGE_STATES: dict[tuple[MessageState, MessageEvent], MessageState] = {
    (MessageState.WAITING, MessageEvent.RECEIPT): MessageState.RECEIVED,
    (MessageState.WAITING, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
    (MessageState.WAITING, MessageEvent.DEADLINE): MessageState.UNANSWERED,
    (MessageState.RECEIVED, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
    (MessageState.RECEIVED, MessageEvent.DEADLINE): MessageState.UNANSWERED,
    (MessageState.UNANSWERED, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
    (MessageState.UNANSWERED, MessageEvent.RECEIPT): MessageState.UNANSWERED,
    (MessageState.ACKNOWLEDGED, MessageEvent.RECEIPT): MessageState.ACKNOWLEDGED,
    (MessageState.ACKNOWLEDGED, MessageEvent.ACKNOWLEDGEMENT): MessageState.ACKNOWLEDGED,
}
"""(state, event) -> state; a pair that is not in the table is illegal and leaves the state unchanged.

An acknowledgement may overtake the machine's receipt: the reply of a post can be lost while the other direction runs.
"""


class StepState(StrEnum):
    """Where the relay of a message, or the response to it, stands. Neither follows from the other, nor from reading."""

    NOT_ASKED = "not_asked"
    OWED = "owed"
    OVERDUE = "overdue"
    """The agreed time has passed; for a request: it has lapsed, which is neither yes nor no."""
    GIVEN = "given"


class StepEvent(StrEnum):
    """What can happen to a step."""

    GIVEN = "given"
    DEADLINE = "deadline"


STEP_STATES: dict[tuple[StepState, StepEvent], StepState] = {
    (StepState.NOT_ASKED, StepEvent.GIVEN): StepState.GIVEN,
    (StepState.OWED, StepEvent.GIVEN): StepState.GIVEN,
    (StepState.OWED, StepEvent.DEADLINE): StepState.OVERDUE,
    (StepState.OVERDUE, StepEvent.GIVEN): StepState.GIVEN,
    (StepState.GIVEN, StepEvent.GIVEN): StepState.GIVEN,
}
"""(state, event) -> state; a pair that is not in the table leaves the state unchanged."""
