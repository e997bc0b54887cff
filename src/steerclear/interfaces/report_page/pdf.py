"""Writes the report as PDF with typst: the same content, handed over as data that the template shows as text only."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec

from steerclear.interfaces.report_page.blocks import Bullets, Picture, Table, Text, shown
from steerclear.interfaces.report_page.content import ReportContent


class PdfUnavailableError(RuntimeError):
    """typst is an extra and is not installed, or could not set this report; the HTML report has the same content."""


def render_pdf(content: ReportContent) -> bytes:
    """The report as PDF. Raises PdfUnavailableError."""
    try:
        import typst  # noqa: PLC0415 an extra
    except ModuleNotFoundError:
        raise PdfUnavailableError(
            "PDF is an extra; install it with: pip install 'steerclear[report]', or write --html"
        ) from None
    template = files("steerclear.interfaces.report_page").joinpath("report.typ").read_bytes()
    data = msgspec.json.encode(_data(content)).decode()
    try:
        made = typst.compile(template, sys_inputs={"data": data}, format="pdf")
    except RuntimeError as error:  # the template is ours: whatever it stumbles over is our fault
        raise PdfUnavailableError(f"the PDF could not be set, the HTML has the same content: {error}") from None
    if not isinstance(made, bytes):
        raise PdfUnavailableError("typst gave no PDF; write --html")
    return made


def _data(content: ReportContent) -> dict[str, Any]:
    """The content with every text made fit to be shown."""
    return {
        "title": shown(content.title),
        "subtitle": shown(content.subtitle),
        "marking": shown(content.marking),
        "sections": [
            {"title": shown(section.title), "blocks": [_block(block) for block in section.blocks]}
            for section in content.sections
        ],
    }


def _block(block: Text | Bullets | Picture | Table) -> dict[str, Any]:
    match block:
        case Text():
            return {"kind": "text", "words": shown(block.words), "look": block.look}
        case Bullets():
            return {"kind": "bullets", "lines": [shown(line) for line in block.lines]}
        case Picture():
            return {"kind": "picture", "svg": block.svg, "says": shown(block.says)}
        case Table():
            return {
                "kind": "table",
                "columns": [shown(column) for column in block.columns],
                "widths": list(block.widths),
                "rows": [[shown(cell) for cell in row.cells] for row in block.rows],
                "looks": [row.look for row in block.rows],
            }
