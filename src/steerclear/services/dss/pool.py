"""What concerns the instance and its pool: reports of failed exchanges, signs of life, and what is left behind."""

from __future__ import annotations

import uuid
from concurrent.futures import Future

from steerclear.model.airspace import ExchangeReport, Heartbeat
from steerclear.services.dss.directory import Directory
from steerclear.services.dss.faults import DirectoryRefusalError, Reason
from steerclear.services.dss.limits import KEEP_ENDED_S, MAX_REPORT_BYTES
from steerclear.store.airspace import AirspaceTransaction


def report_exchange(directory: Directory, reporter: str, content: bytes) -> Future[str]:
    """Keep a report; the future holds its id. Raises DirectoryRefusalError."""
    if len(content) > MAX_REPORT_BYTES:
        raise DirectoryRefusalError(Reason.INVALID, f"a report of more than {MAX_REPORT_BYTES:,} bytes is too long")
    report_id, received_s = str(uuid.uuid4()), directory.clock.now_s()

    def work(transaction: AirspaceTransaction) -> str:
        transaction.add_report(
            ExchangeReport(report_id=report_id, reporter=reporter, received_s=received_s, content=content)
        )
        return report_id

    return directory.write(work)


def pool_id(directory: Directory) -> Future[str]:
    """The identity of the pool, the same for all its instances."""
    return directory.read(lambda transaction: transaction.pool_id())


def pool_instances(directory: Directory) -> Future[list[Heartbeat]]:
    """The last sign of life of every instance."""
    return directory.read(lambda transaction: transaction.heartbeats())


def beat(
    directory: Directory, reporter: str, source: str, at_s: float | None = None, next_before_s: float | None = None
) -> Future[None]:
    """Record a sign of life of this instance."""
    heartbeat = Heartbeat(
        instance=directory.settings.instance,
        endpoint=directory.settings.endpoint,
        reporter=reporter,
        source=source,
        at_s=directory.clock.now_s() if at_s is None else at_s,
        next_before_s=next_before_s,
    )
    return directory.write(lambda transaction: transaction.beat(heartbeat))


def evict(directory: Directory) -> Future[int]:
    """Remove some of what ended long ago; the future says how many entities that were."""
    before_s = directory.clock.now_s() - KEEP_ENDED_S

    def work(transaction: AirspaceTransaction) -> int:
        ended = transaction.ended(before_s)
        for kind, entity_id in ended:
            transaction.remove(kind, entity_id)
        return len(ended)

    return directory.write(work)
