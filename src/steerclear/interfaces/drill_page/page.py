"""The page of a drill, written as text in which everything from the scenario is escaped; nothing in it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from importlib.resources import files

from steerclear.interfaces.drill_page.drawing import lanes_svg, map_svg
from steerclear.model.drill import DrillOutcome, Judged, Observation


def render_drill(outcome: DrillOutcome) -> bytes:
    """The page as UTF-8 HTML."""
    style = files("steerclear.interfaces.drill_page").joinpath("page.css").read_text("utf-8")
    return "\n".join(_page(outcome, style)).encode()


def _page(outcome: DrillOutcome, style: str) -> Iterator[str]:
    title = escape(f"{outcome.name}: {outcome.title}")
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<style>{style}</style></head><body>"
    yield f"<h1>{escape(outcome.title)}</h1>"
    if outcome.without:
        yield f'<p class="missed">Without a part of the mechanism: {escape(outcome.without)}.</p>'
    if outcome.pattern:
        yield f'<p class="note">Drawn from {escape(outcome.pattern)}; places and parties are invented.</p>'
    yield "<ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in outcome.happened)
    yield "</ul>"
    if outcome.missing:
        yield f"<p>What was missing: {escape(outcome.missing)}.</p>"
    if outcome.uncertain:
        yield '<p class="note">Not known for sure: ' + escape("; ".join(outcome.uncertain)) + ".</p>"
    met = sum(one.met for one in outcome.judged)
    yield f"<h2>What was caught: {met} of {len(outcome.judged)}</h2>"
    yield "<table><tr><th></th><th>what catches it</th><th>when</th><th>then</th></tr>"
    yield from (_judged(one) for one in outcome.judged)
    yield "</table><h2>Over time</h2>"
    yield lanes_svg(outcome)
    if outcome.paths or outcome.areas:
        yield "<h2>Where</h2>"
        yield map_svg(outcome)
    yield "<h2>The story</h2><table><tr><th>UTC</th><th>who</th><th>what</th></tr>"
    yield from (_row(one) for one in outcome.observations)
    yield "</table></body></html>"


def _judged(one: Judged) -> str:
    mark = '<b class="met">caught</b>' if one.met else '<b class="missed">missed</b>'
    words = "not seen, as it must be" if one.met else "not seen"
    if one.seen_s is not None:
        words = f"{_clock(one.seen_s)}: {one.seen}"
    due = "" if one.by_s is None else f" (due by {_clock(one.by_s)})"
    spare = ""
    if one.spare_s is not None and one.before_s is not None:
        relation = "before" if one.spare_s >= 0.0 else "AFTER"
        spare = f"; {_span(one.spare_s)} {relation} {_clock(one.before_s)}"
    cells = (mark, escape(one.says), escape(f"{words}{due}{spare}"), escape(one.in_reality))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _row(one: Observation) -> str:
    kind = "aside" if one.aside else f"of-{escape(one.what)}"
    return (
        f'<tr class="{kind}"><td>{_clock(one.time_s)}</td><td>{escape(one.party)}</td><td>{escape(one.words)}</td></tr>'
    )


def _span(seconds: float) -> str:
    minutes = round(abs(seconds) / 60.0)
    return (
        f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min" if minutes else "under a minute"
    )


def _clock(time_s: float) -> str:
    return datetime.fromtimestamp(round(time_s, 3), UTC).strftime("%H:%M:%S")
