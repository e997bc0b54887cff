"""Files of incident bundles on the command line: read, and checked before anything of them is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.output import print_json
from steerclear.services.verify_record import ReadVersions


def opened_evidence(bundle: Path, read_versions: ReadVersions, json: bool) -> Any:
    """A bundle that was checked. Raises CommandError for one that does not hold."""
    from steerclear.services.incident.bundle_files import IncidentRefusedError  # noqa: PLC0415 loads detection
    from steerclear.services.incident.evidence import open_evidence  # noqa: PLC0415

    try:
        return open_evidence(bundle, read_versions)
    except IncidentRefusedError as error:
        if json:
            print_json({"verified": False, "where": error.where, "what": error.what})
        raise CommandError(ExitCode.RECORD_REFUSED, f"{bundle} does NOT hold: {error}") from None
