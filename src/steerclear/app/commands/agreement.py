"""`steerclear agreement` with the agreement file and the key files."""

from __future__ import annotations

from pathlib import Path

from steerclear.interfaces.agreement_file import (
    amended_file,
    collect_signatures,
    decode_agreement,
    sign_agreement,
    starting_file,
    unsigned_parties,
)
from steerclear.interfaces.cli.agreement import agreement_app
from steerclear.interfaces.cli.agreement_files import AgreementTools
from steerclear.model.agreement import AreaOfAuthority
from steerclear.store.errors import StoreError
from steerclear.store.key_files import load_private_key
from steerclear.tlog import Ed25519Signer


def _sign(data: bytes, signatures: bytes | None, party: str, root_key: Path) -> bytes:
    try:
        signer = Ed25519Signer(party, load_private_key(root_key))
    except StoreError as fault:
        raise ValueError(str(fault)) from None
    return sign_agreement(data, signatures, signer)


def _competing_areas(areas: tuple[AreaOfAuthority, ...]) -> tuple[tuple[AreaOfAuthority, AreaOfAuthority], ...]:
    if len(areas) < 2:
        return ()
    from steerclear.interfaces.agreement_file.overlap import competing_areas  # noqa: PLC0415 numpy takes time to load

    return competing_areas(areas)


agreement = agreement_app(
    AgreementTools(
        decode=decode_agreement,
        unsigned=unsigned_parties,
        sign=_sign,
        collect=collect_signatures,
        start=starting_file,
        amend=amended_file,
        competing_areas=_competing_areas,
    )
)
