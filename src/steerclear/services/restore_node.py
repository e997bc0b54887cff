"""A lost node is built again: from a backup, from the bundles that its peers exported, or from both.

Everything is built in a folder beside the data folder and moved into place at the end, so that a restore that is
refused, or dies, leaves nothing behind. The last thing that goes into the new store is that every peer has still to
show how far it holds our log: a node that was set back must not write before it knows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from steerclear.dialogue.terms import Versions, line_terms
from steerclear.services.backup_node import DATA, MANIFEST, BackupError, BackupManifest, Told, read_backup
from steerclear.services.key_changes import missing_changes
from steerclear.services.line_end import LineEnd, LineKeys
from steerclear.services.line_views import line_views
from steerclear.services.record_bundle import Bundle
from steerclear.services.restore_line import BundleLine, LineRestorer, RestoreError, bundle_line
from steerclear.services.restored import LineRestored, restored_event
from steerclear.services.verify_record import ReadVersions, check_record
from steerclear.store import SqliteStore
from steerclear.store.entries import Append
from steerclear.store.folders import sync_folder

OpenStore = Callable[[Path], SqliteStore]


class NodeIdentity(msgspec.Struct, frozen=True):
    """Who is restored, and what it can sign and read with."""

    us: str
    versions: Versions
    keys: LineKeys
    statements: Sequence[bytes]
    """Our key statements, oldest first."""
    read_versions: ReadVersions


class RestoredLog(msgspec.Struct, frozen=True, kw_only=True):
    """One log after a restore, and where its entries came from."""

    log: str
    from_backup: int
    from_bundles: int
    size: int
    root: str


class RestoredPeer(msgspec.Struct, frozen=True, kw_only=True):
    """Both logs with one peer."""

    peer: str
    bundles: tuple[str, ...]
    """The bundles that were used for it, oldest first."""
    own: RestoredLog
    mirror: RestoredLog


class RestoreReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored, from where, and what was not."""

    party: str
    backup: str | None
    backup_made_s: float | None
    journal_rows: int
    peers: tuple[RestoredPeer, ...]
    not_restored: tuple[str, ...]


def restore_node(
    data: Path,
    store_name: str,
    node: NodeIdentity,
    backup: Path | None,
    bundles: Sequence[tuple[str, Bundle]],
    now_s: float,
    told: Told,
) -> RestoreReport:
    """Build the data folder `data`, which must be empty or not there, out of a backup and named bundles.

    Raises BackupError, RestoreError, RecordError, KeysError, StoreError, OSError; then `data` is as it was.
    """
    if data.exists() and any(data.iterdir()):
        raise RestoreError(f"{data} is not empty; a restore never overwrites: stop the node and move the folder away")
    if backup is None and not bundles:
        raise RestoreError("give a backup, or a bundle that a peer exported, or both: there is nothing to restore from")
    manifest = None if backup is None else _checked_backup(backup, node)
    building = data.with_name(f"{data.name}.restoring")
    shutil.rmtree(building, ignore_errors=True)  # of a restore that died
    building.mkdir(mode=0o700, parents=True)
    try:
        if backup is not None and manifest is not None:
            _put_back(backup, manifest, building, told)
        report = _build(building / store_name, node, manifest, backup, bundles, now_s, told)
        for folder, _, names in os.walk(building):
            for name in names:
                with Path(folder, name).open("rb") as file:
                    os.fsync(file.fileno())
            sync_folder(Path(folder))
        building.rename(data)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    sync_folder(data.parent)
    return report


def _checked_backup(backup: Path, node: NodeIdentity) -> BackupManifest:
    manifest = read_backup(backup)
    if manifest.party != node.us:
        raise BackupError(f"{backup} is a backup of {manifest.party!r}, and the node's file is of {node.us!r}")
    known = tuple(version.sha256.hex() for version in node.versions.known)
    if manifest.agreements != known[: len(manifest.agreements)]:
        raise BackupError(
            f"{backup} was made under other versions of agreement {manifest.agreement_id!r} than the node's file names;"
            " name the files that the backup has in its folder agreements/"
        )
    return manifest


def _put_back(backup: Path, manifest: BackupManifest, building: Path, told: Told) -> None:
    names = [name for name in manifest.files if name.startswith(f"{DATA}/") and name != MANIFEST]
    for number, name in enumerate(names, 1):
        target = building / name.removeprefix(f"{DATA}/")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(backup / name, target)
        target.chmod(0o600)
        told("putting the backup back", number, len(names))


def _build(
    path: Path,
    node: NodeIdentity,
    manifest: BackupManifest | None,
    backup: Path | None,
    bundles: Sequence[tuple[str, Bundle]],
    now_s: float,
    told: Told,
) -> RestoreReport:
    newest = node.versions.newest.agreement
    peers = [party.party_id for party in newest.parties if party.party_id != node.us]
    with SqliteStore.open(path, line_views()) as store:
        store.audit()
        _check_logs(store, node, peers)
        before = {log.log: log.size for log in store.logs()}
        sources = _sorted_sources(node, bundles, told)
        for number, (peer, _, source) in enumerate(sources, 1):
            line = LineEnd(line_terms(node.versions, node.us, peer), node.keys, store)
            LineRestorer(store, line, source, now_s).restore()
            told("appending what the peers hold", number, len(sources))
        restored = []
        for peer in peers:
            line = LineEnd(line_terms(node.versions, node.us, peer), node.keys, store)
            missing_changes(line, node.keys, node.us, node.statements)  # are these the keys that count now?
            event = LineRestored(
                peer=peer, own_size=line.outgoing.frontier.size, mirror_size=line.incoming.frontier.size
            )
            key = f"restored/{peer}/{store.last_sequence()}"
            store.append(Append(key=key, events=(restored_event(event, now_s),)))
            names = tuple(name for other, name, _ in sources if other == peer)
            logs = [_restored_log(store, log.origin, before) for log in (line.terms.outgoing, line.terms.incoming)]
            restored.append(RestoredPeer(peer=peer, bundles=names, own=logs[0], mirror=logs[1]))
        audit = store.audit()
    return RestoreReport(
        party=node.us,
        backup=None if backup is None else str(backup),
        backup_made_s=None if manifest is None else manifest.made_s,
        journal_rows=audit.journal_rows,
        peers=tuple(restored),
        not_restored=_not_restored(manifest, restored),
    )


def _check_logs(store: SqliteStore, node: NodeIdentity, peers: Sequence[str]) -> None:
    """Raises BackupError for a store that holds logs of other lines than the agreement's."""
    terms = [line_terms(node.versions, node.us, peer) for peer in peers]
    known = {log.origin for one in terms for log in (one.outgoing, one.incoming)}
    for log in store.logs():
        if log.log not in known:
            raise BackupError(f"the backup holds log {log.log!r}, which is of no line of the agreement")


def _sorted_sources(
    node: NodeIdentity, bundles: Sequence[tuple[str, Bundle]], told: Told
) -> list[tuple[str, str, BundleLine]]:
    """(peer, name, bundle) of each bundle, checked whole, the oldest first. Raises RestoreError, RecordError."""
    found = []
    for number, (name, bundle) in enumerate(bundles, 1):
        checked = check_record(bundle, node.read_versions)
        exporter, other = checked.terms.us, checked.terms.peer
        if node.us not in (exporter, other):
            raise RestoreError(f"{name} is a record of {exporter} and {other}; {node.us} has no part in it")
        peer = other if exporter == node.us else exporter
        try:
            terms = line_terms(node.versions, node.us, peer)
        except KeyError:
            raise RestoreError(f"{name}: the agreement of the node's file has no party {peer!r}") from None
        try:
            found.append((peer, name, bundle_line(bundle, checked, terms)))
        except RestoreError as error:
            raise RestoreError(f"{name}: {error}") from None
        told("checking the bundles", number, len(bundles))
    return sorted(found, key=lambda one: (one[0], one[2].checked.exported_s))


def _restored_log(store: SqliteStore, origin: str, before: dict[str, int]) -> RestoredLog:
    held = store.log_state(origin)
    from_backup = before.get(origin, 0)
    return RestoredLog(
        log=origin,
        from_backup=from_backup,
        from_bundles=held.size - from_backup,
        size=held.size,
        root=held.root.hex(),
    )


def _not_restored(manifest: BackupManifest | None, restored: Sequence[RestoredPeer]) -> tuple[str, ...]:
    since = "" if manifest is None else " after the backup"
    told = [
        f"What this node put into its journal for itself alone{since}: alerts that concern no peer, faults seen, states"
        " of the links, which outlets were tried.",
        f"Messages that were written{since} and never reached the peer, and alerts that waited for their turn.",
        "Access tokens: the node makes new ones when it starts; hand them to the desks.",
    ]
    if manifest is None:
        told.append("Reports of the picture, and evidence against peers: they are in backups only.")
    else:
        told.append("Reports of the picture after the last segment that the backup names.")
        told += [f"{name}: the backup itself did not have it." for name in manifest.missing]
    told += [
        f"Anything said with {one.peer}{since}: no bundle of that line was given."
        for one in restored
        if not one.bundles
    ]
    return tuple(told)
