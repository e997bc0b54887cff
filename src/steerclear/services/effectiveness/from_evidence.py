"""Reads the evidence of an incident into what a report of effectiveness looks at: its window, and the records in it."""

from __future__ import annotations

from steerclear.services.effectiveness.flight_time import flight_seconds
from steerclear.services.effectiveness.from_journal import JournalReading
from steerclear.services.effectiveness.from_record import read_record
from steerclear.services.effectiveness.observed import Observations
from steerclear.services.incident.bundle_files import EvidenceRow, IncidentRefusedError
from steerclear.services.incident.evidence import IncidentEvidence, rows_read
from steerclear.services.verify_record import ReadVersions
from steerclear.store.entries import JournalRow


def read_evidence(
    evidence: IncidentEvidence, read_versions: ReadVersions, period: tuple[float, float]
) -> list[Observations]:
    """What one side's evidence tells: its journal within the incident's window, and each record that is embedded.

    Raises IncidentRefusedError, RecordError, EffectivenessError.
    """
    incident, us = evidence.incident, evidence.party
    peers = [party.party_id for party in evidence.versions.newest.agreement.parties if party.party_id != us]
    within = max(period[0], incident.from_s), min(period[1], incident.until_s)
    reading = JournalReading(us, evidence.versions, peers, *within)
    with rows_read():
        for row in evidence.rows():
            reading.take(journal_row(row))
    own = reading.observations(min(incident.until_s, evidence.exported_s))
    own.source = f"{evidence.path.name}, the evidence of {us} on incident {incident.incident_id}"
    own.not_read.append(
        f"Of {us}'s journal the window of incident {incident.incident_id} is here: links and alerts are counted in it."
    )
    own.not_read += evidence.withheld
    own.flight_s = _flight_s(evidence, period)
    found = [own]
    for peer in evidence.records:
        with evidence.record(peer) as bundle:
            found.append(read_record(bundle, read_versions, f"{evidence.path.name}, line to {peer}"))
    return found


def journal_row(row: EvidenceRow) -> JournalRow:
    """A row of the evidence as the journal has it."""
    return JournalRow(row.sequence, row.kind, row.payload.encode(), row.time_s)


def _flight_s(evidence: IncidentEvidence, period: tuple[float, float]) -> float | None:
    if not evidence.head.segments:
        return None
    head = evidence.head
    try:
        return flight_seconds(
            evidence.steps(), max(period[0], head.picture_from_s), min(period[1], head.picture_until_s)
        )
    except IncidentRefusedError:
        return None  # withheld, as the evidence says itself
