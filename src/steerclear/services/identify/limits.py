"""Limits of identification: how much is asked, and how much is remembered."""

from typing import Final

MAX_OPEN_CASES: Final = 200
"""Cases open at once. More aircraft than that are not asked about by themselves; it is said of each of them."""

MAX_QUESTIONS_PER_MINUTE: Final = 30
"""Aircraft that the node asks about by itself within a minute: a broken feed must not ring every desk."""

SNIPPET_POINTS: Final = 30
SNIPPET_EVERY_S: Final = 10.0
"""The path that goes with a question: so many places, this far apart in time."""

MAX_PATHS: Final = 20_000
"""Aircraft whose path is kept."""

MAX_AGENCIES_PER_QUESTION: Final = 64
MAX_AGENCY_BYTES_PER_QUESTION: Final = 20_000
"""Agencies that one message names, and their names' length in bytes; a party with more gets more than one message."""

MAX_UNITS: Final = 64
"""Units that are told of one aircraft."""

MAX_REMEMBERED: Final = 20_000
"""Tracks whose last state the store's view keeps: those whose state has changed last. A node that starts reads them."""

MAX_CASES_KEPT: Final = 5_000
"""Cases that the store's view keeps, those that were opened or closed last; the journal has all of them."""

MAX_UNITS_KEPT: Final = 20_000
"""Units told of an aircraft that the store's view keeps, the newest; the journal has all of them."""

MAX_NOT_ASKED_KEPT: Final = 2_000
"""Aircraft that were not asked about, with the reason, that the store's view keeps: the newest."""

MAX_QUESTIONS_KEPT: Final = 1_000
"""Questions of peers that the store's view keeps for the desk's list, the newest; the line has all of them."""
