"""The live view of `watch`: what a duty officer looks at.

Gravest first: open alerts on top, then the health of the feeds, then the aircraft, those in alerts before the others.
Every event is also printed above the view, so that the terminal's scrollback keeps the story. The view is drawn a few
times a second at most, whatever the speed of the replay.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence, Set

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from steerclear.geodesy.units import FT_M, KT_MPS, NM_M
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.watch_output import (
    WatchState,
    duration_text,
    severity_name,
    summary_lines,
    utc_text,
)
from steerclear.model.alert import AlertChange, AlertEvent, AlertKind, Severity
from steerclear.model.feed_alignment import NOT_COMPARED
from steerclear.model.track import AltitudeDatum, Track, TrackAge
from steerclear.services.report_sources import SourceState, SourceStatus
from steerclear.tactical import FeedHealth

REDRAW_S = 0.25
MAX_ALERT_ROWS = 8
MAX_LINES_PER_REDRAW = 200
"""Event lines printed at once; more are counted in one line, because nobody can read them."""

_STYLES = {
    Severity.INFORMATION: "dim",
    Severity.ADVISORY: "cyan",
    Severity.CAUTION: "bold yellow",
    Severity.WARNING: "bold red",
    Severity.BREACH: "bold white on red",
}
_MERELY_UNHEARD = (AlertKind.FEED_SILENT, AlertKind.STALE_TRACK)
_UNHEARD_AGES = (TrackAge.STALE, TrackAge.DROPPED)
_AGE_STYLES = {TrackAge.FRESH: "", TrackAge.COASTING: "yellow", TrackAge.STALE: "red", TrackAge.DROPPED: "dim"}
_STATE_STYLES = {
    SourceState.WAITING: "yellow",
    SourceState.READING: "green",
    SourceState.RECONNECTING: "bold red",
    SourceState.ENDED: "dim",
    SourceState.DAMAGED: "bold red",
    SourceState.FAILED: "bold red",
}


class LiveView:
    """An `Output` for a terminal."""

    def __init__(self, state: WatchState, console: Console | None = None) -> None:
        self._state = state
        self._console = console or Console(file=sys.stdout, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._lines: list[Text] = []
        self._unprinted = 0
        self._drawn_s = -math.inf

    def __enter__(self) -> LiveView:
        self._live.start()
        self.refresh()
        return self

    def __exit__(self, *_: object) -> None:
        self._print_lines()
        self._live.stop()

    def scanned(self, events: Sequence[AlertEvent]) -> None:
        """Remember the lines of the events; draw if it is time."""
        for event in events:
            if len(self._lines) < MAX_LINES_PER_REDRAW:
                self._lines.append(event_row(event))
            else:
                self._unprinted += 1
        self.refresh()

    def refresh(self) -> None:
        """Draw, unless it was drawn a moment ago."""
        now_s = time.monotonic()
        if now_s - self._drawn_s >= REDRAW_S:
            self._drawn_s = now_s
            self._print_lines()
            self._live.update(self._view(), refresh=True)

    def summary(self, code: ExitCode) -> None:
        """The summary, after the view is gone."""
        for line in summary_lines(self._state.summary(code)):
            self._console.print(Text(line), soft_wrap=True)

    def _print_lines(self) -> None:
        if self._unprinted:
            self._lines.append(Text(f"... and {self._unprinted} more events (see --json for all)", style="dim"))
            self._unprinted = 0
        if self._lines:
            self._console.print(Text("\n").join(self._lines), soft_wrap=True)
            self._lines = []

    def _view(self) -> RenderableType:
        picture = self._state.picture
        tracks = picture.tracks()
        unheard = {track.track_id for track in tracks if track.age in _UNHEARD_AGES}
        # Among equals what is seen to happen comes before what is merely not heard.
        alerts = sorted(
            picture.open_alerts(),
            key=lambda event: (-event.severity, event.kind in _MERELY_UNHEARD, _is_unheard(event, unheard)),
        )
        feeds = {feed.source: feed for feed in picture.feeds()}
        parts: list[RenderableType] = [
            Rule(style="dim"),
            _header(self._state, len(tracks), alerts),
            *_not_checked(self._state),
            _alerts_table(alerts, unheard, self._state.now_s),
            _feeds_table(self._state.statuses, feeds),
        ]
        used = 9 + max(1, min(len(alerts), MAX_ALERT_ROWS)) + len(self._state.statuses)
        room = max(3, self._console.height - used - 5)
        parts.append(_tracks_table(tracks, alerts, room, self._state.now_s))
        fraction = self._state.fraction
        if fraction is not None:
            parts.append(_progress(self._state, fraction))
        return Group(*parts)


def event_row(event: AlertEvent) -> Text:
    """One event as a coloured line."""
    cleared = event.change is AlertChange.CLEARED
    who = " × ".join(subject.identity.label for subject in event.subjects) or event.source or event.zone_id or ""
    return Text.assemble(
        (f"{utc_text(event.time_s)}  ", "dim"),
        (f"{event.change.value:9} ", "green" if cleared else ""),
        (f"{severity_name(event.severity):11} ", "dim" if cleared else _STYLES[event.severity]),
        (f"{who}  ", "bold"),
        (event.reason, "dim" if cleared else ""),
    )


def _header(state: WatchState, track_count: int, alerts: Sequence[AlertEvent]) -> Text:
    terms = state.picture.terms
    factor = state.watched_s / max(state.elapsed_s, 1e-9)
    gravest = max((event.severity for event in alerts), default=None)
    return Text.assemble(
        (" steerclear watch ", "bold reverse"),
        (f"  {utc_text(state.now_s)}  ", "bold"),
        (f"×{factor:,.0f} real time  " if state.fraction is not None else "live  ", "dim"),
        f"{track_count} tracks  ",
        (f"{len(alerts)} open alerts", _STYLES[gravest] if gravest is not None else "green"),
        (f"   minima {terms.horizontal_m / NM_M:.3g} NM / {terms.vertical_m / FT_M:,.0f} ft,"
         f" {terms.lookahead_s:.0f} s ahead", "dim"),
        (f", others by {len(terms.pair_minima)} rules of kinds and areas" if terms.pair_minima else "", "dim"),
    )  # fmt: skip


def _not_checked(state: WatchState) -> list[Text]:
    """What the last scan could not look at: no alert about it is no all-clear."""
    counts, terms = state.picture.counts(), state.picture.terms
    lines = []
    if state.now_s is not None and counts.lookahead_s < terms.farthest_lookahead_s:
        far = f"only {counts.lookahead_s:.0f} s ahead" if counts.lookahead_s >= 0.0 else "at none of them"
        lines.append(Text(f" TOO MANY PAIRS: the last scan looked {far} ", style=_STYLES[Severity.BREACH]))
    if counts.without_altitude:
        lines.append(Text(f" {counts.without_altitude} aircraft of unknown altitude: not compared", style="yellow"))
    return lines


def _table(*columns: tuple[str, str], title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, expand=True, pad_edge=False)
    for name, justify in columns:
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis", header_style="dim")  # type: ignore[arg-type]
    return table


def _is_unheard(event: AlertEvent, unheard: Set[str]) -> bool:
    return any(subject.track_id in unheard for subject in event.subjects)


def _when(event: AlertEvent, unheard: Set[str], now_s: float) -> Text:
    """How long is left: counted on from the event, and nothing where nobody knows any more."""
    if _is_unheard(event, unheard):
        return Text("unheard", style="red")
    left_s = event.numbers.time_to_loss_s
    if event.severity is Severity.BREACH:
        return Text("now")
    return Text("" if left_s is None else f"{max(0.0, left_s - (now_s - event.time_s)):.0f} s")


def _alerts_table(alerts: Sequence[AlertEvent], unheard: Set[str], now_s: float | None) -> RenderableType:
    if not alerts:
        return Text("No open alerts\n", style="green")
    table = _table(
        ("", "left"), ("aircraft", "left"), ("party", "left"), ("in", "right"), ("said", "right"), title="Alerts"
    )
    table.add_column("what", ratio=1, no_wrap=True, overflow="ellipsis", header_style="dim")
    for event in alerts[:MAX_ALERT_ROWS]:
        who = " × ".join(subject.identity.label for subject in event.subjects) or event.source or event.zone_id or ""
        at_s = event.time_s if now_s is None else now_s
        table.add_row(
            Text(f" {severity_name(event.severity)} ", style=_STYLES[event.severity]),
            Text(who, style="bold"),
            ", ".join(event.parties),
            _when(event, unheard, at_s),
            f"{duration_text(at_s - event.time_s)} ago",
            event.reason,
        )
    if len(alerts) > MAX_ALERT_ROWS:
        table.add_row("", Text(f"and {len(alerts) - MAX_ALERT_ROWS} more", style="dim"))
    return table


def _feeds_table(statuses: Sequence[SourceStatus], feeds: dict[str, FeedHealth]) -> RenderableType:
    table = _table(
        ("feed", "left"), ("format", "left"), ("state", "left"), ("reports", "right"), ("per s", "right"),
        ("last heard", "right"), ("set aside", "right"), title="Feeds",
    )  # fmt: skip
    table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    for status in statuses:
        feed = feeds.get(status.name)
        silent = feed is not None and feed.silent and status.state is not SourceState.ENDED
        rejections = status.rejections
        reason = max(rejections.counts, key=lambda name: rejections.counts[name]).value if rejections.counts else ""
        table.add_row(
            status.name,
            status.format,
            Text("SILENT", style="bold white on red")
            if silent
            else Text(status.state.value, _STATE_STYLES[status.state]),
            f"{status.reports:,}",
            f"{feed.reports_per_s:.1f}" if feed else "-",
            f"{feed.silent_for_s:.0f} s ago" if feed and feed.last_heard_s is not None else "never",
            Text(f"{rejections.total:,}", style="yellow" if rejections.total else "dim"),
            _remark(status.detail or (f"mostly {reason}" if reason else ""), feed),
        )
    return table


def _remark(detail: str, feed: FeedHealth | None) -> Text:
    """What is not in order of a feed first, then how it lies against the others, also where nobody knows."""
    aligned = (feed.alignment if feed is not None else NOT_COMPARED).words
    off = feed is not None and feed.alignment.state == "off"
    said = [(detail, "dim")] if detail else []
    said.insert(0 if off else len(said), (aligned, "bold red" if off else "dim"))
    return Text("; ").join(Text(text, style) for text, style in said)


def _tracks_table(
    tracks: Sequence[Track], alerts: Sequence[AlertEvent], room: int, now_s: float | None
) -> RenderableType:
    concerned: dict[str, Severity] = {}
    for event in reversed(alerts):
        for subject in event.subjects:
            concerned[subject.track_id] = max(event.severity, concerned.get(subject.track_id, event.severity))
    order = {TrackAge.FRESH: 0, TrackAge.COASTING: 1, TrackAge.STALE: 2, TrackAge.DROPPED: 3}
    shown = sorted(
        tracks,
        key=lambda track: (-int(concerned.get(track.track_id, -1)), order[track.age], track.identity.label),
    )
    table = _table(
        ("aircraft", "left"), ("address", "left"), ("party", "left"), ("altitude", "right"), ("kt", "right"),
        ("track", "right"), ("ft/min", "right"), ("position", "left"), ("age", "right"), title="Tracks",
    )  # fmt: skip
    table.add_column("source", ratio=1, no_wrap=True, overflow="ellipsis", header_style="dim")
    for track in shown[:room]:
        severity = concerned.get(track.track_id)
        address = track.identity.icao_address
        age_s = (now_s or track.time_s) - track.time_s
        table.add_row(
            Text(track.identity.label, style=_STYLES[severity] if severity is not None else "bold"),
            "" if address is None else f"{address:06x}",
            track.party or "",
            altitude_text(track),
            f"{math.hypot(track.east_mps, track.north_mps) / KT_MPS:.0f}",
            f"{math.degrees(math.atan2(track.east_mps, track.north_mps)) % 360.0:03.0f}°",
            f"{track.up_mps / FT_M * 60.0:+,.0f}" if abs(track.up_mps) > 0.5 else "",
            position_text(track.latitude_deg, track.longitude_deg),
            Text(f"{track.age.value} {age_s:.0f} s" if order[track.age] else f"{age_s:.0f} s", _AGE_STYLES[track.age]),
            ", ".join(track.sources),
        )
    if len(shown) > room:
        table.add_row(Text(f"and {len(shown) - room} more", style="dim"))
    return table


def altitude_text(track: Track) -> str:
    """The altitude with its datum: a flight level, or feet above the ellipsoid or the sea; never a bare number."""
    if track.on_ground:
        return "ground"
    if track.altitude_m is None:
        return "unknown"
    feet = track.altitude_m / FT_M
    if track.altitude_datum is AltitudeDatum.PRESSURE_STANDARD:
        return f"FL{max(0, round(feet / 100.0)):03}" if feet >= 0.0 else f"{feet:,.0f} ft std"
    return f"{feet:,.0f} ft {'ellipsoid' if track.altitude_datum is AltitudeDatum.ELLIPSOID else 'MSL'}"


def position_text(latitude_deg: float, longitude_deg: float) -> str:
    """Degrees and thousandths with hemispheres."""
    return (
        f"{abs(latitude_deg):06.3f}{'N' if latitude_deg >= 0.0 else 'S'}"
        f" {abs(longitude_deg):07.3f}{'E' if longitude_deg >= 0.0 else 'W'}"
    )


def _progress(state: WatchState, fraction: float) -> RenderableType:
    left_s = state.elapsed_s * (1.0 - fraction) / fraction if fraction > 0.01 else None
    table = Table(box=None, expand=True, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(no_wrap=True, justify="right")
    table.add_row(
        f"{fraction:4.0%} read",
        ProgressBar(total=1.0, completed=fraction),
        f"{duration_text(left_s)} to go" if left_s is not None else "",
    )
    return table
