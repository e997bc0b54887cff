"""`steerclear watch` with the readers of all formats and the agreement file."""

from __future__ import annotations

from pathlib import Path

from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.watch import watch_command
from steerclear.interfaces.feeds import open_sources
from steerclear.model.agreement import Agreement


def _load_agreement(path: Path) -> Agreement:
    return decode_agreement(path.read_bytes())


watch = watch_command(open_sources=open_sources, load_agreement=_load_agreement)
