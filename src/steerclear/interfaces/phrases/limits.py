"""Every limit of the phrase catalogue, with the reason for its size."""

MAX_LANGUAGES = 32
MAX_FILE_BYTES = 256 * 1024
"""One language's file."""

MAX_PHRASES = 500
MAX_PARAMETERS = 8
"""Blanks of one phrase: a sentence with more of them is not understood at once."""

MAX_RENDERED_CHARS = 500
"""A whole phrase, with the longest values that its blanks take: it is read out, or read at a glance."""

MAX_TEXT_CHARS = 200
"""A reason or topic in the sender's own words; longer free text stands beside the phrase."""

MAX_NAME_CHARS = 80
"""The name of a place, a unit, a track, a zone; a reference."""

MAX_FUNCTION_CHARS = 64
MAX_CALLSIGN_CHARS = 16

MAX_WORD_CHARS = 16
"""A language's word for a month or a unit."""

MAX_CAUSE_CHARS = 40
"""A language's words for a cause."""

MAX_PATTERN_CHARS = 64
"""A language's pattern for a time, an altitude, a position."""
