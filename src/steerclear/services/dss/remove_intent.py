"""Remove the reference of an operational intent, with the subscription that was made for it."""

from __future__ import annotations

from concurrent.futures import Future

from steerclear.model.airspace import IntentReference, Subscription
from steerclear.services.dss.directory import Directory, removable
from steerclear.services.dss.faults import unknown
from steerclear.services.dss.notify import for_intents, subscribers
from steerclear.services.dss.put_intent import IntentChanged, check_current, check_not_down
from steerclear.services.dss.referring import Referring
from steerclear.store.airspace import AirspaceTransaction, Kind


def remove_intent(directory: Directory, client: str, entity_id: str, ovn: str) -> Future[IntentChanged]:
    """Remove a reference. The future raises DirectoryRefusalError, StoreError."""
    now_s = directory.clock.now_s()

    def work(transaction: AirspaceTransaction) -> IntentChanged:
        previous = transaction.get(Kind.INTENT, entity_id)
        if not isinstance(previous, IntentReference):
            raise unknown("there is no such operational intent")
        check_current(client, ovn, previous)
        referring = Referring(transaction.declared())
        check_not_down(client, referring.availability, True, "remove an operational intent")
        found = directory.subscriptions_within(transaction, directory.survey_of(previous), now_s)
        told = for_intents(found)
        transaction.remove(Kind.INTENT, entity_id)
        transaction.count_up([one.entity_id for one in told])
        _remove_implicit(transaction, previous)
        return IntentChanged(previous, referring, subscribers(told))

    return directory.write(work)


def _remove_implicit(transaction: AirspaceTransaction, previous: IntentReference) -> None:
    if previous.subscription_id is None:
        return
    subscription = transaction.get(Kind.SUBSCRIPTION, previous.subscription_id)
    if not isinstance(subscription, Subscription):
        return
    if removable(subscription, transaction.dependents(subscription.entity_id), previous.entity_id):
        transaction.remove(Kind.SUBSCRIPTION, subscription.entity_id)
