"""What a desk sees of the line: every peer's link, and the messages, those still owed an answer always first."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from steerclear.dialogue.lifecycle import Standing
from steerclear.dialogue.link_state import LinkState
from steerclear.model.messages import Asking
from steerclear.model.vocabulary import Urgency
from steerclear.services.exchange import Exchange
from steerclear.services.line_checks import CheckTally, Declared, read_declared, read_tally
from steerclear.services.line_end import LineEnd
from steerclear.services.line_events import (
    LastFault,
    open_deadlines,
    read_last_fault,
    read_standing,
    read_standings,
    split_step_key,
    standing_key,
    standing_prefix,
)

_PRESSING = {Urgency.ROUTINE: 0, Urgency.URGENT: 1, Urgency.IMMEDIATE: 2}
MAX_LISTED = 1_000
"""Messages of one listing: as many that are owed an answer, and as many others."""


class LogSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One direction of a line."""

    origin: str
    size: int
    root: bytes
    received: int
    """Entries covered by a cosigned checkpoint."""


class PeerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The line to one peer."""

    peer: str
    link: LinkState
    link_since_s: float
    link_reason: str
    outgoing: LogSummary
    incoming: LogSummary
    waiting: int
    """Messages of ours that the peer has not yet proved to hold."""
    owed_to_us: int
    owed_by_us: int
    unanswered: int
    """Of both, those whose deadline has passed."""
    declared_by_us: Declared | None
    """What each side has said about the line, as people; the link is what machines measure."""
    declared_by_peer: Declared | None
    line_checks: CheckTally
    last_fault: LastFault | None
    """The last fault that a person must look at. What the peer's posts were refused for stands here too: the link says
    only how ours fare."""


class LineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a node at one moment."""

    party: str
    agreement_id: str
    agreement_version: int
    now_s: float
    peers: tuple[PeerStatus, ...]


def line_status(exchange: Exchange) -> LineStatus:
    """How every line stands now."""
    owed = open_deadlines(exchange.journal)
    now_s = exchange.clock.now_s()
    return LineStatus(
        party=exchange.us.party_id,
        agreement_id=exchange.agreement.agreement_id,
        agreement_version=exchange.agreement.version,
        now_s=now_s,
        peers=tuple(_peer_status(exchange, line, owed, now_s) for line in exchange.lines.values()),
    )


def open_standings(exchange: Exchange) -> list[Standing]:
    """Every message that is owed something: unacknowledged urgent ones first, then overdue ones, then by due time."""
    earliest: dict[str, float] = {}
    for limit_s, key in open_deadlines(exchange.journal):
        message_key, _ = split_step_key(key)
        earliest[message_key] = min(limit_s, earliest.get(message_key, limit_s))
    found = []
    for key, limit_s in earliest.items():
        standing = read_standing(exchange.journal, key)
        if standing is not None:
            found.append((_rank(standing, limit_s), standing))
    found.sort(key=lambda item: item[0])
    return [standing for _, standing in found]


def _rank(standing: Standing, limit_s: float) -> tuple[int, bool, float, str]:
    urgency = standing.message.urgency if isinstance(standing.message, Asking) else Urgency.ROUTINE
    pressing = 0 if standing.acknowledged else _PRESSING[urgency]
    return -pressing, standing.unanswered_since_s is None, limit_s, standing.message.message_id


def listed_standings(exchange: Exchange, limit: int = 100) -> list[Standing]:
    """The messages owed an answer, at most MAX_LISTED, then the newest others of every line, at most `limit`."""
    owed = open_standings(exchange)[:MAX_LISTED]
    named = {standing.message.message_id for standing in owed}
    recent = [
        standing
        for line in exchange.lines.values()
        for standing in _newest(exchange, line, min(limit, MAX_LISTED))
        if standing.message.message_id not in named
    ]
    recent.sort(key=_came_s, reverse=True)
    return owed + recent[: min(limit, MAX_LISTED)]


def _came_s(standing: Standing) -> float:
    """When a message was written here, or came: by our clock. A time of issue is its sender's word, and one that was
    dated back would stand below all others, where nobody looks.
    """
    came_s = None if standing.outgoing else standing.received_s
    return standing.issued_s if came_s is None else came_s


def _newest(exchange: Exchange, line: LineEnd, limit: int) -> Iterable[Standing]:
    for outgoing, size in ((True, line.stored_size()), (False, line.incoming.frontier.size)):
        # View keys sort by place, so the newest are the page after the last place left out.
        prefix = standing_prefix(line.peer, outgoing)
        after = standing_key(line.peer, outgoing, size - limit - 1) if size > limit else prefix
        yield from read_standings(exchange.journal, line.peer, outgoing, after, limit)


def _peer_status(exchange: Exchange, line: LineEnd, owed: list[tuple[float, str]], now_s: float) -> PeerStatus:
    own = exchange.journal.log_state(line.terms.outgoing.origin)
    mirror = exchange.journal.log_state(line.terms.incoming.origin)
    to_us = [limit_s for limit_s, key in owed if key.startswith(standing_prefix(line.peer, True))]
    by_us = [limit_s for limit_s, key in owed if key.startswith(standing_prefix(line.peer, False))]
    return PeerStatus(
        peer=line.peer,
        link=line.link,
        link_since_s=line.link_since_s,
        link_reason=line.shown_reason(),
        outgoing=LogSummary(origin=own.log, size=own.size, root=own.root, received=line.received_size),
        incoming=LogSummary(origin=mirror.log, size=mirror.size, root=mirror.root, received=mirror.size),
        waiting=own.size - line.received_size + line.waiting,
        owed_to_us=len(to_us),
        owed_by_us=len(by_us),
        unanswered=sum(limit_s <= now_s for limit_s in (*to_us, *by_us)),
        declared_by_us=read_declared(exchange.journal, line.peer, outgoing=True),
        declared_by_peer=read_declared(exchange.journal, line.peer, outgoing=False),
        line_checks=read_tally(exchange.journal, line.peer),
        last_fault=read_last_fault(exchange.journal, line.peer),
    )
