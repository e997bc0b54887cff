"""`steerclear keys rotate` and `keys revoke`: key statements, made where the root key is; no node is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from steerclear.dialogue.key_ring import LAST_PLACE, KeyRing, key_id_of
from steerclear.dialogue.key_statement import (
    CHANGEABLE,
    KeyStatement,
    KeyStatementError,
    NewKey,
    Revocation,
    sign_key_statement,
)
from steerclear.dialogue.limits import MAX_KEY_STATEMENT_BYTES
from steerclear.dialogue.terms import TermsError, direction
from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.options import Json
from steerclear.interfaces.cli.output import ending, print_json, print_line
from steerclear.model.agreement import Agreement
from steerclear.model.keys import KeyRole
from steerclear.store.key_files import KeyFileError, load_private_key, new_private_key, write_all_new
from steerclear.tlog import Ed25519Signer, TlogError, parse_note

DecodeAgreement = Callable[[bytes], Agreement]
"""The terms of an agreement file; raises ValueError."""

Roles = Annotated[tuple[KeyRole, ...], Parameter(name="--role", negative=())]
Earlier = Annotated[tuple[Path, ...], Parameter(name="--earlier", negative=())]
After = Annotated[tuple[tuple[str, int], ...], Parameter(name="--after", negative=(), allow_leading_hyphen=True)]


class _Desk(msgspec.Struct, frozen=True):
    """What a statement is made from: the party's keys so far, and its root key."""

    agreement: Agreement
    ring: KeyRing
    root: Ed25519Signer

    def statement(self, new: Sequence[NewKey], revoked: Sequence[Revocation]) -> bytes:
        """The next statement, signed, once it is sure that every node takes it. Raises KeyStatementError."""
        said = KeyStatement(
            agreement_id=self.ring.agreement_id,
            party_id=self.ring.party_id,
            number=self.ring.number + 1,
            new=tuple(new),
            revoked=tuple(revoked),
        )
        note = sign_key_statement(said, self.root)
        self.ring.after(LAST_PLACE, note)
        return note

    def log(self, name: str) -> str:
        """A log of the party's in full, from what a person calls it. Raises CommandError."""
        us = self.ring.party_id
        peers = [party.party_id for party in self.agreement.parties if party.party_id != us]
        known = [f"{one}-to-{two}" for peer in peers for one, two in ((us, peer), (peer, us))]
        short = name.rpartition("/")[2]
        if short not in known:
            raise CommandError(ExitCode.USAGE, f"{name!r} is no log of {us!r}; it has: {', '.join(known)}")
        return f"steerclear/{self.ring.agreement_id}/{short}"


def rotate_command(decode: DecodeAgreement) -> Callable[..., int]:
    """The command `keys rotate`."""

    def rotate(
        party: str,
        *,
        agreement: Path,
        root_key: Path,
        role: Roles = (KeyRole.SIGNING,),
        keys: Path,
        out: Path,
        earlier: Earlier = (),
        after: After = (),
        json: Json = False,
    ) -> int:
        """Make a new key and the statement with which the root key puts it in the old one's place.

        Give both to the node: the key file under its role, the statement in keys.statements. It says the change to all
        peers when it starts. Exit codes: 0 done, 2 no such role or log, 5 the agreement cannot be read, 9 a key or
        statement cannot be used.

        Parameters
        ----------
        party
            Id of the party, as in the agreement.
        agreement
            The agreement's file, any version.
        root_key
            The party's private root key.
        role
            Key to replace: signing, witness or witness-ml-dsa; may be given several times.
        keys
            Folder for the new private keys; ROLE-NUMBER.key, never in place of another.
        out
            File for the statement.
        earlier
            The party's earlier statements, oldest first; all of them.
        after
            LOG N: what the old key has signed in LOG (as in north-to-south) after entry N does not count.
        json
            One JSON document.
        """

        def work() -> None:
            desk = _desk(decode, party, agreement, root_key, earlier)
            if not role or len(set(role)) < len(role) or not set(role) <= set(CHANGEABLE):
                raise CommandError(ExitCode.USAGE, f"name each role once; they are: {', '.join(CHANGEABLE)}")
            files, new, revoked = [], [], []
            for one in role:
                pem, public = new_private_key(one)
                files.append((keys / f"{one}-{desk.ring.number + 1}.key", pem, 0o600))
                new.append(NewKey(one, public))
                old = key_id_of(desk.ring.current.keys, one)
                ends = [(desk.log(name), last) for name, last in after]
                revoked += [Revocation(one, old, log, last) for log, last in ends if old and _signs(party, one, log)]
            note = desk.statement(new, revoked)
            write_all_new([*files, (out, note, 0o644)])
            _print_made(out, note, [path for path, _, _ in files], earlier, json)

        return _told(work)

    return rotate


def revoke_command(decode: DecodeAgreement) -> Callable[..., int]:
    """The command `keys revoke`."""

    def revoke(
        party: str,
        *,
        agreement: Path,
        root_key: Path,
        key_id: str,
        after: After,
        out: Path,
        earlier: Earlier = (),
        json: Json = False,
    ) -> int:
        """Take back what a replaced key has signed after an entry: it was stolen, and since when is known now.

        A key that is still in use is replaced first, or with `keys rotate --after`. What stands in the logs stays, and
        is named. Exit codes: 0 done, 2 no such log, 5 the agreement cannot be read, 9 a key or statement is unusable.

        Parameters
        ----------
        party
            Id of the party, as in the agreement.
        agreement
            The agreement's file, any version.
        root_key
            The party's private root key.
        key_id
            Id of the key: 16 hexadecimal digits, the first four groups of its fingerprint without the spaces.
        after
            LOG N: entries of LOG (as in north-to-south) after N do not count; for a witness key, receipts of more than
            N + 1 entries. -1 for none. May be given several times.
        out
            File for the statement.
        earlier
            The party's earlier statements, oldest first; all of them.
        json
            One JSON document.
        """

        def work() -> None:
            desk = _desk(decode, party, agreement, root_key, earlier)
            had = [(one, key_id_of(period.keys, one)) for period in desk.ring.periods for one in CHANGEABLE]
            roles = [one for one, held in had if held == key_id]
            if not roles:
                raise CommandError(
                    ExitCode.CONFIGURATION,
                    f"{party!r} has never had a key {key_id!r}; if a statement named it, give that with --earlier",
                )
            revoked = [Revocation(roles[0], key_id, desk.log(name), last) for name, last in after]
            note = desk.statement((), revoked)
            write_all_new([(out, note, 0o644)])
            _print_made(out, note, [], earlier, json)

        return _told(work)

    return revoke


def print_statement(path: Path, json: bool) -> None:
    """What a file says that looks like a key statement. Raises CommandError."""
    try:
        with path.open("rb") as file:
            note = file.read(MAX_KEY_STATEMENT_BYTES + 1)
        text = parse_note(note).text
    except OSError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"cannot read {path}: {error.strerror}") from None
    except TlogError as error:
        raise CommandError(ExitCode.CONFIGURATION, f"{path} is no key statement: {error}") from None
    if json:
        print_json({"statement": text.split("\n")[:-1], "checked": False})
        return
    print_line(text)
    print_line("# not checked: a node, or `keys revoke` with --earlier, refuses it unless the root key has signed it")


def _desk(decode: DecodeAgreement, party: str, agreement: Path, root_key: Path, earlier: Sequence[Path]) -> _Desk:
    try:
        terms = decode(agreement.read_bytes())
        ours = terms.party(party)
        peer = next(other for other in terms.parties if other.party_id != party)
        ring = direction(terms, ours, peer).ring
    except OSError as error:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, f"cannot read {agreement}: {error.strerror}") from None
    except (TermsError, ValueError, KeyError) as error:
        raise CommandError(ExitCode.AGREEMENT_UNREADABLE, str(error.args[0] if error.args else error)) from None
    root = Ed25519Signer(party, load_private_key(root_key))
    if root.key.public_key != ring.current.keys.root:
        raise CommandError(
            ExitCode.CONFIGURATION, f"{root_key} is not the root key that the agreement names for {party!r}"
        )
    for path in earlier:
        try:
            ring = ring.after(LAST_PLACE, path.read_bytes())
        except OSError as error:
            raise CommandError(ExitCode.CONFIGURATION, f"cannot read {path}: {error.strerror}") from None
        except KeyStatementError as error:
            raise CommandError(ExitCode.CONFIGURATION, f"{path}: {error}") from None
    return _Desk(terms, ring, root)


def _told(work: Callable[[], None]) -> int:
    def guarded() -> None:
        try:
            work()
        except (KeyFileError, KeyStatementError) as error:
            raise CommandError(ExitCode.CONFIGURATION, str(error)) from None

    return ending(guarded)


def _signs(party: str, role: KeyRole, log: str) -> bool:
    """Whether keys of a role sign in a log: the signing key what the party writes, the others what it mirrors."""
    return log.rpartition("/")[2].startswith(f"{party}-to-") == (role is KeyRole.SIGNING)


def _quoted(path: Path) -> str:
    return f'"{path}"'


def _print_made(out: Path, note: bytes, key_files: list[Path], earlier: tuple[Path, ...], json: bool) -> None:
    lines = parse_note(note).text.split("\n")[:-1]
    if json:
        print_json({"statement": lines, "file": str(out), "keys": list(map(str, key_files))})
        return
    print_line("\n".join(lines))
    print_line("\n# for the node's file, by their paths from there\n[keys]")
    for path in key_files:
        print_line(f'{path.stem.rpartition("-")[0].replace("-", "_")} = "{path}"')
    print_line(f"statements = [{', '.join(_quoted(path) for path in (*earlier, out))}]")
