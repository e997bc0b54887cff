"""Tokens, and whatever else is refused: the right status, a JSON body, and nothing that ends as a fault of ours."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from steerclear.interfaces.f3548 import issuer_keys as issuer_keys_module
from steerclear.interfaces.f3548.contract import OPERATIONS
from steerclear.interfaces.f3548.issuer_keys import IssuerKeyError, IssuerKeys, read_jwks, read_key_file
from steerclear.interfaces.f3548.limits import MAX_BODY_BYTES
from steerclear.interfaces.f3548.problems import Refusal
from steerclear.interfaces.f3548.tokens import TokenVerifier
from steerclear.interfaces.f3548.wire import ErrorResponse
from tests.interfaces.f3548.world import AUDIENCE, INTENTS, SC, SUBSCRIPTIONS, World, issuer_key, new_id

IDS = {"entityid": "2f8343be-6482-4d1b-a474-16847e01af1e", "ovn": "x" * 20, "version": "v", "uss_id": "uss1"}
IDS["subscriptionid"] = IDS["entityid"]


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def other_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.requirement("SC-DSS-40")
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_asks_for_a_token_first_and_then_for_its_scope(world: World, name: str) -> None:
    operation = OPERATIONS[name]
    path = operation.path.format(**IDS)
    for headers in ({}, {"Authorization": "Basic dTpw"}, bearing("x.y.z"), bearing(""), {"Authorization": "Bearer"}):
        answer = world.ask(operation.method, path, headers=headers, content=b"{")
        assert answer.status == 401, answer
        assert answer.headers["www-authenticate"] == "Bearer"
        assert msgspec.json.decode(answer.text, type=ErrorResponse).message
    assert world.ask(operation.method, path, scope="utm.something_else").status == 403
    assert world.ask(operation.method, path, scope="").status == 401, "without any scope it is no token for us"
    for alternative in operation.scopes:
        assert world.ask(operation.method, path, scope=tuple(alternative)).status not in (401, 403)


def _forged(key: Any, algorithm: str, claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers=header)


@pytest.mark.requirement("SC-DSS-40")
def test_forged_tokens_are_refused(world: World, other_key: RSAPrivateKey) -> None:
    claims = jwt.decode(world.token(SC), options={"verify_signature": False})
    good = world.token(SC)
    head, body, signature = good.split(".")
    flipped = base64.urlsafe_b64encode(bytes([base64.urlsafe_b64decode(signature + "==")[0] ^ 1]) + b"x" * 255)
    other = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "uss2"}).encode()).rstrip(b"=").decode()
    none_head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    hs_head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=").decode()
    forged = [
        _forged(other_key, "RS256", claims),
        _forged(other_key, "RS256", claims, kid="x"),
        _forged(issuer_key(), "RS512", claims),
        _forged(issuer_key(), "PS256", claims),
        _forged(generate_ec_key(SECP256R1()), "ES256", claims),
        _forged("s" * 64, "HS256", claims),
        f"{none_head}.{body}.",
        f"{none_head}.{body}.{signature}",
        f"{hs_head}.{body}.{signature}",
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{flipped.decode()}",
        f"{head}.{body}",
        f"{head}.{body}.{signature}.{signature}",
        "a" * 10_000,
        good + "x",
        good[:-4],
    ]
    for token in forged:
        assert world.ask("GET", f"{SUBSCRIPTIONS}/{new_id()}", headers=bearing(token)).status == 401
    assert world.ask("GET", f"{SUBSCRIPTIONS}/{new_id()}", headers=bearing(good)).status == 404
    # The public key, which everyone has, is no secret to sign with.
    signing = hs_head + "." + body
    mac = base64.urlsafe_b64encode(__import__("hmac").digest(public_pem(issuer_key()), signing.encode(), "sha256"))
    token = f"{signing}.{mac.rstrip(b'=').decode()}"
    assert world.ask("GET", f"{SUBSCRIPTIONS}/{new_id()}", headers=bearing(token)).status == 401


@pytest.mark.requirement("SC-DSS-41")
def test_claims_decide_whether_a_token_is_believed(world: World) -> None:
    now = world.now()
    path = f"{SUBSCRIPTIONS}/{new_id()}"
    bad: list[dict[str, Any]] = [
        {"aud": "other.example.com"},
        {"aud": None},
        {"aud": ["a", "b"]},
        {"aud": [["dss.example.com"]]},
        {"aud": "dss.example.com.evil.example.com"},
        {"exp": None},
        {"exp": int(now - 60)},
        {"exp": int(now + 3_700)},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e300},
        {"nbf": int(now + 600)},
        {"sub": None},
        {"sub": ""},
        {"sub": 3},
        {"sub": "a\nb"},
        {"sub": "a" * 300},
        {"scope": None},
        {"scope": 3},
        {"scope": "   "},
    ]
    for claims in bad:
        try:
            token = world.token(SC, **claims)
        except TypeError:  # the library refuses to make it
            header = {"typ": "JWT"}
            token = _forged(issuer_key(), "RS256", {k: str(v) for k, v in claims.items()}, **header)
        answer = world.ask("GET", path, headers=bearing(token))
        assert answer.status == 401, (claims, answer)
    good: list[dict[str, Any]] = [
        {"aud": ["x.example.com", AUDIENCE]},
        {"exp": int(now + 3_600)},
        {"nbf": int(now)},
        {"iss": None},
        {"scope": f"other {SC}"},
    ]
    for claims in good:
        assert world.ask("GET", path, headers=bearing(world.token(SC, **claims))).status == 404, claims
    assert world.ask("GET", path, headers={"authorization": f"bearer {world.token(SC)}"}).status == 404


@pytest.mark.requirement("SC-DSS-41")
def test_a_token_that_was_believed_ends_all_the_same(world: World) -> None:
    token, path = world.token(SC), f"{SUBSCRIPTIONS}/{new_id()}"
    assert world.ask("GET", path, headers=bearing(token)).status == 404
    world.clock.ahead_s = 1_900.0
    assert world.ask("GET", path, headers=bearing(token)).status == 401


@pytest.mark.requirement("SC-DSS-41")
def test_the_issuer_counts_where_one_is_configured(world: World) -> None:
    verifier = TokenVerifier(world.keys, [AUDIENCE], world.clock.now_s, "https://auth.example.com")
    assert verifier.verify(world.token(SC)).subject == "uss1"
    for iss in ("https://auth.example.com/", "evil", None):
        with pytest.raises(Refusal, match="issuer"):
            verifier.verify(world.token(SC, iss=iss))


@pytest.mark.requirement("SC-DSS-42")
def test_keys_come_from_pem_files_certificates_and_sets(tmp_path: Path, other_key: RSAPrivateKey) -> None:
    pem = tmp_path / "issuer.pem"
    pem.write_bytes(public_pem(issuer_key()))
    jwk = json.loads(RSAAlgorithm.to_jwk(other_key.public_key())) | {"kid": "k2", "use": "sig"}
    jwks = tmp_path / "jwks.json"
    encryption = jwk | {"use": "enc"}
    elliptic = {"kty": "EC", "kid": "e", "crv": "P-256", "x": "x", "y": "y"}
    jwks.write_text(json.dumps({"keys": [jwk, encryption, elliptic]}))
    keys = IssuerKeys([*read_key_file(pem), *read_key_file(jwks)])
    verifier = TokenVerifier(keys, [AUDIENCE], time.time)
    claims = {"sub": "u", "aud": AUDIENCE, "exp": int(time.time() + 60), "scope": SC}
    assert verifier.verify(_forged(issuer_key(), "RS256", claims)).subject == "u"
    assert verifier.verify(_forged(other_key, "RS256", claims, kid="k2")).subject == "u"
    assert verifier.verify(_forged(issuer_key(), "RS256", claims, kid="unknown")).subject == "u"
    with pytest.raises(Refusal):
        verifier.verify(_forged(issuer_key(), "RS256", claims, kid="k2"))
    for content in (b"", b"x", b"{}", b'{"keys":[]}', b'{"keys":[{"kty":"RSA"}]}', b'{"keys":3}', b"[" * 5_000):
        bad = tmp_path / "bad"
        bad.write_bytes(content)
        with pytest.raises(IssuerKeyError):
            read_key_file(bad)
    elliptic_key = generate_ec_key(SECP256R1()).public_key()
    bad.write_bytes(elliptic_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(IssuerKeyError, match="RSA"):
        read_key_file(bad)
    bad.write_bytes(public_pem(generate_private_key(public_exponent=65_537, key_size=1_024)))
    with pytest.raises(IssuerKeyError, match="too short"):
        read_key_file(bad)


@pytest.fixture
def served_keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the issuer's URL answers; no network takes part."""
    served: dict[str, Any] = {"keys": [], "asked": 0}

    async def get(url: str) -> bytes:
        served["asked"] += 1
        if served["keys"] is None:
            raise httpx.ConnectError("nobody there")
        return json.dumps({"keys": served["keys"]}).encode()

    monkeypatch.setattr(issuer_keys_module, "_bounded_get", get)
    return served


@pytest.mark.requirement("SC-DSS-42")
def test_keys_from_a_url_are_fetched_when_needed_and_fall_when_withdrawn(
    served_keys: dict[str, Any], other_key: RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def jwk(key: RSAPrivateKey, name: str) -> dict[str, Any]:
        return json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": name}

    claims = {"sub": "u", "aud": AUDIENCE, "exp": int(time.time() + 60), "scope": SC}
    first = f"Bearer {_forged(issuer_key(), 'RS256', claims, kid='a')}"
    second = f"Bearer {_forged(other_key, 'RS256', claims, kid='b')}"

    async def story() -> None:
        keys = IssuerKeys((), "https://auth.example.com/jwks")
        verifier = TokenVerifier(keys, [AUDIENCE], time.time)
        served_keys["keys"] = [jwk(issuer_key(), "a")]
        assert (await verifier.bearer(first)).subject == "u"
        with pytest.raises(Refusal):
            await verifier.bearer(second)
        assert served_keys["asked"] == 1, "a stranger's tokens do not make us ask again and again"
        monkeypatch.setattr(issuer_keys_module, "JWKS_RETRY_S", 0.0)
        served_keys["keys"] = None
        with pytest.raises(Refusal):
            await verifier.bearer(second)
        assert (await verifier.bearer(first)).subject == "u", "an issuer that is away takes nothing back"
        served_keys["keys"] = [jwk(other_key, "b")]
        assert (await verifier.bearer(second)).subject == "u"
        with pytest.raises(Refusal):
            await verifier.bearer(first)

    asyncio.run(story())
    with pytest.raises(IssuerKeyError):
        read_jwks(b'{"keys": []}', "x")


@pytest.mark.requirement("SC-DSS-43")
def test_whatever_is_refused_is_refused_in_json(world: World) -> None:
    some = new_id()
    cases = [
        ("GET", "/", 404),
        ("GET", "/dss/v1", 404),
        ("GET", "/dss/v1/nothing", 404),
        ("GET", f"{INTENTS}/{some}/", 404),
        ("GET", f"{INTENTS}//{some}", 404),
        ("POST", f"{INTENTS}/query/", 404),
        ("GET", f"{INTENTS}/query/x/y", 404),
        ("PATCH", f"{INTENTS}/{some}", 405),
        ("POST", f"{INTENTS}/{some}", 405),
        ("DELETE", f"{INTENTS}/{some}", 405),
        ("GET", "/dss/v1/reports", 405),
        ("GET", f"{INTENTS}/%00", 400),
        ("GET", f"{INTENTS}/..%2f..%2fetc", 404),
    ]
    for method, path, status in cases:
        answer = world.ask(method, path)
        assert answer.status == status or (status == 404 and answer.status == 400), (method, path, answer)
        assert answer.headers["content-type"] == "application/json"
        assert msgspec.json.decode(answer.text, type=ErrorResponse).message


@pytest.mark.requirement("SC-DSS-43")
@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b"null", {}, 400),
        (b'"x"', {}, 400),
        (b'{"extents": NaN}', {}, 400),
        (b'{"extents": 1e999}', {}, 400),
        (b"\xff\xfe", {}, 400),
        (b'{"a":' * 30_000, {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"a":' * 100 + b"1" + b"}" * 100, {}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b"{}", {"Content-Type": "application/json; charset=utf-8"}, 400),
        (b" " * (MAX_BODY_BYTES + 1), {}, 413),
    ],
)
def test_bodies_that_mean_nothing(world: World, content: bytes, headers: dict[str, str], status: int) -> None:
    given = bearing(world.token(SC)) | {"Content-Type": "application/json"} | headers
    for method, path in (("PUT", f"{INTENTS}/{new_id()}"), ("POST", f"{SUBSCRIPTIONS}/query")):
        answer = world.ask(method, path, headers=given, content=content)
        assert answer.status == status, answer
        assert msgspec.json.decode(answer.text, type=ErrorResponse).message


@pytest.mark.requirement("SC-DSS-44")
def test_geometry_bombs_are_refused_and_stored_nowhere(world: World) -> None:
    # A comb of 9,999 vertices that crosses itself throughout, and two sound ones that overlap in a million places.
    crossing = world.polygon(*((34.0 + 0.001 * (i * 7_919 % 9_999), -118.0 + 1e-6 * i) for i in range(9_999)))
    many = world.polygon(*((34.0 + 1e-6 * i, -118.0 + 1e-9 * i * i) for i in range(10_001)))
    spiky = [(34.0 + (0.01 if i % 2 else 0.0), -118.0 + 1e-5 * i) for i in range(2_000)]
    comb = world.polygon(*spiky, (33.99, -118.0 + 1e-5 * 2_000), (33.99, -118.0))
    for bad in (crossing, many):
        assert world.put_intent(new_id(), bad).status == 400
    assert world.put_intent(new_id(), comb).status == 201
    assert world.put_intent(new_id(), comb).status == 409
    assert world.put_intent(new_id(), *[comb] * 6).status == 400
