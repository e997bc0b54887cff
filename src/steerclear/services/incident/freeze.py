"""Freeze the evidence of incidents: a bundle on the disk, its hash in the journal, and told to every peer concerned.

Order of work: all reports so far are sealed into the journal; the bundle is written under a passing name, brought to
the disk and only then gets its own; the row with its SHA-256 and the reports that tell it to the peers are one append.
A crash before that append leaves a file that is written again; nothing is lost and nothing is told twice.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final

from steerclear.dialogue.faults import LineFaultError
from steerclear.model.incident import IncidentState
from steerclear.model.messages import Attachment, IncidentReport, Message
from steerclear.services.exchange import Draft, Exchange
from steerclear.services.faults import NotInForceError
from steerclear.services.incident.incident_events import (
    BundleFrozen,
    IncidentStanding,
    incident_event,
    read_incident,
    read_pending,
)
from steerclear.services.incident.open_incident import IncidentRequestError
from steerclear.services.incident.policy import IncidentPolicy
from steerclear.services.incident.watch import IncidentWatch
from steerclear.services.incident.write_bundle import FreezeInputs, IncidentTooLargeError, write_incident
from steerclear.store.entries import Append
from steerclear.store.errors import StoreError
from steerclear.store.folders import make_folder, sync_folder

INCIDENTS_FOLDER: Final = "incidents"
"""In a node's data folder."""
FREEZE_AFTER_S: Final = 2.0
"""The window is over for so long before it is frozen, so that what it caused at its very end is in it."""
RETRY_S: Final = 30.0
"""A freeze that failed is tried again after this time."""
TOO_LARGE_RETRY_S: Final = 3_600.0
_CHUNK_BYTES: Final = 1024 * 1024

_logger = logging.getLogger("steerclear.incident")


class FreezeError(OSError):
    """A bundle could not be written; the text says why, and that it is tried again."""


class IncidentKeeper:
    """Opens and freezes the incidents of one node."""

    def __init__(
        self,
        exchange: Exchange,
        policy: IncidentPolicy,
        folder: Path,
        inputs: FreezeInputs,
        seal: Callable[[], object] = lambda: None,
        opened: Callable[[Path], IO[Any]] = lambda path: path.open("wb+"),
    ) -> None:
        """`seal` binds the picture's reports to the journal; `opened` makes the file a bundle is written to."""
        self.exchange = exchange
        self.policy = policy
        self.folder = folder
        self._inputs = inputs
        self._seal = seal
        self._opened = opened
        self._watch = IncidentWatch(exchange, policy)
        self._retry_at_s: dict[str, float] = {}
        self._lock = Lock()
        self.trouble: dict[str, str] = {}
        """Incidents whose evidence could not be frozen at the last try, and why."""
        self.failures = 0
        """How often a freeze has failed since the start."""

    def tick(self) -> int:
        """Open what is to be opened, freeze what is due; how many bundles were written. Raises StoreError."""
        with self._lock:
            self._watch.follow()
        now_s, frozen = self.exchange.clock.now_s(), 0
        for standing in read_pending(self.exchange.journal):
            incident_id = standing.incident.incident_id
            if self._due_s(standing) > now_s:
                continue
            if self._retry_at_s.get(incident_id, 0.0) > now_s:
                continue
            try:
                self.freeze(incident_id)
            except (OSError, IncidentTooLargeError, StoreError, LineFaultError, IncidentRequestError) as error:
                _logger.error("an incident could not be frozen", extra={"detail": f"{incident_id}: {error}"})
            else:
                frozen += 1
        return frozen

    def freeze(self, incident_id: str, told: Callable[[str], None] = lambda _: None) -> BundleFrozen:
        """Write the evidence of an incident as it is now; before its window is over it is frozen again at its end.

        Raises IncidentRequestError, FreezeError, IncidentTooLargeError, StoreError.
        """
        with self._lock:
            standing = read_incident(self.exchange.journal, incident_id)
            if standing is None:
                raise IncidentRequestError(f"there is no incident {incident_id!r}; `steerclear incident list` has them")
            if standing.state is IncidentState.CLOSED:
                raise IncidentRequestError(f"incident {incident_id} is closed; its bundles are as they are")
            try:
                frozen = self._freeze(standing, told)
            except (OSError, IncidentTooLargeError, StoreError, LineFaultError) as error:
                # What is too large does not become smaller by itself: a person may open another one meanwhile.
                wait_s = TOO_LARGE_RETRY_S if isinstance(error, IncidentTooLargeError) else RETRY_S
                self._failed(standing, error, wait_s)
                raise
            except Exception as fault:
                # A fault of ours in a bundle must not end the line, nor each start of the node after it.
                _logger.exception("freezing failed; the node goes on without it")
                failed = FreezeError(
                    f"a fault of this software ended it: {fault!r}; report it with the log, it is tried again every"
                    f" {RETRY_S:g} s"
                )
                self._failed(standing, failed, RETRY_S)
                raise failed from fault
            self.trouble.pop(standing.incident.incident_id, None)
            return frozen

    def _failed(self, standing: IncidentStanding, error: Exception, wait_s: float) -> None:
        self.failures += 1
        self.trouble[standing.incident.incident_id] = str(error)
        self._retry_at_s[standing.incident.incident_id] = self.exchange.clock.now_s() + wait_s

    def _due_s(self, standing: IncidentStanding) -> float:
        """When an incident is frozen next. A window that is longer than ours (a peer may have asked for it) is frozen
        once at the end of ours, and once more when it is over: nobody can hold up our evidence.
        """
        incident = standing.incident
        own_end_s = incident.at_s + self.policy.after_s
        return (incident.until_s if standing.bundles else min(incident.until_s, own_end_s)) + FREEZE_AFTER_S

    def path(self, frozen: BundleFrozen) -> Path:
        """Where a bundle of ours lies."""
        return self.folder / frozen.file

    def _freeze(self, standing: IncidentStanding, told: Callable[[str], None]) -> BundleFrozen:
        incident, exchange = standing.incident, self.exchange
        self._seal()
        last_sequence = exchange.journal.last_sequence()
        frozen_s = exchange.clock.now_s()
        number = 1 + max((bundle.number for bundle in standing.bundles), default=0)
        name = f"{folder_name(incident.incident_id)}/{exchange.us.party_id}-{number}.zip"
        path = self.folder / name
        aside = path.with_suffix(".new")
        try:
            make_folder(path.parent)
            with self._opened(aside) as file:
                write_incident(exchange, incident, self._inputs, file, last_sequence, told)
                file.flush()
                os.fsync(file.fileno())
            digest, size = _digest(aside)
            aside.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            reason = error.strerror or str(error)
            raise FreezeError(
                f"the bundle {path} cannot be written: {reason}; make room or mend it, it is tried again every"
                f" {RETRY_S:g} s"
            ) from error
        finally:
            # Whatever ended it: half a bundle of some gigabytes must not take the room of the next try.
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
        frozen = BundleFrozen(
            incident_id=incident.incident_id,
            number=number,
            file=name,
            sha256=digest,
            size_bytes=size,
            frozen_s=frozen_s,
            whole=frozen_s >= incident.until_s,
        )
        self._tell(standing, frozen)
        return frozen

    def _tell(self, standing: IncidentStanding, frozen: BundleFrozen) -> None:
        exchange = self.exchange
        rows = (incident_event(frozen, exchange.clock.now_s()),)
        key = f"incident.frozen/{sha256(frozen.incident_id.encode()).hexdigest()}/{frozen.number}"
        drafts = [
            Draft(peer, partial(_hash_report, exchange, standing, frozen, peer), bulk=True)
            for peer in standing.peers
            if peer in exchange.lines
        ]
        try:
            if drafts:
                exchange.send(drafts, rows, key).stored.result()
                return
        except (NotInForceError, LineFaultError) as fault:
            # Nothing, or not this, can be said under the agreement now; the evidence is kept all the same, once.
            _logger.warning("a bundle's hash could not be told", extra={"detail": f"{frozen.file}: {fault}"})
        exchange.journal.append(Append(key=key, events=rows))


def folder_name(incident_id: str) -> str:
    """Folder of an incident: its name where that is one of ours, otherwise never a name that came from outside."""
    plain = incident_id.startswith("inc-") and all(char.isalnum() or char in "-_" for char in incident_id)
    return incident_id if plain and incident_id.isascii() else f"x-{sha256(incident_id.encode()).hexdigest()[:24]}"


def _hash_report(
    exchange: Exchange, standing: IncidentStanding, frozen: BundleFrozen, peer: str, message_id: str
) -> Message:
    """Tells a peer which bundle we have frozen: a machine says it, and asks nobody for anything."""
    us, incident = exchange.us.party_id, standing.incident
    return IncidentReport(
        message_id=message_id,
        to_function=exchange.agreement.party(peer).desks[0].functions[0],
        incident_id=incident.incident_id,
        at_s=max(incident.at_s, 0.0),
        position=incident.position,
        attachments=(
            Attachment(
                sha256=frozen.sha256,
                title=f"evidence of {us}, bundle {frozen.number}{'' if frozen.whole else ', window still open'}",
                size_bytes=frozen.size_bytes,
            ),
        ),
    )


def _digest(path: Path) -> tuple[str, int]:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
