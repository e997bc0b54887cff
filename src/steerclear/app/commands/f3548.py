"""`steerclear f3548` with the issuer of tokens for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from steerclear.interfaces.cli.f3548 import TokenTools, f3548_commands


def _make_key_pair(private: Path, public: Path) -> None:
    from steerclear.interfaces.f3548.issuing import make_key_pair  # noqa: PLC0415 it takes time to load

    make_key_pair(private, public)


def _token(key: Path, sub: str, scopes: Sequence[str], aud: str, iss: str, life_s: float) -> str:
    from steerclear.interfaces.f3548.issuing import issue_token, read_private_key  # noqa: PLC0415
    from steerclear.services.clock import SystemClock  # noqa: PLC0415

    return issue_token(
        read_private_key(key),
        subject=sub,
        scope=" ".join(scopes),
        audience=aud,
        issuer=iss,
        now_s=SystemClock().now_s(),
        life_s=life_s,
    )


def _run_issuer(key: Path, listen: str) -> None:
    from steerclear.app.f3548_issuer import run_issuer  # noqa: PLC0415

    run_issuer(key, listen)


def _log_set(config: Path, begin: str, end: str) -> bytes:
    import msgspec  # noqa: PLC0415

    from steerclear.interfaces.cli.f3548_file import RECORDS_FOLDER, read_host_config  # noqa: PLC0415
    from steerclear.interfaces.cli.node_file import read_node_config  # noqa: PLC0415
    from steerclear.interfaces.f3548.log_set import read_span, write_log_set  # noqa: PLC0415
    from steerclear.services.uss.record_files import Records  # noqa: PLC0415

    host = read_host_config(config) or read_node_config(config).f3548
    if host is None or host.section.uss is None:
        raise ValueError(f"{config} has no section f3548.uss")
    from_s, until_s = read_span(f"{begin}_{end}")
    return msgspec.json.encode(write_log_set(Records(host.data_folder / RECORDS_FOLDER).read(from_s, until_s)))


f3548 = f3548_commands(TokenTools(make_key_pair=_make_key_pair, token=_token, run_issuer=_run_issuer, log_set=_log_set))
