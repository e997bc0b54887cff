"""What a report is made of, whether it becomes HTML or PDF: sections of texts, lists, tables and pictures.

A text is a text: neither of the two writers takes anything in it as markup.
"""

from __future__ import annotations

import unicodedata

import msgspec

from steerclear.interfaces.report_page.limits import MAX_CELL_CHARS


class Text(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """A paragraph."""

    words: str
    look: str = ""
    """"note", "answer", or empty."""


class Bullets(msgspec.Struct, frozen=True, kw_only=True, tag="bullets"):
    """A list."""

    lines: tuple[str, ...]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table."""

    cells: tuple[str, ...]
    look: str = ""
    """The kind of entry, or how it stands: a class of the page's own style, from our own code only."""
    time_s: float | None = None
    party: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """A table; `entries` marks the one that can be filtered and walked through."""

    columns: tuple[str, ...]
    widths: tuple[int, ...]
    """Shares of the width."""
    rows: tuple[Row, ...]
    entries: bool = False


class Picture(msgspec.Struct, frozen=True, kw_only=True, tag="picture"):
    """A drawing of our own, as SVG in which every text is escaped."""

    svg: str
    says: str
    """The same in words, for who does not see it."""
    name: str


Block = Text | Bullets | Table | Picture


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the report."""

    name: str
    """An id of our own."""
    title: str
    blocks: tuple[Block, ...]


def shown(text: object) -> str:
    """A text as a page may be given it: signs that do not show or that turn its direction are spelled out."""
    whole = str(text)
    cut = whole if len(whole) <= MAX_CELL_CHARS else whole[: MAX_CELL_CHARS - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(sign if _shows(sign) else f"\\u{ord(sign):04x}" for sign in cut)


def _shows(sign: str) -> bool:
    return sign == "\n" or unicodedata.category(sign)[0] != "C"
