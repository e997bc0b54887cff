"""What the local API says: flat, named, with every time in POSIX UTC seconds and no state standing for another."""

from __future__ import annotations

import msgspec

from steerclear.dialogue.lifecycle import Answer, Standing, due_s
from steerclear.model.messages import Message, MessageState
from steerclear.store.entries import JournalRow


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message and where it stands."""

    message_id: str
    kind: str
    peer: str
    direction: str
    """"sent" or "arrived"."""
    state: MessageState
    issued_s: float
    answer_due_s: float | None
    received_s: float | None
    """Machine receipt of the side it was sent to; no person need have read it."""
    answer: Answer | None
    unanswered_since_s: float | None
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
    """A message of ours that is now durable and on its way."""

    message_id: str


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
        state=standing.state,
        issued_s=standing.issued_s,
        answer_due_s=due_s(standing.message),
        received_s=standing.received_s,
        answer=standing.answer,
        unanswered_since_s=standing.unanswered_since_s,
        unheeded=standing.unheeded,
        message=standing.message,
    )


def journal_page(rows: list[JournalRow], after: int) -> JournalPage:
    """A page of journal rows; their payloads are JSON already."""
    items = tuple(
        JournalItem(sequence=row.sequence, kind=row.kind, time_s=row.time_s, event=msgspec.Raw(row.payload))
        for row in rows
    )
    return JournalPage(items=items, next_after=items[-1].sequence if items else after)
