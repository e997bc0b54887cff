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


f3548 = f3548_commands(TokenTools(make_key_pair=_make_key_pair, token=_token, run_issuer=_run_issuer))
