"""One line for each message and each row of a journal, in the field's words; texts of people stay apart from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from steerclear.model.messages import (
    Acknowledgement,
    AlertNotice,
    Asking,
    Consultation,
    Escalation,
    IdentificationRequest,
    IncidentReport,
    LateEntry,
    LineCheck,
    LineCheckAnswer,
    LineStateNotice,
    Message,
    Notice,
    Relay,
    Request,
    Response,
    ReviewItem,
    SafetyStop,
    Step,
)
from steerclear.services.line_events import RungSummoned

STEP_WORDS: Final = {
    Step.ACKNOWLEDGEMENT: "acknowledged",
    Step.RELAY: "relayed to the unit that must act",
    Step.RESPONSE: "answered",
}
VERDICT_WORDS: Final = {
    "no_objection": "no objection",
    "approved": "approved",
    "objection": "objection",
    "accepted": "accepted",
    "declined": "declined",
    "ours": "ours",
    "not_ours": "not ours",
    "checking": "checking, no answer yet",
    "keeping_clear": "keeping clear",
    "cannot_comply": "cannot comply",
    "confirmed": "confirmed",
    "disputed": "disputed",
}


def _alert(message: AlertNotice) -> str:
    alert = message.alert
    who = " and ".join(subject.identity.label for subject in alert.subjects)
    return f"alert: {alert.kind.value.replace('_', ' ')}, {alert.severity.name.lower()}, {who or alert.source or ''}"


def _notice(message: Notice) -> str:
    return f"notice {message.notice_id}, revision {message.revision}, {message.change.value}: {message.subject.value}"


def _question(message: IdentificationRequest) -> str:
    label = message.track_id if message.identity is None else message.identity.label
    return f"is this yours? {label}"


def _report(message: IncidentReport) -> str:
    return f"incident {message.incident_id} reported"


def _review(message: ReviewItem) -> str:
    return f"{message.kind.value.replace('_', '-')} {message.item_id}, revision {message.revision}"


_WORDS: Final[dict[type, Callable[..., str]]] = {
    AlertNotice: _alert,
    Notice: _notice,
    IdentificationRequest: _question,
    SafetyStop: lambda _: "safety stop: people of ours are here, keep clear",
    Request: lambda message: f"request to {message.asks.value}",
    Consultation: lambda message: f"consultation by {message.form.value}",
    IncidentReport: _report,
    ReviewItem: _review,
    LineStateNotice: lambda message: f"line declared {message.condition.value}",
    LateEntry: lambda message: (
        f"entered afterwards: a {message.of_kind.value.replace('_', ' ')} by {message.means.value}"
    ),
    LineCheck: lambda _: "line check: do you hear me?",
    LineCheckAnswer: lambda message: f"hears {message.answers}",
    Acknowledgement: lambda message: f"has read {message.acknowledges}",
    Relay: lambda message: f"{message.unit} has confirmed {message.relays}",
    Response: lambda message: f"{VERDICT_WORDS.get(message.verdict, message.verdict)}, to {message.responds_to}",
    Escalation: lambda message: f"rung {message.rung + 1}, {message.function}, for {message.escalates}",
}


def message_words(message: Message) -> str:
    """What a message is, in one line, without what a person wrote."""
    say = _WORDS.get(type(message))
    return str(type(message).__struct_config__.tag).replace("_", " ") if say is None else say(message)


def message_text(message: Message) -> str:
    """What a person wrote in a message: shown as text only, never as part of a page."""
    if isinstance(message, ReviewItem):
        return "\n".join(message.words)
    if isinstance(message, Notice):
        return " ".join(part for part in (message.title, message.text) if part)
    if isinstance(message, Consultation):
        said = [*message.topics, *(f"agreed: {one}" for one in message.agreed), message.text]
        return "; ".join(part for part in said if part)
    return message.text if isinstance(message, Asking) else str(getattr(message, "remark", ""))


def outlet_words(summoned: RungSummoned) -> tuple[str, ...]:
    """What each outlet of a raised rung came to: that a machine took the summons says nothing of a person."""
    return tuple(
        f"{one.outlet}: {'taken' if one.reached else 'failed'}{f' ({one.detail})' if one.detail else ''}"
        for one in summoned.outlets
    )


def said_by(message: Message) -> str:
    """Which function of which desk says a message; the machine where none does."""
    if isinstance(message, Asking):
        function, desk = message.from_function, message.from_desk
    elif isinstance(message, Escalation | LineCheck):
        function, desk = "", ""
    else:
        function, desk = str(getattr(message, "function", "")), str(getattr(message, "desk_id", ""))
    return f"{function} at {desk}" if function else "the node itself"
