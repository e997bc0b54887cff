"""A drill must notice when the shipped code stops doing its part: bugs are planted in it, one after the other."""

from __future__ import annotations

from typing import Any

import pytest

from steerclear.services import announce_alerts, entry_events, keep_time
from steerclear.services.identify import ask, tell_units
from steerclear.simulation.drill import people, play
from steerclear.strategic import contradictions
from steerclear.tactical.alignment_watch import AlignmentWatch
from tests.simulation.drill.played import missed, scenario


def nothing(*_: Any, **__: Any) -> None:
    return None


def none_happened(*_: Any) -> int:
    return 0


@pytest.mark.requirement("SC-DRL-02")
@pytest.mark.parametrize(
    ("name", "owner", "what", "instead", "noticed"),
    [
        ("told-wrong", keep_time.Timekeeper, "_raise_rungs", none_happened, "deputy-reached"),
        ("was-it-said", keep_time.Timekeeper, "_pass_deadlines", none_happened, "unanswered-for-both"),
        ("late-closure", keep_time, "early_rung", nothing, "not-passed-on-is-seen"),
        ("two-limits", contradictions, "two_limits", lambda *_: False, "contradiction-named"),
        ("told-wrong", contradictions, "contradicts", nothing, "words-against-coordinates"),
        ("notice-disputed", entry_events, "short_notice_s", nothing, "short-notice-counted"),
        ("turned-radar", AlignmentWatch, "scan", nothing, "turned-radar-found"),
        ("friends-unknown", ask, "agency_parts", lambda party: [party.agencies[:1]], "asked"),
        ("friends-unknown", people, "unit_confirms", nothing, "units-know"),
        ("friends-unknown", tell_units, "read_units", lambda *_: (), "units-know"),
        ("calls-unanswered", announce_alerts.AlertAnnouncer, "record", nothing, "inside-by-one-track"),
    ],
)
def test_a_planted_bug_is_noticed(
    monkeypatch: pytest.MonkeyPatch, name: str, owner: Any, what: str, instead: Any, noticed: str
) -> None:
    held = scenario(name)
    monkeypatch.setattr(owner, what, instead)
    assert noticed in missed(play(held))
