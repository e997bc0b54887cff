"""`steerclear agreement`: write, show, compare, sign and amend the parties' common terms."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App

from steerclear.interfaces.cli.agreement_diff import Change, differences, some
from steerclear.interfaces.cli.agreement_drafting import amend_command, new_command
from steerclear.interfaces.cli.agreement_files import (
    AgreementTools,
    as_command_error,
    beside,
    name_of,
    read_file,
    read_signatures,
    write_file,
)
from steerclear.interfaces.cli.agreement_words import in_words, utc_text
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.options import Json
from steerclear.interfaces.cli.output import ending, print_json, print_line
from steerclear.model.agreement import Agreement, AreaOfAuthority
from steerclear.model.keys import fingerprint


def agreement_app(tools: AgreementTools) -> App:
    """The command group."""
    app = App(name="agreement", help="Write, show, compare, sign and amend an agreement.")
    for name, command in (
        ("new", new_command(tools)),
        ("show", _show_command(tools)),
        ("diff", _diff_command(tools)),
        ("sign", _sign_command(tools)),
        ("collect", _collect_command(tools)),
        ("verify", _verify_command(tools)),
        ("amend", amend_command(tools)),
    ):
        app.command(command, name=name)
    return app


def _show_command(tools: AgreementTools) -> Callable[..., int]:
    def show(file: Path, *, signatures: Path | None = None, json: Json = False) -> int:
        """Print the terms of an agreement in words to be read aloud, and who has signed them.

        Areas that overlap and are claimed by different parties are both shown, and said to be so.
        Exit codes: 0 done, 5 the agreement cannot be read.

        Parameters
        ----------
        file
            The agreement, a TOML file.
        signatures
            The parties' signatures; FILE.sig where not named.
        json
            One JSON document instead of text.
        """

        @as_command_error
        def work() -> None:
            data = read_file(file)
            terms, missing = tools.decode(data), tools.unsigned(data, read_signatures(file, signatures))
            overlaps = tools.competing_areas(terms.areas)
            if json:
                print_json(_as_json(terms, data, missing, overlaps))
            else:
                print_line("\n".join(_lines(terms, data, missing, overlaps)))

        return ending(work)

    return show


def _verify_command(tools: AgreementTools) -> Callable[..., int]:
    def verify(file: Path, *, signatures: Path | None = None, json: Json = False) -> int:
        """Say whether every party's root key has signed exactly these bytes.

        Exit codes: 0 signed by all, 5 the agreement cannot be read or a signature is missing.

        Parameters
        ----------
        file
            The agreement, a TOML file.
        signatures
            The parties' signatures; FILE.sig where not named.
        json
            One JSON document instead of text.
        """

        @as_command_error
        def work() -> ExitCode:
            data = read_file(file)
            terms, missing = tools.decode(data), tools.unsigned(data, read_signatures(file, signatures))
            if json:
                print_json({"signed_by_all": not missing, "unsigned": list(missing)})
            elif missing:
                print_line(
                    f"{name_of(terms)} is not in force: these bytes are not signed by {', '.join(missing)}; each signs"
                    f" with: steerclear agreement sign {file} --party PARTY --root-key ROOT.KEY"
                )
            else:
                print_line(f"{name_of(terms)} is signed by {', '.join(party.party_id for party in terms.parties)}")
            return ExitCode.AGREEMENT_UNREADABLE if missing else ExitCode.OK

        return ending(work)

    return verify


def _sign_command(tools: AgreementTools) -> Callable[..., int]:
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
            The signature file to add to, made where it is not there; FILE.sig where not named.
        """

        @as_command_error
        def work() -> None:
            target = signatures or beside(file)
            data = read_file(file)
            signed = tools.sign(data, read_file(target) if target.exists() else None, party, root_key)
            write_file(target, signed)
            missing = tools.unsigned(data, signed)
            print_line(f"{party} has signed; still missing: {', '.join(missing) or 'nobody'}. Wrote {target}")

        return ending(work)

    return sign


def _collect_command(tools: AgreementTools) -> Callable[..., int]:
    def collect(file: Path, *others: Path, signatures: Path | None = None) -> int:
        """Put the signatures that other parties have sent in files of their own beside those that are here.

        Only what a root key named in the agreement has signed is kept.
        Exit codes: 0 done, 5 a file cannot be read, is of another agreement or holds no signature that counts.

        Parameters
        ----------
        file
            The agreement, a TOML file.
        others
            The signature files that came, one or more.
        signatures
            The signature file to add to, made where it is not there; FILE.sig where not named.
        """

        @as_command_error
        def work() -> None:
            target = signatures or beside(file)
            data = read_file(file)
            files = [read_file(path) for path in ((target,) if target.exists() else ()) + others]
            collected = tools.collect(data, files)
            write_file(target, collected)
            missing = tools.unsigned(data, collected)
            signed = [party.party_id for party in tools.decode(data).parties if party.party_id not in missing]
            print_line(
                f"signed by {', '.join(signed)}; still missing: {', '.join(missing) or 'nobody'}. Wrote {target}"
            )

        return ending(work)

    return collect


def _diff_command(tools: AgreementTools) -> Callable[..., int]:
    def diff(old: Path, new: Path, *, json: Json = False) -> int:
        """Say what the parties would agree differently, in their terms and not in lines of the files.

        Exit codes: 0 done, 5 an agreement cannot be read.

        Parameters
        ----------
        old
            The agreement as it is.
        new
            The agreement as it is to be.
        json
            One JSON document instead of text.
        """

        @as_command_error
        def work() -> None:
            old_data = read_file(old)
            before, after = tools.decode(old_data), tools.decode(read_file(new))
            changes = differences(before, after)
            amends = after.amends == sha256(old_data).digest()
            if json:
                print_json({"amends_old": amends, "changes": changes})
            else:
                print_line("\n".join(_change_lines(before, after, changes, amends)))

        return ending(work)

    return diff


def _change_lines(before: Agreement, after: Agreement, changes: tuple[Change, ...], amends: bool) -> list[str]:
    lines = [f"{name_of(before)} -> {name_of(after)}"]
    if after.version > before.version and not amends:
        lines.append("attention: the new file does not name the bytes of the old one as what it amends")
    part = ""
    for change in changes:
        if change.part != part:
            lines.append(part := change.part)
        lines.append(f"  {change.text}")
    if not changes:
        lines.append("the same terms" if before == after else "the same terms, in another order")
    return lines


def _lines(
    terms: Agreement,
    data: bytes,
    missing: tuple[str, ...],
    overlaps: tuple[tuple[AreaOfAuthority, AreaOfAuthority], ...],
) -> list[str]:
    signed = [party.party_id for party in terms.parties if party.party_id not in missing]
    lines = [
        f"{terms.title} ({name_of(terms)}, from {utc_text(terms.in_force_from_s)})",
        f"file: {fingerprint(data)}",
        f"signed by: {', '.join(signed) or 'nobody'}; still missing: {', '.join(missing) or 'nobody'}",
    ]
    part = ""
    for line in in_words(terms):
        if line.part != part:
            part = line.part
            lines += ["", part]
            if part == "Areas of authority":
                lines += [f"  {_overlap(*pair)}" for pair in overlaps]
        lines.append(f"  {line.topic}: {some(line.said)}")
    return lines


def _overlap(first: AreaOfAuthority, second: AreaOfAuthority) -> str:
    claims = " and ".join(f"{area.area_id} ({', '.join(area.claimed_by)})" for area in (first, second))
    return f"overlap: both claim: {claims}"


def _as_json(
    terms: Agreement,
    data: bytes,
    missing: tuple[str, ...],
    overlaps: tuple[tuple[AreaOfAuthority, AreaOfAuthority], ...],
) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(terms)
    return plain | {
        "amends": terms.amends.hex() or None,
        "sha256": sha256(data).hexdigest(),
        "signed_by_all": not missing,
        "unsigned": list(missing),
        "overlaps": [[first.area_id, second.area_id] for first, second in overlaps],
    }
