"""The operations of the DSS: the token is checked, then each decodes, calls one service and says what came of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from steerclear.interfaces.f3548 import dss_answers as answers
from steerclear.interfaces.f3548 import wire
from steerclear.interfaces.f3548.asked import Answered, Asked, Route, answer, refused
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

    async def area(self, asked: Asked) -> Survey:
        """The volume that a query asks about. Raises Refusal, DirectoryRefusalError."""
        query = await self.reception.body(asked, wire.QueryParameters)
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
    """All routes under /dss/v1 that concern references and subscriptions, at the paths of the contract."""
    desk = Desk(directory, reception)
    return [_route(desk, operation, carry_out) for operation, carry_out in _OPERATIONS.items()]


def _route(desk: Desk, operation: str, carry_out: Callable[..., Awaitable[msgspec.Struct]]) -> Route:
    contract = OPERATIONS[operation]
    status = 201 if 201 in contract.statuses else 200

    async def handle(asked: Asked, *segments: str) -> Answered:
        return answer(await carry_out(desk, asked, await desk.client(asked, operation), *segments), status)

    return Route(contract.method, contract.path, handle)


async def _query_intents(desk: Desk, asked: Asked, client: Bearer) -> wire.QueryOperationalIntentReferenceResponse:
    found = await result(find_references.query_intents(desk.directory, await desk.area(asked)))
    references = answers.intent_references(found.references, found.referring, client.subject)
    return wire.QueryOperationalIntentReferenceResponse(operational_intent_references=references)


async def _get_intent(
    desk: Desk, _asked: Asked, client: Bearer, entityid: str
) -> wire.GetOperationalIntentReferenceResponse:
    found = await result(find_references.get_intent(desk.directory, entity_id(entityid)))
    reference = answers.intent_reference(found.references[0], found.referring, client.subject)
    return wire.GetOperationalIntentReferenceResponse(operational_intent_reference=reference)


async def _remove_intent(
    desk: Desk, _asked: Asked, client: Bearer, entityid: str, ovn: str
) -> wire.ChangeOperationalIntentReferenceResponse:
    removal = remove_intent.remove_intent(desk.directory, client.subject, entity_id(entityid), ovn)
    return _intent_changed(await result(removal), client.subject)


async def _put_intent(
    desk: Desk, asked: Asked, client: Bearer, entityid: str, ovn: str | None = None
) -> wire.ChangeOperationalIntentReferenceResponse:
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


async def _query_constraints(desk: Desk, asked: Asked, client: Bearer) -> wire.QueryConstraintReferencesResponse:
    found = await result(find_references.query_constraints(desk.directory, await desk.area(asked)))
    references = answers.constraint_references(found.references, found.referring, client.subject)
    return wire.QueryConstraintReferencesResponse(constraint_references=references)


async def _get_constraint(
    desk: Desk, _asked: Asked, client: Bearer, entityid: str
) -> wire.GetConstraintReferenceResponse:
    found = await result(find_references.get_constraint(desk.directory, entity_id(entityid)))
    reference = answers.constraint_reference(found.references[0], found.referring, client.subject)
    return wire.GetConstraintReferenceResponse(constraint_reference=reference)


async def _remove_constraint(
    desk: Desk, _asked: Asked, client: Bearer, entityid: str, ovn: str
) -> wire.ChangeConstraintReferenceResponse:
    removal = put_constraint.remove_constraint(desk.directory, client.subject, entity_id(entityid), ovn)
    return _constraint_changed(await result(removal), client.subject)


async def _put_constraint(
    desk: Desk, asked: Asked, client: Bearer, entityid: str, ovn: str | None = None
) -> wire.ChangeConstraintReferenceResponse:
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


async def _query_subscriptions(desk: Desk, asked: Asked, client: Bearer) -> wire.QuerySubscriptionsResponse:
    area = await desk.area(asked)
    found = await result(subscribe.query_subscriptions(desk.directory, client.subject, area))
    return wire.QuerySubscriptionsResponse(subscriptions=tuple(map(answers.subscription, found)))


async def _get_subscription(
    desk: Desk, _asked: Asked, client: Bearer, subscriptionid: str
) -> wire.GetSubscriptionResponse:
    standing = subscribe.get_subscription(desk.directory, client.subject, entity_id(subscriptionid))
    return wire.GetSubscriptionResponse(subscription=answers.subscription(await result(standing)))


async def _remove_subscription(
    desk: Desk, _asked: Asked, client: Bearer, subscriptionid: str, version: str
) -> wire.GetSubscriptionResponse:
    identity = entity_id(subscriptionid)
    standing = subscribe.remove_subscription(desk.directory, client.subject, identity, version)
    return wire.GetSubscriptionResponse(subscription=answers.subscription(await result(standing)))


async def _put_subscription(
    desk: Desk, asked: Asked, client: Bearer, subscriptionid: str, version: str | None = None
) -> wire.PutSubscriptionResponse:
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


_OPERATIONS: Final[dict[str, Callable[..., Awaitable[msgspec.Struct]]]] = {
    "queryOperationalIntentReferences": _query_intents,
    "getOperationalIntentReference": _get_intent,
    "createOperationalIntentReference": _put_intent,
    "updateOperationalIntentReference": _put_intent,
    "deleteOperationalIntentReference": _remove_intent,
    "queryConstraintReferences": _query_constraints,
    "getConstraintReference": _get_constraint,
    "createConstraintReference": _put_constraint,
    "updateConstraintReference": _put_constraint,
    "deleteConstraintReference": _remove_constraint,
    "querySubscriptions": _query_subscriptions,
    "getSubscription": _get_subscription,
    "createSubscription": _put_subscription,
    "updateSubscription": _put_subscription,
    "deleteSubscription": _remove_subscription,
}
"""Each takes the desk, what was asked, the client that may ask it, and the segments that the path names."""
