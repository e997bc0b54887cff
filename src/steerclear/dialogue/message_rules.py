"""What a message may hold: bounds on every value, whatever its kind.

Text is for people to read on a terminal, so control characters are refused: they could hide or fake what stands
around them.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from steerclear.dialogue.limits import MAX_LIST_ITEMS, MAX_MESSAGE_ID_CHARS, MAX_NUMBER, MAX_TIME_S
from steerclear.model.alert import AlertSubject
from steerclear.model.limits import MAX_IDENTIFIER_CHARS, MAX_TEXT_CHARS, MAX_TRACKS_PER_ALERT
from steerclear.model.messages import Acknowledgement, AlertNotice, LineCheck, LineCheckAnswer, Message

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
    for value in found.values():
        if type(value) is list:
            if len(value) > MAX_LIST_ITEMS:
                raise ValueError(f"a list has more than {MAX_LIST_ITEMS} items")
            for item in value:
                _check_scalar(item)
        else:
            _check_scalar(value)
    return found


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
    match message:
        case AlertNotice():
            _check_name(message.to_function, "to_function")
            _check_name(message.alert.alert_id, "alert_id", MAX_MESSAGE_ID_CHARS)
            _check_time(message.alert.time_s, "time_s")
            _check_time(message.acknowledge_by_s, "acknowledge_by_s")
            if len(message.alert.subjects) > MAX_TRACKS_PER_ALERT:
                raise ValueError(f"an alert is about at most {MAX_TRACKS_PER_ALERT} aircraft")
            for subject in message.alert.subjects:
                _check_subject(subject)
        case Acknowledgement():
            _check_name(message.acknowledges, "acknowledges", MAX_MESSAGE_ID_CHARS)
            _check_name(message.desk_id, "desk_id")
            _check_name(message.function, "function")
            _check_time(message.read_at_s, "read_at_s")
        case LineCheck():
            _check_time(message.answer_by_s, "answer_by_s")
        case LineCheckAnswer():
            _check_name(message.answers, "answers", MAX_MESSAGE_ID_CHARS)
            _check_name(message.desk_id, "desk_id")
            _check_name(message.function, "function")


def _check_subject(subject: AlertSubject) -> None:
    if not abs(subject.latitude_deg) <= 90.0 or not abs(subject.longitude_deg) <= 180.0:
        raise ValueError("a position is not on the Earth")
    _check_time(subject.report_time_s, "report_time_s")


def _check_time(time_s: float | None, what: str) -> None:
    if time_s is not None and not 0.0 <= time_s <= MAX_TIME_S:
        raise ValueError(f"{what} is no time of our calendar")


def _check_name(name: str, what: str, longest: int = MAX_IDENTIFIER_CHARS) -> None:
    if not 1 <= len(name) <= longest:
        raise ValueError(f"{what} must have 1..{longest} characters")
