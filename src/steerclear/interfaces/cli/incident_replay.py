"""`steerclear incident replay`: every recorded decision made again, at any speed, or step by step."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.incident_file import opened_evidence
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.options import Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, utc
from steerclear.services.verify_record import ReadVersions

PROGRESS_EVERY_S: Final = 1.0
Flag = Annotated[bool, Parameter(negative=())]


def replay_command(read_versions: ReadVersions) -> Any:
    """`incident replay`."""

    def replay(
        bundle: Path,
        *,
        speed: float | None = None,
        step: Flag = False,
        jump: Literal["alert", "call", "silence"] | None = None,
        quiet: Flag = False,
        json: Json = False,
    ) -> int:
        """Replay a bundle: the shipped code decides every recorded thing again, and each difference is named.

        Exit codes: 0 every decision came out the same, 2 usage, 8 the bundle does not hold, 13 something came out
        otherwise, or nothing could be replayed.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        speed
            Show the moments at so many times real time; without it, at once.
        step
            Wait for Enter before each moment.
        jump
            Show only moments of this kind: alerts, calls (messages and answers) or silences (overdue, rungs raised).
        quiet
            Only what it came to.
        json
            One JSON document: what it came to, and every moment.
        """

        def work() -> ExitCode | None:
            from steerclear.services.incident.bundle_files import IncidentRefusedError  # noqa: PLC0415 detection
            from steerclear.services.incident.replay import Replay  # noqa: PLC0415

            if speed is not None and not speed > 0:
                raise CommandError(ExitCode.USAGE, "--speed is a number above 0")
            run = Replay(opened_evidence(bundle, read_versions, json))
            began_s = time.monotonic()
            try:
                moments = run.moments(_progress())
            except IncidentRefusedError as error:
                raise CommandError(ExitCode.RECORD_REFUSED, f"{bundle} cannot be replayed: {error}") from None
            took_s = time.monotonic() - began_s
            report = run.report()
            shown = [moment for moment in moments if jump is None or moment.kind == jump]
            if json:
                print_json({"report": report, "reproduced": report.reproduced, "took_s": took_s, "moments": shown})
            else:
                if not quiet:
                    _show(shown, speed, step=step)
                _print_report(report, took_s)
            return None if report.reproduced else ExitCode.REPLAY_DIFFERS

        return ending(work)

    return replay


def _progress() -> Any:
    """Tells on stderr, every second, how far the picture has come."""
    next_s = time.monotonic() + PROGRESS_EVERY_S

    def tell(now_s: float, steps: int) -> None:
        nonlocal next_s
        if time.monotonic() >= next_s:
            sys.stderr.write(f"replayed {steps:,} steps, to {utc(now_s)}\n")
            next_s = time.monotonic() + PROGRESS_EVERY_S

    return tell


def _show(moments: list[Any], speed: float | None, *, step: bool) -> None:
    before_s: float | None = None
    for moment in moments:
        if speed is not None and before_s is not None and moment.time_s > before_s:
            time.sleep((moment.time_s - before_s) / speed)
        before_s = moment.time_s
        mark = "DIFFERS" if moment.difference is not None else ("same" if moment.decided else "input")
        of_picture = "" if moment.picture_s is None else f" [picture {utc(moment.picture_s, moment.time_s)}]"
        print_line(f"{utc(moment.time_s)}{of_picture} {mark}: {moment.words}")
        if moment.difference is not None:
            print_line(f"    {moment.difference.words}")
        if step and sys.stdin.readline() == "":
            return


def _print_report(report: Any, took_s: float) -> None:
    made = ", ".join(f"{count} of {decision}" for decision, count in sorted(report.decisions.items())) or "none"
    print_line(f"Decisions made again: {made}")
    print_line(f"{report.same} came out the same, {report.different} otherwise")
    for difference in report.differences:
        print_line(f"  {utc(difference.time_s)} {difference.words}")
    if report.recorded_span_s > 0 and took_s > 0:
        rate = report.recorded_span_s / took_s
        print_line(
            f"{report.steps:,} steps with {report.reports:,} reports, {report.recorded_span_s:,.0f} s of the picture's"
            f" time, in {took_s:.1f} s: {rate:,.0f} times real time"
        )
    software = {True: "byte for byte the code that ran then", False: "OTHER code than ran then", None: "not shown"}
    print_line(f"Software of the replay: {software[report.same_software]}")
    for what in report.not_replayed:
        print_line(f"not replayed: {what}")
