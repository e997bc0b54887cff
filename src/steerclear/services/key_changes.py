"""A party's key statements: which of them a log of ours lacks, and what one that enters a log changes there."""

from __future__ import annotations

from collections.abc import Sequence

from steerclear.dialogue.key_ring import KeyRing
from steerclear.dialogue.key_statement import KeyStatementError
from steerclear.services.faults import KeysError
from steerclear.services.line_end import LineEnd, LineKeys
from steerclear.services.line_events import KeysChanged, journal_event
from steerclear.store.entries import Event


def missing_changes(line: LineEnd, keys: LineKeys, us: str, statements: Sequence[bytes]) -> list[bytes]:
    """The statements that our log to a peer does not hold yet, after which `keys` are the ones that count.

    Raises KeysError for a statement that does not belong there, and unless these are the right keys.
    """
    ring = line.outgoing.ring
    missing: list[bytes] = []
    for number, statement in enumerate(statements, 1):
        try:
            if ring.read(statement).number > ring.number:
                ring = ring.after(line.outgoing.frontier.size + len(missing), statement)
                missing.append(statement)
                _check_held(line, number, ring.current.signing_id)
        except KeyStatementError as error:
            raise KeysError(
                f"keys.statements, file {number}: {error}; name the statements of {us!r} for this agreement, the oldest"
                " first"
            ) from None
    keys.check(us, ring.agreement_id, ring.current.keys)
    return missing


def _check_held(line: LineEnd, number: int, signing_id: str) -> None:
    if not line.can_sign(signing_id):
        raise KeysError(
            f"keys.statements, file {number}: {line.peer} has not been told of it, and its entry is signed by the key"
            f" {signing_id}, which this node does not have; name that key's file as keys.signing, or as"
            " keys.former_signing where a later statement has replaced it"
        )


def keys_changed(peer: str, outgoing: bool, before: KeyRing, after: KeyRing, now_s: float) -> list[Event]:
    """The journal's word on what new statements in a log changed; none where there are none."""
    if after.number == before.number:
        return []
    changed = KeysChanged(
        peer=peer,
        outgoing=outgoing,
        sequence=after.current.first,
        number=after.number,
        signing=after.current.signing_id,
        revoked=tuple(one for one in after.revoked_ranges() if one not in before.revoked_ranges()),
    )
    return [journal_event(changed, now_s)]
