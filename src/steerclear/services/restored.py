"""After a restore: what the journal says of it, and for which peers the node still has to be careful.

A node that was set back and writes on signs a second history of its log. So a restored store names every peer from
which two things are still awaited: its answer to an empty post, which carries how far it holds our log, and a post of
its own, which begins where our last receipt ended. Both outlive a restart, and each ends with an event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from steerclear.store.entries import Event, JournalRow, View, ViewChange
from steerclear.store.errors import Fault, StoreError
from steerclear.store.protocol import Journal

RESTORED: Final = "line.restored"
HEARD: Final = "line.heard"
ENTRIES_RESTORED: Final = "line.entries_restored"
AWAITED: Final = "line.awaited"


class LineRestored(msgspec.Struct, frozen=True, kw_only=True):
    """The line to a peer was restored to these sizes; whether that is all the peer has cosigned is not known yet."""

    peer: str
    own_size: int
    mirror_size: int


class LineHeard(msgspec.Struct, frozen=True, kw_only=True):
    """The peer has shown that we hold all it has of our log (`outgoing`), or all that we have cosigned of its log."""

    peer: str
    outgoing: bool
    size: int


class EntriesRestored(msgspec.Struct, frozen=True, kw_only=True):
    """With this append both logs with a peer reach these sizes, out of a bundle that `exported_by` signed."""

    peer: str
    exported_by: str
    exported_s: int
    own_size: int
    mirror_size: int


class RestoreNeededError(StoreError):
    """A peer's post shows that this restored node lacks what it had before; nothing of the post is kept."""

    fault = Fault.OPERATOR


_ENCODER = msgspec.json.Encoder()


def restored_event(event: LineRestored | LineHeard | EntriesRestored, now_s: float) -> Event:
    """Journal event of a restore."""
    kind = {LineRestored: RESTORED, LineHeard: HEARD, EntriesRestored: ENTRIES_RESTORED}[type(event)]
    return Event(kind, _ENCODER.encode(event), now_s)


def restored_view() -> View:
    """The view of what is still awaited from whom."""
    return View(AWAITED, 1, _reduce, frozenset({RESTORED, HEARD}))


def _reduce(row: JournalRow, _read: Callable[[str], bytes | None]) -> Iterable[ViewChange]:
    if row.kind == RESTORED:
        restored = msgspec.json.decode(row.payload, type=LineRestored)
        return [(_key(restored.peer, True), row.payload), (_key(restored.peer, False), row.payload)]
    if row.kind == HEARD:
        heard = msgspec.json.decode(row.payload, type=LineHeard)
        return [(_key(heard.peer, heard.outgoing), None)]
    return []


def _key(peer: str, outgoing: bool) -> str:
    return f"{peer}/{'out' if outgoing else 'in'}"


def is_awaited(journal: Journal, peer: str, outgoing: bool) -> bool:
    """Whether a peer still has to show how far it holds our log (`outgoing`), or where our receipts ended."""
    return journal.view(AWAITED, _key(peer, outgoing)) is not None


def what_to_do(peer: str, us: str) -> str:
    """How a restored node that lacks entries gets them."""
    return (
        f"ask {peer} for `steerclear record export {us} record.zip`, stop this node, move its data folder away and run"
        " `steerclear node restore BACKUP --bundle record.zip` again"
    )
