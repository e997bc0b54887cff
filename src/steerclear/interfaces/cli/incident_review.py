"""`steerclear incident state | find | measure | read-out | answer | close`: what the parties say of it together."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.incident_view import print_read_outs
from steerclear.interfaces.cli.line_terms import LineTools, Speaker, moment_s, told
from steerclear.interfaces.cli.local_client import CommandError, LocalClient, quoted
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line

Paragraphs = Annotated[list[str], Parameter(name="--text", consume_multiple=True, negative=())]
MAX_TEXT_FILE_BYTES = 65_536


def review_commands(tools: LineTools) -> tuple[tuple[str, Any], ...]:
    """(name, command) of the review."""
    return (
        ("state", state),
        ("find", find),
        ("measure", _measure_command(tools)),
        ("read-out", read_out),
        ("answer", answer),
        ("close", close),
    )


def state(incident_id: str, item_id: str, *, text: Paragraphs, speaker: Speaker) -> int:
    """State what happened, as your side sees it. It stands beside the other side's; the same name again revises it.

    Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    incident_id
        Its name.
    item_id
        Your name for the statement.
    text
        The words, a paragraph each.
    """
    return _put(incident_id, speaker, lambda: {"kind": "statement", "item_id": item_id, "words": text})


def find(incident_id: str, item_id: str, *, text: Paragraphs, speaker: Speaker) -> int:
    """Propose a finding that both sides are to confirm.

    Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    incident_id
        Its name.
    item_id
        Your name for the finding.
    text
        The words, a paragraph each.
    """
    return _put(incident_id, speaker, lambda: {"kind": "finding", "item_id": item_id, "words": text})


def _measure_command(tools: LineTools) -> Any:
    def measure(
        incident_id: str,
        item_id: str,
        *,
        speaker: Speaker,
        text: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
        owner: str = "",
        due: str | None = None,
        state: Literal["proposed", "agreed", "done", "dropped"] | None = None,
    ) -> int:
        """Propose a measure, or say where one stands: agreed, done, dropped. The other side approves each revision.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        incident_id
            Its name.
        item_id
            Your name for the measure.
        text
            What is to be done; may be left out when only its state changes.
        owner
            Who is to do it: PARTY/FUNCTION.
        due
            By when: "+30 d", or like 2026-01-31T06:00:00Z.
        state
            Where it stands.
        """

        def body() -> dict[str, Any]:
            party, _, function = owner.partition("/")
            if owner and not function:
                raise CommandError(ExitCode.USAGE, f"--owner: {owner!r} must be PARTY/FUNCTION")
            due_s = None if due is None else moment_s(tools, "--due", due, time.time())
            fields = {"kind": "measure", "item_id": item_id, "words": text or [], "due_s": due_s, "state": state}
            return {**fields, "owner_party": party, "owner_function": function}

        return _put(incident_id, speaker, body)

    return measure


def read_out(
    incident_id: str,
    item_id: str | None = None,
    *,
    text: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    file: Path | None = None,
    as_: Annotated[str | None, Parameter(name="--as")] = None,
    desk: str | None = None,
    config: Path = NODE_FILE,
    json: Json = False,
) -> int:
    """Print the words that both sides will say in public, with both sides' entries; or propose them with ITEM_ID.

    Exit codes: 0 done, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    incident_id
        Its name.
    item_id
        Your name for the read-out that you propose; without it, the read-outs are printed.
    text
        The words, a paragraph each.
    file
        A text file with the words instead; empty lines part its paragraphs.
    as_
        The function that speaks; needed to propose.
    desk
        The desk, where several have that function.
    config
        The node's file.
    json
        One JSON document.
    """
    if item_id is None:

        def look() -> None:
            found = LocalClient(config).get_json(f"/incidents/{quoted(incident_id)}/read-outs")
            if json:
                print_json(found)
            else:
                print_read_outs(found)

        return ending(look)
    return _put(
        incident_id,
        Speaker(as_=as_ or "", desk=desk, config=config, json=json),
        lambda: {"kind": "read_out", "item_id": item_id, "words": text or _paragraphs(file)},
    )


def answer(incident_id: str, party: str, item_id: str, verdict: str, *, speaker: Speaker, remark: str = "") -> int:
    """Answer the newest revision of what the other side has put: confirmed or disputed; approved or objection.

    Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    incident_id
        Its name.
    party
        Who has put it.
    item_id
        Its name for it.
    verdict
        To a statement or finding: confirmed, disputed, checking; to a measure or read-out: approved, objection,
        checking. "checking" settles nothing.
    remark
        One line of free text.
    """

    def work() -> None:
        body = {"party": party, "item_id": item_id, "verdict": verdict.replace("-", "_"), "remark": remark}
        sent = speaker.client().post_json(f"/incidents/{quoted(incident_id)}/answers", body)
        told(sent, f"answered {item_id} of {party}: {verdict} as {speaker.as_}", speaker.json)

    return ending(work)


def close(incident_id: str, *, speaker: Speaker, remark: str = "") -> int:
    """Close an incident on your side and tell the other, once all measures are done or dropped and each has spoken.

    Exit codes: 0 closed, 2 usage, 6 the node does not run, 7 refused: what stands against it, 9 its file.

    Parameters
    ----------
    incident_id
        Its name.
    remark
        One line of free text.
    """

    def work() -> None:
        closed = speaker.client().post_json(f"/incidents/{quoted(incident_id)}/close", {"remark": remark})
        if speaker.json:
            print_json(closed)
        else:
            told = ", ".join(closed["peers"]) or "nobody"
            print_line(f"{incident_id} is closed on this side; told: {told}. Their side is theirs to close.")

    return ending(work)


def _put(incident_id: str, speaker: Speaker, body: Callable[[], dict[str, Any]]) -> int:
    def work() -> None:
        if not speaker.as_:
            raise CommandError(ExitCode.USAGE, "say who speaks, with --as FUNCTION")
        said = body()
        sent = speaker.client().post_json(f"/incidents/{quoted(incident_id)}/items", said)
        told(sent, f"{said['kind'].replace('_', ' ')} {said['item_id']} as {speaker.as_}", speaker.json)

    return ending(work)


def _paragraphs(file: Path | None) -> list[str]:
    if file is None:
        raise CommandError(ExitCode.USAGE, "give the words with --text or --file")
    try:
        with file.open("rb") as source:
            data = source.read(MAX_TEXT_FILE_BYTES + 1)
        text = data.decode()
    except (OSError, UnicodeDecodeError) as fault:
        raise CommandError(ExitCode.USAGE, f"--file: {file} cannot be read as text: {fault}") from None
    if len(data) > MAX_TEXT_FILE_BYTES:
        raise CommandError(ExitCode.USAGE, f"--file: {file} has more than {MAX_TEXT_FILE_BYTES:,} bytes")
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
