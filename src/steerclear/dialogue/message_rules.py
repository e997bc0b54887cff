"""What a message may hold: bounds on every value, whatever its kind.

Text is for people to read on a terminal, so control characters are refused: they could hide or fake what stands
around them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from steerclear.dialogue.limits import (
    MAX_KEY_STATEMENT_BYTES,
    MAX_LIST_ITEMS,
    MAX_MESSAGE_ID_CHARS,
    MAX_NUMBER,
    MAX_OPENING_PART_BYTES,
    MAX_OPENING_PARTS,
    MAX_PHRASE_PARAMETER_CHARS,
    MAX_PHRASE_PARAMETERS,
    MAX_TIME_S,
    MAX_VERTICES,
    SALT_BYTES,
)
from steerclear.model.alert import AlertSubject
from steerclear.model.incident import ReviewItemKind
from steerclear.model.limits import (
    MAX_IDENTIFIER_CHARS,
    MAX_NAME_CHARS,
    MAX_RUNGS_PER_LADDER,
    MAX_TEXT_CHARS,
    MAX_TRACKS_PER_ALERT,
    MAX_ZONE_RADIUS_M,
)
from steerclear.model.messages import (
    Acknowledgement,
    AgreementEvent,
    AlertNotice,
    Asking,
    Consultation,
    Escalation,
    IdentificationRequest,
    IncidentReport,
    IncidentWindow,
    KeyChange,
    LateEntry,
    LineCheck,
    LineCheckAnswer,
    LineStateNotice,
    Message,
    Notice,
    NoticeChange,
    Phrase,
    Relay,
    Request,
    Response,
    ReviewItem,
    SafetyStop,
)
from steerclear.model.notice_items import (
    FlightDetails,
    ItemDetails,
    MovementDetails,
    NoticeItem,
    Opening,
    SiteDetails,
    ZoneDetails,
)
from steerclear.model.vocabulary import NoticeSubject
from steerclear.model.volumes import CircleArea, PolygonArea, Position, Volume4D

_SHA256 = re.compile("[0-9a-f]{64}")
_DETAILS: dict[NoticeSubject, type[ItemDetails]] = {
    NoticeSubject.FLIGHT: FlightDetails,
    NoticeSubject.ACTIVITY: ZoneDetails,
    NoticeSubject.ZONE: ZoneDetails,
    NoticeSubject.PROTECTED_SITE: SiteDetails,
    NoticeSubject.MOVEMENT: MovementDetails,
}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that do not show as what they are: control, format (direction overrides), surrogates, private."""


def checked_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One JSON object from its (key, value) pairs, for `json.loads(object_pairs_hook=...)`.

    Raises ValueError for a key given twice, and for a text, number or list beyond the limits. Being called for every
    object, it looks at each value once, without walking the whole again.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    for name, value in found.items():
        if type(value) is list:
            _check_length(name, value)
            for item in value:
                _check_scalar(item)
        else:
            _check_scalar(value)
    return found


def check_values(plain: Any) -> None:
    """Raises ValueError for a text, number or list beyond the limits anywhere in a decoded JSON object."""
    waiting = [plain]
    while waiting:
        for name, value in waiting.pop().items():
            if type(value) is dict:
                waiting.append(value)
            elif type(value) is list:
                _check_length(name, value)
                for item in value:
                    if type(item) is dict:
                        waiting.append(item)
                    else:
                        _check_scalar(item)
            else:
                _check_scalar(value)


def _check_length(name: str, items: list[Any]) -> None:
    most = MAX_VERTICES if name == "vertices" else MAX_LIST_ITEMS
    if len(items) > most:
        raise ValueError(f"a list has more than {most} items")


def _check_scalar(value: Any) -> None:
    if type(value) is str:
        if len(value) > MAX_TEXT_CHARS:
            raise ValueError(f"a text has more than {MAX_TEXT_CHARS} characters")
        # `isprintable` settles nearly all texts in one quick call; it also stops at harmless no-break spaces.
        if not value.isprintable() and any(unicodedata.category(char) in _HIDDEN for char in value):
            raise ValueError("a text holds a character that does not show")
    elif (type(value) is float or type(value) is int) and not abs(value) <= MAX_NUMBER:
        raise ValueError("a number is out of all proportion")
    elif type(value) is list:
        raise ValueError("a list in a list")


def check_message(message: Message) -> None:
    """Raises ValueError when a message says something that no desk could use."""
    _check_name(message.message_id, "message_id", MAX_MESSAGE_ID_CHARS)
    if isinstance(message, Asking):
        _check_asking(message)
    match message:
        case AlertNotice():
            _check_alert(message)
        case Acknowledgement():
            _check_answer(message.acknowledges, message.desk_id, message.function, message.read_at_s)
        case Relay():
            _check_answer(message.relays, message.desk_id, message.function, message.confirmed_at_s)
            _check_name(message.unit, "unit", MAX_NAME_CHARS)
        case Response():
            _check_answer(message.responds_to, message.desk_id, message.function)
            _check_short(message.reference, "reference")
        case LineCheck():
            _check_time(message.answer_by_s, "answer_by_s")
        case LineCheckAnswer():
            _check_answer(message.answers, message.desk_id, message.function)
        case Escalation():
            _check_name(message.escalates, "escalates", MAX_MESSAGE_ID_CHARS)
            _check_name(message.function, "function")
            _check_time(message.raised_at_s, "raised_at_s")
            if not 0 <= message.rung < MAX_RUNGS_PER_LADDER:
                raise ValueError(f"a ladder has rungs 0 to {MAX_RUNGS_PER_LADDER - 1}")
            _check_short(message.why, "why")
        case KeyChange():
            if len(message.statement) > MAX_KEY_STATEMENT_BYTES:
                raise ValueError("statement is too long")  # what it says has a reader of its own
        case _:
            _check_said(message)


def _check_said(message: Asking) -> None:
    """Kinds that people write."""
    match message:
        case Notice():
            _check_notice(message)
        case IdentificationRequest():
            _check_name(message.track_id, "track_id", MAX_MESSAGE_ID_CHARS)
            _check_position(message.position)
            _check_altitude(message.altitude_m, message.altitude_datum)
            _check_time(message.seen_at_s, "seen_at_s")
            _check_asked_about(message)
        case SafetyStop():
            _check_volume(message.volume)
        case Request():
            _check_short(message.about, "about")
            _check_time(message.until_s, "until_s")
        case Consultation():
            _check_time(message.held_s, "held_s")
            _check_time(message.next_s, "next_s")
            if not (message.by_functions and message.with_functions and message.topics):
                raise ValueError("a consultation names the functions of both sides and at least one topic")
            for function in (*message.by_functions, *message.with_functions):
                _check_name(function, "function")
        case _:
            _check_reported(message)


def _check_asked_about(message: IdentificationRequest) -> None:
    """What a question tells beside where the aircraft is now; each of it may be left out."""
    if isinstance(message.agencies, tuple):
        for agency in message.agencies:
            _check_name(agency, "agency", MAX_NAME_CHARS)
    if isinstance(message.snippet, tuple):
        for point in message.snippet:
            _check_time(point.time_s, "time_s")
            _check_position(point.position)
            _check_altitude(point.altitude_m, message.altitude_datum)
    if isinstance(message.case_id, str):
        _check_name(message.case_id, "case_id", MAX_MESSAGE_ID_CHARS)


def _check_reported(message: Asking) -> None:
    """Kinds that say what happened, or how things stand."""
    match message:
        case IncidentReport():
            _check_name(message.incident_id, "incident_id")
            _check_time(message.at_s, "at_s")
            if message.position is not None:
                _check_position(message.position)
            for attachment in message.attachments:
                _check_digest(attachment.sha256)
                _check_name(attachment.title, "title", MAX_NAME_CHARS)
                _check_count(attachment.size_bytes, "size_bytes")
            if isinstance(message.window, IncidentWindow):
                _check_name(message.window.title, "title", MAX_NAME_CHARS)
                _check_span(message.window.from_s, message.window.until_s)
                for message_id in message.window.message_ids:
                    _check_name(message_id, "message_id", MAX_MESSAGE_ID_CHARS)
        case ReviewItem():
            _check_review_item(message)
        case LineStateNotice():
            _check_time(message.from_s, "from_s")
            _check_time(message.until_s, "until_s")
        case AgreementEvent():
            _check_count(message.version, "version")
            _check_digest(message.sha256)
            _check_time(message.from_s, "from_s")
        case LateEntry():
            _check_time(message.said_s, "said_s")
            _check_name(message.our_function, "our_function")
            _check_name(message.their_function, "their_function")
            _check_short(message.about, "about")


def _check_review_item(item: ReviewItem) -> None:
    _check_name(item.incident_id, "incident_id")
    _check_name(item.item_id, "item_id")
    if item.revision < 1:
        raise ValueError("the first revision of a review item is 1")
    if not item.words or not any(paragraph.strip() for paragraph in item.words):
        raise ValueError("a review item says something")
    if len(item.owner_party) > MAX_IDENTIFIER_CHARS or len(item.owner_function) > MAX_IDENTIFIER_CHARS:
        raise ValueError(f"owner_party and owner_function have at most {MAX_IDENTIFIER_CHARS} characters")
    _check_time(item.due_s, "due_s")
    if (item.kind is ReviewItemKind.MEASURE) is not (item.state is not None):
        raise ValueError("a measure says where it stands, and nothing else does")
    if item.kind is ReviewItemKind.MEASURE and not (item.owner_party and item.owner_function):
        raise ValueError("a measure names the party and function that is to do it")


def _check_asking(message: Asking) -> None:
    _check_name(message.to_function, "to_function")
    if len(message.from_desk) > MAX_IDENTIFIER_CHARS or len(message.from_function) > MAX_IDENTIFIER_CHARS:
        raise ValueError(f"from_desk and from_function have at most {MAX_IDENTIFIER_CHARS} characters")
    _check_time(message.acknowledge_by_s, "acknowledge_by_s")
    _check_time(message.relay_by_s, "relay_by_s")
    _check_time(message.respond_by_s, "respond_by_s")
    if message.phrase is not None:
        _check_phrase(message.phrase)


def _check_phrase(phrase: Phrase) -> None:
    _check_name(phrase.code, "phrase code")
    if len(phrase.parameters) > MAX_PHRASE_PARAMETERS:
        raise ValueError(f"a phrase has at most {MAX_PHRASE_PARAMETERS} parameters")
    for name, value in phrase.parameters.items():
        _check_name(name, "phrase parameter")
        _check_name(value, "phrase parameter", MAX_PHRASE_PARAMETER_CHARS)


def _check_alert(message: AlertNotice) -> None:
    _check_name(message.alert.alert_id, "alert_id", MAX_MESSAGE_ID_CHARS)
    _check_time(message.alert.time_s, "time_s")
    if len(message.alert.subjects) > MAX_TRACKS_PER_ALERT:
        raise ValueError(f"an alert is about at most {MAX_TRACKS_PER_ALERT} aircraft")
    for subject in message.alert.subjects:
        _check_subject(subject)


def _check_notice(message: Notice) -> None:
    _check_name(message.notice_id, "notice_id")
    _check_name(message.title, "title", MAX_NAME_CHARS)
    _check_name(message.contact_function, "contact_function")
    if message.revision < 1:
        raise ValueError("the first revision of a notice is 1")
    _check_count(message.revision, "revision")
    _check_span(message.from_s, message.until_s)
    for volume in message.volumes:
        _check_volume(volume)
    opens = isinstance(message.item, NoticeItem) and message.item.opening is not None
    if opens is not (message.change is NoticeChange.OPENED):
        raise ValueError("a notice that opens what was sealed has the opening with it, and no other one has")
    if isinstance(message.item, NoticeItem):
        _check_item(message.item)
        _check_it_fits(message, message.item)


def _check_it_fits(notice: Notice, item: NoticeItem) -> None:
    """A notice and its item say the same of what it is, or whoever reads the one and whoever the other would differ."""
    if item.item_id != notice.notice_id:
        raise ValueError("a notice bears the name of its item")
    if item.details is not None and not isinstance(item.details, _DETAILS[notice.subject]):
        raise ValueError(f"these are no details of what is said to be a {notice.subject}")
    if isinstance(item.details, FlightDetails) and (outside := item.details.off_nominal_volumes):
        shortened = notice.change is NoticeChange.CANCELLED and not notice.volumes
        if not shortened and notice.volumes[-len(outside) :] != outside:
            raise ValueError("the off-nominal volumes of a flight are the last ones of its notice")


def _check_item(item: NoticeItem) -> None:
    _check_name(item.item_id, "item_id")
    if item.revision < 1:
        raise ValueError("the first revision of an item is 1")
    if item.commitment is not None:
        _check_digest(item.commitment)
    if item.opening is not None:
        if item.commitment is None or item.details is None:
            raise ValueError("an opening names the commitment that it opens, and tells the item")
        _check_opening(item.opening)
    match item.details:
        case FlightDetails(off_nominal_volumes=volumes):
            for volume in volumes:
                _check_volume(volume)
        case SiteDetails():
            _check_short(item.details.function, "function")
            if item.details.position is not None:
                _check_position(item.details.position)
            _check_width(item.details.radius_m, "radius_m")
        case MovementDetails():
            _check_short(item.details.function, "function")
            for position in item.details.route:
                _check_position(position)
            _check_width(item.details.half_width_m, "half_width_m")
            if item.details.vehicles is not None:
                _check_count(item.details.vehicles, "vehicles")


def _check_opening(opening: Opening) -> None:
    if len(opening.salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    if not 1 <= len(opening.content) <= MAX_OPENING_PARTS:
        raise ValueError(f"an opening has 1 to {MAX_OPENING_PARTS} parts")
    if any(len(part) > MAX_OPENING_PART_BYTES for part in opening.content):
        raise ValueError(f"a part of an opening has at most {MAX_OPENING_PART_BYTES} bytes")


def _check_width(width_m: float | None, what: str) -> None:
    if width_m is not None and not 0.0 < width_m <= MAX_ZONE_RADIUS_M:
        raise ValueError(f"{what} must be above 0 and at most {MAX_ZONE_RADIUS_M:g}")


def _check_volume(volume: Volume4D) -> None:
    match volume.area:
        case CircleArea(centre=centre, radius_m=radius_m):
            _check_position(centre)
            if not 0.0 < radius_m <= MAX_ZONE_RADIUS_M:
                raise ValueError(f"radius_m must be above 0 and at most {MAX_ZONE_RADIUS_M:g}")
        case PolygonArea(vertices=vertices):
            if len(vertices) < 3:
                raise ValueError("a polygon has at least three vertices")
            for vertex in vertices:
                _check_position(vertex)
    for height_m in (volume.lower_m, volume.upper_m):
        _check_altitude(height_m, volume.altitude_datum)
    if volume.lower_m is not None and volume.upper_m is not None and not volume.lower_m < volume.upper_m:
        raise ValueError("upper_m is not above lower_m")
    _check_span(volume.from_s, volume.until_s)


def _check_span(from_s: float, until_s: float) -> None:
    _check_time(from_s, "from_s")
    _check_time(until_s, "until_s")
    if not from_s < until_s:
        raise ValueError("until_s is not after from_s")


def _check_altitude(altitude_m: float | None, datum: object) -> None:
    if altitude_m is not None and datum is None:
        raise ValueError("an altitude without its datum")


def _check_position(position: Position) -> None:
    if not abs(position.latitude_deg) <= 90.0 or not abs(position.longitude_deg) <= 180.0:
        raise ValueError("a position is not on the Earth")


def _check_subject(subject: AlertSubject) -> None:
    if not abs(subject.latitude_deg) <= 90.0 or not abs(subject.longitude_deg) <= 180.0:
        raise ValueError("a position is not on the Earth")
    _check_time(subject.report_time_s, "report_time_s")


def _check_answer(answered: str, desk_id: str, function: str, time_s: float | None = None) -> None:
    _check_name(answered, "id of the message that is answered", MAX_MESSAGE_ID_CHARS)
    _check_name(desk_id, "desk_id")
    _check_name(function, "function")
    _check_time(time_s, "the time of an answer")


def _check_time(time_s: float | None, what: str) -> None:
    if time_s is not None and not 0.0 <= time_s <= MAX_TIME_S:
        raise ValueError(f"{what} is no time of our calendar")


def _check_name(name: str, what: str, longest: int = MAX_IDENTIFIER_CHARS) -> None:
    if not 1 <= len(name) <= longest:
        raise ValueError(f"{what} must have 1..{longest} characters")


def _check_short(text: str, what: str) -> None:
    if len(text) > MAX_NAME_CHARS:
        raise ValueError(f"{what} must have at most {MAX_NAME_CHARS} characters")


def _check_count(number: int, what: str) -> None:
    if number < 0:
        raise ValueError(f"{what} must not be negative")


def _check_digest(text: str) -> None:
    if not _SHA256.fullmatch(text):
        raise ValueError("a SHA-256 is written as 64 lower-case hex digits")
