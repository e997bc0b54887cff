"""What can be wrong with what a peer sends, each with a name and with whose fault it is.

A fault changes nothing: no entry is stored, no state moves. Some cure themselves (the peer resends, a clock comes
right); the others stop the link until a person has looked, because going on would hide a rewritten history.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from steerclear.tlog import Fault


class FaultCode(StrEnum):
    """Names of the line's faults; they are part of the protocol."""

    MALFORMED = "malformed"
    """Not the agreed format, or above a limit."""
    BAD_SIGNATURE = "bad_signature"
    """Not signed by the key that counts there, which the agreement or the last key change names; it may be revoked."""
    BAD_KEY_CHANGE = "bad_key_change"
    """A key change that its party's root key has not signed, that was said before, or that makes no sense there."""
    UNKNOWN_KEY = "unknown_key"
    """A receipt under a witness key that no key change we hold names: its key change is still on its way."""
    WRONG_LINK = "wrong_link"
    """Signed for another log: another pair of parties, the other direction, another agreement."""
    WRONG_AGREEMENT = "wrong_agreement"
    """Sent under an agreement that this side has not seen signed by all, or under an older version than before."""
    WRONG_CONTENT = "wrong_content"
    """What came with an entry is not what its sender signed."""
    WRONG_SEQUENCE = "wrong_sequence"
    """The entry says it stands at another place than the one it was sent for."""
    BROKEN_CHAIN = "broken_chain"
    """The entry does not follow the last one held: history was rewritten, or two histories exist."""
    GAP = "gap"
    """Entries between the last one held and the first one sent are missing: send from the size held."""
    FORK = "fork"
    """Two different roots for one size of one log."""
    ROLLBACK = "rollback"
    """A log is shorter than a checkpoint of it that was already signed."""
    WRONG_ROOT = "wrong_root"
    """The signed checkpoint is not the root of the entries sent with it."""
    FALSE_VIEW = "false_view"
    """The entry claims to have seen a state of our log that our log never had."""
    CLOCK_AHEAD = "clock_ahead"
    """Issued in the future by more than the agreed skew."""
    NOT_COSIGNED = "not_cosigned"
    """A receipt without the peer's cosignature is no receipt."""
    WRONG_OPENING = "wrong_opening"
    """What is shown of a sealed item is not what was sealed. It stands in the record; the item stays sealed."""


class FaultRule(StrEnum):
    """What a fault means for the link."""

    RETRY = "retry"
    """Time or a resend cures it."""
    HALT = "halt"
    """A person must look before the link goes on."""


FAULT_RULES: Final[dict[FaultCode, FaultRule]] = {
    FaultCode.MALFORMED: FaultRule.HALT,
    FaultCode.BAD_SIGNATURE: FaultRule.HALT,
    FaultCode.BAD_KEY_CHANGE: FaultRule.HALT,
    FaultCode.UNKNOWN_KEY: FaultRule.RETRY,
    FaultCode.WRONG_LINK: FaultRule.HALT,
    FaultCode.WRONG_AGREEMENT: FaultRule.RETRY,
    FaultCode.WRONG_CONTENT: FaultRule.HALT,
    FaultCode.WRONG_SEQUENCE: FaultRule.HALT,
    FaultCode.BROKEN_CHAIN: FaultRule.HALT,
    FaultCode.GAP: FaultRule.RETRY,
    FaultCode.FORK: FaultRule.HALT,
    FaultCode.ROLLBACK: FaultRule.HALT,
    FaultCode.WRONG_ROOT: FaultRule.HALT,
    FaultCode.FALSE_VIEW: FaultRule.HALT,
    FaultCode.CLOCK_AHEAD: FaultRule.RETRY,
    FaultCode.NOT_COSIGNED: FaultRule.HALT,
    FaultCode.WRONG_OPENING: FaultRule.HALT,
}


class LineFaultError(Exception):
    """A named fault of the line. `whose` says who has to act; the two notes are the checkpoints that contradict.

    `entries` are the signed entries that it rests on, the last one last; an empty one stands for the last entry held.
    """

    def __init__(
        self, code: FaultCode, whose: Fault, detail: str, held_note: bytes = b"", offered_note: bytes = b""
    ) -> None:
        super().__init__(f"{code} ({whose}): {detail}")
        self.code = code
        self.whose = whose
        self.detail = detail
        self.held_note = held_note
        self.offered_note = offered_note
        self.entries: tuple[bytes, ...] = ()
        self.key_changes: tuple[tuple[bytes, bytes], ...] = ()
        """Entries and contents of the key changes that came with it: the keys under what it rests on."""

    def resting_on(self, *entries: bytes) -> LineFaultError:
        """The same fault with the signed entries that prove it."""
        self.entries = entries
        return self

    @property
    def rule(self) -> FaultRule:
        """Whether a resend can cure it."""
        return FAULT_RULES[self.code]


def peer_fault(code: FaultCode, detail: str, held_note: bytes = b"", offered_note: bytes = b"") -> LineFaultError:
    """A fault that the peer has to answer for."""
    return LineFaultError(code, Fault.PEER, detail, held_note, offered_note)


def our_fault(code: FaultCode, detail: str, held_note: bytes = b"", offered_note: bytes = b"") -> LineFaultError:
    """A fault of this node, to be put right by its own operators."""
    return LineFaultError(code, Fault.OURS, detail, held_note, offered_note)
