"""Agreement files: terms in TOML, and the parties' signatures over them."""

from steerclear.interfaces.agreement_file.decode import decode_agreement
from steerclear.interfaces.agreement_file.encode import encode_agreement
from steerclear.interfaces.agreement_file.errors import AgreementError
from steerclear.interfaces.agreement_file.signatures import (
    agreement_note_text,
    load_signed_agreement,
    sign_agreement,
    unsigned_parties,
)

__all__ = [
    "AgreementError",
    "agreement_note_text",
    "decode_agreement",
    "encode_agreement",
    "load_signed_agreement",
    "sign_agreement",
    "unsigned_parties",
]
