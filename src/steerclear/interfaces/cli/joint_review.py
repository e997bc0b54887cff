"""`steerclear incident timeline`, `report`, `what-if`: both sides' evidence looked at together, offline."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.incident_file import opened_evidence
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.options import Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, shown, utc
from steerclear.interfaces.cli.written_file import write_new
from steerclear.model.agreement import Agreement
from steerclear.services.verify_record import ReadVersions

For = Annotated[str | None, Parameter(name="--for")]
_QUIET: Final = frozenset({"stored", "receipt", "machine"})
"""Entries that a person seldom needs."""


class ReviewTools(msgspec.Struct, frozen=True):
    """Formats that have a package of their own."""

    read_versions: ReadVersions
    decode_agreement: Callable[[bytes], Agreement]
    """Raises ValueError saying where it does not hold."""
    html: Callable[[Any, str], bytes]
    """(joint timeline, marking) -> the page."""
    pdf: Callable[[Any, str], bytes]
    """The same as PDF. Raises RuntimeError saying why there is none."""


def joint_commands(tools: ReviewTools) -> tuple[tuple[str, Callable[..., int]], ...]:
    """The commands by name."""
    return (
        ("timeline", _timeline_command(tools)),
        ("report", _report_command(tools)),
        ("what-if", _what_if_command(tools)),
    )


def _timeline_command(tools: ReviewTools) -> Callable[..., int]:
    def timeline(
        *bundles: Path,
        for_: For = None,
        all_: Annotated[bool, Parameter(name="--all", negative=())] = False,
        json: Json = False,
    ) -> int:
        """Put the evidence of both sides on one timeline: what happened, by one clock, and who could have known it.

        One side's bundle alone gives a timeline that says what is missing.
        Exit codes: 0 done, 2 the bundles do not belong together, 8 one of them does not hold.

        Parameters
        ----------
        bundles
            Incident bundles, ZIP files or folders: one of each side.
        for_
            Leave out what a reader may not see: a party, or "public".
        all_
            Show also what only machines need: receipts, what was stored, seals.
        json
            One JSON document with everything.
        """

        def work() -> None:
            joined = _joined(bundles, tools, for_, json)
            if json:
                print_json(joined)
            else:
                _print_timeline(joined, everything=all_)

        return ending(work)

    return timeline


def _report_command(tools: ReviewTools) -> Callable[..., int]:
    def report(
        *bundles: Path,
        html: Path | None = None,
        pdf: Path | None = None,
        classification: str = "",
        for_: For = None,
        json: Json = False,
    ) -> int:
        """Write the joint report: one page with map, timeline, tables and proofs, and the same as PDF.

        Exit codes: 0 done, 2 the bundles do not belong together or nothing is to be written, 8 one of them does not
        hold, 9 a file is there already or cannot be written, or PDF is not installed.

        Parameters
        ----------
        bundles
            Incident bundles, ZIP files or folders: one of each side.
        html
            The page to write; one that is there is not replaced.
        pdf
            The PDF to write.
        classification
            Marking of every page; without it, those of the bundles.
        for_
            Leave out what a reader may not see, and say so: a party, or "public".
        json
            One JSON document that says what was written.
        """

        def work() -> None:
            if html is None and pdf is None:
                raise CommandError(ExitCode.USAGE, "say what to write: --html FILE, --pdf FILE or both")
            joined = _joined(bundles, tools, for_, json)
            made = {}
            for path, render in ((html, tools.html), (pdf, tools.pdf)):
                if path is not None:
                    made[path] = _rendered(render, joined, classification)
            for path, data in made.items():
                write_new(path, data)
            if json:
                print_json({str(path): len(data) for path, data in made.items()})
            else:
                print_line("\n".join(f"wrote {path} ({len(data):,} bytes)" for path, data in made.items()))

        return ending(work)

    return report


def _what_if_command(tools: ReviewTools) -> Callable[..., int]:
    def what_if(*bundles: Path, agreement: Path, json: Json = False) -> int:
        """Say what would have been otherwise under another agreement: other deadlines, ladders, minima or zones.

        The recorded inputs are given to the shipped code under both. What people said is kept as they said it.
        Exit codes: 0 done, 2 the bundles do not belong together, 5 the agreement cannot be read, 8 a bundle does not
        hold.

        Parameters
        ----------
        bundles
            Incident bundles of one side or of several.
        agreement
            The other agreement, a TOML file; nobody need have signed it.
        json
            One JSON document.
        """

        def work() -> None:
            from steerclear.services.joint.faults import JoinError  # noqa: PLC0415 loads detection
            from steerclear.services.joint.what_if import what_if as compare  # noqa: PLC0415

            other = _agreement(agreement, tools)
            try:
                found = compare(_opened(bundles, tools, json), other)
            except JoinError as error:
                raise CommandError(ExitCode.USAGE, str(error)) from None
            if json:
                print_json(found)
                return
            print_line(f"{found.recorded_agreement} / {found.other_agreement}")
            for line in found.in_words:
                print_line(f"- {line}")
            for line in (*found.assumptions, *found.not_run):
                print_line(f"({line})")

        return ending(work)

    return what_if


def _opened(bundles: tuple[Path, ...], tools: ReviewTools, json: bool) -> list[Any]:
    if not bundles:
        raise CommandError(ExitCode.USAGE, "name the incident bundles: one of each side")
    return [_told(path, tools, json) for path in bundles]


def _told(path: Path, tools: ReviewTools, json: bool) -> Any:
    """One evidence; a person who looks on is told that it is being checked, for a large one takes its time."""
    if not json and sys.stderr.isatty():
        sys.stderr.write(f"checking {shown(str(path))}\n")
    return opened_evidence(path, tools.read_versions, json)


def _joined(bundles: tuple[Path, ...], tools: ReviewTools, reader: str | None, json: bool) -> Any:
    from steerclear.services.joint.faults import JoinError  # noqa: PLC0415 loads detection
    from steerclear.services.joint.join import join  # noqa: PLC0415
    from steerclear.services.joint.redact import timeline_for  # noqa: PLC0415

    evidences = _opened(bundles, tools, json)
    try:
        joined = join(evidences)
        return joined if reader is None else timeline_for(joined, reader)
    except JoinError as error:
        raise CommandError(ExitCode.USAGE, str(error)) from None


def _rendered(render: Callable[[Any, str], bytes], joined: Any, marking: str) -> bytes:
    try:
        return render(joined, marking)
    except RuntimeError as error:
        raise CommandError(ExitCode.CONFIGURATION, str(error)) from None


def _agreement(path: Path, tools: ReviewTools) -> Agreement:
    try:
        return tools.decode_agreement(path.read_bytes())
    except OSError as error:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, f"{path}: {error}") from None


def _print_timeline(joined: Any, *, everything: bool) -> None:
    print_line(f"{joined.title or joined.incident_id}: {utc(joined.at_s)}, by the clock of {joined.reference}")
    for clock in joined.clocks:
        print_line(clock.words)
    chosen = [event for event in joined.events if everything or event.kind not in _QUIET]
    print_table(
        ("time", "own clock", "party", "what", "entry"),
        (
            (utc(event.time_s, joined.at_s), utc(event.own_s, joined.at_s), event.party, event.kind, event.words)
            for event in chosen
        ),
    )
    for fact in joined.facts:
        if fact.in_words and (everything or len(fact.knowing) > 1):
            print_line(f"known: {fact.in_words}")
    for claim in joined.claims:
        print_line(f"told differently, {claim.matter} ({claim.about}):")
        for speaker, words in claim.says.items():
            print_line(f"  {speaker}: {words}")
    for gap in joined.gaps:
        print_line(f"missing: {gap.party or 'all'}: {gap.words}")
    for line in joined.left_out:
        print_line(line)
