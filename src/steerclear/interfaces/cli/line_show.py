"""`steerclear line show | notices`: one message in full, as it is to be read; and what each side has notified."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from steerclear.interfaces.cli.line_terms import LineTools
from steerclear.interfaces.cli.line_view import acknowledged_words, answered_words, rung_words, step_words
from steerclear.interfaces.cli.list_pages import every_page
from steerclear.interfaces.cli.local_client import LocalClient, quoted
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc

_COMMON: Final = frozenset(
    {
        "type", "message_id", "to_function", "from_desk", "from_function", "urgency", "acknowledge_by_s", "relay_by_s",
        "respond_by_s", "phrase", "text",
    }
)  # fmt: skip
_LABEL_WIDTH: Final = 18
"""Most names of fields fit in, with a space after them."""
_NO_ANSWER: Final = "NO ANSWER YET"


def show_command(tools: LineTools) -> Any:
    """`line show`."""

    def show(message_id: str, *, config: Path = NODE_FILE, language: str | None = None, json: Json = False) -> int:
        """Show one message in full: who says it, its words in your language, what it is about, and all five states.

        Exit codes: 0 done, 6 the node does not run, 7 no such message, 9 its file cannot be used.

        Parameters
        ----------
        message_id
            Id of the message, as `line status` shows it.
        config
            The node's file.
        language
            In which language fixed phrases are read; every language there is, where not given.
        json
            One JSON document.
        """

        def work() -> None:
            client = LocalClient(config)
            found = client.get_json(f"/messages/{quoted(message_id)}")
            if json:
                print_json(found)
                return
            _print_message(tools, found, tools.languages if language is None else (language,))
            for words in client.get_json(f"/messages/{quoted(message_id)}/read-back")["words"]:
                _print_field("read back", words)

        return ending(work)

    return show


def notices(*, config: Path = NODE_FILE, all_: bool = False, json: Json = False) -> int:
    """Show what each side has notified: flights, activities, zones, protected sites, movements.

    Exit codes: 0 done, 6 the node does not run, 9 its file cannot be used.

    Parameters
    ----------
    config
        The node's file.
    all_
        Also what has been cancelled or has run out.
    json
        One JSON document.
    """

    def work() -> None:
        client = LocalClient(config)
        found = every_page(client, f"/notices?ended={'true' if all_ else 'false'}", _notice_key)
        if json:
            print_json(found)
            return
        print_table(
            ("notice", "", "subject", "title", "state", "revision", "from", "until", "given", "contact"),
            (_notice_row(one) for one in found),
        )

    return ending(work)


def _notice_key(one: Any) -> str:
    return f"{one['peer']}/{'out' if one['outgoing'] else 'in'}/{one['notice']['notice_id']}"


def _notice_row(one: Any) -> tuple[object, ...]:
    notice = one["notice"]
    short_s = one["short_by_s"]
    return (
        notice["notice_id"],
        f"{'to' if one['outgoing'] else 'from'} {one['peer']}",
        notice["subject"].replace("_", " "),
        notice["title"],
        one["state"] if one["state"] == "current" else one["state"].upper(),
        notice["revision"],
        utc(notice["from_s"]),
        utc(notice["until_s"]),
        "in time" if short_s is None else f"{short_s / 3_600.0:.1f} h LATE",
        notice["contact_function"],
    )


def _print_message(tools: LineTools, found: Any, languages: tuple[str, ...]) -> None:
    message = found["message"]
    way = f"to {found['peer']}" if found["direction"] == "sent" else f"from {found['peer']}"
    kind = found["kind"].replace("_", " ")
    print_line(f"{found['message_id']}: {kind} {way}, {found['urgency']}, issued {utc(found['issued_s'])}")
    if message.get("from_function"):
        _print_field("says", f"{message['from_function']}, {message['from_desk']}")
    if message.get("to_function"):
        _print_field("to", message["to_function"])
    phrase = message.get("phrase")
    for language in languages if phrase else ():
        _print_field(language, _rendered(tools, phrase, language))
    if message.get("text"):
        _print_field("text", message["text"])
    for name, value in message.items():
        if name not in _COMMON and value not in (None, "", []):
            _print_field(name.removesuffix("_s").replace("_", " "), _value(name, value))
    _print_states(found)


def _print_states(found: Any) -> None:
    for label, words in (
        ("received", utc(found["received_s"]) or "WAITING"),
        ("acknowledged", acknowledged_words(found) or _NO_ANSWER),
        ("relayed", step_words(found["relay"]) or "not asked for"),
        ("no objection", utc(found["no_objection_s"]) or "not said"),
        ("approved", utc(found["approved_s"]) or "not said"),
        ("answered", answered_words(found) or "not asked for"),
        ("rungs raised", rung_words(found) or "none"),
    ):
        _print_field(label, words)


def _print_field(label: str, words: str) -> None:
    print_line(f"{label:<{_LABEL_WIDTH - 1}} {words}")


def _value(name: str, value: Any) -> str:
    if name.endswith("_s") and isinstance(value, int | float):
        return utc(value)
    if isinstance(value, list):
        return "; ".join(_value("", one) for one in value)
    return _table(value) if isinstance(value, dict) else str(value)


def _table(value: Any) -> str:
    if "area" in value:
        return _volume(value)
    if "latitude_deg" in value:
        return _position(value)
    return ", ".join(f"{key} {_value(key, one)}" for key, one in value.items() if one not in (None, ""))


def _volume(volume: Any) -> str:
    area = volume["area"]
    if area["type"] == "circle":
        where = f"{area['radius_m']:g} m around {_position(area['centre'])}"
    else:
        where = "polygon " + " ".join(_position(vertex) for vertex in area["vertices"])
    datum = volume["altitude_datum"] or ""
    heights = [f"{name} {volume[key]:g} m {datum}" for name, key in (("from", "lower_m"), ("to", "upper_m"))
               if volume[key] is not None]  # fmt: skip
    return f"{where}, {' '.join(heights) or 'all heights'}, {utc(volume['from_s'])} to {utc(volume['until_s'])}"


def _position(position: Any) -> str:
    latitude, longitude = position["latitude_deg"], position["longitude_deg"]
    return f"{abs(latitude):.6f}{'N' if latitude >= 0 else 'S'} {abs(longitude):.6f}{'E' if longitude >= 0 else 'W'}"


def _rendered(tools: LineTools, phrase: Any, language: str) -> str:
    try:
        return tools.render(phrase["code"], phrase["parameters"], language)
    except ValueError:
        # A newer peer may know phrases that we do not: then its code and blanks are what there is to read.
        return f"{phrase['code']} {phrase['parameters']}"
