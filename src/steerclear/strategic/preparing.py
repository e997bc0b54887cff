"""Volumes made ready for comparison, once each: preparing an outline costs far more than comparing it.

The cache changes no answer: a prepared volume follows from the volume alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from steerclear.model.volumes import Volume4D
from steerclear.strategic.limits import MAX_PREPARED
from steerclear.strategic.volumes import Buffer, PreparedVolume, prepare

NO_BUFFER: Final = Buffer(horizontal_m=0.0, vertical_m=0.0, time_s=0.0)


@lru_cache(maxsize=MAX_PREPARED)
def prepared(volume: Volume4D) -> PreparedVolume:
    """The volume, ready to be compared. Raises VolumeError for what is none."""
    return prepare(volume)
