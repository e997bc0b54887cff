"""What must hold in a store after any crash."""

from steerclear.store import SqliteStore
from tests.store.samples import LINK, LOG, content, entry, urgency


def stored_numbers(store: SqliteStore, most: int) -> set[int]:
    """Numbers of the samples below `most` that are stored, after checking that each is there whole and exactly once."""
    rows = []
    while page := store.journal(rows[-1].sequence if rows else 0, limit=10_000):
        rows += page
    raised = [int(row.payload.split()[1]) for row in rows if row.kind == "alert.raised"]
    queued = [int(row.payload.split()[1]) for row in rows if row.kind == "notice.queued"]
    stored = {number for number in range(most) if store.receipt(f"append-{number}") is not None}
    leaves: list[bytes] = []
    while entries := store.leaves(LOG, start=len(leaves), limit=10_000):
        leaves += entries
    contents: list[bytes] = []
    while page_of_contents := store.contents(LOG, start=len(contents), limit=10_000):
        contents += page_of_contents
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    assert sorted(raised) == sorted(stored), "an event is missing or doubled"
    assert raised == queued
    assert [entry(number) for number in raised] == leaves, "the log does not follow the journal"
    assert [content(number) for number in raised] == contents, "a content is missing, torn or beside another entry"
    by_urgency = sorted(raised, key=urgency, reverse=True)
    pending = [row.message_id for row in store.pending(LINK, limit=10_000)]
    assert pending == [f"message-{number}" for number in by_urgency[:10_000]], "the outbox does not follow the journal"
    assert store.pending_counts().get(LINK, 0) == len(raised), "the outbox does not follow the journal"
    store.audit()
    return stored
