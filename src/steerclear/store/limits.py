"""Every limit of the store, named once. What comes from outside is bounded before it reaches the disk."""

from steerclear.tlog.limits import MAX_ENTRY_BYTES as MAX_LEAF_BYTES

MIN_SQLITE_VERSION = (3, 51, 3)
"""Earlier versions can silently lose committed writes when a writer races a WAL checkpoint."""

MAX_KEY_CHARS = 255
"""Append keys, link names, message ids, log names, slots and view keys."""

MAX_KIND_CHARS = 64
"""The name of an event kind."""

MAX_PAYLOAD_BYTES = 1_048_576
"""One event or outbox payload; larger content goes into a file known by its SHA-256."""

MAX_CONTENT_BYTES = 65_535
"""What one leaf commits to (salt and message), kept beside it."""

MAX_URGENCY = 9
"""Highest urgency of an outbox message."""

MAX_ROWS_PER_APPEND = 10_000
"""Events, outbox rows, leaves, deliveries and checkpoints of one append, each."""

MAX_APPEND_BYTES = 16_777_216
"""All bytes of one append together."""

MAX_LEAF_BATCH_ENTRIES = 500
"""Entries restored from elsewhere that go into one append."""

MAX_LEAF_BATCH_BYTES = 8_388_608
"""Entries and contents restored in one append: half of it, so that their events have room beside them."""

MAX_NOTE_BYTES = 65_536
"""One stored checkpoint note, as in `tlog`."""

MAX_QUEUE_LENGTH = 10_000
"""Appends waiting for the writer; beyond it the caller is told to slow down."""

MAX_GROUP_APPENDS = 512
"""Appends that share one transaction, so that the last of them does not wait too long for its receipt."""

MAX_PAGE_ROWS = 10_000
"""Rows of one read; longer reads go page by page, so that no reader holds back the WAL."""

MAX_SEGMENT_BYTES = 268_435_456
"""One segment file of raw reports."""

MAX_SEGMENT_RECORD_BYTES = 4_194_304
"""One record (a batch of reports) in a segment file."""

BACKUP_STEP_PAGES = 1_000
"""Pages that a backup copies at a time, before it tells how far it is."""

MIN_FREE_BYTES = 67_108_864
"""Room on the disk below which the operator is told, before appends fail: as much as the WAL keeps."""

CHECKPOINT_AFTER_PAGES = 1_000
"""Pages by which the WAL has grown when it is folded into the database, while appends go on."""

MAX_WORK_QUEUE_LENGTH = 4_096
"""Pieces of work that wait for the airspace directory's writer; beyond it callers are told to come again."""

MAX_GROUP_WORKS = 128
"""Pieces of work that share one transaction, so that the last of them does not wait too long for the first."""

MAX_FOUND_ENTITIES = 10_000
"""Candidates of one search; an area with more is too large to be answered."""

FOLD_AFTER_PAGES = 4_000
"""WAL pages after which the airspace directory has its WAL folded, beside the writer."""

FOLD_NOW_PAGES = 100_000
"""WAL pages after which its writer waits until all of it is folded: under a load that never pauses it would grow."""

MAX_TRANSACTION_ATTEMPTS = 16
"""Runs of one transaction on a shared database before its work is told that others came in between."""

MAX_POOL_CONNECTIONS = 4
"""Connections of one instance to the shared database: one that writes, some that read."""

DATABASE_TIMEOUT_MS = 5_000
"""Time for one statement on the shared database, and for a transaction that waits for its client."""

AUDIT_CHUNK_LEVEL = 14
"""A full audit hashes 2**14 leaves at a time, so its memory does not grow with the log."""

__all__ = [
    "AUDIT_CHUNK_LEVEL",
    "BACKUP_STEP_PAGES",
    "CHECKPOINT_AFTER_PAGES",
    "DATABASE_TIMEOUT_MS",
    "FOLD_AFTER_PAGES",
    "FOLD_NOW_PAGES",
    "MAX_APPEND_BYTES",
    "MAX_CONTENT_BYTES",
    "MAX_FOUND_ENTITIES",
    "MAX_GROUP_APPENDS",
    "MAX_GROUP_WORKS",
    "MAX_KEY_CHARS",
    "MAX_KIND_CHARS",
    "MAX_LEAF_BATCH_BYTES",
    "MAX_LEAF_BATCH_ENTRIES",
    "MAX_LEAF_BYTES",
    "MAX_NOTE_BYTES",
    "MAX_PAGE_ROWS",
    "MAX_PAYLOAD_BYTES",
    "MAX_POOL_CONNECTIONS",
    "MAX_QUEUE_LENGTH",
    "MAX_ROWS_PER_APPEND",
    "MAX_SEGMENT_BYTES",
    "MAX_SEGMENT_RECORD_BYTES",
    "MAX_TRANSACTION_ATTEMPTS",
    "MAX_URGENCY",
    "MAX_WORK_QUEUE_LENGTH",
    "MIN_FREE_BYTES",
    "MIN_SQLITE_VERSION",
]
