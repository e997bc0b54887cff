"""Commands that plans, zones, sites and movements have alike: take back, move, open, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from steerclear.interfaces.cli.line_terms import Speaker
from steerclear.interfaces.cli.list_pages import every_page
from steerclear.interfaces.cli.local_client import LocalClient, quoted
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json
from steerclear.interfaces.cli.plan_view import print_declaration, print_item, print_items
from steerclear.model.plans import item_key

_WORDS: Final = {
    "cancel": "Take it back: it will not be. What has begun is ended or closed instead.",
    "activate": "Say that the flight is in use, inside its volumes.",
    "leave": "Say that the flight is outside its volumes.",
    "return": "Say that the flight is inside its volumes again.",
    "give_up": "Say that the flight will not come back inside its volumes.",
    "end": "Say that the flight is over.",
    "close": "Close the zone before its time is over.",
}
_SAID: Final = {
    "cancel": "cancelled",
    "activate": "activated",
    "leave": "outside its volumes",
    "return": "inside its volumes again",
    "give_up": "given up",
    "end": "ended",
    "close": "closed",
}


def change_command(path: str, event: str) -> Any:
    """A command that says what has happened to an item."""

    def change(item: str, *, speaker: Speaker) -> int:
        def work() -> None:
            client = speaker.client()
            if event == "cancel":
                found = client.delete_json(f"/{path}/{quoted(item)}")
            elif event == "close":
                found = client.post_json(f"/{path}/{quoted(item)}/close")
            else:
                found = client.post_json(f"/{path}/{quoted(item)}/state", {"event": event})
            _told(found, _SAID[event], speaker.json)

        return ending(work)

    change.__doc__ = f"""{_WORDS[event]}

    Exit codes: 0 stored and on its way, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    item
        Its name, as `list` shows it.
    """
    return change


def open_command(path: str) -> Any:
    """`open`."""

    def open_sealed(item: str, *, speaker: Speaker, revision: int | None = None) -> int:
        """Show the other side what was sealed; it sees by itself that it was declared so.

        Exit codes: 0 stored and on its way, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        item
            Its name, as `list` shows it.
        revision
            Only this sealed revision; all of them where not given.
        """

        def work() -> None:
            found = speaker.client().post_json(f"/{path}/{quoted(item)}/open", {"revision": revision})
            _told(found, "opened", speaker.json)

        return ending(work)

    return open_sealed


def list_command(path: str) -> Any:
    """`list`."""

    def listed(*, config: Path = NODE_FILE, all_: bool = False, json: Json = False) -> int:
        """Show what is known of them, ours and the peers'. A peer that is down keeps its own until they expire.

        Exit codes: 0 done, 6 the node does not run, 9 its file cannot be used.

        Parameters
        ----------
        config
            The node's file.
        all_
            Also what has come to its end.
        json
            One JSON document.
        """

        def work() -> None:
            found = _every_page(LocalClient(config), f"/{path}?ended={'true' if all_ else 'false'}")
            if json:
                print_json(found)
            else:
                print_items(found)

        return ending(work)

    return listed


def _every_page(client: LocalClient, path: str) -> list[Any]:
    """All of a list that the node gives in pages."""
    return every_page(client, path, lambda one: item_key(None if one["ours"] else one["party"], one["item_id"]))


def show_command(path: str) -> Any:
    """`show`."""

    def show(item: str, *, party: str | None = None, config: Path = NODE_FILE, json: Json = False) -> int:
        """Show one in full: its volumes as far as they are known, how it is told, what was sealed, its history.

        Exit codes: 0 done, 6 the node does not run, 7 there is none of that name, 9 its file cannot be used.

        Parameters
        ----------
        item
            Its name, as `list` shows it.
        party
            Whose it is, where several have one of that name.
        config
            The node's file.
        json
            One JSON document.
        """

        def work() -> None:
            asked = "" if party is None else f"?party={quoted(party)}"
            found = LocalClient(config).get_json(f"/{path}/{quoted(item)}{asked}")
            if json:
                print_json(found)
            else:
                print_item(found)

        return ending(work)

    return show


def _told(found: Any, what: str, json: bool) -> None:
    if json:
        print_json(found)
    else:
        print_declaration(found, what)
