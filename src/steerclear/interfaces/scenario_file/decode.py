"""Scenario files: TOML that a person writes from a past incident, to the model's `Scenario`; docs/drills.md tells how.

A key means the same wherever it stands, so one table says how each is read. What a key's value is wrong in is told
with its path and line; an unknown key is refused, because a misspelt one would be without effect.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

import msgspec

from steerclear.interfaces.scenario_file import limits, values
from steerclear.interfaces.scenario_file.checks import check_scenario
from steerclear.interfaces.scenario_file.errors import ScenarioError
from steerclear.interfaces.scenario_file.places import Places
from steerclear.model.scenario import Scenario

_TIMES: Final = ("at", "from", "until", "by", "since", "before", "zero", "said")
_READERS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "every": ("every_s", values.duration(limits.MIN_EVERY_S)),
    "latency": ("latency_s", values.duration(at_most_s=limits.MAX_LATENCY_S)),
    "acknowledge_after": ("acknowledge_after_s", values.duration()),
    "relay_after": ("relay_after_s", values.duration()),
    "answer_after": ("answer_after_s", values.duration()),
    "tell_after": ("tell_after_s", values.duration()),
    "confirm_after": ("confirm_after_s", values.duration()),
    "clock_ahead": ("clock_ahead_s", values.clock_ahead),
    "radius": ("radius_m", values.length),
    "half_width": ("half_width_m", values.length),
    "shift": ("shift_m", values.length),
    "distance": ("distance_m", values.length),
    "altitude": ("altitude_m", values.height),
    "lower": ("lower_m", values.height),
    "upper": ("upper_m", values.height),
    "rotation": ("rotation_deg", values.degrees),
    "bearing": ("bearing_deg", values.degrees),
    "shift_bearing": ("shift_bearing_deg", values.degrees),
    "position": ("position", values.position),
    "centre": ("centre", values.position),
    "site": ("site", values.position),
    "polygon": ("polygon", values.positions),
    "route": ("route", values.positions),
    "icao_address": ("icao_address", values.address),
    "icao_addresses": ("icao_addresses", values.addresses),
    "happened": ("happened", values.sentences),
}
_VERBATIM: Final = frozenset({"agreement", "where", "each"})
"""Tables whose keys are not the scenario's."""
_FILE_KEYS: Final = {field: key for key, (field, _) in _READERS.items()} | {f"{key}_s": key for key in _TIMES}
_LENGTHS: Final = {
    "parties": (limits.MIN_PARTIES, limits.MAX_PARTIES),
    "tracks": (0, limits.MAX_TRACKS),
    "feeds": (0, limits.MAX_FEEDS),
    "expect": (1, limits.MAX_EXPECTATIONS),
    "without": (0, limits.MAX_VARIANTS),
    **dict.fromkeys(("declares", "says", "people", "tells", "outages", "notes"), (0, limits.MAX_STEPS)),
}


def decode_scenario(data: bytes) -> Scenario:
    """The scenario in a file's bytes. Raises ScenarioError naming the key and the line."""
    if len(data) > limits.MAX_FILE_BYTES:
        raise ScenarioError("", f"the scenario has {len(data):,} bytes; the limit is {limits.MAX_FILE_BYTES:,}")
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise ScenarioError("", f"the scenario is not UTF-8 text (byte {fault.start}); save it as UTF-8") from None
    for line, content in enumerate(source.splitlines(), start=1):
        # The parser walks a dotted name once for every dot in it.
        if content.partition("=")[0].count(".") > limits.MAX_NESTING:
            raise ScenarioError(f"line {line}", "has a name of more parts than any scenario has")
    try:
        document = tomllib.loads(source)
    except tomllib.TOMLDecodeError as fault:
        raise ScenarioError("", f"the scenario is not TOML: {fault}") from None
    except (RecursionError, ValueError) as fault:
        raise ScenarioError("", f"the scenario is not TOML that can be read: {str(fault)[:80]}") from None
    places = Places(source)
    document["source"] = source
    scenario = _converted(_Walk(places, document).document(), places)
    check_scenario(scenario, places)
    return scenario


class _Walk:
    """Reads the values of a document whose keys say what they are."""

    def __init__(self, places: Places, document: dict[str, Any]) -> None:
        self._places = places
        self._document = document
        head = document.get("drill")
        if not isinstance(head, dict):
            raise ScenarioError("drill", "is missing; a scenario begins with the table [drill]")
        if "start" not in head:
            raise ScenarioError(places.named("drill"), "start is missing, such as 2026-03-01T06:00:00Z")
        self._start_s = self._read("drill.start", head["start"], values.start)
        self._moment = values.moment(self._start_s)

    def document(self) -> dict[str, Any]:
        """The document with every value read."""
        for key, (at_least, at_most) in _LENGTHS.items():
            found = self._document.get(key, [])
            if not isinstance(found, list) or not at_least <= len(found) <= at_most:
                reason = f"needs {at_least} to {at_most} tables [[{key}]]"
                raise ScenarioError(self._places.named(key) if key in self._document else key, reason)
        return self._table(self._document, "", 0)

    def _table(self, table: dict[str, Any], path: str, depth: int) -> dict[str, Any]:
        found = {}
        for key, value in table.items():
            place = f"{path}.{key}" if path else key
            field, read = self._reader(key, path)
            if field in found or (field != key and field in table):
                raise ScenarioError(self._places.named(place), f"{field!r} is no key; write {key!r}")
            found[field] = self._value(value, place, depth) if read is None else self._read(place, value, read)
        return found

    def _value(self, value: Any, path: str, depth: int) -> Any:
        if depth > limits.MAX_NESTING:
            raise ScenarioError(self._places.named(path), "is nested deeper than any scenario is")
        if path.rpartition(".")[2] in _VERBATIM:
            return value
        if isinstance(value, dict):
            return self._table(value, path, depth + 1)
        if isinstance(value, list):
            return [self._value(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(value)]
        return value

    def _reader(self, key: str, path: str) -> tuple[str, Callable[[Any], Any] | None]:
        if key == "start" and path == "drill":
            return "start_s", values.start
        if key in _TIMES:
            return f"{key}_s", self._moment
        return _READERS.get(key, (key, None))

    def _read(self, path: str, value: Any, read: Callable[[Any], Any]) -> Any:
        try:
            return read(value)
        except ValueError as fault:
            raise ScenarioError(self._places.named(path), str(fault)) from None


def _converted(document: dict[str, Any], places: Places) -> Scenario:
    try:
        return msgspec.convert(document, Scenario)
    except msgspec.ValidationError as fault:
        said, _, where = str(fault).partition(" - at `$")
        path = ".".join(_FILE_KEYS.get(part, part) for part in where.rstrip("`").lstrip(".").split("."))
        for field, key in {**_FILE_KEYS, "start_s": "start"}.items():
            said = re.sub(rf"`{field}`", f"`{key}`", said)
        said = said.replace("Object contains unknown field", "there is no key").replace(
            "Object missing required field", "is without the key"
        )
        raise ScenarioError(places.named(path) if path else "", f"{said[:1].lower()}{said[1:]}") from None
