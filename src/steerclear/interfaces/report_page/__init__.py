"""The joint report of an incident: one content, as a self-contained HTML page and as PDF."""

from steerclear.interfaces.report_page.content import ReportContent, report_content
from steerclear.interfaces.report_page.page import render_report
from steerclear.interfaces.report_page.pdf import PdfUnavailableError, render_pdf

__all__ = ["PdfUnavailableError", "ReportContent", "render_pdf", "render_report", "report_content"]
