"""A token issuer for tests: makes what an authority would issue, for whoever asks. Never run it in real airspace.

The route answers as InterUSS's dummy OAuth server does, so that its prober and qualifier can be pointed here.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from steerclear.interfaces.f3548.app import f3548_app
from steerclear.interfaces.f3548.asked import Answered, Application, Asked, answer, get, post
from steerclear.interfaces.f3548.issuer_keys import IssuerKeyError
from steerclear.interfaces.f3548.limits import MAX_SUBJECT_CHARS, MAX_TOKEN_LIFE_S
from steerclear.interfaces.f3548.problems import bad_request
from steerclear.interfaces.f3548.tokens import ALGORITHM
from steerclear.services.clock import Clock

KEY_BITS: Final = 2_048


def make_key_pair(private: Path, public: Path) -> None:
    """Write a new key pair as two PEM files; files that are there are never overwritten. Raises OSError."""
    key = generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    with private.open("xb") as file:
        private.chmod(0o600)
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with public.open("xb") as file:
        file.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def read_private_key(path: Path) -> RSAPrivateKey:
    """A private RSA key from its PEM file. Raises IssuerKeyError, OSError."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise IssuerKeyError(f"{path}: not the PEM file of an unencrypted private key: {error}") from None
    if not isinstance(key, RSAPrivateKey):
        raise IssuerKeyError(f"{path}: an RSA key is needed; tokens are signed with {ALGORITHM}")
    return key


def issue_token(
    key: RSAPrivateKey,
    *,
    subject: str,
    scope: str,
    audience: str,
    issuer: str,
    now_s: float,
    life_s: float = MAX_TOKEN_LIFE_S,
) -> str:
    """A bearer token; `scope` is space-separated."""
    claims = {
        "iss": issuer,
        "exp": int(now_s + life_s),
        "sub": subject,
        "scope": scope,
        "aud": audience,
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def issuer_app(key: RSAPrivateKey, clock: Clock) -> Application:
    """The application of the issuer: GET or POST /token with the query that InterUSS's clients send."""

    async def issued(asked: Asked) -> Answered:
        subject, audience = asked.query("sub") or "", asked.query("intended_audience") or ""
        if not 0 < len(subject) <= MAX_SUBJECT_CHARS or not audience:
            raise bad_request("sub and intended_audience are needed")
        now_s, expire = clock.now_s(), asked.query("expire")
        life_s = MAX_TOKEN_LIFE_S if expire is None else _number(expire) - now_s
        scope = asked.query("scope") or ""
        token = issue_token(
            key,
            subject=subject,
            scope=scope,
            audience=audience,
            issuer=asked.query("issuer") or "steerclear.test",
            now_s=now_s,
            life_s=life_s,
        )
        return answer({"access_token": token, "token_type": "Bearer", "expires_in": int(life_s), "scope": scope})

    return f3548_app([get("/token")(issued), post("/token")(issued)])


def _number(text: str) -> float:
    try:
        return float(int(text))
    except ValueError:
        raise bad_request("expire is a time in POSIX seconds") from None
