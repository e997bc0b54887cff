"""How far two sides' clocks are apart, bounded by what each wrote down of messages in both directions.

Let theta be the other clock minus the reference clock. A message issued by the reference at `i` and stored by the other
at `s` of its own clock took some time on the way: theta <= s - i. One that the other issued at `i` and the reference
stored at `s`: theta >= i - s. A receipt holds the moment of cosigning in whole seconds `c` of its signer, so between
`c` and `c` + 1, after the last message that it covers was issued and before the receipt was taken. Nothing is assumed
about how long anything took; so one side's evidence alone bounds the difference too. The estimate is the middle.

As for NTP (RFC 5905), but with the extremes of all exchanges instead of the four times of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from steerclear.services.joint.side import Side
from steerclear.services.joint.timeline import ClockError

RECEIPT_STEP_S = 1.0
"""Receipts tell whole seconds, cut off."""
_TOGETHER_S = 0.05
"""Clocks that cannot have been further apart are told as together: tenths of a second would say 0.0."""


def clock_errors(sides: Sequence[Side], parties: Iterable[str], reference: str) -> dict[str, ClockError]:
    """The difference of every party's clock from the reference party's."""
    return {party: _clock_error(sides, party, reference) for party in parties}


def joined_s(clocks: dict[str, ClockError], party: str, own_s: float) -> float:
    """A time of a party's clock by the reference clock; unchanged where nothing is known of the difference."""
    known = clocks.get(party)
    return own_s if known is None or known.estimate_s is None else own_s - known.estimate_s


def clock(time_s: float) -> str:
    """The time of day, UTC, for a sentence."""
    seconds = int(time_s) % 86_400
    return f"{seconds // 3_600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"


def _clock_error(sides: Sequence[Side], party: str, reference: str) -> ClockError:
    if party == reference:
        return ClockError(
            party=party,
            reference=reference,
            estimate_s=0.0,
            low_s=0.0,
            high_s=0.0,
            words=f"Times are told by the clock of {reference}; whether it was right this evidence does not say.",
        )
    lows, highs = bounds(sides, party, reference)
    if not lows and not highs:
        return ClockError(
            party=party,
            reference=reference,
            estimate_s=None,
            words=f"Nothing here bounds how far the clock of {party} is from that of {reference}: its times stand as it"
            " wrote them.",
        )
    low_s, high_s = max(lows, default=-inf), min(highs, default=inf)
    samples, consistent = len(lows) + len(highs), low_s <= high_s
    if not consistent:  # a clock was set meanwhile: no one difference fits, and the truth lies somewhere between
        low_s, high_s = high_s, low_s
    known = [bound_s for bound_s in (low_s, high_s) if abs(bound_s) != inf]
    estimate_s = sum(known) / len(known)
    return ClockError(
        party=party,
        reference=reference,
        estimate_s=estimate_s,
        low_s=None if low_s == -inf else low_s,
        high_s=None if high_s == inf else high_s,
        samples=samples,
        consistent=consistent,
        words=_words(party, reference, estimate_s, low_s, high_s, samples, consistent),
    )


def bounds(sides: Sequence[Side], party: str, reference: str) -> tuple[list[float], list[float]]:
    """(lower, upper) bounds of the party's clock minus the reference's, from every exchange between the two."""
    lows, highs = [], []
    issued_s = {
        message_id: event.issued_s
        for side in sides
        for known in (side.sent, side.stored)
        for message_id, event in known.items()
    }
    for side in sides:
        for message_id, stored_s in side.stored_s.items():
            asker = side.stored[message_id].peer
            if (asker, side.party) == (reference, party):
                highs.append(stored_s - issued_s[message_id])
            elif (asker, side.party) == (party, reference):
                lows.append(issued_s[message_id] - stored_s)
        for taken_s, receipt in side.receipts:
            last_s = issued_s.get(f"{side.party}:{receipt.peer}:{receipt.size - 1}")
            if (side.party, receipt.peer) == (reference, party):
                lows.append(receipt.time_s - taken_s)
                highs += [] if last_s is None else [receipt.time_s + RECEIPT_STEP_S - last_s]
            elif (side.party, receipt.peer) == (party, reference):
                highs.append(taken_s - receipt.time_s)
                lows += [] if last_s is None else [last_s - receipt.time_s - RECEIPT_STEP_S]
    return lows, highs


def _words(
    party: str, reference: str, estimate_s: float, low_s: float, high_s: float, samples: int, consistent: bool
) -> str:
    where = "ahead of" if estimate_s >= 0.0 else "behind"
    if consistent and max(abs(low_s), abs(high_s)) < _TOGETHER_S:
        return (
            f"The clocks of {party} and {reference} were together to within {max(abs(low_s), abs(high_s)):.3f} s, by"
            f" {samples} times of exchanges in both directions."
        )
    said = f"The clock of {party} was about {abs(estimate_s):.1f} s {where} that of {reference}"
    if not consistent:
        return (
            f"{said}, but no one difference fits all {samples} times of exchanges ({low_s:+.1f} to {high_s:+.1f} s): a"
            " clock was set or drifted meanwhile."
        )
    if abs(low_s) == inf or abs(high_s) == inf:
        bound = f"at most {high_s:+.1f} s" if low_s == -inf else f"at least {low_s:+.1f} s"
        return f"{said}: {bound} by {samples} times of exchanges; nothing bounds the other side."
    return f"{said}: between {low_s:+.1f} and {high_s:+.1f} s by {samples} times of exchanges in both directions."
