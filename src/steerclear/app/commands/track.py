"""`steerclear track`."""

from __future__ import annotations

from steerclear.interfaces.cli.track import track_commands

track = track_commands()
