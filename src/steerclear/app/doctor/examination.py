"""The order of an examination: each part goes on from what the parts before it could read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from steerclear.app.doctor.agreement import examine_agreement, examine_outlets
from steerclear.app.doctor.clock import examine_clock
from steerclear.app.doctor.disk import examine_disk, examine_store, examine_tokens
from steerclear.app.doctor.findings import broken, well
from steerclear.app.doctor.keys import examine_certificates, examine_keys
from steerclear.app.doctor.network import examine_peers, examine_ports
from steerclear.app.doctor.running import examine_lines, examine_running
from steerclear.interfaces.cli.doctor import Finding
from steerclear.interfaces.cli.node_file import NodeFileError, read_node_config


def examine(path: Path) -> Iterator[Finding]:
    """Everything that can be found about the node of a file, in order."""
    try:
        config = read_node_config(path)
    except NodeFileError as error:
        yield broken("configuration", str(error), "correct the file; `docs/node.md` shows one")
        return
    yield well("configuration", f"{path} can be read")
    now_s = time.time()
    versions, found = examine_agreement(config, now_s)
    yield from found
    yield from examine_keys(config, versions)
    yield from examine_certificates(config, now_s)
    yield from examine_disk(config)
    running, found = examine_running(path, config)
    yield from found
    store = examine_store(config, versions, running)
    yield from store.findings
    yield from examine_tokens(config)
    yield from examine_ports(config, running)
    yield from examine_peers(config)
    yield from examine_lines(running)
    yield from examine_clock(store.offsets_s)
    yield from examine_outlets(config, versions)
