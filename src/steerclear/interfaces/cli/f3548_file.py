"""The `[f3548]` section of a node's file, which may also stand alone: then the file is that of a host of F3548-21 only.

Every path in it is relative to the folder that the file stands in.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final, Self

import msgspec

from steerclear.interfaces.cli.file_fields import MAX_NODE_FILE_BYTES, Listen, NodeFileError
from steerclear.store.folders import path_from

SQLITE: Final = "sqlite"
DIRECTORY_FILE: Final = "airspace.sqlite"
USS_FILE: Final = "uss.sqlite"
RECORDS_FOLDER: Final = "records"
HOST_RUNTIME_FILE: Final = "f3548.json"
"""Written into the data folder while the host runs: where it listens."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
HostName = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.:_-]{1,253}\Z")]


class DssSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An instance of a DSS."""

    store: Annotated[str, msgspec.Meta(pattern=r"^(sqlite|postgres(ql)?://\S+)\Z")] = SQLITE
    """"sqlite" for a file of its own, or the URL of a PostgreSQL database that several instances share."""
    instance: Name = "steerclear"
    """Name of this instance within its pool."""
    endpoint: Annotated[str, msgspec.Meta(max_length=2_048)] = ""
    """Where others reach it; told to the pool."""
    allow_http: bool = False
    """Whether services may name plain http addresses: for tests on one machine."""
    scopes_of_flags: bool = False
    """Whether to ask for notifications of a kind takes the scope of that kind."""
    max_days_ahead: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """How far ahead an operational intent may begin; without it, as far as its service likes."""

    def __repr__(self) -> str:
        """Without the database's password."""
        return f"DssSection(instance={self.instance!r})"


class TokensSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the USS gets its own access tokens: a token server, or a key that this host signs them with."""

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://\S+\Z")] | None = None
    """A token server: OAuth 2 client credentials with `secret_file`, InterUSS's dummy server without."""
    secret_file: str | None = None
    """File that holds the client's secret; the client is the USS's name unless `client_id` says otherwise."""
    client_id: str | None = None
    audience_parameter: str = "audience"
    """Name of the parameter that tells a token server whom the token is for."""
    private_key: str | None = None
    """PEM file of an RSA key: for tests, and for installations that are their own authority."""
    issuer: str = "steerclear"
    """The `iss` of tokens signed with `private_key`."""

    def check(self) -> Self:
        """Raises NodeFileError unless there is one way to get tokens."""
        if (self.url is None) == (self.private_key is None):
            raise NodeFileError("f3548.uss.tokens: give either url or private_key")
        return self


class UssSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A USS: it plans through a DSS and answers other USSs."""

    name: Name
    """`sub` of its tokens: what the DSS calls the manager of its flights."""
    base_url: Annotated[str, msgspec.Meta(max_length=2_048, pattern=r"^https?://[^\s?#]*[^\s/?#]\Z")]
    """Where other USSs reach it, without /uss/v1 and without a trailing slash."""
    dss_url: Annotated[str, msgspec.Meta(max_length=2_048, pattern=r"^https?://[^\s?#]*[^\s/?#]\Z")]
    tokens: TokensSection
    trust: str | None = None
    """PEM file of the certificates that DSS and peers are believed by, instead of the public ones."""
    conflicts_permitted_at: tuple[int, ...] = ()
    """Priorities at which the regulator lets two intents of equal priority conflict."""
    highest_priority: int | None = None
    lowest_priority: int | None = None
    hears_constraints: bool = True
    """Whether constraints are looked up and told to operators."""
    reports_problems: bool = True
    """Whether a peer that sends what cannot be used is told so."""
    requests_ovns: bool = False
    """Whether the DSS is asked for the OVNs of our flights, so that peers see a new version before it has answered."""
    watch_hours: Annotated[float, msgspec.Meta(ge=0.05, le=24.0)] | None = None
    """How long an area is watched after its last flight, by subscriptions of our own; without it the DSS makes one for
    each flight, which ends with it."""
    operators: tuple[Name, ...] = ()
    """Clients (`sub`) that plan flights and declare constraints here, with the scope steerclear.operate; each may
    change and end its own."""
    on_duty: tuple[Name, ...] = ()
    """Clients (`sub`) on duty for the whole USS: with that scope they may change and end what any operator planned."""
    log_readers: tuple[Name, ...] = ()
    """Clients (`sub`) that may read log sets over HTTP."""
    flight_planning: bool = False
    """Whether InterUSS's flight planning interface is open: for tests only."""
    versioning: bool = False
    """Whether InterUSS's versioning interface is open."""
    systems: tuple[Name, ...] = ("astm.f3548.v21",)
    """System boundaries that the versioning interface answers for."""


class F3548Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where F3548-21 is spoken, and whose tokens are believed."""

    listen: Listen
    audiences: Annotated[tuple[HostName, ...], msgspec.Meta(min_length=1, max_length=64)]
    """Host names that a token's `aud` may name."""
    data: str
    """Folder of what must not be lost."""
    issuer_keys: Annotated[tuple[str, ...], msgspec.Meta(max_length=64)] = ()
    """PEM or JWKS files of those who issue tokens."""
    jwks_url: Annotated[str, msgspec.Meta(pattern=r"^https?://\S+\Z")] | None = None
    issuer: str | None = None
    """The `iss` that every token must have, if given."""
    tls_certificate: str | None = None
    tls_key: str | None = None
    dss: DssSection | None = None
    uss: UssSection | None = None

    def check(self) -> Self:
        """Raises NodeFileError where keys contradict each other."""
        if not self.issuer_keys and self.jwks_url is None:
            raise NodeFileError("f3548: give issuer_keys or jwks_url; without keys no token can be believed")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise NodeFileError("f3548: tls_certificate and tls_key belong together")
        if self.uss is not None:
            self.uss.tokens.check()
        return self


class HostFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a host that speaks F3548-21 and nothing else."""

    f3548: F3548Section


class HostConfig(msgspec.Struct, frozen=True):
    """The section with the folder that its paths start from."""

    section: F3548Section
    folder: Path

    def path(self, relative: str) -> Path:
        """A path of the file as it is meant."""
        return path_from(self.folder, relative)

    @property
    def data_folder(self) -> Path:
        """Where the host keeps its directory and, while it runs, where it listens."""
        return self.path(self.section.data)


def read_host_config(path: Path) -> HostConfig | None:
    """Configuration of a host of F3548-21 only; None when the file is that of a node. Raises NodeFileError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NodeFileError(f"cannot read {path}: {error.strerror}; name the file with --config") from None
    if len(data) > MAX_NODE_FILE_BYTES:
        raise NodeFileError(f"{path} has {len(data):,} bytes; the limit is {MAX_NODE_FILE_BYTES:,}")
    try:
        tables = tomllib.loads(data.decode())
        if "f3548" not in tables or "node" in tables:
            return None
        section = msgspec.toml.decode(data, type=HostFile).f3548.check()
    except ValueError as error:  # also msgspec's and tomllib's
        raise NodeFileError(f"{path}: {error}") from None
    return HostConfig(section, path.resolve().parent)
