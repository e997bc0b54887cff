"""What a peer may try with its own true keys, with stolen ones, and with what others have signed.

`POSTS`: each makes the body of a post that must be refused under the name beside it, leaving no trace but the fault.
`RECEIPTS`: answers to a post of ours that are no receipt. `WITHOUT_EFFECT`: entries that are signed and in order, so
that they are stored like any other, and must change nothing of what they pretend to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steerclear.dialogue.batch import Batch, decode_batch, encode_batch
from steerclear.dialogue.envelope import Envelope
from steerclear.dialogue.faults import FaultCode
from steerclear.dialogue.limits import MAX_BODY_BYTES, MAX_CLOCK_SKEW_S
from steerclear.model.messages import Acknowledgement, KeyChange, Message, Relay, Response, Verdict
from steerclear.simulation.cast import COMMANDER, DUTY, desk_of, private_key
from steerclear.simulation.stage import CHEAT, THIRD, VICTIM, Stage
from steerclear.tlog import (
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    cosign_checkpoint,
    open_checkpoint,
    sign_checkpoint,
)

Make = Callable[[Stage], bytes]
Attack = tuple[FaultCode | None, Make]
"""The fault that must be named (None: any), and what makes the bytes."""

STRANGER: Final = private_key("nobody")


# -- rewriting history -----------------------------------------------------------------------------------------------


def _fork_same_size(stage: Stage) -> bytes:
    last = stage.held - 1
    return stage.post(last, [stage.forge(last, stage.check(last))])


def _fork_shorter(stage: Stage) -> bytes:
    return stage.post(0, [stage.forge(0, stage.check(0))])


def _fork_longer(stage: Stage) -> bytes:
    last = stage.held - 1
    forged = stage.forge(last, stage.check(last))
    return stage.post(last, [forged, stage.following(forged[0])(stage.held)])


def _fork_from_the_beginning(stage: Stage) -> bytes:
    forged = [stage.forge(0, stage.check(0))]
    for place in range(1, stage.held + 1):
        forged.append(stage.following(forged[-1][0])(place))
    return stage.post(0, forged)


def _hidden_fork(stage: Stage) -> bytes:
    """An old entry is another one, and the new entry follows the true last one: only the root can tell."""
    forged = stage.forge(0, stage.check(0))
    return stage.post(0, [forged, *stage.true_entries(1, stage.held + 1)])


def _rolled_back(stage: Stage) -> bytes:
    """The log is begun anew before what was receipted, and another message put there."""
    place = max(stage.held - 2, 0)
    return stage.post(place, [stage.forge(place, stage.check(place))])


def _two_entries_one_place(stage: Stage) -> bytes:
    first = stage.true_entries(stage.held, stage.held + 1)
    return stage.post(stage.held, [*first, stage.forge(stage.held, stage.check(stage.held))])


def _another_after_the_receipt(stage: Stage) -> bytes:
    """South gets the next entry, and then another one for the same place with one more behind it."""
    stage.victim.exchange.receive(CHEAT, stage.post(stage.held, stage.true_entries(stage.held, stage.held + 1)))
    forged = stage.forge(stage.held, stage.check(stage.held))
    return stage.post(stage.held, [forged, stage.following(forged[0])(stage.held + 1)])


def _equivocation(stage: Stage) -> bytes:
    stage.victim.exchange.receive(CHEAT, stage.post(stage.held, stage.true_entries(stage.held, stage.held + 1)))
    return stage.post(stage.held, [stage.forge(stage.held, stage.check(stage.held))])


# -- leaving out and moving ------------------------------------------------------------------------------------------


def _gap(stage: Stage) -> bytes:
    return stage.post(stage.held + 1, stage.true_entries(stage.held + 1))


def _gap_inside(stage: Stage) -> bytes:
    after = stage.true_entries(stage.held + 1)
    return stage.post(stage.held, after, [*stage.entries[: stage.held], *(data for data, _ in after)])


def _gap_closed_over(stage: Stage) -> bytes:
    """The entry after a left-out one bears its number, but not its hash of the one before."""
    moved = stage.forge(stage.held + 1, stage.check(stage.held), sequence=stage.held)
    return stage.post(stage.held, [moved])


def _swapped(stage: Stage) -> bytes:
    return stage.post(stage.held, stage.true_entries(stage.held)[::-1])


def _sequence_again(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, sequence=stage.held - 1)])


def _sequence_ahead(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, sequence=stage.held + 7)])


def _no_predecessor(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, previous=bytes(32))])


def _wrong_root(stage: Stage) -> bytes:
    tree = [*stage.entries[: stage.held], b"something else"]
    return stage.post(stage.held, stage.true_entries(stage.held, stage.held + 1), tree)


def _wrong_size(stage: Stage) -> bytes:
    return stage.post(stage.held, stage.true_entries(stage.held, stage.held + 1), stage.entries)


# -- other links, other audiences, other keys ------------------------------------------------------------------------


def _other_link_as_it_is(stage: Stage) -> bytes:
    post = stage.cheat.exchange.line(THIRD)
    entries, contents = stage.log_of(stage.cheat, THIRD)
    origin = post.terms.outgoing.origin
    return stage.post(0, list(zip(entries, contents, strict=True)), entries, origin)


def _other_link_renamed(stage: Stage) -> bytes:
    """An entry meant for east, put behind what south holds, with a true checkpoint over it."""
    entries, contents = stage.log_of(stage.cheat, THIRD)
    return stage.post(stage.held, [(entries[-1], contents[-1])])


def _other_audience(stage: Stage) -> bytes:
    origin = stage.cheat.exchange.line(THIRD).terms.outgoing.origin
    return stage.post(stage.held, [stage.forge(stage.held, origin=origin)])


def _our_own_words(stage: Stage) -> bytes:
    entries, contents = stage.log_of(stage.victim, CHEAT)
    return stage.post(stage.held, [(entries[0], contents[0])])


def _our_own_direction(stage: Stage) -> bytes:
    origin = stage.cheat.exchange.line(VICTIM).terms.incoming.origin
    return stage.post(stage.held, [stage.forge(stage.held, origin=origin)])


def _other_agreement(stage: Stage) -> bytes:
    origin = stage.origin.replace("simulated-sky", "another-sky")
    return stage.post(stage.held, [stage.forge(stage.held, origin=origin)])


def _unsigned_version(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, agreement_sha256=stage.chance.randbytes(32))])


def _third_party_post(stage: Stage) -> bytes:
    """East's own post to south, handed in as if it were north's."""
    stage.third.say(VICTIM)
    post = stage.third.exchange.next_post(VICTIM)
    return b"" if post is None else encode_batch(post.batch)


def _strange_key(stage: Stage) -> bytes:
    return stage.post(stage.held, [_signed_by(stage, STRANGER, None)])


def _strange_key_under_our_name(stage: Stage) -> bytes:
    return stage.post(stage.held, [_signed_by(stage, STRANGER, stage.entry_keyid)])


def _witness_key(stage: Stage) -> bytes:
    return stage.post(stage.held, [_signed_by(stage, stage.cheat.keys.witness, None)])


def _third_party_key(stage: Stage) -> bytes:
    return stage.post(stage.held, [_signed_by(stage, stage.third.keys.signing, None)])


def _victim_key(stage: Stage) -> bytes:
    return stage.post(stage.held, [_signed_by(stage, stage.victim.keys.signing, stage.entry_keyid)])


def _signed_by(stage: Stage, key: Ed25519PrivateKey, keyid: str | None) -> tuple[bytes, bytes]:
    entry, content = stage.entry(stage.held), stage.contents[stage.held]
    return stage.sign(entry, content, signer=key, keyid=keyid)


def _no_signature(stage: Stage) -> bytes:
    return _reshaped(stage, lambda envelope: {**envelope, "signatures": []})


def _two_signatures(stage: Stage) -> bytes:
    return _reshaped(stage, lambda envelope: {**envelope, "signatures": envelope["signatures"] * 2})


def _other_payload_type(stage: Stage) -> bytes:
    return _reshaped(stage, lambda envelope: {**envelope, "payloadType": "text/plain"})


def _spare_field(stage: Stage) -> bytes:
    return _reshaped(stage, lambda envelope: {**envelope, "more": 1})


def _other_spelling(stage: Stage) -> bytes:
    data = json.dumps(json.loads(stage.entries[stage.held]), indent=1).encode()
    return stage.post(stage.held, [(data, stage.contents[stage.held])])


def _cut_signature(stage: Stage) -> bytes:
    def cut(envelope: dict[str, Any]) -> dict[str, Any]:
        (signature,) = envelope["signatures"]
        return {**envelope, "signatures": [{**signature, "sig": signature["sig"][:40]}]}

    return _reshaped(stage, cut)


def _reshaped(stage: Stage, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    data = msgspec.json.encode(change(json.loads(stage.entries[stage.held])))
    return stage.post(stage.held, [(data, stage.contents[stage.held])])


def _strange_checkpoint(stage: Stage) -> bytes:
    signer = Ed25519Signer(stage.origin, STRANGER)
    return stage.post(stage.held, stage.true_entries(stage.held), signer=signer)


def _third_party_checkpoint(stage: Stage) -> bytes:
    signer = Ed25519Signer(stage.origin, stage.third.keys.signing)
    return stage.post(stage.held, stage.true_entries(stage.held), signer=signer)


def _other_log_checkpoint(stage: Stage) -> bytes:
    """North's true checkpoint of its log to east over a post to south."""
    origin = stage.cheat.exchange.line(THIRD).terms.outgoing.origin
    note = stage.last_note(stage.cheat, origin)
    return stage.post(stage.held, stage.true_entries(stage.held), note=note)


def _garbled_checkpoint(stage: Stage) -> bytes:
    return stage.post(stage.held, stage.true_entries(stage.held), note=stage.chance.randbytes(80))


def _no_checkpoint(stage: Stage) -> bytes:
    return stage.post(stage.held, stage.true_entries(stage.held), note=b"")


def _stale_checkpoint(stage: Stage) -> bytes:
    return stage.post(stage.held, stage.true_entries(stage.held), note=stage.last_note(stage.victim, stage.origin))


# -- lies inside an entry --------------------------------------------------------------------------------------------


def _seen_too_much(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, peer_size=stage.entry(stage.held).peer_size + 1)])


def _seen_another_log(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, peer_root=stage.chance.randbytes(32))])


def _seen_less_than_before(stage: Stage) -> bytes:
    root = stage.victim.journal.root_at(stage.cheat.exchange.line(VICTIM).terms.incoming.origin, 0)
    return stage.post(stage.held, [stage.forge(stage.held, peer_size=0, peer_root=root)])


def _from_the_future(stage: Stage) -> bytes:
    ahead_s = stage.chance.uniform(MAX_CLOCK_SKEW_S + 0.5, 90_000.0)
    return stage.post(stage.held, [stage.forge(stage.held, issued_s=stage.victim.clock.now_s() + ahead_s)])


def _before_all_time(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, issued_s=-1.0)])


def _other_content(stage: Stage) -> bytes:
    data, _ = stage.forge(stage.held)
    return stage.post(stage.held, [(data, stage.contents[stage.held + 1])])


def _no_content(stage: Stage) -> bytes:
    return stage.post(stage.held, [(stage.entries[stage.held], b"")])


def _contents_missing(stage: Stage) -> bytes:
    batch = decode_batch(stage.post(stage.held, stage.true_entries(stage.held)))
    return encode_batch(Batch(batch.origin, batch.first, batch.checkpoint, batch.entries, batch.contents[:-1]))


def _foreign_name(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, stage.check(stage.held - 1))])


def _other_sender(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, stage.check(stage.held, VICTIM, CHEAT))])


def _short_hash(stage: Stage) -> bytes:
    return stage.post(stage.held, [stage.forge(stage.held, previous=bytes(31))])


def _raw(change: Callable[[bytes], bytes]) -> Make:
    """The payload's bytes changed before they are signed."""

    def make(stage: Stage) -> bytes:
        payload = msgspec.json.decode(stage.entries[stage.held], type=Envelope).payload
        return stage.post(stage.held, [(stage.envelope(change(payload)), stage.contents[stage.held])])

    return make


def _not_a_number(payload: bytes) -> bytes:
    return payload.replace(b'"issued_s":', b'"issued_s":NaN,"x":')


def _key_change_by_the_online_key(stage: Stage) -> bytes:
    """North's online key, stolen, tries to bring in a key of the thief's."""
    statement = f"steerclear key change\nsimulated-sky\n{CHEAT}\n1\n".encode()
    message = KeyChange(message_id=f"{CHEAT}:{VICTIM}:{stage.held}", statement=statement)
    return stage.post(stage.held, [stage.forge(stage.held, message)])


# -- bytes ------------------------------------------------------------------------------------------------------------


def _one_bit(stage: Stage) -> bytes:
    body = bytearray(stage.post(stage.held, stage.true_entries(stage.held)))
    body[stage.chance.randrange(len(body))] ^= 1 << stage.chance.randrange(8)
    return bytes(body)


def _cut_short(stage: Stage) -> bytes:
    body = stage.post(stage.held, stage.true_entries(stage.held))
    return body[: stage.chance.randrange(len(body))]


def _something_behind(stage: Stage) -> bytes:
    return stage.post(stage.held, stage.true_entries(stage.held)) + stage.chance.randbytes(5)


def _nonsense(stage: Stage) -> bytes:
    return stage.chance.randbytes(stage.chance.randrange(400))


def _too_long(_stage: Stage) -> bytes:
    return bytes(MAX_BODY_BYTES + 1)


POSTS: Final[dict[str, Attack]] = {
    "a second history of the same length": (FaultCode.FORK, _fork_same_size),
    "a second history, shorter": (FaultCode.FORK, _fork_shorter),
    "a second history, longer": (FaultCode.BROKEN_CHAIN, _fork_longer),
    "a second history from the beginning": (FaultCode.BROKEN_CHAIN, _fork_from_the_beginning),
    "an old entry exchanged under a new root": (FaultCode.WRONG_ROOT, _hidden_fork),
    "a roll-back": (FaultCode.FORK, _rolled_back),
    "two entries for one place": (FaultCode.WRONG_SEQUENCE, _two_entries_one_place),
    "another entry after the receipt": (FaultCode.BROKEN_CHAIN, _another_after_the_receipt),
    "another entry for a receipted place": (FaultCode.FORK, _equivocation),
    "a gap": (FaultCode.GAP, _gap),
    "a gap inside a post": (FaultCode.WRONG_SEQUENCE, _gap_inside),
    "a gap closed over": (FaultCode.BROKEN_CHAIN, _gap_closed_over),
    "two entries swapped": (FaultCode.WRONG_SEQUENCE, _swapped),
    "a sequence used before": (FaultCode.WRONG_SEQUENCE, _sequence_again),
    "a sequence ahead": (FaultCode.WRONG_SEQUENCE, _sequence_ahead),
    "no predecessor": (FaultCode.BROKEN_CHAIN, _no_predecessor),
    "a root of other entries": (FaultCode.WRONG_ROOT, _wrong_root),
    "a checkpoint that ends elsewhere": (FaultCode.MALFORMED, _wrong_size),
    "another link's post": (FaultCode.WRONG_LINK, _other_link_as_it_is),
    "another link's entry": (FaultCode.WRONG_LINK, _other_link_renamed),
    "an entry for another audience": (FaultCode.WRONG_LINK, _other_audience),
    "our own words": (None, _our_own_words),
    "our own direction": (FaultCode.WRONG_LINK, _our_own_direction),
    "another agreement": (FaultCode.WRONG_LINK, _other_agreement),
    "a version that not all have signed": (FaultCode.WRONG_AGREEMENT, _unsigned_version),
    "a third party's post": (FaultCode.WRONG_LINK, _third_party_post),
    "a strange key": (FaultCode.BAD_SIGNATURE, _strange_key),
    "a strange key under the right name": (FaultCode.BAD_SIGNATURE, _strange_key_under_our_name),
    "the witness key": (FaultCode.BAD_SIGNATURE, _witness_key),
    "a third party's key": (FaultCode.BAD_SIGNATURE, _third_party_key),
    "the victim's key under the cheat's name": (FaultCode.BAD_SIGNATURE, _victim_key),
    "no signature": (FaultCode.MALFORMED, _no_signature),
    "two signatures": (FaultCode.MALFORMED, _two_signatures),
    "a cut signature": (FaultCode.BAD_SIGNATURE, _cut_signature),
    "another payload type": (FaultCode.MALFORMED, _other_payload_type),
    "a field too many": (FaultCode.MALFORMED, _spare_field),
    "another spelling": (FaultCode.MALFORMED, _other_spelling),
    "a checkpoint under a strange key": (FaultCode.BAD_SIGNATURE, _strange_checkpoint),
    "a checkpoint under a third party's key": (FaultCode.BAD_SIGNATURE, _third_party_checkpoint),
    "another log's checkpoint": (None, _other_log_checkpoint),
    "a garbled checkpoint": (FaultCode.MALFORMED, _garbled_checkpoint),
    "no checkpoint": (FaultCode.MALFORMED, _no_checkpoint),
    "a stale checkpoint": (FaultCode.MALFORMED, _stale_checkpoint),
    "a view of more than we wrote": (FaultCode.FALSE_VIEW, _seen_too_much),
    "a view of another log": (FaultCode.FALSE_VIEW, _seen_another_log),
    "a view that went back": (FaultCode.FALSE_VIEW, _seen_less_than_before),
    "issued in the future": (FaultCode.CLOCK_AHEAD, _from_the_future),
    "issued before all time": (FaultCode.MALFORMED, _before_all_time),
    "another content": (FaultCode.WRONG_CONTENT, _other_content),
    "no content": (FaultCode.WRONG_CONTENT, _no_content),
    "a content missing": (FaultCode.MALFORMED, _contents_missing),
    "the name of another place": (FaultCode.MALFORMED, _foreign_name),
    "the name of another sender": (FaultCode.MALFORMED, _other_sender),
    "a short hash": (FaultCode.MALFORMED, _short_hash),
    "a key twice": (FaultCode.MALFORMED, _raw(lambda payload: payload[:-1] + b',"sequence":0}')),
    "a field nobody knows": (FaultCode.MALFORMED, _raw(lambda payload: payload[:-1] + b',"more":0}')),
    "not a number": (FaultCode.MALFORMED, _raw(_not_a_number)),
    "nested without end": (FaultCode.MALFORMED, _raw(lambda payload: payload[:-1] + b',"x":' + b"[" * 5_000 + b"}")),
    "a key change by the online key": (FaultCode.BAD_KEY_CHANGE, _key_change_by_the_online_key),
    "one bit": (None, _one_bit),
    "cut short": (FaultCode.MALFORMED, _cut_short),
    "something behind": (FaultCode.MALFORMED, _something_behind),
    "nonsense": (FaultCode.MALFORMED, _nonsense),
    "too long": (FaultCode.MALFORMED, _too_long),
}
"""What the attack is -> (the fault that must be named, what makes the post)."""


# -- receipts ---------------------------------------------------------------------------------------------------------


def _own_note(stage: Stage) -> bytes:
    """Checkpoint of all of the victim's log to the cheat, signed by the victim, before the cheat has seen it all."""
    stage.victim.say(CHEAT)
    post = stage.victim.exchange.next_post(CHEAT)
    return b"" if post is None else post.batch.checkpoint


def _cosigned(stage: Stage, cosigner: Ed25519Cosigner, note: bytes | None = None, late_s: float = 0.0) -> bytes:
    line = stage.victim.exchange.line(CHEAT).terms.outgoing
    opened = open_checkpoint(_own_note(stage) if note is None else note, line.origin, line.log_verifier)
    return cosign_checkpoint(opened, [cosigner], int(stage.victim.clock.now_s() + late_s))


def _true_cosigner(stage: Stage) -> Ed25519Cosigner:
    return Ed25519Cosigner(f"steerclear/simulated-sky/{CHEAT}/witness", stage.cheat.keys.witness)


def _receipt_unsigned(stage: Stage) -> bytes:
    return _own_note(stage)


def _receipt_by_stranger(stage: Stage) -> bytes:
    return _cosigned(stage, Ed25519Cosigner(f"steerclear/simulated-sky/{CHEAT}/witness", STRANGER))


def _receipt_by_third(stage: Stage) -> bytes:
    return _cosigned(stage, Ed25519Cosigner(f"steerclear/simulated-sky/{THIRD}/witness", stage.third.keys.witness))


def _receipt_by_signing_key(stage: Stage) -> bytes:
    return _cosigned(stage, Ed25519Cosigner(f"steerclear/simulated-sky/{CHEAT}/witness", stage.cheat.keys.signing))


def _receipt_from_the_future(stage: Stage) -> bytes:
    return _cosigned(stage, _true_cosigner(stage), late_s=MAX_CLOCK_SKEW_S + 60.0)


def _receipt_of_another_log(stage: Stage) -> bytes:
    return stage.last_note(stage.victim, stage.origin)


def _receipt_of_another_tree(stage: Stage) -> bytes:
    """A root that the victim never signed, signed by the cheat in its name."""
    line = stage.victim.exchange.line(CHEAT).terms.outgoing
    forged = Checkpoint(line.origin, 1, stage.chance.randbytes(32))
    return sign_checkpoint(forged, [Ed25519Signer(line.origin, stage.key), _true_cosigner(stage)], 0)


def _receipt_nonsense(stage: Stage) -> bytes:
    return stage.chance.randbytes(1 + stage.chance.randrange(200))


def _receipt_one_digit(stage: Stage) -> bytes:
    """The size in a true receipt made one larger."""
    note = _cosigned(stage, _true_cosigner(stage)).split(b"\n")
    return b"\n".join([note[0], b"%d" % (int(note[1]) + 1), *note[2:]])


RECEIPTS: Final[dict[str, Attack]] = {
    "without a cosignature": (FaultCode.NOT_COSIGNED, _receipt_unsigned),
    "cosigned by a strange key": (None, _receipt_by_stranger),
    "cosigned by a third party": (None, _receipt_by_third),
    "cosigned by the signing key": (None, _receipt_by_signing_key),
    "cosigned in the future": (FaultCode.CLOCK_AHEAD, _receipt_from_the_future),
    "of another log": (None, _receipt_of_another_log),
    "of a tree that never was": (FaultCode.BAD_SIGNATURE, _receipt_of_another_tree),
    "nonsense": (FaultCode.MALFORMED, _receipt_nonsense),
    "made larger": (FaultCode.BAD_SIGNATURE, _receipt_one_digit),
}


# -- answers that must not count --------------------------------------------------------------------------------------

Answer = Callable[[Stage], Message]


def acknowledgement(stage: Stage, **changes: object) -> Message:
    """An acknowledgement that is in order but for the changes."""
    said = Acknowledgement(
        message_id=f"{CHEAT}:{VICTIM}:{stage.held}",
        acknowledges=stage.asked,
        desk_id=desk_of(CHEAT),
        function=DUTY,
        read_at_s=stage.cheat.clock.now_s(),
    )
    changed: Message = msgspec.structs.replace(said, **changes)
    return changed


def _unseen(stage: Stage) -> Message:
    """South says something that north's entry cannot have seen; its name could be foreseen."""
    return acknowledgement(stage, acknowledges=stage.victim.say(CHEAT, stage.request()))


def _not_there_yet(stage: Stage) -> Message:
    return acknowledgement(stage, acknowledges=f"{VICTIM}:{CHEAT}:99")


def _wrong_step(stage: Stage) -> Message:
    return Response(
        message_id=f"{CHEAT}:{VICTIM}:{stage.held}",
        responds_to=stage.asked,
        desk_id=desk_of(CHEAT),
        function=DUTY,
        verdict=Verdict.OURS,
    )


def _relay_by_nobody(stage: Stage) -> Message:
    return Relay(
        message_id=f"{CHEAT}:{VICTIM}:{stage.held}",
        relays=stage.asked,
        desk_id=desk_of(VICTIM),
        function=COMMANDER,
        unit="air wing",
        confirmed_at_s=stage.cheat.clock.now_s(),
    )


WITHOUT_EFFECT: Final[dict[str, Answer]] = {
    "a desk that does not exist": lambda stage: acknowledgement(stage, desk_id="another-desk"),
    "the victim's own desk": lambda stage: acknowledgement(stage, desk_id=desk_of(VICTIM)),
    "a function that the desk has not": lambda stage: acknowledgement(stage, function="minister"),
    "a message that its sender had not seen": _unseen,
    "a message that was never sent": _not_there_yet,
    "a message of another line": lambda stage: acknowledgement(stage, acknowledges=f"{VICTIM}:{THIRD}:0"),
    "a message of the cheat's own": lambda stage: acknowledgement(stage, acknowledges=f"{CHEAT}:{VICTIM}:0"),
    "a verdict that does not fit": _wrong_step,
    "a relay by the victim's desk": _relay_by_nobody,
}
"""What the answer is about or from -> the message that says so."""


def answer_body(stage: Stage, message: Message) -> bytes:
    """A post with an answer in an entry that is in order in every other way."""
    return stage.post(stage.held, [stage.forge(stage.held, message)])
