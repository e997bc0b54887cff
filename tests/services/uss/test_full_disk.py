"""A USS on a full disk goes on, and does what it could not put on record once there is room again."""

from __future__ import annotations

import asyncio
import errno
from io import FileIO
from pathlib import Path

import pytest

from steerclear.services.uss import services as services_module
from steerclear.services.uss.airspace import IntentNotice
from steerclear.services.uss.flight_events import uss_views
from steerclear.services.uss.notify_peers import queued
from steerclear.services.uss.record_files import Records, UserToldKept
from steerclear.store import SqliteStore
from steerclear.store.entries import Event
from steerclear.store.errors import StoreFailedError, StoreFullError
from tests.services.uss.world import World, run

FLIGHT = "00000001-0000-4000-8000-000000000001"


class FullStore(SqliteStore):
    """Takes nothing while its disk is full."""

    full = False
    refused = 0

    def submit(self, append):
        if self.full:
            self.refused += 1
            raise StoreFullError("no room")
        return super().submit(append)


def test_a_full_disk_does_not_end_a_uss_and_its_notifications_go_out_afterwards(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(services_module, "SETTLE_EVERY_S", 0.01)
    world = World()
    store = FullStore.in_memory(uss_views())
    north, south = world.uss("north", store), world.uss("south")

    async def scenario() -> None:
        notice = IntentNotice(intent_id=FLIGHT, intent=None, subscriptions=())
        await north.uss.store([Event("x", b"{}", 0.0)], outbox=[queued(north.uss, south.uss.settings.base_url, notice)])
        store.full = True
        task = asyncio.create_task(north.run())
        async with asyncio.timeout(20.0):
            while store.refused < 3:
                await asyncio.sleep(0.01)
        assert not task.done()
        store.full = False
        async with asyncio.timeout(20.0):
            while any(store.pending_counts().values()):
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(scenario())
    assert "cannot put on record" in caplog.text


def test_a_record_that_a_full_disk_refuses_is_an_error_of_the_store_and_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tight(FileIO):
        room_bytes = 150

        def write(self, data) -> int:
            written = super().write(bytes(data)[: Tight.room_bytes]) if Tight.room_bytes else 0
            if not written:
                raise OSError(errno.ENOSPC, "No space left on device")
            Tight.room_bytes -= written
            return written

    monkeypatch.setattr("steerclear.services.uss.record_files.FileIO", Tight)
    records = Records(tmp_path)
    kept = [UserToldKept(time_s=float(number), occurred_s=0.0, trigger="GEN0400", words="w") for number in range(3)]
    records.keep(kept[0])
    for _ in range(100):
        with pytest.raises(StoreFailedError, match="make room"):
            records.keep(kept[1])
    Tight.room_bytes = 10_000
    records.keep(kept[2])
    records.close()
    assert len(records.files()) == 1
    assert list(records.read(0.0, 9.0)) == [kept[0], kept[2]]
