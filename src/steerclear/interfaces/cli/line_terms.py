"""What the `line` commands share: their common options, and the formats that are given to them from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError, LocalClient
from steerclear.interfaces.cli.options import NODE_FILE, As, Json
from steerclear.interfaces.cli.output import print_json, print_line


class LineTools(msgspec.Struct, frozen=True):
    """Formats that have a package of their own; each raises ValueError with what is wrong."""

    length_m: Callable[[str], float]
    height_m: Callable[[str], float]
    duration_s: Callable[[str], float]
    render: Callable[[str, Mapping[str, str], str], str]
    """(phrase code, parameters, language) -> the sentence."""
    languages: tuple[str, ...]


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class Speaker:
    """Who speaks, on which node."""

    as_: As
    """The function that speaks, for example "duty officer"."""
    desk: str | None = None
    """The desk, where several have that function."""
    config: Path = NODE_FILE
    """The node's file."""
    json: Json = False
    """One JSON document."""

    def client(self) -> LocalClient:
        """The way to the node. Raises CommandError."""
        return LocalClient(self.config, self.as_, self.desk)


def told(sent: Any, what: str, json: bool) -> None:
    """Say what was sent."""
    if json:
        print_json(sent)
        return
    for message_id in sent.get("message_ids") or [sent["message_id"]]:
        print_line(f"{what}: {message_id} is stored and on its way")


def parsed(read: Callable[[str], float], option: str, text: str) -> float:
    """A value through a reader. Raises CommandError naming the option."""
    try:
        return read(text)
    except ValueError as fault:
        raise CommandError(ExitCode.USAGE, f"{option}: {fault}") from None


def moment_s(tools: LineTools, option: str, text: str, now_s: float) -> float:
    """A time: "now", "+2 h", "-10 min" from now, or 2026-01-31T06:00:00Z. Raises CommandError."""
    if text == "now":
        return now_s
    if text[:1] in ("+", "-"):
        away_s = parsed(tools.duration_s, option, text[1:].strip())
        return now_s + away_s if text[0] == "+" else now_s - away_s
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        example = "2026-01-31T06:00:00Z"
        raise CommandError(ExitCode.USAGE, f'{option}: {text!r} must be "now", "+2 h", "-10 min" or like {example}')
    return moment.timestamp()


def position(option: str, text: str) -> dict[str, float]:
    """A position from "LATITUDE,LONGITUDE" in degrees. Raises CommandError."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise CommandError(ExitCode.USAGE, f"{option}: {text!r} must be like 36.5512,38.0104 (degrees)") from None
    if not abs(latitude) <= 90.0 or not abs(longitude) <= 180.0:
        raise CommandError(ExitCode.USAGE, f"{option}: {text!r} is not on the Earth")
    return {"latitude_deg": latitude, "longitude_deg": longitude}


def one_of(option: str, text: str, choices: type[StrEnum]) -> str:
    """One of a fixed set of words, "_" or "-" between its parts. Raises CommandError naming them all."""
    word = text.replace("-", "_")
    if word not in tuple(choices):
        raise CommandError(ExitCode.USAGE, f"{option}: {text!r} is none of: {', '.join(choices)}")
    return word


def phrase_time(time_s: float) -> str:
    """A time as phrases take it: whole seconds, cut off."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(time_s))).strftime("%Y-%m-%dT%H:%M:%SZ")
