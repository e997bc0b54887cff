"""Ids of agreements, parties, desks and zones: one rule for whoever writes them and whoever reads them."""

from __future__ import annotations

import re

from steerclear.model.limits import MAX_IDENTIFIER_CHARS

_IDENTIFIER = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MAX_IDENTIFIER_CHARS - 1}}}")


def checked_identifier(value: object) -> str:
    """The id itself. Raises ValueError, saying what an id may be."""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        most = MAX_IDENTIFIER_CHARS
        raise ValueError(f"{value!r} must be 1 to {most} of a-z, 0-9, '.', '_', '-', beginning with a letter or digit")
    if "-to-" in value:
        raise ValueError(f"{value!r}: '-to-' joins two parties in the name of their log; use another word")
    return value


def folded(name: str) -> str:
    """A name as it is compared: what sounds the same when read aloud is the same."""
    return " ".join(name.casefold().split())
