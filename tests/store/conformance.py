"""What every store promises. A test module runs it by giving `Conformance` a fixture named `make_store`.

`make_store(views)` opens a store; called again without views it reopens the same one when `durable` is True.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeAlias

import pytest
from msgspec import structs

from steerclear.store import (
    Append,
    AppendConflictError,
    AppendRefusedError,
    CheckpointConflictError,
    CheckpointEntry,
    Delivery,
    Event,
    Journal,
    JournalRow,
    LeafEntry,
    LogConflictError,
    LogState,
    OutboxEntry,
    StoreClosedError,
    View,
    leaf_batches,
    limits,
)
from steerclear.tlog import (
    EMPTY_ROOT,
    MalformedInputError,
    RequestError,
    extend,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.store.samples import LINK, LOG, content, entry, sample, urgency

MakeStore: TypeAlias = Callable[[Sequence[View]], Journal]


def only_event(key: str, **parts: object) -> Append:
    return Append(key=key, events=(Event("test", b"", 0.0),), **parts)  # type: ignore[arg-type]


def count_kinds(row: JournalRow, current: Callable[[str], bytes | None]) -> list[tuple[str, bytes | None]]:
    """A view with all three kinds of change: a counter, the last payload, and a key that comes and goes."""
    count = int(current(row.kind) or b"0") + 1
    blink = None if current("blink") else b"on"
    return [(row.kind, b"%d" % count), (f"last {row.kind}", row.payload), ("blink", blink)]


KINDS = View("kinds", 1, count_kinds)


class Conformance:
    @pytest.fixture
    def store(self, make_store: MakeStore) -> Journal:
        return make_store(())

    # -- one append, one transaction ---------------------------------------------------------------------------------

    @pytest.mark.requirement("SC-STO-01")
    def test_an_append_stores_events_message_and_leaf_together(self, store: Journal) -> None:
        receipt = store.append(sample(1))
        assert (receipt.first_sequence, receipt.last_sequence, receipt.duplicate) == (1, 2, False)
        assert [(row.sequence, row.kind, row.payload, row.time_s) for row in store.journal()] == [
            (1, "alert.raised", b"raised 1", 1_700_000_001.0),
            (2, "notice.queued", b"queued 1", 1_700_000_001.25),
        ]
        (message,) = store.pending(LINK)
        assert (message.message_id, message.payload, message.urgency, message.sequence) == (
            "message-1",
            b"payload 1",
            1,
            1,
        )
        assert store.leaves(LOG) == [entry(1)]
        root = leaf_hash(entry(1))
        assert receipt.logs == (LogState(LOG, 1, root),)
        assert store.log_state(LOG) == LogState(LOG, 1, root)
        assert store.logs() == [LogState(LOG, 1, root)]
        assert (receipt.leaves[0].index, receipt.leaves[0].repeated) == (0, False)

    @pytest.mark.requirement("SC-STO-01")
    @pytest.mark.parametrize(
        "fault",
        [
            {"leaves": (LeafEntry(LOG, b"gap", 7),)},
            {"leaves": (LeafEntry(LOG, b"another", 0),)},
            {"leaves": (LeafEntry(LOG, b"negative", -1),)},
            {"leaves": (LeafEntry(LOG, b"a", 1), LeafEntry(LOG, b"b", 1))},
            {"deliveries": (Delivery(LINK, "never-sent"),)},
            {"outbox": (OutboxEntry(LINK, "message-0", b"other payload"),)},
            {"checkpoints": (CheckpointEntry(LOG, "published", 1, bytes(32), b"note"),)},
        ],
    )
    def test_an_append_that_contradicts_what_is_stored_leaves_nothing_behind(
        self, store: Journal, fault: dict[str, object]
    ) -> None:
        store.append(sample(0))
        before = (store.last_sequence(), store.logs(), store.pending(LINK))
        bad = structs.replace(
            sample(1),
            **{"leaves": (LeafEntry("other-log", b"x"),), **fault},  # type: ignore[arg-type]
        )
        with pytest.raises((AppendConflictError, LogConflictError, CheckpointConflictError)):
            store.append(bad)
        assert (store.last_sequence(), store.logs(), store.pending(LINK)) == before
        assert store.receipt(bad.key) is None
        assert store.append(sample(1)).first_sequence == 3
        store.audit()

    @pytest.mark.requirement("SC-STO-01")
    def test_a_refused_append_does_not_take_its_neighbours_in_the_group_down(self, store: Journal) -> None:
        appends = [
            structs.replace(sample(n), leaves=(LeafEntry(LOG, b"gap", 999),)) if n % 5 == 3 else sample(n)
            for n in range(50)
        ]
        futures = [store.submit(append) for append in appends]
        wait(futures)
        for number, future in enumerate(futures):
            assert (future.exception() is not None) == (number % 5 == 3)
        kept = [n for n in range(50) if n % 5 != 3]
        assert store.leaves(LOG) == [entry(n) for n in kept]
        kept_by_urgency = sorted(kept, key=urgency, reverse=True)
        assert [message.message_id for message in store.pending(LINK)] == [f"message-{n}" for n in kept_by_urgency]
        assert store.last_sequence() == 2 * len(kept)
        store.audit()

    # -- exactly once ------------------------------------------------------------------------------------------------

    @pytest.mark.requirement("SC-STO-02")
    def test_the_same_append_again_gives_the_first_receipt_and_adds_nothing(self, store: Journal) -> None:
        first = store.append(sample(1))
        store.append(sample(2))
        again = store.append(sample(1))
        assert again == structs.replace(first, duplicate=True)
        assert store.receipt("append-1") == first
        assert store.last_sequence() == 4
        assert len(store.pending(LINK)) == 2
        assert store.log_state(LOG).size == 2

    @pytest.mark.requirement("SC-STO-02")
    def test_a_key_cannot_stand_for_two_contents(self, store: Journal) -> None:
        store.append(sample(1))
        with pytest.raises(AppendConflictError, match="used before"):
            store.append(structs.replace(sample(2), key="append-1"))

    @pytest.mark.requirement("SC-STO-02")
    def test_a_message_or_entry_that_is_already_there_is_a_visible_no_op(self, store: Journal) -> None:
        store.append(sample(1))
        leaves = (LeafEntry(LOG, entry(1), 0, content(1)), LeafEntry(LOG, entry(2), 1, content(2)))
        repeated = only_event("other", outbox=sample(1).outbox, leaves=leaves)
        receipt = store.append(repeated)
        assert receipt.repeated_messages == ("message-1",)
        assert [(leaf.index, leaf.repeated) for leaf in receipt.leaves] == [(0, True), (1, False)]
        assert len(store.pending(LINK)) == 1
        assert store.leaves(LOG) == [entry(1), entry(2)]

    @pytest.mark.requirement("SC-STO-15")
    def test_a_content_stands_beside_its_entry_and_is_no_part_of_its_hash(self, store: Journal) -> None:
        for number in range(5):
            store.append(sample(number))
        store.append(only_event("bare", leaves=(LeafEntry(LOG, entry(5)),)))
        assert store.contents(LOG) == [content(0), content(1), content(2), content(3), content(4), b""]
        assert store.contents(LOG, start=3, limit=2) == [content(3), content(4)]
        assert store.contents("new") == []
        assert store.log_state(LOG).root == root_of([leaf_hash(entry(number)) for number in range(6)])

    @pytest.mark.requirement("SC-STO-15")
    def test_an_entry_cannot_come_back_with_another_content(self, store: Journal) -> None:
        store.append(only_event("mirrored", leaves=(LeafEntry(LOG, b"a", 0, b"salt and message"),)))
        again = store.append(only_event("again", leaves=(LeafEntry(LOG, b"a", 0, b"salt and message"),)))
        assert again.leaves[0].repeated
        for index, other in enumerate((b"salt and another", b"")):
            with pytest.raises(LogConflictError):
                store.append(only_event(f"other {index}", leaves=(LeafEntry(LOG, b"a", 0, other),)))
        with pytest.raises(LogConflictError):
            store.append(only_event("both", leaves=(LeafEntry(LOG, b"b", 1, b"x"), LeafEntry(LOG, b"b", 1, b"y"))))
        assert store.contents(LOG) == [b"salt and message"]
        with pytest.raises(AppendConflictError, match="used before"):
            store.append(only_event("mirrored", leaves=(LeafEntry(LOG, b"a", 0, b"salt and another"),)))

    # -- many writers ------------------------------------------------------------------------------------------------

    @pytest.mark.requirement("SC-STO-03")
    def test_appends_from_many_threads_lose_and_double_nothing(self, store: Journal) -> None:
        with ThreadPoolExecutor(8) as threads:
            receipts = list(threads.map(lambda n: store.append(sample(n)), range(200)))
        spans = sorted((receipt.first_sequence, receipt.last_sequence) for receipt in receipts)
        assert spans == [(2 * n + 1, 2 * n + 2) for n in range(200)]
        by_index = sorted((receipt.leaves[0].index, number) for number, receipt in enumerate(receipts))
        assert [index for index, _ in by_index] == list(range(200))
        assert store.leaves(LOG) == [entry(number) for _, number in by_index]
        leaves = [leaf_hash(entry(number)) for _, number in by_index]
        for number, receipt in enumerate(receipts):
            (state,) = receipt.logs
            assert state.root == root_of(leaves[: receipt.leaves[0].index + 1]), number
        assert store.audit().journal_rows == 400

    def test_listeners_hear_of_every_commit(self, store: Journal) -> None:
        heard: list[int] = []
        store.on_commit(heard.append)
        store.append(sample(1))
        store.append(sample(2))
        store.close()
        assert heard[-1] == 4
        assert heard == sorted(heard)

    def test_a_listener_that_fails_is_forgotten_and_appends_go_on(self, store: Journal) -> None:
        heard: list[int] = []

        def gone(sequence: int) -> None:
            heard.append(sequence)
            raise RuntimeError("event loop is closed")

        store.on_commit(gone)
        for number in range(3):
            store.append(sample(number))
        store.close()
        assert heard == [2]

    # -- reading -----------------------------------------------------------------------------------------------------

    @pytest.mark.requirement("SC-STO-04")
    def test_the_journal_can_be_followed_page_by_page(self, store: Journal) -> None:
        for number in range(10):
            store.append(sample(number))
        seen: list[int] = []
        while page := store.journal(after=seen[-1] if seen else 0, limit=3):
            assert len(page) <= 3
            seen += [row.sequence for row in page]
        assert seen == list(range(1, 21))

    @pytest.mark.requirement("SC-STO-04")
    def test_pending_messages_keep_the_order_of_their_link_until_delivered(self, store: Journal) -> None:
        for number in range(6):
            message = OutboxEntry(("east", "west")[number % 2], f"message-{number}", b"")
            store.append(only_event(f"queue {number}", outbox=(message,)))
        assert store.pending_counts() == {"east": 3, "west": 3}
        receipt = store.append(only_event("delivered", deliveries=(Delivery("east", "message-2"),)))
        assert [message.message_id for message in store.pending("east")] == ["message-0", "message-4"]
        assert [message.message_id for message in store.pending("west", limit=2)] == ["message-1", "message-3"]
        assert store.pending_counts() == {"east": 2, "west": 3}
        assert store.journal(after=receipt.first_sequence - 1)[0].kind == "test", "a delivery is journaled"
        store.append(only_event("delivered again", deliveries=(Delivery("east", "message-2"),)))
        assert store.pending_counts() == {"east": 2, "west": 3}

    @pytest.mark.requirement("SC-STO-04")
    def test_the_most_urgent_message_is_never_behind_a_full_page_of_others(self, store: Journal) -> None:
        for number, urgent in enumerate([0] * 40 + [2, 1, 0, 2]):
            store.append(only_event(f"queue {number}", outbox=(OutboxEntry(LINK, f"{number}", b"", urgent),)))
        page = store.pending(LINK, limit=5)
        assert [(row.message_id, row.urgency) for row in page] == [("40", 2), ("43", 2), ("41", 1), ("0", 0), ("1", 0)]
        assert [row.position for row in page] == [41, 44, 42, 1, 2]
        store.append(only_event("delivered", deliveries=(Delivery(LINK, "40"), Delivery(LINK, "0"))))
        assert [row.message_id for row in store.pending(LINK, limit=3)] == ["43", "41", "1"]

    @pytest.mark.requirement("SC-STO-01")
    def test_waiting_messages_move_into_the_log_in_one_append(self, store: Journal) -> None:
        drafts = tuple(OutboxEntry("waiting", f"draft-{number}", entry(number)) for number in range(500))
        store.append(only_event("drafts", outbox=drafts))
        rows = store.pending("waiting")
        moved = Append(
            key="moved",
            events=tuple(Event("message.sent", row.message_id.encode(), 0.0) for row in rows),
            leaves=tuple(LeafEntry(LOG, row.payload, content=content(number)) for number, row in enumerate(rows)),
            deliveries=tuple(Delivery(row.link, row.message_id) for row in rows),
            outbox=(OutboxEntry("waiting", "a draft that came meanwhile", b""),),
        )
        half_wrong = structs.replace(moved, key="wrong", deliveries=(*moved.deliveries, Delivery("waiting", "unknown")))
        with pytest.raises(AppendConflictError, match="never sent"):
            store.append(half_wrong)
        assert store.pending_counts() == {"waiting": 500}
        assert store.log_state(LOG).size == 0
        receipt = store.append(moved)
        assert receipt.last_sequence - receipt.first_sequence == 499
        assert store.leaves(LOG) == [entry(number) for number in range(500)]
        assert store.contents(LOG) == [content(number) for number in range(500)]
        assert [row.message_id for row in store.pending("waiting")] == ["a draft that came meanwhile"]

    @pytest.mark.requirement("SC-STO-04")
    @pytest.mark.parametrize("limit", [0, -1, limits.MAX_PAGE_ROWS + 1])
    def test_a_page_has_a_limit(self, store: Journal, limit: int) -> None:
        for read in (
            lambda: store.journal(limit=limit),
            lambda: store.pending(LINK, limit=limit),
            lambda: store.leaves(LOG, limit=limit),
            lambda: store.contents(LOG, limit=limit),
            lambda: store.view_items("kinds", limit=limit),
            lambda: store.checkpoints(LOG, "published", limit=limit),
        ):
            with pytest.raises(RequestError):
                read()

    # -- logs --------------------------------------------------------------------------------------------------------

    @pytest.mark.requirement("SC-STO-05")
    def test_proofs_from_the_store_verify_at_every_size(self, store: Journal) -> None:
        leaves = [leaf_hash(entry(number)) for number in range(33)]
        store.append(only_event("many", leaves=tuple(LeafEntry(LOG, entry(number)) for number in range(20))))
        store.append(only_event("more", leaves=tuple(LeafEntry(LOG, entry(number)) for number in range(20, 33))))
        for size in range(34):
            root = store.root_at(LOG, size)
            assert root == root_of(leaves[:size])
            for index in range(size):
                verify_inclusion(index, size, leaves[index], root, store.inclusion_proof(LOG, index, size))
            for old in range(size + 1):
                old_root = root_of(leaves[:old])
                verify_consistency(old, size, old_root, root, store.consistency_proof(LOG, old, size))

    @pytest.mark.requirement("SC-STO-05")
    def test_the_root_of_entries_about_to_be_appended_can_be_known_before(self, store: Journal) -> None:
        store.append(sample(0))
        expected, _ = extend(store.frontier(LOG), [leaf_hash(entry(1))])
        checkpoint = CheckpointEntry(LOG, "published", expected.size, expected.root(), b"signed note")
        receipt = store.append(structs.replace(sample(1), checkpoints=(checkpoint,)))
        assert receipt.logs[0].root == expected.root()
        assert store.latest_checkpoint(LOG, "published") == checkpoint

    @pytest.mark.requirement("SC-STO-05")
    def test_two_directions_are_two_logs(self, store: Journal) -> None:
        store.append(sample(0, log="mine"))
        store.append(only_event("mirror", leaves=(LeafEntry("theirs", b"a", 0), LeafEntry("theirs", b"b", 1))))
        assert [state.log for state in store.logs()] == ["mine", "theirs"]
        assert store.leaves("theirs", start=1) == [b"b"]
        assert store.leaves("mine") == [entry(0)]

    def test_a_log_never_written_to_is_empty(self, store: Journal) -> None:
        assert store.log_state("new") == LogState("new", 0, EMPTY_ROOT)
        assert store.leaves("new") == []
        assert store.root_at("new", 0) == EMPTY_ROOT
        assert store.latest_checkpoint("new", "published") is None
        with pytest.raises(RequestError, match="0 entries"):
            store.inclusion_proof("new", 0, 1)

    @pytest.mark.requirement("SC-STO-06")
    def test_checkpoints_only_move_forward_and_never_contradict_the_log(self, store: Journal) -> None:
        for number in range(5):
            store.append(sample(number))

        def keep(key: str, size: int, root: bytes, log: str = LOG) -> None:
            entry_ = CheckpointEntry(log, "published", size, root, key.encode())
            store.append(only_event(key, checkpoints=(entry_,)))

        keep("at 3", 3, store.root_at(LOG, 3))
        keep("at 3 with a cosignature", 3, store.root_at(LOG, 3))
        keep("at 5", 5, store.root_at(LOG, 5))
        keep("ahead of the entries we hold", 9, bytes(32))
        for key, size, root in (
            ("smaller", 4, store.root_at(LOG, 4)),
            ("same size, other root", 9, bytes(31) + b"x"),
        ):
            with pytest.raises(CheckpointConflictError):
                keep(key, size, root)
        assert [(kept.size, kept.note) for kept in store.checkpoints(LOG, "published")] == [
            (3, b"at 3 with a cosignature"),
            (5, b"at 5"),
            (9, b"ahead of the entries we hold"),
        ]
        assert [kept.size for kept in store.checkpoints(LOG, "published", above_size=3, limit=1)] == [5]
        latest = store.latest_checkpoint(LOG, "published")
        assert latest is not None
        assert latest.size == 9

    @pytest.mark.requirement("SC-STO-18")
    def test_logs_are_restored_from_what_the_peer_holds(self, store: Journal) -> None:
        ours = [(entry(number), content(number)) for number in range(1_234)]
        theirs = [(b"their " + data, beside) for data, beside in ours[:700]]

        def restore(log: str, held: list[tuple[bytes, bytes]], attempt: str, start: int) -> None:
            for leaves in leaf_batches(log, start, held[start:]):
                events = tuple(Event("restored", leaf.content, 0.0) for leaf in leaves)
                store.append(Append(key=f"{attempt} {log} {leaves[0].index}", events=events, leaves=leaves))

        restore("ours", ours[:300], "what the backup held", 0)
        restore("theirs", theirs[:40], "what the backup held", 0)
        restore("ours", ours[:900], "interrupted", store.log_state("ours").size)
        restore("ours", ours, "again", 600)
        restore("theirs", theirs, "again", store.log_state("theirs").size)
        for log, held in (("ours", ours), ("theirs", theirs)):
            assert store.log_state(log).root == root_of([leaf_hash(data) for data, _ in held])
            assert store.leaves(log, limit=2_000) == [data for data, _ in held]
            assert store.contents(log, limit=2_000) == [beside for _, beside in held]
        with pytest.raises(LogConflictError):
            restore("ours", [*ours[:1_000], (b"rewritten", b"")], "rewritten", 990)
        store.audit()

    @pytest.mark.requirement("SC-STO-18")
    def test_the_largest_entries_are_restored_in_appends_within_the_limits(self, store: Journal) -> None:
        largest = (bytes(limits.MAX_LEAF_BYTES), bytes(limits.MAX_CONTENT_BYTES))
        batches = list(leaf_batches("log", 0, [largest] * 70 + [(b"small", b"")] * 1_001))
        assert [len(batch) for batch in batches] == [64, 500, 500, 7]
        for batch in batches:
            events = tuple(Event("restored", leaf.entry + leaf.content, 0.0) for leaf in batch)
            store.append(Append(key=f"from {batch[0].index}", events=events, leaves=batch))
        assert store.log_state("log").size == 1_071

    # -- views -------------------------------------------------------------------------------------------------------

    @pytest.mark.requirement("SC-STO-07")
    def test_a_rebuilt_view_equals_the_live_one(self, make_store: MakeStore) -> None:
        store = make_store((KINDS,))
        for number in range(25):
            store.append(sample(number))
        live = store.view_items("kinds")
        assert dict(live)["alert.raised"] == b"25"
        assert store.view("kinds", "last alert.raised") == b"raised 24"
        assert store.view("kinds", "blink") is None
        store.rebuild_views()
        assert store.view_items("kinds") == live
        assert store.view_items("kinds", after="alert.raised", limit=1) == [live[1]]

    @pytest.mark.requirement("SC-STO-07")
    def test_a_view_whose_reducer_fails_keeps_the_append_out(self, make_store: MakeStore) -> None:
        def reduce(row: JournalRow, current: object) -> list[tuple[str, bytes | None]]:
            if row.payload == b"raised 1":
                raise ZeroDivisionError
            return [("seen", row.payload)]

        store = make_store((View("fragile", 1, reduce),))
        store.append(sample(0))
        with pytest.raises(ZeroDivisionError):
            store.append(sample(1))
        assert store.last_sequence() == 2
        assert store.append(sample(2)).first_sequence == 3

    @pytest.mark.requirement("SC-STO-07")
    def test_a_view_is_not_asked_about_events_of_kinds_that_it_does_not_heed(self, make_store: MakeStore) -> None:
        asked = []

        def reduce(row: JournalRow, current: object) -> list[tuple[str, bytes | None]]:
            asked.append(row.kind)
            return [(row.kind, row.payload)]

        store = make_store((View("choosy", 1, reduce, frozenset({"notice.queued"})), KINDS))
        for number in range(3):
            store.append(sample(number))
        assert asked == ["notice.queued"] * 3
        assert store.view_items("choosy") == [("notice.queued", b"queued 2")]
        assert store.view("kinds", "alert.raised") == b"3"

    # -- limits ------------------------------------------------------------------------------------------------------

    @pytest.mark.requirement("SC-STO-08")
    @pytest.mark.parametrize(
        "append",
        [
            Append(key="no event", events=()),
            Append(key="", events=(Event("test", b"", 0.0),)),
            Append(key="k" * (limits.MAX_KEY_CHARS + 1), events=(Event("test", b"", 0.0),)),
            Append(key="k", events=(Event("", b"", 0.0),)),
            Append(key="k", events=(Event("k" * (limits.MAX_KIND_CHARS + 1), b"", 0.0),)),
            Append(key="k", events=(Event("test", bytes(limits.MAX_PAYLOAD_BYTES + 1), 0.0),)),
            Append(key="k", events=(Event("test", b"", float("nan")),)),
            Append(key="k", events=(Event("test", b"", float("inf")),)),
            Append(key="k", events=(Event("test", b"", 0.0),) * (limits.MAX_ROWS_PER_APPEND + 1)),
            Append(key="k", events=(Event("test", bytes(limits.MAX_PAYLOAD_BYTES), 0.0),) * 17),
            only_event("k", outbox=(OutboxEntry("", "id", b""),)),
            only_event("k", outbox=(OutboxEntry("link", "", b""),)),
            only_event("k", outbox=(OutboxEntry("link", "id", b"", -1),)),
            only_event("k", outbox=(OutboxEntry("link", "id", b"", limits.MAX_URGENCY + 1),)),
            only_event("k", outbox=(OutboxEntry("link", "id", bytes(limits.MAX_PAYLOAD_BYTES + 1)),)),
            only_event("k", leaves=(LeafEntry("", b""),)),
            only_event("k", leaves=(LeafEntry("log", bytes(limits.MAX_LEAF_BYTES + 1)),)),
            only_event("k", leaves=(LeafEntry("log", b"", content=bytes(limits.MAX_CONTENT_BYTES + 1)),)),
            only_event("k", leaves=(LeafEntry("log", b"", content=bytes(limits.MAX_CONTENT_BYTES)),) * 257),
            only_event("k", checkpoints=(CheckpointEntry("log", "", 0, EMPTY_ROOT, b""),)),
            only_event(
                "k", checkpoints=(CheckpointEntry("log", "s", 0, EMPTY_ROOT, bytes(limits.MAX_NOTE_BYTES + 1)),)
            ),
        ],
        ids=lambda append: "",
    )
    def test_an_append_beyond_a_limit_is_refused_before_it_is_queued(self, store: Journal, append: Append) -> None:
        with pytest.raises((AppendRefusedError, MalformedInputError)):
            store.submit(append)
        assert store.last_sequence() == 0

    @pytest.mark.requirement("SC-STO-08")
    def test_an_append_at_the_limits_is_stored(self, store: Journal) -> None:
        store.append(
            Append(
                key="k" * limits.MAX_KEY_CHARS,
                events=(Event("k" * limits.MAX_KIND_CHARS, bytes(limits.MAX_PAYLOAD_BYTES), -1.0),),
                leaves=(LeafEntry("log", bytes(limits.MAX_LEAF_BYTES), content=bytes(limits.MAX_CONTENT_BYTES)),),
            )
        )
        assert store.contents("log") == [bytes(limits.MAX_CONTENT_BYTES)]
        assert len(store.journal()[0].payload) == limits.MAX_PAYLOAD_BYTES

    def test_a_closed_store_says_so(self, store: Journal) -> None:
        store.close()
        store.close()
        for call in (lambda: store.append(sample(1)), store.last_sequence, store.audit, store.rebuild_views):
            with pytest.raises(StoreClosedError):
                call()

    def test_closing_waits_for_what_is_queued(self, store: Journal) -> None:
        futures = [store.submit(sample(number)) for number in range(100)]
        store.close()
        assert all(future.done() and future.result().leaves for future in futures)
