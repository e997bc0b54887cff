"""A party's keys on disk: one PEM file per key, readable by its owner only, and the certificate of the line's port.

The certificate is self-signed and lives five years: no authority vouches for it, the other side pins its fingerprint.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from steerclear.model.keys import KeyRole
from steerclear.store.errors import Fault, StoreError

MAX_KEY_FILE_BYTES: Final = 16_384
CERTIFICATE_FILE: Final = "tls.crt"
CERTIFICATE_DAYS: Final = 5 * 365


class KeyFileError(StoreError):
    """A key file is missing, unreadable, open to others or not what it should be: the operator must put it right."""

    fault = Fault.OPERATOR


class PublicKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The public half of a set of keys, for the agreement and for the peer's configuration."""

    root: bytes
    signing: bytes
    witness: bytes
    certificate_sha256: bytes


def key_path(folder: Path, role: KeyRole) -> Path:
    """Where the private key of a role lies in a folder of keys."""
    return folder / f"{role}.key"


def create_keys(folder: Path, party_id: str, now_s: float) -> PublicKeys:
    """New keys and a certificate in `folder`. Raises KeyFileError when any is there already: keys are not replaced."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for role in KeyRole:
            _write_new(key_path(folder, role), _private_pem(Ed25519PrivateKey.generate()), 0o600)
        certificate = _certificate(load_private_key(key_path(folder, KeyRole.TLS)), party_id, now_s)
        _write_new(folder / CERTIFICATE_FILE, certificate, 0o644)
    except FileExistsError as error:
        raise KeyFileError(
            f"{error.filename} is there already; keys are never overwritten, choose another folder"
        ) from None
    except OSError as error:
        raise KeyFileError(f"cannot write keys to {folder}: {error.strerror}; check the folder") from None
    return read_public_keys(folder)


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 private key from its PEM file. Raises KeyFileError."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path} can be read by others; close it with: chmod 600 {path}")
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"cannot read the key {path}: {error.strerror}") from None
    try:
        key = load_pem_private_key(data[:MAX_KEY_FILE_BYTES], password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is not a private key in PEM form: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key; make one with `steerclear keys new`")
    return key


def read_public_keys(folder: Path) -> PublicKeys:
    """Public halves of the keys in a folder. Raises KeyFileError."""

    def public(role: KeyRole) -> bytes:
        return load_private_key(key_path(folder, role)).public_key().public_bytes_raw()

    return PublicKeys(
        root=public(KeyRole.ROOT),
        signing=public(KeyRole.SIGNING),
        witness=public(KeyRole.WITNESS),
        certificate_sha256=certificate_sha256(folder / CERTIFICATE_FILE),
    )


def certificate_sha256(path: Path) -> bytes:
    """SHA-256 of a certificate's DER bytes: what the peer pins. Raises KeyFileError."""
    try:
        return sha256(ssl.PEM_cert_to_DER_cert(path.read_text("ascii").strip())).digest()
    except OSError as error:
        raise KeyFileError(f"cannot read the certificate {path}: {error.strerror}") from None
    except ValueError as error:
        raise KeyFileError(f"{path} is not a certificate in PEM form: {error}") from None


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _certificate(key: Ed25519PrivateKey, party_id: str, now_s: float) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"steerclear {party_id}"[:64])])
    made = datetime.fromtimestamp(now_s, UTC)
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made - timedelta(days=1))
        .not_valid_after(made + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    )
    return builder.sign(key, None).public_bytes(Encoding.PEM)
