"""Limits of the joint timeline."""

from __future__ import annotations

from typing import Final

MAX_SIDES: Final = 8
"""Evidences that are put on one timeline."""

MAX_ROWS_A_SIDE: Final = 200_000
"""Journal rows of one side that are put on a timeline; a longer window is looked at in parts."""

MAX_TRACKS_A_SIDE: Final = 2_000
"""Aircraft of one side that are shown: those of alerts and questions first, then those with most reports."""

MAX_POINTS_A_TRACK: Final = 600
"""Points of one track that are shown; how many reports there were is told."""

MAX_REPORTS_A_SIDE: Final = 5_000_000
"""Raw reports of one side that are looked at."""

MAX_CLAIMS: Final = 500
"""Differences between the sides that are listed; all are counted."""

COMPARE_WITHIN_S: Final = 15.0
"""Between two reports that lie farther apart nobody says where an aircraft was in between."""

UNSTATED_ACCURACY_M: Final = 185.0
"""95 % radius of a position whose source states none: a tenth of a nautical mile."""

UNSTATED_HEIGHT_ACCURACY_M: Final = 60.0
"""95 % half-width of an altitude whose source states none: 200 ft."""

DIFFERING_POINTS: Final = 3
"""So many comparisons beyond their accuracy make two tracks of one aircraft differ: one alone can be noise."""

SAME_ALERT_WITHIN_S: Final = 120.0
"""Alerts of two sides about the same aircraft are one matter when they overlap, or begin so close to each other."""

MAX_HEIGHT_M: Final = 1e6
"""Higher than this no report is shown to have been: it says no height."""
