"""A small stage for cheating: north has every true key of its own and cheats, south is honest, east is a third party.

They talk honestly for a while, by the shipped services; then north holds two entries that south has not seen, and
builds with its own keys whatever it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from random import Random
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steerclear.dialogue.batch import Batch, encode_batch
from steerclear.dialogue.entry import Entry, encode_content
from steerclear.dialogue.envelope import Envelope, key_id, seal
from steerclear.dialogue.key_statement import KeyStatement, NewKey, Revocation, sign_key_statement
from steerclear.model.keys import KeyRole
from steerclear.model.messages import LineCheck, Message, Request, RequestKind
from steerclear.services.exchange import Draft, Exchange
from steerclear.services.line_end import COSIGNED, LineKeys
from steerclear.services.line_events import FAULT, LAST_FAULTS, LINKS
from steerclear.services.line_views import line_views
from steerclear.simulation.cast import line_keys, private_key, versions_for
from steerclear.simulation.clock import PartyClock, TrueTime
from steerclear.simulation.disk import MemoryJournal
from steerclear.simulation.medium import Medium
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.tlog import Checkpoint, Ed25519Signer, Signer, leaf_hash, leaf_hashes, root_of, sign_checkpoint

CHEAT: Final = "north"
VICTIM: Final = "south"
THIRD: Final = "east"

_ENTRY = msgspec.json.Decoder(Entry)
_ENVELOPE = msgspec.json.Decoder(Envelope)

Forged = tuple[bytes, bytes]
"""An entry and its content."""


class Actor:
    """One party of the stage."""

    def __init__(self, name: str, clock: PartyClock, salts: Random, statements: Sequence[bytes] = ()) -> None:
        self.name = name
        self.clock = clock
        self.medium = Medium()
        self._salts = salts
        self.keys = line_keys(name)
        self.start(statements)

    def start(self, statements: Sequence[bytes] = ()) -> None:
        """A new process over the same disk."""
        self.journal = MemoryJournal(self.medium, line_views())
        self.exchange = Exchange(
            self.journal,
            versions_for(3),
            self.name,
            self.keys,
            self.clock,
            lambda: self._salts.randbytes(32),
            statements,
        )

    def say(self, peer: str, message: Message | None = None) -> str:
        """Put a message into the log to a peer; its id."""
        now_s = self.clock.now_s()

        def make(own_id: str) -> Message:
            said = LineCheck(message_id="", answer_by_s=now_s + 5.0) if message is None else message
            named: Message = msgspec.structs.replace(said, message_id=own_id)
            return named

        sent = self.exchange.send([Draft(peer, make)])
        sent.stored.result()
        return sent.message_ids[0]

    def post_to(self, other: Actor) -> None:
        """Carry everything that is waiting over, and the receipt back."""
        while (post := self.exchange.next_post(other.name)) is not None:
            self.exchange.take_receipt(other.name, other.exchange.receive(self.name, encode_batch(post.batch)))

    def facts(self) -> dict[str, object]:
        """All that a refused post must leave as it was: everything but the record of the fault itself."""
        views = {name: dict(table.values) for name, table in self.medium.views.items() if name not in _FAULT_VIEWS}
        rows = [row for row in self.medium.rows if row.kind not in _FAULT_ROWS]
        logs = {name: (log.root, tuple(log.entries), tuple(log.contents)) for name, log in self.medium.logs.items()}
        notes = {place: tuple(kept) for place, kept in self.medium.checkpoints.items()}
        ends = {peer: (line.incoming, line.outgoing, line.received_size) for peer, line in self.exchange.lines.items()}
        payloads = [row.payload for row in rows]
        return {"views": views, "rows": payloads, "logs": logs, "notes": notes, "ends": ends}

    def faults(self) -> list[dict[str, object]]:
        """The faults on record."""
        return [msgspec.json.decode(row.payload) for row in self.medium.rows if row.kind == FAULT]


_FAULT_VIEWS: Final = frozenset({LAST_FAULTS, LINKS})
_FAULT_ROWS: Final = frozenset({FAULT, "line.link"})


class Stage:
    """North, south and east after some honest talk; what north forges, it forges with the help of this class."""

    def __init__(self, seed: int, changed: bool = False) -> None:
        """`changed`: north has changed its signing key, and all that it forges is under the new one."""
        chance = self.chance = Random(f"stage {seed}")
        self.true = TrueTime()
        self.cheat, self.victim, self.third = (
            Actor(name, PartyClock(self.true, 0.0, 0.0), Random(f"salts {seed} {name}"))
            for name in (CHEAT, VICTIM, THIRD)
        )
        for _ in range(chance.randint(2, 4)):
            self.cheat.say(VICTIM, chance.choice((None, self.request())))
        for _ in range(chance.randint(1, 2)):
            self.cheat.say(THIRD)
        self.asked = self.victim.say(CHEAT, self.request())
        self.cheat.post_to(self.victim)
        self.victim.post_to(self.cheat)
        self.cheat.say(VICTIM)  # its entry has seen what the victim said
        self.cheat.post_to(self.victim)
        if changed:
            self.see_entries()
            self.change_key()
            self.cheat.say(VICTIM)
            self.cheat.say(THIRD)
            self.cheat.post_to(self.victim)
        self.cheat.post_to(self.third)
        self.victim.post_to(self.third)
        self.held = len(self.log_of(self.cheat, VICTIM)[0])
        self.unseen = [self.cheat.say(VICTIM), self.cheat.say(VICTIM)]
        self.see_entries()

    def see_entries(self) -> None:
        """Look at north's log to south again."""
        self.entries, self.contents = self.log_of(self.cheat, VICTIM)

    def change_key(self) -> None:
        """North's root key names a new signing key and revokes the old one from after what stands in the log now."""
        new, old = private_key(CHEAT, "second signing"), self.cheat.keys
        statement = KeyStatement(
            agreement_id="simulated-sky",
            party_id=CHEAT,
            number=1,
            new=(NewKey(KeyRole.SIGNING, new.public_key().public_bytes_raw()),),
            revoked=(Revocation(KeyRole.SIGNING, self.entry_keyid, self.origin, len(self.entries) - 1),),
        )
        note = sign_key_statement(statement, Ed25519Signer(CHEAT, private_key(CHEAT, "root")))
        self.cheat.keys = LineKeys(new, old.witness, former_signing=old.signing)
        self.cheat.start([note])

    def request(self) -> Request:
        """Something to be acknowledged and answered."""
        now_s = self.victim.clock.now_s()
        return Request(
            message_id="",
            to_function="duty officer",
            text=f"please {self.chance.randrange(10**6)}",
            asks=RequestKind.PAUSE,
            about="",
            acknowledge_by_s=now_s + 3.0,
            respond_by_s=now_s + 5.0,
        )

    @staticmethod
    def log_of(actor: Actor, peer: str) -> tuple[list[bytes], list[bytes]]:
        """Entries and contents of an actor's log to a peer."""
        origin = actor.exchange.line(peer).terms.outgoing.origin
        journal = actor.journal
        return journal.leaves(origin, 0, MAX_PAGE_ROWS), journal.contents(origin, 0, MAX_PAGE_ROWS)

    @property
    def origin(self) -> str:
        """North's log to south."""
        return self.cheat.exchange.line(VICTIM).terms.outgoing.origin

    @property
    def key(self) -> Ed25519PrivateKey:
        """North's true signing key."""
        return self.cheat.keys.signing

    @property
    def entry_keyid(self) -> str:
        """Name of that key."""
        return key_id(self.key.public_key().public_bytes_raw())

    def entry(self, place: int) -> Entry:
        """What an entry of north's log says."""
        return _ENTRY.decode(_ENVELOPE.decode(self.entries[place]).payload)

    def forge(self, place: int, message: Message | None = None, **changes: Any) -> Forged:
        """The entry at a place, changed and signed again; with `message`, saying something else."""
        return self.sign(self.entry(place), self.contents[place], message, **changes)

    def sign(
        self,
        entry: Entry,
        content: bytes,
        message: Message | None = None,
        signer: Ed25519PrivateKey | None = None,
        keyid: str | None = None,
        **changes: Any,
    ) -> Forged:
        """An entry changed and signed."""
        if message is not None:
            content = encode_content(message, self.chance.randbytes(32))
            changes = {"commitment": sha256(content).digest(), **changes}
        changed = msgspec.structs.replace(entry, **changes)
        return self.envelope(msgspec.json.encode(changed), signer, keyid), content

    def envelope(self, payload: bytes, signer: Ed25519PrivateKey | None = None, keyid: str | None = None) -> bytes:
        """A payload in an envelope under north's key, or another."""
        key = self.key if signer is None else signer
        return seal(payload, key, key_id(key.public_key().public_bytes_raw()) if keyid is None else keyid)

    def check(self, place: int, sender: str = CHEAT, receiver: str = VICTIM) -> LineCheck:
        """A message for a place."""
        return LineCheck(message_id=f"{sender}:{receiver}:{place}", answer_by_s=self.victim.clock.now_s() + 9.0)

    def post(
        self,
        first: int,
        forged: Sequence[Forged],
        tree: Sequence[bytes] | None = None,
        origin: str | None = None,
        signer: Signer | None = None,
        note: bytes | None = None,
    ) -> bytes:
        """A post of forged entries under a checkpoint that fits them, unless told otherwise."""
        entries, contents = tuple(data for data, _ in forged), tuple(content for _, content in forged)
        name = self.origin if origin is None else origin
        whole = [*self.entries[:first], *entries] if tree is None else tree
        checkpoint = Checkpoint(name, len(whole), root_of(leaf_hashes(list(whole))))
        if note is None:
            signer = Ed25519Signer(name, self.key) if signer is None else signer
            note = sign_checkpoint(checkpoint, [signer], int(self.cheat.clock.now_s()))
        return encode_batch(Batch(name, first, note, entries, contents))

    def true_entries(self, first: int, end: int | None = None) -> list[Forged]:
        """Entries of north's log as they are."""
        return list(zip(self.entries[first:end], self.contents[first:end], strict=True))

    def following(self, previous: bytes) -> Callable[..., Forged]:
        """Forges the next entry after `previous`, which was forged too."""

        def make(place: int, **changes: Any) -> Forged:
            return self.forge(
                min(place, len(self.entries) - 1),
                self.check(place),
                sequence=place,
                previous=leaf_hash(previous),
                **changes,
            )

        return make

    def last_note(self, actor: Actor, log: str) -> bytes:
        """The last cosigned checkpoint that an actor holds of a log."""
        kept = actor.journal.latest_checkpoint(log, COSIGNED)
        return b"" if kept is None else kept.note
