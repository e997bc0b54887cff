"""`steerclear incident`: open, look at, freeze and hand out incidents of a node; check and cut down their bundles."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

from cyclopts import App, Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.incident_file import opened_evidence
from steerclear.interfaces.cli.incident_replay import replay_command
from steerclear.interfaces.cli.incident_review import review_commands
from steerclear.interfaces.cli.incident_view import print_detail, print_evidence, print_incidents
from steerclear.interfaces.cli.joint_review import ReviewTools, joint_commands
from steerclear.interfaces.cli.line_terms import LineTools, Speaker, moment_s
from steerclear.interfaces.cli.list_pages import every_page
from steerclear.interfaces.cli.local_client import CommandError, LocalClient, quoted
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line
from steerclear.interfaces.cli.written_file import written
from steerclear.services.verify_record import ReadVersions

Words = Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())]


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class About:
    """What an incident is about."""

    at: str = "now"
    """When it happened: "now", "-10 min", or like 2026-01-31T06:00:00Z."""
    from_: Annotated[str | None, Parameter(name="--from")] = None
    """From when on the evidence is kept; without it the node's usual time before."""
    until: str | None = None
    """Until when; without it the node's usual time after."""
    track: Annotated[list[str], Parameter(consume_multiple=True, negative=())] = field(default_factory=list)
    """Tracks of the picture."""
    alert: Annotated[list[str], Parameter(consume_multiple=True, negative=())] = field(default_factory=list)
    """Alerts."""
    message: Annotated[list[str], Parameter(consume_multiple=True, negative=())] = field(default_factory=list)
    """Messages of the line."""
    to: Annotated[list[str], Parameter(consume_multiple=True, negative=())] = field(default_factory=list)
    """Parties that are told; without it, every one."""


_ANYTHING: Final = About()


def incident_commands(tools: LineTools, joint: ReviewTools, *, read_versions: ReadVersions) -> App:
    """The `incident` group of commands."""
    app = App(name="incident", help="Open, freeze, check, replay and review incidents.")
    for name, command in (
        ("list", list_incidents),
        ("show", show),
        ("open", _open_command(tools)),
        ("freeze", freeze),
        ("export", export),
        ("verify", _verify_command(read_versions)),
        ("replay", replay_command(read_versions)),
        ("redact", _redact_command(read_versions)),
        *review_commands(tools),
        *joint_commands(joint),
    ):
        app.command(command, name=name)
    return app


def list_incidents(*, config: Path = NODE_FILE, json: Json = False) -> int:
    """List the incidents that this node knows, by when they happened.

    Exit codes: 0 done, 6 the node does not run, 9 its file cannot be used.

    Parameters
    ----------
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        client = LocalClient(config)
        found = every_page(client, "/incidents?limit=1000", lambda one: str(one["incident"]["incident_id"]))
        if json:
            print_json(found)
        else:
            print_incidents(found)

    return ending(work)


def show(incident_id: str, *, config: Path = NODE_FILE, json: Json = False) -> int:
    """Show one incident: both sides' evidence, what was put on it, who has answered, and what stands against closing.

    Exit codes: 0 done, 6 the node does not run, 7 no such incident, 9 its file cannot be used.

    Parameters
    ----------
    incident_id
        Its name, as `incident list` shows it.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        found = LocalClient(config).get_json(f"/incidents/{quoted(incident_id)}")
        if json:
            print_json(found)
        else:
            print_detail(found)

    return ending(work)


def _open_command(tools: LineTools) -> Any:
    def open_(*, title: str, speaker: Speaker, about: About = _ANYTHING) -> int:
        """Open an incident: the evidence of a window around it is kept, and the other side is told and keeps its own.

        Exit codes: 0 opened, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        title
            What happened, in a few words.
        """

        def work() -> None:
            now_s = time.time()
            body: dict[str, Any] = {
                "title": title,
                "track_ids": about.track,
                "alert_ids": about.alert,
                "message_ids": about.message,
                "to": about.to or None,
                "at_s": None if about.at == "now" else moment_s(tools, "--at", about.at, now_s),
                "from_s": None if about.from_ is None else moment_s(tools, "--from", about.from_, now_s),
                "until_s": None if about.until is None else moment_s(tools, "--until", about.until, now_s),
            }
            opened = speaker.client().post_json("/incidents", body)
            if speaker.json:
                print_json(opened)
                return
            name, told = opened["incident"]["incident_id"], ", ".join(opened["peers"]) or "nobody"
            print_line(f"opened {name}; told: {told}. Its evidence is frozen when its window is over, or now with:")
            print_line(f'  steerclear incident freeze {name} --as "{speaker.as_}"')

        return ending(work)

    return open_


def freeze(incident_id: str, *, speaker: Speaker) -> int:
    """Freeze the evidence of an incident now. Before its window is over it is frozen once more at its end.

    Exit codes: 0 frozen, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    incident_id
        Its name.
    """

    def work() -> None:
        frozen = speaker.client().post_json(f"/incidents/{quoted(incident_id)}/freeze")
        if speaker.json:
            print_json(frozen)
        else:
            print_line(f"frozen as {frozen['file']} ({frozen['size_bytes']:,} bytes), SHA-256 {frozen['sha256']}")

    return ending(work)


def export(
    incident_id: str, out: Path, *, bundle: int | None = None, config: Path = NODE_FILE, json: Json = False
) -> int:
    """Write a frozen bundle of this side to a file, from the running node.

    Exit codes: 0 done, 6 the node does not run, 7 refused, 9 its file or OUT cannot be used.

    Parameters
    ----------
    incident_id
        Its name.
    out
        The ZIP file to write; one that is there is not replaced.
    bundle
        Which one, where it was frozen more than once; without it, the last.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        client = LocalClient(config)
        standing = client.get_json(f"/incidents/{quoted(incident_id)}")["standing"]
        if not standing["bundles"]:
            raise CommandError(ExitCode.REFUSED, f"{incident_id} is not frozen yet: `steerclear incident freeze`")
        number = standing["bundles"][-1]["number"] if bundle is None else bundle
        path = f"/incidents/{quoted(incident_id)}/bundles/{number}"
        size = written(out, lambda file: client.get_to(path, file))
        if json:
            print_json({"file": str(out), "bytes": size, "bundle": number})
        else:
            print_line(f"wrote {out} ({size:,} bytes); check it with: steerclear incident verify {out}")

    return ending(work)


def _verify_command(read_versions: ReadVersions) -> Any:
    def verify(bundle: Path, *, json: Json = False) -> int:
        """Check an incident bundle: every signature, hash, record, journal row and file of raw reports.

        Exit codes: 0 it holds, 8 it does not (or cannot be read), and what was changed.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        json
            One JSON document.
        """

        def work() -> None:
            evidence = opened_evidence(bundle, read_versions, json)
            print_evidence(evidence, json=json)

        return ending(work)

    return verify


def _redact_command(read_versions: ReadVersions) -> Any:
    def redact(bundle: Path, out: Path, *, withhold: Words = None, json: Json = False) -> int:
        """Write a bundle once more without parts of it; offline, and without any key. All else still verifies.

        Exit codes: 0 done, 2 usage, 7 it cannot be withheld, 8 the bundle does not hold, 9 OUT cannot be used.

        Parameters
        ----------
        bundle
            The ZIP file, or a folder with its files.
        out
            The ZIP file to write; one that is there is not replaced.
        withhold
            segments, segments/NAME, items.json, software.json, configuration.json, rows:KIND, rows:SEQUENCE,
            records/PEER.zip, or the id of a message.
        json
            One JSON document.
        """

        def work() -> None:
            if not withhold:
                raise CommandError(ExitCode.USAGE, "name what is left out with --withhold WHAT [WHAT ...]")
            size = written(out, lambda file: _redact(bundle, withhold, file, read_versions))
            if json:
                print_json({"file": str(out), "bytes": size, "withheld": withhold})
            else:
                print_line(f"wrote {out} ({size:,} bytes) without: {', '.join(withhold)}")

        return ending(work)

    return redact


def _redact(bundle: Path, withhold: list[str], file: BinaryIO, read_versions: ReadVersions) -> None:
    from steerclear.services.incident.bundle_files import IncidentRefusedError  # noqa: PLC0415 loads detection
    from steerclear.services.incident.redact_incident import redact_incident  # noqa: PLC0415
    from steerclear.services.redact_record import WithholdError  # noqa: PLC0415

    try:
        redact_incident(bundle, withhold, file, read_versions)
    except WithholdError as error:
        raise CommandError(ExitCode.REFUSED, str(error)) from None
    except IncidentRefusedError as error:
        raise CommandError(ExitCode.RECORD_REFUSED, f"{bundle} does NOT hold: {error}") from None
