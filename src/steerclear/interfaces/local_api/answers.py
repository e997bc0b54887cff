"""What the local API says: flat, named, with every time in POSIX UTC seconds and no state standing for another."""

from __future__ import annotations

import msgspec

from steerclear.dialogue.lifecycle import Answer, PlannedRung, RaisedRung, Standing, StepStanding
from steerclear.model.messages import Asking, Message, MessageState, Step, Verdict
from steerclear.model.vocabulary import Urgency
from steerclear.store.entries import JournalRow


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message and where it stands: five states, each with its own time, none of which stands for another."""

    message_id: str
    kind: str
    peer: str
    direction: str
    """Sent by us, or arrived: "sent", "arrived"."""
    urgency: Urgency
    state: MessageState
    issued_s: float
    answer_due_s: float | None
    received_s: float | None
    """Machine receipt of the side it was sent to; no person need have read it."""
    answer: Answer | None
    """Acknowledged: a named function has read it."""
    unanswered_since_s: float | None
    relay: StepStanding
    """Relayed: the unit that must act has confirmed."""
    response: StepStanding
    """What the other side makes of it, if it said anything."""
    no_objection_s: float | None
    approved_s: float | None
    planned: tuple[PlannedRung, ...]
    raised: tuple[RaisedRung, ...]
    unheeded: str | None
    message: Message


class JournalItem(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the node's journal."""

    sequence: int
    kind: str
    time_s: float
    event: msgspec.Raw


class JournalPage(msgspec.Struct, frozen=True, kw_only=True):
    """Events in order; ask again with `after` = `next_after` for what comes next."""

    items: tuple[JournalItem, ...]
    next_after: int


class SentView(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of ours that are now durable and on their way; to one party: one."""

    message_id: str
    message_ids: tuple[str, ...] = ()


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not carried out, and what to do."""

    problem: str


def message_view(standing: Standing) -> MessageView:
    """What the API shows of a standing."""
    return MessageView(
        message_id=standing.message.message_id,
        kind=standing.kind,
        peer=standing.peer,
        direction="sent" if standing.outgoing else "arrived",
        urgency=standing.message.urgency if isinstance(standing.message, Asking) else Urgency.ROUTINE,
        state=standing.state,
        issued_s=standing.issued_s,
        answer_due_s=standing.due.get(Step.ACKNOWLEDGEMENT),
        received_s=standing.received_s,
        answer=standing.answer,
        unanswered_since_s=standing.unanswered_since_s,
        relay=standing.relay,
        response=standing.response,
        no_objection_s=_said_s(standing, Verdict.NO_OBJECTION),
        approved_s=_said_s(standing, Verdict.APPROVED),
        planned=standing.planned,
        raised=standing.raised,
        unheeded=standing.unheeded,
        message=standing.message,
    )


def _said_s(standing: Standing, verdict: Verdict) -> float | None:
    given = standing.response.given
    return given.issued_s if given is not None and given.verdict is verdict else None


def journal_page(rows: list[JournalRow], after: int) -> JournalPage:
    """A page of journal rows; their payloads are JSON already."""
    items = tuple(
        JournalItem(sequence=row.sequence, kind=row.kind, time_s=row.time_s, event=msgspec.Raw(row.payload))
        for row in rows
    )
    return JournalPage(items=items, next_after=items[-1].sequence if items else after)
