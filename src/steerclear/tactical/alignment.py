"""The alignment of every source against known traffic: collected from the reports, compared now and then.

One look compares every two sources by the aircraft that both saw within the last `window_s`, each aircraft once, at its
latest common time. A source whose reports carry no identities is laid over the named traffic of the others instead.
A picture of one source costs nothing; `docs/alignment-and-advice.md` has the measured cost of others.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import inf
from typing import Final

from steerclear.model.feed_alignment import SensorSite
from steerclear.model.track import TrackReport
from steerclear.tactical.clouds import matched
from steerclear.tactical.comparison import Comparison, Verdict, compare
from steerclear.tactical.consensus import Edge, Finding, findings
from steerclear.tactical.limits import MAX_ALIGNED_AIRCRAFT, MAX_ALIGNED_SOURCES, MAX_PLOTS, MAX_SIGHTINGS
from steerclear.tactical.sightings import Key, Pair, Sightings, common_aircraft, pair_of
from steerclear.tactical.terms import AlignmentTerms

ALONE: Final = Finding(Verdict.NOT_KNOWN, (), None, why="no other source to compare it with")

_PLOT_AGE_S: Final = 15.0
"""Plots older than this are not laid over the traffic of now."""
_SEARCH_AGAIN_PERIODS: Final = 3.0
"""Plots that nothing fitted are searched again after so many periods."""


class AlignmentCheck:
    """Collects what the sources say and compares them."""

    def __init__(self, terms: AlignmentTerms, sites: Sequence[SensorSite]) -> None:
        self._terms = terms
        self._sites = {site.source: (site.latitude_deg, site.longitude_deg) for site in sites}
        self._sources: dict[str, Sightings] = {}
        self._pairs: dict[tuple[str, str], dict[Key, Pair]] = {}
        self._looked_s = -inf
        self._no_fit: dict[tuple[str, str], tuple[float, Edge]] = {}
        """(source of plots, source of names) -> when nothing fitted; the search costs most where there is nothing."""

    def take(self, reports: Sequence[TrackReport], kept: Container[str], now_s: float) -> None:
        """Collect a step's reports, in the picture's order, of the sources that it keeps account of."""
        earliest_s, latest_s = now_s - self._terms.window_s, now_s + _PLOT_AGE_S
        sources = self._sources
        for report in reports:
            # Written so that a NaN fails every test; what cannot be a place is not compared.
            if not (
                earliest_s <= report.time_s <= latest_s
                and -90.0 <= report.latitude_deg <= 90.0
                and -180.0 <= report.longitude_deg <= 360.0
            ):
                continue
            source = sources.get(report.source)
            if source is None:
                if report.source not in kept:
                    continue
                source = sources[report.source] = Sightings(MAX_SIGHTINGS)
            source.take(report)

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for a look."""
        return now_s - self._looked_s >= self._terms.period_s

    def look(self, now_s: float) -> dict[str, Finding]:
        """Compare all sources; what is known of each by name."""
        self._looked_s = now_s
        for source in self._sources.values():
            source.forget(now_s - self._terms.window_s)
        self._sources = {name: source for name, source in self._sources.items() if source.named or source.plots}
        names = sorted(self._sources)
        if len(names) < 2:
            self._pairs.clear()
            return dict.fromkeys(names, ALONE)
        busiest = sorted(names, key=lambda name: (-len(self._sources[name].named), name))
        compared = tuple(sorted(busiest[:MAX_ALIGNED_SOURCES]))
        self._pairs = {names: kept for names, kept in self._pairs.items() if set(names) <= set(compared)}
        edges = {}
        for k, first in enumerate(compared):
            for second in compared[k + 1 :]:
                edge = self._edge(first, second, now_s)
                if edge is not None:
                    edges[first, second] = edge
        found = findings(compared, edges)
        many = f"only the {MAX_ALIGNED_SOURCES} sources with most aircraft are compared"
        for name in names:
            found.setdefault(name, Finding(Verdict.NOT_KNOWN, (), None, why=many))
        return found

    def _edge(self, first: str, second: str, now_s: float) -> Edge | None:
        pairs = self._collected(first, second, now_s)
        if len(pairs) >= self._terms.min_aircraft:
            return self._both(first, second, list(pairs.values()))
        for plots, named in ((first, second), (second, first)):
            if min(len(self._sources[plots].plots), len(self._sources[named].named)) >= self._terms.min_aircraft:
                return self._by_plots(plots, named, now_s)
        why = compare(list(pairs.values()), self._terms, None)
        return Edge(first, second, why, why)

    def _collected(self, first: str, second: str, now_s: float) -> dict[Key, Pair]:
        """The latest pairs of two sources, those of before that are not too old with them."""
        one, other = self._sources[first], self._sources[second]
        kept = self._pairs.setdefault((first, second), {})
        earliest_s = now_s - self._terms.window_s
        for key in [key for key, pair in kept.items() if pair.time_s < earliest_s]:
            del kept[key]
        for keys in common_aircraft(one, other):
            if len(kept) >= MAX_ALIGNED_AIRCRAFT and keys[0] not in kept:
                continue
            pair = pair_of(one, other, keys)
            if pair is not None:
                kept[keys[0]] = pair
        return kept

    def _both(self, first: str, second: str, pairs: list[Pair]) -> Edge:
        swapped = [pair.swapped() for pair in pairs]
        return Edge(
            first,
            second,
            compare(swapped, self._terms, self._sites.get(first)),
            compare(pairs, self._terms, self._sites.get(second)),
        )

    def _by_plots(self, plots: str, named: str, now_s: float) -> Edge:
        searched_s, unfit = self._no_fit.get((plots, named), (-inf, None))
        if unfit is not None and now_s - searched_s < _SEARCH_AGAIN_PERIODS * self._terms.period_s:
            return unfit
        newest_s = now_s - _PLOT_AGE_S
        seen = [report for report in self._sources[plots].plots.values() if report.time_s >= newest_s]
        known = [(key, report) for key, report in self._sources[named].named.items() if report.time_s >= newest_s]
        seen.sort(key=lambda report: (-report.time_s, report.latitude_deg, report.longitude_deg))
        known.sort(key=lambda row: repr(row[0]))
        pairs = matched(seen[:MAX_PLOTS], known, self._terms, self._sites.get(plots))
        if not pairs:
            why = f"{len(seen)} plots without identity do not fit {len(known)} known aircraft, however turned"
            unknown = Comparison(Verdict.NOT_KNOWN, why, 0, 0)
            unfit = Edge(min(plots, named), max(plots, named), unknown, unknown)
            self._no_fit[plots, named] = now_s, unfit
            return unfit
        self._no_fit.pop((plots, named), None)
        judged = compare(list(pairs.values()), self._terms, self._sites.get(plots))
        back = Comparison(Verdict.NOT_KNOWN, "compared by plots without identity", judged.aircraft, 0)
        if judged.verdict is Verdict.AGREES:
            back = compare([pair.swapped() for pair in pairs.values()], self._terms, self._sites.get(named))
        first, second = sorted((plots, named))
        seen_first, seen_second = (judged, back) if plots == first else (back, judged)
        return Edge(first, second, seen_first, seen_second, plots)
