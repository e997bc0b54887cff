"""`steerclear agreement new` and `amend`: files for people to edit before they sign."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from steerclear.interfaces.cli.agreement_files import (
    AgreementTools,
    as_command_error,
    name_of,
    read_file,
    read_signatures,
    write_new_file,
)
from steerclear.interfaces.cli.agreement_words import utc_text
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.output import ending, print_line
from steerclear.model.agreement import PartyKeys
from steerclear.store.errors import StoreError
from steerclear.store.key_files import read_public_keys

_KEY_LINE: Final = re.compile(r'^(root|signing|witness|witness_ml_dsa) = "([A-Za-z0-9+/=]+)"$', re.MULTILINE)
_HOUR_S: Final = 3_600.0

AgreementId = Annotated[str, Parameter(name="--id")]
Parties = Annotated[list[str], Parameter(name="--party", negative=())]
KeyFiles = Annotated[list[str] | None, Parameter(name="--keys", negative=())]
Languages = Annotated[list[str] | None, Parameter(name="--language", negative=())]


def new_command(tools: AgreementTools) -> Callable[..., int]:
    """The `new` command."""

    def new(
        file: Path,
        *,
        id_: AgreementId,
        party: Parties,
        keys: KeyFiles = None,
        title: str | None = None,
        language: Languages = None,
        in_force_from: str | None = None,
    ) -> int:
        """Write a complete first agreement to begin with: valid as it is, with a word on every part, to be edited.

        Exit codes: 0 written, 2 the command line means nothing, 5 no agreement can be made of it, 7 the file is there
        already.

        Parameters
        ----------
        file
            The file to write; never overwritten.
        id_
            Id of the agreement: letters a-z, digits, '.', '_', '-'.
        party
            A party as ID="NAME", for example north="Northern air service"; give it once for each party.
        keys
            A party's public keys as ID=FILE, where FILE holds what `steerclear keys show` printed (with or without
            --json), or is its folder of keys on this machine. May be given for each party.
        title
            What it is about.
        language
            A language of messages, for example fr. May be given more than once. [default: en]
        in_force_from
            When it begins, as in 2026-01-31T06:00:00Z; the present hour where not given.
        """

        @as_command_error
        def work() -> None:
            parties = [_pair(text, "--party", 'north="Northern air service"') for text in party]
            named = [_pair(text, "--keys", "north=north-keys.json") for text in keys or []]
            unknown = {name for name, _ in named} - {name for name, _ in parties}
            if unknown:
                raise CommandError(ExitCode.USAGE, f"--keys {min(unknown)}=…: there is no --party {min(unknown)}=…")
            from_s = time.time() // _HOUR_S * _HOUR_S if in_force_from is None else _time_s(in_force_from)
            held = {name: _read_keys(Path(path)) for name, path in named}
            heading = title or f"Between {' and '.join(name for _, name in parties)}"
            data = tools.start(id_, heading, parties, held, language or ["en"], from_s)
            write_new_file(file, data)
            print_line(
                f"wrote {file}. Talk it over and edit it; `steerclear agreement show {file}` reads it back.\n"
                "When all agree, each party signs the same bytes with `steerclear agreement sign`."
            )

        return ending(work)

    return new


def amend_command(tools: AgreementTools) -> Callable[..., int]:
    """The `amend` command."""

    def amend(old: Path, new: Path, *, in_force_from: str, signatures: Path | None = None) -> int:
        """Write the next version of a signed agreement, to be edited and then signed by all.

        Exit codes: 0 written, 2 the command line means nothing, 5 the old version cannot be amended, 7 the new file
        is there already.

        Parameters
        ----------
        old
            The version in force, signed by all; one that is not is edited, not amended.
        new
            The file to write; never overwritten.
        in_force_from
            When the amendment begins, as in 2026-01-31T06:00:00Z.
        signatures
            The signatures of the old version; OLD.sig where not named.
        """

        @as_command_error
        def work() -> None:
            data = read_file(old)
            terms, missing = tools.decode(data), tools.unsigned(data, read_signatures(old, signatures))
            if missing:
                raise ValueError(
                    f"{name_of(terms)} is not signed by {', '.join(missing)}: nothing is in force that could be "
                    f"amended; edit {old} itself, or name its signatures with --signatures"
                )
            write_new_file(new, tools.amend(data, _time_s(in_force_from)))
            print_line(
                f"wrote {new}: version {terms.version + 1}, amending {old}. Edit it; "
                f"`steerclear agreement diff {old} {new}` says what changes, and `steerclear plan authority --amended "
                f"{new}` for which declared plans. Then each party signs it."
            )

        return ending(work)

    return amend


def _pair(text: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise CommandError(ExitCode.USAGE, f"{option} {text}: write it as {option} {example}")
    return name, value


def _time_s(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(ExitCode.USAGE, f"--in-force-from {text}: write a time as in {utc_text(0.0)}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _read_keys(path: Path) -> PartyKeys:
    """Public keys from what `steerclear keys show` printed, or from a folder of keys. Raises ValueError, OSError."""
    if path.is_dir():
        try:
            public = read_public_keys(path)
        except StoreError as fault:
            raise ValueError(str(fault)) from None
        return PartyKeys(
            root=public.root, signing=public.signing, witness=public.witness, witness_ml_dsa=public.witness_ml_dsa
        )
    text = read_file(path).decode("utf-8", "replace")
    try:
        found = msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        found = dict(_KEY_LINE.findall(text))
    try:
        keys = {name: b64decode(str(found[name]), validate=True) for name in ("root", "signing", "witness")}
        second = found.get("witness_ml_dsa")
        ml_dsa = None if second is None else b64decode(str(second), validate=True)
    except (KeyError, Base64Error):
        raise ValueError(
            f"{path} does not hold a party's public keys; save what `steerclear keys show FOLDER --json` prints"
        ) from None
    return PartyKeys(**keys, witness_ml_dsa=ml_dsa)
