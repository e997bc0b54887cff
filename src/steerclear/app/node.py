"""A node: the store, the lines to all peers, the local API, the clock's ticks and the feeds, put together and run."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import random
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from steerclear.app.begun import check_begun, note_begun
from steerclear.app.json_log import log_as_json
from steerclear.app.node_figures import NodeWatch
from steerclear.app.node_incidents import incident_keeper
from steerclear.app.serving import QuietServer, address_of, listening_socket, settle_interpreter
from steerclear.dialogue.terms import AgreementVersion, Versions
from steerclear.interfaces.agreement_file import load_versions
from steerclear.interfaces.cli.node_file import (
    RUNTIME_FILE,
    SEGMENTS_FOLDER,
    NodeConfig,
    NodeFileError,
    PeerSection,
    Runtime,
    token_path,
    write_whole,
)
from steerclear.interfaces.line.courier import Courier
from steerclear.interfaces.line.door import Door
from steerclear.interfaces.line.limits import KEEP_ALIVE_S, MAX_CONNECTIONS
from steerclear.interfaces.line.peer_certificate import PeerCertificateProtocol
from steerclear.interfaces.line.port import line_port
from steerclear.interfaces.line.post_client import PeerAddress
from steerclear.interfaces.line.tls import (
    OwnCertificate,
    PinnedCertificate,
    certificate_end_s,
    client_context,
    server_context,
)
from steerclear.interfaces.local_api import limits as local_limits
from steerclear.interfaces.local_api.api import local_api
from steerclear.interfaces.local_api.follow_protocol import FollowProtocol
from steerclear.interfaces.local_api.metrics_page import Metrics
from steerclear.interfaces.local_api.roles import Role, RoleToken
from steerclear.interfaces.outlets import open_outlets
from steerclear.model.agreement import Agreement, Party
from steerclear.model.intent import OperationalIntent
from steerclear.services.clock import Clock, SystemClock
from steerclear.services.drop_reports import drop_old_reports
from steerclear.services.effectiveness.flight_files import flight_seconds_on_disk
from steerclear.services.effectiveness.rolling import RollingEffectiveness
from steerclear.services.evidence import EVIDENCE_FOLDER, EvidenceKeeper
from steerclear.services.exchange import Exchange
from steerclear.services.export_record import AgreementFiles, export_file
from steerclear.services.incident.figures import IncidentFigures, incident_figures
from steerclear.services.incident.freeze import RETRY_S
from steerclear.services.keep_time import Timekeeper
from steerclear.services.line_end import LineKeys
from steerclear.services.line_metrics import LineMetrics
from steerclear.services.line_views import line_views
from steerclear.services.node_proof import token_digest
from steerclear.services.plan_neighbours import items_of
from steerclear.services.record_room import nearly_full_records
from steerclear.services.summon import Summoner
from steerclear.store import SqliteStore
from steerclear.store.errors import StoreError
from steerclear.store.key_files import load_ml_dsa_key, load_private_key

if TYPE_CHECKING:
    from steerclear.app.f3548_host import F3548Host
    from steerclear.app.node_picture import NodePicture
    from steerclear.model.track import Track

TICK_S: Final = 0.25
"""Time between two looks at the deadlines; four a second keep the promise of one second with room to spare."""
CLOCK_STANDS_AFTER_S: Final = 5.0
"""A node whose deadlines were not looked at for so long is not ready, whatever else of it answers."""
CLOCK_THREADS: Final = 2
"""One for the deadlines and one for the summonses; nothing else runs there, so that they never wait for a free one."""
THREADS_PER_LINE: Final = 2
"""One for the posts that a peer sends and one for those that we send it."""
OTHER_THREADS: Final = 16
"""For all else: what the desks and displays ask, declared items, figures, evidence, the picture."""
COUNT_EVERY_S: Final = 1.0
"""Time between two looks at the journal for the figures, so that none of them is a long one that holds up the line."""
INCIDENTS_EVERY_S: Final = 0.5
"""Time between two looks at what opens an incident, and at windows that are over."""
DROP_EVERY_S: Final = 3_600.0
"""Time between two looks for raw reports that are no longer kept."""
WARN_EVERY_S: Final = 86_400.0
"""A warning that still holds is logged again after a day."""
STOP_WITHIN_S: Final = 3
"""Time that running requests are given when the node stops."""

_logger = logging.getLogger("steerclear.node")


class Node:
    """One node over an open store; `run` serves until `stop` is called."""

    def __init__(self, config: NodeConfig, clock: Clock | None = None) -> None:
        self.config = config
        self.clock = SystemClock() if clock is None else clock
        versions, self._agreement_files = read_versions(config)
        newest = versions.newest.agreement
        check_peers(config, newest)
        party = newest.party(config.file.node.party)
        keys, statements = read_keys(config), read_statements(config)
        check_begun(config)
        config.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tokens = role_tokens(config, party)
        self.store = SqliteStore.open(config.store_path, line_views())
        try:
            note_begun(config)
            self.exchange = Exchange(self.store, versions, party.party_id, keys, self.clock, statements=statements)
            folder = config.data_folder / EVIDENCE_FOLDER
            self.exchange.on_fault = EvidenceKeeper(self.exchange, self._agreement_files, folder).keep
            self._timekeeper = Timekeeper(self.exchange)
            self._metrics = LineMetrics(self.exchange)
            self._watch = NodeWatch(config.store_path, self._certificate_ends(), party.party_id)
            outlets = open_outlets(config.file.outlets, config.folder, config.file.node.language)
            self._summoner = Summoner(self.exchange, outlets)
            self._f3548 = self._opened_f3548()
            self._picture = self._opened_picture()
            seal = (lambda: None) if self._picture is None else self._picture.record.seal
            self.incidents = incident_keeper(config, self.exchange, self._agreement_files, seal)
        except BaseException:
            self.store.close()
            raise
        self._stopping: asyncio.Event = asyncio.Event()
        self._started = False
        self._looked_s = time.monotonic()
        """When all deadlines had been looked at last."""
        self._faults: dict[str, str] = {}
        """What the line goes on without, and why."""
        self._clock_threads = ThreadPoolExecutor(CLOCK_THREADS, "steerclear-clock")
        self._line_threads = ThreadPoolExecutor(THREADS_PER_LINE * len(self.exchange.lines), "steerclear-line")

    def stop(self) -> None:
        """Stop serving; `run` returns once everything is put away. On the event loop's thread."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until stopped. Any part that fails takes the node down: half a node would look like a whole one."""
        with (
            contextlib.closing(self.store),
            contextlib.closing(self._summoner),
            contextlib.closing(self._picture or contextlib.ExitStack()),
            self._threads(),
        ):
            line_socket = listening_socket(self.config.file.line.listen)
            local_socket = listening_socket(self.config.file.local.listen)
            own = self._own_certificate()
            pinned = [self._pinned(peer) for peer in self.config.file.peers]
            line_server = self._line_server(own, pinned)
            local_server = self._local_server()
            couriers = [self._courier(own, peer, pin) for peer, pin in zip(self.config.file.peers, pinned, strict=True)]
            loop = asyncio.get_running_loop()
            loop.set_default_executor(ThreadPoolExecutor(OTHER_THREADS, "steerclear-node"))
            self.store.on_commit(partial(_wake_all, loop, couriers))
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(courier.run()) for courier in couriers]
                running.append(tasks.create_task(self._learn_items()))
                running.append(tasks.create_task(self._keep_time()))
                running.append(tasks.create_task(self._keep_items()))
                running.append(tasks.create_task(self._keep_figures()))
                running.append(tasks.create_task(self._drop_reports()))
                running.append(tasks.create_task(self._summon()))
                running.append(tasks.create_task(self._keep_incidents()))
                servers = [
                    tasks.create_task(line_server.serve(sockets=[line_socket])),
                    tasks.create_task(local_server.serve(sockets=[local_socket])),
                ]
                while not (line_server.started and local_server.started):
                    await asyncio.sleep(0.01)
                async with self._speaking_f3548(tasks), self._announced(line_socket, local_socket):
                    with self._watching(tasks):
                        await self._stopping.wait()
                for server in (line_server, local_server):
                    server.should_exit = True
                for task in running:
                    task.cancel()
                await asyncio.gather(*servers)
        _logger.info("stopped", extra={"party": self.exchange.us.party_id})

    @contextlib.contextmanager
    def _threads(self) -> Iterator[None]:
        """The threads of the clock and of the lines begin nothing new when the node stops."""
        try:
            yield
        finally:
            for threads in (self._clock_threads, self._line_threads):
                threads.shutdown(wait=False, cancel_futures=True)

    @contextlib.contextmanager
    def _watching(self, tasks: asyncio.TaskGroup) -> Iterator[None]:
        """The picture runs meanwhile, on a thread of its own, which ends also when another part of the node fails."""
        if self._picture is None:
            yield
            return
        tasks.create_task(asyncio.to_thread(self._picture.run.run))
        try:
            yield
        finally:
            self._picture.run.stop()

    @contextlib.asynccontextmanager
    async def _speaking_f3548(self, tasks: asyncio.TaskGroup) -> AsyncIterator[None]:
        """The port of F3548-21, where there is one, is open as long as the node is."""
        if self._f3548 is None:
            yield
            return
        running = tasks.create_task(self._f3548.run())
        await self._f3548.started.wait()
        try:
            yield
        finally:
            self._f3548.stop()
            await running

    @contextlib.asynccontextmanager
    async def _announced(self, line_socket: socket.socket, local_socket: socket.socket) -> AsyncIterator[None]:
        """While the node runs, a file says where."""
        runtime = Runtime(
            pid=os.getpid(),
            party=self.exchange.us.party_id,
            local_url=f"http://{address_of(local_socket)}",
            line_url=f"https://{address_of(line_socket)}",
            started_s=self.clock.now_s(),
        )
        path = self.config.data_folder / RUNTIME_FILE
        await asyncio.to_thread(write_whole, path, runtime)
        settle_interpreter()
        self._started = True
        _logger.info("serving", extra={"party": runtime.party, "url": runtime.local_url})
        try:
            yield
        finally:
            self._started = False
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _keep_time(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.run_in_executor(self._clock_threads, self._timekeeper.keep_deadlines)
                self._looked_s = time.monotonic()
            except StoreError as trouble:
                _logger.error("deadlines cannot be recorded", extra={"detail": trouble})
            await asyncio.sleep(TICK_S)

    async def _keep_items(self) -> None:
        """What time brings about for declared items takes as long as there are many, and no deadline waits for it."""
        while True:
            try:
                await asyncio.to_thread(self._timekeeper.keep_items)
            except StoreError as trouble:
                _logger.error("what became of declared items cannot be recorded", extra={"detail": trouble})
            await asyncio.sleep(TICK_S)

    async def _learn_items(self) -> None:
        """Read what is declared once, so that no check of a plan has to wait for that."""
        with contextlib.suppress(StoreError):  # then the first check reads it, or says what is wrong
            await asyncio.to_thread(items_of(self.exchange).refresh)
            gc.freeze()  # it stays, so no collection need look at it

    async def _summon(self) -> None:
        """Outlets take their time, so they have a loop of their own: no deadline waits for a mail server."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                await loop.run_in_executor(self._clock_threads, self._summoner.start)
            except StoreError as trouble:
                _logger.error("summonses cannot be recorded", extra={"detail": trouble})
            await asyncio.sleep(TICK_S)

    async def _keep_incidents(self) -> None:
        """Open incidents and freeze their evidence; a bundle takes its time, and nothing waits for it."""
        while True:
            try:
                await asyncio.to_thread(self.incidents.tick)
                self._faults.pop("incidents", None)
            except (StoreError, OSError) as trouble:
                _logger.error("incidents cannot be kept", extra={"detail": trouble})
                self._faults["incidents"] = f"incidents cannot be kept: {trouble}"
            except Exception as fault:
                # A fault of ours here must not end the line: somebody may be waiting for an answer to a safety stop.
                _logger.exception("incidents cannot be kept; the line goes on without them")
                self._faults["incidents"] = f"incidents cannot be kept, by a fault of this software: {fault!r}"
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(INCIDENTS_EVERY_S)

    async def _keep_figures(self) -> None:
        """Count what happens, and warn in the log of what someone must see to."""
        warned_s = float("-inf")
        while True:
            now_s = self.clock.now_s()
            try:
                await asyncio.to_thread(self._metrics.follow)
                if not 0.0 <= now_s - warned_s < WARN_EVERY_S:  # also where a clock that was ahead is put right
                    warned_s = now_s
                    for warning in self._warnings():
                        _logger.warning("someone must see to this soon", extra={"detail": warning})
            except (StoreError, OSError) as trouble:
                _logger.error("the node's figures cannot be kept", extra={"detail": trouble})
            await asyncio.sleep(COUNT_EVERY_S)

    async def _drop_reports(self) -> None:
        """Remove raw reports that are older than they are kept, where the node's file says how long that is."""
        section = self.config.file.picture
        if section is None or section.keep_days is None:
            return
        while True:
            await asyncio.sleep(DROP_EVERY_S)
            try:
                keep_s = section.keep_days * 86_400.0
                await asyncio.to_thread(drop_old_reports, self._segments, self._metrics, keep_s)
            except (StoreError, OSError) as trouble:
                _logger.error("reports that are no longer kept cannot be removed", extra={"detail": trouble})

    def _trouble(self) -> str | None:
        if not self._started:
            return "starting or stopping"
        try:
            self.store.last_sequence()
            # Also tries the disk again after it was full, when nobody has anything to write.
            unwritten = self.store.probe()
        except StoreError as trouble:
            unwritten = trouble
        if unwritten is not None:
            return f"store: {unwritten}"
        stands_s = time.monotonic() - self._looked_s
        if stands_s > CLOCK_STANDS_AFTER_S:
            return f"clock: for {stands_s:.0f} s the deadlines were not all looked at; rungs and line checks are late"
        if self._picture is not None and self._picture.run.trouble is not None:
            return self._picture.run.trouble
        if self._f3548 is not None and self._f3548.trouble is not None:
            return self._f3548.trouble
        return next(iter(tuple(self._faults.values())), None)

    def _opened_picture(self) -> NodePicture | None:
        if self.config.file.picture is None:
            return None
        # Detection and the readers take half a second to load: a node without a picture does not pay for them.
        from steerclear.app.node_picture import open_picture  # noqa: PLC0415

        return open_picture(self.config, self.exchange, self._shared_intents)

    def _shared_intents(self) -> tuple[OperationalIntent, ...]:
        """Flights that the F3548-21 service of this node knows."""
        host = self._f3548
        if host is None or host.uss is None:
            return ()
        from steerclear.services.uss.known_intents import known_intents  # noqa: PLC0415 loaded with the host

        return known_intents(host.uss.services.uss)

    def _opened_f3548(self) -> F3548Host | None:
        config = self.config.f3548
        if config is None:
            return None
        # Geometry and tokens take time to load: a node without this port does not pay for them.
        from steerclear.app.f3548_host import F3548Host  # noqa: PLC0415

        return F3548Host(config, self.clock, None if self.config.file.picture is None else self._shown_tracks)

    def _shown_tracks(self) -> tuple[Track, ...]:
        """Every aircraft that the picture shows."""
        return () if self._picture is None else self._picture.run.tracks()

    def _own_certificate(self) -> OwnCertificate:
        keys = self.config.file.keys
        return OwnCertificate(self.config.path(keys.tls_certificate), self.config.path(keys.tls_key))

    def _pinned(self, peer: PeerSection) -> PinnedCertificate:
        return PinnedCertificate(peer.party, self.config.path(peer.certificate), bytes.fromhex(peer.certificate_sha256))

    def _certificate_ends(self) -> dict[str, float]:
        """When the certificate of each party of the line ends, ours among them."""
        paths = {peer.party: peer.certificate for peer in self.config.file.peers}
        paths[self.config.file.node.party] = self.config.file.keys.tls_certificate
        return {party: certificate_end_s(self.config.path(path)) for party, path in paths.items()}

    def _courier(self, own: OwnCertificate, peer: PeerSection, pin: PinnedCertificate) -> Courier:
        address = PeerAddress(peer.party, peer.url, pin.sha256)
        jitter = random.Random().random  # noqa: S311 no secret
        return Courier(self.exchange, address, client_context(own, pin), jitter, self._line_threads)

    def _line_server(self, own: OwnCertificate, pinned: list[PinnedCertificate]) -> QuietServer:
        door = self._watch.door = Door(server_context(own, pinned))
        app = line_port(self.exchange, {pin.sha256: pin.party for pin in pinned}, self._line_threads)
        settings = _settings(app, KEEP_ALIVE_S, MAX_CONNECTIONS)
        return QuietServer(uvicorn.Config(**settings | {"http": door.protocol}))

    def _local_server(self) -> QuietServer:
        picture = None if self._picture is None else self._picture.run
        metrics = Metrics(
            self._metrics,
            self._watch.figures,
            self._warnings,
            self._incident_figures,
            RollingEffectiveness(self.exchange),
            None if picture is None else picture.view,
        )
        flight_s = None if picture is None else partial(flight_seconds_on_disk, self._segments, self.store)
        served = self.exchange, self._tokens, self._trouble, self._bundle
        app = local_api(*served, picture, metrics, self.incidents, flight_s)
        settings = _settings(app, local_limits.KEEP_ALIVE_S, local_limits.MAX_CONNECTIONS)
        sockets = {
            "ws": FollowProtocol,
            "ws_max_size": local_limits.MAX_FOLLOWER_FRAME_BYTES,
            "ws_per_message_deflate": False,
        }
        return QuietServer(uvicorn.Config(**settings | sockets))

    @property
    def _segments(self) -> Path:
        return self.config.data_folder / SEGMENTS_FOLDER

    def _warnings(self) -> tuple[str, ...]:
        unfrozen = (f"incident {name} is not frozen yet: {why}" for name, why in sorted(self.incidents.trouble.items()))
        seen_to_soon = (*self._watch.warnings(self.clock.now_s()), *nearly_full_records(self.exchange))
        return (*seen_to_soon, *unfrozen, *tuple(self._faults.values()))

    def _incident_figures(self) -> IncidentFigures:
        return incident_figures(self.exchange, self.incidents.failures)

    def _bundle(self, peer: str) -> IO[bytes]:
        return export_file(self.exchange, peer, self._agreement_files)


def run_node(config: NodeConfig) -> None:
    """Run a node in the foreground until SIGINT or SIGTERM."""
    log_as_json()
    os.umask(0o077)  # what the desks say is nobody else's, also in a data folder that was made by hand
    try:
        asyncio.run(_run(config))
    except ExceptionGroup as failed:
        _logger.critical("a part of the node failed, so all of it stopped", exc_info=failed)
        raise


async def _run(config: NodeConfig) -> None:
    node = Node(config)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, node.stop)
    await node.run()


def read_versions(config: NodeConfig) -> tuple[Versions, tuple[AgreementFiles, ...]]:
    """Every version of the agreement that the node knows, each signed by all its parties, and the bytes of the files.

    Raises NodeFileError, AgreementError.
    """
    node = config.file.node
    files = []
    for agreement, signatures in (
        (node.agreement, node.signatures),
        *((amendment.agreement, amendment.signatures) for amendment in node.amendments),
    ):
        files.append(AgreementFiles(_bytes_of(config, agreement), _bytes_of(config, signatures)))
    signed = load_versions([(pair.agreement, pair.signatures) for pair in files])
    return Versions(tuple(AgreementVersion(one.agreement, one.sha256) for one in signed)), tuple(files)


def read_keys(config: NodeConfig) -> LineKeys:
    """The private keys that the node works with. Raises KeyFileError."""
    return LineKeys(
        signing=load_private_key(config.path(config.file.keys.signing)),
        witness=load_private_key(config.path(config.file.keys.witness)),
        witness_ml_dsa=_ml_dsa_key(config),
        former_signing=_former_key(config),
    )


def read_statements(config: NodeConfig) -> list[bytes]:
    """Our own key statements, oldest first. Raises NodeFileError."""
    return [_bytes_of(config, name) for name in config.file.keys.statements]


def _ml_dsa_key(config: NodeConfig) -> MLDSA44PrivateKey | None:
    name = config.file.keys.witness_ml_dsa
    return None if name is None else load_ml_dsa_key(config.path(name))


def _former_key(config: NodeConfig) -> Ed25519PrivateKey | None:
    name = config.file.keys.former_signing
    return None if name is None else load_private_key(config.path(name))


def _bytes_of(config: NodeConfig, name: str) -> bytes:
    try:
        return config.path(name).read_bytes()
    except OSError as error:
        raise NodeFileError(f"cannot read {config.path(name)}: {error.strerror}") from None


def check_peers(config: NodeConfig, agreement: Agreement) -> None:
    """Raises NodeFileError unless the file names every other party of the agreement exactly once."""
    us = config.file.node.party
    known = sorted(party.party_id for party in agreement.parties)
    if us not in known:
        raise NodeFileError(
            f"node.party {us!r} is no party of agreement {agreement.agreement_id!r}: {', '.join(known)}"
        )
    named = sorted(peer.party for peer in config.file.peers)
    if named != [party for party in known if party != us]:
        raise NodeFileError(f"peers must name every other party of the agreement once ({known}); they name {named}")


def role_tokens(config: NodeConfig, party: Party) -> list[RoleToken]:
    """Tokens of a reader and of every function of every desk of ours; files that are not there are made."""
    roles = [Role(), *(Role(desk.desk_id, function) for desk in party.desks for function in desk.functions)]
    return [RoleToken(role, token_digest(_token(token_path(config, role.desk_id, role.function)))) for role in roles]


def _token(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    if path.stat().st_mode & 0o077:
        raise NodeFileError(f"{path} can be read by others; delete it, the node makes a new one")
    token = path.read_text("ascii").strip()
    if len(token) < 32:
        raise NodeFileError(f"{path} holds no token; delete it, the node makes a new one")
    return token


def _settings(app: Any, keep_alive_s: int, connections: int) -> dict[str, Any]:
    return {
        "app": app,
        "http": PeerCertificateProtocol,
        "ws": "none",
        "loop": "asyncio",
        "lifespan": "off",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "limit_concurrency": connections,
        "timeout_keep_alive": keep_alive_s,
        "timeout_graceful_shutdown": STOP_WITHIN_S,
    }


def _wake_all(loop: asyncio.AbstractEventLoop, couriers: list[Courier], _sequence: int) -> None:
    """On the writer's thread: something was stored, so there may be something to post."""
    with contextlib.suppress(RuntimeError):  # the loop is closed when the node is stopping
        for courier in couriers:
            if not courier.awake:  # each call fights for the interpreter
                loop.call_soon_threadsafe(courier.wake)
