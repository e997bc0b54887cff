"""Writing SVG with every text escaped, in the report's own colours: no style sheet, so that it looks alike in PDF."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

from steerclear.interfaces.report_page.blocks import shown

COLOURS: Final = ("#0b63b8", "#c25400", "#6b3fa0", "#008060", "#a8437f", "#8a6d00")
"""Of the parties, in the order of the agreement; people with any colour vision tell them apart, and names stand too."""
UNKNOWN: Final = "#68737d"
INK, SOFT, RULE, BAD, PAPER = "#17202a", "#5c6873", "#d6dce1", "#c0182b", "#ffffff"
_FONT: Final = "DejaVu Sans, Noto Sans, sans-serif"


def number(value: float) -> str:
    """A coordinate with one decimal."""
    return f"{value:.1f}".removesuffix(".0")


class Drawing:
    """An SVG under construction."""

    def __init__(self, width: float, height: float, says: str) -> None:
        self.width, self.height = width, height
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" role="img"'
            f' aria-label="{html.escape(shown(says))}">'
        ]

    def add(self, name: str, /, **attributes: object) -> None:
        """One element; `_` in an attribute's name stands for `-`."""
        written = "".join(
            f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items()
        )
        self._parts.append(f"<{name}{written}/>")

    def line(self, points: Iterable[tuple[float, float]], stroke: str, **attributes: object) -> None:
        """A line through points."""
        joined = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self.add("polyline", points=joined, fill="none", stroke=stroke, **attributes)

    def text(
        self, x: float, y: float, words: object, size: float = 11.0, fill: str = INK, anchor: str = "start"
    ) -> None:
        """A line of text, at most 60 signs of it."""
        told = shown(words)
        told = told if len(told) <= 60 else told[:59] + "…"
        self._parts.append(
            f'<text x="{number(x)}" y="{number(y)}" font-family="{_FONT}" font-size="{number(size)}" fill="{fill}"'
            f' text-anchor="{anchor}">{html.escape(told)}</text>'
        )

    def whole(self) -> str:
        """The finished SVG."""
        return "".join((*self._parts, "</svg>"))


def colour_of(parties: tuple[tuple[str, str], ...], party: str | None) -> str:
    """The colour of a party; grey for nobody known."""
    ids = [one for one, _ in parties]
    return COLOURS[ids.index(party) % len(COLOURS)] if party in ids else UNKNOWN
