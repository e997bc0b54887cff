"""What the journal says of an entry when it enters our log or our mirror: every decision about it, made once."""

from __future__ import annotations

from collections.abc import Callable

from steerclear.dialogue.entry import DecodedEntry
from steerclear.dialogue.ladder import due_unless_said, ladder_of, planned_rungs
from steerclear.dialogue.lifecycle import Standing, answered_id, why_unheeded
from steerclear.dialogue.notices import short_notice_s
from steerclear.dialogue.terms import LineTerms
from steerclear.model.agreement import Agreement
from steerclear.model.messages import Escalation, Message, Notice
from steerclear.services.line_events import MessageSent, MessageStored, standing_key


def sent_event(terms: LineTerms, sequence: int, issued_s: float, message: Message, agreement: Agreement) -> MessageSent:
    """The event of a message of ours, written under a version of the agreement."""
    asked = answered_id(message)
    return MessageSent(
        peer=terms.peer,
        sequence=sequence,
        issued_s=issued_s,
        message=message,
        answers_sequence=None if asked is None else terms.incoming.sequence_of(asked),
        planned=planned_rungs(ladder_of(agreement, message), True, issued_s),
        due=due_unless_said(agreement, message, issued_s),
        short_notice_s=short_notice_s(agreement, message, issued_s) if isinstance(message, Notice) else None,
    )


def stored_event(
    terms: LineTerms, decoded: DecodedEntry, now_s: float, standing_of: Callable[[str], Standing | None]
) -> MessageStored:
    """The event of a message of the peer's that we hold from `now_s` on; `standing_of` reads messages by their key."""
    message = decoded.message
    place = terms.versions.place(decoded.entry.agreement_sha256)
    agreement = terms.versions.known[place or 0].agreement
    answers, unheeded, of_ours = None, None, None
    asked_id = answered_id(message)
    if asked_id is not None:
        answers = terms.outgoing.sequence_of(asked_id)
        asked = None if answers is None else standing_of(standing_key(terms.peer, True, answers))
        unheeded = why_unheeded(asked, message, agreement.party(terms.peer), decoded.entry.peer_size)
    elif isinstance(message, Escalation):
        answers, of_ours = _escalated(terms, message)
    return MessageStored(
        peer=terms.peer,
        sequence=decoded.entry.sequence,
        issued_s=decoded.entry.issued_s,
        message=message,
        answers_sequence=answers,
        unheeded=unheeded,
        planned=planned_rungs(ladder_of(agreement, message), False, now_s),
        due=due_unless_said(agreement, message, decoded.entry.issued_s),
        short_notice_s=short_notice_s(agreement, message, now_s) if isinstance(message, Notice) else None,
        escalates_outgoing=of_ours,
    )


def _escalated(terms: LineTerms, said: Escalation) -> tuple[int | None, bool | None]:
    """Place of the message that the peer escalates, and whether it is one of ours; (None, None) for no message here."""
    for log, outgoing in ((terms.outgoing, True), (terms.incoming, False)):
        sequence = log.sequence_of(said.escalates)
        if sequence is not None:
            return sequence, outgoing
    return None, None
