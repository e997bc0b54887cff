"""`steerclear site` and `steerclear movement`: places and people on the ground that must not be harmed."""

from __future__ import annotations

import time
from typing import Any

from cyclopts import App

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.item_commands import change_command, list_command, open_command, show_command
from steerclear.interfaces.cli.line_terms import Speaker, moment_s, parsed, position
from steerclear.interfaces.cli.local_client import quoted
from steerclear.interfaces.cli.output import ending
from steerclear.interfaces.cli.plan import told
from steerclear.interfaces.cli.plan_tools import PLAINLY, TODAY, Declaring, Many, PlanTools, Window, new_name
from steerclear.interfaces.cli.stated_places import UNSTATED, Stated
from steerclear.model.volumes import Position


def site_commands(tools: PlanTools) -> App:
    """The `site` group."""
    return _group("site", "Protected sites on the ground: declare, amend, take back, list.", _site(tools))


def movement_commands(tools: PlanTools) -> App:
    """The `movement` group."""
    return _group("movement", "Movements on the ground: declare, amend, take back, list.", _movement(tools))


def _group(noun: str, text: str, declare: Any) -> App:
    app, path = App(name=noun, help=text), f"{noun}s"
    for name, command in (
        ("declare", declare),
        ("cancel", change_command(path, "cancel")),
        ("open", open_command(path)),
        ("list", list_command(path)),
        ("show", show_command(path)),
    ):
        app.command(command, name=name)
    return app


def _site(tools: PlanTools) -> Any:
    def declare(
        *,
        function: str,
        at: str,
        radius: str,
        speaker: Speaker,
        window: Window = TODAY,
        declaring: Declaring = PLAINLY,
        stated: Stated = UNSTATED,
        markings: str = "",
        name: str | None = None,
        amends: str | None = None,
    ) -> int:
        """Declare a place where nobody may be harmed, or with --amends change one.

        Exit codes: 0 declared, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used, 11 not declared
        because something stands against it.

        Parameters
        ----------
        function
            What it is: "field hospital", "food distribution".
        at
            LATITUDE,LONGITUDE in degrees.
        radius
            For example "300 m".
        markings
            How it can be told from the air.
        name
            Its UUID of version 4; made up where not given.
        amends
            The name of the site that this takes the place of, as its next revision.
        """

        def fields() -> dict[str, Any]:
            where = position("--at", at)
            return stated.body(tools, Position(**where)) | {
                "function": function,
                "position": where,
                "radius_m": parsed(tools.line.length_m, "--radius", radius),
                "markings": markings,
            }

        return _declare(tools, "sites", speaker, window, declaring, fields, name, amends)

    return declare


def _movement(tools: PlanTools) -> Any:
    def declare(
        *,
        function: str,
        route: Many,
        half_width: str,
        speaker: Speaker,
        window: Window = TODAY,
        declaring: Declaring = PLAINLY,
        stated: Stated = UNSTATED,
        vehicles: int | None = None,
        markings: str = "",
        name: str | None = None,
        amends: str | None = None,
    ) -> int:
        """Declare people or vehicles that move along a route, or with --amends change that.

        Exit codes: 0 declared, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used, 11 not declared
        because something stands against it.

        Parameters
        ----------
        function
            What it is: "aid convoy", "medical evacuation".
        route
            Points in order: LATITUDE,LONGITUDE LATITUDE,LONGITUDE …
        half_width
            How far to either side of the route, for example "50 m".
        vehicles
            How many.
        markings
            How they can be told from the air.
        name
            Its UUID of version 4; made up where not given.
        amends
            The name of the movement that this takes the place of, as its next revision.
        """

        def fields() -> dict[str, Any]:
            points = [position("--route", point) for point in route]
            return stated.body(tools, Position(**points[0])) | {
                "function": function,
                "route": points,
                "half_width_m": parsed(tools.line.length_m, "--half-width", half_width),
                "vehicles": vehicles,
                "markings": markings,
            }

        return _declare(tools, "movements", speaker, window, declaring, fields, name, amends)

    return declare


def _declare(
    tools: PlanTools,
    path: str,
    speaker: Speaker,
    window: Window,
    declaring: Declaring,
    fields: Any,
    name: str | None,
    amends: str | None,
) -> int:
    def work() -> ExitCode:
        now_s = time.time()
        times = {
            "from_s": moment_s(tools.line, "--from", window.from_, now_s),
            "until_s": moment_s(tools.line, "--until", window.until, now_s),
        }
        body = fields() | times | declaring.body()
        client = speaker.client()
        if amends is None:
            found = client.post_json(f"/{path}", body | {"item_id": name or new_name()})
        else:
            held = client.get_json(f"/{path}/{quoted(amends)}")
            found = client.put_json(f"/{path}/{quoted(amends)}", body | {"revision": held["revision"] + 1})
        return told(found, "declared", speaker.json)

    return ending(work)
