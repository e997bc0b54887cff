"""A summons as it goes out: in the receiver's own language, as a mail, as JSON and as an environment."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from steerclear.interfaces.outlets.errors import NotTakenError
from steerclear.interfaces.outlets.languages import Language
from steerclear.interfaces.outlets.limits import MAX_HEADLINE_CHARS, MAX_SUMMONS_BYTES
from steerclear.services.reach import Summons, printable


def as_json(summons: Summons, language: Language) -> bytes:
    """One line of JSON, field by field, and the headline. Raises NotTakenError where it exceeds the limit."""
    line = msgspec.json.encode(_fields(summons, language)) + b"\n"
    if len(line) > MAX_SUMMONS_BYTES:
        raise NotTakenError(f"the summons has {len(line):,} bytes; the limit is {MAX_SUMMONS_BYTES:,}")
    return line


def as_environment(summons: Summons, language: Language) -> dict[str, str]:
    """STEERCLEAR_MESSAGE_ID, STEERCLEAR_HEADLINE and so on, for commands that read no JSON."""
    fields = {**_fields(summons, language), "outgoing": str(summons.outgoing).lower()}
    return {f"STEERCLEAR_{name.upper()}": printable(str(value)) for name, value in fields.items()}


def headline(summons: Summons, language: Language) -> str:
    """One printable line, safe as the subject of a mail."""
    return printable(language.headline_of(summons), MAX_HEADLINE_CHARS)


def as_text(summons: Summons, language: Language) -> str:
    """The summons in lines for a person."""
    kind, urgency = language.kind[summons.kind], language.urgency[summons.urgency]
    lines = (
        language.line("message", message=summons.message_id),
        language.line("kind", kind=kind, urgency=urgency),
        language.line("peer", peer=summons.peer),
        language.line("function", function=summons.function, desk=summons.desk_id, party=summons.party),
        language.line("rung", rung=str(summons.rung)),
        language.line("issued", time=utc(summons.issued_s)),
        language.line("due", time=utc(summons.due_s)),
    )
    body = "\n".join(printable(line) for line in lines)
    return f"{headline(summons, language)}\n\n{body}\n\n{language.line('reply')}\n"


def _fields(summons: Summons, language: Language) -> dict[str, object]:
    return {**msgspec.structs.asdict(summons), "headline": headline(summons, language)}


def utc(time_s: float) -> str:
    """A time as people write it, in UTC; the figure itself where no calendar has it."""
    try:
        return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{time_s} s"
