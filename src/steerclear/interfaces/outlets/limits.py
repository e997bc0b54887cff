"""Every limit of the outlets, with the reason for its size."""

MAX_OUTLETS = 64
"""Outlets of one node."""

MAX_NAME_CHARS = 64

MAX_TIMEOUT_S = 20.0
"""Time an outlet has to take a summons, unless its section says less: a rung that waits longer has failed."""

MAX_ARGUMENTS = 64
MAX_ARGUMENT_CHARS = 4_096
"""Words of a command, and characters of each."""

MAX_URLS = 16
MAX_URL_CHARS = 2_048
"""Addresses of one outlet that are written to one after the other, and characters of each."""

MAX_SUMMONS_BYTES = 4_096
"""A summons as JSON: so much a pipe takes at once on every system, whether its reader is quick or slow."""

MAX_OUTPUT_BYTES = 4_096
"""Of what a command writes, the last so many bytes are looked at; the rest is read and thrown away."""

MAX_CALLS_IN_FLIGHT = 4
"""Calls of one outlet that may be under way, those included that were given up because they hang."""

MAX_HEADLINE_CHARS = 200
"""Characters of a subject line."""

MAX_LANGUAGES = 64
"""Languages in which a summons can be said."""

MAX_LANGUAGE_BYTES = 65_536
"""File of one language; the shipped ones have a twentieth of it."""

MAX_WORDS_CHARS = 160
"""One fixed sentence of a summons, its blanks open: a headline still shows who is to take the line."""
