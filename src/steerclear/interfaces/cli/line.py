"""`steerclear line`: how the line stands, and what a desk says on it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cyclopts import App

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.journal_socket import follow_journal
from steerclear.interfaces.cli.line_answers import ack, answer, check, relay_command
from steerclear.interfaces.cli.line_say import send_commands
from steerclear.interfaces.cli.line_show import notices, show_command
from steerclear.interfaces.cli.line_terms import LineTools
from steerclear.interfaces.cli.line_view import event_line, print_links, print_status
from steerclear.interfaces.cli.local_client import LocalClient, quoted
from steerclear.interfaces.cli.options import NODE_FILE, As, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line


def line_commands(tools: LineTools) -> App:
    """The `line` group of commands."""
    app = App(name="line", help="Status of the line; say, acknowledge, relay, answer, check, follow.")
    app.command(send_commands(tools))
    for name, command in (
        ("status", status),
        ("show", show_command(tools)),
        ("notices", notices),
        ("ack", ack),
        ("relay", relay_command(tools)),
        ("answer", answer),
        ("check", check),
        ("resume", resume),
        ("follow", follow),
    ):
        app.command(command, name=name)
    return app


def status(*, config: Path = NODE_FILE, limit: int = 20, json: Json = False) -> int:
    """Show every peer's link and the messages; those still owed an answer always come first.

    Exit codes: 0 done, 6 the node does not run, 9 its file cannot be used.

    Parameters
    ----------
    config
        The node's file.
    limit
        Messages shown beside those that are owed an answer.
    json
        One JSON document instead of tables.
    """

    def work() -> None:
        client = LocalClient(config)
        found = client.get_json("/status")
        messages = client.get_json(f"/messages?limit={limit}")
        warnings = client.get_json("/warnings")["warnings"]
        if json:
            print_json({"status": found, "messages": messages, "warnings": warnings})
        else:
            print_status(found, messages)
            for warning in warnings:
                print_line(f"to be seen to soon: {warning}")

    return ending(work)


def resume(peer: str, *, as_: As, desk: str | None = None, config: Path = NODE_FILE, json: Json = False) -> int:
    """Let a halted link go on, after a person has looked at its fault.

    Exit codes: 0 done, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    peer
        The party at the other end.
    as_
        The function that decides so.
    desk
        The desk, where several have that function.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        found = LocalClient(config, as_, desk).post_json(f"/peers/{quoted(peer)}/resume")
        if json:
            print_json(found)
        else:
            print_links(found)

    return ending(work)


def follow(*, after: int = 0, stop_after_s: float | None = None, config: Path = NODE_FILE, json: Json = False) -> int:
    """Print the node's journal from an event on, and go on as it grows; Ctrl-C ends it.

    A node that is restarted meanwhile is waited for, and no event is left out or told twice.

    Exit codes: 0 ended, 6 the node does not run (any more), 9 its file cannot be used.

    Parameters
    ----------
    after
        Sequence of the last event already known.
    stop_after_s
        End by itself after so many seconds.
    config
        The node's file.
    json
        One JSON object per event and line, whole.
    """

    def work() -> None:
        for item in follow_journal(partial(LocalClient, config), after, stop_after_s):
            if json:
                print_json(item)
            else:
                print_line(event_line(item))

    return ending(work, interrupted=ExitCode.OK)
