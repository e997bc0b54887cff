"""Two ends of a line in memory, with nothing between them but the functions of `dialogue`."""

from __future__ import annotations

from hashlib import sha256

from steerclear.dialogue.batch import Batch
from steerclear.dialogue.envelope import key_id
from steerclear.dialogue.incoming import Accepted, accept, resume_incoming
from steerclear.dialogue.outgoing import Composed, PeerView, batch_of, compose, read_receipt, resume_outgoing
from steerclear.dialogue.terms import line_terms, witness_name
from steerclear.model.messages import Acknowledgement, AlertNotice, LineCheck
from steerclear.tlog import Ed25519Cosigner, Ed25519Signer, Frontier, extend, leaf_hash
from tests.services.parties import START_S, make_agreement, make_alert, private_key, versions_of


class End:
    """One party's end: the entries it wrote, the entries it mirrors, the receipts it took."""

    def __init__(self, us="north", peer="south", agreement=None) -> None:
        agreement = make_agreement() if agreement is None else agreement
        self.versions = versions_of(agreement)
        self.terms = line_terms(self.versions, us, peer)
        self.signing = private_key(us, "signing")
        self.keyid = key_id(self.signing.public_key().public_bytes_raw())
        self.log_signer = Ed25519Signer(self.terms.outgoing.origin, self.signing)
        self.cosigner = Ed25519Cosigner(witness_name(agreement, agreement.party(us)), private_key(us, "witness"))
        self.outgoing = resume_outgoing(self.terms.outgoing, Frontier(), None)
        self.incoming = resume_incoming(self.terms, Frontier(), None, b"")
        self.sent: list[bytes] = []
        self.contents: list[bytes] = []
        self.mirror: list[bytes] = []
        self.received_size = 0

    def say(self, message=None, now_s=START_S) -> Composed:
        make = self.line_check if message is None else message
        composed = compose(
            self.terms,
            self.outgoing,
            PeerView(len(self.mirror), root_of(self.mirror)),
            make(self.terms.outgoing.message_id(len(self.sent))),
            now_s,
            self.versions.newest,
            sha256(f"salt {len(self.sent)}".encode()).digest(),
            self.signing,
            self.keyid,
        )
        self.outgoing = composed.state
        self.sent.append(composed.decoded.data)
        self.contents.append(composed.decoded.content)
        return composed

    def restart(self) -> None:
        """Forget everything but what is stored."""
        self.outgoing = resume_outgoing(self.terms.outgoing, frontier_of(self.sent), last_of(self.sent))
        note = self.incoming.note
        self.incoming = resume_incoming(self.terms, frontier_of(self.mirror), last_of(self.mirror), note)

    @staticmethod
    def line_check(message_id: str) -> LineCheck:
        return LineCheck(message_id=message_id, answer_by_s=START_S + 30.0)

    @staticmethod
    def notice(message_id: str) -> AlertNotice:
        return AlertNotice(
            message_id=message_id, to_function="duty officer", alert=make_alert(), acknowledge_by_s=START_S + 60.0
        )

    def acknowledgement(self, acknowledges: str, function="duty officer"):
        def make(message_id: str) -> Acknowledgement:
            return Acknowledgement(
                message_id=message_id,
                acknowledges=acknowledges,
                desk_id=f"{self.terms.us}-desk",
                function=function,
                read_at_s=START_S,
            )

        return make

    def batch(self, first: int, size: int | None = None, now_s=START_S) -> Batch:
        entries, contents = self.sent[first:size], self.contents[first:size]
        return batch_of(self.terms, first, entries, contents, self.own_root_at, lambda _: self.log_signer, now_s)

    def take(self, batch: Batch, now_s=START_S) -> Accepted:
        accepted = accept(
            self.terms,
            self.incoming,
            batch,
            now_s,
            [self.cosigner],
            lambda size: root_of(self.mirror[:size]),
            len(self.sent),
            self.own_root_at,
        )
        self.incoming = accepted.state
        self.mirror += [entry.data for entry in accepted.entries]
        return accepted

    def take_receipt(self, note: bytes, now_s=START_S) -> None:
        receipt = read_receipt(
            self.outgoing.ring, self.incoming.ring, note, len(self.sent), self.own_root_at, lambda _: 0, now_s
        )
        self.received_size = max(self.received_size, receipt.size)

    def own_root_at(self, size: int) -> bytes:
        return root_of(self.sent[:size])


def frontier_of(entries) -> Frontier:
    return extend(Frontier(), [leaf_hash(entry) for entry in entries])[0]


def root_of(entries) -> bytes:
    return frontier_of(entries).root()


def last_of(entries) -> bytes | None:
    return entries[-1] if entries else None
