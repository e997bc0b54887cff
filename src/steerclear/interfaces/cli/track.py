"""`steerclear track`: the tracks of the picture, and what is known of whose they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from cyclopts import App

from steerclear.interfaces.cli.local_client import LocalClient
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc


def track_commands() -> App:
    """The `track` group of commands."""
    app = App(name="track", help="Tracks of the picture: whose they are, why, and what they head for.")
    app.command(list_, name="list")
    app.command(show)
    return app


def list_(*, config: Path = NODE_FILE, unknown: bool = False, json: Json = False) -> int:
    """List the tracks of the picture; those that nobody knows come first.

    Exit codes: 0 done, 6 the node does not run, 7 it has no picture, 9 its file cannot be used.

    Parameters
    ----------
    config
        The node's file.
    unknown
        Only tracks that are unidentified, or elsewhere than declared.
    json
        One JSON document.
    """

    def work() -> None:
        found = LocalClient(config).get_json("/tracks")
        rows = [one for one in found if not unknown or state_of(one) != "identified"]
        if json:
            print_json(rows)
            return
        print_table(
            ("track", "says", "state", "whose", "confidence", "on what", "since", "at", "height"), map(_row, rows)
        )

    return ending(work)


def show(track_id: str, *, config: Path = NODE_FILE, json: Json = False) -> int:
    """Show one track: whose it is and why, what else it could be, and what it is in or heads for.

    Exit codes: 0 done, 6 the node does not run, 7 no such track, 9 its file cannot be used.

    Parameters
    ----------
    track_id
        Name of the track, as `track list` shows it.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        found = LocalClient(config).get_json(f"/tracks/one?track={quote(track_id, safe='')}")
        if json:
            print_json(found)
            return
        known = found["identification"]
        print_line(f"{track_id}: {state_of(found).replace('_', ' ').upper()}, says {says(found['track']['identity'])}")
        if found["track"]["place_doubtful"]:
            print_line(f"only {', '.join(found['track']['sources'])} shows it, out of alignment: it is elsewhere")
        if known is not None:
            print_matches(known)
        for one in found["approaches"]:
            print_line(approach_line(one))
        if not found["approaches"]:
            print_line("in nothing, and heads for nothing that is declared, within the agreed time")

    return ending(work)


def state_of(row: Any) -> str:
    """What is known of a track, in a word."""
    return "unidentified" if row["identification"] is None else str(row["identification"]["state"])


def says(identity: Any) -> str:
    """What an aircraft says of itself."""
    address = identity["icao_address"]
    parts = [identity["callsign"], identity["remote_id"], None if address is None else f"{address:06x}"]
    return " ".join(part for part in parts if part) or "nothing of itself"


def print_matches(known: Any) -> None:
    """The explanation of a track that holds, and the others."""
    if known["match"] is not None:
        print_match("", known["match"])
    for other in known["alternatives"]:
        print_match("or: ", other)


def print_match(label: str, match: Any) -> None:
    """One explanation with its reasons."""
    item = f", {match['title'] or match['item_id']}" if match["item_id"] else ""
    basis = match["basis"].replace("_", " ")
    print_line(f"{label}{match['party']}{item} (confidence {match['confidence']:.2f}, by {basis})")
    for reason in match["reasons"]:
        print_line(f"    {reason}")


def approach_line(one: Any) -> str:
    """What a track is in or heads for, in words."""
    after_s = one["time_to_boundary_s"]
    way = "inside" if after_s <= 0 else f"in {after_s:.0f} s, flying straight on, inside"
    whose = " and ".join(one["parties"])
    return f"{way} {one['kind'].replace('_', ' ')} {one['title'] or one['item_id']} of {whose}"


def _row(row: Any) -> tuple[object, ...]:
    track, known = row["track"], row["identification"]
    match = None if known is None else known["match"]
    height = "unknown" if track["altitude_m"] is None else f"{track['altitude_m']:.0f} m {track['altitude_datum']}"
    state = state_of(row).replace("_", " ")
    return (
        track["track_id"],
        says(track["identity"]),
        state if state == "identified" else state.upper(),
        "" if match is None else f"{match['party']} {match['title']}".strip(),
        "" if match is None else f"{match['confidence']:.2f}",
        "" if match is None else match["basis"].replace("_", " "),
        "" if known is None else utc(known["decided_s"]),
        f"{track['latitude_deg']:.4f}, {track['longitude_deg']:.4f}",
        height,
    )
