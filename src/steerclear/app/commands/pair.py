"""`steerclear pair` with the agreement file."""

from __future__ import annotations

from steerclear.interfaces.agreement_file import decode_agreement
from steerclear.interfaces.cli.pair import pair_command

pair = pair_command(decode=decode_agreement)
