"""`steerclear record` with the agreement file."""

from __future__ import annotations

from steerclear.interfaces.agreement_file import load_signed_agreement
from steerclear.interfaces.cli.record import record_commands

record = record_commands(read_agreement=load_signed_agreement)
