"""The configuration of a node: one TOML file, every path in it relative to the folder it stands in."""

from __future__ import annotations

import glob
import tomllib
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, unquote

import msgspec

from steerclear.interfaces.cli import file_fields
from steerclear.interfaces.cli.f3548_file import F3548Section, HostConfig
from steerclear.interfaces.cli.file_fields import MAX_NODE_FILE_BYTES, Fingerprint, LineUrl, Listen, fault_words
from steerclear.services.incident.policy import IncidentPolicy
from steerclear.store.folders import path_from

MAX_PORT: Final = 65_535
RUNTIME_FILE: Final = "node.json"
"""Written into the data folder while the node runs: where it listens."""
STORE_FILE: Final = "node.sqlite"
TOKENS_FOLDER: Final = "tokens"
SEGMENTS_FOLDER: Final = "reports"

NodeFileError = file_fields.NodeFileError


class AmendmentSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A later version of the agreement; it takes over when its time comes, without a restart."""

    agreement: str
    signatures: str


class NodeSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who this node is, and where it keeps what must not be lost."""

    party: str
    agreement: str
    signatures: str
    data: str
    amendments: Annotated[tuple[AmendmentSection, ...], msgspec.Meta(max_length=256)] = ()
    """Every version after the first, oldest first; the ones before stay, for what was said under them."""
    language: str = "en"
    """Code of the language in which our people are summoned, by outlets that name no other."""


class KeysSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Key files; the root key has no place here."""

    signing: str
    witness: str
    tls_key: str
    tls_certificate: str
    witness_ml_dsa: str | None = None
    """Needed where the agreement names such a key for this party."""
    statements: Annotated[tuple[str, ...], msgspec.Meta(max_length=1_000)] = ()
    """Our own key statements, oldest first, as `steerclear keys rotate` and `keys revoke` write them."""
    former_signing: str | None = None
    """The signing key before the last change, while the peers have not taken all that was written under it."""


class ListenSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """host:port; port 0 takes a free one."""

    listen: Listen


class PeerSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another party's line port and the certificate it must show."""

    party: str
    url: LineUrl
    certificate: str
    certificate_sha256: Fingerprint


class PictureSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Sources of track reports, as `steerclear watch` takes them: recordings are replayed, live feeds followed."""

    sources: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=64)]
    speed: Annotated[float, msgspec.Meta(gt=0, le=100_000)] = 1.0
    """How many times real time a recording runs."""
    scan_period_s: Annotated[float, msgspec.Meta(ge=0.1, le=60.0)] = 1.0
    from_: datetime | None = None
    """Leave out what a recording holds before this time."""
    until: datetime | None = None
    sensors: tuple[str, ...] = ()
    """Where a radar stands: [SAC/SIC=]LATITUDE,LONGITUDE,HEIGHT_M."""
    date: str | None = None
    """Day on which a recording starts that tells the time of day only."""
    keep_days: Annotated[float, msgspec.Meta(ge=1.0, le=36_500.0)] | None = None
    """Raw reports are kept for so long after they came; without it for good."""


class OutletSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way of reaching this party's own people; exactly one of the three. The agreement's functions name it."""

    command: tuple[str, ...] | None = None
    """A program and its arguments; there is no shell."""
    apprise: tuple[str, ...] | None = None
    """Addresses of mail, SMS gateways or chats as apprise writes them; they hold secrets."""
    file: str | None = None
    """One line of JSON is appended for each summons."""
    timeout_s: float | None = None
    language: str | None = None
    """Code of the language of those whom it reaches; without it the node's."""

    def __repr__(self) -> str:
        """Only what kind it is: the rest may hold secrets."""
        return f"OutletSection({self.kind})"

    @property
    def kind(self) -> str:
        """Which of the three it is."""
        given = [name for name in ("command", "apprise", "file") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of command, apprise and file")
        return given[0]

    def __post_init__(self) -> None:
        """Raises ValueError where not exactly one is given."""
        _ = self.kind


class NodeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    node: NodeSection
    keys: KeysSection
    line: ListenSection
    local: ListenSection
    peers: tuple[PeerSection, ...]
    picture: PictureSection | None = None
    outlets: dict[str, OutletSection] = {}
    f3548: F3548Section | None = None
    incidents: IncidentPolicy = IncidentPolicy()
    """When incidents are opened by themselves, and what of them is kept."""


class NodeConfig(msgspec.Struct, frozen=True):
    """A node's configuration with the folder that its paths start from."""

    file: NodeFile
    folder: Path
    sha256: str = ""
    """Of the file as it was read."""

    def path(self, relative: str) -> Path:
        """A path of the file as it is meant."""
        return path_from(self.folder, relative)

    @property
    def data_folder(self) -> Path:
        """Where the node keeps its store, its tokens and, while it runs, where it listens."""
        return self.path(self.file.node.data)

    @property
    def store_path(self) -> Path:
        """The node's store."""
        return self.data_folder / STORE_FILE

    @property
    def f3548(self) -> HostConfig | None:
        """What the node speaks of F3548-21 beside the line, if anything."""
        return None if self.file.f3548 is None else HostConfig(self.file.f3548, self.folder)


class Runtime(msgspec.Struct, frozen=True):
    """A running node, as the command line finds it."""

    pid: int
    party: str
    local_url: str
    line_url: str
    started_s: float


def read_node_config(path: Path) -> NodeConfig:
    """Configuration of a node. Raises NodeFileError naming the key that is wrong."""
    try:
        with path.open("rb") as file_of_node:
            data = file_of_node.read(MAX_NODE_FILE_BYTES + 1)
    except OSError as error:
        raise NodeFileError(f"cannot read {path}: {error.strerror}; name the node's file with --config") from None
    if len(data) > MAX_NODE_FILE_BYTES:
        raise NodeFileError(f"{path} has more than {MAX_NODE_FILE_BYTES:,} bytes: it is no node's file")
    try:
        _check_outlets(tomllib.loads(data.decode()).get("outlets"))
        file = msgspec.toml.decode(data, type=NodeFile)
        if file.f3548 is not None:
            file.f3548.check()
    except ValueError as error:  # also msgspec's and tomllib's
        raise NodeFileError(f"{path}: {fault_words(error)}") from None
    for moment in (file.picture.from_, file.picture.until) if file.picture else ():
        if moment is not None and moment.tzinfo is None:
            raise NodeFileError(f"{path}: picture.from and picture.until need an offset, as in 2026-01-31T06:00:00Z")
    _check_ports(path, file)
    host = file.local.listen.rpartition(":")[0]
    if host not in ("127.0.0.1", "[::1]", "localhost"):
        raise NodeFileError(f"{path}: local.listen is for this machine's own desks; use 127.0.0.1:PORT, not {host}")
    return NodeConfig(file, path.resolve().parent, sha256(data).hexdigest())


def _check_outlets(sections: Any) -> None:
    """Raises ValueError naming the outlet that is wrong; msgspec's own words leave out the name of a table."""
    for name, section in sections.items() if isinstance(sections, dict) else ():
        try:
            msgspec.convert(section, OutletSection)
        except msgspec.ValidationError as error:
            raise ValueError(f"outlets.{name}: {error}") from None


def _check_ports(path: Path, file: NodeFile) -> None:
    named = {"line.listen": file.line.listen, "local.listen": file.local.listen}
    named |= {f"peers.url of {peer.party}": peer.url for peer in file.peers}
    for key, address in named.items():
        port = address.rpartition(":")[2]
        if port.isdecimal() and int(port) > MAX_PORT:
            raise NodeFileError(f"{path}: {key}: there is no port {port}; the last is {MAX_PORT}")


def read_runtime(config: NodeConfig) -> Runtime | None:
    """Where the node of this configuration listens; None when it does not run (or never did)."""
    try:
        return msgspec.json.decode((config.data_folder / RUNTIME_FILE).read_bytes(), type=Runtime)
    except (OSError, ValueError):
        return None


def token_path(config: NodeConfig, desk_id: str | None, function: str | None) -> Path:
    """The token file of a function of a desk, or of a reader."""
    folder = config.data_folder / TOKENS_FOLDER
    if desk_id is None or function is None:
        return folder / "reader.token"
    # Functions are free text; quoted, two of them never share a file.
    return folder / desk_id / f"{quote(function, safe=' ')}.token"


def tokens_of_function(config: NodeConfig, function: str) -> dict[str, Path]:
    """Token files of a function by desk."""
    found = (config.data_folder / TOKENS_FOLDER).glob(f"*/{glob.escape(quote(function, safe=' '))}.token")
    return {path.parent.name: path for path in sorted(found)}


def functions_with_tokens(config: NodeConfig) -> list[str]:
    """Functions that this node's desks speak as."""
    found = (config.data_folder / TOKENS_FOLDER).glob("*/*.token")
    return sorted({unquote(path.name.removesuffix(".token")) for path in found})


def write_whole(path: Path, value: Any) -> None:
    """Write JSON so that a reader sees all of it or the old content."""
    aside = path.with_name(path.name + ".new")
    aside.write_bytes(msgspec.json.encode(value))
    aside.replace(path)
