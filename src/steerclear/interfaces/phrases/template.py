"""Sentences with blanks: `{name}` or, in phrases, `{name:type}`.

A blank is filled once and what fills it is not looked at again, so a value that looks like a blank stays what it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

import msgspec

_BLANK: Final = re.compile(r"\{([a-z][a-z_]{0,31})(?::([a-z]{1,16}))?\}")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that do not show as what they are: control, format (direction overrides), surrogates, private."""


class Blank(msgspec.Struct, frozen=True):
    """A place to be filled."""

    name: str
    type: str


class Template(msgspec.Struct, frozen=True):
    """A sentence in the order in which it is said."""

    parts: tuple[str | Blank, ...]

    @property
    def blanks(self) -> dict[str, str]:
        """Type of each blank by its name, in their order."""
        return {part.name: part.type for part in self.parts if isinstance(part, Blank)}

    def longest(self, most_chars: Mapping[str, int]) -> int:
        """Characters of the whole when every blank is as long as its name allows."""
        return sum(len(part) if isinstance(part, str) else most_chars[part.name] for part in self.parts)

    def fill(self, values: Mapping[str, str]) -> str:
        """The sentence with every blank filled."""
        return "".join(part if isinstance(part, str) else values[part.name] for part in self.parts)


def parse(text: str) -> Template:
    """A template. Raises ValueError for a stray brace, for hidden characters, and for a name of two types."""
    if not text.strip() or text != text.strip() or hides(text):
        raise ValueError("must be one line of visible characters without spaces around it")
    parts: list[str | Blank] = []
    at = 0
    for found in _BLANK.finditer(text):
        parts += [text[at : found.start()], Blank(found[1], found[2] or "")]
        at = found.end()
    parts.append(text[at:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise ValueError("has a brace that is no part of a blank; blanks are {name:type}, in small letters")
    template = Template(tuple(part for part in parts if part))
    for part in template.parts:
        if isinstance(part, Blank) and template.blanks[part.name] != part.type:
            raise ValueError(f"gives {{{part.name}}} two types")
    return template


def hides(text: str) -> bool:
    """Whether a text holds a character that does not show as what it is."""
    return not text.isprintable() and any(unicodedata.category(char) in _HIDDEN for char in text)
