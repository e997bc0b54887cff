"""Reads bundles of the joint record and of incidents for a report of effectiveness, told apart by what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Final

from steerclear.services.effectiveness.from_evidence import read_evidence
from steerclear.services.effectiveness.from_journal import EffectivenessError
from steerclear.services.effectiveness.from_record import read_record
from steerclear.services.effectiveness.limits import MAX_REPORT_SOURCES
from steerclear.services.effectiveness.observed import Observations
from steerclear.services.incident.bundle_files import HEAD
from steerclear.services.incident.evidence import open_evidence
from steerclear.services.record_bundle import read_bundle
from steerclear.services.verify_record import ReadVersions

_ALWAYS: Final = (-inf, inf)


def read_files(
    paths: Sequence[Path], read_versions: ReadVersions, from_s: float | None, until_s: float | None
) -> tuple[list[Observations], tuple[float, float]]:
    """What the bundles tell, and the period: as asked, else from the first message to the last export.

    Raises RecordError and IncidentRefusedError naming the file that does not hold, EffectivenessError.
    """
    if len(paths) > MAX_REPORT_SOURCES:
        raise EffectivenessError(f"give at most {MAX_REPORT_SOURCES} bundles for one report")
    asked = (_ALWAYS[0] if from_s is None else from_s, _ALWAYS[1] if until_s is None else until_s)
    found: list[Observations] = []
    for path in paths:
        bundle = read_bundle(path)
        if HEAD in bundle.names:
            found += read_evidence(open_evidence(path, read_versions), read_versions, asked)
        else:
            found.append(read_record(bundle, read_versions, path.name))
    issued = [message.issued_s for source in found for message in source.messages.values()]
    if from_s is None and not issued:
        raise EffectivenessError("nothing was said in these bundles; give --from and --until")
    begin_s = min(issued) if from_s is None else from_s
    end_s = max(source.known_until_s for source in found) + 1.0 if until_s is None else until_s
    return found, (begin_s, end_s)
