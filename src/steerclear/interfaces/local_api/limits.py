"""Every limit of the local API, with the reason for its size."""

MAX_BODY_BYTES = 32 * 1024
"""A remark of 4,000 characters, escaped, and its frame."""

MAX_PLAN_BODY_BYTES = 512 * 1024
"""A plan of 64 volumes with 4,000 corners in all."""

MAX_PLAN_VOLUMES = 64
"""Volumes of one plan or zone, points of one route: as many as a notice carries."""

MAX_PLAN_VERTICES = 4_000
"""Corners of all polygons of one plan; a notice in full carries 512 of each polygon, a coarse one needs none."""

MAX_PLAN_IDENTITIES = 64
MAX_PLAN_FINDINGS = 1_000
"""Findings in spite of which one declares: as many as a check names."""

MAX_STATED_PLACES = 64
MAX_STATED_DISTANCE_M = 21_000_000.0
"""Of a place in words from the known place: halfway round the Earth."""

MAX_PAGE_ROWS = 1_000
"""Rows of one page of the journal or of a listing."""

MAX_SEQUENCE = 2**63 - 1
"""Largest sequence the store can hold, so the largest that one can ask to go on after."""

MAX_TOKEN_CHARS = 128
"""Characters of a bearer token; ours have 43."""

KEEP_ALIVE_S = 30
MAX_CONNECTIONS = 256
"""Connections and running requests at a time: desks, displays, followers of the journal."""

MAX_EXPORTS = 2
"""Records written at a time: a long one takes minutes and a thread, and a desk that says something needs one too."""

MAX_FOLLOWERS = 32
"""WebSockets that follow the journal at a time."""

FOLLOW_PAGE_ROWS = 500
"""Events read for a follower at a time: all that is held for it in memory."""

TAKE_TIMEOUT_S = 10.0
"""A follower that takes no event for so long is dropped; it comes again with its last sequence."""

CLOSE_GRACE_S = 2.0
"""Time to take the closing frame before the connection is dropped without it."""

MAX_FOLLOWER_FRAME_BYTES = 1_024
"""What a follower may send in one frame; it has nothing to say."""

MAX_TRACK_NAME_CHARS = 160
"""Longest name of an aircraft that is asked about: a track id is a source's name and a track number."""
