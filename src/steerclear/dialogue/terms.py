"""What both ends of one line know before the first byte: who they are, which keys count, what the logs are called."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from steerclear.dialogue.key_ring import KeyRing, first_ring
from steerclear.model.agreement import Agreement, Party
from steerclear.model.limits import MAX_IDENTIFIER_CHARS
from steerclear.tlog import Verifier

_NAME: Final = re.compile(r"(?!.*-to-)[a-z0-9][a-z0-9._-]*")


class TermsError(ValueError):
    """The agreement does not allow a line between these two; the operators of the agreement must change it."""


class Direction(msgspec.Struct, frozen=True):
    """One log: what `sender` says to `receiver`, with the keys by which a reader believes it."""

    origin: str
    """Name of the log, and of the key under its checkpoints."""
    sender: str
    receiver: str
    ring: KeyRing
    """The sender's keys as the log begins: those of the agreement. The key changes in the log go on from there."""
    receiver_ring: KeyRing
    """The receiver's keys as the other direction's log begins; with them it cosigns this one."""

    @property
    def sender_keys(self) -> dict[str, Ed25519PublicKey]:
        """The sender's signing key in the agreement, by its id."""
        return self.ring.periods[0].sender_keys

    @property
    def log_verifier(self) -> Verifier:
        """Checks the sender's signature on a checkpoint under the key in the agreement."""
        return self.ring.periods[0].log_verifier

    @property
    def witness_verifiers(self) -> tuple[Verifier, ...]:
        """Check the receiver's cosignatures under the keys in the agreement; a receipt has every one of them."""
        return self.receiver_ring.periods[0].witness_verifiers

    def message_id(self, sequence: int) -> str:
        """Name of the message at a place of the log: the same on both sides, and never given twice."""
        return f"{self.sender}:{self.receiver}:{sequence}"

    def sequence_of(self, message_id: str) -> int | None:
        """Place of a message in this log by its name; None when the name is not one of this log's."""
        sender, _, rest = message_id.partition(":")
        receiver, _, number = rest.partition(":")
        if (sender, receiver) != (self.sender, self.receiver) or not number.isascii() or not number.isdecimal():
            return None
        sequence = int(number) if len(number) < 20 else -1
        return sequence if self.message_id(sequence) == message_id else None


class AgreementVersion(msgspec.Struct, frozen=True):
    """One version of the agreement that all parties have signed, and the SHA-256 of the bytes they signed."""

    agreement: Agreement
    sha256: bytes


class Versions(msgspec.Struct, frozen=True):
    """All signed versions that this side knows, oldest first; at any time the newest that has begun is in force."""

    known: tuple[AgreementVersion, ...]

    @property
    def newest(self) -> AgreementVersion:
        """The last one, in force or not."""
        return self.known[-1]

    def in_force(self, now_s: float) -> AgreementVersion | None:
        """The version in force at a time; None before the first one begins."""
        begun = [version for version in self.known if version.agreement.in_force_from_s <= now_s]
        return begun[-1] if begun else None

    def shown(self, now_s: float) -> AgreementVersion:
        """The version in force at a time, or the one that will be the first."""
        return self.in_force(now_s) or self.known[0]

    def place(self, digest: bytes) -> int | None:
        """Place of the version with that SHA-256; None when this side has not seen it signed by all."""
        for place, version in enumerate(self.known):
            if version.sha256 == digest:
                return place
        return None


class LineTerms(msgspec.Struct, frozen=True):
    """The line between us and one peer."""

    versions: Versions
    us: str
    peer: str
    outgoing: Direction
    incoming: Direction


def line_terms(versions: Versions, us: str, peer: str) -> LineTerms:
    """Terms of the line between two parties of an agreement. Raises TermsError, KeyError.

    The keys are those of the first version known, and every later one must repeat them: a key changes by a statement
    that stands in the log, so that it is clear from which entry on.
    """
    agreement = versions.known[0].agreement
    for version in versions.known:
        for party_id in (us, peer):
            if version.agreement.party(party_id).keys != agreement.party(party_id).keys:
                raise TermsError(
                    f"version {version.agreement.version} of agreement {agreement.agreement_id!r} names other keys for"
                    f" {party_id!r} than the first; leave the keys as they were, and change them with"
                    " `steerclear keys rotate`"
                )
    ours, theirs = agreement.party(us), agreement.party(peer)
    if us == peer:
        raise TermsError(f"{us!r} needs no line to itself; name another party of agreement {agreement.agreement_id!r}")
    return LineTerms(versions, us, peer, direction(agreement, ours, theirs), direction(agreement, theirs, ours))


def direction(agreement: Agreement, sender: Party, receiver: Party) -> Direction:
    """The log of what one party says to another. Raises TermsError."""
    for name in (sender.party_id, receiver.party_id, agreement.agreement_id):
        # "-to-" would let two pairs of parties share the name of a log.
        if not _NAME.fullmatch(name) or len(name) > MAX_IDENTIFIER_CHARS:
            raise TermsError(
                f"{name!r} cannot stand in the name of a log: ids of agreement and parties have at most"
                f" {MAX_IDENTIFIER_CHARS} of a-z, 0-9, '.', '_', '-' and no '-to-' in them"
            )
    return Direction(
        origin=_log_name(agreement, sender, receiver),
        sender=sender.party_id,
        receiver=receiver.party_id,
        ring=_ring(agreement, sender, receiver),
        receiver_ring=_ring(agreement, receiver, sender),
    )


def _ring(agreement: Agreement, party: Party, peer: Party) -> KeyRing:
    if party.keys is None:
        raise TermsError(
            f"agreement {agreement.agreement_id!r} holds no keys of party {party.party_id!r}; sign it first"
        )
    return first_ring(
        agreement_id=agreement.agreement_id,
        party_id=party.party_id,
        origin=_log_name(agreement, party, peer),
        mirrored=_log_name(agreement, peer, party),
        witness_name=witness_name(agreement, party),
        keys=party.keys,
    )


def _log_name(agreement: Agreement, sender: Party, receiver: Party) -> str:
    return f"steerclear/{agreement.agreement_id}/{sender.party_id}-to-{receiver.party_id}"


def witness_name(agreement: Agreement, party: Party) -> str:
    """Name of the key with which a party cosigns the logs it mirrors."""
    return f"steerclear/{agreement.agreement_id}/{party.party_id}/witness"


def first_link(origin: str) -> bytes:
    """What the first entry of a log names as the one before it: the hash of the log's name, so that no log's
    beginning can be moved to another.
    """
    return sha256(origin.encode()).digest()
