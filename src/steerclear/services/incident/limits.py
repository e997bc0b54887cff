"""Every limit of incidents and their bundles, in one place."""

from __future__ import annotations

from typing import Final

MAX_BUNDLE_BYTES: Final = 8 * 1024 * 1024 * 1024
"""All files of an incident bundle together, unpacked, embedded records counted as they are packed."""

MAX_RECORD_BYTES: Final = 2 * 1024 * 1024 * 1024
"""One embedded record, packed: what a reader writes into a temporary file while it checks it."""

MAX_FILES: Final = 5_000
"""Files of an incident bundle."""

MAX_SEGMENTS: Final = 4_000
"""Segments of raw reports in one bundle."""

MAX_SEGMENTS_BYTES: Final = 4 * 1024 * 1024 * 1024
"""Raw reports of one bundle. Of a picture that ran longer only the last part goes in, and the bundle says so."""

MAX_ROWS: Final = 1_000_000
"""Journal rows of one bundle: a reader keeps 32 bytes of each."""

MAX_RUN_ROWS: Final = 500_000
"""Rows of what pictures decided in one bundle. Of a picture that ran longer only the last part goes in, as of its
reports: it decides without end, and its incidents must fit into a bundle after months as well."""

MAX_ROW_BYTES: Final = 8 * 1024 * 1024
"""One journal row as a line, with every character of its payload escaped."""

MAX_JSON_BYTES: Final = 64 * 1024 * 1024
"""Each of the files incident.json, items.json, software.json and configuration.json."""

MAX_LEAD_S: Final = 86_400.0
"""Messages that were said so long before the window go in where something in the window is about them."""

MAX_BEFORE_S: Final = 86_400.0
"""How far before it happened a window may begin."""

MAX_AFTER_S: Final = 86_400.0
"""How far after it happened a window may end."""

MAX_MARKING_CHARS: Final = 200
"""The classification that a bundle is marked with."""

MAX_TITLE_CHARS: Final = 200

MAX_OPEN_INCIDENTS: Final = 64
"""Incidents whose evidence is still to be frozen; beyond it none is opened by itself, and a person is told why."""

MAX_REPORTED_PER_DAY: Final = 200
"""Incidents that reports of one peer open in a day: nobody can fill our disk by reporting without end."""

MAX_ITEMS: Final = 200
"""Review items of one party on one incident; what a peer says beyond stays a message of the line."""

MAX_DIFFERENCES: Final = 1_000
"""Differences of one replay that are kept in words; all are counted."""
