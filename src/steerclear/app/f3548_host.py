"""A host of F3548-21: the DSS with its store, its tokens and its port, alone or beside a node."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import signal
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
import uvicorn

from steerclear.app.json_log import log_as_json
from steerclear.app.serving import QuietServer, address_of, listening_socket, run_loop, settle_interpreter
from steerclear.interfaces.cli.f3548_file import (
    DIRECTORY_FILE,
    HOST_RUNTIME_FILE,
    SQLITE,
    DssSection,
    HostConfig,
    UssSection,
)
from steerclear.interfaces.f3548.app import Handlers, f3548_app
from steerclear.interfaces.f3548.asked import Application, Route
from steerclear.interfaces.f3548.dss_app import DSS_REFUSALS, all_dss_routes
from steerclear.interfaces.f3548.issuer_keys import IssuerKeys, read_key_file
from steerclear.interfaces.f3548.limits import KEEP_ALIVE_S
from steerclear.interfaces.f3548.tokens import TokenVerifier
from steerclear.services.clock import Clock, SystemClock
from steerclear.services.dss.directory import Directory, DirectorySettings
from steerclear.services.dss.limits import EVICT_EVERY_S
from steerclear.services.dss.pool import beat, evict
from steerclear.services.dss.warm import warm_geometry
from steerclear.store.airspace import AirspaceStore
from steerclear.store.errors import StoreError
from steerclear.strategic.warm import warm_volumes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from steerclear.app.f3548_uss import HostedUss
    from steerclear.model.track import Track

BEAT_EVERY_S: Final = 60.0
"""Time between two signs of life of an instance; a pool may expect the next within three times that."""
STOP_WITHIN_S: Final = 3
"""Time that running requests are given when the host stops."""

_logger = logging.getLogger("steerclear.f3548")


class F3548Host:
    """One port that speaks F3548-21, over open stores; `run` serves until `stop` is called."""

    def __init__(
        self, config: HostConfig, clock: Clock | None = None, tracks: Callable[[], Sequence[Track]] | None = None
    ) -> None:
        """Opens what it needs; by `tracks`, those of the picture of the node beside, a USS follows its flights.

        Raises NodeFileError, IssuerKeyError, StoreError, OSError.
        """
        self.config = config
        self._tracks = tracks
        self.clock = SystemClock() if clock is None else clock
        section = config.section
        fixed = [key for path in section.issuer_keys for key in read_key_file(config.path(path))]
        self.keys = IssuerKeys(fixed, section.jwks_url)
        self.verifier = TokenVerifier(self.keys, section.audiences, self.clock.now_s, section.issuer)
        config.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory = None if section.dss is None else self._directory(section.dss)
        self.uss = None if section.uss is None else self._uss(section.uss)
        self.started = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def trouble(self) -> str | None:
        """Why its USS cannot put anything on record; None while it can. From any thread."""
        try:
            found = None if self.uss is None else self.uss.store.probe()
        except StoreError as error:
            found = error
        return None if found is None else f"F3548-21: {found}"

    def stop(self) -> None:
        """Stop serving; `run` returns once everything is put away. On the event loop's thread."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until stopped. A part that fails takes the host down."""
        with contextlib.ExitStack() as open_:
            if self.directory is not None:
                open_.callback(self.directory.store.close)
                # So that no client waits for what compiles itself at its first use.
                await asyncio.to_thread(warm_geometry)
            if self.uss is not None:
                open_.callback(self.uss.close)
                await asyncio.to_thread(warm_geometry)
                await asyncio.to_thread(warm_volumes)
            bound = listening_socket(self.config.section.listen)
            server = QuietServer(uvicorn.Config(**self._settings()))
            async with asyncio.TaskGroup() as tasks:
                beside = [tasks.create_task(self.keys.keep_fresh())]
                if self.directory is not None:
                    beside += [
                        tasks.create_task(_keep_beating(self.directory)),
                        tasks.create_task(_keep_evicting(self.directory)),
                    ]
                if self.uss is not None:
                    beside.append(tasks.create_task(self.uss.run()))
                serving = tasks.create_task(server.serve(sockets=[bound]))
                while not server.started:
                    await asyncio.sleep(0.01)
                scheme = "http" if self.config.section.tls_certificate is None else "https"
                await self._announced(f"{scheme}://{address_of(bound)}")
                server.should_exit = True
                for task in beside:
                    task.cancel()
                await serving
        _logger.info("stopped")

    async def _announced(self, url: str) -> None:
        """While the host runs, a file says where."""
        path = self.config.data_folder / HOST_RUNTIME_FILE
        await asyncio.to_thread(path.write_bytes, msgspec.json.encode({"pid": os.getpid(), "url": url}))
        self.started.set()
        _logger.info("serving F3548-21", extra={"url": url})
        try:
            await self._stopping.wait()
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    def _directory(self, section: DssSection) -> Directory:
        ahead = section.max_days_ahead
        settings = DirectorySettings(
            instance=section.instance,
            endpoint=section.endpoint,
            allow_http=section.allow_http,
            scopes_of_flags=section.scopes_of_flags,
            max_ahead_s=None if ahead is None else ahead * 86_400.0,
        )
        return Directory(self._store(section.store), self.clock, settings)

    def _uss(self, section: UssSection) -> HostedUss:
        # What a DSS alone does not need is not loaded for it.
        from steerclear.app.f3548_uss import HostedUss  # noqa: PLC0415

        return HostedUss(self.config, section, self.clock, self._tracks)

    def _store(self, store: str) -> AirspaceStore:
        pool_id = str(uuid.uuid4())
        if store == SQLITE:
            from steerclear.store.airspace.sqlite import SqliteAirspaceStore  # noqa: PLC0415 one of the two is loaded

            return SqliteAirspaceStore(str(self.config.data_folder / DIRECTORY_FILE), pool_id)
        from steerclear.store.airspace.postgres import PostgresAirspaceStore  # noqa: PLC0415

        return PostgresAirspaceStore(store, pool_id)

    def _application(self) -> Application:
        routes: list[Route] = []
        refusals: dict[Any, Any] = {}
        for more_routes, more_refusals in self._parts():
            routes += more_routes
            refusals |= more_refusals
        return f3548_app(routes, refusals)

    def _parts(self) -> list[tuple[list[Route], Handlers]]:
        """What is mounted: the routes of each part with the handlers of its refusals."""
        parts: list[tuple[list[Route], Handlers]] = []
        if self.directory is not None:
            parts.append((all_dss_routes(self.directory, self.verifier), DSS_REFUSALS))
        if self.uss is not None:
            parts.append((self.uss.routes(self.verifier, beside_dss=self.directory is not None), {}))
        return parts

    def _settings(self) -> dict[str, Any]:
        section = self.config.section
        settings: dict[str, Any] = {
            "app": self._application(),
            "http": _http_protocol(),
            "ws": "none",
            "loop": "asyncio",
            "lifespan": "off",
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,
            "backlog": 2_048,
            "timeout_keep_alive": KEEP_ALIVE_S,
            "timeout_graceful_shutdown": STOP_WITHIN_S,
        }
        if section.tls_certificate is not None and section.tls_key is not None:
            settings["ssl_certfile"] = str(self.config.path(section.tls_certificate))
            settings["ssl_keyfile"] = str(self.config.path(section.tls_key))
        return settings


def _http_protocol() -> type[asyncio.Protocol] | str:
    """The fastest one that is installed."""
    if importlib.util.find_spec("httptools") is None:
        return "h11"
    from steerclear.interfaces.f3548.bounded_heads import BoundedHeadsProtocol  # noqa: PLC0415 see there

    return BoundedHeadsProtocol


async def _keep_beating(directory: Directory) -> None:
    while True:
        with contextlib.suppress(StoreError):  # a pool sees a missing sign of life by itself
            before_s = directory.clock.now_s() + 3 * BEAT_EVERY_S
            await asyncio.wrap_future(beat(directory, "", "steerclear", None, before_s))
        await asyncio.sleep(BEAT_EVERY_S)


async def _keep_evicting(directory: Directory) -> None:
    while True:
        try:
            while await asyncio.wrap_future(evict(directory)):
                await asyncio.sleep(0.1)  # others come in between
        except StoreError as trouble:
            _logger.warning("what ended long ago cannot be removed now", extra={"detail": str(trouble)})
        await asyncio.sleep(EVICT_EVERY_S)


def run_host(config: HostConfig) -> None:
    """Run a host in the foreground until SIGINT or SIGTERM."""
    log_as_json()
    os.umask(0o077)
    try:
        run_loop(_run(config))
    except ExceptionGroup as failed:
        _logger.critical("a part of the host failed, so all of it stopped", exc_info=failed)
        raise


async def _run(config: HostConfig) -> None:
    host = F3548Host(config)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, host.stop)
    settling = loop.create_task(_settle(host))
    await host.run()
    settling.cancel()


async def _settle(host: F3548Host) -> None:
    await host.started.wait()
    settle_interpreter()
