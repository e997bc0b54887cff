"""Writes the report as one HTML file that needs no network.

Every text is escaped where it is written. What the page's own script needs of the tracks travels as JSON in which `<`
cannot occur, and the script writes text nodes and numbers only. The content security policy names style and script by
their hashes, so that nothing else could run even if it got in.
"""

from __future__ import annotations

import html
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import msgspec

from steerclear.interfaces.report_page.blocks import Block, Bullets, Picture, Row, Section, Table, Text, shown
from steerclear.interfaces.report_page.content import ReportContent
from steerclear.interfaces.report_page.drawing import colour_of
from steerclear.interfaces.report_page.map_picture import tracks_drawn
from steerclear.interfaces.report_page.projection import fitting


class _Moving(msgspec.Struct, frozen=True):
    """One track for the dots that follow the chosen entry."""

    label: str
    colour: str
    points: list[tuple[float, float, float]]
    """(time, x, y) on the map."""


def render_report(content: ReportContent) -> bytes:
    """The page as UTF-8 HTML, with everything it needs inside."""
    folder = files("steerclear.interfaces.report_page")
    style, script = (folder.joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none';"
        " form-action 'none'"
    )
    banner = f'<p class="marking" role="note">{_text(content.marking)}</p>'
    links = "".join(f'<a href="#{one.name}">{_text(one.title)}</a>' for one in content.sections)
    parts = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{_text(content.title)}</title><style>{style}</style></head><body>",
        f'{banner}<a class="skip" href="#timeline">To the timeline</a>',
        f'<header><h1>{_text(content.title)}</h1><p class="subtitle">{_text(content.subtitle)}</p></header>',
        f'<nav aria-label="Parts of the report">{links}</nav><main>',
        *map(_section, content.sections),
        f'</main>{banner}<script type="application/json" id="data">{_moving(content)}</script>',
        f"<script>{script}</script></body></html>\n",
    )
    return "".join(parts).encode()


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _section(section: Section) -> str:
    blocks = "".join(map(_block, section.blocks))
    title = f"{section.name}-title"
    return (
        f'<section id="{section.name}" aria-labelledby="{title}"><h2 id="{title}">{_text(section.title)}</h2>'
        f"{blocks}</section>"
    )


def _block(block: Block) -> str:
    match block:
        case Text():
            look = f' class="{block.look}"' if block.look else ""
            return f"<p{look}>{_text(block.words)}</p>"
        case Bullets():
            return f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in block.lines)}</ul>"
        case Picture():
            return f'<figure id="{block.name}">{block.svg}<figcaption>{_text(block.says)}</figcaption></figure>'
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    total = sum(table.widths)
    columns = "".join(f'<col width="{100 * width / total:.0f}%">' for width in table.widths)
    head = "".join(f'<th scope="col">{_text(column)}</th>' for column in table.columns)
    rows = "".join(_row(row, table.entries) for row in table.rows)
    inside = f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    if not table.entries:
        label = _text(f"Table: {', '.join(table.columns)}")
        return f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">{inside}</div>'
    return (
        '<div class="bar"><label>Filter <input id="filter" type="search" placeholder="a name, a word, a time"></label>'
        '<label><input id="machines" type="checkbox"> machines too</label>'
        '<label><input id="urgent" type="checkbox"> urgent only</label><output id="count"></output></div>'
        '<p class="note keys">Keys: <kbd>j</kbd> and <kbd>k</kbd> next and previous entry, <kbd>a</kbd> alert,'
        " <kbd>m</kbd> message, <kbd>s</kbd> silence, <kbd>r</kbd> rung (with shift: the one before),"
        " <kbd>/</kbd> filter. The map shows the aircraft at the chosen entry.</p>"
        f'<div class="scroll" id="entries" tabindex="0" role="region" aria-label="Timeline">{inside}</div>'
    )


def _row(row: Row, entry: bool) -> str:
    look = f' class="{row.look}"' if row.look else ""
    time = f' data-time="{row.time_s:.3f}"' if entry and row.time_s is not None else ""
    focus = ' tabindex="-1"' if entry else ""
    return f"<tr{look}{time}{focus}>{''.join(f'<td>{_text(cell)}</td>' for cell in row.cells)}</tr>"


def _moving(content: ReportContent) -> str:
    """The tracks on the map as JSON, with no sign in it that HTML could take for markup."""
    projection = fitting(content.timeline)
    tracks = []
    for track in tracks_drawn(content.timeline) if projection is not None else ():
        points = [
            (
                round(point.time_s, 1),
                *(round(part, 1) for part in projection.place(point.latitude_deg, point.longitude_deg)),
            )
            for point in track.points
            if projection is not None
        ]
        tracks.append(_Moving(shown(track.label), colour_of(content.timeline.parties, track.party), points))  # type: ignore[arg-type]
    data = msgspec.json.encode(tracks)
    for sign in (b"<", b">", b"&"):
        data = data.replace(sign, b"\\u%04x" % ord(sign))
    return data.decode()


def _text(text: str) -> str:
    return html.escape(shown(text)).replace("\n", "<br>")
