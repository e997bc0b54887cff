"""What the sections of a node's file have in common."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

MAX_NODE_FILE_BYTES: Final = 256 * 1024

_HOST_PORT: Final = r"^(\[[0-9a-fA-F:]+\]|[0-9A-Za-z.-]+):[0-9]{1,5}$"
_LINE_URL: Final = r"^https://(\[[0-9a-fA-F:]+\]|[0-9A-Za-z._-]+)(:[0-9]{1,5})?$"
_SHA256: Final = r"^[0-9a-f]{64}$"
_MEANT: Final = {
    _HOST_PORT: "host:port, for example 0.0.0.0:7443",
    _LINE_URL: "an https address without a path, for example https://south.example:7443",
    _SHA256: "64 hexadecimal digits in small letters, as `steerclear pair --peer-certificate FILE` shows them",
}

Listen = Annotated[str, msgspec.Meta(pattern=_HOST_PORT)]
"""host:port; port 0 takes a free one."""
LineUrl = Annotated[str, msgspec.Meta(pattern=_LINE_URL)]
"""Where a peer's line port is."""
Fingerprint = Annotated[str, msgspec.Meta(pattern=_SHA256)]
"""SHA-256 of a certificate."""


def fault_words(error: ValueError) -> str:
    """What is wrong with a file, in words: msgspec shows the pattern that a value should have matched."""
    words = str(error)
    for pattern, meant in _MEANT.items():
        words = words.replace(f"Expected `str` matching regex {pattern!r}", f"expected {meant}")
    return words


class NodeFileError(ValueError):
    """The configuration cannot be used as it stands; its writer must correct it."""
