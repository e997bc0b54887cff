"""`steerclear keys` with the agreement file."""

from __future__ import annotations

from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.keys import keys_commands

keys = keys_commands(decode_agreement)
