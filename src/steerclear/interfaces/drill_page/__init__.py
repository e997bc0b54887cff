"""A self-contained HTML page of a drill: what was caught, a map, lanes of time, the whole story; nothing in it runs."""

from steerclear.interfaces.drill_page.page import render_drill

__all__ = ["render_drill"]
