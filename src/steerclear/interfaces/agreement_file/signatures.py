"""Signatures over an agreement: a C2SP signed note that names the agreement and the SHA-256 of the file's bytes.

The note is signed rather than the file itself, so that the file stays exactly what people read and compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from steerclear.interfaces.agreement_file.decode import decode_agreement
from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.limits import MAX_SIGNATURE_FILE_BYTES
from steerclear.model.agreement import Agreement
from steerclear.tlog.errors import TlogError
from steerclear.tlog.keys import ED25519, Ed25519Signer, VerifierKey, verifier_for
from steerclear.tlog.note import SignedNote, add_signature, encode_note, parse_note, sign_note, verify_note


def agreement_note_text(data: bytes) -> str:
    """The text that every party signs for an agreement file. Raises AgreementError for a file that is not one."""
    agreement = decode_agreement(data)
    return f"steerclear agreement\n{agreement.agreement_id} {agreement.version}\nsha256 {sha256(data).hexdigest()}\n"


def sign_agreement(data: bytes, signature_file: bytes | None, signer: Ed25519Signer) -> bytes:
    """The signature file with this party's signature added to those already there.

    Raises AgreementError when the signer is not a party of the agreement under that root key, or when the
    signatures already there are for other bytes.
    """
    agreement = decode_agreement(data)
    if signer.key.name not in {party.party_id for party in agreement.parties}:
        parties = ", ".join(party.party_id for party in agreement.parties)
        raise AgreementError(f"the agreement has no party {signer.key.name!r}; it has {parties}")
    if _root_key(agreement, signer.key.name) != signer.key:
        known = ", ".join(party.party_id for party in agreement.parties)
        raise AgreementError(
            f"the key given is not the root key that the agreement names for {signer.key.name!r} (parties: {known}); "
            "sign with the right key, or put this one into the file first"
        )
    text = agreement_note_text(data)
    note = sign_note(text, [], 0) if signature_file is None else _parsed(signature_file, text)
    return encode_note(add_signature(note, signer, 0))


def collect_signatures(data: bytes, signature_files: Sequence[bytes]) -> bytes:
    """One signature file with the signature of every party that any of the files holds a valid one of.

    Raises AgreementError for a file that is of other bytes, and where none holds a valid signature.
    """
    agreement, text = decode_agreement(data), agreement_note_text(data)
    notes = [_parsed(file, text) for file in signature_files]
    found = []
    for party in agreement.parties:
        key = _root_key(agreement, party.party_id)
        alone = (SignedNote(text, (signature,)) for note in notes for signature in note.signatures)
        found += [note.signatures[0] for note in alone if _has_signed(note, key)][:1]
    if not found:
        parties = ", ".join(party.party_id for party in agreement.parties)
        raise AgreementError(f"no signature in these files is by a root key that the agreement names for {parties}")
    return encode_note(SignedNote(text, tuple(found)))


def load_signed_agreement(data: bytes, signature_file: bytes) -> Agreement:
    """The agreement, once the root key of every one of its parties has signed exactly these bytes.

    Raises AgreementError naming the parties whose signatures are missing or do not verify.
    """
    agreement = decode_agreement(data)
    missing = unsigned_parties(data, signature_file)
    if missing:
        raise AgreementError(
            f"agreement {agreement.agreement_id} version {agreement.version} is not in force: no valid signature of "
            f"{', '.join(missing)}; each party signs these same bytes with `steerclear agreement sign`"
        )
    return agreement


def unsigned_parties(data: bytes, signature_file: bytes | None) -> tuple[str, ...]:
    """Ids of the parties whose root key has not signed these bytes, in the agreement's order."""
    agreement = decode_agreement(data)
    parties = tuple(party.party_id for party in agreement.parties)
    if signature_file is None:
        return parties
    note = _parsed(signature_file, agreement_note_text(data))
    return tuple(party for party in parties if not _has_signed(note, _root_key(agreement, party)))


def _root_key(agreement: Agreement, party_id: str) -> VerifierKey | None:
    keys = next((party.keys for party in agreement.parties if party.party_id == party_id), None)
    return None if keys is None else VerifierKey(party_id, ED25519, keys.root)


def _has_signed(note: SignedNote, key: VerifierKey | None) -> bool:
    if key is None:
        return False
    try:
        verify_note(note, [verifier_for(key)])
    except TlogError:
        return False
    return True


def _told(text: str) -> str:
    """What a signature is for, on one line."""
    return ", ".join(text.split("\n")[1:3])[:200]


def _parsed(signature_file: bytes, text: str) -> SignedNote:
    if len(signature_file) > MAX_SIGNATURE_FILE_BYTES:
        raise AgreementError(f"the signature file is larger than {MAX_SIGNATURE_FILE_BYTES:,} bytes")
    try:
        note = parse_note(signature_file)
    except TlogError as fault:
        raise AgreementError(f"the signature file cannot be read: {fault}") from None
    if note.text != text:
        raise AgreementError(
            "the signatures are for another agreement or another version of this file: they are for"
            f" {_told(note.text)}, this file is {_told(text)}; take the file that was signed, or have every party sign"
            " this one anew, beginning without a signature file"
        )
    return note
