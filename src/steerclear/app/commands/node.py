"""`steerclear node` with the agreement file, the key files and what a running node reads."""

from __future__ import annotations

from pathlib import Path

from steerclear.app.commands.record import read_versions
from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.node import NodeTools, node_commands
from steerclear.interfaces.cli.node_file import SEGMENTS_FOLDER, STORE_FILE, NodeConfig
from steerclear.services.backup_node import NodeFiles
from steerclear.services.evidence import EVIDENCE_FOLDER
from steerclear.services.restore_node import NodeIdentity


def _files(config: NodeConfig, path: Path) -> NodeFiles:
    from steerclear.app import node as running  # noqa: PLC0415 it takes time to load

    versions, files = running.read_versions(config)
    others = {"node.toml": path.read_bytes()}
    for number, pair in enumerate(files, 1):
        others[f"agreements/{number:04d}.toml"] = pair.agreement
        others[f"agreements/{number:04d}.sig"] = pair.signatures
    for number, statement in enumerate(running.read_statements(config), 1):
        others[f"statements/{number:04d}.note"] = statement
    return NodeFiles(
        party=config.file.node.party,
        agreement_id=versions.newest.agreement.agreement_id,
        agreements=tuple(version.sha256.hex() for version in versions.known),
        data=config.data_folder,
        store=STORE_FILE,
        segments=SEGMENTS_FOLDER,
        evidence=EVIDENCE_FOLDER,
        others=others,
    )


def _identity(config: NodeConfig) -> NodeIdentity:
    from steerclear.app import node as running  # noqa: PLC0415 it takes time to load

    versions, _ = running.read_versions(config)
    running.check_peers(config, versions.newest.agreement)
    return NodeIdentity(
        us=config.file.node.party,
        versions=versions,
        keys=running.read_keys(config),
        statements=running.read_statements(config),
        read_versions=read_versions,
    )


node = node_commands(NodeTools(decode=decode_agreement, files=_files, identity=_identity))
