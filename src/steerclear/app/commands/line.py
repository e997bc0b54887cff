"""`steerclear line`."""

from __future__ import annotations

from steerclear.interfaces.cli.line import line_commands

line = line_commands()
