"""The lines of a drill: posts and receipts between nodes, quick and whole, unless the scenario cuts them off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec import Struct

from steerclear.dialogue.batch import decode_refusal, encode_batch, encode_refusal
from steerclear.dialogue.faults import LineFaultError
from steerclear.dialogue.link_state import LinkEvent, LinkState
from steerclear.simulation.drill.node import DrillNode

CARRY_S: Final = 0.1
"""One way over the line."""
GIVE_UP_S: Final = 3.0
RETRY_S: Final = 5.0

After = Callable[[float, Callable[[], None]], None]


class _Posting(Struct):
    """Where the posting of one log stands."""

    busy: bool = False
    greeted: bool = False


class Lines:
    """Carries what nodes have for each other."""

    def __init__(self, nodes: dict[str, DrillNode], after: After) -> None:
        self._nodes = nodes
        self._after = after
        self._posting = {(one, other): _Posting() for one in nodes for other in nodes if one != other}
        self._cut: set[frozenset[str]] = set()

    def cut(self, one: str, other: str) -> None:
        """Nothing gets through between two parties."""
        self._cut.add(frozenset((one, other)))

    def join(self, one: str, other: str) -> None:
        """It works again."""
        self._cut.discard(frozenset((one, other)))

    def forget(self, party: str) -> None:
        """A node went down: what it was about to post is posted when it is back."""
        for (sender, _), posting in self._posting.items():
            if sender == party:
                posting.greeted = False

    def wake(self) -> None:
        """Post whatever is not on its way yet."""
        for (sender, receiver), posting in self._posting.items():
            if not posting.busy:
                self._post(self._nodes[sender], receiver, posting)

    def _post(self, node: DrillNode, peer: str, posting: _Posting) -> None:
        line = node.exchange.line(peer)
        if node.down or line.link is LinkState.HALTED:
            return
        if posting.greeted and line.received_size >= line.stored_size():
            return
        post = node.exchange.next_post(peer, even_if_empty=not posting.greeted)
        if post is None:
            return
        posting.busy = posting.greeted = True
        body = encode_batch(post.batch)
        if self._works(node.party, peer):
            self._after(CARRY_S, partial(self._arrive, node, peer, posting, body))
        else:
            self._after(GIVE_UP_S, partial(self._give_up, node, peer, posting))

    def _works(self, one: str, other: str) -> bool:
        down = self._nodes[one].down or self._nodes[other].down
        return not down and frozenset((one, other)) not in self._cut

    def _arrive(self, node: DrillNode, peer: str, posting: _Posting, body: bytes) -> None:
        there = self._nodes[peer]
        if not self._works(node.party, peer):
            self._after(GIVE_UP_S, partial(self._give_up, node, peer, posting))
            return
        try:
            answer, taken = there.exchange.receive(node.party, body), True
        except LineFaultError as fault:
            incoming = there.exchange.line(node.party).incoming
            answer, taken = encode_refusal(fault, incoming.frontier.size, incoming.note), False
        self._after(CARRY_S, partial(self._answered, node, peer, posting, answer, taken))

    def _answered(self, node: DrillNode, peer: str, posting: _Posting, answer: bytes, taken: bool) -> None:
        posting.busy = False
        if node.down:
            return
        try:
            if taken:
                node.exchange.take_receipt(peer, answer)
            else:
                node.exchange.take_refusal(peer, decode_refusal(answer))
        except LineFaultError:
            pass  # on record as a fault, which the story tells
        if node.exchange.line(peer).link is LinkState.DOWN:
            posting.busy, posting.greeted = True, False
            self._after(RETRY_S, partial(self._again, posting))

    def _give_up(self, node: DrillNode, peer: str, posting: _Posting) -> None:
        if not node.down:
            node.exchange.move_link(peer, LinkEvent.UNREACHABLE, "no answer")
        posting.greeted = False
        self._after(RETRY_S, partial(self._again, posting))

    @staticmethod
    def _again(posting: _Posting) -> None:
        posting.busy = False
