"""What the parties have put on the incident since: statements, findings, measures and read-outs, and who agreed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from steerclear.model.incident import ReviewItemKind
from steerclear.model.messages import ReviewItem, Verdict
from steerclear.services.joint.clocks import joined_s
from steerclear.services.joint.messages import Clocks
from steerclear.services.joint.side import Side
from steerclear.services.joint.timeline import JointMessage, ReviewShown

_PUT: Final = ("kind", "words", "owner_party", "owner_function", "due_s", "state")
"""What a revision of an item says."""


def joint_review(
    sides: Sequence[Side], clocks: Clocks, messages: Sequence[JointMessage], incident_ids: frozenset[str]
) -> tuple[ReviewShown, ...]:
    """The newest revision of each, by party and item; statements of two sides stand beside each other.

    The words that were put first under a revision are its words: who agrees to others has not agreed to these.
    """
    newest: dict[tuple[str, str], tuple[int, ReviewShown]] = {}
    agreed: dict[tuple[str, str, int], set[str]] = {}
    first: dict[tuple[str, str, int], ReviewItem] = {}
    said = sorted(_items(sides, messages, incident_ids), key=lambda one: (one[2].own_s, one[2].message_id))
    for party, item, message in said:
        key = party, item.item_id
        if not _same_words(first.setdefault((*key, item.revision), item), item):
            continue
        yes = agreed.setdefault((*key, item.revision), {party})
        if message.approved is not None or _confirmed(message):
            yes.add(message.receiver)
        shown = ReviewShown(
            party=party,
            message_id=message.message_id,
            kind=str(item.kind),
            item_id=item.item_id,
            words="\n".join(item.words),
            state=str(item.state or ""),
            own_s=message.own_s,
            time_s=joined_s(clocks, party, message.own_s),
            owner=f"{item.owner_function} of {item.owner_party}" if item.owner_party else "",
            due_s=item.due_s,
        )
        if key not in newest or newest[key][0] < item.revision:
            newest[key] = item.revision, shown
    return tuple(_with_consent(shown, agreed[(*key, revision)]) for key, (revision, shown) in sorted(newest.items()))


def _same_words(one: ReviewItem, other: ReviewItem) -> bool:
    """Whether two messages, to two parties or to one, put the same."""
    return all(getattr(one, field) == getattr(other, field) for field in _PUT)


def _with_consent(shown: ReviewShown, parties: set[str]) -> ReviewShown:
    """A statement or closing needs nobody's consent and shows none."""
    own_word = shown.kind in (ReviewItemKind.STATEMENT, ReviewItemKind.CLOSING)
    return msgspec.structs.replace(shown, agreed_by=() if own_word else tuple(sorted(parties)))


def _confirmed(message: JointMessage) -> bool:
    return message.other_verdict is not None and message.other_verdict.says in (Verdict.CONFIRMED, Verdict.ACCEPTED)


def _items(
    sides: Sequence[Side], messages: Sequence[JointMessage], incident_ids: frozenset[str]
) -> Iterator[tuple[str, ReviewItem, JointMessage]]:
    by_id = {message.message_id: message for message in messages}
    seen: set[str] = set()
    for side in sides:
        said = {message_id: held.message for message_id, held in side.standings.items()}
        said |= {message_id: message for message_id, (_, message) in side.recorded.items()}
        for message_id, item in said.items():
            if isinstance(item, ReviewItem) and item.incident_id in incident_ids and message_id not in seen:
                seen.add(message_id)
                yield message_id.partition(":")[0], item, by_id[message_id]
