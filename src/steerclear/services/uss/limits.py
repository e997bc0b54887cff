"""Every limit of the USS's services, with the reason for its size; those of ASTM F3548-21 with its names."""

MAX_PLAN_AHEAD_S = 30 * 86_400.0
"""OiMaxPlanHorizon: an operational intent begins at most 30 days ahead."""

MAX_CLOCK_DIFFERENCE_S = 5.0
"""TimeSyncMaxDifferential: a user whose clock is so far ahead may activate a flight that begins now by that clock."""

MAX_INTENT_VERTICES = 10_000
"""OiMaxVertices: vertices of all volumes of an intent together; a circle counts as one."""

MAX_INTENT_VOLUMES = 1_000
"""Volumes of one intent, nominal and off-nominal."""

MAX_CONSTRAINT_VERTICES = 1_000
"""CstrMaxVertices: vertices of all volumes of a constraint."""

MAX_CONSTRAINT_AREA_M2 = 1.0e10
"""CstrMaxArea: 10,000 square kilometres for all volumes of a constraint together."""

MAX_CONSTRAINT_DURATION_S = 86_400.0
"""CstrMaxDuration: 24 hours from the first beginning to the last end."""

MIN_CONSTRAINT_NOTICE_S = 600.0
"""CstrMinEffectiveTimeBuffer: a constraint begins at least 10 minutes after it is declared."""

MAX_CONSTRAINT_AHEAD_S = 56 * 86_400.0
"""CstrMaxPlanningHorizon."""

NOTIFY_WITHIN_S = 5.0
"""UssOiChangeNotificationMax: subscribers are told of a change within this time, 95 percent of the time."""

TELL_USER_WITHIN_S = 5.0
"""ConflictingOIMaxUserNotificationTime and its like: a user is told within this time."""

NOTICE_GIVE_UP_S = 3_600.0
"""A notification that a peer has not taken for so long is given up; what it would learn is old by then."""

NOTICE_RETRY_FIRST_S = 0.5
"""Wait after the first failed delivery of a notification; it doubles."""

NOTICE_RETRY_LONGEST_S = 60.0
"""Longest wait between two tries."""

MAX_NOTICES_AT_ONCE = 32
"""Notifications that travel at a time, so that one slow peer does not hold up the others."""

MAX_KEY_ROUNDS = 4
"""How often a plan is checked and put again after the DSS named what it did not know of."""

MAX_NEIGHBOURS = 2_000
"""Intents and constraints in the area of one plan; more than these cannot be checked in time, so it fails."""

MAX_FETCHES_AT_ONCE = 16
"""Details that are fetched from peers at a time for one plan."""

MAX_PLANNING_S = 20.0
"""Time for learning the airspace of one plan, whatever peers and DSS do."""

MAX_FLIGHTS = 10_000
"""Flights that are not closed."""

MAX_TITLE_CHARS = 200
"""A flight's title."""

MAX_FOREIGN_INTENTS = 20_000
"""Intents and constraints of others that notifications have told of; ended ones and the oldest give way first."""

MAX_USER_NOTICES = 10_000
"""User notices that can be asked for; the oldest give way."""

MAX_POSITIONS_HELD = 600
"""Newest positions of one flight that are held; all go into the records."""

MAX_RECORD_BODY_BYTES = 65_536
"""How much of the body of an exchange is kept in the records."""

MAX_RECORD_FILE_BYTES = 16_777_216
"""One file of records; then the next is begun."""

MAX_RECORD_FILES = 64
"""Files of records that are kept; the oldest gives way: about one gigabyte."""

MAX_LOG_SET_RECORDS = 100_000
"""Records of one log set; ask for a shorter time."""

MAX_REPORT_CHARS = 500
"""Words about what was wrong with a peer's answer."""

TELEMETRY_AGE_S = 60.0
"""Telemetry that is older is no telemetry."""

TELEMETRY_EVERY_S = 1.0
"""When a peer may ask for telemetry again."""

TICK_S = 0.5
"""Time between two looks at the flights; well within the 5 s that the standard gives to follow them."""

OFF_NOMINAL_SPEED_MPS = 30.0
"""How fast an aircraft that left its volumes is taken to go where nothing else is known."""

OFF_NOMINAL_LOOK_S = 120.0
"""How far ahead the volumes of an aircraft that left its own reach."""

OFF_NOMINAL_HEIGHT_M = 150.0
"""How far above and below its last position an aircraft that left its volumes may be."""

UNKNOWN_HEIGHT_LOWER_M = -500.0
"""From where on an aircraft that left its volumes may be where nothing is known of its height."""

UNKNOWN_HEIGHT_UPPER_M = 20_000.0
"""Up to where it may be then."""

__all__ = [
    "MAX_CLOCK_DIFFERENCE_S",
    "MAX_CONSTRAINT_AHEAD_S",
    "MAX_CONSTRAINT_AREA_M2",
    "MAX_CONSTRAINT_DURATION_S",
    "MAX_CONSTRAINT_VERTICES",
    "MAX_FETCHES_AT_ONCE",
    "MAX_FLIGHTS",
    "MAX_FOREIGN_INTENTS",
    "MAX_INTENT_VERTICES",
    "MAX_INTENT_VOLUMES",
    "MAX_KEY_ROUNDS",
    "MAX_LOG_SET_RECORDS",
    "MAX_NEIGHBOURS",
    "MAX_NOTICES_AT_ONCE",
    "MAX_PLANNING_S",
    "MAX_PLAN_AHEAD_S",
    "MAX_POSITIONS_HELD",
    "MAX_RECORD_BODY_BYTES",
    "MAX_RECORD_FILES",
    "MAX_RECORD_FILE_BYTES",
    "MAX_REPORT_CHARS",
    "MAX_TITLE_CHARS",
    "MAX_USER_NOTICES",
    "MIN_CONSTRAINT_NOTICE_S",
    "NOTICE_GIVE_UP_S",
    "NOTICE_RETRY_FIRST_S",
    "NOTICE_RETRY_LONGEST_S",
    "NOTIFY_WITHIN_S",
    "OFF_NOMINAL_HEIGHT_M",
    "OFF_NOMINAL_LOOK_S",
    "OFF_NOMINAL_SPEED_MPS",
    "TELEMETRY_AGE_S",
    "TELEMETRY_EVERY_S",
    "TELL_USER_WITHIN_S",
    "TICK_S",
    "UNKNOWN_HEIGHT_LOWER_M",
    "UNKNOWN_HEIGHT_UPPER_M",
]
