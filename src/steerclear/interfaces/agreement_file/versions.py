"""The versions of one agreement, each signed by all, each naming the bytes of the one that it amends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from steerclear.interfaces.agreement_file.decode import decode_agreement
from steerclear.interfaces.agreement_file.encode import encode_agreement
from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.fields import line_of
from steerclear.interfaces.agreement_file.limits import MAX_VERSIONS
from steerclear.interfaces.agreement_file.signatures import load_signed_agreement
from steerclear.model.agreement import Agreement


class SignedAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """One version that the root keys of all its parties have signed."""

    agreement: Agreement
    data: bytes
    """The file, byte for byte."""
    signatures: bytes
    sha256: bytes
    """SHA-256 of the file; what the next version names as the one it amends."""


def load_versions(files: Sequence[tuple[bytes, bytes]]) -> tuple[SignedAgreement, ...]:
    """The versions of one agreement from (file, signatures) pairs, oldest first, beginning with version 1.

    Each is signed by all its parties, under the same root keys as the first: who could put another root key into an
    amendment could sign it in that party's name. Raises AgreementError saying what does not follow and what to do.
    """
    if not 1 <= len(files) <= MAX_VERSIONS:
        raise AgreementError(f"{len(files)} versions of the agreement are given; give 1 to {MAX_VERSIONS:,}")
    versions: list[SignedAgreement] = []
    for data, signatures in files:
        agreement = load_signed_agreement(data, signatures)
        version = SignedAgreement(agreement=agreement, data=data, signatures=signatures, sha256=sha256(data).digest())
        if not versions and agreement.version != 1:
            raise AgreementError(
                f"{_name(agreement)} comes without the versions before it; give all files, from version 1 on"
            )
        if versions:
            _follows(versions[-1], version)
        versions.append(version)
    return tuple(versions)


def _follows(before: SignedAgreement, after: SignedAgreement) -> None:
    old, new = before.agreement, after.agreement
    if new.agreement_id != old.agreement_id:
        raise AgreementError(f"{_name(new)} is another agreement than {old.agreement_id!r}; take its file out")
    if new.version != old.version + 1:
        raise AgreementError(f"{_name(new)} comes after version {old.version}; give every version once, oldest first")
    if new.amends != before.sha256:
        raise AgreementError(
            f"{_name(new)} amends a file with SHA-256 {new.amends.hex()}, the version {old.version} given has "
            f"{before.sha256.hex()}; find the file that all have signed, or make the amendment anew from this one"
        )
    old_ids, new_ids = ({party.party_id for party in terms.parties} for terms in (old, new))
    if old_ids != new_ids:
        raise AgreementError(
            f"{_name(new)} has the parties {', '.join(sorted(new_ids))}, the version before it "
            f"{', '.join(sorted(old_ids))}; other parties need an agreement of their own"
        )
    for party in new.parties:
        if _root(new, party.party_id) != _root(old, party.party_id):
            raise AgreementError(
                f"{_name(new)} names another root key for {party.party_id!r}; a new root key needs a new agreement, "
                "with the keys compared by voice again"
            )
    if new.in_force_from_s <= old.in_force_from_s:
        raise AgreementError(
            f"{_name(new)} is in force from {_time(new.in_force_from_s)}, not later than version {old.version} "
            f"({_time(old.in_force_from_s)}); give it a later start"
        )


def amended_file(data: bytes, in_force_from_s: float) -> bytes:
    """The next version of an agreement file, to be edited: counted on, naming these bytes, with its own start.

    What people wrote between the terms is kept. Raises AgreementError when the start is not later than the old one.
    """
    old = decode_agreement(data)
    if in_force_from_s <= old.in_force_from_s:
        raise AgreementError(
            f"version {old.version} is in force from {_time(old.in_force_from_s)}; its amendment must begin later"
        )
    new = msgspec.structs.replace(
        old, version=old.version + 1, amends=sha256(data).digest(), in_force_from_s=in_force_from_s
    )
    edited = _edited(data.decode("utf-8"), new)
    try:
        if decode_agreement(edited) == new:
            return edited
    except AgreementError:
        pass  # written in a way that cannot be edited line by line
    return encode_agreement(new)


def _edited(text: str, new: Agreement) -> bytes:
    lines = text.splitlines(keepends=True)
    line_end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    amends = f'amends = "{new.amends.hex()}"{line_end}'
    written = {
        "version": f"version = {new.version}{line_end}" + (amends if new.version == 2 else ""),
        "in_force_from": f"in_force_from = {_time(new.in_force_from_s)}{line_end}",
    }
    if new.version > 2:
        written["amends"] = amends
    for number, replacement in sorted(
        ((line_of(text, "agreement", key) or 0, value) for key, value in written.items()), reverse=True
    ):
        lines[number - 1] = replacement
    return "".join(lines).encode()


def _root(agreement: Agreement, party_id: str) -> bytes | None:
    keys = agreement.party(party_id).keys
    return None if keys is None else keys.root


def _name(agreement: Agreement) -> str:
    return f"agreement {agreement.agreement_id} version {agreement.version}"


def _time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")
