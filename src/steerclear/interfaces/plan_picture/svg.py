"""Writing SVG: elements with numbers kept short, and every text escaped, on one line and of bounded length."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable


def plain(text: object, at_most: int = 200) -> str:
    """A text as it may stand in a picture: printable, without signs that change its direction, cut with an ellipsis."""
    one_line = " ".join("".join(sign if _harmless(sign) else " " for sign in str(text)[: 4 * at_most]).split())
    return one_line if len(one_line) <= at_most else one_line[: at_most - 1].rstrip() + "…"


def _harmless(sign: str) -> bool:
    return unicodedata.category(sign)[0] not in "CZ" or sign == " "


def number(value: float) -> str:
    """A coordinate with one decimal, without needless zeros."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def path(points: Iterable[tuple[float, float]], *, closed: bool) -> str:
    """The `d` of a line through points."""
    joined = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f"M{joined}Z" if closed else f"M{joined}"


class Drawing:
    """An SVG under construction: elements in the order in which they are painted."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def add(self, name: str, /, **attributes: object) -> None:
        """One element without content; `_` in a name stands for `-`."""
        self._parts.append(f"<{name}{_written(attributes)}/>")

    def open(self, name: str, /, **attributes: object) -> None:
        """The beginning of an element that holds others."""
        self._parts.append(f"<{name}{_written(attributes)}>")

    def close(self, name: str) -> None:
        """The end of an element."""
        self._parts.append(f"</{name}>")

    def text(self, x: float, y: float, content: object, /, at_most: int = 200, **attributes: object) -> None:
        """A line of text whose baseline begins (or ends, or has its middle) at a point."""
        given = {"x": number(x), "y": number(y)} | attributes
        self._parts.append(f"<text{_written(given)}>{html.escape(plain(content, at_most))}</text>")

    def said(self, name: str, content: object) -> None:
        """An element that holds only text: title, desc."""
        self._parts.append(f"<{name}>{html.escape(plain(content, 400))}</{name}>")

    def style(self, rules: str) -> None:
        """The style sheet, which is our own."""
        self._parts.append(f"<style>{rules}</style>")

    def whole(self) -> str:
        """All of it."""
        return "".join(self._parts)


def _written(attributes: dict[str, object]) -> str:
    written = ""
    for name, value in attributes.items():
        if value is not None:
            text = number(value) if isinstance(value, float) else str(value)
            written += f' {name.rstrip("_").replace("_", "-")}="{html.escape(text)}"'
    return written


def wrapped(text: object, width: int, lines: int) -> list[str]:
    """A text in at most so many lines of so many characters, the last one cut with an ellipsis."""
    words, found = plain(text, width * lines * 2).split(" "), [""]
    for word in words:
        piece = word if len(word) <= width else word[: width - 1] + "…"
        joined = f"{found[-1]} {piece}".strip()
        if len(joined) <= width:
            found[-1] = joined
        elif len(found) == lines:
            found[-1] = found[-1][: width - 1].rstrip() + "…"
            break
        else:
            found.append(piece)
    return found
