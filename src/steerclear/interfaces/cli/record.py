"""`steerclear record`: the joint record, exported from a node and checked by anyone, offline."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from cyclopts import App, Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line import NODE_FILE, Json
from steerclear.interfaces.cli.local_client import CommandError, LocalClient, quoted
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc
from steerclear.model.agreement import Agreement
from steerclear.model.keys import fingerprint
from steerclear.services.record_bundle import RecordError, read_bundle
from steerclear.services.verify_record import ReadAgreement, RecordReport, verify_record


def record_commands(*, read_agreement: ReadAgreement) -> App:
    """The `record` group of commands; how an agreement is read is given by the composition root."""
    app = App(name="record", help="Export, show and verify the joint record.")
    app.command(export, name="export")
    app.command(_verify_command(read_agreement), name="verify")
    app.command(_show_command(read_agreement), name="show")
    return app


def export(peer: str, out: Path, *, config: Path = NODE_FILE, json: Json = False) -> int:
    """Write the joint record with a peer to a file, from the running node.

    Exit codes: 0 done, 6 the node does not run, 7 refused, 9 its file or OUT cannot be used.

    Parameters
    ----------
    peer
        The party at the other end.
    out
        The ZIP file to write; one that is there is not replaced.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        data = LocalClient(config).get(f"/record/{quoted(peer)}")
        try:
            with out.open("xb") as file:
                _write_durably(file, data, out)
        except FileExistsError:
            raise CommandError(ExitCode.CONFIGURATION, f"{out} is there already; choose another name") from None
        except OSError as error:
            raise CommandError(ExitCode.CONFIGURATION, f"cannot write {out}: {error.strerror}") from None
        if json:
            print_json({"file": str(out), "bytes": len(data)})
        else:
            print_line(f"wrote {out} ({len(data):,} bytes); check it with: steerclear record verify {out}")

    return ending(work)


def _write_durably(file: BinaryIO, data: bytes, out: Path) -> None:
    try:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    except OSError:
        out.unlink(missing_ok=True)  # half a record looks like one that was tampered with
        raise


def _verify_command(read_agreement: ReadAgreement) -> Callable[..., int]:
    def verify(bundle: Path, *, json: Json = False) -> int:
        """Check a bundle of the joint record with nothing but itself: every signature, hash, root and reference.

        Exit codes: 0 it holds, 8 it does not (or cannot be read), and where.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        json
            One JSON document.
        """

        def work() -> ExitCode | None:
            report, agreement = _checked(bundle, read_agreement, json)
            if json:
                print_json({"verified": True, "report": _brief(report), "root_keys": _root_keys(agreement)})
            else:
                _print_report(report, agreement)
            return None

        return ending(work)

    return verify


def _show_command(read_agreement: ReadAgreement) -> Callable[..., int]:
    def show(bundle: Path, *, unanswered: Annotated[bool, Parameter(negative=())] = False, json: Json = False) -> int:
        """List the messages of a bundle, once it has been checked.

        Exit codes: 0 done, 8 the bundle does not hold (or cannot be read), and where.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        unanswered
            Only messages whose answer was due and never came.
        json
            One JSON document.
        """

        def work() -> ExitCode | None:
            report, _ = _checked(bundle, read_agreement, json)
            silent = {name for log in report.logs for name in log.unanswered}
            messages = [line for log in report.logs for line in log.messages]
            messages = [line for line in messages if not unanswered or line.message_id in silent]
            messages.sort(key=lambda line: (line.issued_s, line.message_id))
            if json:
                print_json(messages)
                return None
            print_table(
                ("message", "kind", "issued", "received", "answer due", "answered", "by"),
                (
                    (
                        line.message_id,
                        line.kind if line.unheeded is None else f"{line.kind} (without effect: {line.unheeded})",
                        utc(line.issued_s, report.exported_s),
                        utc(line.received_s, report.exported_s),
                        utc(line.answer_due_s, report.exported_s),
                        "UNANSWERED" if line.message_id in silent else utc(line.answered_s, report.exported_s),
                        line.answered_by,
                    )
                    for line in messages
                ),
            )
            return None

        return ending(work)

    return show


def _checked(bundle: Path, read_agreement: ReadAgreement, json: bool) -> tuple[RecordReport, Agreement]:
    seen: list[Agreement] = []

    def reading(data: bytes, signatures: bytes) -> Agreement:
        seen.append(read_agreement(data, signatures))
        return seen[-1]

    try:
        return verify_record(read_bundle(bundle), reading), seen[-1]
    except RecordError as error:
        if json:
            print_json({"verified": False, "where": error.where, "what": error.what})
        unread = error.where == str(bundle)  # then nothing can be said of the record in it
        told = f"cannot check {bundle}: it {error.what}" if unread else f"{bundle} does not hold: {error}"
        raise CommandError(ExitCode.RECORD_REFUSED, told) from None


def _print_report(report: RecordReport, agreement: Agreement) -> None:
    print_line(f"The record holds. Exported by {report.exported_by}, {utc(report.exported_s)}.")
    print_table(
        ("direction", "entries", "received", "unanswered", "late", "without effect", "root"),
        (
            (
                log.origin.rpartition("/")[2],
                log.entries,
                log.received,
                len(log.unanswered),
                len(log.answered_late),
                len(log.unheeded),
                log.root.hex()[:16],
            )
            for log in report.logs
        ),
    )
    print_line("Proven:")
    for statement in report.proven:
        print_line(f"  + {statement}")
    print_line("Not proven:")
    for statement in report.not_proven:
        print_line(f"  - {statement}")
    print_line("Root keys, to be compared by voice:")
    for party, words in _root_keys(agreement).items():
        print_line(f"  {party}: {words}")


def _brief(report: RecordReport) -> dict[str, object]:
    """The report without the list of messages, which `record show` gives."""
    logs = [msgspec.structs.asdict(log) for log in report.logs]
    for log in logs:
        del log["messages"]
    return {**msgspec.structs.asdict(report), "logs": logs}


def _root_keys(agreement: Agreement) -> dict[str, str]:
    return {party.party_id: fingerprint(party.keys.root) for party in agreement.parties if party.keys is not None}
