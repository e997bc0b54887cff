"""A self-contained HTML page of what two sides saw and said: map, line, alerts, proofs; no network needed."""

from steerclear.interfaces.timeline_page.content import (
    AlertLife,
    AlertStep,
    Claim,
    FlownTrack,
    LineMessage,
    LogProof,
    Recording,
    Timeline,
)
from steerclear.interfaces.timeline_page.page import render_timeline

__all__ = [
    "AlertLife",
    "AlertStep",
    "Claim",
    "FlownTrack",
    "LineMessage",
    "LogProof",
    "Recording",
    "Timeline",
    "render_timeline",
]
