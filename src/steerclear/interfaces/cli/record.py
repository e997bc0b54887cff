"""`steerclear record`: the joint record, exported from a node and checked by anyone, offline."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import msgspec
from cyclopts import App, Parameter

from steerclear.dialogue.terms import Versions
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError, LocalClient, quoted
from steerclear.interfaces.cli.node_file import NodeFileError, read_node_config
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc
from steerclear.interfaces.cli.written_file import written
from steerclear.model.keys import fingerprint
from steerclear.services.check_evidence import is_evidence, verify_evidence
from steerclear.services.compare_records import Agree, RecordComparison, compare_records
from steerclear.services.evidence import EVIDENCE_FOLDER
from steerclear.services.record_bundle import RecordError, read_bundle
from steerclear.services.record_report import Given, LogReport, MessageLine
from steerclear.services.redact_record import WithholdError, redact_record
from steerclear.services.verify_record import ReadVersions, RecordReport, verify_record

Withhold = Annotated[list[str] | None, Parameter(name="--withhold", consume_multiple=True, negative=())]


def record_commands(*, read_versions: ReadVersions) -> App:
    """The `record` group of commands; how agreements are read is given by the composition root."""
    app = App(name="record", help="Export, show, verify, redact and compare the joint record.")
    app.command(_export_command(read_versions), name="export")
    app.command(_verify_command(read_versions), name="verify")
    app.command(_show_command(read_versions), name="show")
    app.command(_redact_command(read_versions), name="redact")
    app.command(_compare_command(read_versions), name="compare")
    app.command(_evidence_command(read_versions), name="evidence")
    return app


def _export_command(read_versions: ReadVersions) -> Callable[..., int]:
    def export(peer: str, out: Path, *, withhold: Withhold = None, config: Path = NODE_FILE, json: Json = False) -> int:
        """Write the joint record with a peer to a file, from the running node.

        Exit codes: 0 done, 6 the node does not run, 7 refused, 9 its file or OUT cannot be used.

        Parameters
        ----------
        peer
            The party at the other end.
        out
            The ZIP file to write; one that is there is not replaced.
        withhold
            Ids of messages whose content is left out; that they are there is still proven.
        config
            The node's file.
        json
            One JSON document.
        """

        def fill(file: BinaryIO) -> None:
            client = LocalClient(config)
            if not withhold:
                client.get_to(f"/record/{quoted(peer)}", file)
                return
            with tempfile.NamedTemporaryFile(dir=out.parent) as whole:
                client.get_to(f"/record/{quoted(peer)}", whole.file)
                whole.flush()
                _redact(Path(whole.name), withhold, file, read_versions)

        def work() -> None:
            size = written(out, fill)
            if json:
                print_json({"file": str(out), "bytes": size})
            else:
                print_line(f"wrote {out} ({size:,} bytes); check it with: steerclear record verify {out}")

        return ending(work)

    return export


def _redact_command(read_versions: ReadVersions) -> Callable[..., int]:
    def redact(bundle: Path, out: Path, *, withhold: Withhold = None, json: Json = False) -> int:
        """Write a bundle once more without some contents; offline, and without any key.

        Every signature, hash and root still verifies; who reads it is told what is not shown.

        Exit codes: 0 done, 2 usage, 7 no such message, 8 the bundle does not hold, 9 OUT cannot be used.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        out
            The ZIP file to write; one that is there is not replaced.
        withhold
            Ids of messages whose content is left out.
        json
            One JSON document.
        """

        def work() -> None:
            if not withhold:
                raise CommandError(ExitCode.USAGE, "name the messages with --withhold ID [ID ...]")
            size = written(out, lambda file: _redact(bundle, withhold, file, read_versions))
            if json:
                print_json({"file": str(out), "bytes": size, "withheld": withhold})
            else:
                print_line(f"wrote {out} ({size:,} bytes) without the contents of {len(withhold)} messages")

        return ending(work)

    return redact


def _redact(bundle: Path, withhold: list[str], file: BinaryIO, read_versions: ReadVersions) -> None:
    try:
        redact_record(read_bundle(bundle), withhold, file, read_versions)
    except WithholdError as error:
        raise CommandError(ExitCode.REFUSED, str(error)) from None
    except RecordError as error:
        raise _refusal(bundle, error) from None


def _verify_command(read_versions: ReadVersions) -> Callable[..., int]:
    def verify(bundle: Path, *, json: Json = False) -> int:
        """Check a bundle of the joint record with nothing but itself: every signature, hash, root and reference.

        Evidence against a party is recognised and checked too: what it proves, and against whom.

        Exit codes: 0 it holds, 8 it does not (or cannot be read), and where.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        json
            One JSON document.
        """

        def work() -> ExitCode | None:
            if _is_evidence(bundle):
                _show_evidence(bundle, read_versions, json)
                return None
            report, versions = _checked(bundle, read_versions, json)
            if json:
                print_json({"verified": True, "report": _brief(report), "root_keys": _root_keys(versions)})
            else:
                _print_report(report, versions)
            return None

        return ending(work)

    return verify


def _is_evidence(bundle: Path) -> bool:
    try:
        return is_evidence(read_bundle(bundle))
    except RecordError:
        return False  # whoever reads it as a record says what is wrong with it


def _show_evidence(bundle: Path, read_versions: ReadVersions, json: bool) -> None:
    try:
        report, versions = verify_evidence(read_bundle(bundle), read_versions)
    except RecordError as error:
        if json:
            print_json({"verified": False, "where": error.where, "what": error.what})
        raise _refusal(bundle, error) from None
    if json:
        print_json({"verified": True, "evidence": report, "root_keys": _root_keys(versions)})
        return
    print_line(f"PROVEN against {report.against}: {report.statement}")
    print_line(f"It follows from what {report.against} has signed, and from nothing that {report.by} says.")
    print_line(
        "Not proven: that the root keys belong to the parties; that no other key change than those in the evidence had"
        " taken back a key that it rests on; why it was done, by whose hand, and with what aim."
    )
    _print_root_keys(versions)


def _evidence_command(read_versions: ReadVersions) -> Callable[..., int]:
    def evidence(*, config: Path = NODE_FILE, json: Json = False) -> int:
        """List the evidence against peers that this node has kept; the node need not run.

        Exit codes: 0 done, 9 the node's file cannot be used.

        Parameters
        ----------
        config
            The node's file.
        json
            One JSON document.
        """

        def work() -> None:
            try:
                folder = read_node_config(config).data_folder / EVIDENCE_FOLDER
            except NodeFileError as error:
                raise CommandError(ExitCode.CONFIGURATION, str(error)) from None
            found = [_told(path, read_versions) for path in sorted(folder.glob("*.zip"))]
            if json:
                print_json(found)
            elif not found:
                print_line(f"no evidence is kept in {folder}")
            else:
                rows = ((item["file"], item["against"], item["statement"]) for item in found)
                print_table(("file", "against", "proves"), rows)

        return ending(work)

    return evidence


def _told(path: Path, read_versions: ReadVersions) -> dict[str, str | None]:
    try:
        report, _ = verify_evidence(read_bundle(path), read_versions)
    except RecordError as error:
        return {"file": str(path), "against": None, "proves": None, "statement": f"does not hold: {error}"}
    return {"file": str(path), "against": report.against, "proves": report.proves, "statement": report.statement}


def _compare_command(read_versions: ReadVersions) -> Callable[..., int]:
    def compare(first: Path, second: Path, *, json: Json = False) -> int:
        """Compare two bundles of one line: of both parties, or of one party at two times.

        Exit codes: 0 they are equal, or one of each log is a beginning of the other; 8 they contradict each other, one
        of them does not hold, or they are of different lines.

        Parameters
        ----------
        first
            The ZIP file, or a folder with its files.
        second
            Another one.
        json
            One JSON document.
        """

        def work() -> ExitCode | None:
            try:
                found = compare_records(read_bundle(first), read_bundle(second), read_versions)
            except RecordError as error:
                if json:
                    print_json({"compared": False, "where": error.where, "what": error.what})
                raise _refusal(second if error.where.startswith(("second: ", str(second))) else first, error) from None
            if json:
                print_json({"compared": True, "contradict": found.contradict, "comparison": found})
            else:
                _print_comparison(found)
            return ExitCode.RECORD_REFUSED if found.contradict else None

        return ending(work)

    return compare


_AGREE: Final = {
    Agree.EQUAL: "equal",
    Agree.FIRST_HAS_MORE: "the second is a beginning of the first",
    Agree.SECOND_HAS_MORE: "the first is a beginning of the second",
    Agree.CONTRADICTION: "CONTRADICTION",
}


def _print_comparison(found: RecordComparison) -> None:
    for number, (party, time_s) in enumerate(zip(found.exported_by, found.exported_s, strict=True), 1):
        print_line(f"{number}: exported by {party}, {utc(time_s)}")
    print_line(f"versions of the agreement: {_AGREE[found.agreements]}")
    for log in found.logs:
        print_line(f"{log.log}: {_AGREE[log.verdict]} ({log.entries[0]} and {log.entries[1]} entries)")
        if log.first_difference is not None:
            print_line(f"  from entry {log.first_difference} on, {log.sender} has signed two histories:")
        for number, signed in enumerate(log.proof, 1):
            if signed is not None:
                by = "" if signed.cosigned_s is None else f", cosigned {utc(signed.cosigned_s)}"
                print_line(f"  {number}: a checkpoint of {signed.size} entries with root {signed.root.hex()}{by}")
        for what, listed in (
            ("receipts only in 1, of sizes", log.receipts_only_in_first),
            ("receipts only in 2, of sizes", log.receipts_only_in_second),
            ("withheld only in 1", log.withheld_only_in_first),
            ("withheld only in 2", log.withheld_only_in_second),
        ):
            if listed:
                print_line(f"  {what}: {', '.join(map(str, listed))}")


def _show_command(read_versions: ReadVersions) -> Callable[..., int]:
    def show(bundle: Path, *, unanswered: Annotated[bool, Parameter(negative=())] = False, json: Json = False) -> int:
        """List the messages of a bundle, once it has been checked; every state in a column of its own.

        Exit codes: 0 done, 8 the bundle does not hold (or cannot be read), and where.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        unanswered
            Only messages of which a step was due and never came.
        json
            One JSON document.
        """

        def work() -> ExitCode | None:
            report, _ = _checked(bundle, read_versions, json)
            messages = [line for log in report.logs for line in log.messages]
            messages = [line for line in messages if not unanswered or line.overdue]
            messages.sort(key=lambda line: (line.issued_s, line.message_id))
            if json:
                print_json(messages)
                return None
            print_table(
                ("message", "kind", "issued", "received", "acknowledged", "relayed", "said", "rungs", "owed"),
                (_row(line, report.exported_s) for line in messages),
            )
            return None

        return ending(work)

    return show


def _row(line: MessageLine, day_s: float) -> tuple[object, ...]:
    said = line.no_objection or line.approved or line.other_verdict or line.checking
    owed = [f"{step.upper()} OVERDUE since {utc(line.due_s[step], day_s)}" for step in line.overdue]
    owed += [f"{step} due {utc(line.due_s[step], day_s)}" for step in line.open]
    owed += [f"{step}: not shown" for step in line.not_shown]
    owed += [f"{step} LATE: {why}" for step, why in line.late.items()]
    return (
        line.message_id,
        line.kind if line.without_effect is None else f"{line.kind} (without effect: {line.without_effect})",
        utc(line.issued_s, day_s),
        utc(line.received_s, day_s),
        _taken(line.acknowledged, day_s),
        _taken(line.relayed, day_s),
        _taken(said, day_s),
        "; ".join(f"{rung.function} of {rung.party} {utc(rung.raised_at_s, day_s)}" for rung in line.rungs),
        "; ".join(owed),
    )


def _taken(given: Given | None, day_s: float) -> str:
    if given is None:
        return ""
    return " ".join(part for part in (given.says, utc(given.issued_s, day_s), given.by) if part)


def _checked(bundle: Path, read_versions: ReadVersions, json: bool) -> tuple[RecordReport, Versions]:
    seen: list[Versions] = []

    def reading(files: object) -> Versions:
        seen.append(read_versions(files))  # type: ignore[arg-type]
        return seen[-1]

    try:
        return verify_record(read_bundle(bundle), reading), seen[-1]
    except RecordError as error:
        if json:
            print_json({"verified": False, "where": error.where, "what": error.what})
        raise _refusal(bundle, error) from None


def _refusal(bundle: Path, error: RecordError) -> CommandError:
    unread = error.where == str(bundle)  # then nothing can be said of the record in it
    told = f"cannot check {bundle}: it {error.what}" if unread else f"{bundle} does not hold: {error}"
    return CommandError(ExitCode.RECORD_REFUSED, told)


def _print_report(report: RecordReport, versions: Versions) -> None:
    print_line(f"The record holds. Exported by {report.exported_by}, {utc(report.exported_s)}.")
    print_table(
        (
            "direction",
            "entries",
            "received",
            "acknowledged",
            "relayed",
            "no objection",
            "approved",
            "overdue",
            "late",
            "without effect",
            "not shown",
            "root",
        ),
        (_log_row(log) for log in report.logs),
    )
    for log in report.logs:
        for message_id in log.withheld:
            print_line(f"not shown: {message_id}")
    for digest, what in report.attachments.items():
        print_line(f"attachment {digest}: {what}")
    print_line("Proven:")
    for statement in report.proven:
        print_line(f"  + {statement}")
    print_line("Not proven:")
    for statement in report.not_proven:
        print_line(f"  - {statement}")
    _print_root_keys(versions)


def _log_row(log: LogReport) -> tuple[object, ...]:
    return (
        log.origin.rpartition("/")[2],
        log.entries,
        log.received,
        log.states["acknowledged"],
        log.states["relayed"],
        log.states["no_objection"],
        log.states["approved"],
        sum(bool(line.overdue) for line in log.messages),
        sum(bool(line.late) for line in log.messages),
        sum(line.without_effect is not None for line in log.messages),
        len(log.withheld),
        log.root.hex()[:16],
    )


def _print_root_keys(versions: Versions) -> None:
    print_line("Root keys, to be compared by voice:")
    for party, words in _root_keys(versions).items():
        print_line(f"  {party}: {words}")


def _brief(report: RecordReport) -> dict[str, object]:
    """The report without the list of messages, which `record show` gives."""
    logs = [msgspec.structs.asdict(log) for log in report.logs]
    for log, told in zip(report.logs, logs, strict=True):
        del told["messages"]
        for which in ("overdue", "open", "not_shown", "late"):
            found = ((line.message_id, getattr(line, which)) for line in log.messages)
            told[which] = {message_id: steps for message_id, steps in found if steps}
        void = ((line.message_id, line.without_effect) for line in log.messages)
        told["without_effect"] = {message_id: why for message_id, why in void if why is not None}
    return {**msgspec.structs.asdict(report), "logs": logs}


def _root_keys(versions: Versions) -> dict[str, str]:
    parties = versions.newest.agreement.parties
    return {party.party_id: fingerprint(party.keys.root) for party in parties if party.keys is not None}
