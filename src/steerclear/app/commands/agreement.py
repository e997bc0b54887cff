"""`steerclear agreement` with the agreement file and the key files."""

from __future__ import annotations

from pathlib import Path

from steerclear.interfaces.agreement_file import decode_agreement, sign_agreement, unsigned_parties
from steerclear.interfaces.cli.agreement import AgreementTools, agreement_app
from steerclear.store.errors import StoreError
from steerclear.store.key_files import load_private_key
from steerclear.tlog import Ed25519Signer


def _sign(data: bytes, signatures: bytes | None, party: str, root_key: Path) -> bytes:
    try:
        signer = Ed25519Signer(party, load_private_key(root_key))
    except StoreError as fault:
        raise ValueError(str(fault)) from None
    return sign_agreement(data, signatures, signer)


agreement = agreement_app(AgreementTools(decode=decode_agreement, unsigned=unsigned_parties, sign=_sign))
