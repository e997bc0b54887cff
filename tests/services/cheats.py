"""South with its true keys and no scruples: every cheat that can be proven, under its first keys or changed ones."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from steerclear.dialogue.batch import Batch, encode_batch
from steerclear.dialogue.entry import Entry, encode_content
from steerclear.dialogue.envelope import key_id, seal
from steerclear.dialogue.faults import FaultCode
from steerclear.dialogue.key_statement import KeyStatement, NewKey, Revocation, sign_key_statement
from steerclear.dialogue.terms import first_link, line_terms
from steerclear.model.keys import KeyRole
from steerclear.model.messages import KeyChange, LineCheck
from steerclear.services.check_evidence import Proves
from steerclear.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    Ed25519Cosigner,
    Ed25519Signer,
    cosign_checkpoint,
    leaf_hash,
    open_checkpoint,
    root_of,
    sign_checkpoint,
)
from tests.services.parties import START_S, Node, make_agreement, make_alert, private_key, versions_of

VERSIONS = versions_of(make_agreement())
TERMS = line_terms(VERSIONS, "north", "south")
"""The accuser's: its incoming log is the one of the accused."""


def public(*names: str) -> bytes:
    return private_key(*names).public_key().public_bytes_raw()


def keyid(*names: str) -> str:
    return key_id(public(*names))


def change(number: int, roles=(KeyRole.SIGNING, KeyRole.WITNESS), revoked=()) -> bytes:
    """South's root key names new keys; `revoked` are (role, number of the key, last entry that counts)."""
    new = tuple(NewKey(role, public("south", role, str(number))) for role in roles)
    taken_back = tuple(
        Revocation(
            role,
            keyid("south", role, *([str(which)] if which else [])),
            (TERMS.incoming if role is KeyRole.SIGNING else TERMS.outgoing).origin,
            last,
        )
        for role, which, last in revoked
    )
    said = KeyStatement(agreement_id="two-skies", party_id="south", number=number, new=new, revoked=taken_back)
    return sign_key_statement(said, Ed25519Signer("south", private_key("south", "root")))


class South:
    """Signs whatever it is asked to; `changes` are places of its log and the statements that stand there."""

    log = TERMS.incoming

    def __init__(self, changes=None) -> None:
        self.changes: dict[int, bytes] = changes or {}
        self.held, self.other = self.history(4), self.history(6, answer_by_s=START_S + 1.0)

    def key(self, role: KeyRole, place: int):
        """The key of a role that counts at a place of the log."""
        held = private_key("south", role)
        for first, said in self.changes.items():
            new = self.log.ring.read(said)
            if first <= place and new.new_key(role):
                held = private_key("south", role, str(new.number))
        return held

    def signing(self, place: int):
        return self.key(KeyRole.SIGNING, place)

    def entry(
        self, sequence: int, previous: bytes, peer_size=0, peer_root=EMPTY_ROOT, answer_by_s=START_S, signing=None
    ):
        name = self.log.message_id(sequence)
        message = LineCheck(message_id=name, answer_by_s=answer_by_s)
        if sequence in self.changes:
            message = KeyChange(message_id=name, statement=self.changes[sequence])
        content = encode_content(message, sha256(b"%d %f" % (sequence, answer_by_s)).digest())
        entry = Entry(
            origin=self.log.origin,
            sequence=sequence,
            previous=previous,
            issued_s=START_S,
            agreement_sha256=VERSIONS.newest.sha256,
            peer_size=peer_size,
            peer_root=peer_root,
            commitment=sha256(content).digest(),
        )
        signing = signing or self.signing(sequence)
        return seal(msgspec.json.encode(entry), signing, key_id(signing.public_key().public_bytes_raw())), content

    def history(self, count: int, answer_by_s=START_S, seen=()):
        """Entries that follow one another; `seen` is (size, root) of the other log for each."""
        made, previous = [], first_link(self.log.origin)
        for sequence in range(count):
            size, root = seen[sequence] if seen else (0, EMPTY_ROOT)
            made.append(self.entry(sequence, previous, size, root, answer_by_s))
            previous = leaf_hash(made[-1][0])
        return made

    def note(self, size: int, root: bytes, signing=None) -> bytes:
        signer = Ed25519Signer(self.log.origin, signing or self.signing(size - 1))
        return sign_checkpoint(Checkpoint(self.log.origin, size, root), [signer], 0)

    def post(self, first: int, made, root: bytes | None = None, held=()) -> bytes:
        """A post of entries from a place on, after `held` ones, under the checkpoint that fits or another."""
        leaves = [leaf_hash(data) for data, _ in [*held, *made]]
        note = self.note(first + len(made), root_of(leaves) if root is None else root)
        entries, contents = tuple(data for data, _ in made), tuple(content for _, content in made)
        return encode_batch(Batch(self.log.origin, first, note, entries, contents))

    def receipt(self, note: bytes, place=1_000) -> bytes:
        """South's cosignature under a checkpoint of north's log, with the witness key of a place of its own log."""
        log = TERMS.outgoing
        cosigner = Ed25519Cosigner("steerclear/two-skies/south/witness", self.key(KeyRole.WITNESS, place))
        return cosign_checkpoint(open_checkpoint(note, log.origin, log.log_verifier), cosigner, int(START_S))


def seen_by(north: Node, size: int) -> tuple[int, bytes]:
    return size, north.store.root_at(TERMS.outgoing.origin, size)


def hold(north: Node, south: South, made=None) -> None:
    north.exchange.receive("south", south.post(0, made or south.held))


def after_held(south: South, *seen, **changes):
    """The entry that follows what is held."""
    return south.entry(4, leaf_hash(south.held[3][0]), *seen, **changes)


def fork_of_one_size(north, south):
    hold(north, south)
    return south.post(0, south.other[:4])


def fork_of_a_smaller_size(north, south):
    hold(north, south)
    return south.post(0, south.other[:3])


def wrong_root(north, south):
    hold(north, south)
    return south.post(4, [after_held(south)], root=bytes(32))


def wrong_root_at_once(north, south):
    return south.post(0, south.held, root=bytes(32))


def wrong_root_over_what_is_held(north, south):
    hold(north, south)
    return south.post(2, [*south.other[2:4], after_held(south)], held=south.held[:2])


def other_history_that_is_longer(north, south):
    hold(north, south)
    return south.post(0, south.other)


def broken_chain(north, south):
    hold(north, south)
    return south.post(4, [south.entry(4, bytes(32))], held=south.held)


def broken_chain_in_one_post(north, south):
    return south.post(0, [*south.held[:2], south.entry(2, bytes(32))])


def broken_beginning(north, south):
    return south.post(0, [south.entry(0, bytes(32))])


def two_entries_for_one_place(north, south):
    hold(north, south)
    return south.post(4, [south.other[1]], held=south.held)


def gap(north, south):
    hold(north, south)
    return south.post(4, [south.entry(5, leaf_hash(south.held[3][0]))], held=south.held)


def shrinking_view(north, south):
    north.announce(make_alert(1), make_alert(2))
    made = south.history(3, seen=[seen_by(north, size) for size in (0, 2, 2)])
    hold(north, south, made)
    return south.post(3, [south.entry(3, leaf_hash(made[2][0]), *seen_by(north, 1))], held=made)


def view_that_never_was(north, south):
    north.announce(make_alert(1), make_alert(2))
    hold(north, south)
    post = north.exchange.next_post("south")
    north.exchange.take_receipt("south", south.receipt(post.batch.checkpoint, place=3))
    return south.post(4, [after_held(south, 1, bytes(32))], held=south.held)


CHEATS = {
    fork_of_one_size: (FaultCode.FORK, Proves.FORK),
    fork_of_a_smaller_size: (FaultCode.FORK, Proves.FORK),
    wrong_root: (FaultCode.WRONG_ROOT, Proves.WRONG_ROOT),
    wrong_root_at_once: (FaultCode.WRONG_ROOT, Proves.WRONG_ROOT),
    wrong_root_over_what_is_held: (FaultCode.WRONG_ROOT, Proves.WRONG_ROOT),
    other_history_that_is_longer: (FaultCode.BROKEN_CHAIN, Proves.BROKEN_CHAIN),
    broken_chain: (FaultCode.BROKEN_CHAIN, Proves.BROKEN_CHAIN),
    broken_chain_in_one_post: (FaultCode.BROKEN_CHAIN, Proves.BROKEN_CHAIN),
    broken_beginning: (FaultCode.BROKEN_CHAIN, Proves.BROKEN_CHAIN),
    two_entries_for_one_place: (FaultCode.WRONG_SEQUENCE, Proves.EQUIVOCATION),
    gap: (FaultCode.WRONG_SEQUENCE, Proves.GAP),
    shrinking_view: (FaultCode.FALSE_VIEW, Proves.ROLLBACK),
    view_that_never_was: (FaultCode.FALSE_VIEW, Proves.FALSE_VIEW),
}
