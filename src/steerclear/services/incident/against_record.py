"""Hold what a journal says was said against the record of the line: the record binds both sides, a journal its own.

A bundle's journal rows are the word of the party that froze it, also where they tell what the other side has said. The
embedded record holds every message that either side has sent, signed by its sender. A row that tells a message
otherwise, or one that the record does not hold, is no evidence of what was said.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from steerclear.model.messages import Message
from steerclear.services.incident.comparison import differing_fields
from steerclear.services.incident.evidence import IncidentEvidence
from steerclear.services.line_events import MessageSent, MessageStored
from steerclear.services.record_bundle import log_folder
from steerclear.services.record_log import recorded_messages

NOT_HELD: Final = "the record of the line holds no such message"
_ENCODER: Final = msgspec.json.Encoder()
_NAMES: Final = ("the journal", "the record")
_Log = tuple[str, bool]
"""(peer, ours): one direction of a line."""


class AgainstRecord:
    """The messages of all embedded records of an evidence, by their hashes."""

    def __init__(self, evidence: IncidentEvidence) -> None:
        """Reads the records once more. Raises IncidentRefusedError, RecordError."""
        self._evidence = evidence
        self._digests: dict[_Log, list[bytes | None]] = {}
        for peer in evidence.records:
            with evidence.record(peer) as bundle:
                for ours in (True, False):
                    told = recorded_messages(bundle, self._folder(peer, ours))
                    self._digests[peer, ours] = [None if said is None else _digest(said) for _, said in told]

    def differs(self, event: MessageSent | MessageStored) -> tuple[str, ...]:
        """In which fields a row tells a message otherwise than the record; empty where it does not, or nobody can say.

        A record, or a content, that is withheld says nothing.
        """
        log = event.peer, isinstance(event, MessageSent)
        held = self._digests.get(log)
        if held is None:
            return ()
        entry = self._evidence.entry(*log, event.sequence)
        if entry is None or not 0 <= event.sequence < len(held):
            return (NOT_HELD,)
        found = differing_fields({"issued_s": event.issued_s}, {"issued_s": entry.issued_s}, _NAMES)
        digest = held[event.sequence]
        if digest is not None and digest != _digest(event.message):
            return (*found, *differing_fields(event.message, self._read(log, event.sequence), _NAMES))
        return found

    def _read(self, log: _Log, sequence: int) -> Message | None:
        """One message of the record; only where a journal says another one need it be read again."""
        with self._evidence.record(log[0]) as bundle:
            told = recorded_messages(bundle, self._folder(*log))
            return next((said for place, said in told if place == sequence), None)

    def _folder(self, peer: str, ours: bool) -> str:
        us = self._evidence.party
        return log_folder(us, peer) if ours else log_folder(peer, us)


def _digest(message: Message) -> bytes:
    return sha256(_ENCODER.encode(message)).digest()
