"""Mutual TLS with pinned certificates: nobody vouches for a certificate, its fingerprint was compared by voice."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509

CERTIFICATE_WARNING_S: Final = 30 * 86_400.0
"""So long before a certificate ends, its end is announced: time for a new one and a telephone call."""


class PinError(ValueError):
    """A certificate is not the pinned one: the operator compares fingerprints with the peer and corrects the file."""


class OwnCertificate(msgspec.Struct, frozen=True):
    """Our certificate and its key."""

    certificate_file: Path
    key_file: Path


class PinnedCertificate(msgspec.Struct, frozen=True):
    """A peer's certificate file, and the SHA-256 of its DER bytes that the peer read out."""

    party: str
    certificate_file: Path
    sha256: bytes

    def pem(self) -> str:
        """The file's certificate. Raises PinError unless it is the one whose fingerprint is pinned."""
        try:
            pem = self.certificate_file.read_text("ascii").strip()
            found = sha256(ssl.PEM_cert_to_DER_cert(pem)).digest()
        except (OSError, ValueError) as error:
            raise PinError(f"cannot read the certificate of {self.party} in {self.certificate_file}: {error}") from None
        if found != self.sha256:
            raise PinError(
                f"the certificate of {self.party} in {self.certificate_file} has fingerprint {found.hex()},"
                f" pinned is {self.sha256.hex()}; ask {self.party} by telephone which one is right"
            )
        return pem


def certificate_end_s(path: Path) -> float:
    """When a certificate ends, in POSIX seconds. Raises PinError."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.timestamp()
    except (OSError, ValueError) as error:
        raise PinError(f"cannot read the certificate {path}: {error}") from None


def certificate_warning(party: str, ours: bool, end_s: float, now_s: float) -> str:
    """What to do about a certificate that has ended or soon will."""
    days = int((end_s - now_s) // 86_400)
    when = f"ends in {days} days" if end_s > now_s else f"ended {-days} days ago: the line does not work any more"
    if ours:
        return f"our certificate {when}; make a new one, hand it to every peer and read its fingerprint out to them"
    return f"the certificate of {party} {when}; ask {party} for its new one and compare the fingerprint by telephone"


def server_context(own: OwnCertificate, peers: Iterable[PinnedCertificate]) -> ssl.SSLContext:
    """TLS 1.3 for the line's port; a client without one of the pinned certificates does not get through."""
    return _context(ssl.PROTOCOL_TLS_SERVER, own, peers)


def client_context(own: OwnCertificate, peer: PinnedCertificate) -> ssl.SSLContext:
    """TLS 1.3 towards one peer. Host names play no part: the certificate itself is what is trusted."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, own, [peer])


def _context(protocol: int, own: OwnCertificate, peers: Iterable[PinnedCertificate]) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(own.certificate_file, own.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise PinError(f"cannot use our own certificate {own.certificate_file}: {error}") from None
    for peer in peers:
        context.load_verify_locations(cadata=peer.pem())
    return context
