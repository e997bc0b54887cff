"""`steerclear advise`: what keeps an aircraft of ours clear, asked of the running node, or of a recording."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

import msgspec
from cyclopts import Parameter

from steerclear.geodesy.units import FT_M, KT_MPS, NM_M
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError, LocalClient
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc
from steerclear.interfaces.cli.written_file import write_new
from steerclear.model.advice import Advice, Bands, ManoeuvreKind, Nearby

Draw = Callable[[Advice], str]


Replay = Callable[["Recorded"], Advice]
"""Advice from recordings. Raises CommandError."""


class Recorded(NamedTuple):
    """Which recordings, and when in them."""

    track: str
    sources: tuple[str, ...]
    at_s: float | None
    agreement: Path | None
    sensors: tuple[str, ...]
    date: str | None


def advise_command(draw: Draw, replay: Replay) -> Callable[..., int]:
    """The `advise` command as a function that cyclopts can register; it returns the exit code."""

    def advise(
        track: str,
        *sources: str,
        config: Path = NODE_FILE,
        at: str | None = None,
        agreement: Path | None = None,
        sensor: Annotated[tuple[str, ...], Parameter(consume_multiple=False)] = (),
        date: str | None = None,
        plot: Path | None = None,
        json: Json = False,
    ) -> int:
        """Show what keeps an aircraft of ours clear of all others: free headings, levels, speeds, vertical speeds.

        The smallest single changes that clear every predicted loss of separation and every zone of others come first.
        It is advice to our own side, asked for and shown; it is sent to nobody, and whoever flies decides.
        With recordings named as SOURCES (as `steerclear watch` takes them) it is asked of these, at a time, without a
        node: any aircraft may then be asked about.

        Exit codes: 0 done, 2 usage, 3 a recording cannot be used, 5 the agreement cannot be read, 6 the node does not
        run, 7 no such aircraft or no advice for it, 9 a file cannot be used.

        Parameters
        ----------
        track
            Track id, callsign, remote id or address (six hexadecimal digits) of the aircraft.
        sources
            Recordings; none to ask the running node.
        config
            The node's file.
        at
            When in the recordings (ISO 8601, UTC unless it says otherwise); their end where not given.
        agreement
            Agreement with the minima, zones and parties, for recordings; without it en-route minima.
        sensor
            Where a radar stands, for recordings: [SAC/SIC=]LATITUDE,LONGITUDE,HEIGHT_M. May be given more than once.
        date
            Day (YYYY-MM-DD, UTC) on which a recording starts that tells the time of day only.
        plot
            Write a picture of the bands to this SVG file; one that is there is not replaced.
        json
            One JSON document.
        """

        def work() -> None:
            if sources:
                found = replay(Recorded(track, sources, _time_s(at), agreement, sensor, date))
            elif (at, agreement, date, sensor) != (None, None, None, ()):
                raise CommandError(ExitCode.USAGE, "--at, --agreement, --sensor and --date are for recordings")
            else:
                said = LocalClient(config).get_json(f"/picture/advice?track={quote(track, safe='')}")
                found = msgspec.convert(said, Advice)
            if plot is not None:
                write_new(plot, draw(found).encode())
            if json:
                print_json(found)
                return
            _print_advice(found)
            if plot is not None:
                print_line(f"wrote {plot}")

        return ending(work)

    return advise


def _time_s(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(ExitCode.USAGE, f"--at {text!r}: write a time as in 2018-08-01T10:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _print_advice(advice: Advice) -> None:
    print_line(
        f"{advice.label} at {utc(advice.time_s)}: {advice.compared} aircraft within reach,"
        f" up to {advice.lookahead_s:.0f} s ahead"
    )
    for one in advice.losses:
        print_line(f"  if nothing is changed: LOSS OF SEPARATION with {_passing(one)}")
    for zone in advice.areas:
        print_line(f"  if nothing is changed: enters zone {zone}")
    if not advice.losses and not advice.areas:
        print_line("  no loss of separation is predicted if nothing is changed; that is all this says")
    if advice.manoeuvres:
        print_table(
            ("smallest changes that keep clear", "effort", "passes nearest"),
            (
                (one.words, f"{one.effort:.1f}", _passing(one.closest[0]) if one.closest else "nobody")
                for one in advice.manoeuvres
            ),
        )
    if advice.regain is not None:
        print_line(f"  nothing keeps clear; shortest loss: {advice.regain.words}")
    print_table(("free", "now", "bands"), (_band_row(row) for row in advice.bands))
    for note in advice.notes:
        print_line(f"  {note}")


def _passing(one: Nearby) -> str:
    height = "vertical distance unknown" if one.vertical_m is None else f"{one.vertical_m / FT_M:,.0f} ft"
    return f"{one.label}: {one.horizontal_m / NM_M:.1f} NM, {height}, in {one.in_s:.0f} s"


def _band_row(row: Bands) -> tuple[Any, ...]:
    spans = ", ".join(f"{_value(row.kind, span.low)} to {_value(row.kind, span.high)}" for span in row.free)
    return row.kind.value.replace("_", " "), _value(row.kind, row.now), spans or "NONE FREE"


def _value(kind: ManoeuvreKind, value: float) -> str:
    if kind is ManoeuvreKind.HEADING:
        return f"{value:03.0f}"
    if kind is ManoeuvreKind.LEVEL:
        return f"{value / FT_M:,.0f} ft"
    if kind is ManoeuvreKind.SPEED:
        return f"{value / KT_MPS:.0f} kt"
    return f"{value / FT_M * 60.0:+,.0f} ft/min"
