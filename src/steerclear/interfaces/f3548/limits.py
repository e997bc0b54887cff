"""Every limit of the F3548-21 interface, with the reason for its size."""

MAX_BODY_BYTES = 4 * 1024 * 1024
"""A request: 10,000 vertices take less than one megabyte, a key of 10,000 OVNs about as much."""

MAX_HEAD_BYTES = 65_536
"""The head of a request: eight times as much as its longest part, the token."""

MAX_QUERY_FIELDS = 32
"""Fields in the query of an address; no operation takes more than three."""

MAX_JSON_DEPTH = 64
"""Nesting of a request; the deepest message of the standard has 9 levels."""

BODY_TIMEOUT_S = 10.0
"""Time to send the whole of a request once its head has arrived."""

ANSWER_TIMEOUT_S = 20.0
"""Time after which a request that cannot be carried out is refused with 429 and may be repeated."""

MAX_CONNECTIONS = 512
"""Connections and running requests at a time."""

KEEP_ALIVE_S = 75
"""Idle time after which the server closes a connection."""

MAX_KEY_OVNS = 20_000
"""OVNs of one key: a plan that touches more than this many others has another problem."""

MAX_URL_CHARS = 2_048
"""A base URL."""

MAX_TIME_CHARS = 40
"""RFC3339 down to fractions of nanoseconds."""

MAX_VOLUMES = 1_000
"""Volumes of one reference or one set of details."""

MAX_VERTICES = 10_000
"""Vertices of all volumes of one request together, as F3548-21 has it for operational intents."""

MAX_TOKEN_CHARS = 8_192
"""A bearer token."""

MAX_TOKEN_LIFE_S = 3_600.0
"""A token may not be valid for longer than an hour from now."""

TOKEN_LEEWAY_S = 30.0
"""How far the clocks of the issuer and of this host may differ."""

MAX_CACHED_TOKENS = 10_000
"""Verified tokens that are remembered, so that a signature is checked once and not with every request."""

MAX_JWKS_BYTES = 1_048_576
"""A set of issuer keys."""

MAX_ISSUER_KEYS = 64
"""Keys of issuers that are held at a time."""

JWKS_REFRESH_S = 300.0
"""A set of issuer keys from a URL is fetched again after so long, so that a key that was withdrawn loses its force."""

JWKS_RETRY_S = 10.0
"""An unknown key id, or a failed fetch, makes the set be fetched no sooner than so long after the last time."""

JWKS_TIMEOUT_S = 5.0
"""Time for fetching a set of issuer keys."""

MIN_RSA_BITS = 2_048
"""A shorter issuer key is no key."""

MAX_SUBJECT_CHARS = 256
"""Name of a client, the `sub` of its tokens."""

MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""The answer of a DSS or of another USS: 2,000 references, or details with 10,000 vertices, are a quarter of it."""

TOKEN_TIMEOUT_S = 5.0
"""Time for getting an access token of ours."""

DSS_TIMEOUT_S = 10.0
"""Time for one request to the DSS."""

PEER_TIMEOUT_S = 4.0
"""Time for one request to another USS, which should answer within one second."""

DOWN_PEER_TIMEOUT_S = 2.0
"""Time for a USS that was declared down; it is asked once."""

MAX_SEEN_REQUESTS = 10_000
"""Request ids of the testing interface whose answers are kept; the oldest give way."""

MAX_REQUEST_ID_CHARS = 128
"""A request id of the testing interface."""

MAX_STATED_POSITIONS = 1_000
"""Positions in one report of an operator."""

MAX_WISH_IDENTITIES = 64
"""Identities that an operator may give of one flight."""

__all__ = [
    "ANSWER_TIMEOUT_S",
    "BODY_TIMEOUT_S",
    "DOWN_PEER_TIMEOUT_S",
    "DSS_TIMEOUT_S",
    "JWKS_REFRESH_S",
    "JWKS_RETRY_S",
    "JWKS_TIMEOUT_S",
    "KEEP_ALIVE_S",
    "MAX_ANSWER_BYTES",
    "MAX_BODY_BYTES",
    "MAX_CACHED_TOKENS",
    "MAX_CONNECTIONS",
    "MAX_HEAD_BYTES",
    "MAX_ISSUER_KEYS",
    "MAX_JSON_DEPTH",
    "MAX_JWKS_BYTES",
    "MAX_KEY_OVNS",
    "MAX_QUERY_FIELDS",
    "MAX_REQUEST_ID_CHARS",
    "MAX_SEEN_REQUESTS",
    "MAX_STATED_POSITIONS",
    "MAX_SUBJECT_CHARS",
    "MAX_TIME_CHARS",
    "MAX_TOKEN_CHARS",
    "MAX_TOKEN_LIFE_S",
    "MAX_URL_CHARS",
    "MAX_VERTICES",
    "MAX_VOLUMES",
    "MAX_WISH_IDENTITIES",
    "MIN_RSA_BITS",
    "PEER_TIMEOUT_S",
    "TOKEN_LEEWAY_S",
    "TOKEN_TIMEOUT_S",
]
