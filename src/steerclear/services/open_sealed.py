"""What was sealed is opened: the other side sees that it was declared as it is told now, word for word.

An opening can come at any time, also when the item is long over. Every sealed revision is opened, oldest first, unless
one is asked for. The other side checks each by itself; what does not hold is a fault for its people to see.
"""

from __future__ import annotations

from steerclear.model.messages import NoticeChange
from steerclear.model.vocabulary import Disclosure, NoticeSubject
from steerclear.services.acknowledge import function_of
from steerclear.services.declare_items import Declaration, drafts_of, last_declared, own_item
from steerclear.services.exchange import Exchange
from steerclear.services.faults import LineRequestError
from steerclear.services.plan_events import ItemDeclared, declared_event, read_item
from steerclear.services.plan_notices import Telling, notice_of
from steerclear.store.entries import Event


def open_item(
    exchange: Exchange, subject: NoticeSubject, item_id: str, desk_id: str, function: str, revision: int | None = None
) -> Declaration:
    """Open a sealed item of ours to every peer it was told to. Raises UnknownItemError, LineRequestError."""
    function_of(exchange.us, desk_id, function)
    with exchange.items_lock:
        held = own_item(exchange, subject, item_id)
        opened = {one.revision for one in held.openings}
        sealed = sorted(int(number) for number in held.commitments)
        if revision is not None and revision not in sealed:
            raise LineRequestError(f"revision {revision} of {item_id} was not sealed")
        wanted = [number for number in sealed if number not in opened and revision in (None, number)]
        if not sealed:
            raise LineRequestError(f"{item_id} was never sealed")
        if not wanted:
            return Declaration(declared=True, why="opened before", check=None, standing=held, repeated=True)
        rows: list[Event] = []
        notices, now_s = [], exchange.clock.now_s()
        counts = {peer: told.revision for peer, told in held.told.items()}
        for number in wanted:
            said = last_declared(exchange, held, number)
            if said is None or not said.salt:
                raise LineRequestError(f"the salt of revision {number} of {item_id} is not in this node's journal")
            opening = ItemDeclared(
                item=said.item, what="opened", disclosure=Disclosure.FULL, by_desk=desk_id, by_function=function
            )
            rows.append(declared_event(opening, now_s))
            telling = Telling(disclosure=Disclosure.SEALED, salt=said.salt, opened=True)
            for peer, told in counts.items():
                notices.append((peer, notice_of(said.item, telling, NoticeChange.OPENED, told + 1)))
            counts = {peer: told + 1 for peer, told in counts.items()}
        key = f"opened/{item_id}/{','.join(map(str, wanted))}"[:255]
        sent = exchange.send(drafts_of(exchange, notices, (desk_id, function), now_s), rows, key)
        sent.stored.result()
        standing = read_item(exchange.journal, None, item_id)
        return Declaration(declared=True, why="opened", check=None, standing=standing, message_ids=sent.message_ids)
