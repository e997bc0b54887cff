"""How parties and kinds are told apart: a colour and an edge for each party, a pattern for each kind, a letter each.

Colours are those of Okabe and Ito, which people with any colour vision tell apart; no meaning hangs on a colour alone.
"""

from __future__ import annotations

from typing import Final

from steerclear.interfaces.plan_picture.svg import Drawing
from steerclear.model.declared import DeclaredKind

PLAN_COLOUR: Final = "#1b2a49"
ALARM_COLOUR: Final = "#b3001b"
PROPOSAL_COLOUR: Final = "#005c46"
PROPOSAL_FILL: Final = "#d9efe6"
PLAN_FILL: Final = "#c3cee6"
PARTY_COLOURS: Final = ("#0072b2", "#d55e00", "#008060", "#a8437f", "#8a6d00", "#3f6fc4", "#7a4a2b", "#5b5b5b")
PARTY_DASHES: Final = ("none", "9 3", "3 3", "12 3 3 3", "6 2", "2 2", "14 4", "8 3 2 3")
KIND_NAMES: Final = {
    DeclaredKind.FLIGHT: "flight",
    DeclaredKind.ZONE: "zone",
    DeclaredKind.AGREED_ZONE: "agreed zone",
    DeclaredKind.SITE: "protected site",
    DeclaredKind.MOVEMENT: "movement",
    DeclaredKind.AREA: "area of authority",
}
STYLE: Final = (
    "text{font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif;font-size:12px;fill:#1d2433}"
    ".t{font-size:19px;font-weight:600}.s{fill:#4a5468}.h{font-size:13px;font-weight:600}"
    ".d{font-size:10.5px;fill:#667085;paint-order:stroke;stroke:#fbfbf8;stroke-width:3px}.b{font-weight:600}.g{font-size:10.5px;fill:#667085}.n{font-weight:700;fill:#fff;text-anchor:middle}"
    ".k{font-size:11.5px;font-weight:700;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:3.5px;"
    "stroke-linejoin:round}"
)

_PATTERNS: Final = {
    DeclaredKind.FLIGHT: "M-2 10L10 -2M4 12L12 4M-2 2L2 -2",
    DeclaredKind.ZONE: "M-2 10L10 -2M-2 -2L10 10M4 12L12 4M-2 2L2 -2",
    DeclaredKind.AGREED_ZONE: "M0 2.5H8M0 6.5H8",
    DeclaredKind.SITE: "M1 2H3M2 1V3M5 6H7M6 5V7",
    DeclaredKind.MOVEMENT: "M2.5 0V8M6.5 0V8",
    DeclaredKind.AREA: "M4 2V6",
}
"""Strokes on a tile of 8 by 8: stripes, crosses, lines, dots."""


class PartyStyles:
    """The colour and edge of each party, in the order in which parties are first seen."""

    def __init__(self) -> None:
        self._order: dict[str, int] = {}
        self._used: dict[tuple[int, DeclaredKind], None] = {}

    def _rank(self, party: str) -> int:
        return self._order.setdefault(party, len(self._order)) % len(PARTY_COLOURS)

    def colour(self, party: str) -> str:
        """Of lines and letters."""
        return PARTY_COLOURS[self._rank(party)]

    def dash(self, party: str) -> str:
        """Of edges."""
        return PARTY_DASHES[self._rank(party)]

    def fill(self, party: str, kind: DeclaredKind) -> str:
        """The pattern, by reference; `define` writes those that were asked for."""
        rank = self._rank(party)
        self._used.setdefault((rank, kind))
        return f"url(#p{rank}{kind.value})"

    def define(self, drawing: Drawing) -> None:
        """Write the patterns."""
        drawing.open("defs")
        for rank, kind in self._used:
            colour = PARTY_COLOURS[rank]
            drawing.open("pattern", id=f"p{rank}{kind.value}", width=8, height=8, patternUnits="userSpaceOnUse")
            drawing.add("rect", width=8, height=8, fill=_tinted(colour))
            drawing.add("path", d=_PATTERNS[kind], stroke=colour, stroke_width="1", fill="none")
            drawing.close("pattern")
        drawing.close("defs")


def _tinted(colour: str) -> str:
    """The colour mixed with much white."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * 0.16):02x}" for part in parts)


def letter(index: int) -> str:
    """A to Z, then AA, AB and so on."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text
