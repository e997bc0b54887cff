"""Key statements: what a party's root key says about its other keys, as a C2SP signed note.

    steerclear key change
    AGREEMENT
    PARTY
    NUMBER                                       rising from 1 over all statements of the party
    signing new BASE64                           the key that takes over: at most one line a role
    signing revoke KEYID after LOG LAST          entries of LOG above LAST under that key do not count

Roles: signing, witness, witness-ml-dsa. Lines stand in the order of the roles, new keys before revoked ones, and those
by key id and log, so that one statement has one text. A LAST of -1 revokes from the beginning. For a witness key, LOG
is the log that the party mirrors, and receipts of more than LAST + 1 entries do not count.
One signature, by the root key under the party's id as its name; the first line keeps it apart from all else that key
signs. Source of the note's form: C2SP signed-note.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

import msgspec

from steerclear.dialogue.limits import (
    MAX_KEY_STATEMENT_BYTES,
    MAX_KEY_STATEMENT_NUMBER,
    MAX_LOG_NAME_CHARS,
    MAX_REVOCATIONS_PER_STATEMENT,
)
from steerclear.model.identifiers import checked_identifier
from steerclear.model.keys import KeyRole, is_sound_ed25519
from steerclear.tlog import (
    Ed25519Verifier,
    MalformedInputError,
    Signer,
    TlogError,
    VerifierKey,
    encode_note,
    parse_note,
    sign_note,
    verify_note,
)
from steerclear.tlog.limits import ED25519_PUBLIC_KEY_BYTES, MAX_TREE_SIZE, ML_DSA_44_PUBLIC_KEY_BYTES
from steerclear.tlog.verifier_key import ED25519, canonical_base64

TITLE: Final = "steerclear key change"
CHANGEABLE: Final = (KeyRole.SIGNING, KeyRole.WITNESS, KeyRole.WITNESS_ML_DSA)
"""Roles whose keys a statement can change: the root key needs a new agreement, the port's is pinned by the peers."""

_LOG: Final = re.compile(r"steerclear/[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*")
_LINE: Final = re.compile(
    rf"(?P<role>[a-z-]+) (?:new (?P<key>[A-Za-z0-9+/=]+)|revoke (?P<keyid>[0-9a-f]{{16}}) after (?P<log>{_LOG.pattern})"
    r" (?P<last>-1|0|[1-9][0-9]{0,18}))"
)


class KeyStatementError(ValueError):
    """A key statement cannot be used; the text says why, for the party that has to make another."""


class NewKey(msgspec.Struct, frozen=True, order=True):
    """A key that takes over in a role."""

    role: KeyRole
    public_key: bytes


class Revocation(msgspec.Struct, frozen=True):
    """From after `last` on, what a key signs in a log does not count."""

    role: KeyRole
    key_id: str
    log: str
    last: int
    """Last entry that counts; for a witness key, of those that a receipt may cover. -1 for none."""


class KeyStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement says; believed only as `read_key_statement` gives it."""

    agreement_id: str
    party_id: str
    number: int
    new: tuple[NewKey, ...] = ()
    revoked: tuple[Revocation, ...] = ()

    def new_key(self, role: KeyRole) -> bytes | None:
        """The key that takes over in a role; None when the role keeps its key."""
        return next((new.public_key for new in self.new if new.role is role), None)


def key_statement_text(statement: KeyStatement) -> str:
    """The text that the root key signs. Raises KeyStatementError for what no reader would accept."""
    roles = list(KeyRole)
    new = sorted(statement.new, key=lambda one: roles.index(one.role))
    revoked = sorted(statement.revoked, key=lambda one: (roles.index(one.role), one.key_id, one.log))
    lines = [TITLE, statement.agreement_id, statement.party_id, str(statement.number)]
    lines += [f"{one.role} new {b64encode(one.public_key).decode()}" for one in new]
    lines += [f"{one.role} revoke {one.key_id} after {one.log} {one.last}" for one in revoked]
    text = "\n".join(lines) + "\n"
    _parse(text)
    return text


def sign_key_statement(statement: KeyStatement, root: Signer) -> bytes:
    """The statement as a note signed by the party's root key. Raises KeyStatementError."""
    if root.key.name != statement.party_id or root.key.type_byte != ED25519:
        raise KeyStatementError(f"a statement of {statement.party_id!r} is signed under that name with its root key")
    note = encode_note(sign_note(key_statement_text(statement), [root], 0))
    if len(note) > MAX_KEY_STATEMENT_BYTES:
        raise KeyStatementError(
            f"the statement has {len(note):,} bytes, the limit is {MAX_KEY_STATEMENT_BYTES:,}; make two of it, the"
            " second with the next number"
        )
    return note


def read_key_statement(note: bytes, party_id: str, root_key: bytes) -> KeyStatement:
    """What a note says that the party's root key has signed, and nobody else. Raises KeyStatementError."""
    if len(note) > MAX_KEY_STATEMENT_BYTES:
        raise KeyStatementError(f"it has {len(note):,} bytes, the limit is {MAX_KEY_STATEMENT_BYTES:,}")
    try:
        parsed = parse_note(note)
        if len(parsed.signatures) != 1:
            raise KeyStatementError(f"it carries {len(parsed.signatures)} signatures; it needs the root key's alone")
        verify_note(parsed, [Ed25519Verifier(VerifierKey(party_id, ED25519, root_key))])
    except TlogError as error:
        raise KeyStatementError(f"the root key of {party_id!r} has not signed it: {error}") from None
    statement = _parse(parsed.text)
    if statement.party_id != party_id:
        raise KeyStatementError(f"it is about the keys of {statement.party_id!r}, not of {party_id!r}")
    return statement


def _parse(text: str) -> KeyStatement:
    lines = text.split("\n")
    if len(lines) < 6 or lines[0] != TITLE or lines[-1]:
        raise KeyStatementError(f"it does not begin with {TITLE!r} and say something about a key")
    for name in lines[1:3]:
        try:
            checked_identifier(name)
        except ValueError as fault:
            raise KeyStatementError(str(fault)) from None
    if not re.fullmatch(r"[1-9][0-9]{0,8}", lines[3]) or int(lines[3]) > MAX_KEY_STATEMENT_NUMBER:
        raise KeyStatementError(f"{lines[3]!r} is no number of a statement: 1 to {MAX_KEY_STATEMENT_NUMBER:,}")
    new: list[NewKey] = []
    revoked: list[Revocation] = []
    order: list[tuple[int, int, str, str]] = []
    for line in lines[4:-1]:
        match = _LINE.fullmatch(line)
        if match is None or match["role"] not in CHANGEABLE:
            raise KeyStatementError(f"it has a line that says nothing about a key: {line[:120]!r}")
        role = KeyRole(match["role"])
        if match["key"] is not None:
            new.append(NewKey(role, _public_key(role, match["key"])))
            order.append((0, CHANGEABLE.index(role), "", ""))
        else:
            last = int(match["last"])
            if last > MAX_TREE_SIZE or len(match["log"]) > MAX_LOG_NAME_CHARS:
                raise KeyStatementError(f"no log reaches that far: {line[:120]!r}")
            revoked.append(Revocation(role, match["keyid"], match["log"], last))
            order.append((1, CHANGEABLE.index(role), match["keyid"], match["log"]))
    if any(later <= earlier for earlier, later in pairwise(order)):
        raise KeyStatementError("its lines are out of order, or two of them say the same or contradict each other")
    if len(revoked) > MAX_REVOCATIONS_PER_STATEMENT:
        raise KeyStatementError(f"it has {len(revoked)} revocations, the limit is {MAX_REVOCATIONS_PER_STATEMENT}")
    return KeyStatement(
        agreement_id=lines[1], party_id=lines[2], number=int(lines[3]), new=tuple(new), revoked=tuple(revoked)
    )


def _public_key(role: KeyRole, text: str) -> bytes:
    try:
        key = canonical_base64(text, f"{role} key")
    except MalformedInputError as error:
        raise KeyStatementError(str(error)) from None
    needed = ML_DSA_44_PUBLIC_KEY_BYTES if role is KeyRole.WITNESS_ML_DSA else ED25519_PUBLIC_KEY_BYTES
    if len(key) != needed:
        raise KeyStatementError(f"a {role} key has {needed:,} bytes, this one {len(key):,}")
    if role is not KeyRole.WITNESS_ML_DSA and not is_sound_ed25519(key):
        raise KeyStatementError(f"the {role} key is no sound key: others could sign for it")
    return key


def next_number(earlier: Iterable[KeyStatement]) -> int:
    """Number of a party's next statement."""
    return max((statement.number for statement in earlier), default=0) + 1
