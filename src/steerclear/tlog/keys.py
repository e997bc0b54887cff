"""Which signature types this release knows, and the verifier for a key of any of them."""

from collections.abc import Callable

from steerclear.tlog.ed25519 import Ed25519CosignatureVerifier, Ed25519Cosigner, Ed25519Signer, Ed25519Verifier
from steerclear.tlog.errors import MalformedInputError
from steerclear.tlog.ml_dsa import MlDsa44CosignatureVerifier, MlDsa44Cosigner
from steerclear.tlog.verifier_key import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44_COSIGNATURE,
    Signer,
    Verifier,
    VerifierKey,
    is_key_name,
    parse_verifier_key,
)

__all__ = [
    "ED25519",
    "ED25519_COSIGNATURE",
    "ML_DSA_44_COSIGNATURE",
    "Ed25519CosignatureVerifier",
    "Ed25519Cosigner",
    "Ed25519Signer",
    "Ed25519Verifier",
    "MlDsa44CosignatureVerifier",
    "MlDsa44Cosigner",
    "Signer",
    "Verifier",
    "VerifierKey",
    "is_key_name",
    "parse_verifier_key",
    "verifier_for",
]

_VERIFIERS: dict[int, Callable[[VerifierKey], Verifier]] = {
    ED25519: Ed25519Verifier,
    ED25519_COSIGNATURE: Ed25519CosignatureVerifier,
    ML_DSA_44_COSIGNATURE: MlDsa44CosignatureVerifier,
}


def verifier_for(key: VerifierKey) -> Verifier:
    """Verifier for a key of a type this release knows (0x01, 0x04, 0x06). Raises MalformedInputError."""
    verifier = _VERIFIERS.get(key.type_byte)
    if verifier is None:
        known = ", ".join(f"{type_byte:#04x}" for type_byte in _VERIFIERS)
        msg = f"verifier key of {key.name} has signature type {key.type_byte:#04x}; this release knows {known}"
        raise MalformedInputError(msg)
    return verifier(key)
