"""Evidence against a party, checked with nothing but itself: what it proves, and against whom.

It rests on what the accused has signed and on nothing else, so the accuser needs no trust and signs nothing. Each kind
is a contradiction that no party makes which keeps one history: an honest one cannot be accused by any choice of what
it has signed. (One that restores an old copy of its store and goes on writing does contradict itself; why is a
question for people.) Which of its keys count is the matter of `evidence_keys`.
"""

from __future__ import annotations

import json
from base64 import b64decode
from enum import StrEnum
from typing import Final

import msgspec

from steerclear.dialogue.entry import Entry
from steerclear.dialogue.message_rules import checked_object
from steerclear.dialogue.terms import Direction, LineTerms, TermsError, Versions, first_link, line_terms
from steerclear.services.evidence_keys import (
    CHANGE_CONTENTS,
    CHANGE_ENTRIES,
    MAX_CHANGES,
    SIGNED_ENTRIES,
    SIGNED_NOTES,
    AccusedKeys,
    ShownChange,
)
from steerclear.services.record_bundle import AGREEMENTS, VERIFIER, Bundle, RecordError
from steerclear.services.verify_record import ReadVersions, bundle_versions
from steerclear.tlog import Checkpoint, Frontier, TlogError, extend, leaf_hash, verify_consistency
from steerclear.tlog.verifier_key import canonical_base64

EVIDENCE: Final = "evidence.json"
STATEMENT: Final = "statement.txt"
FORMAT: Final = "steerclear evidence 1"
FORMAT_WITH_CHANGES: Final = "steerclear evidence 2"
"""Carries key changes of the accused; without any, evidence is of the first format."""
MAX_SIGNED: Final = 1_000
"""Entries, and notes; one post has at most 512 entries."""
MAX_HASHES: Final = 64


class Proves(StrEnum):
    """What evidence can show."""

    FORK = "fork"
    """Two checkpoints of one log that cannot both be true; sizes may differ."""
    WRONG_ROOT = "wrong_root"
    """A checkpoint that is not of the entries that were signed."""
    EQUIVOCATION = "equivocation"
    """Two different entries for one place."""
    BROKEN_CHAIN = "broken_chain"
    """An entry that follows another one than the one before it."""
    GAP = "gap"
    """An entry that follows one from which it is not the next."""
    ROLLBACK = "rollback"
    """A later entry that has seen less of the other log than an earlier one."""
    FALSE_VIEW = "false_view"
    """An entry that has seen another state of the other log than its sender had cosigned."""
    HELD = "held"
    """No contradiction by itself: a receipt for more entries than its giver now says it has."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the accused has signed, and the hashes that bind it together; believed only after `statement_of`."""

    proves: Proves
    against: str
    by: str
    entries: tuple[bytes, ...] = ()
    notes: tuple[bytes, ...] = ()
    root: bytes = b""
    hashes: tuple[bytes, ...] = ()
    changes: tuple[ShownChange, ...] = ()
    """Key changes of the accused in its log to the accuser, the oldest first."""

    @property
    def format(self) -> str:
        """The format that it is written in."""
        return FORMAT_WITH_CHANGES if self.changes else FORMAT


class EvidenceReport(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that was checked."""

    proves: Proves
    against: str
    by: str
    agreement_id: str
    statement: str
    """Exactly what is proven, in words."""


class _Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: str
    proves: Proves
    against: str
    by: str
    root: str
    hashes: tuple[str, ...]


def is_evidence(bundle: Bundle) -> bool:
    """Whether a bundle is evidence and no record."""
    return EVIDENCE in bundle.names


def verify_evidence(bundle: Bundle, read_versions: ReadVersions) -> tuple[EvidenceReport, Versions]:
    """Check evidence. Raises RecordError naming the file that does not show what it should."""
    versions = bundle_versions(bundle, read_versions)
    evidence = _read(bundle)
    try:
        terms = line_terms(versions, evidence.by, evidence.against)
    except (TermsError, KeyError) as error:
        raise RecordError(EVIDENCE, f"it is about a line that the agreement does not have: {error}") from None
    statement = statement_of(evidence, terms)
    expected = {EVIDENCE, STATEMENT, SIGNED_ENTRIES, SIGNED_NOTES, VERIFIER}
    if evidence.changes:
        expected |= {CHANGE_ENTRIES, CHANGE_CONTENTS}
    for name in sorted(name for name in bundle.names ^ expected if not name.startswith(AGREEMENTS)):
        raise RecordError(name, "does not belong into evidence, or is missing from it")
    extra = sum(name.startswith(AGREEMENTS) for name in bundle.names) - 2 * len(versions.known)
    if extra:
        raise RecordError(AGREEMENTS, f"has {extra} files too many")
    if bundle.small(STATEMENT) != f"{statement}\n".encode():
        raise RecordError(STATEMENT, f"says something else than what is proven: {statement}")
    report = EvidenceReport(
        proves=evidence.proves,
        against=evidence.against,
        by=evidence.by,
        agreement_id=versions.newest.agreement.agreement_id,
        statement=statement,
    )
    return report, versions


def _read(bundle: Bundle) -> Evidence:
    try:
        said = json.loads(bundle.small(EVIDENCE).decode(), object_pairs_hook=checked_object)
        claim = msgspec.convert(said, _Claim)
        hashes = tuple(canonical_base64(text, "a hash") for text in claim.hashes)
        root = b64decode(claim.root, validate=True)
    except RecordError:
        raise
    except (ValueError, TlogError, RecursionError) as error:
        raise RecordError(EVIDENCE, f"cannot be read: {error}") from None
    known = claim.format in (FORMAT, FORMAT_WITH_CHANGES)
    if not known or len(hashes) > MAX_HASHES or any(len(each) != 32 for each in hashes):
        raise RecordError(EVIDENCE, f"is of another format than {FORMAT!r} and {FORMAT_WITH_CHANGES!r}")
    return Evidence(
        proves=claim.proves,
        against=claim.against,
        by=claim.by,
        entries=tuple(_bounded(bundle, SIGNED_ENTRIES)),
        notes=tuple(_note(line) for line in _bounded(bundle, SIGNED_NOTES)),
        root=root,
        hashes=hashes,
        changes=() if claim.format == FORMAT else _changes(bundle),
    )


def _changes(bundle: Bundle) -> tuple[ShownChange, ...]:
    entries, contents = (_bounded(bundle, name, MAX_CHANGES) for name in (CHANGE_ENTRIES, CHANGE_CONTENTS))
    if len(entries) != len(contents) or not entries:
        raise RecordError(CHANGE_CONTENTS, "must hold one content for each entry, and at least one")
    return tuple(map(ShownChange, entries, map(_content, contents)))


def _content(line: bytes) -> bytes:
    try:
        text = line.decode()
        content = canonical_base64(text[1:-1], "the content of a key change")
    except (ValueError, TlogError) as error:
        raise RecordError(CHANGE_CONTENTS, f"cannot be read: {error}") from None
    if text != f'"{text[1:-1]}"':
        raise RecordError(CHANGE_CONTENTS, "must hold contents in quotes: a key change cannot be withheld")
    return content


def _bounded(bundle: Bundle, name: str, most: int = MAX_SIGNED) -> list[bytes]:
    lines: list[bytes] = []
    for line in bundle.lines(name):
        lines.append(line)
        if len(lines) > most:
            raise RecordError(name, f"has more than {most} lines")
    return lines


def _note(line: bytes) -> bytes:
    try:
        note = json.loads(line.decode())
        return note.encode() if isinstance(note, str) else b""
    except (ValueError, RecursionError) as error:
        raise RecordError(SIGNED_NOTES, f"is no JSON string: {error}") from None


def statement_of(evidence: Evidence, terms: LineTerms) -> str:
    """What the evidence proves, in words; `terms` are the accuser's. Raises RecordError when it proves nothing."""
    keys = AccusedKeys(terms.incoming).following(evidence.changes)
    return f"{evidence.against} has {_shown(evidence, terms, keys)}.{keys.basis()}"


def _shown(evidence: Evidence, terms: LineTerms, keys: AccusedKeys) -> str:
    accused, told = terms.incoming, terms.outgoing
    entries = keys.entries(evidence.entries)
    log, other = (f"{one.sender}-to-{one.receiver}" for one in (accused, told))
    match evidence.proves:
        case Proves.FORK:
            return f"signed two histories of {log}: {_fork(evidence, keys)}"
        case Proves.WRONG_ROOT:
            size = _wrong_root(evidence, accused, keys, entries)
            return f"signed a checkpoint of {size} entries of {log} that is not of the entries it signed"
        case Proves.FALSE_VIEW:
            return (
                f"signed in entry {_false_view(evidence, told, keys, entries)} of {log} that it had seen another state"
                f" of {other} than the one it has cosigned"
            )
        case Proves.HELD:
            held, time_s = _receipt(evidence, told, keys)
            return (
                f"cosigned the first {held.size} entries of {other} at {time_s} (POSIX seconds, by its clock): it held"
                " them then, whatever it says now"
            )
        case _:
            return f"signed {_of_entries(evidence, accused, entries)}"


def _of_entries(evidence: Evidence, accused: Direction, entries: list[Entry]) -> str:
    """Contradictions between two entries, or within the first one."""
    log = f"{accused.sender}-to-{accused.receiver}"
    if evidence.notes or evidence.hashes or evidence.root:
        raise RecordError(EVIDENCE, "holds more than the entries that it rests on")
    if evidence.proves is Proves.BROKEN_CHAIN and len(entries) == 1:
        if entries[0].sequence == 0 and entries[0].previous != first_link(accused.origin):
            return f"a first entry of {log} that follows something else than the name of the log"
        raise _not_shown(SIGNED_ENTRIES)
    if len(entries) != 2:
        raise RecordError(SIGNED_ENTRIES, "must hold two entries")
    one, two = entries
    follows = two.previous == leaf_hash(evidence.entries[0])
    match evidence.proves:
        case Proves.EQUIVOCATION if one.sequence == two.sequence and evidence.entries[0] != evidence.entries[1]:
            return f"two different entries {one.sequence} of {log}"
        case Proves.BROKEN_CHAIN if two.sequence == one.sequence + 1 and not follows:
            return f"entry {two.sequence} of {log} as following another entry {one.sequence} than the one it signed"
        case Proves.GAP if two.sequence != one.sequence + 1 and follows:
            return f"entry {two.sequence} of {log} as following entry {one.sequence}, which is not the one before it"
        case Proves.ROLLBACK if one.sequence < two.sequence and one.peer_size > two.peer_size:
            return (
                f"in entry {one.sequence} of {log} that it had seen {one.peer_size} entries of the other direction,"
                f" and in the later entry {two.sequence} only {two.peer_size}"
            )
    raise _not_shown(SIGNED_ENTRIES)


def _fork(evidence: Evidence, keys: AccusedKeys) -> str:
    """The argument is that of `tlog.evidence`; here the two checkpoints may be under two keys."""
    if len(evidence.notes) != 2 or evidence.entries:
        raise RecordError(SIGNED_NOTES, "must hold two checkpoints")
    old, new = (keys.checkpoint(note).checkpoint for note in evidence.notes)
    if evidence.root == old.root:
        raise RecordError(SIGNED_NOTES, "they do not contradict each other")
    try:
        verify_consistency(old.size, new.size, evidence.root, new.root, evidence.hashes)
    except TlogError as error:
        raise RecordError(SIGNED_NOTES, f"they do not contradict each other: {error}") from None
    return f"one of {old.size} entries, and one of {new.size} entries of which the first {old.size} are others"


def _wrong_root(evidence: Evidence, accused: Direction, keys: AccusedKeys, entries: list[Entry]) -> int:
    """What the held checkpoint and the entries after it make must be what the other checkpoint says."""
    held = 0 if not entries else entries[0].sequence
    if not entries or len(evidence.notes) != 1 + (held > 0) or evidence.root:
        raise RecordError(SIGNED_NOTES, "must hold a checkpoint before the entries, and one after them")
    if [entry.sequence for entry in entries] != list(range(held, held + len(entries))):
        raise RecordError(SIGNED_ENTRIES, "must hold one entry after the other")
    if len(evidence.hashes) != held.bit_count():
        raise RecordError(EVIDENCE, "must hold the hashes that make the root of what was held")
    frontier = Frontier(held, evidence.hashes)
    if held:
        _same(Checkpoint(accused.origin, held, frontier.root()), keys.checkpoint(evidence.notes[0]).checkpoint)
    grown, _ = extend(frontier, [leaf_hash(data) for data in evidence.entries])
    last = keys.checkpoint(evidence.notes[-1]).checkpoint
    if last.size != grown.size or last.root == grown.root():
        raise _not_shown(SIGNED_NOTES)
    return last.size


def _same(made: Checkpoint, signed: Checkpoint) -> None:
    if made != signed:
        raise RecordError(EVIDENCE, "its hashes do not make the root of the checkpoint that was held")


def _false_view(evidence: Evidence, told: Direction, keys: AccusedKeys, entries: list[Entry]) -> int:
    held, _ = _receipt(evidence, told, keys)
    if len(entries) != 1 or entries[0].peer_root == evidence.root:
        raise _not_shown(SIGNED_ENTRIES)
    seen = entries[0]
    try:
        verify_consistency(seen.peer_size, held.size, evidence.root, held.root, evidence.hashes)
    except TlogError as error:
        raise RecordError(EVIDENCE, f"does not show what the cosigned log was: {error}") from None
    return seen.sequence


def _receipt(evidence: Evidence, told: Direction, keys: AccusedKeys) -> tuple[Checkpoint, int]:
    if len(evidence.notes) != 1 or (
        evidence.proves is Proves.HELD and (evidence.entries or evidence.hashes or evidence.root)
    ):
        raise RecordError(SIGNED_NOTES, "must hold one receipt")
    return keys.receipt(evidence.notes[0], told.origin)


def _not_shown(where: str) -> RecordError:
    return RecordError(where, "there is no contradiction in it")
