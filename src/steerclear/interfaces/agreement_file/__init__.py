"""Agreement files: terms in TOML, the parties' signatures over them, and the versions that amend one another."""

from steerclear.interfaces.agreement_file.decode import decode_agreement, decode_document
from steerclear.interfaces.agreement_file.encode import encode_agreement
from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.signatures import (
    agreement_note_text,
    collect_signatures,
    load_signed_agreement,
    sign_agreement,
    unsigned_parties,
)
from steerclear.interfaces.agreement_file.starting import starting_file
from steerclear.interfaces.agreement_file.versions import SignedAgreement, amended_file, load_versions

__all__ = [
    "AgreementError",
    "SignedAgreement",
    "agreement_note_text",
    "amended_file",
    "collect_signatures",
    "decode_agreement",
    "decode_document",
    "encode_agreement",
    "load_signed_agreement",
    "load_versions",
    "sign_agreement",
    "starting_file",
    "unsigned_parties",
]
