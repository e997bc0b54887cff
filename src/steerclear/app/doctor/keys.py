"""Keys and certificates: readable by nobody else, those that the agreement and the peers know, and not about to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from steerclear.app.doctor.findings import broken, soon, well
from steerclear.dialogue.key_ring import LAST_PLACE
from steerclear.dialogue.key_statement import KeyStatementError
from steerclear.dialogue.terms import Versions, direction
from steerclear.interfaces.cli.doctor import Finding
from steerclear.interfaces.cli.node_file import NodeConfig
from steerclear.interfaces.line.tls import (
    CERTIFICATE_WARNING_S,
    OwnCertificate,
    PinError,
    PinnedCertificate,
    certificate_end_s,
    certificate_warning,
    server_context,
)
from steerclear.model.agreement import Agreement, PartyKeys
from steerclear.model.keys import KeyRole
from steerclear.services.faults import KeysError
from steerclear.services.line_end import LineKeys
from steerclear.store.key_files import KeyFileError, key_path, load_ml_dsa_key, load_private_key


def examine_keys(config: NodeConfig, versions: Versions | None) -> Iterator[Finding]:
    """Key files, and whether they are the agreement's."""
    files = config.file.keys
    try:
        keys = LineKeys(
            signing=load_private_key(config.path(files.signing)),
            witness=load_private_key(config.path(files.witness)),
            witness_ml_dsa=None if files.witness_ml_dsa is None else load_ml_dsa_key(config.path(files.witness_ml_dsa)),
        )
    except KeyFileError as error:
        yield broken("keys.files", str(error), "put the key files where the node's file names them, mode 600")
    else:
        yield well("keys.files", "the signing key and the witness keys can be read, by their owner only")
        yield from _agreed(config, keys, versions)
    tls_key = config.path(files.tls_key)
    try:
        open_to_others = tls_key.stat().st_mode & 0o077
    except OSError as error:
        yield broken("keys.tls", f"cannot read {tls_key}: {error.strerror}", "correct keys.tls_key in the node's file")
    else:
        if open_to_others:
            yield broken("keys.tls", f"{tls_key} can be read by others", f"close it with: chmod 600 {tls_key}")
    # After a change of keys the new ones lie in a folder of their own, and the root key still in the first one.
    folders = dict.fromkeys(config.path(name).parent for name in (files.signing, files.witness, files.tls_key))
    for root in (found for folder in folders if (found := key_path(folder, KeyRole.ROOT)).exists()):
        yield soon(
            "keys.root",
            f"the root key lies beside the node's keys, in {root}",
            "move it to a place that is not connected; the node never needs it",
        )


def _agreed(config: NodeConfig, keys: LineKeys, versions: Versions | None) -> Iterator[Finding]:
    if versions is None:
        return
    agreement, us = versions.newest.agreement, config.file.node.party
    counting = next((party.keys for party in agreement.parties if party.party_id == us), None)
    if counting is None:
        return  # the agreement's own findings say so
    try:
        keys.check(us, agreement.agreement_id, _after_statements(config, agreement, counting))
    except (KeysError, KeyStatementError, OSError) as error:
        # Keys may have been changed since by statements in the log, which the node itself knows best.
        finding = soon if config.store_path.exists() else broken
        yield finding("keys.agreed", str(error), "use the key files that were made for this agreement, or changed last")
    else:
        count = len(config.file.keys.statements)
        changed = f", with {count} key {'statement' if count == 1 else 'statements'} since," if count else ""
        yield well("keys.agreed", f"they are the keys that version {agreement.version}{changed} names")


def _after_statements(config: NodeConfig, agreement: Agreement, counting: PartyKeys) -> PartyKeys:
    """The keys that count once every statement in the node's file is said. Raises KeyStatementError, OSError."""
    us = config.file.node.party
    peer = next(party for party in agreement.parties if party.party_id != us)
    ring = direction(agreement, agreement.party(us), peer).ring if peer.keys is not None else None
    if ring is None:
        return counting
    for name in config.file.keys.statements:
        ring = ring.after(LAST_PLACE, config.path(name).read_bytes())
    return ring.current.keys


def examine_certificates(config: NodeConfig, now_s: float) -> Iterator[Finding]:
    """Our certificate with its key, the peers' pinned ones, and when each ends."""
    own = OwnCertificate(config.path(config.file.keys.tls_certificate), config.path(config.file.keys.tls_key))
    try:
        server_context(own, [])
    except PinError as error:
        yield broken("certificate.own", str(error), "the certificate and the key must be of one pair")
    else:
        yield from _end("certificate.own", config.file.node.party, True, own.certificate_file, now_s)
    for peer in config.file.peers:
        path = config.path(peer.certificate)
        pin = PinnedCertificate(peer.party, path, bytes.fromhex(peer.certificate_sha256))
        try:
            pin.pem()
        except PinError as error:
            yield broken(
                f"certificate.{peer.party}", str(error), f"ask {peer.party} for its tls.crt and its fingerprint"
            )
        else:
            yield from _end(f"certificate.{peer.party}", peer.party, False, path, now_s)


def _end(check: str, party: str, ours: bool, path: Path, now_s: float) -> Iterator[Finding]:
    try:
        end_s = certificate_end_s(path)
    except PinError as error:
        yield broken(check, str(error), "make or fetch the certificate anew")
        return
    if end_s - now_s >= CERTIFICATE_WARNING_S:
        yield well(check, f"valid for {int((end_s - now_s) // 86_400)} days")
        return
    says, _, remedy = certificate_warning(party, ours, end_s, now_s).partition("; ")
    yield (broken if end_s <= now_s else soon)(check, says, remedy)
