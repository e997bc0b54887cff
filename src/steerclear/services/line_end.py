"""Our end of the line to one peer: the protocol's state in memory, always as it is stored.

Sending is optimistic, so that many messages share one transaction: an entry is composed on top of those that are
still on their way to the disk. When one of them fails, the state is read from the store again.
"""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from steerclear.dialogue.envelope import key_id
from steerclear.dialogue.incoming import Incoming, read_entry, resume_incoming
from steerclear.dialogue.limits import MAX_UNRECEIPTED_ENTRIES
from steerclear.dialogue.link_state import LinkState
from steerclear.dialogue.outgoing import Composed, Outgoing, PeerView, compose, resume_outgoing, ring_with_message
from steerclear.dialogue.terms import AgreementVersion, LineTerms
from steerclear.model.agreement import PartyKeys
from steerclear.model.messages import Message
from steerclear.services.faults import KeysError
from steerclear.services.line_events import read_key_changes
from steerclear.services.restored import is_awaited
from steerclear.store.entries import Receipt
from steerclear.store.protocol import Journal
from steerclear.tlog import Ed25519Cosigner, Ed25519Signer, MlDsa44Cosigner, Signer

COSIGNED = "cosigned"
"""Slot of the store for checkpoints that carry both sides' signatures: receipts taken, and receipts given."""

_ROOTS_KEPT = 256


class LineKeys(msgspec.Struct, frozen=True):
    """The private keys that a node works with; the root key is not among them."""

    signing: Ed25519PrivateKey
    witness: Ed25519PrivateKey
    witness_ml_dsa: MLDSA44PrivateKey | None = None
    former_signing: Ed25519PrivateKey | None = None
    """The signing key before the last change: for what was written under it and did not fit into one post."""

    def check(self, party_id: str, agreement_id: str, counting: PartyKeys) -> None:
        """Raises KeysError unless these are the keys that count for the party."""
        for name, ours, agreed in (
            ("signing", self.signing, counting.signing),
            ("witness", self.witness, counting.witness),
            ("ML-DSA witness", self.witness_ml_dsa, counting.witness_ml_dsa),
        ):
            if (None if ours is None else ours.public_key().public_bytes_raw()) != agreed:
                raise KeysError(
                    f"the {name} key of this node is not the one that agreement {agreement_id!r} and the key changes"
                    f" since name for {party_id!r}; check the key files and keys.statements in the configuration"
                )


class LineEnd:
    """State of the line to one peer. `incoming_lock` is held while a post of the peer's is checked and stored."""

    def __init__(self, terms: LineTerms, keys: LineKeys, journal: Journal) -> None:
        self.terms = terms
        self._journal = journal
        held = [key for key in (keys.former_signing, keys.signing) if key is not None]
        self._signing = {key_id(key.public_key().public_bytes_raw()): key for key in held}
        self.log_signer = Ed25519Signer(terms.outgoing.origin, keys.signing)
        """Signs what is said of our log as it stands."""
        name = terms.outgoing.ring.witness_name
        self.cosigners: tuple[Signer, ...] = (Ed25519Cosigner(name, keys.witness),)
        if keys.witness_ml_dsa is not None:
            self.cosigners += (MlDsa44Cosigner(name, keys.witness_ml_dsa),)
        self.incoming_lock = Lock()
        self.link = LinkState.UNTRIED
        self.link_reason = ""
        self.link_since_s = 0.0
        self._roots: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._roots_lock = Lock()
        self.outgoing: Outgoing = self._stored_outgoing()
        self.incoming: Incoming = self._stored_incoming()
        receipt = journal.latest_checkpoint(terms.outgoing.origin, COSIGNED)
        self.received_size = 0 if receipt is None else receipt.size
        """Entries of our log that the peer has proved to hold, by a receipt that is durable here."""
        self.cosigned_size = self.received_size
        """The same by the newest receipt, which may still be on its way to our disk; the next post begins here."""
        self.receipt_lock = Lock()
        self.receipt_on_its_way: Future[Receipt] | None = None
        self.waiting = journal.pending_counts().get(terms.peer, 0)
        """Messages that wait outside the log until the line has caught up."""
        self.answer_awaited = is_awaited(journal, terms.peer, outgoing=True)
        """Restored, and the peer has not shown yet how far it holds our log: until then nothing is written into it."""
        self.post_awaited = is_awaited(journal, terms.peer, outgoing=False)
        """Restored, and no post of the peer's has shown yet that we hold all that we have cosigned of its log."""
        self.lacking = ""
        """What the peer has shown that a restored node lacks, and what to do."""

    @property
    def peer(self) -> str:
        """Id of the party at the other end."""
        return self.terms.peer

    def room(self) -> int:
        """How many more entries may be in the log without the peer's receipt before bulk has to wait."""
        if self.answer_awaited:
            return 0
        return max(0, MAX_UNRECEIPTED_ENTRIES - (self.outgoing.frontier.size - self.received_size))

    def is_full(self) -> bool:
        """Whether bulk has to wait."""
        return self.room() == 0

    def is_behind(self) -> bool:
        """Whether a bulk message has to wait: the line has no room for it, or others wait already."""
        return self.waiting > 0 or self.is_full()

    def shown_reason(self) -> str:
        """Why the link is as it is, for a person; what a restore still awaits comes first."""
        if not (self.answer_awaited or self.lacking):
            return self.link_reason
        waits = f"restored: waits to hear from {self.peer}"
        return f"{waits}: {told}" if (told := self.lacking or self.link_reason) else waits

    def compose(self, message: Message, now_s: float, version: AgreementVersion, salt: bytes) -> Composed:
        """The entry with which `message` goes next; `outgoing` moves when the caller says so."""
        frontier = self.incoming.frontier  # looked at once: a post may move it meanwhile, and a false view is evidence
        seen = PeerView(frontier.size, frontier.root())
        keyid = ring_with_message(self.outgoing, message).current.signing_id
        return compose(self.terms, self.outgoing, seen, message, now_s, version, salt, self._signing[keyid], keyid)

    def can_sign(self, keyid: str) -> bool:
        """Whether we have a signing key, by its id: the one that counts now, or the former one."""
        return keyid in self._signing

    def log_signer_at(self, size: int) -> Signer:
        """Signs a checkpoint of `size` entries of our log: with the key of the last of them, where we still have it,
        because the peer may not hold the key change yet.
        """
        key = self._signing.get(self.outgoing.ring.at(size - 1).signing_id)
        return self.log_signer if key is None else Ed25519Signer(self.terms.outgoing.origin, key)

    def seen_at(self, sequence: int) -> int:
        """How many entries of the peer's log a durable entry of ours had seen."""
        log = self.terms.outgoing
        [data] = self._journal.leaves(log.origin, sequence, 1)
        return read_entry(log, self.outgoing.ring, sequence, data).peer_size

    def said_under(self) -> int:
        """Place of the agreement's version that our last durable entry was written under; -1 for none, and while there
        are key changes only, which need no version in force.
        """
        log = self.terms.outgoing
        size = self.stored_size()
        last = self._last_entry(log.origin, size)
        if last is None or len(read_key_changes(self._journal, self.peer, outgoing=True)) == size:
            return -1
        place = self.terms.versions.place(read_entry(log, self.outgoing.ring, size - 1, last).agreement_sha256)
        return -1 if place is None else place

    def reload_outgoing(self) -> None:
        """Take the sending state from the store again, after an append failed."""
        self.outgoing = self._stored_outgoing()
        self.waiting = self._journal.pending_counts().get(self.peer, 0)

    def stored_size(self) -> int:
        """Entries of our log that are durable."""
        return self._journal.log_state(self.terms.outgoing.origin).size

    def own_root_at(self, size: int) -> bytes:
        """Root of our log at a size that is durable."""
        return self._root_at(self.terms.outgoing.origin, size)

    def mirror_root_at(self, size: int) -> bytes:
        """Root of our mirror of the peer's log at a size that is durable."""
        return self._root_at(self.terms.incoming.origin, size)

    def _root_at(self, log: str, size: int) -> bytes:
        """A root never changes once the log has that size, and the same few are asked for again and again."""
        with self._roots_lock:
            root = self._roots.get((log, size))
        if root is None:
            root = self._journal.root_at(log, size)
            with self._roots_lock:
                self._roots[log, size] = root
                if len(self._roots) > _ROOTS_KEPT:
                    self._roots.popitem(last=False)
        return root

    def _stored_outgoing(self) -> Outgoing:
        log = self.terms.outgoing
        frontier = self._journal.frontier(log.origin)
        changes = read_key_changes(self._journal, self.peer, outgoing=True)
        return resume_outgoing(log, frontier, self._last_entry(log.origin, frontier.size), changes)

    def _stored_incoming(self) -> Incoming:
        log = self.terms.incoming
        frontier = self._journal.frontier(log.origin)
        held = self._journal.latest_checkpoint(log.origin, COSIGNED)
        note = b"" if held is None else held.note
        changes = read_key_changes(self._journal, self.peer, outgoing=False)
        return resume_incoming(self.terms, frontier, self._last_entry(log.origin, frontier.size), note, changes)

    def _last_entry(self, log: str, size: int) -> bytes | None:
        return self._journal.leaves(log, size - 1, 1)[0] if size else None
