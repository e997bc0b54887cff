"""How much room is left in the record with each peer: what is exported can be verified up to a size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from steerclear.services.exchange import Exchange
from steerclear.services.record_bundle import MAX_ENTRIES

NEARLY_FULL: Final = MAX_ENTRIES * 3 // 4
"""Entries of one log from which a person must see to it: at a steady pace a quarter of the time since its beginning
is left."""


def nearly_full_records(exchange: Exchange) -> Iterator[str]:
    """What to do about each log that nears what a record can hold, in words."""
    for peer, line in exchange.lines.items():
        sizes = (line.terms.outgoing, line.stored_size()), (line.terms.incoming, line.incoming.frontier.size)
        for log, size in sizes:
            if size >= NEARLY_FULL:
                yield (
                    f"the log {log.sender}-to-{log.receiver} has {size:,} entries, and a record of more than"
                    f" {MAX_ENTRIES:,} cannot be verified: export it now (`steerclear record export {peer}`), and sign"
                    " an agreement with another id and new keys, under which both nodes begin anew in new data folders"
                )
