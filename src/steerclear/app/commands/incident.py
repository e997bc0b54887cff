"""`steerclear incident` with the agreement file, the units and the report."""

from __future__ import annotations

from typing import Any

from steerclear.app.commands.line import tools
from steerclear.app.commands.record import read_versions
from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.incident import incident_commands
from steerclear.interfaces.cli.joint_review import ReviewTools


def _html(timeline: Any, marking: str) -> bytes:
    from steerclear.interfaces.report_page import render_report, report_content  # noqa: PLC0415 loads detection

    return render_report(report_content(timeline, marking))


def _pdf(timeline: Any, marking: str) -> bytes:
    from steerclear.interfaces.report_page import render_pdf, report_content  # noqa: PLC0415

    return render_pdf(report_content(timeline, marking))


incident = incident_commands(
    tools,
    ReviewTools(read_versions=read_versions, decode_agreement=decode_agreement, html=_html, pdf=_pdf),
    read_versions=read_versions,
)
