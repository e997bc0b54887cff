"""The live picture: reports in, alerts out. `(picture, reports, now) -> (picture, alerts)`, no clock, no transport."""

from steerclear.tactical.faults import PictureError, SetAside
from steerclear.tactical.limits import PictureLimits
from steerclear.tactical.picture import Picture, step
from steerclear.tactical.sources import FeedHealth
from steerclear.tactical.terms import AgeTerms, CorrelationTerms, Terms

__all__ = [
    "AgeTerms",
    "CorrelationTerms",
    "FeedHealth",
    "Picture",
    "PictureError",
    "PictureLimits",
    "SetAside",
    "Terms",
    "step",
]
