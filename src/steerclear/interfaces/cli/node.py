"""`steerclear node`: a new node's file, a backup while the node runs, and a lost node built again."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from steerclear.interfaces.cli.agreement_files import beside, read_file
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.node_file import STORE_FILE, NodeConfig, read_node_config
from steerclear.interfaces.cli.node_new import NewNode, NewPeer, node_text, split_pairs
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc
from steerclear.model.agreement import Agreement, Party
from steerclear.model.keys import KeyRole
from steerclear.services.backup_node import BackupError, BackupManifest, NodeFiles, Told, back_up
from steerclear.services.record_bundle import RecordError, read_bundle
from steerclear.services.restore_line import RestoreError
from steerclear.services.restore_node import NodeIdentity, RestoreReport, restore_node
from steerclear.store.errors import StoreError
from steerclear.store.key_files import certificate_sha256, key_path, load_private_key

Pairs = Annotated[list[str], Parameter(negative=())]
Bundles = Annotated[list[Path] | None, Parameter(name="--bundle", negative=())]


class NodeTools(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands need from the rooms they may not import; all raise ValueError or OSError for a person."""

    decode: Callable[[bytes], Agreement]
    files: Callable[[NodeConfig, Path], NodeFiles]
    """(what the node's file says, the file) -> what of the node is backed up."""
    identity: Callable[[NodeConfig], NodeIdentity]


def node_commands(tools: NodeTools) -> App:
    """The `node` group of commands."""
    app = App(name="node", help="Write a node's file; back a node up; build a lost node again.")
    app.command(_new_command(tools), name="new")
    app.command(_backup_command(tools), name="backup")
    app.command(_restore_command(tools), name="restore")
    return app


def _new_command(tools: NodeTools) -> Callable[..., int]:
    def new(
        *,
        party: str,
        agreement: Path,
        keys: Path,
        peer: Pairs,
        peer_certificate: Pairs,
        out: Path = NODE_FILE,
        listen: str = "0.0.0.0:7443",
        local: str = "127.0.0.1:7480",
        json: Json = False,
    ) -> int:
        """Write a complete node file, with which `steerclear serve` starts. One that is there is never overwritten.

        Exit codes: 0 done, 2 usage, 5 the agreement cannot be read, 9 a key, a certificate or OUT cannot be used.

        Parameters
        ----------
        party
            Our party, as the agreement names it.
        agreement
            The agreement; its signatures are expected beside it, in AGREEMENT.sig.
        keys
            The folder that `steerclear keys new` has made.
        peer
            PARTY=URL of another party's line port; once for each other party.
        peer_certificate
            PARTY=FILE with the certificate (tls.crt) that it has handed over.
        out
            The file to write.
        listen
            host:port where the peers come in.
        local
            host:port of the local API, on this machine.
        json
            One JSON document.
        """

        def work() -> None:
            terms = _agreement(tools, agreement)
            made = _new_node(terms, party, agreement, keys, peer, peer_certificate, listen, local)
            _write_checked(out, node_text(made, out.absolute().parent))
            if json:
                print_json({"file": str(out), "party": party, "peers": [one.party for one in made.peers]})
                return
            print_line(f"wrote {out}; start the node with: steerclear serve --config {out}")
            if not made.signatures.exists():
                print_line(f"before that, all parties sign the agreement; {made.signatures} is not there yet")

        return ending(work)

    return new


def _agreement(tools: NodeTools, path: Path) -> Agreement:
    try:
        return tools.decode(read_file(path))
    except OSError as error:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, str(error)) from None


def _new_node(
    terms: Agreement,
    party: str,
    agreement: Path,
    keys: Path,
    peer: list[str],
    peer_certificate: list[str],
    listen: str,
    local: str,
) -> NewNode:
    parties = sorted(one.party_id for one in terms.parties)
    others = [one for one in parties if one != party]
    if party not in parties:
        raise CommandError(ExitCode.USAGE, f"the agreement has no party {party!r}; it has {', '.join(parties)}")
    try:
        urls, certificates = split_pairs(peer, "--peer"), split_pairs(peer_certificate, "--peer-certificate")
    except ValueError as error:
        raise CommandError(ExitCode.USAGE, str(error)) from None
    for option, named in (("--peer", urls), ("--peer-certificate", certificates)):
        if sorted(named) != others:
            raise CommandError(ExitCode.USAGE, f"give {option} once for each other party: {', '.join(others)}")
    try:
        peers = [
            NewPeer(one, urls[one], Path(certificates[one]), certificate_sha256(Path(certificates[one])))
            for one in others
        ]
        certificate_sha256(keys / "tls.crt")
        _check_signing_key(terms.party(party), keys)
    except StoreError as error:
        raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
    ml_dsa = key_path(keys, KeyRole.WITNESS_ML_DSA).exists()
    return NewNode(terms.party(party), agreement, beside(agreement), keys, listen, local, peers, ml_dsa)


def _check_signing_key(party: Party, keys: Path) -> None:
    """Raises CommandError, StoreError unless the folder's signing key is the one that the agreement names."""
    path = key_path(keys, KeyRole.SIGNING)
    ours = load_private_key(path).public_key().public_bytes_raw()
    if party.keys is not None and ours != party.keys.signing:
        raise CommandError(
            ExitCode.CONFIGURATION,
            f"{path} is not the signing key that the agreement names for {party.party_id!r}; name the folder with"
            f" {party.party_id}'s own keys, or put these keys into the agreement before it is signed",
        )


def _write_checked(out: Path, text: str) -> None:
    """Write the file for its owner only, and read it back as the node will."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(
            ExitCode.CONFIGURATION, f"{out} is there already and is never overwritten; choose another name with --out"
        ) from None
    except OSError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"cannot write {out}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        read_node_config(out)
    except ValueError as error:
        out.unlink()
        raise CommandError(ExitCode.USAGE, f"the node could not use this: {error}") from None


def _backup_command(tools: NodeTools) -> Callable[..., int]:
    def backup(target: Path, *, config: Path = NODE_FILE, json: Json = False) -> int:
        """Back a node up into a new folder, while it runs or not: the store, checked, and all it needs to be restored.

        Not in it: private keys and access tokens. In it: all that was said, and the secrets in the node's file; keep it
        as you keep the node.

        Exit codes: 0 done, 1 the store is damaged, 9 the node's file or TARGET cannot be used.

        Parameters
        ----------
        target
            The folder to make; one that is there is never touched.
        config
            The node's file.
        json
            One JSON document.
        """

        def work() -> None:
            with _told_errors(), _progress(json) as told:
                manifest = back_up(target, tools.files(read_node_config(config), config), time.time(), told)
            if json:
                print_json({"folder": str(target), "backup": msgspec.structs.asdict(manifest)})
            else:
                _print_backup(target, manifest)

        return ending(work)

    return backup


def _print_backup(target: Path, manifest: BackupManifest) -> None:
    print_line(
        f"wrote {target}: {manifest.journal_rows:,} journal rows, {len(manifest.files)} files, every hash checked"
    )
    print_table(("log", "entries", "root"), ((one.log, one.size, one.root[:16]) for one in manifest.logs))
    for name in manifest.missing:
        print_line(f"MISSING: {name}: the node does not have it, or not as its journal says")
    print_line("Not in it: private keys (keep them apart) and access tokens (made anew).")


def _restore_command(tools: NodeTools) -> Callable[..., int]:
    def restore(
        backup: Path | None = None, *, config: Path = NODE_FILE, bundle: Bundles = None, json: Json = False
    ) -> int:
        """Build a lost node again: from a backup, from what its peers exported (`steerclear record export`), or both.

        Everything is checked before, and the data folder is whole at the end or as it was. The restored node says
        nothing to a peer before that peer has shown how far it holds our log.

        Exit codes: 0 done, 8 a bundle does not hold, 9 the backup, a bundle or the node's file cannot be used.

        Parameters
        ----------
        backup
            The folder that `steerclear node backup` has made; none where there is none.
        config
            The node's file; its data folder must be empty or not there.
        bundle
            A record that a peer has exported; one for each peer, several are good.
        json
            One JSON document.
        """

        def work() -> None:
            with _told_errors(), _progress(json) as told:
                at = read_node_config(config)
                bundles = [(str(path), read_bundle(path)) for path in bundle or ()]
                report = restore_node(
                    at.data_folder, STORE_FILE, tools.identity(at), backup, bundles, time.time(), told
                )
            if json:
                print_json(report)
            else:
                _print_restored(report, config)

        return ending(work)

    return restore


def _print_restored(report: RestoreReport, config: Path) -> None:
    made = "" if report.backup_made_s is None else f", made {utc(report.backup_made_s)}"
    print_line(f"restored {report.party} from {report.backup or 'bundles alone'}{made}")
    logs = [log for peer in report.peers for log in (peer.own, peer.mirror)]
    rows = ((one.log, one.from_backup, one.from_bundles, one.size, one.root[:16]) for one in logs)
    print_table(("log", "from the backup", "from bundles", "entries", "root"), rows)
    print_line("Not restored:")
    for what in report.not_restored:
        print_line(f"  - {what}")
    print_line(f"Start it with: steerclear serve --config {config}")
    print_line("It waits to hear from each peer before it says anything; `steerclear line status` shows for whom.")


@contextmanager
def _told_errors() -> Iterator[None]:
    """What is wrong with files, backups and bundles, as the end of a command."""
    try:
        yield
    except RecordError as error:
        raise CommandError(ExitCode.RECORD_REFUSED, f"a bundle does not hold: {error}; nothing was restored") from None
    except StoreError as error:
        raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
    except (BackupError, RestoreError, ValueError) as error:
        raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
    except OSError as error:
        told = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        raise CommandError(ExitCode.CONFIGURATION, told) from None


@contextmanager
def _progress(json: bool) -> Iterator[Told]:
    """A line on standard error that says how far it is, where a person looks on."""
    shown = not json and sys.stderr.isatty()

    def told(what: str, done: int, of: int) -> None:
        if shown:
            sys.stderr.write(f"\r\x1b[K{what}: {done:,} of {of:,}")
            sys.stderr.flush()

    try:
        yield told
    finally:
        if shown:
            with suppress(OSError):
                sys.stderr.write("\r\x1b[K")
