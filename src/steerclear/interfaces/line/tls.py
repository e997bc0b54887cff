"""Mutual TLS with pinned certificates: nobody vouches for a certificate, its fingerprint was compared by voice."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec


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
