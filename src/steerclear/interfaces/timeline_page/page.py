"""Puts a timeline's content and the page's own style and script into one HTML file."""

from __future__ import annotations

import html
import re
from importlib.resources import files

import msgspec

from steerclear.interfaces.timeline_page.content import Timeline


def render_timeline(timeline: Timeline) -> bytes:
    """The page as UTF-8 HTML, with everything it needs inside.

    The content is data, never markup: it travels as JSON in which `<` cannot occur, and the script writes it with
    text nodes only, so a callsign or a remark cannot become part of the page.
    """
    folder = files("steerclear.interfaces.timeline_page")
    data = msgspec.json.encode(timeline).replace(b"<", b"\\u003c").decode()
    page = folder.joinpath("page.html").read_text("utf-8")
    parts = {
        "title": html.escape(timeline.title),
        "style": folder.joinpath("page.css").read_text("utf-8"),
        "data": data,
        "script": folder.joinpath("page.js").read_text("utf-8"),
    }
    # One pass: what is put in is never looked at again, whatever it contains.
    return re.sub(r"@@(\w+)@@", lambda match: parts[match[1]], page).encode()
