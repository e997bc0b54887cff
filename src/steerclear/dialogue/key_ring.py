"""Which keys of a party count where in its log: those of the agreement, and what its key statements made of them.

One ring belongs to one log, the one that the party writes to one peer, and holds the statements that stand in it, in
order. All of it follows from that log alone, so both ends and any later reader come to the same keys. For a statement
at place P of the log:

- entries below P are signed by the old signing key, the entry at P and all later ones by the new one;
- a signing key signs checkpoints of at most as many entries as it may have signed the last of; a newer one may sign
  smaller checkpoints too;
- the receipts that the party gives for the peer's log are cosigned by the new witness keys once that log shows that
  the peer knew of them: a receipt of S entries may carry the old keys while entry S - 1 had seen at most P entries.

A revocation takes back what a key has signed after its last good entry. Nobody can unwrite what is mirrored by then:
such entries stay, keep their effect, and are named. What is new is refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from steerclear.dialogue.envelope import key_id
from steerclear.dialogue.key_statement import KeyStatement, KeyStatementError, Revocation, read_key_statement
from steerclear.dialogue.limits import MAX_KEY_STATEMENTS
from steerclear.model.agreement import PartyKeys
from steerclear.model.keys import KeyRole
from steerclear.tlog import (
    Ed25519CosignatureVerifier,
    Ed25519Verifier,
    MlDsa44CosignatureVerifier,
    OpenedCheckpoint,
    Verifier,
    VerifierKey,
    open_checkpoint,
    parse_note,
)
from steerclear.tlog.verifier_key import ED25519, ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE

LAST_PLACE: Final = 2**62
"""Beyond all that any log will hold: a statement is checked as if it came here where no log is at hand."""


class KeyPeriod(msgspec.Struct, frozen=True):
    """The keys of a party from one place of its log on, ready to check signatures with."""

    first: int
    """Place of the statement that it begins with; 0 for the keys of the agreement."""
    number: int
    """Number of that statement; 0 for the agreement."""
    keys: PartyKeys
    sender_keys: dict[str, Ed25519PublicKey]
    """The signing key by its id."""
    log_verifier: Verifier
    """Checks the party's signature on a checkpoint of its log."""
    witness_verifiers: tuple[Verifier, ...]
    """Check its cosignatures on the peer's log; a receipt has every one of them."""

    @property
    def signing_id(self) -> str:
        """Id of the signing key."""
        return next(iter(self.sender_keys))


class RevokedRange(msgspec.Struct, frozen=True, kw_only=True):
    """Entries `first` to `end` - 1 of a log: signed by a key that was revoked, later, as of entry `last`."""

    key_id: str
    last: int
    first: int
    end: int


class Cosigned(msgspec.Struct, frozen=True):
    """What the cosignatures on a checkpoint of the peer's log are worth."""

    time_s: int
    """POSIX time by the cosigning party's clock."""
    replaced: str = ""
    """Why the keys could not sign it any more when they did; empty where they could."""
    revoked: str = ""
    """Why it was taken back afterwards; empty where it was not."""


class KeyRing(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one party over one of its logs. A frozen value: `after` gives the next one."""

    agreement_id: str
    party_id: str
    origin: str
    """The log that the party writes, and whose statements count here."""
    mirrored: str
    """The log of the other direction, which the party cosigns."""
    witness_name: str
    periods: tuple[KeyPeriod, ...]
    revocations: tuple[Revocation, ...] = ()
    """Those that are about these two logs, oldest first."""

    @property
    def number(self) -> int:
        """Number of the last statement; 0 before the first."""
        return self.periods[-1].number

    @property
    def current(self) -> KeyPeriod:
        """The keys that count from here on."""
        return self.periods[-1]

    def at(self, place: int) -> KeyPeriod:
        """The keys that count for the entry at a place."""
        if len(self.periods) == 1:
            return self.periods[0]
        return self.periods[max(bisect_right(self.periods, place, key=_first) - 1, 0)]

    def has_statement_at(self, place: int) -> bool:
        """Whether the entry at a place is a key change."""
        return any(period.number and period.first == place for period in self.periods)

    def read(self, note: bytes) -> KeyStatement:
        """What a note of this party's root key says. Raises KeyStatementError."""
        return read_key_statement(note, self.party_id, self.periods[0].keys.root)

    def after(self, place: int, note: bytes) -> KeyRing:
        """The ring with the statement that stands at a place of the log, the end of what the ring knows of it.

        Raises KeyStatementError for one that is forged, foreign, said before, or makes no sense after what was said.
        """
        said = self.read(note)
        if said.agreement_id != self.agreement_id:
            raise KeyStatementError(f"it was made for agreement {said.agreement_id!r}, not for {self.agreement_id!r}")
        if said.number <= self.number:
            raise KeyStatementError(f"statement {said.number} comes after statement {self.number}: it was said before")
        if len(self.periods) > MAX_KEY_STATEMENTS:
            raise KeyStatementError(f"a log has at most {MAX_KEY_STATEMENTS:,} key statements")
        used = {key for period in self.periods for key in _all_keys(period.keys)}
        for new in said.new:
            if new.public_key in used:
                raise KeyStatementError(
                    f"its {new.role} key has been a key of {self.party_id!r} before; make a new one"
                )
            used.add(new.public_key)
        old = self.current.keys
        keys = PartyKeys(
            root=old.root,
            signing=said.new_key(KeyRole.SIGNING) or old.signing,
            witness=said.new_key(KeyRole.WITNESS) or old.witness,
            witness_ml_dsa=said.new_key(KeyRole.WITNESS_ML_DSA) or old.witness_ml_dsa,
        )
        for revoked in said.revoked:
            self._check_revocation(revoked, keys, place)
        ours = tuple(revoked for revoked in said.revoked if revoked.log == self._log_of(revoked.role))
        return msgspec.structs.replace(
            self,
            periods=(*self.periods, _period(self.origin, self.witness_name, keys, place, said.number)),
            revocations=self.revocations + ours,
        )

    def last_valid(self, role: KeyRole, keyid: str) -> int | None:
        """The last entry for which a key of ours counts in the log that it signs; None when it is not revoked."""
        return min((one.last for one in self.revocations if (one.role, one.key_id) == (role, keyid)), default=None)

    def revoked_at(self, place: int) -> int | None:
        """The last entry for which the key under the entry at a place counts, when that is before it; else None."""
        last = self.last_valid(KeyRole.SIGNING, self.at(place).signing_id)
        return last if last is not None and last < place else None

    def revoked_ranges(self) -> tuple[RevokedRange, ...]:
        """All entries that stand in the log and were taken back by revocations, by key."""
        ranges = []
        for held in {period.signing_id: period for period in reversed(self.periods)}.values():
            last = self.last_valid(KeyRole.SIGNING, held.signing_id)
            end = self._ends(held)
            # A key that still signs cannot be revoked, so a revoked one has an end.
            if last is not None and end is not None and max(held.first, last + 1) < end:
                ranges.append(RevokedRange(key_id=held.signing_id, last=last, first=max(held.first, last + 1), end=end))
        return tuple(ranges)

    def open_checkpoint(self, note: bytes, cosigners: Sequence[Verifier] = ()) -> tuple[OpenedCheckpoint, KeyPeriod]:
        """A checkpoint of the party's log under whichever of its keys signed it, and the keys of that time.

        What that key may sign is another question: see `why_not_signed`. Raises MalformedInputError, SignatureError.
        """
        signed = {(sig.name, sig.key_id) for sig in parse_note(note).signatures}
        found = self.current
        for period in self.periods:
            if (period.log_verifier.key.name, period.log_verifier.key.key_id) in signed:
                found = period
        return open_checkpoint(note, self.origin, found.log_verifier, cosigners), found

    def why_not_signed(self, period: KeyPeriod, size: int) -> str:
        """Why a signing key of ours cannot sign a checkpoint of `size` entries of our log; empty when it can."""
        last = self.last_valid(KeyRole.SIGNING, period.signing_id)
        if last is not None and size > last + 1:
            return f"the key {period.signing_id} was revoked as of entry {last} of {self.origin}"
        return self.why_replaced(period, size)

    def why_replaced(self, period: KeyPeriod, size: int) -> str:
        """The same, of a checkpoint that was signed before anything was revoked."""
        end = self._ends(period)
        return (
            ""
            if end is None or size <= end
            else f"the key {period.signing_id} was replaced at entry {end} of {self.origin}"
        )

    def why_unsigned(self, keyid: str) -> str:
        """Why an entry under a key cannot stand where another one is due."""
        former = next((period for period in self.periods if period.signing_id == keyid), None)
        if former is None:
            return f"an entry is signed by the key {keyid[:16]!r}, which neither the agreement nor a key change names"
        last = self.last_valid(KeyRole.SIGNING, keyid)
        if last is not None:
            return f"an entry is signed by the key {keyid}, which was revoked as of entry {last}"
        return f"an entry is signed by the key {keyid}, which does not count here: see the key changes of this log"

    @property
    def all_witness_verifiers(self) -> tuple[Verifier, ...]:
        """Verifiers of every witness key that the party has had."""
        return tuple({one.key: one for period in self.periods for one in period.witness_verifiers}.values())

    def cosigned(self, opened: OpenedCheckpoint, seen: int) -> Cosigned | None:
        """The party's cosignatures on a checkpoint of the peer's log; None when no set of its witness keys is complete.

        `seen` is how many entries of the party's own log the last entry under the checkpoint had seen.
        """
        size, found = opened.checkpoint.size, []
        for number, period in enumerate(self.periods):
            set_s = [opened.cosigned_s(verifier.key) for verifier in period.witness_verifiers]
            known_s = [time_s for time_s in set_s if time_s is not None]
            if len(known_s) == len(set_s):
                replaced = self._why_replaced(number, size, seen)
                found.append(Cosigned(max(known_s), replaced, self._why_taken_back(period, size)))
        return min(found, key=lambda one: (bool(one.replaced), bool(one.revoked)), default=None)

    def _why_replaced(self, number: int, size: int, seen: int) -> str:
        if number + 1 == len(self.periods) or seen <= self.periods[number + 1].first:
            return ""
        end = self.periods[number + 1].first
        return f"the witness key was replaced at entry {end} of {self.origin}, which entry {size - 1} had seen"

    def _why_taken_back(self, period: KeyPeriod, size: int) -> str:
        for role, key in ((KeyRole.WITNESS, period.keys.witness), (KeyRole.WITNESS_ML_DSA, period.keys.witness_ml_dsa)):
            last = None if key is None else self.last_valid(role, key_id(key))
            if last is not None and size > last + 1:
                return f"the {role} key {key_id(key or b'')} was revoked as of entry {last} of {self.mirrored}"
        return ""

    def _ends(self, period: KeyPeriod) -> int | None:
        """Place of the statement that replaced the signing key of a period; None while it counts."""
        later = (
            one.first for one in self.periods if one.number > period.number and one.signing_id != period.signing_id
        )
        return min(later, default=None)

    def _log_of(self, role: KeyRole) -> str:
        return self.origin if role is KeyRole.SIGNING else self.mirrored

    def _check_revocation(self, revoked: Revocation, current: PartyKeys, place: int) -> None:
        link, _, ends = revoked.log.rpartition("/")
        sender, between, receiver = ends.partition("-to-")
        signs = sender if revoked.role is KeyRole.SIGNING else receiver
        if link != f"steerclear/{self.agreement_id}" or not between or signs != self.party_id or sender == receiver:
            raise KeyStatementError(f"a {revoked.role} key of {self.party_id!r} signs nothing in {revoked.log!r}")
        if key_id_of(current, revoked.role) == revoked.key_id:
            raise KeyStatementError(
                f"the {revoked.role} key {revoked.key_id} would still be in use; name a new one too"
            )
        if all(key_id_of(period.keys, revoked.role) != revoked.key_id for period in self.periods):
            raise KeyStatementError(f"{self.party_id!r} has never had a {revoked.role} key {revoked.key_id}")
        if revoked.log == self.origin and revoked.last >= place:
            raise KeyStatementError(f"it revokes from after entry {revoked.last} of a log that ends before {place}")


def first_ring(
    *, agreement_id: str, party_id: str, origin: str, mirrored: str, witness_name: str, keys: PartyKeys
) -> KeyRing:
    """The ring of a log at its beginning: the keys of the agreement."""
    return KeyRing(
        agreement_id=agreement_id,
        party_id=party_id,
        origin=origin,
        mirrored=mirrored,
        witness_name=witness_name,
        periods=(_period(origin, witness_name, keys, 0, 0),),
    )


def ring_with(ring: KeyRing, changes: Iterable[tuple[int, bytes]]) -> KeyRing:
    """The ring after the statements at these places of its log. Raises KeyStatementError."""
    for place, note in changes:
        ring = ring.after(place, note)
    return ring


def _period(origin: str, witness_name: str, keys: PartyKeys, first: int, number: int) -> KeyPeriod:
    witnesses: tuple[Verifier, ...] = (
        Ed25519CosignatureVerifier(VerifierKey(witness_name, ED25519_COSIGNATURE, keys.witness)),
    )
    if keys.witness_ml_dsa is not None:
        key = VerifierKey(witness_name, ML_DSA_44_COSIGNATURE, keys.witness_ml_dsa)
        witnesses += (MlDsa44CosignatureVerifier(key),)
    return KeyPeriod(
        first=first,
        number=number,
        keys=keys,
        sender_keys={key_id(keys.signing): Ed25519PublicKey.from_public_bytes(keys.signing)},
        log_verifier=Ed25519Verifier(VerifierKey(origin, ED25519, keys.signing)),
        witness_verifiers=witnesses,
    )


def _first(period: KeyPeriod) -> int:
    return period.first


def _all_keys(keys: PartyKeys) -> list[bytes]:
    found = [keys.root, keys.signing, keys.witness, keys.witness_ml_dsa]
    return [key for key in found if key is not None]


def key_id_of(keys: PartyKeys, role: KeyRole) -> str | None:
    """Id of the key of a role that can change; None where there is none."""
    key = {KeyRole.SIGNING: keys.signing, KeyRole.WITNESS: keys.witness}.get(role, keys.witness_ml_dsa)
    return None if key is None else key_id(key)
