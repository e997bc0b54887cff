"""What is remembered beside a node's keys: that they have signed a log.

An empty data folder looks like that of a new node. Where it is a disk that was not mounted, the node would sign a
second history with the same keys: the peer halts the line, and holds evidence of a cheat.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from steerclear.interfaces.cli.node_file import NodeConfig
from steerclear.store.errors import Fault, StoreError

BEGUN_FILE: Final = "has-signed-a-log"
"""Beside the signing key. It says where the log was at first, for a person; only whether it is there counts."""

_logger = logging.getLogger("steerclear.node")


class LogMissingError(StoreError):
    """The node's log is not where it should be: to begin another one would look like a cheat."""

    fault = Fault.OPERATOR


def check_begun(config: NodeConfig) -> None:
    """Raises LogMissingError where there is no log though the keys have signed one."""
    if _begun_path(config).exists() and not config.store_path.exists():
        raise LogMissingError(
            f"there is no log at {config.store_path}, and these keys have signed one ({_begun_path(config)}): mount the"
            " disk that it is on, or rebuild it with `steerclear node restore`; a second log under the same keys would"
            " be taken for a cheat. To begin anew, agree on new keys"
        )


def note_begun(config: NodeConfig) -> None:
    """Remember it from now on; a folder of keys that cannot be written to is warned of."""
    path = _begun_path(config)
    if path.exists():
        return
    try:
        path.write_text(f"The signing key beside this has signed the log in {config.store_path.resolve()}.\n")
    except OSError as trouble:
        _logger.warning(
            "an empty data folder will be taken for that of a new node: it cannot be noted that this one has a log",
            extra={"detail": f"{path}: {trouble.strerror}"},
        )


def _begun_path(config: NodeConfig) -> Path:
    return config.path(config.file.keys.signing).parent / BEGUN_FILE
