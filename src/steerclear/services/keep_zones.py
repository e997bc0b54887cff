"""What time, other bookings and the others' consent bring about for zones; each step goes on record once.

A zone's state is part of the journal's view, so a step that was recorded before a restart is not recorded again; what
fell due while the node was down is made up for, in order, at the first tick. Each side moves the zones that it knows
by its own clock, and says nothing about it: the times are in the declaration. Consent is told, because a party cannot
know of the others' consent otherwise.
"""

from __future__ import annotations

import logging
from typing import Final

import msgspec

from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.lifecycle import Standing
from steerclear.model.intent import PRE_ACTIVE_S, Constraint, ConstraintBasis, ConstraintEvent
from steerclear.model.messages import Acknowledgement, Response, Verdict
from steerclear.model.plans import ItemStanding
from steerclear.services.declare_items import restate_zone
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError
from steerclear.services.line_events import STORED, MessageStored, decoded, read_standing, standing_key
from steerclear.services.plan_events import ZoneMoved, item_key_in, moved_event, read_items, read_key
from steerclear.services.zone_states import booking, is_zone
from steerclear.store.entries import Append, Event, JournalRow
from steerclear.store.limits import MAX_PAGE_ROWS
from steerclear.strategic.preparing import NO_BUFFER
from steerclear.strategic.reservation import after, events_due, has_its_word, readable, state_at
from steerclear.strategic.volume_index import VolumeIndex

_logger = logging.getLogger("steerclear.zones")

_JUST_AFTER_S: Final = 0.001
"""A zone's last instant belongs to it; it is closed just after."""
_OBJECTED: Final = "objection"
_BY_CHANGE_ONLY: Final = frozenset({ConstraintEvent.RECEDE, ConstraintEvent.REOPEN})
"""A new revision begins its life anew, so only a clock that was set back would bring these about."""


class ZoneKeeper:
    """Moves zones through their lives; the timekeeper calls it."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._zones: dict[str, ItemStanding] = {}
        self._bookings: dict[str, Constraint] = {}
        """The same zones as the rules read them: each is asked of all that lie beside it, and they of it."""
        self._places: VolumeIndex[str] = VolumeIndex()
        self._followed: int | None = None
        """Up to where the journal is taken up; None before the first tick, which reads all items."""
        self._look_again, self._answered = True, True
        self._next_s = 0.0
        self._now_s = 0.0

    def tick(self) -> int:
        """Record what is due; how many steps were."""
        self._follow()
        if not self._zones:
            return 0
        moved = 0
        if self._answered:
            self._answered = False
            for zone in [one for one in self._zones.values() if one.ours]:
                moved += self._take_objection(zone) or self._take_consent(zone)
        self._now_s = max(self._now_s, self._exchange.clock.now_s())
        if self._look_again or self._now_s >= self._next_s:
            self._look_again = False
            moved += self._move_all()
        return moved

    def _follow(self) -> None:
        """Take up what came into the journal since the last tick."""
        journal = self._exchange.journal
        if self._followed is None:
            followed = journal.last_sequence()  # before the items are read: what comes meanwhile is taken up again
            for one in read_items(journal):
                if is_zone(one) and one.ended is None:
                    self._enter(one.key, one)
            self._followed = followed
        while rows := journal.journal(self._followed, MAX_PAGE_ROWS):
            for row in rows:
                self._take_up(row)
            self._followed = rows[-1].sequence

    def _take_up(self, row: JournalRow) -> None:
        key = item_key_in(row.kind, row.payload)
        if key is not None:
            standing = read_key(self._exchange.journal, key)
            if standing is not None and is_zone(standing) and standing.ended is None:
                self._enter(key, standing)
                self._look_again = self._answered = True
            elif key in self._zones:
                self._leave(key)
                self._look_again = True
        elif row.kind == STORED:
            event = decoded(row.kind, row.payload)
            if isinstance(event, MessageStored) and isinstance(event.message, Acknowledgement | Response):
                self._answered = True

    def _move_all(self) -> int:
        moved = 0
        for key, standing in sorted(self._zones.items(), key=lambda one: (one[1].announced_s, one[1].item_id)):
            moved += self._move(key, standing)
        times_s = [time_s for one in self._zones.values() for time_s in _times(one) if time_s > self._now_s]
        self._next_s = min(times_s, default=float("inf"))
        return moved

    def _move(self, key: str, standing: ItemStanding) -> int:
        zone = booking(standing)
        others = self._beside(standing)
        due = [event for event in events_due(zone, others, self._now_s) if event not in _BY_CHANGE_ONLY]
        events: list[Event] = []
        now_s, state = self._exchange.clock.now_s(), zone.state
        for event in due:
            if after(state, event) is state:
                break
            state = after(state, event)
            said = ZoneMoved(
                party=standing.party,
                ours=standing.ours,
                item_id=standing.item_id,
                revision=standing.revision,
                state=state,
                due_s=self._now_s,
            )
            events.append(moved_event(said, now_s))
        if not events:
            return 0
        name = f"zone/{key}/{standing.revision}/{zone.state}-{state}/{self._exchange.journal.last_sequence()}"
        self._exchange.journal.append(Append(key=name, events=tuple(events)))
        moved = read_key(self._exchange.journal, key)
        if moved is None or moved.ended is not None:
            self._leave(key)
        else:
            self._enter(key, moved)
        return len(events)

    def _take_consent(self, standing: ItemStanding) -> int:
        """Put on record that a zone of ours has the word that it sought."""
        zone = booking(standing)
        word = None if has_its_word(zone) else self._consented(standing, zone.sought)
        if word is None:
            return 0
        with self._exchange.items_lock:
            held = read_key(self._exchange.journal, standing.key)
            if held is None or held.revision != standing.revision or held.ended is not None:
                return 0
            others = self._beside(held)
            granted = msgspec.structs.replace(booking(held), basis=zone.sought)
            granted = msgspec.structs.replace(granted, state=state_at(granted, others, self._exchange.clock.now_s()))
            self._restate(held, granted, str(zone.sought), word)
        return 1

    def _take_objection(self, standing: ItemStanding) -> int:
        """Put on record that a party has taken back the approval that a zone of ours stands on.

        Then it is no longer agreed, and requested again; what is active stays so, and is no longer said to be agreed.
        """
        if booking(standing).basis is not ConstraintBasis.AGREED or not self._withdrawn(standing):
            return 0
        with self._exchange.items_lock:
            held = read_key(self._exchange.journal, standing.key)
            if held is None or held.revision != standing.revision or held.ended is not None:
                return 0
            zone = booking(held)
            state = after(zone.state, ConstraintEvent.REOPEN)
            reopened = msgspec.structs.replace(zone, basis=ConstraintBasis.UNILATERAL, state=state)
            self._restate(held, reopened, _OBJECTED, {})
        return 1

    def _restate(self, held: ItemStanding, zone: Constraint, what: str, word: dict[str, int]) -> None:
        try:
            restated = restate_zone(self._exchange, held, _whole(held, zone), what, word)
        except (LineRequestError, LineFaultError) as refused:
            # The clock goes on; it is tried again with the next answer that comes.
            _logger.error(
                "what the others have said to a zone cannot be told", extra={"detail": f"{held.key}: {refused}"}
            )
            return
        if restated.standing is not None:
            self._enter(held.key, restated.standing)

    def _withdrawn(self, standing: ItemStanding) -> bool:
        """Whether a peer's newest response to what it approved is another, or it objects to what it was told since."""
        for peer, sequence in standing.word.items():
            told = standing.told.get(peer)
            if self._verdict(peer, sequence) is not Verdict.APPROVED:
                return True
            if told is not None and self._verdict(peer, told.sequence) is Verdict.OBJECTION:
                return True
        return False

    def _verdict(self, peer: str, sequence: int) -> Verdict | None:
        asked = read_standing(self._exchange.journal, standing_key(peer, True, sequence))
        given = None if asked is None else asked.response.given
        return None if given is None else given.verdict

    def _beside(self, standing: ItemStanding) -> list[Constraint]:
        """The other zones that share airspace with one."""
        near, own_key = self._places.candidates(readable(standing.volumes), NO_BUFFER), standing.key
        return [self._bookings[key] for key in near if key != own_key]

    def _enter(self, key: str, standing: ItemStanding) -> None:
        self._zones[key] = standing
        self._bookings[key] = booking(standing)
        self._places.remove(key)
        self._places.insert(key, readable(standing.volumes))

    def _leave(self, key: str) -> None:
        self._zones.pop(key, None)
        self._bookings.pop(key, None)
        self._places.remove(key)

    def _consented(self, standing: ItemStanding, sought: ConstraintBasis) -> dict[str, int] | None:
        """The notices to which every peer's desk has said what is sought, the newest of each; None where one has not.

        A peer that was not told yet has not, and nobody's word is had where there is nobody to ask.
        """
        word: dict[str, int] = {}
        for peer in self._exchange.lines:
            told = standing.told.get(peer)
            asked = (
                None if told is None else read_standing(self._exchange.journal, standing_key(peer, True, told.sequence))
            )
            if told is None or asked is None or not _says(asked, sought):
                return None
            word[peer] = told.sequence
        return word or None


def _says(asked: Standing, sought: ConstraintBasis) -> bool:
    given = asked.response.given
    if sought is ConstraintBasis.AGREED:
        return given is not None and given.verdict is Verdict.APPROVED
    return asked.acknowledged


def _whole(held: ItemStanding, granted: Constraint) -> Constraint:
    """The zone as it was declared, with what was granted."""
    zone = held.item.zone if held.item is not None else None
    return granted if zone is None else msgspec.structs.replace(zone, state=granted.state, basis=granted.basis)


def _times(standing: ItemStanding) -> tuple[float, ...]:
    return (standing.from_s - PRE_ACTIVE_S, standing.from_s, standing.until_s + _JUST_AFTER_S)
