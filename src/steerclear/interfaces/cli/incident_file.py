"""Files of incident bundles on the command line: read and checked, or written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

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


def written(out: Path, fill: Callable[[BinaryIO], None]) -> int:
    """Bytes of a new file, durable; nothing is left of one that could not be finished. Raises CommandError."""
    try:
        with out.open("xb") as file:
            try:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
                return file.tell()
            except BaseException:
                with contextlib.suppress(OSError):
                    out.unlink(missing_ok=True)  # half a bundle looks like one that was tampered with
                raise
    except FileExistsError:
        raise CommandError(ExitCode.CONFIGURATION, f"{out} is there already; choose another name") from None
    except OSError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"cannot write {out}: {error.strerror}") from None
