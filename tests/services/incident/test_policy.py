"""When incidents open by themselves: what the page says holds, and what cannot be is refused with its name."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from steerclear.model.alert import AlertChange, AlertKind, Severity
from steerclear.model.incident import IncidentCause
from steerclear.services.incident.causes import of_alert
from steerclear.services.incident.policy import IncidentPolicy
from tests.services.parties import START_S, make_alert

PAGE = Path(__file__).parents[3] / "docs" / "incident-format.md"


class File(msgspec.Struct):
    incidents: IncidentPolicy


def test_the_example_on_the_page_is_what_holds_without_a_word() -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert example is not None
    assert msgspec.toml.decode(example[1].encode(), type=File).incidents == IncidentPolicy()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("before_s = -1.0", "before_s"),
        ("after_s = 1e9", "after_s"),
        ('causes = ["by_hand"]', "nothing that a node sees by itself"),
        ('marking = "a\\u0007b"', "marking"),
        ("befor_s = 1.0", "befor_s"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_its_name(said: str, why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.toml.decode(f"[incidents]\n{said}\n".encode(), type=File)


@pytest.mark.requirement("SC-INC-27")
@pytest.mark.parametrize("kind", list(AlertKind))
@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("change", list(AlertChange))
def test_which_alerts_open_an_incident(kind: AlertKind, severity: Severity, change: AlertChange) -> None:
    alert = msgspec.structs.replace(make_alert(change=change, severity=severity), kind=kind, zone_id="z1")
    found = of_alert(alert, START_S)
    opens = {
        AlertKind.SEPARATION: (IncidentCause.SEPARATION_LOST, Severity.BREACH),
        AlertKind.TIME_IN_BREACH: (IncidentCause.SEPARATION_LOST, Severity.BREACH),
        AlertKind.ZONE: (IncidentCause.ZONE_PENETRATED, Severity.BREACH),
        AlertKind.STALE_TRACK: (IncidentCause.LINK_LOST, Severity.WARNING),
    }
    cause, at_least = opens.get(kind, (None, Severity.BREACH))
    begins = change in (AlertChange.RAISED, AlertChange.ESCALATED)
    expected = cause if begins and severity >= at_least else None
    assert (None if found is None else found.cause) is expected
    if found is not None:
        assert found.subjects == tuple(sorted(found.subjects))
        assert "zone z1" in found.subjects
