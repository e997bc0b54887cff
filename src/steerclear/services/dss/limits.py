"""Every limit of the airspace directory, with the reason for its size."""

MAX_SUBSCRIPTION_S = 86_400.0
"""A subscription lasts a day at most (F3548-21, DSSMaxSubscriptionDuration); one without an end lasts so long."""

MAX_CLOCK_SKEW_S = 300.0
"""How far a time that a client calls now may be from ours: the start of a subscription, a requested OVN."""

MAX_LATE_START_S = 60.0
"""How much later than an operational intent that relies on it a subscription may be made to begin.

InterUSS's prober gives a subscription times that it works out some seconds after those of the intent.
"""

WIRE_ROUNDING_S = 0.001
"""Times that a client was told are rounded: what it sends back of them may be off by less than this."""

MAX_AREA_M2 = 2_500e6
"""Area of the volumes of an operational intent, a subscription or a query together; what InterUSS allows."""

MAX_CONSTRAINT_AREA_M2 = 10_000e6
"""Area of the volumes of a constraint together (F3548-21)."""

MAX_SUBSCRIPTIONS_IN_AREA = 1_000
"""Subscriptions of one client that overlap a new one."""

MAX_ENTITIES_OF_MANAGER = 1_000_000
"""Operational intents or constraints of one client; beyond it the client must remove what has ended."""

COUNT_EVERY_S = 10.0
"""How old a count of a client's entities may be."""

MAX_ANSWER_REFERENCES = 10_000
"""References in one answer."""

KEEP_ENDED_S = 30 * 86_400.0
"""Entities that ended so long ago are removed: their managers have left them behind."""

EVICT_EVERY_S = 3_600.0
"""Time between two looks for such entities."""

MAX_CACHED_VERTICES = 4_000_000
"""Vertices of prepared footprints that are kept in memory, some 100 bytes each."""

MAX_REPORT_BYTES = 1_048_576
"""One report of a failed exchange."""

__all__ = [
    "COUNT_EVERY_S",
    "EVICT_EVERY_S",
    "KEEP_ENDED_S",
    "MAX_ANSWER_REFERENCES",
    "MAX_AREA_M2",
    "MAX_CACHED_VERTICES",
    "MAX_CLOCK_SKEW_S",
    "MAX_CONSTRAINT_AREA_M2",
    "MAX_ENTITIES_OF_MANAGER",
    "MAX_LATE_START_S",
    "MAX_REPORT_BYTES",
    "MAX_SUBSCRIPTIONS_IN_AREA",
    "MAX_SUBSCRIPTION_S",
    "WIRE_ROUNDING_S",
]
