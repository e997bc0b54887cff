"""Appends for tests: small, told apart by a number, touching every table."""

from steerclear.store import Append, Event, LeafEntry, OutboxEntry

LOG = "north-to-south"
LINK = "south"


def sample(number: int, *, log: str = LOG, link: str = LINK) -> Append:
    """An append with two events, a message and a leaf, whose bytes follow from its number."""
    return Append(
        key=f"append-{number}",
        events=(
            Event("alert.raised", b"raised %d" % number, 1_700_000_000.0 + number),
            Event("notice.queued", b"queued %d" % number, 1_700_000_000.25 + number),
        ),
        outbox=(OutboxEntry(link, f"message-{number}", b"payload %d" % number, urgency=urgency(number)),),
        leaves=(LeafEntry(log, entry(number), content=content(number)),),
    )


def entry(number: int) -> bytes:
    return b"entry %d" % number


def content(number: int) -> bytes:
    return b"content %d " % number + b"*" * (number % 50)


def urgency(number: int) -> int:
    return number % 3
