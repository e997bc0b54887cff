"""`steerclear agreement`: show the terms, sign them, and see who has signed."""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App

from steerclear.geodesy.units import FT_M, NM_M
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.model.agreement import Agreement

MAX_AGREEMENT_BYTES = 4_000_000


class AgreementTools(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands need from the rooms they may not import; all raise ValueError or OSError for a person."""

    decode: Callable[[bytes], Agreement]
    unsigned: Callable[[bytes, bytes | None], tuple[str, ...]]
    sign: Callable[[bytes, bytes | None, str, Path], bytes]
    """(file, signatures so far, party, root key file) -> signatures."""


def agreement_app(tools: AgreementTools) -> App:
    """The command group."""
    app = App(name="agreement", help="Show, sign and verify an agreement.")

    @app.command
    def show(file: Path, *, signatures: Path | None = None, json: bool = False) -> int:
        """Print the terms of an agreement, and who has signed them.

        Exit codes: 0 done, 5 the agreement cannot be read.

        Parameters
        ----------
        file
            The agreement, a TOML file.
        signatures
            The parties' signatures; FILE.sig where not named.
        json
            Print JSON instead of text.
        """
        try:
            data = _read(file)
            terms, missing = tools.decode(data), tools.unsigned(data, _signatures(file, signatures))
        except (ValueError, OSError) as fault:
            return _fail(fault)
        if json:
            _say(json_text.dumps(_as_json(terms, missing), indent=1))
        else:
            _say("\n".join(_lines(terms, missing)))
        return ExitCode.OK

    @app.command
    def verify(file: Path, *, signatures: Path | None = None, json: bool = False) -> int:
        """Say whether every party's root key has signed exactly these bytes.

        Exit codes: 0 in force, 5 the agreement cannot be read or a signature is missing.

        Parameters
        ----------
        file
            The agreement, a TOML file.
        signatures
            The parties' signatures; FILE.sig where not named.
        json
            Print JSON instead of text.
        """
        try:
            data = _read(file)
            terms, missing = tools.decode(data), tools.unsigned(data, _signatures(file, signatures))
        except (ValueError, OSError) as fault:
            return _fail(fault)
        if json:
            _say(json_text.dumps({"signed_by_all": not missing, "unsigned": list(missing)}))
        elif missing:
            _say(f"{_name(terms)} is not in force: {', '.join(missing)} has not signed these bytes")
        else:
            _say(f"{_name(terms)} is signed by {', '.join(party.party_id for party in terms.parties)}")
        return ExitCode.AGREEMENT_UNREADABLE if missing else ExitCode.OK

    @app.command
    def sign(file: Path, *, party: str, root_key: Path, signatures: Path | None = None) -> int:
        """Add a party's signature, made with its root key, to the signature file.

        Exit codes: 0 signed, 5 the agreement cannot be read or the key is not the one it names.

        Parameters
        ----------
        file
            The agreement, a TOML file.
        party
            Id of the party that signs.
        root_key
            The party's private root key.
        signatures
            The signature file to write; FILE.sig where not named.
        """
        target = signatures or _beside(file)
        try:
            data = _read(file)
            signed = tools.sign(data, _signatures(file, signatures), party, root_key)
            aside = target.with_name(target.name + ".new")
            aside.write_bytes(signed)
            aside.replace(target)
            missing = tools.unsigned(data, signed)
        except (ValueError, OSError) as fault:
            return _fail(fault)
        _say(f"{party} has signed; still missing: {', '.join(missing) or 'nobody'}. Wrote {target}")
        return ExitCode.OK

    return app


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".sig")


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(MAX_AGREEMENT_BYTES + 1)
    if len(data) > MAX_AGREEMENT_BYTES:
        raise ValueError(f"{file} is larger than {MAX_AGREEMENT_BYTES:,} bytes")
    return data


def _signatures(file: Path, named: Path | None) -> bytes | None:
    path = named or _beside(file)
    return _read(path) if named is not None or path.exists() else None


def _name(terms: Agreement) -> str:
    return f"agreement {terms.agreement_id} version {terms.version}"


def _time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _duration(time_s: float) -> str:
    for unit, length_s in (("h", 3_600), ("min", 60)):
        if time_s >= length_s and time_s % length_s == 0:
            return f"{time_s / length_s:g} {unit}"
    return f"{time_s:g} s"


def _lines(terms: Agreement, missing: tuple[str, ...]) -> list[str]:
    minima, rule = terms.minima, terms.time_in_breach
    lines = [
        f"{terms.title} ({_name(terms)}, from {_time(terms.in_force_from_s)})",
        f"minima      {minima.horizontal_m / NM_M:.4g} NM or {minima.vertical_m / FT_M:,.6g} ft,"
        f" predicted {_duration(minima.lookahead_s)} ahead",
    ]
    if rule is not None:
        lines.append(
            f"tolerated   closer than {rule.horizontal_m / NM_M:.4g} NM and {rule.vertical_m / FT_M:,.6g} ft"
            f" for at most {_duration(rule.longest_s)}"
        )
    checks = terms.line_checks
    lines.append(f"line check  every {_duration(checks.every_s)}, answered within {_duration(checks.answer_within_s)}")
    lines += [
        f"deadline    {line.alert_kind.value} {line.severity.name.lower()}:"
        f" acknowledged within {_duration(line.within_s)}"
        for line in terms.deadlines
    ]
    for party in terms.parties:
        signed = "not signed" if party.party_id in missing else "signed"
        lines.append(f"party       {party.party_id}: {party.name} ({signed}); binds {', '.join(party.agencies)}")
        lines += [f"  desk      {desk.desk_id}: {', '.join(desk.functions)}" for desk in party.desks]
    lines += [f"zone        {zone.zone_id}: {zone.name}, declared by {zone.party}" for zone in terms.zones]
    return lines


def _as_json(terms: Agreement, missing: tuple[str, ...]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(terms, enc_hook=list)
    return plain | {"signed_by_all": not missing, "unsigned": list(missing)}


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _fail(fault: Exception) -> int:
    # What Python says of a file begins with a number that means nothing to a person.
    told = f"{fault.filename}: {fault.strerror}" if isinstance(fault, OSError) and fault.filename else str(fault)
    sys.stderr.write(f"steerclear: {told}\n")
    return ExitCode.AGREEMENT_UNREADABLE
