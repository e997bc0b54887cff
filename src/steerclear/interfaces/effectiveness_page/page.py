"""Writes the report of effectiveness as one HTML file that needs no network and no script."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.resources import files
from itertools import groupby
from typing import Final

from steerclear.interfaces.effectiveness_page.plots import outcome_bar, time_line
from steerclear.services.effectiveness.counting import said_time
from steerclear.services.effectiveness.report import TITLES, EffectivenessReport, Judgement, Measure

_JUDGED: Final = {
    Judgement.HOLDS: ("✓ as agreed", "holds"),
    Judgement.FALLS_SHORT: ("✗ falls short", "fails"),
    Judgement.NO_TERM: ("◇ nothing agreed", "soft"),
    Judgement.NOT_MEASURED: ("— not measured", "soft"),
}
CSP: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render_effectiveness(report: EffectivenessReport, marking: str = "") -> bytes:
    """The page as UTF-8 HTML. `marking` is a classification for its first and last line; empty for none."""
    style = files("steerclear.interfaces.effectiveness_page").joinpath("page.css").read_text("utf-8")
    banner = f'<p class="marking">{_text(marking)}</p>' if marking else ""
    title = f"Effectiveness of {report.agreement_id}"
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}">',
        f"<title>{_text(title)}</title><style>{style}</style></head><body>{banner}<main>",
        f"<h1>Is the mechanism functioning?</h1><p class='subtitle'>{_subtitle(report)}</p>",
        f'<p class="answer">{_text(report.functioning)}</p>',
        *(_section(list(group)) for _, group in groupby(report.measures, lambda one: one.measure)),
        _read(report),
        f"</main>{banner}</body></html>\n",
    ]
    return "".join(parts).encode()


def _subtitle(report: EffectivenessReport) -> str:
    period = f"{_utc(report.from_s)} to {_utc(report.until_s)}"
    return _text(
        f"Agreement {report.agreement_id}, version {report.agreement_version}; {', '.join(report.parties)}; {period};"
        f" known until {_utc(report.known_until_s)}."
    )


def _section(measures: list[Measure]) -> str:
    told = [measure for measure in measures if measure.judgement is not Judgement.NOT_MEASURED]
    shown = told or measures[:1]
    return f"<section><h2>{_text(TITLES[measures[0].measure])}</h2>{''.join(map(_measure, shown))}</section>"


def _measure(measure: Measure) -> str:
    words, look = _JUDGED[measure.judgement]
    whose = ", ".join(part for part in (measure.party or "all together", measure.detail) if part)
    figures = "".join(
        f"<div><dt>{_text(_figure_name(name))}</dt><dd>{_text(_value(name, value))}</dd></div>"
        for name, value in measure.figures.items()
    )
    plots = outcome_bar(measure.outcomes) + time_line(measure.times)
    return (
        f'<article class="{look}"><header><h3>{_text(whose)}</h3><span class="judged {look}">{words}</span>'
        f'<span class="count">of {measure.count:,}</span></header><p>{_text(measure.words)}</p>'
        f'<div class="split"><dl>{figures}</dl><div>{plots}</div></div>'
        "</article>"
    )


def _read(report: EffectivenessReport) -> str:
    """What it was made of, what is missing, and where the sources disagree."""
    lines = [*report.sources, *report.not_read]
    if report.withheld:
        lines.append(f"{report.withheld} messages are withheld: they count neither as answered nor as unanswered.")
    differing = [f"{one.detail} ({one.party}): {one.what}" for one in report.disagreements]
    disagreeing = f"<h2>Where the sources disagree</h2>{_list(differing)}" if differing else ""
    return f"{disagreeing}<h2>Read from</h2>{_list(lines)}"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul>"


def _figure_name(name: str) -> str:
    return name.removesuffix("_s").replace("_", " ")


def _value(name: str, value: float | None) -> str:
    if value is None:
        return "not measured"
    if name.endswith("_s"):
        return said_time(value)
    return f"{100 * value:.1f} %" if name.startswith(("share_", "answered_")) else f"{value:,.4g}"


def _utc(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _text(text: str) -> str:
    return html.escape(text)
