"""How commands end and what they print: tables for people, one JSON document for programs.

What a peer wrote is printed as text only; nothing in it can act as markup or as a command to the terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError

_HARMLESS: Final = "\u00a0\u202f\u2009\u3000"
"""Spaces that Python does not count as printable; a person may have typed them."""


def ending(command: Callable[[], ExitCode | None]) -> int:
    """Run a command's work; its problem goes to standard error, its code to the shell."""
    try:
        return command() or ExitCode.OK
    except CommandError as error:
        sys.stderr.write(f"steerclear: {shown(str(error))}\n")
        return error.code
    except KeyboardInterrupt:
        return ExitCode.OK


def shown(text: str) -> str:
    """The text as a terminal may be given it: what does not show as itself (escapes, overrides) is spelled out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _HARMLESS else ascii(char)[1:-1] for char in text)


def print_json(value: Any) -> None:
    """One JSON document on one line."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()


def print_line(text: str) -> None:
    """Text of our own making on lines of its own; what came from elsewhere goes through `shown` first."""
    sys.stdout.write("".join(f"{shown(line)}\n" for line in text.split("\n")))
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table, as wide as the terminal."""
    from rich.console import Console  # noqa: PLC0415 only a table needs it, and it takes time to load
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        # The first column names the thing: it is copied into the next command and never cut.
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else shown(str(cell))) for cell in row))
    Console().print(table)


def utc(time_s: float | None, same_day_as_s: float | None = None) -> str:
    """A time for people; empty for none. Without its date when that is the date of another time shown with it."""
    if time_s is None:
        return ""
    try:
        moment = datetime.fromtimestamp(time_s, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{time_s:.3g} s"  # no calendar has it; a table must not end over one wrong figure in it
    if same_day_as_s is not None and moment.date() == datetime.fromtimestamp(same_day_as_s, UTC).date():
        return moment.strftime("%H:%M:%SZ")
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
