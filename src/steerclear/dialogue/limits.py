"""Every limit on what the line accepts from a peer, with the reason for its size."""

MAX_ENTRY_BYTES = 65_535
"""One signed entry of a log (the log's own limit: tlog-tiles gives an entry a uint16 length)."""

MAX_BATCH_ENTRIES = 512
"""Entries of one post: about 60 ms of signature checks, so that a receipt is never far away."""

MAX_UNRECEIPTED_ENTRIES = 1_024
"""Entries of our log that the peer has not cosigned: what is told by machines waits outside the log while there are so
many, so that a person's word stands behind two posts at most."""

MAX_BATCH_BYTES = 4 * 1024 * 1024
"""Entries of one post and what they commit to, in bytes; what is more goes with the next post."""

MAX_BODY_BYTES = MAX_BATCH_BYTES + 128 * 1024
"""Whole body of a post: the entries, the signed checkpoint and the framing around them."""

MAX_CLOCK_SKEW_S = 5.0
"""How far ahead of our clock a peer's time may be (F3548-21: clocks within 5 s)."""

MAX_NUMBER = 1e15
"""No figure in a message is larger; times in seconds, distances in metres and the addresses all are far below."""

MAX_TIME_S = 253_402_300_799.0
"""The last second of the year 9999: a later time stands in no calendar, so no desk could be shown it."""

MAX_LIST_ITEMS = 64
"""Items of any list in a message."""

MAX_VERTICES = 512
"""Corners of one polygon in a message: an outline that follows a parallel for 100 km needs hundreds of them."""

MAX_MESSAGE_ID_CHARS = 160
"""Names of both parties and a number."""

MAX_PHRASE_PARAMETERS = 16
"""Blanks of one fixed phrase."""

MAX_PHRASE_PARAMETER_CHARS = 200
"""What fills one blank; what is longer is free text and stands beside the phrase."""

SALT_BYTES = 32
"""Random bytes before a message in what its entry commits to: without them a short message could be guessed."""

MAX_CONTENT_BYTES = 49_152
"""Salt and message of one entry."""

MAX_OPENING_PART_BYTES = 3_000
"""One part of what was sealed: in base64 it fills a text of 4,000 characters."""

MAX_OPENING_PARTS = 8
"""Parts of what was sealed: the item beside its own notice still fits into one content."""

MAX_KEY_STATEMENT_BYTES = 3_000
"""One signed key statement: in base64 it fills a text of 4,000 characters. All three keys and some logs fit."""

MAX_KEY_STATEMENT_NUMBER = 999_999
"""A party numbers its key statements from 1."""

MAX_KEY_STATEMENTS = 1_000
"""Key changes in one log: more are no rotation, and every reader keeps them."""

MAX_REVOCATIONS_PER_STATEMENT = 32
"""One for each of both directions of a party's lines to 15 others, and two more."""

MAX_LOG_NAME_CHARS = 208
"""Name of a log: agreement and both parties, 64 characters each, and what stands between."""
