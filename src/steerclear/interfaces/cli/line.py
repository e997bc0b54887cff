"""`steerclear line`: how the line stands, and what a desk says on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError, LocalClient, quoted
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, shown, utc

NODE_FILE: Final = Path("node.toml")
FOLLOW_EVERY_S: Final = 0.5
PAGE: Final = 500

Json = Annotated[bool, Parameter(name="--json", negative=())]
As = Annotated[str, Parameter(name="--as")]


def line_commands() -> App:
    """The `line` group of commands."""
    app = App(name="line", help="Status of the line; acknowledge, check, follow.")
    for name, command in (
        ("status", status),
        ("ack", ack),
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
        if json:
            print_json({"status": found, "messages": messages})
        else:
            _print_status(found, messages)

    return ending(work)


def ack(
    message_id: str, *, as_: As, desk: str | None = None, remark: str = "", config: Path = NODE_FILE, json: Json = False
) -> int:
    """Acknowledge a message: say, as a named function, that it has been read. It is not consent.

    Exit codes: 0 the acknowledgement is stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its
    file cannot be used.

    Parameters
    ----------
    message_id
        Id of the message, as `line status` shows it.
    as_
        The function that has read it, for example "duty officer".
    desk
        The desk, where several have that function.
    remark
        One line of free text.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        if not message_id:
            raise CommandError(ExitCode.USAGE, "name the message, as `steerclear line status` shows it")
        client = LocalClient(config, as_, desk)
        sent = client.post_json(f"/messages/{quoted(message_id)}/acknowledgement", {"remark": remark})
        _print_sent(sent, f"acknowledged {message_id} as {as_}", json)

    return ending(work)


def check(
    peer: str | None = None,
    *,
    answer: str | None = None,
    as_: As,
    desk: str | None = None,
    config: Path = NODE_FILE,
    json: Json = False,
) -> int:
    """Ask a peer's desk "do you hear me?", or answer such a question with --answer MESSAGE_ID.

    Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    peer
        The party to ask.
    answer
        Id of the line check to answer.
    as_
        The function that speaks.
    desk
        The desk, where several have that function.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        if bool(peer) == bool(answer):
            raise CommandError(
                ExitCode.USAGE, "name either a PEER to ask, or the line check to answer with --answer MESSAGE_ID"
            )
        client = LocalClient(config, as_, desk)
        if answer:
            sent = client.post_json(f"/messages/{quoted(answer)}/line-check-answer")
            _print_sent(sent, f"answered {answer} as {as_}", json)
        else:
            sent = client.post_json(f"/peers/{quoted(str(peer))}/line-check")
            _print_sent(sent, f"asked {peer}", json)

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
            _print_links(found)

    return ending(work)


def follow(*, after: int = 0, stop_after_s: float | None = None, config: Path = NODE_FILE, json: Json = False) -> int:
    """Print the node's journal from an event on, and go on as it grows; Ctrl-C ends it.

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
        client = LocalClient(config)
        known = after
        end_s = None if stop_after_s is None else time.monotonic() + stop_after_s
        while True:
            page = client.get_json(f"/journal?after={known}&limit={PAGE}")
            for item in page["items"]:
                if json:
                    print_json(item)
                else:
                    print_line(_event_line(item))
            known = page["next_after"]
            if not page["items"]:
                if end_s is not None and time.monotonic() >= end_s:
                    return
                time.sleep(FOLLOW_EVERY_S)

    return ending(work)


def _print_sent(sent: Any, what: str, json: bool) -> None:
    if json:
        print_json(sent)
    else:
        print_line(f"{what}: {sent['message_id']} is stored and on its way")


def _print_status(found: Any, messages: Any) -> None:
    _print_links(found)
    print_table(
        ("message", "kind", "", "state", "issued", "answer due", "answered"),
        (
            (
                message["message_id"],
                message["kind"],
                message["direction"],
                _state(message),
                utc(message["issued_s"], found["now_s"]),
                utc(message["answer_due_s"], found["now_s"]),
                _answered(message, found["now_s"]),
            )
            for message in messages
        ),
    )


def _print_links(found: Any) -> None:
    print_line(
        f"{found['party']}, agreement {found['agreement_id']} version {found['agreement_version']},"
        f" {utc(found['now_s'])}"
    )
    print_table(
        ("peer", "link", "since", "waiting", "owed to us", "owed by us", "overdue", "sent", "arrived"),
        (
            (
                peer["peer"],
                peer["link"].upper() if peer["link"] != "up" else "up",
                utc(peer["link_since_s"] or None, found["now_s"]),
                peer["waiting"],
                peer["owed_to_us"],
                peer["owed_by_us"],
                peer["unanswered"],
                peer["outgoing"]["size"],
                peer["incoming"]["size"],
            )
            for peer in found["peers"]
        ),
    )
    for peer in found["peers"]:
        if peer["link_reason"]:
            print_line(f"{peer['peer']}: {peer['link_reason']}")
        fault = peer["last_fault"]
        if fault is not None:
            when = utc(fault["time_s"], found["now_s"])
            print_line(f"last fault with {peer['peer']}, {when}: {fault['code']} ({fault['whose']}): {fault['detail']}")


def _state(message: Any) -> str:
    state = str(message["state"])
    if message["unheeded"]:
        return f"{state} (without effect: {message['unheeded']})"
    return state.upper() if state == "unanswered" else state


def _answered(message: Any, now_s: float) -> str:
    answer = message["answer"]
    if answer is None:
        return ""
    late = " (late)" if message["unanswered_since_s"] is not None else ""
    return f"{answer['function']}, {answer['desk_id']}, {utc(answer['issued_s'], now_s)}{late}"


def _event_line(item: Any) -> str:
    event = item["event"]
    parts = [event[name] for name in ("peer", "message_id", "sequence", "state", "code", "reason") if name in event]
    message = event.get("message")
    if isinstance(message, dict):
        parts += [message.get("type"), message.get("message_id")]
    said = " ".join(str(part) for part in parts if part not in (None, ""))
    return f"{item['sequence']:>8}  {utc(item['time_s'])}  {item['kind']:<16} {shown(said)}"
