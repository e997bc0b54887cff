"""`steerclear keys`."""

from __future__ import annotations

from steerclear.interfaces.cli.keys import keys_commands

keys = keys_commands()
