"""How the line and its messages are shown to people: a column for each state, none standing for another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from steerclear.interfaces.cli.output import print_line, print_table, shown, utc

_VERDICTS: Final = {"no_objection": "no objection", "not_ours": "not ours", "keeping_clear": "keeping clear"}
AS_AGREED: Final = "not acknowledged in time"
"""Why most rungs are raised; it goes without saying."""
_SHOWN_BESIDE: Final = frozenset({"acknowledgement", "relay", "response", "line_check_answer", "escalation"})
"""Kinds that show in the row of the message they are about."""


def print_status(found: Any, messages: Any) -> None:
    """Print the links and the messages; urgent ones that nobody has acknowledged stand above everything."""
    print_links(found)
    now_s = found["now_s"]
    for message in messages:
        if _pressing(message):
            print_line(_alarm(message, now_s))
    print_table(
        ("message", "kind", "urgency", "", "received", "acknowledged", "relayed", "answered", "due", "rungs"),
        (
            (
                message["message_id"],
                message["kind"].replace("_", " "),
                "" if message["urgency"] == "routine" else message["urgency"].upper(),
                message["direction"],
                utc(message["received_s"], now_s) or "WAITING",
                acknowledged_words(message, now_s),
                step_words(message["relay"], now_s),
                answered_words(message, now_s),
                utc(message["answer_due_s"], now_s),
                rung_words(message, now_s),
            )
            for message in messages
            if message["kind"] not in _SHOWN_BESIDE
        ),
    )


def _pressing(message: Any) -> bool:
    return (
        message["urgency"] != "routine" and message["state"] != "acknowledged" and message["answer_due_s"] is not None
    )


def _alarm(message: Any, now_s: float) -> str:
    late = " SINCE " + utc(message["unanswered_since_s"], now_s) if message["unanswered_since_s"] else ""
    raised = f"; reached for: {rung_words(message, now_s)}" if message["raised"] else ""
    kind = message["kind"].replace("_", " ").upper()
    way = "to" if message["direction"] == "sent" else "from"
    return (
        f"!! {message['urgency'].upper()} {kind} {way} {message['peer']}: {message['message_id']}"
        f" NOT ACKNOWLEDGED{late}{raised}"
    )


def print_links(found: Any) -> None:
    """Print how every line stands."""
    print_line(
        f"{found['party']}, agreement {found['agreement_id']} version {found['agreement_version']},"
        f" {utc(found['now_s'])}"
    )
    print_table(
        ("peer", "link", "since", "waiting", "owed to us", "owed by us", "overdue", "sent", "arrived"),
        (
            (
                peer["peer"],
                peer["link"].upper() if peer["link"] != "up" else "up",
                utc(peer["link_since_s"] or None, found["now_s"]),
                peer["waiting"],
                peer["owed_to_us"],
                peer["owed_by_us"],
                peer["unanswered"],
                peer["outgoing"]["size"],
                peer["incoming"]["size"],
            )
            for peer in found["peers"]
        ),
    )
    for peer in found["peers"]:
        if peer["link_reason"]:
            print_line(f"{peer['peer']}: {peer['link_reason']}")
        for words in _declared_words(peer, found["now_s"]):
            print_line(words)
        checks = _check_words(peer["line_checks"])
        if checks:
            print_line(f"line checks to {peer['peer']}: {checks}")
        fault = peer["last_fault"]
        if fault is not None:
            when = utc(fault["time_s"], found["now_s"])
            print_line(f"last fault with {peer['peer']}, {when}: {fault['code']} ({fault['whose']}): {fault['detail']}")


def _declared_words(peer: Any, now_s: float) -> Iterator[str]:
    """What each side has said of itself as long as it holds, with the agreed fallback; "up" needs no line."""
    for who, verb, declared in (
        ("we", "have", peer["declared_by_us"]),
        (peer["peer"], "has", peer["declared_by_peer"]),
    ):
        if declared is None or declared["condition"] == "up":
            continue
        from_s, until_s = declared["from_s"], declared["until_s"]
        if until_s is not None and until_s < now_s:
            continue
        to = f" to {peer['peer']}" if who == "we" else ""
        cause = f", cause: {declared['cause'].replace('_', ' ')}" if declared["cause"] else ""
        until = f" until {utc(until_s, now_s)}" if until_s is not None else ""
        agreed = f"; agreed for that: {declared['fallback']}" if declared["fallback"] else ""
        yield (
            f"{who} {verb} declared the line{to} {declared['condition'].upper()} from {utc(from_s, now_s)}{until}"
            f"{cause}{agreed}"
        )


def _check_words(checks: Any) -> str:
    """Missed and late line checks, those with a cause apart from those without, and how many in a row now."""
    told = [
        f"{checks[key]} {words}"
        for key, words in (
            ("missed", "missed WITHOUT A CAUSE"),
            ("missed_with_cause", "missed with a stated cause"),
            ("late", "answered late without a cause"),
            ("late_with_cause", "answered late with a stated cause"),
        )
        if checks[key]
    ]
    if checks["series"] > 1:
        told.append(f"the last {checks['series']} IN A ROW missed without a cause")
    return ", ".join(told)


def acknowledged_words(message: Any, now_s: float | None = None) -> str:
    """Who has read it and when; what has no effect, and silence, in words."""
    if message["unheeded"]:
        return f"without effect: {message['unheeded']}"
    answer = message["answer"]
    if answer is None:
        return "NO ANSWER" if message["state"] == "unanswered" else ""
    late = " (late)" if message["unanswered_since_s"] is not None else ""
    cause = f" ({answer['cause']})" if answer["cause"] else ""
    return f"{answer['function']}, {answer['desk_id']}, {utc(answer['issued_s'], now_s)}{late}{cause}"


def step_words(step: Any, now_s: float | None = None) -> str:
    """What was relayed or answered, by when it is owed, or that nothing came."""
    given = step["given"]
    late = " (late)" if step["overdue_since_s"] is not None else ""
    if given is not None:
        verdict = given["verdict"] or ""
        what = _VERDICTS.get(verdict, verdict) or given["unit"]
        return f"{what}, {utc(given['issued_s'], now_s)}{late}"
    checking = "checking; " if step["interim"] is not None else ""
    if step["state"] == "overdue":
        return f"{checking}NO ANSWER"
    return f"{checking}owed by {utc(step['due_s'], now_s)}" if step["state"] == "owed" else ""


def answered_words(message: Any, now_s: float | None = None) -> str:
    """What was answered to the matter; of a late entry, that it waits to be confirmed, for it counts only then."""
    words = step_words(message["response"], now_s)
    return words or ("NOT CONFIRMED" if message["kind"] == "late_entry" else "")


def rung_words(message: Any, now_s: float | None = None) -> str:
    """Who was reached for and when; and why, where it was not because its time had come."""
    return ", ".join(
        f"{rung['function']}{'' if rung['ours'] else ' (theirs)'} {utc(rung['raised_at_s'], now_s)}"
        + (f" ({rung['why']})" if rung["why"] not in ("", AS_AGREED) else "")
        for rung in message["raised"]
    )


def event_line(item: Any) -> str:
    """One event of the journal on one line."""
    event = item["event"]
    names = ("peer", "incident_id", "message_id", "sequence", "state", "code", "reason", "function", "why")
    parts = [event[name] for name in names if name in event]
    message = event.get("message")
    if isinstance(message, dict):
        parts += [message.get("type"), message.get("message_id")]
        if message.get("escalates"):
            parts.append(f"of {message['escalates']} reaches for {message.get('function')}")
    parts.append("; ".join(map(_tried_words, event.get("outlets") or ())))
    incident = event.get("incident")
    if isinstance(incident, dict):
        parts += [incident.get("incident_id"), incident.get("title")]
    said = " ".join(str(part) for part in parts if part not in (None, ""))
    return f"{item['sequence']:>8}  {utc(item['time_s'])}  {item['kind']:<16} {shown(said)}"


def _tried_words(tried: Any) -> str:
    return f"{tried['outlet']} took it" if tried["reached"] else f"{tried['outlet']} FAILED: {tried['detail']}"
