"""A USS of a host of F3548-21: its journal, its records, its way to the DSS and to other USSs, and what it mounts."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Callable, Sequence

import httpx

from steerclear.interfaces.cli.f3548_file import RECORDS_FOLDER, USS_FILE, HostConfig, UssSection
from steerclear.interfaces.cli.file_fields import NodeFileError
from steerclear.interfaces.f3548.asked import Route
from steerclear.interfaces.f3548.bounded_http import BoundedHttp
from steerclear.interfaces.f3548.dss_client import DssClient
from steerclear.interfaces.f3548.issuing import read_private_key
from steerclear.interfaces.f3548.limits import MAX_CONNECTIONS
from steerclear.interfaces.f3548.peer_client import PeerClient
from steerclear.interfaces.f3548.token_source import ServerTokens, SignedTokens, TokenServer, TokenSource
from steerclear.interfaces.f3548.tokens import TokenVerifier
from steerclear.interfaces.f3548.uss_app import UssMounting, all_uss_routes
from steerclear.model.track import Track
from steerclear.services.clock import Clock
from steerclear.services.uss.context import Uss, UssSettings
from steerclear.services.uss.flight_events import uss_views
from steerclear.services.uss.ports import Exchange
from steerclear.services.uss.record_files import ExchangeKept, Records
from steerclear.services.uss.services import UssServices
from steerclear.store import SqliteStore
from steerclear.strategic.uss_conflicts import PriorityRules


class HostedUss:
    """Opens what a USS needs. Raises NodeFileError, IssuerKeyError, StoreError, OSError."""

    def __init__(
        self,
        config: HostConfig,
        section: UssSection,
        clock: Clock,
        tracks: Callable[[], Sequence[Track]] | None = None,
    ) -> None:
        self._section = section
        self._client = httpx.AsyncClient(
            verify=_trust(config, section),
            follow_redirects=False,
            timeout=httpx.Timeout(None, connect=3.0),
            limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=64),
        )
        tokens = _tokens(config, section, self._client, clock)
        self.store = SqliteStore.open(config.data_folder / USS_FILE, uss_views())
        try:
            self.records = Records(config.data_folder / RECORDS_FOLDER)

            def record(exchange: Exchange) -> None:
                self.records.keep(ExchangeKept(exchange.asked_s, exchange))

            http = BoundedHttp(self._client, tokens, clock.now_s, record)
            uss = Uss(
                UssSettings(
                    name=section.name,
                    base_url=section.base_url,
                    rules=_rules(section),
                    hears_constraints=section.hears_constraints,
                    reports_problems=section.reports_problems,
                    requests_ovns=section.requests_ovns,
                    watch_s=None if section.watch_hours is None else section.watch_hours * 3_600.0,
                ),
                self.store,
                DssClient(section.dss_url, http),
                PeerClient(http),
                clock,
                lambda: str(uuid.uuid4()),
                self.records,
            )
            self.services = UssServices(uss, tracks)
        except BaseException:
            self.store.close()
            raise

    def routes(self, verifier: TokenVerifier, *, beside_dss: bool) -> list[Route]:
        """What is mounted; a DSS on the same port answers for versions already."""
        section = self._section
        mounting = UssMounting(
            flight_planning=section.flight_planning,
            versioning=section.versioning and not beside_dss,
            systems=frozenset(section.systems),
            log_readers=frozenset(section.log_readers),
            operators=frozenset(section.operators),
            on_duty=frozenset(section.on_duty),
        )
        return all_uss_routes(self.services, verifier, mounting)

    async def run(self) -> None:
        """Keep it going until cancelled."""
        async with self._client:
            await self.services.run()

    def close(self) -> None:
        """Put away what is open."""
        self.store.close()
        self.records.close()


def _rules(section: UssSection) -> PriorityRules:
    return PriorityRules(
        conflicts_permitted_at=frozenset(section.conflicts_permitted_at),
        highest=section.highest_priority,
        lowest=section.lowest_priority,
    )


def _trust(config: HostConfig, section: UssSection) -> ssl.SSLContext | bool:
    if section.trust is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(config.path(section.trust)))
    except (OSError, ssl.SSLError) as error:
        raise NodeFileError(f"f3548.uss.trust: {section.trust} holds no certificates: {error}") from None


def _tokens(config: HostConfig, section: UssSection, client: httpx.AsyncClient, clock: Clock) -> TokenSource:
    tokens = section.tokens
    if tokens.private_key is not None:
        key = read_private_key(config.path(tokens.private_key))
        return SignedTokens(key, tokens.issuer, section.name, clock.now_s)
    secret = None
    if tokens.secret_file is not None:
        secret = config.path(tokens.secret_file).read_text("utf-8").strip()
    server = TokenServer(
        url=tokens.url or "",
        client_id=tokens.client_id or section.name,
        secret=secret,
        audience_parameter=tokens.audience_parameter,
    )
    return ServerTokens(server, client, clock.now_s)
