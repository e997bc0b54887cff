"""A party's keys on disk: one PEM file per key, readable by its owner only, and the certificate of the line's port.

The certificate is self-signed and lives five years: no authority vouches for it, the other side pins its fingerprint.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from steerclear.model.identifiers import checked_identifier
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
    witness_ml_dsa: bytes | None
    """None in a folder that holds no such key; older ones do not."""
    certificate_sha256: bytes


def key_path(folder: Path, role: KeyRole) -> Path:
    """Where the private key of a role lies in a folder of keys."""
    return folder / f"{role}.key"


def create_keys(folder: Path, party_id: str, now_s: float) -> PublicKeys:
    """New keys and a certificate in `folder`: all of them, on disk, or none.

    Raises KeyFileError when any is there already (keys are not replaced), when the folder cannot be used, and for an
    id that no agreement would take.
    """
    try:
        checked_identifier(party_id)
    except ValueError as fault:
        raise KeyFileError(f"no agreement can name such a party: {fault}") from None
    write_all_new(_new_files(folder, party_id, now_s))
    return read_public_keys(folder)


def write_all_new(files: Sequence[tuple[Path, bytes, int]]) -> None:
    """Write files (path, content, mode): all of them, on disk, or none. Folders are made for their owner only.

    Raises KeyFileError, also when one of them is there already: nothing is replaced.
    """
    made: list[Path] = []
    try:
        for folder in sorted({path.parent for path, _, _ in files}):
            new_folder = not folder.exists()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path, data, mode in files:
                if path.parent == folder:
                    _write_new(path, data, mode, made)
            _keep_names(folder)
            if new_folder:
                _keep_names(folder.parent)
    except BaseException as fault:
        for path in made:
            path.unlink(missing_ok=True)
        if isinstance(fault, FileExistsError):
            raise KeyFileError(
                f"{fault.filename2 or fault.filename} is there already; keys are never overwritten, choose another"
                " folder"
            ) from None
        if isinstance(fault, OSError):
            raise KeyFileError(f"cannot write keys to {folder}: {fault.strerror}; check the folder") from None
        raise


def new_private_key(role: KeyRole) -> tuple[bytes, bytes]:
    """A new key for a role: its PEM file, and the raw public half."""
    key = MLDSA44PrivateKey.generate() if role is KeyRole.WITNESS_ML_DSA else Ed25519PrivateKey.generate()
    return _private_pem(key), key.public_key().public_bytes_raw()


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 private key from its PEM file. Raises KeyFileError."""
    key = _load(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key; make one with `steerclear keys new`")
    return key


def load_ml_dsa_key(path: Path) -> MLDSA44PrivateKey:
    """An ML-DSA-44 private key from its PEM file. Raises KeyFileError."""
    key = _load(path)
    if not isinstance(key, MLDSA44PrivateKey):
        raise KeyFileError(f"{path} is not an ML-DSA-44 key; make one with `steerclear keys new`")
    return key


def read_public_keys(folder: Path) -> PublicKeys:
    """Public halves of the keys in a folder. Raises KeyFileError."""

    def public(role: KeyRole) -> bytes:
        return load_private_key(key_path(folder, role)).public_key().public_bytes_raw()

    second = key_path(folder, KeyRole.WITNESS_ML_DSA)
    return PublicKeys(
        root=public(KeyRole.ROOT),
        signing=public(KeyRole.SIGNING),
        witness=public(KeyRole.WITNESS),
        witness_ml_dsa=load_ml_dsa_key(second).public_key().public_bytes_raw() if second.exists() else None,
        certificate_sha256=certificate_sha256(folder / CERTIFICATE_FILE),
    )


def certificate_sha256(path: Path) -> bytes:
    """SHA-256 of a certificate's DER bytes: what the peer pins. Raises KeyFileError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_FILE_BYTES + 1)
        if len(data) > MAX_KEY_FILE_BYTES:
            raise KeyFileError(f"{path} is not a certificate: it has more than {MAX_KEY_FILE_BYTES:,} bytes")
        return sha256(ssl.PEM_cert_to_DER_cert(data.decode("ascii").strip())).digest()
    except OSError as error:
        raise KeyFileError(f"cannot read the certificate {path}: {error.strerror}") from None
    except ValueError as error:
        raise KeyFileError(f"{path} is not a certificate in PEM form: {error}") from None


def _load(path: Path) -> PrivateKeyTypes:
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path} can be read by others; close it with: chmod 600 {path}")
        with path.open("rb") as file:
            data = file.read(MAX_KEY_FILE_BYTES)
    except OSError as error:
        raise KeyFileError(f"cannot read the key {path}: {error.strerror}") from None
    try:
        return load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} is not a private key in PEM form: {error}") from None


def _new_files(folder: Path, party_id: str, now_s: float) -> list[tuple[Path, bytes, int]]:
    """What a folder of keys holds: path, content and mode of each file."""
    tls = Ed25519PrivateKey.generate()
    keys: dict[KeyRole, Ed25519PrivateKey | MLDSA44PrivateKey] = {
        KeyRole.ROOT: Ed25519PrivateKey.generate(),
        KeyRole.SIGNING: Ed25519PrivateKey.generate(),
        KeyRole.WITNESS: Ed25519PrivateKey.generate(),
        KeyRole.WITNESS_ML_DSA: MLDSA44PrivateKey.generate(),
        KeyRole.TLS: tls,
    }
    files = [(key_path(folder, role), _private_pem(key), 0o600) for role, key in keys.items()]
    return [*files, (folder / CERTIFICATE_FILE, _certificate(tls, party_id, now_s), 0o644)]


def _private_pem(key: Ed25519PrivateKey | MLDSA44PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_new(path: Path, data: bytes, mode: int, made: list[Path]) -> None:
    """A file that is there whole or not at all, and in no other's place; adds what it makes to `made`."""
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    made.append(partial)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.link(partial, path)  # unlike a rename, it never replaces what is there
    made.append(path)
    partial.unlink()
    made.remove(partial)


def _keep_names(folder: Path) -> None:
    """Make the names in a folder survive a power cut; the files' own contents are on disk already."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
