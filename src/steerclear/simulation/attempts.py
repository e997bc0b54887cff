"""Lets a cheat try something on a stage and says what the victim let happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

from steerclear.dialogue.batch import encode_batch
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.services.acknowledge import find_standing
from steerclear.services.evidence import find_evidence
from steerclear.services.keep_time import Timekeeper
from steerclear.simulation.malice import POSTS, RECEIPTS, WITHOUT_EFFECT, acknowledgement, answer_body
from steerclear.simulation.stage import CHEAT, VICTIM, Actor, Stage
from steerclear.tlog import Ed25519Signer, Fault, leaf_hash

PROVEN = frozenset({FaultCode.FORK, FaultCode.WRONG_ROOT, FaultCode.BROKEN_CHAIN})
"""Faults for which there must be evidence that convinces a third party."""


def try_everything(seed: int) -> Iterator[str]:
    """All that went wrong when every attack was tried once, each on a stage of its own."""
    attempts: list[tuple[str, Callable[[Stage], Iterator[str]]]] = [
        *((name, partial(try_post, name=name)) for name in POSTS),
        *((f"a receipt {name}", partial(try_receipt, name=name)) for name in RECEIPTS),
        *((f"an answer to {name}", partial(try_answer, name=name)) for name in WITHOUT_EFFECT),
        ("a revoked key", try_revoked_key),
        ("backdating", try_backdating),
        ("set back", partial(try_set_back, writes=False)),
        ("set back, and writing on", partial(try_set_back, writes=True)),
    ]
    for number, (name, attempt) in enumerate(attempts):
        try:
            yield from (f"{name}: {wrong}" for wrong in attempt(Stage(seed * 1_000 + number)))
        except Exception as error:  # an error that nobody foresaw is a finding, whatever it is
            yield f"{name}: the node fell over: {type(error).__name__}: {error}"


def try_post(stage: Stage, name: str) -> Iterator[str]:
    """A post that must be refused by name, and leave nothing but the record of the fault."""
    expected, make = POSTS[name]
    body = make(stage)
    victim = stage.victim
    if stage.chance.random() < 0.5:
        victim.start()  # what is checked against must have survived
    before = victim.facts()
    try:
        victim.exchange.receive(CHEAT, body)
    except LineFaultError as fault:
        yield from _right_fault(victim, fault, expected)
        yield from _no_proof(stage, fault)
    except Exception as error:
        yield f"the node fell over: {type(error).__name__}: {error}"
    else:
        yield "it was taken"
    yield from _changed(victim, before)
    yield from _goes_on(stage)


def try_receipt(stage: Stage, name: str) -> Iterator[str]:
    """An answer that is no receipt: nothing counts as received by it."""
    expected, make = RECEIPTS[name]
    note = make(stage)
    victim = stage.victim
    before = victim.facts()
    try:
        victim.exchange.take_receipt(CHEAT, note)
    except LineFaultError as fault:
        yield from _right_fault(victim, fault, expected)
    except Exception as error:
        yield f"the node fell over: {type(error).__name__}: {error}"
    else:
        yield "it was taken"
    yield from _changed(victim, before)


def try_answer(stage: Stage, name: str) -> Iterator[str]:
    """An answer that is stored, for it was signed and sent, and changes nothing of what it is about."""
    message = WITHOUT_EFFECT[name](stage)
    victim = stage.victim
    before = _asked(stage)
    try:
        victim.exchange.receive(CHEAT, answer_body(stage, message))
    except LineFaultError as fault:
        yield f"it was refused ({fault}), and the line with it"
        return
    if _asked(stage) != before:
        yield "it counted"
    if find_standing(victim.exchange, message.message_id).unheeded is None:
        yield "nobody is told that it did not count"


def try_revoked_key(stage: Stage) -> Iterator[str]:
    """North revokes its signing key; a thief who has the old one can add nothing to the log any more."""
    stage.cheat.post_to(stage.victim)
    old = stage.key
    stage.change_key()
    stage.cheat.post_to(stage.victim)
    stage.see_entries()
    victim = stage.victim
    before = victim.facts()
    size = len(stage.entries)
    last = stage.entry(size - 1)
    follow: dict[str, Any] = {"sequence": size, "previous": leaf_hash(stage.entries[-1])}
    forged = stage.sign(last, stage.contents[-1], stage.check(size), signer=old, **follow)
    true = stage.sign(last, stage.contents[-1], stage.check(size), **follow)
    thief, owner = Ed25519Signer(stage.origin, old), Ed25519Signer(stage.origin, stage.key)
    for entry, signer in ((forged, thief), (forged, owner), (true, thief)):
        try:
            victim.exchange.receive(CHEAT, stage.post(size, [entry], signer=signer))
        except LineFaultError as fault:
            yield from _right_fault(victim, fault, FaultCode.BAD_SIGNATURE)
        else:
            yield "it was taken"
    yield from _changed(victim, before)


def try_set_back(stage: Stage, writes: bool) -> Iterator[str]:
    """South comes back from an old backup: the receipt that north still has says so, and whose fault it is."""
    victim = stage.victim
    backup = deepcopy(victim.medium)
    victim.say(CHEAT)
    post = victim.exchange.next_post(CHEAT)
    if post is None:
        return
    note = stage.cheat.exchange.receive(VICTIM, encode_batch(post.batch))
    victim.medium = backup
    victim.start()
    if writes:
        victim.say(CHEAT, stage.request())
    try:
        victim.exchange.take_receipt(CHEAT, note)
    except LineFaultError as fault:
        yield from _right_fault(victim, fault, FaultCode.FORK if writes else FaultCode.ROLLBACK)
        if fault.whose is not Fault.OURS:
            yield "the peer is accused of it"
    except Exception as error:
        yield f"the node fell over: {type(error).__name__}: {error}"
    else:
        yield "nobody notices"


def try_backdating(stage: Stage) -> Iterator[str]:
    """North acknowledges after the deadline and writes that it was long before: late stays late."""
    victim, early_s = stage.victim, stage.cheat.clock.now_s()
    timekeeper = Timekeeper(victim.exchange)
    stage.true.seconds += 60.0
    timekeeper.tick()
    late = find_standing(victim.exchange, stage.asked)
    if late.unanswered_since_s is None:
        yield "the deadline did not pass"
    said = acknowledgement(stage, read_at_s=early_s)
    body = stage.post(stage.held, [stage.forge(stage.held, said, issued_s=early_s)])
    victim.exchange.receive(CHEAT, body)
    read = find_standing(victim.exchange, stage.asked)
    if read.unanswered_since_s != late.unanswered_since_s:
        yield "a backdated acknowledgement hides that it came late"
    if read.answer is None:
        yield "a late acknowledgement is still one"


def _asked(stage: Stage) -> list[object]:
    """All of the victim's messages to the cheat, and the cheat's first, as the victim has them."""
    size = stage.victim.exchange.line(CHEAT).stored_size()
    ids = [f"{VICTIM}:{CHEAT}:{place}" for place in range(size)] + [f"{CHEAT}:{VICTIM}:0"]
    return [find_standing(stage.victim.exchange, message_id) for message_id in ids]


def _right_fault(victim: Actor, fault: LineFaultError, expected: FaultCode | None) -> Iterator[str]:
    if expected is not None and fault.code is not expected:
        yield f"it was refused as {fault.code}, not as {expected}: {fault.detail}"
    if fault.code not in {seen["code"] for seen in victim.faults()}:
        yield f"the fault {fault.code} is not on record"


def _no_proof(stage: Stage, fault: LineFaultError) -> Iterator[str]:
    """Two histories prove themselves to anyone, under whichever key they are signed."""
    if fault.code in PROVEN and find_evidence(stage.victim.exchange, CHEAT, fault) is None:
        yield f"{fault.code} is refused and not proven"


def _changed(victim: Actor, before: dict[str, object]) -> Iterator[str]:
    after = victim.facts()
    for part, was in before.items():
        if after[part] != was:
            yield f"{part} changed"
    victim.start()
    after = victim.facts()
    for part, was in before.items():
        if part != "ends" and after[part] != was:
            yield f"{part} changed over a restart"


def _goes_on(stage: Stage) -> Iterator[str]:
    """The true log is taken all the same."""
    try:
        stage.cheat.post_to(stage.victim)
    except LineFaultError as fault:
        yield f"the true log is refused afterwards: {fault}"
        return
    if stage.victim.exchange.line(CHEAT).incoming.frontier.size != len(stage.entries):
        yield "the true log is not whole afterwards"
