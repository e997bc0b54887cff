"""`steerclear record` with the agreement file."""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.dialogue.terms import AgreementVersion, Versions
from steerclear.interfaces.agreement_file import load_versions
from steerclear.interfaces.cli.record import record_commands


def read_versions(files: Sequence[tuple[bytes, bytes]]) -> Versions:
    """The versions of the agreement in (file, signatures) pairs. Raises AgreementError."""
    return Versions(tuple(AgreementVersion(one.agreement, one.sha256) for one in load_versions(files)))


record = record_commands(read_versions=read_versions)
