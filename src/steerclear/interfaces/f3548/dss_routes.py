"""The routes of the DSS: each checks the token, decodes, calls one service and encodes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any, Final

from steerclear.interfaces.f3548 import dss_answers as answers
from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.asked import Answered, Asked, Route, answer, delete, get, post, put, refused
from steerclear.interfaces.f3548.contract import OPERATIONS
from steerclear.interfaces.f3548.decode_volumes import Needs, Span, VolumeRefusedError, read_volume, read_volumes
from steerclear.interfaces.f3548.problems import bad_request, forbidden
from steerclear.interfaces.f3548.reception import Reception
from steerclear.interfaces.f3548.results import result
from steerclear.interfaces.f3548.tokens import Bearer
from steerclear.interfaces.f3548.wire_values import UUID_V4, Volume4D
from steerclear.model.volumes import PolygonArea
from steerclear.model.volumes import Volume4D as ModelVolume
from steerclear.services.dss import find_references, put_constraint, put_intent, remove_intent, subscribe
from steerclear.services.dss.directory import Directory
from steerclear.services.dss.faults import DirectoryRefusalError
from steerclear.services.dss.surveying import Survey

VERTICES_AT_ONCE: Final = 400
"""Outlines of more vertices together are prepared on a thread, so that others do not wait for them."""

_UUID: Final = re.compile(UUID_V4)


class Desk:
    """What the routes of the DSS share: who may ask, the directory, and how volumes are read."""

    def __init__(self, directory: Directory, reception: Reception) -> None:
        self.directory = directory
        self.reception = reception

    async def client(self, asked: Asked, operation: str) -> Bearer:
        """The client, when it may do this. Raises Refusal (401, 403)."""
        bearer = await self.reception.bearer(asked, OPERATIONS[operation].scopes)
        asked.client = bearer.subject
        return bearer

    async def extents(self, volumes: Sequence[Volume4D], needs: Needs) -> Survey:
        """Extents of an entity, not all of which have ended. Raises Refusal, DirectoryRefusalError."""
        try:
            read = read_volumes(volumes, needs, self.directory.clock.now_s())
        except VolumeRefusedError as error:
            raise bad_request(str(error)) from None
        return await self.survey(read)

    async def area(self, query: wire.QueryParameters) -> Survey:
        """The volume that a query asks about. Raises Refusal, DirectoryRefusalError."""
        if query.area_of_interest is None:
            raise bad_request("area_of_interest is needed")
        span = self.span(query.area_of_interest, Needs.MOMENT_WILL_DO, "area_of_interest")
        return await self.survey((span.volume,))

    def span(self, volume: Volume4D, needs: Needs, name: str) -> Span:
        """One volume, perhaps with open times. Raises Refusal."""
        try:
            return read_volume(volume, needs, name=name)
        except VolumeRefusedError as error:
            raise bad_request(str(error)) from None

    async def survey(self, volumes: tuple[ModelVolume, ...]) -> Survey:
        """Volumes with their outlines prepared. Raises DirectoryRefusalError."""
        outlines = (one.area for one in volumes)
        vertices = sum(len(area.vertices) if isinstance(area, PolygonArea) else 1 for area in outlines)
        if vertices > VERTICES_AT_ONCE:
            return await asyncio.to_thread(self.directory.surveyor.survey, volumes)
        return self.directory.surveyor.survey(volumes)

    def base_url(self, url: str) -> str:
        """A base URL that may be given. Raises Refusal."""
        if not self.directory.settings.allow_http and not url.startswith("https://"):
            raise bad_request("uss_base_url must be an https address")
        return url


def entity_id(text: str) -> str:
    """The UUID of a path, in lower case. Raises Refusal."""
    if _UUID.fullmatch(text) is None:
        raise bad_request(f"{text[:64]!r} is not a UUID of version 4")
    return text.lower()


def refuse_directory(asked: Asked, error: DirectoryRefusalError) -> Answered:
    """A refusal of the directory as its answer."""
    return refused(answers.refusal_of(error, asked.client))


def dss_routes(directory: Directory, reception: Reception) -> list[Route]:
    """All routes under /dss/v1 that concern references and subscriptions."""
    desk = Desk(directory, reception)
    return [*_intent_routes(desk), *_constraint_routes(desk), *_subscription_routes(desk)]


def _intent_routes(desk: Desk) -> list[Route]:
    path: Final = "/dss/v1/operational_intent_references"

    @post(f"{path}/query")
    async def query(asked: Asked) -> Answered:
        client = await desk.client(asked, "queryOperationalIntentReferences")
        area = await desk.area(await desk.reception.body(asked, wire.QueryParameters))
        found = await result(find_references.query_intents(desk.directory, area))
        references = answers.intent_references(found.references, found.referring, client.subject)
        return answer(wire.QueryOperationalIntentReferenceResponse(operational_intent_references=references))

    @get(f"{path}/{{entityid}}")
    async def read(asked: Asked, entityid: str) -> Answered:
        client = await desk.client(asked, "getOperationalIntentReference")
        found = await result(find_references.get_intent(desk.directory, entity_id(entityid)))
        reference = answers.intent_reference(found.references[0], found.referring, client.subject)
        return answer(wire.GetOperationalIntentReferenceResponse(operational_intent_reference=reference))

    @put(f"{path}/{{entityid}}")
    async def create(asked: Asked, entityid: str) -> Answered:
        client = await desk.client(asked, "createOperationalIntentReference")
        return answer(await _put_intent(desk, asked, client, entityid, None), 201)

    @put(f"{path}/{{entityid}}/{{ovn}}")
    async def update(asked: Asked, entityid: str, ovn: str) -> Answered:
        client = await desk.client(asked, "updateOperationalIntentReference")
        return answer(await _put_intent(desk, asked, client, entityid, ovn))

    @delete(f"{path}/{{entityid}}/{{ovn}}")
    async def remove(asked: Asked, entityid: str, ovn: str) -> Answered:
        client = await desk.client(asked, "deleteOperationalIntentReference")
        removal = remove_intent.remove_intent(desk.directory, client.subject, entity_id(entityid), ovn)
        return answer(_intent_changed(await result(removal), client.subject))

    return [query, read, create, update, remove]


async def _put_intent(desk: Desk, asked: Asked, client: Bearer, entityid: str, ovn: str | None) -> Any:
    identity = entity_id(entityid)
    wanted = await desk.reception.body(asked, wire.PutOperationalIntentReferenceParameters)
    implicit = wanted.new_subscription
    for_constraints = implicit is not None and bool(implicit.notify_for_constraints)
    _check_flags(desk, client, intents=False, constraints=for_constraints)
    change = put_intent.IntentRequest(
        client=client.subject,
        may_go_off_nominal=client.may(wire.Scope.CONFORMANCE_MONITORING_SA),
        entity_id=identity,
        ovn=ovn,
        state=answers.STATES_READ[wanted.state],
        uss_base_url=desk.base_url(wanted.uss_base_url),
        survey=await desk.extents(wanted.extents, Needs.TIMES | Needs.ALTITUDES),
        key=frozenset(wanted.key or ()),
        subscription_id=None if wanted.subscription_id is None else wanted.subscription_id.lower(),
        new_subscription=None
        if implicit is None
        else put_intent.NewSubscription(desk.base_url(implicit.uss_base_url), for_constraints),
        ovn_suffix=wanted.requested_ovn_suffix,
    )
    return _intent_changed(await result(put_intent.put_intent(desk.directory, change)), client.subject)


def _intent_changed(changed: put_intent.IntentChanged, client: str) -> wire.ChangeOperationalIntentReferenceResponse:
    return wire.ChangeOperationalIntentReferenceResponse(
        subscribers=answers.subscribers_to_notify(changed.subscribers),
        operational_intent_reference=answers.intent_reference(changed.reference, changed.referring, client),
    )


def _constraint_routes(desk: Desk) -> list[Route]:
    path: Final = "/dss/v1/constraint_references"

    @post(f"{path}/query")
    async def query(asked: Asked) -> Answered:
        client = await desk.client(asked, "queryConstraintReferences")
        area = await desk.area(await desk.reception.body(asked, wire.QueryParameters))
        found = await result(find_references.query_constraints(desk.directory, area))
        references = answers.constraint_references(found.references, found.referring, client.subject)
        return answer(wire.QueryConstraintReferencesResponse(constraint_references=references))

    @get(f"{path}/{{entityid}}")
    async def read(asked: Asked, entityid: str) -> Answered:
        client = await desk.client(asked, "getConstraintReference")
        found = await result(find_references.get_constraint(desk.directory, entity_id(entityid)))
        reference = answers.constraint_reference(found.references[0], found.referring, client.subject)
        return answer(wire.GetConstraintReferenceResponse(constraint_reference=reference))

    @put(f"{path}/{{entityid}}")
    async def create(asked: Asked, entityid: str) -> Answered:
        client = await desk.client(asked, "createConstraintReference")
        return answer(await _put_constraint(desk, asked, client, entityid, None), 201)

    @put(f"{path}/{{entityid}}/{{ovn}}")
    async def update(asked: Asked, entityid: str, ovn: str) -> Answered:
        client = await desk.client(asked, "updateConstraintReference")
        return answer(await _put_constraint(desk, asked, client, entityid, ovn))

    @delete(f"{path}/{{entityid}}/{{ovn}}")
    async def remove(asked: Asked, entityid: str, ovn: str) -> Answered:
        client = await desk.client(asked, "deleteConstraintReference")
        removal = put_constraint.remove_constraint(desk.directory, client.subject, entity_id(entityid), ovn)
        return answer(_constraint_changed(await result(removal), client.subject))

    return [query, read, create, update, remove]


async def _put_constraint(desk: Desk, asked: Asked, client: Bearer, entityid: str, ovn: str | None) -> Any:
    identity = entity_id(entityid)
    wanted = await desk.reception.body(asked, wire.PutConstraintReferenceParameters)
    change = put_constraint.ConstraintRequest(
        client=client.subject,
        entity_id=identity,
        ovn=ovn,
        uss_base_url=desk.base_url(wanted.uss_base_url),
        survey=await desk.extents(wanted.extents, Needs.TIMES),
    )
    return _constraint_changed(await result(put_constraint.put_constraint(desk.directory, change)), client.subject)


def _constraint_changed(
    changed: put_constraint.ConstraintChanged, client: str
) -> wire.ChangeConstraintReferenceResponse:
    return wire.ChangeConstraintReferenceResponse(
        subscribers=answers.subscribers_to_notify(changed.subscribers),
        constraint_reference=answers.constraint_reference(changed.reference, changed.referring, client),
    )


def _subscription_routes(desk: Desk) -> list[Route]:
    path: Final = "/dss/v1/subscriptions"

    @post(f"{path}/query")
    async def query(asked: Asked) -> Answered:
        client = await desk.client(asked, "querySubscriptions")
        area = await desk.area(await desk.reception.body(asked, wire.QueryParameters))
        found = await result(subscribe.query_subscriptions(desk.directory, client.subject, area))
        return answer(wire.QuerySubscriptionsResponse(subscriptions=tuple(map(answers.subscription, found))))

    @get(f"{path}/{{subscriptionid}}")
    async def read(asked: Asked, subscriptionid: str) -> Answered:
        client = await desk.client(asked, "getSubscription")
        standing = subscribe.get_subscription(desk.directory, client.subject, entity_id(subscriptionid))
        return answer(wire.GetSubscriptionResponse(subscription=answers.subscription(await result(standing))))

    @put(f"{path}/{{subscriptionid}}")
    async def create(asked: Asked, subscriptionid: str) -> Answered:
        client = await desk.client(asked, "createSubscription")
        return answer(await _put_subscription(desk, asked, client, subscriptionid, None))

    @put(f"{path}/{{subscriptionid}}/{{version}}")
    async def update(asked: Asked, subscriptionid: str, version: str) -> Answered:
        client = await desk.client(asked, "updateSubscription")
        return answer(await _put_subscription(desk, asked, client, subscriptionid, version))

    @delete(f"{path}/{{subscriptionid}}/{{version}}")
    async def remove(asked: Asked, subscriptionid: str, version: str) -> Answered:
        client = await desk.client(asked, "deleteSubscription")
        identity = entity_id(subscriptionid)
        standing = subscribe.remove_subscription(desk.directory, client.subject, identity, version)
        return answer(wire.GetSubscriptionResponse(subscription=answers.subscription(await result(standing))))

    return [query, read, create, update, remove]


async def _put_subscription(desk: Desk, asked: Asked, client: Bearer, subscriptionid: str, version: str | None) -> Any:
    identity = entity_id(subscriptionid)
    wanted = await desk.reception.body(asked, wire.PutSubscriptionParameters)
    span = desk.span(wanted.extents, Needs.NOTHING, "extents")
    await desk.survey((span.volume,))
    change = subscribe.SubscriptionRequest(
        client=client.subject,
        entity_id=identity,
        version=version,
        uss_base_url=desk.base_url(wanted.uss_base_url),
        extents=span.volume,
        from_s=span.from_s,
        until_s=span.until_s,
        for_intents=bool(wanted.notify_for_operational_intents),
        for_constraints=bool(wanted.notify_for_constraints),
    )
    _check_flags(desk, client, intents=change.for_intents, constraints=change.for_constraints)
    standing = await result(subscribe.put_subscription(desk.directory, change))
    return answers.subscription_put(standing, client.subject)


def _check_flags(desk: Desk, client: Bearer, *, intents: bool, constraints: bool) -> None:
    """Raises Refusal (403) when the settings ask for the scope of what is notified, and the token lacks it."""
    if not desk.directory.settings.scopes_of_flags:
        return
    if intents and not client.may(wire.Scope.STRATEGIC_COORDINATION):
        raise forbidden(f"notify_for_operational_intents takes the scope {wire.Scope.STRATEGIC_COORDINATION}")
    if constraints and not client.may(wire.Scope.CONSTRAINT_PROCESSING):
        raise forbidden(f"notify_for_constraints takes the scope {wire.Scope.CONSTRAINT_PROCESSING}")
