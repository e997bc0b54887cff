"""A self-contained HTML page of the report of effectiveness: an answer, each measure with its figures, small plots."""

from steerclear.interfaces.effectiveness_page.page import render_effectiveness

__all__ = ["render_effectiveness"]
