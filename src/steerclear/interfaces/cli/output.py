"""How commands end and what they print: tables for people, one JSON document for programs.

What a peer wrote is printed as text only; nothing in it can act as markup or as a command to the terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError


def ending(command: Callable[[], ExitCode | None]) -> int:
    """Run a command's work; its problem goes to standard error, its code to the shell."""
    try:
        return command() or ExitCode.OK
    except CommandError as error:
        sys.stderr.write(f"steerclear: {error}\n")
        return error.code
    except KeyboardInterrupt:
        return ExitCode.OK


def print_json(value: Any) -> None:
    """One JSON document on one line."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.flush()


def print_line(text: str) -> None:
    """One line of text."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table, as wide as the terminal."""
    from rich.console import Console  # noqa: PLC0415 only a table needs it, and it takes time to load
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    Console().print(table)


def utc(time_s: float | None) -> str:
    """A time for people; empty for none."""
    if time_s is None:
        return ""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
