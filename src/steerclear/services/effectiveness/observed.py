"""What a report of effectiveness looks at, whatever it was read from: messages with the steps people took, what was
declared about the line, and where this side's own journal is at hand also its alerts, its links and its tracks.

Times of messages are those their senders wrote into their logs, so both sides count alike. POSIX UTC seconds.
"""

from __future__ import annotations

from typing import Final

import msgspec

from steerclear.dialogue.ladder import ladder_of
from steerclear.dialogue.lifecycle import INTERIM, AnyAnswer, kind_of, step_of
from steerclear.model.agreement import Agreement, LadderSide
from steerclear.model.alert import AlertEvent
from steerclear.model.messages import (
    Asking,
    Escalation,
    IdentificationRequest,
    LineCheckAnswer,
    LineStateNotice,
    Message,
    Notice,
    NoticeChange,
    Response,
    Step,
    Verdict,
)
from steerclear.model.vocabulary import LineCondition, NoticeSubject, Urgency

WITHHELD: Final = "not shown"
"""Kind of a message whose content is withheld."""


class Taken(msgspec.Struct, frozen=True):
    """A step that a named function took first."""

    issued_s: float
    function: str
    verdict: Verdict | None = None
    cause: str = ""


class PlannedFor(msgspec.Struct, frozen=True):
    """A rung of the ladder that is agreed for a message."""

    party: str
    """Whose function it reaches."""
    function: str
    after_s: float


class RaisedBy(msgspec.Struct, frozen=True):
    """A rung that a party says it raised."""

    party: str
    rung: int
    function: str
    raised_at_s: float


class NoticeGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What a report looks at of a notice."""

    notice_id: str
    subject: NoticeSubject
    change: NoticeChange
    revision: int
    from_s: float
    until_s: float
    required_s: float | None
    """How long before it begins it must be known; None where nothing is agreed, or the change is never too late."""


class ObservedMessage(msgspec.Struct, kw_only=True):
    """One message and what became of it, as far as the source tells."""

    message_id: str
    sender: str
    receiver: str
    kind: str
    issued_s: float
    urgency: Urgency = Urgency.ROUTINE
    due: dict[Step, float] = {}
    received_s: float | None = None
    """When the receiver's machine held it: by its receipt, or by its own journal; None where that is not known."""
    taken: dict[Step, Taken] = {}
    checking: Taken | None = None
    """The first "checking", which settles nothing."""
    ladder: tuple[PlannedFor, ...] = ()
    """By place of the ladder."""
    rungs: tuple[RaisedBy, ...] = ()
    notice: NoticeGiven | None = None
    track: str = ""
    """For an identification request: the aircraft it asks about."""
    hidden: frozenset[Step] = frozenset()
    """Steps that a withheld entry may have taken: nobody can say."""


class DeclaredCondition(msgspec.Struct, frozen=True, kw_only=True):
    """What a party said about the line to another."""

    party: str
    to: str
    issued_s: float
    condition: LineCondition
    from_s: float
    until_s: float | None
    cause: str

    def excuses(self, at_s: float) -> bool:
        """Whether it states why the party could not be reached at a time."""
        holds = self.from_s <= at_s and (self.until_s is None or at_s <= self.until_s)
        return holds and self.condition is not LineCondition.UP


class LinkTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long a link was watched in a period, and how long of that it worked."""

    peer: str
    observed_s: float
    up_s: float
    interruptions: int


class Observations(msgspec.Struct, kw_only=True):
    """All that was read. `observer` is None where the source has no journal of its own: a record."""

    source: str
    """In words, for the report's reader."""
    observer: str | None
    known_until_s: float
    """What happened later this source cannot know."""
    messages: dict[str, ObservedMessage] = {}
    conditions: list[DeclaredCondition] = []
    alerts: dict[str, list[AlertEvent]] | None = None
    links: list[LinkTime] | None = None
    flight_s: float | None = None
    """Seconds that aircraft were seen flying, all together; None where no tracks are at hand."""
    withheld: int = 0
    agreement: Agreement | None = None
    """The newest version that counts in what was read."""
    not_read: list[str] = []
    """What is missing from the source, in words."""


def observed(
    message: Message,
    message_id: str,
    parties: tuple[str, str],
    issued_s: float,
    agreement: Agreement,
    due: dict[Step, float],
) -> ObservedMessage:
    """A message as it was just sent; `parties` are sender and receiver, `due` is when each step of it is due."""
    sender, receiver = parties
    found = ObservedMessage(
        message_id=message_id, sender=sender, receiver=receiver, kind=kind_of(message), issued_s=issued_s, due=due
    )
    if isinstance(message, Asking):
        found.urgency = message.urgency
    found.ladder = _planned(agreement, message, sender, receiver)
    if isinstance(message, Notice):
        found.notice = _given(agreement, message)
    if isinstance(message, IdentificationRequest):
        found.track = message.track_id
    return found


def condition_said(message: Message, parties: tuple[str, str], issued_s: float) -> DeclaredCondition | None:
    """What a message declares about the line; None for every other message."""
    if not isinstance(message, LineStateNotice):
        return None
    return DeclaredCondition(
        party=parties[0],
        to=parties[1],
        issued_s=issued_s,
        condition=message.condition,
        from_s=message.from_s,
        until_s=message.until_s,
        cause=str(message.cause or ""),
    )


def take(asked: ObservedMessage, answer: AnyAnswer, issued_s: float) -> None:
    """Note an answer that counts. The first of each step is kept: a report asks how long a side let the other wait."""
    given = Taken(
        issued_s,
        answer.function,
        answer.verdict if isinstance(answer, Response) else None,
        str(answer.cause or "") if isinstance(answer, LineCheckAnswer) else "",
    )
    if isinstance(answer, Response) and answer.verdict in INTERIM:
        asked.checking = asked.checking or given
        return
    asked.taken = {step_of(answer): given} | asked.taken


def raise_rung(asked: ObservedMessage, said: Escalation, party: str) -> None:
    """Note a rung that a party says it raised; the same one again changes nothing."""
    if all((held.party, held.rung) != (party, said.rung) for held in asked.rungs):
        asked.rungs = (*asked.rungs, RaisedBy(party, said.rung, said.function, said.raised_at_s))


def _planned(agreement: Agreement, message: Message, sender: str, receiver: str) -> tuple[PlannedFor, ...]:
    ladder = ladder_of(agreement, message)
    if ladder is None:
        return ()
    return tuple(
        PlannedFor(sender if rung.side is LadderSide.SENDER else receiver, rung.function, rung.after_s)
        for rung in ladder.rungs
    )


def _given(agreement: Agreement, notice: Notice) -> NoticeGiven:
    rule = agreement.notice_time(notice.subject)
    counts = notice.change in (NoticeChange.NEW, NoticeChange.AMENDED)
    return NoticeGiven(
        notice_id=notice.notice_id,
        subject=notice.subject,
        change=notice.change,
        revision=notice.revision,
        from_s=notice.from_s,
        until_s=notice.until_s,
        required_s=rule.before_s if rule is not None and counts else None,
    )
