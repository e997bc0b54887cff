"""A node is lost and built again: from a backup, from its peers' bundles, or from both; and it never forks itself."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steerclear.app.commands.record import read_versions
from steerclear.dialogue.batch import encode_batch
from steerclear.dialogue.faults import FaultCode, LineFaultError
from steerclear.dialogue.lifecycle import Standing
from steerclear.dialogue.link_state import LinkState
from steerclear.model.messages import MessageState
from steerclear.model.vocabulary import Urgency
from steerclear.services import restore_node as restore_module
from steerclear.services.acknowledge import acknowledge, answer_line_check
from steerclear.services.backup_node import MANIFEST, BackupError, NodeFiles, back_up, read_backup
from steerclear.services.exchange import Draft
from steerclear.services.faults import NotAnswerableError, NotHeardError
from steerclear.services.keep_time import Timekeeper, send_line_check
from steerclear.services.line_end import COSIGNED
from steerclear.services.line_events import FAULT, OPEN, STANDINGS, UNANSWERED, read_standing
from steerclear.services.line_status import line_status
from steerclear.services.line_views import line_views
from steerclear.services.record_bundle import RecordError
from steerclear.services.restore_line import RestoreError
from steerclear.services.restore_node import NodeIdentity, restore_node
from steerclear.services.restored import RestoreNeededError
from steerclear.services.say import say
from steerclear.store import SqliteStore
from steerclear.store.segments import SegmentWriter
from tests.services.bundles import contents_withheld, export_bytes, first_bundle, unpacked, verified
from tests.services.parties import (
    START_S,
    HandClock,
    Node,
    line_keys,
    make_agreement,
    make_alert,
    signed_files,
    versions_of,
)
from tests.services.test_ladder import agreement_with_ladder, stop

OUT, BACK = "steerclear/two-skies/north-to-south", "steerclear/two-skies/south-to-north"
NAMES = ("node.sqlite", "reports", "evidence")


def quiet(*_told) -> None:
    pass


class World:
    """Nodes with real stores in folders of their own, and the agreement between them."""

    def __init__(self, folder: Path, agreement=None) -> None:
        self.folder = folder
        self.agreement = make_agreement(every_s=604_800.0) if agreement is None else agreement
        self.files = (signed_files(self.agreement),)
        self.clock = HandClock()
        self.backups = 0
        self.nodes = {party.party_id: self.opened(party.party_id) for party in self.agreement.parties}

    def opened(self, party: str) -> Node:
        data = self.folder / party
        data.mkdir(exist_ok=True)
        store = SqliteStore.open(data / NAMES[0], line_views())
        return Node(party, self.agreement, self.clock, store)

    def opened_again(self, party: str) -> Node:
        self.nodes[party].close()
        self.nodes[party] = self.opened(party)
        return self.nodes[party]

    def backup(self, party: str) -> Path:
        self.backups += 1
        target = self.folder / f"backup-{self.backups}"
        digests = tuple(version.sha256.hex() for version in versions_of(self.agreement).known)
        node = NodeFiles(party, "two-skies", digests, self.folder / party, *NAMES, others={"node.toml": b"# a node\n"})
        back_up(target, node, self.clock.now_s(), quiet)
        return target

    def bundle(self, exporter: str, peer: str):
        return first_bundle(unpacked(export_bytes(self.nodes[exporter].exchange, peer, self.files)))

    def lose(self, party: str) -> Path:
        """The node's disk is gone; what it was stays, under another name, only to be compared with."""
        self.nodes[party].close()
        lost = self.folder / f"lost-{party}"
        (self.folder / party).rename(lost)
        return lost

    def restore(self, party: str, backup=None, bundles=(), agreement=None):
        identity = NodeIdentity(party, versions_of(agreement or self.agreement), line_keys(party), (), read_versions)
        named = [(f"bundle-{number}.zip", bundle) for number, bundle in enumerate(bundles)]
        data = self.folder / party
        report = restore_node(data, NAMES[0], identity, backup, named, self.clock.now_s(), quiet)
        self.nodes[party] = self.opened(party)
        return report

    def settle(self) -> None:
        """Post until nobody has anything left to say, which must not take for ever."""
        for _ in range(500):
            pairs = [(one, other) for one in self.nodes.values() for other in self.nodes.values() if one is not other]
            if not any(one.post_to(other) for one, other in pairs):
                return
        raise AssertionError("a line posts the same again and again")

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


def standings(store) -> dict[str, Standing]:
    return {key: read_standing(store, key) for key, _ in store.view_items(STANDINGS)}


def timeless(standing: Standing) -> Standing:
    """Without the moments that only the lost node's clock knew to the fraction of a second."""
    return msgspec.structs.replace(standing, received_s=None, planned=(), raised=(), unanswered_since_s=None)


def faults_of(*nodes: Node) -> list[bytes]:
    return [row.payload for node in nodes for row in node.store.journal(0, 10_000) if row.kind == FAULT]


def check_talking(world: World) -> None:
    """Both sides go on, hold the same, and a record of it verifies."""
    for node in world.nodes.values():
        for peer in node.exchange.lines:
            node.post_to(world.nodes[peer])
    for node in world.nodes.values():
        node.announce(make_alert(900, parties=tuple(world.nodes)))
    world.settle()
    for node in world.nodes.values():
        for peer, line in node.exchange.lines.items():
            other = world.nodes[peer].store
            assert not line.answer_awaited
            for log in (line.terms.outgoing.origin, line.terms.incoming.origin):
                assert node.store.log_state(log) == other.log_state(log)
    assert faults_of(*world.nodes.values()) == []
    first, second = list(world.nodes)[:2]
    verified(unpacked(export_bytes(world.nodes[first].exchange, second, world.files)))


# Histories


def say_something(world: World) -> None:
    north, south = world.nodes["north"], world.nodes["south"]
    for number in range(4):
        north.announce(make_alert(number))
        south.announce(make_alert(100 + number))
        world.clock.time_s += 1.0
    world.settle()
    acknowledge(south.exchange, "north:south:0", "south-desk", "duty officer", "read").stored.result()
    world.settle()


@pytest.mark.requirement("SC-RST-01")
def test_a_backup_and_the_peers_bundle_give_the_lost_node_again(world):
    say_something(world)
    backup = world.backup("north")
    say_something_more(world)
    before, roots = standings(world.nodes["north"].store), world.nodes["north"].store.logs()
    world.lose("north")
    report = world.restore("north", backup, [world.bundle("south", "north")])
    north = world.nodes["north"]
    assert north.store.logs() == roots
    after = standings(north.store)
    assert {key: timeless(one) for key, one in after.items()} == {key: timeless(one) for key, one in before.items()}
    assert after["south/out/" + "0".rjust(19, "0")].state is MessageState.ACKNOWLEDGED
    [peer] = report.peers
    assert (peer.own.from_backup, peer.own.size) == (4, north.store.log_state(OUT).size)
    assert peer.own.root == north.store.log_state(OUT).root.hex()
    assert (peer.mirror.from_bundles, peer.bundles) == (peer.mirror.size - 5, ("bundle-0.zip",))
    assert any("never reached" in line for line in report.not_restored)
    check_talking(world)


def say_something_more(world: World) -> None:
    north, south = world.nodes["north"], world.nodes["south"]
    for number in range(3):
        send_line_check(north.exchange, "south").stored.result()
        world.settle()
        world.clock.time_s += 2.0
        place = north.store.log_state(OUT).size - 1
        answer_line_check(south.exchange, f"north:south:{place}", "south-desk", "commander").stored.result()
        south.announce(make_alert(200 + number))
        world.settle()


@pytest.mark.requirement("SC-RST-02")
def test_without_a_backup_the_bundle_alone_gives_both_logs_and_all_views(world):
    say_something(world)
    say_something_more(world)
    before, roots = standings(world.nodes["north"].store), world.nodes["north"].store.logs()
    owed = world.nodes["north"].store.view_items(OPEN)
    world.lose("north")
    world.restore("north", None, [world.bundle("south", "north")])
    store = world.nodes["north"].store
    assert store.logs() == roots
    assert store.view_items(OPEN) == owed
    assert {key: timeless(one) for key, one in standings(store).items()} == {
        key: timeless(one) for key, one in before.items()
    }
    rebuilt = {view.name: store.view_items(view.name) for view in line_views()}
    store.rebuild_views()
    assert {view.name: store.view_items(view.name) for view in line_views()} == rebuilt
    check_talking(world)


@pytest.mark.requirement("SC-RST-02")
def test_rungs_and_missed_deadlines_come_back_and_are_not_raised_twice(tmp_path):
    world = World(tmp_path, agreement_with_ladder())
    north, south = world.nodes["north"], world.nodes["south"]
    say(south.exchange, ["north"], stop(), "south-desk", "duty officer").stored.result()
    world.settle()
    for _ in range(20):
        world.clock.time_s += 10.0
        for node in (north, south):
            node.timekeeper.tick()
        world.settle()
    before = standings(north.store)
    asked = next(key for key, one in before.items() if one.kind == "safety_stop")
    assert len(before[asked].raised) >= 2
    assert before[asked].unanswered_since_s is not None
    world.lose("north")
    world.restore("north", None, [world.bundle("south", "north")])
    restored = world.nodes["north"]
    found = read_standing(restored.store, asked)
    assert [(one.rung, one.ours) for one in found.raised] == [(one.rung, one.ours) for one in before[asked].raised]
    assert found.unanswered_since_s == pytest.approx(before[asked].unanswered_since_s, abs=11.0)
    size = restored.store.log_state(BACK.replace("south-to-north", "north-to-south")).size
    restored.post_to(south)
    restored.timekeeper.tick()
    assert restored.store.log_state(OUT).size == size
    check_talking(world)
    world.close()


@pytest.mark.requirement("SC-RST-03")
def test_entries_only_the_lost_node_had_are_in_its_backup_and_go_out_again(world):
    say_something(world)
    north, south = world.nodes["north"], world.nodes["south"]
    north.announce(make_alert(50))
    backup = world.backup("north")
    size = north.store.log_state(OUT).size
    world.lose("north")
    world.restore("north", backup, [world.bundle("south", "north")])
    assert world.nodes["north"].store.log_state(OUT).size == size == south.store.log_state(OUT).size + 1
    check_talking(world)


@pytest.mark.requirement("SC-RST-03")
def test_what_the_peer_had_not_posted_yet_comes_with_its_bundle_and_is_cosigned(world):
    say_something(world)
    backup = world.backup("north")
    world.nodes["south"].announce(make_alert(60))
    bundle = world.bundle("south", "north")
    world.lose("north")
    world.restore("north", backup, [bundle])
    north, south = world.nodes["north"], world.nodes["south"]
    assert north.store.log_state(BACK) == south.store.log_state(BACK)
    assert north.store.latest_checkpoint(BACK, COSIGNED).size == north.store.log_state(BACK).size
    assert south.post_to(north)
    assert south.exchange.line("north").received_size == south.store.log_state(BACK).size
    check_talking(world)


@pytest.mark.requirement("SC-RST-04")
def test_a_restored_node_says_nothing_before_it_has_heard_and_the_marker_outlives_a_restart(world):
    say_something(world)
    backup = world.backup("north")
    world.lose("north")
    world.restore("north", backup)
    world.nodes["north"].close()
    north = world.nodes["north"] = world.opened("north")
    south = world.nodes["south"]
    size = north.store.log_state(OUT).size
    with pytest.raises(NotHeardError, match="restored"):
        send_line_check(north.exchange, "south")
    with pytest.raises(NotHeardError):
        acknowledge(north.exchange, "south:north:0", "north-desk", "duty officer")
    [status] = line_status(north.exchange).peers
    assert status.link_reason == "restored: waits to hear from south"
    north.announce(make_alert(70))
    Timekeeper(north.exchange).tick()
    assert north.store.log_state(OUT).size == size
    assert north.exchange.line("south").waiting == 1
    south.announce(make_alert(71))
    assert south.post_to(north)
    assert north.store.log_state(BACK) == south.store.log_state(BACK)
    assert north.post_to(south)
    assert north.store.log_state(OUT).size == size + 1
    send_line_check(north.exchange, "south").stored.result()
    [status] = line_status(north.exchange).peers
    assert status.link_reason == ""
    check_talking(world)
    assert not world.opened_again("north").exchange.line("south").answer_awaited


@pytest.mark.requirement("SC-RST-05")
def test_a_peer_that_holds_more_keeps_the_node_silent_until_its_bundle_is_restored(world):
    say_something(world)
    backup = world.backup("north")
    say_something_more(world)
    world.lose("north")
    world.restore("north", backup)
    north, south = world.nodes["north"], world.nodes["south"]
    for _ in range(3):
        with pytest.raises(LineFaultError) as refused:
            north.post_to(south)
        assert refused.value.code is FaultCode.ROLLBACK
    assert north.exchange.line("south").link is LinkState.DOWN
    [status] = line_status(north.exchange).peers
    assert "steerclear node restore" in status.link_reason
    assert "steerclear record export north" in status.link_reason
    with pytest.raises(NotHeardError):
        send_line_check(north.exchange, "south")
    # Nor does the peer stop its own line, or take it for a cheat, while it posts what this node cannot place.
    south.announce(make_alert(80))
    post = south.exchange.next_post("north")
    with pytest.raises(RestoreNeededError):
        north.exchange.receive("south", encode_batch(post.batch))
    assert south.exchange.line("north").link is LinkState.UP
    assert faults_of(north, south) == []
    north.close()
    (world.folder / "north").rename(world.folder / "north-first-try")
    world.restore("north", backup, [world.bundle("south", "north")])
    check_talking(world)


@pytest.mark.requirement("SC-RST-05")
def test_what_the_peer_has_seen_of_our_lost_entries_is_no_cheat_of_the_peers(world):
    say_something(world)
    backup = world.backup("north")
    north, south = world.nodes["north"], world.nodes["south"]
    north.announce(make_alert(81))
    north.post_to(south)
    world.lose("north")
    south.announce(make_alert(82))
    world.restore("north", backup)
    post = south.exchange.next_post("north")
    with pytest.raises(RestoreNeededError):
        world.nodes["north"].exchange.receive("south", encode_batch(post.batch))
    assert faults_of(world.nodes["north"]) == []


@pytest.mark.requirement("SC-RST-06")
def test_three_parties_each_lines_bundle_restores_that_line(tmp_path):
    agreement = make_agreement(("north", "south", "east"), every_s=604_800.0)
    world = World(tmp_path, agreement)
    for node in world.nodes.values():
        node.announce(make_alert(1, parties=("north", "south", "east")))
    world.settle()
    backup = world.backup("north")
    for node in world.nodes.values():
        node.announce(make_alert(2, parties=("north", "south", "east")))
    world.settle()
    roots = world.nodes["north"].store.logs()
    world.lose("north")
    report = world.restore("north", backup, [world.bundle("south", "north")])
    [south] = [line for line in report.not_restored if "no bundle" in line]
    assert "with east" in south
    north = world.nodes["north"]
    north.post_to(world.nodes["south"])
    assert not north.exchange.line("south").answer_awaited
    with pytest.raises(LineFaultError):
        north.post_to(world.nodes["east"])
    assert send_line_check(north.exchange, "south").stored.result()
    with pytest.raises(NotHeardError):
        send_line_check(north.exchange, "east")
    fresh = world.backup("north")
    north.close()
    (tmp_path / "north").rename(tmp_path / "half")
    world.restore("north", fresh, [world.bundle("east", "north")])
    held = {log.log: log for log in world.nodes["north"].store.logs()}
    assert [held[log.log] for log in roots if "east" in log.log] == [log for log in roots if "east" in log.log]
    check_talking(world)
    world.close()


@pytest.mark.requirement("SC-RST-07")
def test_what_contradicts_is_refused_by_name_and_leaves_nothing(world):
    say_something(world)
    backup = world.backup("north")
    good = unpacked(export_bytes(world.nodes["south"].exchange, "north", world.files))
    other = make_agreement(agreement_id="other-skies")
    # The same parties in another history: the same keys have signed other entries.
    (world.folder / "second-world").mkdir()
    second = World(world.folder / "second-world")
    second.nodes["north"].announce(make_alert(77))
    second.settle()
    forked = second.bundle("south", "north")
    second.close()
    changed = dict(good)
    changed["logs/north-to-south/contents.jsonl"] = changed["logs/north-to-south/contents.jsonl"].replace(b"A", b"B", 1)
    withheld = contents_withheld(good, "logs/north-to-south/contents.jsonl", 2)
    lost = world.lose("north")
    for error, words, attempt in (
        (RestoreError, "two histories", {"backup": backup, "bundles": [forked]}),
        (RecordError, "contents.jsonl", {"bundles": [first_bundle(changed)]}),
        (RestoreError, "withholds what entry 2", {"bundles": [first_bundle(withheld)]}),
        (RestoreError, "other versions", {"bundles": [first_bundle(good)], "agreement": other}),
        (BackupError, "other versions", {"backup": backup, "agreement": other}),
        (RestoreError, "nothing to restore from", {}),
    ):
        with pytest.raises(error, match=words):
            world.restore("north", **attempt)
        left = sorted(path.name for path in world.folder.iterdir())
        assert left == ["backup-1", "lost-north", "second-world", "south"]
    lost.rename(world.folder / "north")
    with pytest.raises(RestoreError, match="not empty"):
        world.restore("north", backup)
    world.nodes["north"] = world.opened("north")
    check_talking(world)


@pytest.mark.requirement("SC-RST-07")
def test_two_peers_that_contradict_the_log_they_share_are_told_apart_by_line(tmp_path):
    world = World(tmp_path, make_agreement(("north", "south", "east"), every_s=604_800.0))
    world.nodes["east"].announce(make_alert(1, parties=("east", "south")))
    world.settle()
    bundle = world.bundle("south", "east")
    world.lose("north")
    with pytest.raises(RestoreError, match="north has no part in it"):
        world.restore("north", None, [bundle])
    assert not (tmp_path / "north").exists()
    world.nodes.pop("north")
    world.close()


class _DiedError(BaseException):
    pass


@pytest.mark.requirement("SC-RST-08")
def test_a_restore_that_dies_anywhere_leaves_an_empty_place_and_can_be_done_again(world, monkeypatch):
    say_something(world)
    backup = world.backup("north")
    say_something_more(world)
    roots = world.nodes["north"].store.logs()
    world.lose("north")
    real_append, real_rmtree = SqliteStore.append, restore_module.shutil.rmtree
    for dies_at in range(9):
        left = [dies_at]

        def append(store, one, left=left):
            if one.key.startswith("restored/"):
                left[0] -= 1
                if left[0] < 0:
                    raise _DiedError
            return real_append(store, one)

        def rmtree(path, ignore_errors=False, left=left):
            if left[0] >= 0:  # the dead clean nothing up
                real_rmtree(path, ignore_errors)

        with monkeypatch.context() as patched:
            patched.setattr(SqliteStore, "append", append)
            patched.setattr(restore_module.shutil, "rmtree", rmtree)
            try:
                world.restore("north", backup, [world.bundle("south", "north")])
            except _DiedError:
                assert not (world.folder / "north").exists()
                assert (world.folder / "north.restoring" / "node.sqlite").exists()
            else:
                break
    assert dies_at == 2
    assert not (world.folder / "north.restoring").exists()
    assert world.nodes["north"].store.logs() == roots
    check_talking(world)


@pytest.mark.requirement("SC-RST-09")
def test_messages_that_waited_when_the_backup_was_made_do_not_go_twice(world):
    say_something(world)
    north, south = world.nodes["north"], world.nodes["south"]
    waiting = [make_alert(300 + number) for number in range(5)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("steerclear.services.line_end.MAX_UNRECEIPTED_ENTRIES", 0)
        north.announce(*waiting)
    assert north.exchange.line("south").waiting == 5
    backup = world.backup("north")
    north.exchange.admit_waiting("south")
    world.settle()
    world.lose("north")
    world.restore("north", backup, [world.bundle("south", "north")])
    assert world.nodes["north"].exchange.line("south").waiting == 0
    check_talking(world)
    told = [one.message.alert.alert_id for one in standings(south.store).values() if one.kind == "alert_notice"]
    assert all(told.count(alert.alert_id) == 1 for alert in waiting)


@pytest.mark.requirement("SC-RST-10")
def test_a_backup_is_whole_checked_and_without_keys_while_the_node_goes_on(world):
    say_something(world)
    north = world.nodes["north"]
    with SegmentWriter(world.folder / "north" / "reports") as writer:
        for number in (1, 2):
            writer.write(b"a step", float(number))
            sealed = writer.seal()
            north.store.append(
                restore_module.Append(key=f"segment/{number}", events=(sealed.event(world.clock.now_s()),))
            )
    (world.folder / "north" / "reports" / sealed.file_name).write_bytes(b"damaged")
    (world.folder / "north" / "tokens").mkdir()
    (world.folder / "north" / "tokens" / "reader.token").write_text("secret")
    backup = world.backup("north")
    manifest = read_backup(backup)
    assert {log.log: log.root for log in manifest.logs} == {log.log: log.root.hex() for log in north.store.logs()}
    assert manifest.missing == (f"data/reports/{sealed.file_name}",)
    found = sorted(path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file())
    assert found == sorted([*manifest.files, MANIFEST])
    assert len([name for name in found if name.startswith("data/reports/")]) == 1
    assert not any("token" in name or name.endswith(".key") for name in found)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [backup, *backup.rglob("*")])
    for name in manifest.files:
        data = (backup / name).read_bytes()
        (backup / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(BackupError, match="changed since"):
            read_backup(backup)
        (backup / name).write_bytes(data)
    with pytest.raises(Exception, match="never overwrite"):
        back_up(backup, NodeFiles("north", "two-skies", (), world.folder / "north", *NAMES, {}), 0.0, quiet)
    (world.folder / "north" / "reports").rename(world.folder / "gone")
    again = read_backup(world.backup("north"))
    assert len(again.missing) == 2


# Any history, any backup, any loss

PARTY = st.sampled_from(["north", "south"])
STEP = st.one_of(
    st.tuples(st.just("alert"), PARTY),
    st.tuples(st.just("check"), PARTY),
    st.tuples(st.just("acknowledge"), PARTY),
    st.tuples(st.just("post"), PARTY),
    st.tuples(st.just("post and lose the answer"), PARTY),
    st.tuples(st.just("wait"), PARTY),
    st.tuples(st.just("backup"), PARTY),
)


def do(world: World, action: str, party: str, number: int) -> None:
    node = world.nodes[party]
    other = world.nodes["south" if party == "north" else "north"]
    if action == "alert":
        node.announce(make_alert(number))
    elif action == "check":
        send_line_check(node.exchange, other.party).stored.result()
    elif action == "acknowledge":
        held = node.exchange.line(other.party).incoming.frontier.size
        with suppress(NotAnswerableError):
            if held:
                name = f"{other.party}:{party}:{number % held}"
                acknowledge(node.exchange, name, f"{party}-desk", "duty officer").stored.result()
    elif action == "post":
        node.post_to(other)
    elif action == "post and lose the answer":
        post = node.exchange.next_post(other.party)
        if post is not None:
            other.exchange.receive(party, encode_batch(post.batch))
    else:
        world.clock.time_s += 40.0
        node.timekeeper.tick()
        other.timekeeper.tick()


@pytest.mark.requirement("SC-RST-01")
@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.lists(STEP, min_size=3, max_size=25), st.booleans())
def test_any_history_and_any_backup_give_the_roots_of_all_that_was_cosigned(steps, from_backup):
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        backup = None
        for number, (action, party) in enumerate(steps):
            if action == "backup":
                backup = world.backup("north")
            else:
                do(world, action, party, number)
        north, south = world.nodes["north"], world.nodes["south"]
        cosigned = south.store.log_state(OUT).size
        root_at = {size: north.store.root_at(OUT, size) for size in range(north.store.log_state(OUT).size + 1)}
        mirrored = north.store.log_state(BACK)
        world.lose("north")
        report = world.restore("north", backup if from_backup else None, [world.bundle("south", "north")])
        restored = world.nodes["north"].store
        own = restored.log_state(OUT)
        assert own.size >= cosigned
        assert own.root == root_at[own.size]
        assert restored.root_at(BACK, mirrored.size) == mirrored.root
        assert report.peers[0].own.size == own.size
        check_talking(world)
        world.close()


@pytest.mark.requirement("SC-RST-02")
@pytest.mark.parametrize("stated_s", [START_S + 1.0, None])
def test_a_restored_node_has_deadlines_as_they_were_agreed(tmp_path, stated_s):
    """Whatever time the message stated: it was overdue when it was, and not when the node came back."""
    world = World(tmp_path, agreement_with_ladder())
    asked = stop(from_desk="south-desk", to_function="duty officer", urgency=Urgency.IMMEDIATE)
    asked = msgspec.structs.replace(asked, acknowledge_by_s=stated_s)
    south = world.nodes["south"]
    south.exchange.send([Draft("north", lambda name: msgspec.structs.replace(asked, message_id=name))]).stored.result()
    world.settle()
    world.clock.time_s = START_S + 100.0
    south.announce(make_alert(1))
    world.settle()
    world.lose("north")
    world.clock.time_s = START_S + 1_000.0
    world.restore("north", bundles=[world.bundle("south", "north")])
    missed = [row for row in world.nodes["north"].store.journal(0, 1_000) if row.kind == UNANSWERED]
    told = [(msgspec.json.decode(row.payload)["step"], row.time_s) for row in missed]
    assert told[0] == ("acknowledgement", START_S + 60.0)
    world.close()


@pytest.mark.requirement("SC-RST-10")
@pytest.mark.parametrize("place", ["data/../keys/signing.key", "data/./more", "data//more"])
def test_a_backup_that_was_tampered_with_writes_nothing_beside_the_data_folder(world, place):
    """The name of a file in it is a place in the backup, and in the node's data folder: `..` would make it two."""
    backup = world.backup("north")
    planted = backup / place
    planted.resolve().parent.mkdir(exist_ok=True)
    planted.write_bytes(b"a key of somebody else's")
    manifest = read_backup(backup)
    digest = sha256(planted.read_bytes()).hexdigest()
    changed = msgspec.structs.replace(manifest, files={**manifest.files, place: digest})
    (backup / MANIFEST).write_bytes(msgspec.json.encode(changed))
    world.lose("north")
    with pytest.raises(BackupError, match="outside of the backup"):
        world.restore("north", backup)
    assert not (world.folder / "keys").exists()
