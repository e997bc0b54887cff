"""The data folder: room, the store's last receipts against its logs, and tokens that nobody else can read."""

from __future__ import annotations

import os
import re
import shutil
import statistics
from collections.abc import Iterator
from typing import Final

import msgspec

from steerclear.app.begun import LogMissingError, check_begun
from steerclear.app.doctor.findings import broken, soon, well
from steerclear.app.doctor.running import Running
from steerclear.app.node_figures import FEW_FREE_BYTES
from steerclear.dialogue.terms import Versions
from steerclear.interfaces.cli.doctor import Finding
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.node_file import TOKENS_FOLDER, NodeConfig
from steerclear.services.line_end import COSIGNED
from steerclear.services.line_events import RECEIPT
from steerclear.store import SqliteStore
from steerclear.store.errors import StoreError, StoreInUseError

LOOKED_BACK_ROWS: Final = 5_000
"""Events looked through for receipts, from the newest back."""
_OFFSET_LINE: Final = re.compile(r'steerclear_peer_clock_offset_seconds\{peer="(?P<peer>[^"]+)"\} (?P<offset_s>\S+)')


class _Receipt(msgspec.Struct):
    peer: str
    time_s: float


class StoreExamination(msgspec.Struct):
    """What was found in the store, and the peers' clocks as their receipts tell them."""

    findings: list[Finding]
    offsets_s: dict[str, float]
    """Median of the peer's clock minus ours."""


def examine_disk(config: NodeConfig) -> Iterator[Finding]:
    """The data folder is there or can be made, is ours, and has room."""
    folder = config.data_folder
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield broken("disk.data", f"{existing} cannot be written to", f"let the node's user write to {folder}")
        return
    yield well("disk.data", f"{folder} can be written to" if existing == folder else f"{folder} will be made")
    free_bytes = shutil.disk_usage(existing).free
    room = f"{free_bytes / 1e9:,.1f} GB are free"
    if free_bytes < FEW_FREE_BYTES:
        yield soon("disk.room", f"only {room}", "make room; on a full disk the line stops, though nothing is lost")
    else:
        yield well("disk.room", room)


def examine_store(config: NodeConfig, versions: Versions | None, running: Running | None) -> StoreExamination:
    """The store opens and holds what the last receipts say; of a running node only what it tells itself."""
    if running is not None:
        return StoreExamination([well("store", "in use by the running node")], _told_offsets(running))
    try:
        check_begun(config)
    except LogMissingError as error:
        remedy = "mount the disk it is on, or rebuild it with `steerclear node restore`; begin no second one"
        return StoreExamination([broken("store", str(error), remedy)], {})
    if not config.store_path.exists():
        return StoreExamination([well("store", "there is none yet; the node makes it")], {})
    try:
        with SqliteStore.open(config.store_path) as store:
            return StoreExamination([_checkpoints(store, versions)], _kept_offsets(store))
    except StoreInUseError as error:
        remedy = "another process holds it: a node that is starting or stopping, or one of another configuration"
        return StoreExamination([broken("store", str(error), remedy)], {})
    except StoreError as error:
        remedy = "`steerclear node restore` rebuilds it from a backup and the peers' mirrors"
        return StoreExamination([broken("store", str(error), remedy)], {})


def _checkpoints(store: SqliteStore, versions: Versions | None) -> Finding:
    checked = 0
    for log in store.logs():
        held = store.latest_checkpoint(log.log, COSIGNED)
        if held is None:
            continue
        if held.size > log.size or store.root_at(log.log, held.size) != held.root:
            return broken(
                "store",
                f"log {log.log!r} does not hold what its last receipt at {held.size} entries says",
                "it was set back or changed: restore it from a backup and the peer's mirror before the line goes on",
            )
        checked += 1
    ours = "" if versions is None else f" of agreement {versions.newest.agreement.agreement_id!r}"
    return well("store", f"it opens; {checked} last receipt(s){ours} fit its logs")


def _kept_offsets(store: SqliteStore) -> dict[str, float]:
    offsets: dict[str, list[float]] = {}
    for row in store.journal(max(0, store.last_sequence() - LOOKED_BACK_ROWS), LOOKED_BACK_ROWS):
        if row.kind == RECEIPT:
            receipt = msgspec.json.decode(row.payload, type=_Receipt)
            offsets.setdefault(receipt.peer, []).append(receipt.time_s - row.time_s)
    return {peer: statistics.median(found) for peer, found in offsets.items()}


def _told_offsets(running: Running) -> dict[str, float]:
    """From its figures: the last receipt of each peer since it started."""
    try:
        lines = running.client.figures().splitlines()
    except CommandError:
        return {}
    found = (_OFFSET_LINE.fullmatch(line) for line in lines)
    return {match["peer"]: float(match["offset_s"]) for match in found if match}


def examine_tokens(config: NodeConfig) -> Iterator[Finding]:
    """Token files that are there can be read by their owner only."""
    found = sorted((config.data_folder / TOKENS_FOLDER).rglob("*.token"))
    for path in found:
        if path.stat().st_mode & 0o077:
            yield broken("tokens", f"{path} can be read by others", "delete it and restart: the node makes a new one")
    if not found:
        yield well("tokens", "there are none yet; the node makes them")
    elif all(path.stat().st_mode & 0o077 == 0 for path in found):
        yield well("tokens", f"{len(found)} token files, readable by their owner only")
