"""Agreement files on the command line: reading, writing, and what the commands need from other rooms."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.model.agreement import Agreement, AreaOfAuthority, PartyKeys

MAX_AGREEMENT_BYTES: Final = 4_000_000
T = TypeVar("T")


class AgreementTools(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands need from the rooms they may not import; all raise ValueError or OSError for a person."""

    decode: Callable[[bytes], Agreement]
    unsigned: Callable[[bytes, bytes | None], tuple[str, ...]]
    sign: Callable[[bytes, bytes | None, str, Path], bytes]
    """(file, signatures so far, party, root key file) -> signatures."""
    collect: Callable[[bytes, Sequence[bytes]], bytes]
    """(file, signature files) -> signatures."""
    start: Callable[[str, str, Sequence[tuple[str, str]], Mapping[str, PartyKeys], Sequence[str], float], bytes]
    """(id, title, (party, name)s, keys by party, languages, in force from) -> file."""
    amend: Callable[[bytes, float], bytes]
    """(file, in force from) -> file of the next version."""
    competing_areas: Callable[[tuple[AreaOfAuthority, ...]], tuple[tuple[AreaOfAuthority, AreaOfAuthority], ...]]


def as_command_error(work: Callable[[], T]) -> Callable[[], T]:
    """The work, with what is wrong with files and terms as the end of a command."""

    def guarded() -> T:
        try:
            return work()
        except BrokenPipeError:
            raise  # the reader of our output has gone, which is not the agreement's fault
        except OSError as fault:
            # What Python says of a file begins with a number that means nothing to a person.
            told = f"{fault.filename}: {fault.strerror}" if fault.filename else str(fault)
            raise CommandError(ExitCode.AGREEMENT_UNREADABLE, told) from None
        except ValueError as fault:
            raise CommandError(ExitCode.AGREEMENT_UNREADABLE, str(fault)) from None

    return guarded


def read_file(file: Path) -> bytes:
    """The bytes of a file. Raises ValueError for one that is too large."""
    with file.open("rb") as opened:
        data = opened.read(MAX_AGREEMENT_BYTES + 1)
    if len(data) > MAX_AGREEMENT_BYTES:
        raise ValueError(f"{file} is larger than {MAX_AGREEMENT_BYTES:,} bytes")
    return data


def write_file(file: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it or the old content."""
    aside = file.with_name(file.name + ".new")
    aside.write_bytes(data)
    aside.replace(file)


def write_new_file(file: Path, data: bytes) -> None:
    """Write a file that is not there yet. Raises CommandError where it is: what people wrote is not overwritten."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise CommandError(
            ExitCode.REFUSED, f"{file} is there already and is never overwritten; choose another name"
        ) from None
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)


def beside(file: Path) -> Path:
    """Where the signatures of an agreement file lie."""
    return file.with_name(file.name + ".sig")


def read_signatures(file: Path, named: Path | None) -> bytes | None:
    """The signatures named, or those beside the file; None where nobody has signed yet."""
    path = named or beside(file)
    return read_file(path) if named is not None or path.exists() else None


def name_of(terms: Agreement) -> str:
    """An agreement by id and version."""
    return f"agreement {terms.agreement_id} version {terms.version}"
