"""Ports and peers: ours can be had, and each peer's answers with the pinned certificate and accepts ours."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from steerclear.app.doctor.findings import broken, well
from steerclear.app.doctor.running import Running
from steerclear.app.serving import listening_socket
from steerclear.interfaces.cli.doctor import Finding
from steerclear.interfaces.cli.node_file import NodeConfig, NodeFileError, PeerSection
from steerclear.interfaces.line.limits import CONNECT_TIMEOUT_S
from steerclear.interfaces.line.port import POST_PATH
from steerclear.interfaces.line.tls import OwnCertificate, PinError, PinnedCertificate, client_context

_AT_ONCE: Final = 8
_EXPIRED: Final = 10
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED."""


def examine_ports(config: NodeConfig, running: Running | None) -> Iterator[Finding]:
    """Both ports are held by our node, or free for it."""
    for check, address in (("port.line", config.file.line.listen), ("port.local", config.file.local.listen)):
        if running is not None:
            url = running.runtime.line_url if check == "port.line" else running.runtime.local_url
            yield well(check, f"our node listens at {url}")
            continue
        try:
            listening_socket(address).close()
        except NodeFileError as error:
            yield broken(check, str(error), "end the other program (`ss -ltnp` names it), or choose another port")
        else:
            yield well(check, f"{address} is free for the node")


def examine_peers(config: NodeConfig) -> Iterator[Finding]:
    """Each peer's line port, asked as a courier would ask it; nothing is posted."""
    own = OwnCertificate(config.path(config.file.keys.tls_certificate), config.path(config.file.keys.tls_key))

    def one(peer: PeerSection) -> Finding:
        pin = PinnedCertificate(peer.party, config.path(peer.certificate), bytes.fromhex(peer.certificate_sha256))
        return examine_peer(peer, own, pin)

    with ThreadPoolExecutor(_AT_ONCE) as several:
        yield from several.map(one, config.file.peers)


def examine_peer(peer: PeerSection, own: OwnCertificate, pin: PinnedCertificate) -> Finding:
    """How far we get at a peer's line port."""
    check = f"peer.{peer.party}"
    try:
        context = client_context(own, pin)
        with _connected(peer) as bare, _secured(context, bare, peer) as secured:
            _ask(secured, pin)
    except PinError as error:
        return broken(check, f"not tried: {error}", "put the certificates right first")
    except _TroubleError as trouble:
        return broken(check, trouble.says, trouble.remedy)
    return well(check, "its line port answers, both certificates are accepted")


class _TroubleError(Exception):
    """Why it went no further, and what to do."""

    def __init__(self, says: str, remedy: str) -> None:
        super().__init__(says)
        self.says = says
        self.remedy = remedy


def _connected(peer: PeerSection) -> socket.socket:
    host, port = _address(peer)
    try:
        return socket.create_connection((host, port), CONNECT_TIMEOUT_S)
    except socket.gaierror as error:
        said = f"the name {host!r} is unknown here: {error.strerror}"
        raise _TroubleError(said, "correct the url in the node's file, or the DNS") from None
    except TimeoutError:
        said = f"{peer.url} does not answer"
        raise _TroubleError(said, f"a firewall is between us, or {peer.party}'s machine is off: ask") from None
    except ConnectionRefusedError:
        said = f"nothing listens at {peer.url}"
        raise _TroubleError(said, f"ask {peer.party} whether its node runs, and on that port") from None
    except OSError as error:
        raise _TroubleError(f"{peer.url} cannot be reached: {error.strerror or error}", "see to the network") from None


def _secured(context: ssl.SSLContext, bare: socket.socket, peer: PeerSection) -> ssl.SSLSocket:
    try:
        return context.wrap_socket(bare)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code == _EXPIRED:
            raise _TroubleError(f"{peer.party}'s certificate has ended", f"ask {peer.party} for a new one") from None
        raise _TroubleError(
            f"it shows another certificate than the pinned one, {_shown(peer)}",
            f"ask {peer.party} by telephone which one is right; do not pin what is merely shown",
        ) from None
    except TimeoutError:
        said = "it takes the connection and then says nothing"
        raise _TroubleError(said, f"ask {peer.party} to look at its log") from None
    except OSError as error:  # ssl.SSLError is one
        said = f"no TLS with {peer.url}: {getattr(error, 'reason', None) or error}"
        remedy = f"another program may listen there, or it turned us away; compare the port with {peer.party}"
        raise _TroubleError(said, remedy) from None


def _ask(secured: ssl.SSLSocket, pin: PinnedCertificate) -> None:
    """The handshake is done as we see it. In TLS 1.3 the server judges our certificate only after that."""
    if sha256(secured.getpeercert(binary_form=True) or b"").digest() != pin.sha256:
        said = "it shows another certificate than the pinned one"
        raise _TroubleError(said, f"compare fingerprints with {pin.party} by telephone")
    try:
        secured.sendall(f"GET {POST_PATH} HTTP/1.1\r\nHost: {pin.party}\r\nConnection: close\r\n\r\n".encode())
        status = secured.recv(64).split(b" ", 2)[1:2]
    except TimeoutError:
        said = "it accepts us and then says nothing"
        raise _TroubleError(said, f"ask {pin.party} to look at its log") from None
    except OSError:
        status = []
    if status in ([], [b"%d" % HTTPStatus.UNAUTHORIZED]):
        raise _TroubleError(
            f"the line is there, but {pin.party} does not accept our certificate",
            f"hand {pin.party} our tls.crt and read its fingerprint out; {pin.party} pins it and restarts",
        )
    if status != [b"%d" % HTTPStatus.METHOD_NOT_ALLOWED]:
        raise _TroubleError("what answers there is no line port", f"compare the url with {pin.party}")


def _shown(peer: PeerSection) -> str:
    """Fingerprint of what a server shows, whoever it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(_address(peer), CONNECT_TIMEOUT_S) as bare,
            context.wrap_socket(bare) as secured,
        ):
            return f"with fingerprint {sha256(secured.getpeercert(binary_form=True) or b'').hexdigest()}"
    except OSError:
        return "of unknown fingerprint"


def _address(peer: PeerSection) -> tuple[str, int]:
    url = urlsplit(peer.url)
    return url.hostname or "", url.port or 443
