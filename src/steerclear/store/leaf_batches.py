"""Many entries known from elsewhere, cut into appends: how a log is restored from what the peer holds of it."""

from collections.abc import Iterable, Iterator

from steerclear.store.entries import LeafEntry
from steerclear.store.limits import MAX_LEAF_BATCH_BYTES, MAX_LEAF_BATCH_ENTRIES


def leaf_batches(log: str, first: int, held: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[LeafEntry, ...]]:
    """Leaves of `log` from place `first` on, out of (entry, content) pairs in order.

    Each batch leaves room in its append for events of as many bytes. Reads `held` no further than the batch given.
    """
    batch: list[LeafEntry] = []
    batch_bytes = 0
    for index, (entry, content) in enumerate(held, first):
        leaf_bytes = len(entry) + len(content)
        if batch and (len(batch) == MAX_LEAF_BATCH_ENTRIES or batch_bytes + leaf_bytes > MAX_LEAF_BATCH_BYTES):
            yield tuple(batch)
            batch, batch_bytes = [], 0
        batch.append(LeafEntry(log, entry, index, content))
        batch_bytes += leaf_bytes
    if batch:
        yield tuple(batch)
