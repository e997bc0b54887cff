"""Routes of the DSS beside references: availability, reports, and the auxiliary ones that InterUSS's pools know."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from steerclear import __version__
from steerclear.interfaces.f3548 import dss_answers as answers
from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.asked import Answered, Asked, Route, answer, get, post, put
from steerclear.interfaces.f3548.decode_body import decode_body
from steerclear.interfaces.f3548.dss_routes import Desk
from steerclear.interfaces.f3548.limits import MAX_SUBJECT_CHARS
from steerclear.interfaces.f3548.problems import bad_request, forbidden
from steerclear.interfaces.f3548.reception import Reception
from steerclear.interfaces.f3548.results import result
from steerclear.interfaces.f3548.times import TimeError, read_moment, write_moment
from steerclear.interfaces.f3548.tokens import AnyOf
from steerclear.interfaces.f3548.versioning import VERSION_PATHS
from steerclear.interfaces.f3548.wire_records import ErrorReport
from steerclear.model.airspace import UssAvailability
from steerclear.services.dss import arbitrate, pool
from steerclear.services.dss.directory import Directory

POOL_READ: Final[AnyOf] = (frozenset({"interuss.pool_status.read"}),)
POOL_BEAT: Final[AnyOf] = (frozenset({"interuss.pool_status.heartbeat.write"}),)
VERSIONS_READ: Final[AnyOf] = (frozenset({"interuss.versioning.read_system_versions"}),)
MAX_SOURCE_CHARS: Final = 256

_AVAILABILITIES: Final = {state.value.lower(): kind for kind, state in answers.AVAILABILITIES.items()}


class _Heartbeat(msgspec.Struct, frozen=True, omit_defaults=True):
    timestamp: str
    source: str
    reporter: str | None = None
    next_heartbeat_expected_before: str | None = None


class _Kept(msgspec.Struct, frozen=True):
    exchange: msgspec.Raw


class _Instance(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    public_endpoint: str | None = None
    most_recent_heartbeat: _Heartbeat | None = None


def dss_side_routes(directory: Directory, reception: Reception) -> list[Route]:
    """Routes of availability and reports, and those under /aux/v1 and /versioning."""
    desk = Desk(directory, reception)
    return [*_availability_routes(desk), _report_route(desk), *_pool_routes(desk), *_version_routes(desk)]


def _availability_routes(desk: Desk) -> list[Route]:
    path: Final = "/dss/v1/uss_availability/{uss_id}"

    @get(path)
    async def read(asked: Asked, uss_id: str) -> Answered:
        await desk.client(asked, "getUssAvailability")
        return answer(answers.availability(await result(arbitrate.get_availability(desk.directory, _uss(uss_id)))))

    @put(path)
    async def declare(asked: Asked, uss_id: str) -> Answered:
        await desk.client(asked, "setUssAvailability")
        wanted = await desk.reception.body(asked, wire.SetUssAvailabilityStatusParameters)
        state: UssAvailability | None = _AVAILABILITIES.get(wanted.availability.lower())
        if state is None:
            known = ", ".join(one.value for one in wire.UssAvailabilityState)
            raise bad_request(f"availability must be one of {known}")
        change = arbitrate.set_availability(desk.directory, _uss(uss_id), state, wanted.old_version or "")
        return answer(answers.availability(await result(change)))

    return [read, declare]


def _uss(uss_id: str) -> str:
    if not 0 < len(uss_id) <= MAX_SUBJECT_CHARS or not uss_id.isprintable():
        raise bad_request(f"a USS is named with 1 to {MAX_SUBJECT_CHARS} printable characters")
    return uss_id


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return value


def _report_route(desk: Desk) -> Route:
    @post("/dss/v1/reports")
    async def report(asked: Asked) -> Answered:
        client = await desk.client(asked, "makeDssReport")
        wanted = await desk.reception.body(asked, ErrorReport)
        if wanted.report_id:
            raise bad_request("report_id is given by the DSS: leave it out")
        # Kept and answered as it came: what we do not know of may be what explains it. But a null is no value of the
        # document's: here it says as much as what is left out.
        kept = decode_body(await desk.reception.content(asked), _Kept)
        try:
            exchange = msgspec.Raw(msgspec.json.encode(_without_nulls(msgspec.json.decode(kept.exchange))))
        except RecursionError:
            raise bad_request("the body is nested too deeply") from None
        report_id = await result(pool.report_exchange(desk.directory, client.subject, bytes(exchange)))
        return answer({"report_id": report_id, "exchange": exchange}, 201)

    return report


def _pool_routes(desk: Desk) -> list[Route]:
    @get("/aux/v1/pool")
    async def pool_now(asked: Asked) -> Answered:
        await desk.reception.bearer(asked, POOL_READ)
        return answer({"dar_id": await result(pool.pool_id(desk.directory))})

    @get("/aux/v1/pool/dss_instances")
    async def instances(asked: Asked) -> Answered:
        await desk.reception.bearer(asked, POOL_READ)
        return answer(await _instances(desk))

    @put("/aux/v1/pool/dss_instances/heartbeat")
    async def beat(asked: Asked) -> Answered:
        bearer = await desk.reception.bearer(asked, POOL_BEAT)
        source = asked.query("source")
        if source is None or not 0 < len(source) <= MAX_SOURCE_CHARS:
            raise bad_request("source is needed: what sends this sign of life")
        at_s, before_s = _moment(asked, "timestamp"), _moment(asked, "next_heartbeat_expected_before")
        await result(pool.beat(desk.directory, bearer.subject, source, at_s, before_s))
        return answer(await _instances(desk), 201)

    return [pool_now, instances, beat]


def _moment(asked: Asked, name: str) -> float | None:
    text = asked.query(name)
    if text is None:
        return None
    try:
        return read_moment(text)
    except TimeError as error:
        raise bad_request(f"{name}: {error}") from None


async def _instances(desk: Desk) -> dict[str, list[_Instance]]:
    found = [
        _Instance(
            id=one.instance,
            public_endpoint=one.endpoint or None,
            most_recent_heartbeat=_Heartbeat(
                timestamp=write_moment(one.at_s),
                source=one.source,
                reporter=one.reporter or None,
                next_heartbeat_expected_before=None if one.next_before_s is None else write_moment(one.next_before_s),
            ),
        )
        for one in await result(pool.pool_instances(desk.directory))
    ]
    return {"dss_instances": found}


def _version_routes(desk: Desk) -> list[Route]:
    @get("/aux/v1/version")
    async def version(_asked: Asked) -> Answered:
        return answer({"version": f"steerclear/{__version__}"})

    @get("/aux/v1/validate_oauth")
    async def validate(asked: Asked) -> Answered:
        bearer = await desk.reception.verifier.bearer(asked.headers.get("authorization"))
        owner = asked.query("owner")
        if owner is not None and owner != bearer.subject:
            raise forbidden(f"the token is that of {bearer.subject!r}")
        return answer({})

    async def system_version(asked: Asked, system_identity: str) -> Answered:
        await desk.reception.bearer(asked, VERSIONS_READ)
        return answer({"system_identity": system_identity, "system_version": f"steerclear/{__version__}"})

    @get("/healthy")
    async def healthy(_asked: Asked) -> Answered:
        # A read shows that the store answers; what it holds is nobody's business here.
        await result(pool.pool_id(desk.directory))
        return answer({"healthy": True})

    versions = [get(path)(system_version) for path in VERSION_PATHS]
    return [version, validate, *versions, healthy]
