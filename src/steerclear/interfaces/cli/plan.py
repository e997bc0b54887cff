"""`steerclear plan` and `steerclear zone`: from a file to a declared plan, its changes and its end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Literal

from cyclopts import App

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.item_commands import change_command, list_command, open_command, show_command
from steerclear.interfaces.cli.line_terms import Speaker
from steerclear.interfaces.cli.local_client import quoted
from steerclear.interfaces.cli.output import ending, print_json
from steerclear.interfaces.cli.plan_authority import authority_command
from steerclear.interfaces.cli.plan_check import body_of, check_command, print_draft, stated_of
from steerclear.interfaces.cli.plan_tools import NO_WORDS, PLAINLY, Declaring, FileWords, PlanTools, Purpose, new_name
from steerclear.interfaces.cli.plan_view import print_declaration
from steerclear.interfaces.cli.stated_places import UNSTATED, Stated


def plan_commands(tools: PlanTools) -> App:
    """The `plan` group."""
    app = App(name="plan", help="Check a plan before it is flown; declare, amend, activate, end, open it; list plans.")
    for name, command in (
        ("check", check_command(tools, "plan")),
        ("submit", _submit(tools)),
        ("amend", _amend(tools)),
        ("cancel", change_command("plans", "cancel")),
        ("activate", change_command("plans", "activate")),
        ("leave", change_command("plans", "leave")),
        ("return", change_command("plans", "return")),
        ("give-up", change_command("plans", "give_up")),
        ("end", change_command("plans", "end")),
        ("open", open_command("plans")),
        ("authority", authority_command(tools)),
        ("list", list_command("plans")),
        ("show", show_command("plans")),
    ):
        app.command(command, name=name)
    return app


def zone_commands(tools: PlanTools) -> App:
    """The `zone` group."""
    app = App(name="zone", help="Check and declare a zone; amend, close, take it back; list zones.")
    for name, command in (
        ("check", check_command(tools, "zone")),
        ("declare", _declare_zone(tools)),
        ("amend", _amend_zone(tools)),
        ("close", change_command("zones", "close")),
        ("cancel", change_command("zones", "cancel")),
        ("open", open_command("zones")),
        ("list", list_command("zones")),
        ("show", show_command("zones")),
    ):
        app.command(command, name=name)
    return app


def _submit(tools: PlanTools) -> Any:
    def submit(
        file: Path,
        *,
        speaker: Speaker,
        words: FileWords = NO_WORDS,
        declaring: Declaring = PLAINLY,
        stated: Stated = UNSTATED,
        purpose: Purpose = "ordinary",
        name: str | None = None,
    ) -> int:
        """Check a plan and declare it: then the other parties know of it. It is known, not permitted.

        Exit codes: 0 declared, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used, 11 not declared
        because something stands against it, 12 the file is no plan.

        Parameters
        ----------
        file
            A route, orbit, waypoints, GeoJSON, KML, F3548-21 JSON or ICAO flight plan.
        purpose
            Ordinary, medical or emergency.
        name
            Its UUID of version 4; made up where not given. With it, the same command again is safe.
        """
        extra: dict[str, Any] = {"item_id": name or new_name(), "revision": 1}
        return declare(tools, "plan", file, speaker, (words, stated), declaring.body() | extra, purpose)

    return submit


def _amend(tools: PlanTools) -> Any:
    def amend(
        item: str,
        file: Path,
        *,
        speaker: Speaker,
        words: FileWords = NO_WORDS,
        declaring: Declaring = PLAINLY,
        stated: Stated = UNSTATED,
        purpose: Purpose = "ordinary",
        revision: int | None = None,
    ) -> int:
        """Check a changed plan and declare it in place of the one before. What is not said again is not kept.

        Exit codes: 0 declared, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used, 11 not declared
        because something stands against it, 12 the file is no plan.

        Parameters
        ----------
        item
            Its name, as `plan list` shows it.
        file
            The changed plan.
        purpose
            Ordinary, medical or emergency.
        revision
            The revision that this is to be; the next one where not given.
        """
        return declare(tools, "plan", file, speaker, (words, stated), declaring.body(), purpose, (item, revision))

    return amend


def _declare_zone(tools: PlanTools) -> Any:
    def declare_zone(
        file: Path,
        *,
        speaker: Speaker,
        words: FileWords = NO_WORDS,
        declaring: Declaring = PLAINLY,
        stated: Stated = UNSTATED,
        sought: Literal["unilateral", "acknowledged", "agreed"] = "unilateral",
        name: str | None = None,
    ) -> int:
        """Check a zone and declare it. One that seeks the others' word stays requested until it has it.

        Exit codes: 0 declared, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used, 11 not declared
        because something stands against it, 12 the file is no zone.

        Parameters
        ----------
        file
            A GeoJSON, KML, F3548-21 JSON or other file of volumes.
        sought
            On whose word it is to stand: our own, with the others' acknowledgement, or with their approval.
        name
            Its UUID of version 4; made up where not given.
        """
        extra: dict[str, Any] = {"item_id": name or new_name(), "revision": 1, "sought": sought}
        return declare(tools, "zone", file, speaker, (words, stated), declaring.body() | extra, "")

    return declare_zone


def _amend_zone(tools: PlanTools) -> Any:
    def amend_zone(
        item: str,
        file: Path,
        *,
        speaker: Speaker,
        words: FileWords = NO_WORDS,
        declaring: Declaring = PLAINLY,
        stated: Stated = UNSTATED,
        sought: Literal["unilateral", "acknowledged", "agreed"] = "unilateral",
        revision: int | None = None,
    ) -> int:
        """Check a changed zone and declare it in place of the one before; its life begins anew.

        Exit codes: 0 declared, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used, 11 not declared
        because something stands against it, 12 the file is no zone.

        Parameters
        ----------
        item
            Its name, as `zone list` shows it.
        file
            The changed zone.
        sought
            On whose word it is to stand.
        revision
            The revision that this is to be; the next one where not given.
        """
        said = declaring.body() | {"sought": sought}
        return declare(tools, "zone", file, speaker, (words, stated), said, "", (item, revision))

    return amend_zone


def declare(
    tools: PlanTools,
    noun: str,
    file: Path,
    speaker: Speaker,
    beside: tuple[FileWords, Stated],
    said: dict[str, Any],
    purpose: str,
    amends: tuple[str, int | None] | None = None,
) -> int:
    """Read a file and declare what is in it, or with `amends` (name, revision) in place of what was declared."""

    def work() -> ExitCode:
        words, stated = beside
        draft = words.draft(tools, file, time.time())
        if not speaker.json:
            print_draft(draft)
        body = body_of(noun, draft, purpose) | stated_of(tools, draft, stated) | said
        path, client = f"/{noun}s", speaker.client()
        if amends is None:
            found = client.post_json(path, body)
        else:
            item, revision = amends
            held = client.get_json(f"{path}/{quoted(item)}") if revision is None else {"revision": revision - 1}
            found = client.put_json(f"{path}/{quoted(item)}", body | {"revision": held["revision"] + 1})
        return told(found, "declared", speaker.json)

    return ending(work)


def told(found: Any, what: str, json: bool) -> ExitCode:
    """Say what came of it."""
    if json:
        print_json(found)
    else:
        print_declaration(found, what)
    return ExitCode.OK if found["declared"] else ExitCode.FINDINGS
