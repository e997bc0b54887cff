"""The simulated disk keeps the promises of every store, and loses in a crash exactly what an honest disk may lose."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.simulation.disk import Flaws, Medium, MemoryJournal
from steerclear.store import SqliteStore, StoreClosedError, StoreError, StoreFullError, View
from tests.store.checks import stored_numbers
from tests.store.conformance import KINDS, Conformance, MakeStore
from tests.store.samples import LINK, LOG, sample


class TestMemoryJournal(Conformance):
    @pytest.fixture
    def make_store(self) -> MakeStore:
        medium = Medium()

        def make(views: Sequence[View]) -> MemoryJournal:
            return MemoryJournal(medium, views)

        return make


def waiting_journal(medium: Medium, count: int, begin: int = 0) -> tuple[MemoryJournal, list]:
    journal = MemoryJournal(medium, (KINDS,), hold=True)
    return journal, [journal.submit(sample(number)) for number in range(begin, begin + count)]


@pytest.mark.requirement("SC-SIM-01")
def test_nothing_is_receipted_before_it_is_synced_and_everything_is_after() -> None:
    journal, promises = waiting_journal(Medium(), 5)
    assert not any(promise.done() for promise in promises)
    assert journal.last_sequence() == 0
    assert promises[2].result().first_sequence == 5
    assert all(promise.done() for promise in promises), "one sync takes all that wait"


@pytest.mark.requirement("SC-SIM-01")
@given(st.integers(0, 12), st.integers(0, 12), st.integers())
@settings(max_examples=80)
def test_a_crash_keeps_what_was_receipted_and_a_prefix_of_the_rest(synced: int, waiting: int, seed: int) -> None:
    medium = Medium()
    journal, _ = waiting_journal(medium, synced)
    journal.sync()
    promises = [journal.submit(sample(number)) for number in range(synced, synced + waiting)]
    lost = journal.crash(Random(seed))
    assert not any(promise.done() for promise in promises)
    with pytest.raises(StoreClosedError):
        journal.last_sequence()
    again = MemoryJournal(medium, (KINDS,))
    kept = stored_numbers(again, synced + waiting)  # type: ignore[arg-type]
    assert kept == set(range(synced + waiting - lost))
    live = again.view_items("kinds")
    again.rebuild_views()
    assert again.view_items("kinds") == live


def test_a_full_disk_stores_nothing_and_says_so() -> None:
    medium = Medium()
    journal, promises = waiting_journal(medium, 3)
    medium.full = True
    with pytest.raises(StoreFullError):
        promises[0].result()
    assert journal.last_sequence() == 0
    medium.full = False
    assert journal.append(sample(0)).first_sequence == 1


def test_a_disk_that_lies_about_syncing_loses_what_it_receipted() -> None:
    lost = 0
    for seed in range(20):
        medium = Medium(Flaws(lying_sync=True))
        journal, promises = waiting_journal(medium, 6)
        journal.sync()
        assert all(promise.done() for promise in promises)
        journal.crash(Random(seed))
        lost += 12 - MemoryJournal(medium, (KINDS,)).last_sequence()
    assert lost > 0


def test_a_disk_that_forgets_keys_stores_an_append_twice() -> None:
    journal = MemoryJournal(Medium(Flaws(forgotten_keys=True)))
    journal.append(sample(1))
    journal.append(sample(1))
    assert journal.receipt("append-1") is None
    assert journal.last_sequence() == 4


STEPS = st.lists(st.tuples(st.sampled_from(("fresh", "again", "gap", "twice")), st.integers(0, 6)), max_size=25)


@pytest.mark.requirement("SC-SIM-01")
@given(STEPS)
@settings(max_examples=60)
def test_it_answers_as_the_sqlite_store_does(steps: list[tuple[str, int]]) -> None:
    with SqliteStore.in_memory((KINDS,)) as real:
        ours = MemoryJournal(Medium(), (KINDS,))
        for kind, number in steps:
            append = sample(number)
            if kind == "gap":
                append = sample(number, log="other")
            elif kind == "twice":
                append = sample(number, link="west")
            outcomes = []
            for store in (real, ours):
                try:
                    outcomes.append(store.append(append))
                except StoreError as refused:
                    outcomes.append(type(refused))
            assert outcomes[0] == outcomes[1]
        assert ours.journal() == real.journal()
        assert ours.logs() == real.logs()
        assert ours.pending(LINK) == real.pending(LINK)
        assert ours.view_items("kinds") == real.view_items("kinds")
        assert ours.leaves(LOG) == real.leaves(LOG)
        assert ours.audit() == real.audit()
