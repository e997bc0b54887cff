"""The ladder of an unacknowledged message: which rungs a side raises, when, and why one is raised before its time.

Each side raises the rungs of its own functions, and says so to the other in an entry of its log; so the record holds,
for both, when each rung was raised. A raised rung never stands for an acknowledgement.
"""

from __future__ import annotations

from typing import Final

from steerclear.dialogue.lifecycle import PlannedRung, Standing, due_times
from steerclear.dialogue.limits import MAX_CLOCK_SKEW_S
from steerclear.model.agreement import Agreement, Ladder, LadderSide, MessageDeadline
from steerclear.model.alert import AlertChange
from steerclear.model.messages import (
    STEPS,
    AgreementEvent,
    AlertNotice,
    Asking,
    IncidentReport,
    LineCheck,
    Message,
    Step,
    StepState,
)
from steerclear.model.vocabulary import MessageKind, Urgency

_NEXT_LOWER: Final = {
    Urgency.ROUTINE: (Urgency.ROUTINE,),
    Urgency.URGENT: (Urgency.URGENT, Urgency.ROUTINE),
    Urgency.IMMEDIATE: (Urgency.IMMEDIATE, Urgency.URGENT, Urgency.ROUTINE),
}

ASKING_CHANGES: Final = frozenset({AlertChange.RAISED, AlertChange.ESCALATED})
"""Changes of an alert that ask a person to look; that it eased or cleared is told without asking."""


def agreed_due(agreement: Agreement, message: Message, issued_s: float) -> dict[Step, float]:
    """When each step is due that is agreed for a message issued at a time."""
    return {step: issued_s + within_s for step, within_s in _agreed_within(agreement, message).items()}


def due_under(agreement: Agreement, message: Message, issued_s: float) -> dict[Step, float]:
    """When each step that the agreement wants for a message is due, whatever the message itself says.

    A time in the message counts where it is the agreed one, as far as two clocks agree: by a time of its own choice one
    side could make the other look late, wake its commanders, or ask for nothing where an answer is agreed.
    """
    said = due_times(message)
    return {
        step: said[step] if step in said and abs(said[step] - due_s) <= MAX_CLOCK_SKEW_S else due_s
        for step, due_s in agreed_due(agreement, message, issued_s).items()
    }


def due_unless_said(agreement: Agreement, message: Message, issued_s: float) -> dict[Step, float] | None:
    """What `due_under` gives; None where the message says the same."""
    due = due_under(agreement, message, issued_s)
    return None if due == due_times(message) else due


def _agreed_within(agreement: Agreement, message: Message) -> dict[Step, float]:
    if isinstance(message, LineCheck):
        return {Step.ACKNOWLEDGEMENT: agreement.line_checks.answer_within_s}
    if isinstance(message, AlertNotice):
        within_s = agreement.acknowledge_within_s(message.alert.kind, message.alert.severity)
        asks = message.alert.change in ASKING_CHANGES
        return {Step.ACKNOWLEDGEMENT: within_s} if asks and within_s is not None else {}
    if not isinstance(message, Asking) or _said_by_a_machine(message):
        return {}
    agreed = agreed_times(agreement, message)
    if agreed is None:
        return {}
    times = (
        (Step.ACKNOWLEDGEMENT, agreed.acknowledge_s),
        (Step.RELAY, agreed.relay_s),
        (Step.RESPONSE, agreed.respond_s),
    )
    return {step: within_s for step, within_s in times if within_s is not None and step in STEPS[type(message)]}


def _said_by_a_machine(message: Asking) -> bool:
    """That a version is in force, or which bundle a node has frozen: it asks nobody for anything."""
    if message.from_function:
        return False
    return isinstance(message, AgreementEvent) or (isinstance(message, IncidentReport) and bool(message.attachments))


def ladder_of(agreement: Agreement, message: Message) -> Ladder | None:
    """The ladder agreed for a message; None where there is none, or nobody has to acknowledge it."""
    if not isinstance(message, Asking) or Step.ACKNOWLEDGEMENT not in _agreed_within(agreement, message):
        return None
    if isinstance(message, AlertNotice):
        deadline = agreement.alert_deadline(message.alert.kind, message.alert.severity)
        return None if deadline is None else agreement.ladder(deadline.ladder_id)
    agreed = agreed_times(agreement, message)
    return None if agreed is None else agreement.ladder(agreed.ladder_id)


def agreed_times(agreement: Agreement, message: Asking) -> MessageDeadline | None:
    """What is agreed for a message of this kind and urgency; None where nothing is.

    Where nothing is agreed for an urgency, what is agreed for the next lower one holds: never nothing while there is
    anything.
    """
    kind = MessageKind(str(type(message).__struct_config__.tag))
    found = (agreement.message_deadline(kind, urgency) for urgency in _NEXT_LOWER[message.urgency])
    return next((deadline for deadline in found if deadline is not None), None)


def planned_rungs(ladder: Ladder | None, outgoing: bool, begun_s: float) -> tuple[PlannedRung, ...]:
    """The rungs that our side raises for a message that we sent (`outgoing`) or got.

    `begun_s` is when this side's clock began to run: when we sent it, or when we stored what the peer sent. A message
    that was held up by a broken line must not find the other side's whole ladder already in the past.
    """
    if ladder is None:
        return ()
    side = LadderSide.SENDER if outgoing else LadderSide.RECEIVER
    return tuple(
        PlannedRung(rung=place, function=rung.function, due_s=begun_s + rung.after_s, last=rung.last)
        for place, rung in enumerate(ladder.rungs)
        if rung.side is side
    )


def next_rung(standing: Standing) -> PlannedRung | None:
    """The first rung of ours that is not raised yet; None when all are, or there is no ladder."""
    raised = {rung.rung for rung in standing.raised if rung.ours}
    return next((rung for rung in standing.planned if rung.rung not in raised), None)


def rung_owed(standing: Standing, place: int) -> PlannedRung | None:
    """Our rung at a place of the ladder, if it is still to be raised: nobody has acknowledged, and it was not yet."""
    if standing.acknowledged or any(rung.rung == place and rung.ours for rung in standing.raised):
        return None
    return next((rung for rung in standing.planned if rung.rung == place), None)


def overdue(standing: Standing, step: Step) -> bool:
    """Whether the relay of a message, or the response to it, is overdue and still owed."""
    held = standing.relay if step is Step.RELAY else standing.response
    return held.state is StepState.OVERDUE


def overdue_words(step: Step) -> str:
    """Why a rung is raised for a step that is overdue."""
    return f"the {step} is overdue"


def early_rung(standing: Standing, step: Step) -> PlannedRung | None:
    """The rung that an overdue relay or response raises at once: somebody has read the message and yet it goes no
    further, so it is for the next one up. None for an acknowledgement, before one, and where it was raised already.
    """
    if step is Step.ACKNOWLEDGEMENT or not standing.acknowledged:
        return None
    if any(rung.ours and rung.why == overdue_words(step) for rung in standing.raised):
        return None
    return next_rung(standing)
