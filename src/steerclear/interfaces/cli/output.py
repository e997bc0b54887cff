"""How commands end and what they print: tables for people, one JSON document for programs.

What a peer wrote is printed as text only; nothing in it can act as markup or as a command to the terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError

_HARMLESS: Final = "\u00a0\u202f\u2009\u3000"
"""Spaces that Python does not count as printable; a person may have typed them."""


_GAP: Final = 2
"""Spaces between two columns."""


def ending(command: Callable[[], ExitCode | None], interrupted: ExitCode = ExitCode.INTERRUPTED) -> int:
    """Run a command's work; its problem goes to standard error, its code to the shell.

    `interrupted`: the code after Ctrl-C; OK for what is ended like that. A check that was broken off has found nothing.
    """
    try:
        return command() or ExitCode.OK
    except CommandError as error:
        sys.stderr.write(f"steerclear: {shown(str(error))}\n")
        return error.code
    except KeyboardInterrupt:
        return interrupted


def shown(text: str) -> str:
    """The text as a terminal may be given it: what does not show as itself (escapes, overrides) is spelled out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _HARMLESS else ascii(char)[1:-1] for char in text)


def print_json(value: Any) -> None:
    """One JSON document on one line."""
    try:
        document = msgspec.json.encode(value)
    except UnicodeEncodeError:  # the name of a file that is no UTF-8: told in JSON's own escapes
        document = json.dumps(msgspec.to_builtins(value)).encode()
    sys.stdout.buffer.write(document + b"\n")
    sys.stdout.flush()


def print_line(text: str) -> None:
    """Text of our own making on lines of its own; what came from elsewhere goes through `shown` first."""
    sys.stdout.write("".join(f"{shown(line)}\n" for line in text.split("\n")))
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """A table, as wide as the terminal; where a word would have to be broken for that, row below row instead."""
    from rich.console import Console  # noqa: PLC0415 only a table needs it, and it takes time to load
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    cells = [["" if cell is None else shown(str(cell)) for cell in row] for row in rows]
    console = Console()
    widths = _column_widths(columns, cells, console.width)
    if widths is None:
        _print_records(columns, cells, title)
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(column, width=width)
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _column_widths(columns: Sequence[str], cells: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How wide each column is; None where a word would have to be broken, or the first column, which people copy."""
    from rich.cells import cell_len  # noqa: PLC0415

    listed = [columns, *cells]
    widths = [max(cell_len(row[number]) for row in listed) for number in range(len(columns))]
    least = [
        max((cell_len(word) for row in listed for word in row[number].split(" ")), default=0)
        for number in range(len(columns))
    ]
    least[0] = widths[0]
    over = sum(widths) + _GAP * (len(widths) - 1) - room
    while over > 0:
        # The widest column that can still give way gives way, until it is no wider than the next one.
        giving = sorted((width for width, floor in zip(widths, least, strict=True) if width > floor), reverse=True)
        if not giving:
            return None
        number = next(n for n, width in enumerate(widths) if width == giving[0] and width > least[n])
        next_widest = next((width for width in giving if width < giving[0]), 0)
        given = max(min(over, giving[0] - max(next_widest, least[number])), 1)
        widths[number] -= given
        over -= given
    return widths


def _print_records(columns: Sequence[str], cells: Sequence[Sequence[str]], title: str | None) -> None:
    """Each row as a paragraph: its name, beside it what has no heading, below it a line for each other cell."""
    if title is not None:
        print_line(title)
    if not cells:
        print_line("none")
    label_width = max(map(len, columns[1:]), default=0)
    for number, row in enumerate(cells):
        if number:
            print_line("")
        beside = [cell for column, cell in zip(columns[1:], row[1:], strict=True) if cell and not column]
        print_line("  ".join([row[0], *beside]))
        for column, cell in zip(columns[1:], row[1:], strict=True):
            if column and cell:
                print_line(f"  {column:<{label_width}}  {cell}")


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
