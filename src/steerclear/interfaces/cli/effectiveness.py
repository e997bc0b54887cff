"""`steerclear report`: how effective the mechanism was over a period, by numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlencode

import msgspec
from cyclopts import App, Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line_terms import LineTools, moment_s
from steerclear.interfaces.cli.local_client import CommandError, LocalClient
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc
from steerclear.interfaces.cli.written_file import write_new
from steerclear.services.effectiveness.report import TITLES, EffectivenessReport, Judgement
from steerclear.services.record_bundle import RecordError
from steerclear.services.verify_record import ReadVersions

From = Annotated[str | None, Parameter(name="--from")]
USUAL_PERIOD: Final = "-30 d"
Rendered = Callable[[EffectivenessReport, str], bytes]
"""(report, marking) -> the HTML page."""
_JUDGED: Final = {
    Judgement.HOLDS: "as agreed",
    Judgement.FALLS_SHORT: "FALLS SHORT",
    Judgement.NO_TERM: "nothing agreed",
    Judgement.NOT_MEASURED: "not measured",
}


def report_commands(*, read_versions: ReadVersions, tools: LineTools, render: Rendered) -> App:
    """The `report` group of commands; formats come from the composition root."""
    app = App(name="report", help="Is the mechanism functioning? Reports over a period.")
    app.command(_effectiveness_command(read_versions, tools, render), name="effectiveness")
    return app


def _effectiveness_command(read_versions: ReadVersions, tools: LineTools, render: Rendered) -> Callable[..., int]:
    def effectiveness(
        *bundles: Path,
        from_: From = None,
        until: str | None = None,
        html: Path | None = None,
        classification: str = "",
        config: Path = NODE_FILE,
        json: Json = False,
    ) -> int:
        """Count every measure of effectiveness over a period: from the running node, or from bundles.

        Without bundles the running node is asked, which also knows its links, its alerts and its flight hours. With
        bundles of the joint record or of incidents everything in them is checked first; each side can count the other's
        figures again. What was not measured is said to be so, and is never 0.
        Exit codes: 0 done, 2 the period means nothing, 6 the node does not run, 8 a bundle does not hold, 9 HTML cannot
        be written.

        Parameters
        ----------
        bundles
            ZIP files or folders of the joint record or of incidents.
        from_
            Begin of the period: 2026-01-31T06:00:00Z, or "-30 d" before now; 30 days where not given.
        until
            End of the period; now, or the end of the bundles.
        html
            Also write a page with plots; a file that is there is not replaced.
        classification
            Marking for the first and last line of the page.
        config
            The node's file.
        json
            One JSON document instead of a table.
        """

        def work() -> None:
            now_s = time.time()
            begin_s = None if from_ is None else moment_s(tools, "--from", from_, now_s)
            end_s = None if until is None else moment_s(tools, "--until", until, now_s)
            if bundles:
                report = _from_bundles(bundles, read_versions, begin_s, end_s)
            else:
                begin_s = moment_s(tools, "--from", USUAL_PERIOD, now_s) if begin_s is None else begin_s
                report = _from_node(config, begin_s, now_s if end_s is None else end_s)
            if html is not None:
                write_new(html, render(report, classification))
            if json:
                print_json(report)
            else:
                _print_report(report)

        return ending(work)

    return effectiveness


def _from_node(config: Path, from_s: float, until_s: float) -> EffectivenessReport:
    if not from_s < until_s:
        raise CommandError(ExitCode.USAGE, "the period ends before it begins: give --from before --until")
    asked = urlencode({"from_s": repr(from_s), "until_s": repr(until_s)})
    said = LocalClient(config).get(f"/effectiveness?{asked}", patient=True)
    return msgspec.json.decode(said, type=EffectivenessReport)


def _from_bundles(
    bundles: tuple[Path, ...], read_versions: ReadVersions, from_s: float | None, until_s: float | None
) -> EffectivenessReport:
    # Detection, which evidence is read with, takes its time to load: only who gives bundles waits for it.
    from steerclear.services.effectiveness.from_files import read_files  # noqa: PLC0415
    from steerclear.services.effectiveness.from_journal import EffectivenessError  # noqa: PLC0415
    from steerclear.services.effectiveness.make_report import make_report  # noqa: PLC0415

    try:
        found, period = read_files(bundles, read_versions, from_s, until_s)
        return make_report(found, *period)
    except RecordError as error:
        raise CommandError(ExitCode.RECORD_REFUSED, f"a bundle does not hold: {error}") from None
    except EffectivenessError as error:
        raise CommandError(ExitCode.USAGE, str(error)) from None


def _print_report(report: EffectivenessReport) -> None:
    print_line(f"{utc(report.from_s)} to {utc(report.until_s)}, known until {utc(report.known_until_s)}")
    print_line(report.functioning)
    print_table(
        ("measure", "of whom", "judged", "count", "in words"),
        (
            (
                TITLES[measure.measure],
                ", ".join(part for part in (measure.party or "all", measure.detail) if part),
                _JUDGED[measure.judgement],
                measure.count,
                measure.words,
            )
            for measure in report.measures
            if measure.judgement is not Judgement.NOT_MEASURED or not measure.party
        ),
    )
    for one in report.disagreements:
        print_line(f"the sources disagree on {one.detail} ({one.party}): {one.what}")
    for line in (*report.sources, *report.not_read):
        print_line(f"read from: {line}" if line in report.sources else line)
