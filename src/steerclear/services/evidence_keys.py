"""Which keys of an accused party count for what evidence rests on: those of the agreement, and of its key changes.

A key change is shown as it stands in the log of the accused: the entry, signed under the keys that it leaves, and its
content with the root key's statement. So nobody but the accused chooses its place. What counts against the accused is

- an entry under the signing key that counts at its place: neither a former key's nor a coming one's;
- a checkpoint under a key that may sign so many entries, as on the line;
- a receipt under a whole set of its witness keys, of whatever time;

and none of them under a key that a shown change has revoked, whatever the last entry that the revocation lets stand:
who holds a stolen key can sign for any place with it, and nothing in a signature says when it was made. An entry counts
all the same when an entry that counts names it as the one before: then that one's key vouches for it.
What is not shown does not count. So an accuser can leave out a change after which the proof would be none: the words of
the evidence say so, and whoever has that change adds it to the evidence, which needs no signature, and checks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from steerclear.dialogue.entry import Entry, decode_content, decode_entry, key_change_in
from steerclear.dialogue.envelope import unseal
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.incoming import check_message_id
from steerclear.dialogue.key_ring import LAST_PLACE, KeyPeriod, KeyRing, key_id_of
from steerclear.dialogue.key_statement import KeyStatementError
from steerclear.dialogue.limits import MAX_KEY_STATEMENTS
from steerclear.dialogue.terms import Direction
from steerclear.model.keys import KeyRole
from steerclear.services.record_bundle import RecordError
from steerclear.tlog import Checkpoint, OpenedCheckpoint, TlogError, Verifier, leaf_hash, open_cosigned

SIGNED_ENTRIES: Final = "entries.jsonl"
SIGNED_NOTES: Final = "checkpoints.jsonl"
CHANGE_ENTRIES: Final = "key_entries.jsonl"
CHANGE_CONTENTS: Final = "key_contents.jsonl"
MAX_CHANGES: Final = MAX_KEY_STATEMENTS
"""As many as a log may hold."""

_ROLES: Final = (KeyRole.SIGNING, KeyRole.WITNESS, KeyRole.WITNESS_ML_DSA)


class ShownChange(msgspec.Struct, frozen=True):
    """A key change as it stands in the log of the accused; believed only after `AccusedKeys.following`."""

    entry: bytes
    content: bytes


class AccusedKeys:
    """The keys of the accused over its log to the accuser; remembers which of them have been relied upon."""

    def __init__(self, log: Direction, ring: KeyRing | None = None) -> None:
        self._log = log
        self._ring = log.ring if ring is None else ring
        self._used: set[tuple[KeyRole, str]] = set()

    def following(self, changes: Iterable[ShownChange]) -> AccusedKeys:
        """The keys after these changes, the oldest first. Raises RecordError naming the one that does not count."""
        ring = self._ring
        for line, change in enumerate(changes, 1):
            try:
                ring = _followed(self._log, ring, change)
            except (LineFaultError, KeyStatementError) as error:
                raise RecordError(f"{CHANGE_ENTRIES} line {line}", f"is no key change that counts: {error}") from None
        return AccusedKeys(self._log, ring)

    def entries(self, signed: Sequence[bytes]) -> list[Entry]:
        """Entries of its log that count against it, the last one and those that nothing follows by themselves. Raises
        RecordError.
        """
        read = [self._read(data) for data in signed]
        for place, (_, period) in enumerate(read):
            after = read[place + 1][0].previous if place + 1 < len(read) else b""
            if after != leaf_hash(signed[place]):
                self._rely(SIGNED_ENTRIES, KeyRole.SIGNING, period)
        return [entry for entry, _ in read]

    def _read(self, data: bytes) -> tuple[Entry, KeyPeriod]:
        ring = self._ring
        known = {keyid: key for period in ring.periods for keyid, key in period.sender_keys.items()}
        try:
            entry = decode_entry(unseal(data, known, ring.why_unsigned))
            period = ring.at(entry.sequence)
            unseal(data, period.sender_keys, ring.why_unsigned)  # which key counts is known only now
        except LineFaultError as error:
            raise RecordError(SIGNED_ENTRIES, str(error)) from None
        if entry.origin != self._log.origin:
            raise RecordError(SIGNED_ENTRIES, f"holds an entry of another log: {entry.origin!r}")
        return entry, period

    def checkpoint(self, note: bytes) -> OpenedCheckpoint:
        """A checkpoint of its log that counts against it. Raises RecordError."""
        try:
            opened, period = self._ring.open_checkpoint(note)
        except TlogError as error:
            raise RecordError(SIGNED_NOTES, str(error)) from None
        why_not = self._ring.why_replaced(period, opened.checkpoint.size)
        if why_not:
            raise RecordError(SIGNED_NOTES, why_not)
        self._rely(SIGNED_NOTES, KeyRole.SIGNING, period)
        return opened

    def receipt(self, note: bytes, origin: str) -> tuple[Checkpoint, int]:
        """A checkpoint of the accuser's log that the accused has cosigned, and when by its clock. The accuser's own
        signature adds nothing to that, and is not asked for. Raises RecordError.
        """
        try:
            opened = open_cosigned(note, origin, self._ring.all_witness_verifiers)
        except TlogError as error:
            raise RecordError(SIGNED_NOTES, str(error)) from None
        whole = [one for one in self._ring.periods if _last_cosigned_s(opened, one.witness_verifiers) is not None]
        if not whole:
            raise RecordError(SIGNED_NOTES, f"{self._log.sender} has not cosigned it with all its witness keys")
        standing = [one for one in whole if not any(self._revoked(role, one) for role in _ROLES[1:])]
        period = (standing or whole)[-1]
        for role in _ROLES[1:]:
            self._rely(SIGNED_NOTES, role, period)
        return opened.checkpoint, _last_cosigned_s(opened, period.witness_verifiers) or 0

    def basis(self) -> str:
        """Which keys have been relied upon, and what is not shown about them, in words; empty where the accused has
        changed none that is shown: then the agreement says which they are.
        """
        if len(self._ring.periods) == 1:
            return ""
        told = [
            f"{role} {keyid} of {self._source(role, keyid)}"
            for role in _ROLES
            for keyid in self._ids(role)
            if (role, keyid) in self._used
        ]
        return (
            f" The keys it rests on: {', '.join(told)}. Not shown: that {self._log.sender} had not replaced or revoked"
            " one of them by another key change than those in the evidence."
        )

    def _ids(self, role: KeyRole) -> list[str]:
        """Ids of all keys of a role, the oldest first."""
        held = (key_id_of(period.keys, role) for period in self._ring.periods)
        return list(dict.fromkeys(keyid for keyid in held if keyid is not None))

    def _source(self, role: KeyRole, keyid: str) -> str:
        period = next(one for one in self._ring.periods if key_id_of(one.keys, role) == keyid)
        if not period.number:
            return "the agreement"
        return f"key change {period.number} at entry {period.first} of {self._log.sender}-to-{self._log.receiver}"

    def _revoked(self, role: KeyRole, period: KeyPeriod) -> bool:
        keyid = key_id_of(period.keys, role)
        return keyid is not None and self._ring.last_valid(role, keyid) is not None

    def _rely(self, where: str, role: KeyRole, period: KeyPeriod) -> None:
        keyid = key_id_of(period.keys, role)
        if keyid is None:
            return
        if self._revoked(role, period):
            raise RecordError(where, f"the {role} key {keyid} was revoked; it may be in other hands and accuses nobody")
        self._used.add((role, keyid))


def _followed(log: Direction, ring: KeyRing, change: ShownChange) -> KeyRing:
    """The ring after a change. The entry says its place and the change its key, so each is read with the other's help.

    Raises LineFaultError, KeyStatementError.
    """
    said = key_change_in(change.content)
    if said is None:
        raise KeyStatementError("its content is none")
    entry = decode_entry(unseal(change.entry, ring.after(LAST_PLACE, said.statement).current.sender_keys))
    if entry.origin != log.origin:
        raise KeyStatementError(f"it stands in another log: {entry.origin!r}")
    if ring.number and entry.sequence <= ring.current.first:
        raise KeyStatementError(f"it stands at entry {entry.sequence}, behind a later one")
    check_message_id(log, entry.sequence, decode_content(change.content, entry.commitment))
    return ring.after(entry.sequence, said.statement)


def _last_cosigned_s(opened: OpenedCheckpoint, verifiers: tuple[Verifier, ...]) -> int | None:
    """When a whole set of witness keys had cosigned; None when one of them has not."""
    times_s = [opened.cosigned_s(verifier.key) for verifier in verifiers]
    known_s = [time_s for time_s in times_s if time_s is not None]
    return max(known_s) if len(known_s) == len(times_s) else None
