"""Places that both sides know by name: from them positions are read back, and words are held against coordinates."""

from __future__ import annotations

import msgspec

from steerclear.model.volumes import Position


class KnownPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place that both sides know by name."""

    name: str
    position: Position
