"""What the sections of a node's file have in common."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

MAX_NODE_FILE_BYTES: Final = 256 * 1024

Listen = Annotated[str, msgspec.Meta(pattern=r"^(\[[0-9a-fA-F:]+\]|[0-9A-Za-z.-]+):[0-9]{1,5}$")]
"""host:port; port 0 takes a free one."""


class NodeFileError(ValueError):
    """The configuration cannot be used as it stands; its writer must correct it."""
