"""Entities for tests of the stores; index keys are made up, geometry plays no part here."""

from __future__ import annotations

import uuid

from steerclear.model.airspace import ConstraintReference, IntentReference, Subscription
from steerclear.model.intent import IntentState
from steerclear.model.volumes import CircleArea, Position, Volume4D
from steerclear.store.airspace import Bounds, Placed, Places


def volume(from_s: float = 0.0, until_s: float = 10.0) -> Volume4D:
    area = CircleArea(centre=Position(latitude_deg=1.0, longitude_deg=2.0), radius_m=3.0)
    return Volume4D(area=area, lower_m=0.0, upper_m=100.0, from_s=from_s, until_s=until_s)


def intent(
    entity_id: str | None = None,
    *,
    manager: str = "uss1",
    version: int = 1,
    subscription_id: str | None = None,
    until_s: float = 10.0,
) -> IntentReference:
    return IntentReference(
        entity_id=entity_id or str(uuid.uuid4()),
        manager=manager,
        uss_base_url="https://uss.example.com",
        extents=(volume(until_s=until_s),),
        version=version,
        ovn="o" * 16,
        state=IntentState.ACCEPTED,
        subscription_id=subscription_id,
    )


def constraint() -> ConstraintReference:
    return ConstraintReference(
        entity_id=str(uuid.uuid4()),
        manager="uss1",
        uss_base_url="https://uss.example.com",
        extents=(volume(),),
        version=1,
        ovn="o" * 16,
    )


def subscription(*, index: int = 0) -> Subscription:
    return Subscription(
        entity_id=str(uuid.uuid4()),
        manager="uss1",
        uss_base_url="https://uss.example.com",
        extents=(volume(),),
        version="v1",
        notification_index=index,
        for_intents=True,
        for_constraints=False,
    )


def places(*keys: int, bounds: Bounds | None = None) -> tuple[Places, ...]:
    return (Places(keys, bounds or Bounds(0.0, 10.0, 0.0, 100.0)),)


def placed(entity: IntentReference | ConstraintReference | Subscription, *keys: int) -> Placed:
    return Placed(entity, places(*keys))
