"""What must hold once a run has healed and come to rest, whatever went wrong in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from steerclear.dialogue.faults import FaultCode
from steerclear.dialogue.lifecycle import Standing
from steerclear.dialogue.link_state import LinkState
from steerclear.model.messages import Escalation, Message, MessageState
from steerclear.model.notices import NoticeStanding, NoticeState
from steerclear.services.announce_alerts import ALERT
from steerclear.services.line_end import COSIGNED
from steerclear.services.line_events import FAULT, RUNG, SENT, STORED, read_standing, standing_key
from steerclear.services.line_status import open_standings
from steerclear.services.notice_events import read_notices
from steerclear.simulation.party import PartyNode, Process
from steerclear.store.limits import MAX_PAGE_ROWS

if TYPE_CHECKING:
    from steerclear.simulation.run import Run

HARMLESS = frozenset({FaultCode.GAP, FaultCode.CLOCK_AHEAD})
"""Faults between honest parties over a network that loses and reorders but does not garble."""


class _Line(Struct):
    peer: str
    sequence: int
    message: Message


class _Rung(Struct):
    message_id: str
    rung: int
    outgoing: bool
    peer: str


class _Fault(Struct):
    peer: str
    code: FaultCode
    detail: str


_LINE = msgspec.json.Decoder(_Line)
_RUNG = msgspec.json.Decoder(_Rung)
_FAULT = msgspec.json.Decoder(_Fault)


def check_outcome(run: Run) -> list[str]:
    """Every broken promise, in words."""
    broken: list[str] = []
    up = [(node, node.process) for node in run.nodes.values() if node.process is not None]
    for node, process in up:
        broken += _check_alone(run, node, process)
        for other, there in up:
            if other is not node:
                broken += _check_direction(node, process, other, there)
    broken += _check_spoken(run)
    return broken


def _check_alone(run: Run, node: PartyNode, process: Process) -> Iterator[str]:
    yield from node.watch.finish(run.settings.sudden)
    try:
        process.journal.audit()
    except Exception as error:
        yield f"{node.name}: the audit fails: {error}"
    before = {name: dict(table.values) for name, table in node.medium.views.items()}
    process.journal.rebuild_views()
    for name, table in node.medium.views.items():
        if table.values != before.get(name):
            yield f"{node.name}: view {name} differs from its rebuild"
    for peer, line in process.exchange.lines.items():
        if line.link is not LinkState.UP:
            yield f"{node.name}: the link to {peer} is {line.link} after all has healed ({line.link_reason})"
    if not run.settings.weather.corrupt:
        for row in node.medium.rows:
            if row.kind == FAULT and _FAULT.decode(row.payload).code not in HARMLESS:
                yield f"{node.name}: accuses an honest peer: {row.payload.decode()}"
    yield from _check_rungs(node, process)


def _check_rungs(node: PartyNode, process: Process) -> Iterator[str]:
    """Each raised rung was said to the peer exactly once, and nothing else was."""
    raised = Counter(
        (rung.peer, rung.message_id, rung.rung)
        for rung in (_RUNG.decode(row.payload) for row in node.medium.rows if row.kind == RUNG)
    )
    said = Counter(
        (line.peer, line.message.escalates, line.message.rung)
        for line in _lines(node, SENT)
        if isinstance(line.message, Escalation)
    )
    if raised != said or any(count > 1 for count in raised.values()):
        yield f"{node.name}: rungs raised {dict(raised)} and said {dict(said)}"
    del process


def _check_direction(node: PartyNode, process: Process, other: PartyNode, there: Process) -> Iterator[str]:
    """What `node` said to `other`."""
    log = process.exchange.line(other.name).terms.outgoing.origin
    where = f"{node.name} to {other.name}"
    entries = process.journal.leaves(log, 0, MAX_PAGE_ROWS)
    if entries != there.journal.leaves(log, 0, MAX_PAGE_ROWS):
        yield f"{where}: log and mirror differ"
    if process.journal.contents(log, 0, MAX_PAGE_ROWS) != there.journal.contents(log, 0, MAX_PAGE_ROWS):
        yield f"{where}: the contents of log and mirror differ"
    held = [journal.latest_checkpoint(log, COSIGNED) for journal in (process.journal, there.journal)]
    state = process.journal.log_state(log)
    if any(one is None or (one.size, one.root) != (state.size, state.root) for one in held if entries):
        yield f"{where}: the last cosigned checkpoint is not that of the whole log"
    sent = [line for line in _lines(node, SENT) if line.peer == other.name]
    stored = [line for line in _lines(other, STORED) if line.peer == node.name]
    if [line.sequence for line in stored] != list(range(len(entries))):
        yield f"{where}: delivered {[line.sequence for line in stored]}, and {len(entries)} were sent"
    if [line.message for line in sent] != [line.message for line in stored]:
        yield f"{where}: what was delivered is not what was sent, in its order"
    yield from _check_standings(node, process, other, there, len(entries))
    yield from _check_notices(node, process, other, there)


def _check_notices(node: PartyNode, process: Process, other: PartyNode, there: Process) -> Iterator[str]:
    """Both sides hold the same revision of each notice, and none of a state that the other will never come to."""
    ours = _notices(process, other.name, outgoing=True)
    theirs = _notices(there, node.name, outgoing=False)
    for name in sorted(ours.keys() | theirs.keys()):
        pair = [side.get(name) for side in (ours, theirs)]
        held = [None if one is None else (one.notice, one.refused, one.state is NoticeState.CANCELLED) for one in pair]
        if held[0] != held[1]:
            yield f"notice {name} of {node.name} to {other.name} is {held[0]} there and {held[1]} here"


def _notices(process: Process, peer: str, outgoing: bool) -> dict[str, NoticeStanding]:
    found = read_notices(process.journal)
    return {one.notice.notice_id: one for one in found if one.peer == peer and one.outgoing is outgoing}


def _check_standings(node: PartyNode, process: Process, other: PartyNode, there: Process, size: int) -> Iterator[str]:
    silent = set()
    for sequence in range(size):
        ours = read_standing(process.journal, standing_key(other.name, True, sequence))
        theirs = read_standing(there.journal, standing_key(node.name, False, sequence))
        if ours is None or theirs is None:
            yield f"{node.name}:{other.name}:{sequence} has no standing"
            continue
        for name, one, two in _compared(ours, theirs):
            if one != two:
                yield f"{ours.message.message_id}: {name} is {one} for its sender and {two} for its receiver"
        if ours.received_s is None:
            yield f"{ours.message.message_id} is delivered and its sender has no receipt"
        if ours.state is MessageState.UNANSWERED:
            silent.add(ours.message.message_id)
    for holder, journal in ((node, process), (other, there)):
        shown = {standing.message.message_id for standing in open_standings(journal.exchange)}
        if not silent <= shown:
            yield f"{holder.name} does not show what is unanswered: {sorted(silent - shown)}"


def _compared(ours: Standing, theirs: Standing) -> Iterator[tuple[str, object, object]]:
    asked = theirs.state is not MessageState.RECEIVED or ours.state is not MessageState.RECEIVED
    yield "the state", ours.state if asked else "", theirs.state if asked else ""
    yield "the answer", ours.answer, theirs.answer
    for name, one, two in (("relay", ours.relay, theirs.relay), ("response", ours.response, theirs.response)):
        yield f"the {name}", (one.state, one.given, one.interim), (two.state, two.given, two.interim)
    yield "a rung", _rungs(ours, flipped=False), _rungs(theirs, flipped=True)
    yield "an answer's effect", ours.unheeded, theirs.unheeded


def _rungs(standing: Standing, flipped: bool) -> list[tuple[int, bool]]:
    return sorted((rung.rung, rung.ours is not flipped) for rung in standing.raised)


def _check_spoken(run: Run) -> Iterator[str]:
    """What a desk was told to be said is in its log, in the order in which it was said; the rest at most once."""
    texts = {
        (name, line.message.message_id): getattr(line.message, "text", None) or getattr(line.message, "remark", "")
        for name, node in run.nodes.items()
        for line in _lines(node, SENT)
    }
    for spoken in run.people.spoken:
        stored = spoken.sent.stored
        told = stored.done() and stored.exception() is None
        for message_id in spoken.sent.message_ids:
            if told and (spoken.node.name, message_id) not in texts:
                yield f"{message_id} ({spoken.words}) was told to be said and is nowhere"
    words = Counter((message_id.split(":")[1], text) for (_, message_id), text in texts.items() if text)
    yield from (f"{text!r} was said {count} times to {peer}" for (peer, text), count in words.items() if count > 1)
    for node, alert in run.people.alerts:
        rows = [row for row in node.medium.rows if row.kind == ALERT and alert.alert_id.encode() in row.payload]
        notices = [text for text in _alerts(node) if text == alert.alert_id]
        if len(rows) != 1 or len(notices) != 1:
            yield f"{alert.alert_id} was recorded {len(rows)} times and told {len(notices)} times"


def _alerts(node: PartyNode) -> Iterable[str]:
    return (line.message.alert.alert_id for line in _lines(node, SENT) if hasattr(line.message, "alert"))


def _lines(node: PartyNode, kind: str) -> list[_Line]:
    return [_LINE.decode(row.payload) for row in node.medium.rows if row.kind == kind]
