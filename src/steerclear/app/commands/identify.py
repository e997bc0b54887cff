"""`steerclear identify`."""

from __future__ import annotations

from steerclear.interfaces.cli.identify import identify_commands

identify = identify_commands()
