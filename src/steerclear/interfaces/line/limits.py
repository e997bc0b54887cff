"""Every limit of the line's port beside those of `dialogue`, with the reason for its size."""

MAX_ANSWER_BYTES = 128 * 1024
"""A receipt is one signed note, a refusal one note and a sentence."""

MAX_REASON_BYTES = 300
"""Of what a peer says about its own trouble, so much is kept."""

MAX_CONNECTIONS = 64
"""Connections and running requests at a time; a peer needs one."""

MAX_CONNECTIONS_OF_ONE = 4
"""Connections under one certificate, so that no party takes all there are. One more ends the oldest of its own: that
may be one that the network has forgotten, and then the new one must get in.
"""

BODY_TIMEOUT_S = 20.0
"""Time to send the whole of a post once its head has arrived."""

KEEP_ALIVE_S = 75
"""Idle time after which the server closes a connection; longer than the time between two signs of life."""

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 6.0
"""Time a peer may take to check, store and answer one post: then the post goes again on a new connection.

A peer that needs longer loses nothing by it: it answers the repeated post at once, for it holds it already.
A connection that the network forgot without a word is noticed no sooner than this.
"""

SIGN_OF_LIFE_S = 10.0
"""When there is nothing to say, an empty post shows after so long whether the line is up."""

FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 3.0
"""Waits between attempts double from the first to the longest; each is shortened at random by up to a half, so that
two nodes that lost each other do not try in step."""

MAX_HANDSHAKES = 32
"""TLS handshakes at a time; one takes a millisecond of ours and some round trips, so more than this is an attack."""

MAX_HANDSHAKES_OF_ONE = 8
"""TLS handshakes at a time of one address, so that no stranger takes all there are; a peer's node makes one or two."""

HANDSHAKE_TIMEOUT_S = 10.0
"""Time for a handshake, over the slowest link that still carries a line."""

FAILURES_IN_A_ROW = 20
"""Failed handshakes of one address until it has to wait; a handshake that succeeds forgives all of them."""

FORGIVEN_PER_S = 1.0
"""Failed handshakes forgiven by the passing of time."""

MAX_ADDRESSES = 1_024
"""Addresses whose failures are remembered; the one that failed longest ago is forgotten first."""

LOG_REFUSALS_EVERY_S = 10.0
"""Refused connections of one kind are logged so often, with the number of those that were not."""
