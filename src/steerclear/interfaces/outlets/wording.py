"""The words in which a summons goes out."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from steerclear.interfaces.outlets.errors import NotTakenError
from steerclear.interfaces.outlets.limits import MAX_HEADLINE_CHARS, MAX_SUMMONS_BYTES
from steerclear.services.reach import Summons, printable


def as_json(summons: Summons) -> bytes:
    """One line of JSON, field by field. Raises NotTakenError where it exceeds the limit."""
    line = msgspec.json.encode(summons) + b"\n"
    if len(line) > MAX_SUMMONS_BYTES:
        raise NotTakenError(f"the summons has {len(line):,} bytes; the limit is {MAX_SUMMONS_BYTES:,}")
    return line


def as_environment(summons: Summons) -> dict[str, str]:
    """STEERCLEAR_MESSAGE_ID, STEERCLEAR_FUNCTION and so on, for commands that read no JSON."""
    fields = msgspec.structs.asdict(summons)
    return {f"STEERCLEAR_{name.upper()}": printable(str(value)) for name, value in fields.items()}


def headline(summons: Summons) -> str:
    """One printable line, safe as the subject of a mail."""
    return printable(summons.headline, MAX_HEADLINE_CHARS)


def as_text(summons: Summons) -> str:
    """The summons in lines for a person."""
    lines = {
        "Message": summons.message_id,
        "Kind": f"{summons.kind}, {summons.urgency}",
        "Other side": summons.peer,
        "For": f"{summons.function}, desk {summons.desk_id} of {summons.party}",
        "Rung": str(summons.rung),
        "Issued": utc(summons.issued_s),
        "Due": utc(summons.due_s),
    }
    body = "\n".join(f"{name}: {printable(value)}" for name, value in lines.items())
    return f"{headline(summons)}\n\n{body}\n\nAcknowledge at the desk: a reply to this does not reach the line.\n"


def utc(time_s: float) -> str:
    """A time as people write it, in UTC; the figure itself where no calendar has it."""
    try:
        return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{time_s} s"
