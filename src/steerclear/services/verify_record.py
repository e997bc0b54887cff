"""Check a bundle of the joint record with nothing but the bundle: every signature, hash, root and reference in it.

The first contradiction refuses the bundle and says where it stands. What is left says, in words a person can repeat,
what is proven and what is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from steerclear.dialogue.terms import LineTerms, TermsError, Versions, line_terms
from steerclear.services.bundle_verifier import verifier_source
from steerclear.services.export_record import manifest_text
from steerclear.services.record_bundle import (
    AGREEMENTS,
    ATTACHMENTS,
    CONTENTS,
    FORMAT_LINE,
    HEAD,
    MANIFEST,
    VERIFIER,
    Bundle,
    RecordError,
    agreement_pairs,
    log_folder,
    signed_names,
)
from steerclear.services.record_log import RecordLog, check_references, check_root, read_log, read_receipts
from steerclear.services.record_report import LogReport, report_logs
from steerclear.tlog import TlogError, open_checkpoint, parse_note, verify_note

ReadVersions = Callable[[Sequence[tuple[bytes, bytes]]], Versions]
"""(agreement file, signature file) of every version, oldest first -> versions; raises ValueError unless all parties
have signed all of them and each amends the one before.
"""

_HEAD: Final = re.compile(r"agreement (\S+)\nexported by (\S+) with (\S+) at (0|[1-9][0-9]{0,11})\n")


class RecordReport(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that was checked and found whole."""

    agreement_id: str
    agreements: tuple[str, ...]
    """SHA-256 of every version of the agreement in hex, oldest first."""
    exported_by: str
    exported_s: int
    logs: tuple[LogReport, LogReport]
    attachments: dict[str, str]
    """SHA-256 of every file that a shown incident report names -> "shown" or "not in the bundle"."""
    proven: tuple[str, ...]
    not_proven: tuple[str, ...]


class CheckedRecord(msgspec.Struct, frozen=True):
    """A bundle whose every signature, hash and reference was checked."""

    versions: Versions
    terms: LineTerms
    exported_s: int
    ours: RecordLog
    theirs: RecordLog
    attachments: dict[str, str]


def verify_record(bundle: Bundle, read_versions: ReadVersions) -> RecordReport:
    """Check a bundle and say what it proves. Raises RecordError naming the file and the place that is wrong."""
    return report_record(bundle, check_record(bundle, read_versions))


def report_record(bundle: Bundle, checked: CheckedRecord) -> RecordReport:
    """What a bundle proves that was checked."""
    versions, exporter = checked.versions, checked.terms.us
    reports = report_logs(checked.ours, checked.theirs, versions, checked.exported_s)
    proven, not_proven = _statements(versions, exporter, reports)
    if bundle.digest(VERIFIER) != sha256(verifier_source()).hexdigest():
        not_proven += ("That verify.py in the bundle is honest: it is another file than this verifier ships or is.",)
    return RecordReport(
        agreement_id=versions.newest.agreement.agreement_id,
        agreements=tuple(version.sha256.hex() for version in versions.known),
        exported_by=exporter,
        exported_s=checked.exported_s,
        logs=reports,
        attachments=checked.attachments,
        proven=proven,
        not_proven=not_proven,
    )


def check_record(bundle: Bundle, read_versions: ReadVersions) -> CheckedRecord:
    """Check a bundle. Raises RecordError naming the file and the place that is wrong."""
    versions = bundle_versions(bundle, read_versions)
    text = _manifest_text(bundle)
    head = _HEAD.match(text)
    agreement_id = versions.newest.agreement.agreement_id
    if head is None or head[1] != agreement_id:
        raise RecordError(MANIFEST, f"is not the manifest of a record under agreement {agreement_id}")
    exporter, peer, exported_s = head[2], head[3], int(head[4])
    try:
        terms = line_terms(versions, exporter, peer)
    except (TermsError, KeyError) as error:
        raise RecordError(MANIFEST, f"it is about a line that the agreement does not have: {error}") from None
    ours, theirs = read_log(bundle, terms.outgoing, versions), read_log(bundle, terms.incoming, versions)
    # Only now it is known whose keys count at the end of the log, and which ones cosigned when.
    _check_signed(bundle, ours)
    read_receipts(bundle, ours, theirs)
    read_receipts(bundle, theirs, ours)
    check_references(ours, theirs)
    if theirs.covered != len(theirs.said):
        what = f"{len(theirs.said)} entries, and receipts for {theirs.covered}: the exporter signs for all it holds"
        raise RecordError(theirs.entries_file, what)
    _check_head(bundle, ours)
    attachments = _check_attachments(bundle, (ours, theirs))
    # Last, though it would find any change: what is said above names the very entry.
    _check_manifest(bundle, terms, exported_s, f"{FORMAT_LINE}\n{text}")
    return CheckedRecord(versions, terms, exported_s, ours, theirs, attachments)


def bundle_versions(bundle: Bundle, read_versions: ReadVersions) -> Versions:
    """The versions of the agreement in a bundle. Raises RecordError."""
    try:
        return read_versions(agreement_pairs(bundle))
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError(AGREEMENTS, str(error)) from None


def _manifest_text(bundle: Bundle) -> str:
    """What the manifest claims, after its first line; the agreement then says by whose key it must be signed."""
    try:
        first, _, rest = parse_note(bundle.small(MANIFEST)).text.partition("\n")
    except TlogError as error:
        raise RecordError(MANIFEST, f"cannot be read: {error}") from None
    if first != FORMAT_LINE:
        raise RecordError(MANIFEST, f"is of another format than {FORMAT_LINE!r}")
    return rest


def _check_signed(bundle: Bundle, ours: RecordLog) -> None:
    try:
        verify_note(parse_note(bundle.small(MANIFEST)), [ours.ring.current.log_verifier])
    except TlogError as error:
        raise RecordError(MANIFEST, f"{ours.log.sender} has not signed it: {error}") from None


def _check_head(bundle: Bundle, ours: RecordLog) -> None:
    name = f"{ours.folder}/{HEAD}"
    try:
        head = open_checkpoint(bundle.small(name), ours.log.origin, ours.ring.current.log_verifier).checkpoint
    except TlogError as error:
        raise RecordError(name, str(error)) from None
    check_root(ours, head, name)
    if head.size != len(ours.said):
        raise RecordError(name, f"was signed over {head.size} entries and the bundle has {len(ours.said)}")


def _check_attachments(bundle: Bundle, logs: tuple[RecordLog, RecordLog]) -> dict[str, str]:
    """What became of each file that a shown report names. Raises RecordError for a file that none names."""
    named = {digest for log in logs for digest in log.attachments}
    found = dict.fromkeys(sorted(named), "not in the bundle")
    for name in sorted(name for name in bundle.names if name.startswith(ATTACHMENTS)):
        digest = name.removeprefix(ATTACHMENTS)
        if digest not in named:
            raise RecordError(name, "is named by no incident report that the bundle shows")
        if bundle.digest(name) != digest:
            raise RecordError(name, "does not have the SHA-256 that is its name")
        found[digest] = "shown"
    return found


def _check_manifest(bundle: Bundle, terms: LineTerms, exported_s: int, signed: str) -> None:
    listed = signed_names(terms.us, terms.peer, len(terms.versions.known))
    contents = {f"{log_folder(log.sender, log.receiver)}/{CONTENTS}" for log in (terms.outgoing, terms.incoming)}
    others = {name for name in bundle.names if not name.startswith(ATTACHMENTS)}
    for name in sorted(others ^ (listed | contents | {MANIFEST})):
        raise RecordError(name, "does not belong into a bundle" if name in others else "is missing from the bundle")
    digests = {name: bundle.digest(name) for name in listed}
    agreement_id = terms.versions.newest.agreement.agreement_id
    if signed == manifest_text(agreement_id, terms.us, terms.peer, exported_s, digests):
        return
    claimed = dict(line.split(" ", 1)[::-1] for line in signed.split("\n")[3:-1] if " " in line)
    for name in sorted(digests):
        if claimed.get(name) != digests[name]:
            what = f"was changed after the export: its {bundle.size(name):,} bytes have another SHA-256"
            raise RecordError(name, what)
    raise RecordError(MANIFEST, "does not list exactly the files of this bundle")


def _statements(
    versions: Versions, exporter: str, logs: tuple[LogReport, LogReport]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    agreement_id, newest = versions.newest.agreement.agreement_id, versions.newest.agreement.version
    which = "version 1" if newest == 1 else f"versions 1 to {newest}"
    proven = [
        f"The root keys of all parties have signed agreement {agreement_id}, {which}.",
        f"{exporter} handed out this bundle; nothing in it was changed since, but contents may have been withheld.",
    ]
    not_proven = [
        "That the root keys in the agreement belong to the parties: compare their fingerprints with the parties.",
        "That any clock was right: times of issue are the sender's word, times of receipt the receiver's.",
        f"That the newest entries are here: {exporter} can leave out the end of both logs, and with it an answer that"
        " seems missing. The other party's record of the same time shows it.",
        "That a person read a message that no named function has acknowledged: a receipt is a machine's.",
        "That a verifier which came with the bundle is honest: use one from a source you trust.",
    ]
    for log in logs:
        name = log.origin.rpartition("/")[2]
        receiver = name.rpartition("-to-")[2]
        proven.append(
            f"{name}: {log.entries} entries, each signed by its sender, in one unbroken order; {receiver} has"
            f" cosigned the first {log.received}, so it held them and cannot deny them, nor the sender change them."
        )
        if log.received < log.entries:
            not_proven.append(f"{name}: that the last {log.entries - log.received} entries ever reached {receiver}.")
        sender = name.rpartition("-to-")[0]
        proven += [
            f"{name}: the root key of {sender} has changed its keys at entry {place}, and signed how."
            for place in log.key_changes
        ]
        not_proven += [
            f"{name}: that {sender} wrote entries {one.first} to {one.end - 1}: they are signed by the key"
            f" {one.key_id}, which was revoked as of entry {one.last}."
            for one in log.revoked
        ]
        not_proven += [f"{name}: what a receipt says that was taken back, {why}." for why in log.revoked_receipts]
        if log.withheld:
            not_proven.append(
                f"{name}: what {len(log.withheld)} of its entries say: their contents are withheld, by whom is not"
                " known. Where one of them may be an answer, none is counted as given or missing. One may revoke a key."
            )
        misdated = sum(line.misdated for line in log.messages)
        if misdated:
            not_proven.append(
                f"{name}: when {misdated} of its entries were written: they state times before receipts that their"
                " sender had given already."
            )
    return tuple(proven), tuple(not_proven)
