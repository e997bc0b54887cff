"""Planted faults: one shipped function each, changed in its source so that a promise no longer holds.

A mutant is a few words of the function and what stands there instead. When the words are no longer in the function,
planting fails and says so: a mutant that changes nothing must not look as if it had been caught.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

CHEATS, RUNS = "cheats", "runs"


@dataclass(frozen=True)
class Edit:
    target: str
    """module:function or module:Class.method, below `steerclear`."""
    words: str
    instead: str


@dataclass(frozen=True)
class Mutant:
    name: str
    edits: tuple[Edit, ...]
    first: str = CHEATS
    """What is tried first."""


def one(name: str, target: str, words: str, instead: str = "False", first: str = CHEATS) -> Mutant:
    return Mutant(name, (Edit(target, words, instead),), first)


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    with ExitStack() as stack:
        for target in dict.fromkeys(edit.target for edit in mutant.edits):
            _plant(target, [edit for edit in mutant.edits if edit.target == target], stack)
        yield


def _plant(target: str, edits: list[Edit], stack: ExitStack) -> None:
    module_name, _, path = target.partition(":")
    module = importlib.import_module(f"steerclear.{module_name}")
    owner: Any = module
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    function = inspect.getattr_static(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    for edit in edits:
        assert source.count(edit.words) == 1, f"{target} has {edit.words!r} {source.count(edit.words)} times, not once"
        source = source.replace(edit.words, edit.instead)
    code = compile(source, f"<{target}>", "exec", annotations.compiler_flag, dont_inherit=True)
    made: dict[str, Any] = {}
    exec(code, module.__dict__, made)
    stack.enter_context(mock.patch.object(owner, name, made[name]))
    if owner is module:  # those who imported it by name have it too
        for other_name, other in list(sys.modules.items()):
            if other_name.startswith("steerclear.") and other is not module and vars(other).get(name) is function:
                stack.enter_context(mock.patch.object(other, name, made[name]))


UNSEAL, READ = "dialogue.envelope:unseal", "dialogue.incoming:_read_entries"
ACCEPT, ACCEPT_UNDER = "dialogue.incoming:accept", "dialogue.incoming:_accept_under"
RECEIPT, RECEIVE = "dialogue.outgoing:read_receipt", "services.exchange:Exchange.receive"
KEEPER, RUNG = "services.keep_time:Timekeeper", "services.keep_time:raise_rung"

MUTANTS = (
    # what is signed, and by whom
    one("an entry's signature is not checked", UNSEAL, "key.verify(", "(lambda *_: None)("),
    one("an envelope may be spelled in many ways", UNSEAL, "_ENCODER.encode(envelope) != data"),
    one("any number of signatures will do", UNSEAL, "len(envelope.signatures) != 1 or ", ""),
    one("any payload type will do", UNSEAL, "envelope.payload_type != PAYLOAD_TYPE"),
    one(
        "a note's signature is not checked", "tlog.ed25519:_verify_ed25519", "public_key.verify(", "(lambda *_: None)("
    ),
    one(
        "a revoked key still signs entries",
        "dialogue.incoming:read_entry",
        "ring.at(sequence).sender_keys",
        "ring.periods[0].sender_keys | ring.current.sender_keys",
    ),
    one("a replaced key still signs checkpoints", "dialogue.incoming:_check_signed", "if why_not:", "if False:"),
    one("an online key can change keys", "dialogue.incoming:_ring_after", "change is not None"),
    # what stands where
    one("a post for another log is taken", ACCEPT, "batch.origin != log.origin"),
    one("an entry for another log is taken", "dialogue.incoming:read_entry", "entry.origin != log.origin"),
    one("a gap is taken", ACCEPT, "batch.first > held"),
    one("contents are not counted", ACCEPT, "len(batch.contents) != len(batch.entries)"),
    one("a checkpoint may end elsewhere", ACCEPT_UNDER, "batch.first + len(batch.entries) != offered.size"),
    one("a fork is taken for a late post", ACCEPT_UNDER, "mirror_root_at(offered.size) != offered.root"),
    one("the root is not compared", ACCEPT_UNDER, "frontier.root() != offered.root"),
    one("the sequence is not checked", "dialogue.incoming:check_place", "entry.sequence != sequence"),
    one("the chain is not checked", "dialogue.incoming:check_place", "entry.previous != previous"),
    Mutant(
        "entries stand in the order of their arrival",
        (
            Edit("dialogue.incoming:check_place", "entry.sequence != sequence", "False"),
            Edit("dialogue.incoming:check_place", "entry.previous != previous", "False"),
        ),
    ),
    one(
        "a message may bear any name",
        "dialogue.incoming:check_message_id",
        "message.message_id != log.message_id(sequence)",
    ),
    # what an entry says of itself
    one(
        "a view of more than was written is believed",
        "dialogue.incoming:_check_view",
        "seen_size <= entry.peer_size <= own_size",
        "True",
    ),
    one("a view may go back", "dialogue.incoming:_check_view", "seen_size <= entry.peer_size", "0 <= entry.peer_size"),
    one("a view may go back after a restart", "dialogue.incoming:resume_incoming", "entry.peer_size", "0"),
    one(
        "a view of another log is believed",
        "dialogue.incoming:_check_view",
        "own_root_at(entry.peer_size) != entry.peer_root",
    ),
    one("the future is believed", READ, "entry.issued_s > now_s + MAX_CLOCK_SKEW_S"),
    one(
        "any version of the agreement will do",
        "dialogue.incoming:_check_version",
        "place is None:",
        "place is None:\n        return before\n    if False:",
    ),
    one("any content will do", "dialogue.entry:decode_content", "sha256(content).digest() != commitment"),
    one("a key may stand twice", "dialogue.entry:decode_entry", "_ENCODER.encode(entry) != payload"),
    one("negative times are taken", "dialogue.entry:_check_frame", "0 <= entry.issued_s <= MAX_NUMBER", "True"),
    # receipts
    one(
        "a receipt needs no cosignature",
        RECEIPT,
        "raise _not_cosigned(receiver, note)",
        "return Receipted(held.size, held.root, int(now_s), note)",
    ),
    one("a receipt from the future counts", RECEIPT, "receipt_s > now_s + MAX_CLOCK_SKEW_S"),
    one("a node that was set back does not notice", RECEIPT, "held.size > own_size"),
    one("a second history of our own goes unnoticed", RECEIPT, "root_at(held.size) != held.root"),
    one(
        "receipts count one too many",
        "services.exchange:_receipt_done",
        "max(line.received_size, size)",
        "max(line.received_size, size + 1)",
        RUNS,
    ),
    one(
        "the answer goes out before it is stored",
        RECEIVE,
        "self.journal.append(append)",
        "self.journal.submit(append)",
        RUNS,
    ),
    one("what was taken is forgotten", RECEIVE, "line.incoming = accepted.state", "pass", RUNS),
    one("nothing of a post is stored", RECEIVE, "self.journal.append(append)", "pass", RUNS),
    one("faults are not kept", "services.exchange:Exchange.note_fault", "self.journal.receipt(key) is None"),
    # sending
    one(
        "posts begin one too late",
        "services.exchange:Exchange.next_post",
        "first = line.cosigned_size",
        "first = min(line.cosigned_size + 1, line.stored_size())",
        RUNS,
    ),
    one("a log begins anew after a restart", "dialogue.outgoing:resume_outgoing", "last_entry is None", "True", RUNS),
    one(
        "a failed append is built upon", "services.exchange:Exchange._recover", "not self._reload_needed", "True", RUNS
    ),
    one(
        "an alert is told each time it is recorded",
        "services.announce_alerts:AlertAnnouncer._stored",
        "self._exchange.journal.receipt(key) is not None",
        "False",
        RUNS,
    ),
    # what counts as an answer
    one(
        "every answer counts",
        "services.entry_events:stored_event",
        "unheeded = why_unheeded(",
        "unheeded = None and why_unheeded(",
    ),
    one("any desk may answer", "dialogue.lifecycle:why_unheeded", "not any(", "False and any("),
    one("an answer may come before the question", "dialogue.lifecycle:why_unheeded", "asked.sequence >= seen_size"),
    one("any verdict fits", "dialogue.lifecycle:why_unheeded", "why := misfit(asked.message, answer)"),
    one(
        "late counts as in time",
        "dialogue.lifecycle:after_answer",
        "moved = _move(asked, MessageEvent.ACKNOWLEDGEMENT)",
        "moved = msgspec.structs.replace(_move(asked, MessageEvent.ACKNOWLEDGEMENT), unanswered_since_s=None)",
    ),
    one(
        "checking is taken for an answer", "dialogue.lifecycle:after_answer", "given.verdict in INTERIM", "False", RUNS
    ),
    one(
        "the receipt is taken for an acknowledgement",
        "dialogue.lifecycle:after_receipt",
        "MessageEvent.RECEIPT",
        "MessageEvent.ACKNOWLEDGEMENT",
        RUNS,
    ),
    one(
        "a message looks as if it was never received",
        "dialogue.lifecycle:after_receipt",
        "standing.received_s is not None",
        "True",
        RUNS,
    ),
    # time
    one(
        "deadlines are forgotten over a restart",
        f"{KEEPER}.__init__",
        "self._take_up(open_deadlines(exchange.journal), open_rungs(exchange.journal), expiries(exchange.journal), now_s)",
        "pass",
        RUNS,
    ),
    one(
        "deadlines of new messages wait for a restart",
        f"{KEEPER}._follow",
        "self._take_up(owed, rungs, runs_out,",
        "self._take_up([], [], [],",
        RUNS,
    ),
    one("everything comes two seconds late", f"{KEEPER}._take_up", "due_s + ahead_s", "due_s + ahead_s + 2.0", RUNS),
    one("everything comes a second early", f"{KEEPER}._take_up", "due_s + ahead_s", "due_s + ahead_s - 1.0", RUNS),
    Mutant(
        "deadlines follow the clock that people set",
        (
            Edit(f"{KEEPER}._take_up", "self._exchange.clock.steady_s() - now_s", "0.0"),
            Edit(f"{KEEPER}._pass_deadlines", "self._exchange.clock.steady_s(), 0", "self._exchange.clock.now_s(), 0"),
            Edit(f"{KEEPER}._raise_rungs", "self._exchange.clock.steady_s(), 0", "self._exchange.clock.now_s(), 0"),
            Edit(f"{KEEPER}._expire_notices", "self._exchange.clock.steady_s(), 0", "self._exchange.clock.now_s(), 0"),
        ),
        RUNS,
    ),
    one(
        "a deadline passes only once in a while",
        f"{KEEPER}._miss",
        "limit_s = standing.due[step]",
        "limit_s = standing.due[step]\n    if standing.sequence % 3 == 2:\n        return 0",
        RUNS,
    ),
    Mutant(
        "a deadline passes twice",
        (
            Edit(f"{KEEPER}._miss", "after_deadline(standing, step, limit_s) is standing", "False"),
            Edit(
                f"{KEEPER}._miss",
                'f"unanswered/{key}/{step}"',
                'f"unanswered/{key}/{step}/{self._exchange.clock.steady_s()}"',
            ),
        ),
        RUNS,
    ),
    # the ladder
    one("each side raises the other's rungs too", "dialogue.ladder:planned_rungs", "if rung.side is side", "", RUNS),
    one(
        "the ladder goes on after an acknowledgement",
        "dialogue.ladder:rung_owed",
        "standing.acknowledged or ",
        "",
        RUNS,
    ),
    Mutant(
        "a rung is raised twice",
        (
            Edit(
                "services.keep_time:_DueTimes.turn",
                "heapq.heappop(heap)",
                "heapq.heapreplace(heap, (steady_s + 0.4, heap[0][1]))",
            ),
            Edit(
                "dialogue.ladder:rung_owed",
                "standing.acknowledged or any(rung.rung == place and rung.ours for rung in standing.raised)",
                "standing.acknowledged or sum(rung.rung == place for rung in standing.raised) > 1",
            ),
            Edit(RUNG, '/{rung.rung}"', '/{rung.rung}/{exchange.clock.steady_s()}"'),
        ),
        RUNS,
    ),
    one(
        "the last rung is left out",
        "dialogue.ladder:planned_rungs",
        "if rung.side is side",
        "if rung.side is side and not rung.last",
        RUNS,
    ),
    one(
        "the peer is not told of a rung",
        RUNG,
        "exchange.send([draft], [*because, journal_event(event, now_s)], append_key).stored.result()",
        "exchange.journal.append(Append(key=append_key, events=(*because, journal_event(event, now_s))))",
        RUNS,
    ),
    one(
        "a clock that struck decides what a notice is",
        "dialogue.notices:_state_at",
        "NoticeState.CURRENT if at_s < held.notice.until_s else NoticeState.EXPIRED",
        "held.state",
        RUNS,
    ),
    one("the other side's rungs look like ours", "services.line_events:_raised_there", "ours=False", "ours=True", RUNS),
)
