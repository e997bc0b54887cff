"""`steerclear pair`: two parties make sure by telephone that they mean the same keys and the same agreement.

What arrives over a network can be exchanged on its way; a voice one knows cannot, not easily. So what is compared is
short enough to be read out, and what is confirmed is what was heard, not what a screen shows.
"""

from __future__ import annotations

import hmac
import re
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from steerclear.interfaces.cli.agreement_files import as_command_error, name_of, read_file
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.options import Json
from steerclear.interfaces.cli.output import ending, print_json, print_line
from steerclear.model.agreement import Agreement
from steerclear.model.keys import FINGERPRINT_GROUPS, fingerprint
from steerclear.store.errors import StoreError
from steerclear.store.key_files import certificate_sha256

GROUP_DIGITS: Final = 4
INSTRUCTION: Final = (
    "Call the other party on a number that you knew before, not on one that came with these files.\n"
    "Each side reads its own root key aloud, group by group, from its own `steerclear keys show`; the other side\n"
    "confirms what it heard: steerclear pair AGREEMENT --confirm PARTY. Then read the agreement file's line to each\n"
    "other. One group that differs: stop, sign nothing, and find out why."
)


def pair_command(*, decode: Callable[[bytes], Agreement]) -> Callable[..., int]:
    """The `pair` command; how an agreement is read is given by the composition root."""

    def pair(
        agreement: Path | None = None,
        *,
        confirm: Annotated[str | None, Parameter(name="--confirm")] = None,
        heard: str | None = None,
        peer_certificate: Path | None = None,
        json: Json = False,
    ) -> int:
        """Show the fingerprints that the parties read to each other by telephone, or confirm what was heard.

        Exit codes: 0 shown, or what was heard is right; 2 the command line means nothing, 5 the agreement cannot be
        read or names no keys, 7 what was heard is something else: stop, 9 the certificate cannot be read.

        Parameters
        ----------
        agreement
            The agreement, a TOML file; it need not be signed yet.
        confirm
            The party whose root key was read out.
        heard
            The eight groups as they were heard, for example "ab12 cd34 …"; asked for where not given.
        peer_certificate
            Show the SHA-256 of a peer's TLS certificate, to be read out by the peer and pinned in the node's file.
        json
            One JSON document instead of text.
        """

        @as_command_error
        def work() -> None:
            if (agreement is None) == (peer_certificate is None):
                raise CommandError(ExitCode.USAGE, "name an agreement, or a certificate with --peer-certificate")
            if peer_certificate is not None:
                _show_certificate(peer_certificate, json)
            elif agreement is not None:
                data = read_file(agreement)
                if confirm is None:
                    _show(decode(data), data, json)
                else:
                    _confirm(decode(data), confirm, heard, json)

        return ending(work)

    return pair


def _show(terms: Agreement, data: bytes, json: bool) -> None:
    roots = {party.party_id: _root_fingerprint(terms, party.party_id) for party in terms.parties}
    if json:
        shown: dict[str, Any] = {
            "root_fingerprints": roots,
            "agreement_fingerprint": fingerprint(data),
            "agreement_sha256": sha256(data).hexdigest(),
        }
        print_json(shown)
        return
    names = {party: f"root key of {party}" for party in roots}
    width = max(len(name) for name in (*names.values(), "agreement file"))
    print_line(f"{name_of(terms)}\n")
    for party, groups in roots.items():
        print_line(f"  {names[party]:<{width}}   {_spaced(groups)}")
    print_line(f"  {'agreement file':<{width}}   {_spaced(fingerprint(data))}\n")
    print_line(INSTRUCTION)


def _confirm(terms: Agreement, party: str, heard: str | None, json: bool) -> None:
    expected = _root_fingerprint(terms, party)
    if heard is None:
        # Not shown here what the agreement says: one would only read it back.
        sys.stderr.write(f"Type the eight groups as {party} reads them out: ")
        sys.stderr.flush()
        heard = sys.stdin.readline()
    digits = re.sub(r"[\s.,:;-]", "", heard.casefold())
    if not re.fullmatch(rf"[0-9a-f]{{{FINGERPRINT_GROUPS * GROUP_DIGITS}}}", digits):
        raise CommandError(
            ExitCode.USAGE,
            f"heard {heard.strip()!r}: all {FINGERPRINT_GROUPS} groups of {GROUP_DIGITS} digits are needed",
        )
    if not hmac.compare_digest(digits, expected.replace(" ", "")):
        wrong = [
            str(number + 1)
            for number, group in enumerate(expected.split())
            if digits[GROUP_DIGITS * number : GROUP_DIGITS * (number + 1)] != group
        ]
        raise CommandError(
            ExitCode.REFUSED,
            f"this is not the root key that the agreement names for {party!r}; it differs in group {', '.join(wrong)}. "
            "Have it read out once more; if it still differs, sign nothing: one of you holds an exchanged file",
        )
    if json:
        print_json({"party": party, "confirmed": True})
    else:
        print_line(f"OK: {party} read out the root key that this agreement names for it")


def _show_certificate(path: Path, json: bool) -> None:
    try:
        digest = certificate_sha256(path).hex()
    except StoreError as fault:
        raise CommandError(ExitCode.CONFIGURATION, str(fault)) from None
    groups = " ".join(digest[start : start + GROUP_DIGITS] for start in range(0, len(digest), GROUP_DIGITS))
    if json:
        print_json({"certificate_sha256": digest, "groups": groups})
        return
    print_line(f"  {path}\n  {_spaced(groups)}\n")
    print_line("The peer reads its own out from `steerclear keys show`. If all groups agree, pin it under [[peers]]:")
    print_line(f'certificate_sha256 = "{digest}"')


def _root_fingerprint(terms: Agreement, party_id: str) -> str:
    try:
        keys = terms.party(party_id).keys
    except KeyError as fault:
        raise CommandError(ExitCode.USAGE, str(fault.args[0])) from None
    if keys is None:
        raise ValueError(
            f"{name_of(terms)} names no keys for {party_id!r}; write in what its `steerclear keys show` prints"
        )
    return fingerprint(keys.root)


def _spaced(groups: str) -> str:
    """Groups in fours, so that a reader keeps the place."""
    words = groups.split()
    return "   ".join(" ".join(words[start : start + 4]) for start in range(0, len(words), 4))
