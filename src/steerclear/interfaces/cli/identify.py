"""`steerclear identify`: aircraft that nobody knew, who was asked, what they said, and who has been told."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from cyclopts import App

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line_terms import Speaker, told
from steerclear.interfaces.cli.local_client import CommandError, LocalClient, quoted
from steerclear.interfaces.cli.options import NODE_FILE, Json
from steerclear.interfaces.cli.output import ending, print_json, print_line, print_table, utc
from steerclear.interfaces.cli.track import approach_line, says

STANDINGS: Final = {"no_answer": "NO ANSWER", "checking": "checking", "ours": "ours", "not_ours": "not ours"}
_CASES: Final = ("case", "track", "says", "urgency", "opened", "what everyone has said", "contradiction")
_QUESTIONS: Final = ("question", "from", "aircraft", "answer due", "we have said", "of ours")
VERDICTS: Final = ("ours", "not-ours", "checking")


def identify_commands() -> App:
    """The `identify` group of commands."""
    app = App(name="identify", help="Is this yours? Cases, questions, answers, and units that were told.")
    for name, command in (
        ("list", list_),
        ("show", show),
        ("ask", ask),
        ("suggest", suggest),
        ("answer", answer),
        ("relay", relay),
        ("confirm", confirm),
    ):
        app.command(command, name=name)
    return app


def list_(*, config: Path = NODE_FILE, all_: bool = False, json: Json = False) -> int:
    """List the cases of this node, aircraft that were not asked about, and what peers ask us.

    Exit codes: 0 done, 6 the node does not run, 9 its file cannot be used.

    Parameters
    ----------
    config
        The node's file.
    all_
        Also closed cases, and questions that we have answered.
    json
        One JSON document.
    """

    def work() -> None:
        client, which = LocalClient(config), f"?closed={'true' if all_ else 'false'}"
        found = client.get_json(f"/identification/cases{which}")
        asked = client.get_json(f"/identification/questions{which}")
        if json:
            print_json({**found, "questions": asked})
            return
        print_table(_CASES, map(_case_row, found["cases"]), title="Cases")
        for one in found["not_asked"]:
            print_line(f"{one['track_id']}, {utc(one['at_s'])}: {one['why']}")
        print_table(_QUESTIONS, map(_question_row, asked), title="Questions to us")

    return ending(work)


def show(case_id: str, *, config: Path = NODE_FILE, json: Json = False) -> int:
    """Show one case: every party and agency with its answer, or that there is none, and the units that were told.

    Exit codes: 0 done, 6 the node does not run, 7 no such case, 9 its file cannot be used.

    Parameters
    ----------
    case_id
        Name of the case, as `identify list` shows it.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        found = LocalClient(config).get_json(f"/identification/cases/{quoted(case_id)}")
        _shown(found, json)

    return ending(work)


def ask(track_id: str, *, speaker: Speaker, text: str = "") -> int:
    """Ask every party, and every agency it binds, whose an aircraft is.

    Exit codes: 0 the questions are stored and on their way, 2 usage, 6 the node does not run, 7 refused, 9 its file
    cannot be used.

    Parameters
    ----------
    track_id
        Name of the track, as `track list` shows it.
    text
        One line of free text beside the question.
    """

    def work() -> None:
        found = speaker.client().post_json("/identification/ask", {"track_id": track_id, "text": text})
        _shown(found, speaker.json)

    return ending(work)


def suggest(message_id: str, *, config: Path = NODE_FILE, json: Json = False) -> int:
    """Show what of ours may be what a peer asks about, with reasons. Nothing is answered by it.

    Exit codes: 0 done, 6 the node does not run, 7 no such question, 9 its file cannot be used.

    Parameters
    ----------
    message_id
        Id of the question, as `identify list` shows it.
    config
        The node's file.
    json
        One JSON document.
    """

    def work() -> None:
        found = LocalClient(config).get_json(f"/identification/questions/{quoted(message_id)}/suggestion")
        if json:
            print_json(found)
            return
        print_line(found["says"])
        for one in found["suggestions"]:
            name = f"reference {one['reference']}" if one["reference"] else one["title"]
            print_line(f"{one['says']}: {one['title']} ({name}, confidence {one['confidence']:.2f})")
            for reason in one["reasons"]:
                print_line(f"    {reason}")
        if found["agencies"]:
            print_line(f"must reach: {', '.join(found['agencies'])}")

    return ending(work)


def answer(message_id: str, verdict: str, *, speaker: Speaker, reference: str = "", remark: str = "") -> int:
    """Answer a peer's question: ours, not-ours or checking. "checking" settles nothing: the answer stays owed.

    Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    message_id
        Id of the question, as `identify list` shows it.
    verdict
        ours, not-ours or checking.
    reference
        How it is known here; the name of a sealed item tells nothing of it.
    remark
        One line of free text.
    """

    def work() -> None:
        said = verdict.replace("_", "-")
        if said not in VERDICTS:
            raise CommandError(ExitCode.USAGE, f"{verdict!r} is no answer; say one of {', '.join(VERDICTS)}")
        body = {"verdict": said.replace("-", "_"), "reference": reference, "remark": remark}
        sent = speaker.client().post_json(f"/messages/{quoted(message_id)}/response", body)
        told(sent, f"answered {message_id} {said} as {speaker.as_}", speaker.json)

    return ending(work)


def relay(case_id: str, *, unit: tuple[str, ...], speaker: Speaker) -> int:
    """Tell units of ours whose the aircraft of a case is ("known friendly here"). Each still has to confirm.

    Exit codes: 0 on record, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    case_id
        Name of the case, as `identify list` shows it.
    unit
        A unit that is told; give the option again for each.
    """

    def work() -> None:
        body = {"units": unit}
        found = speaker.client().post_json(f"/identification/cases/{quoted(case_id)}/units", body)
        _shown(found, speaker.json)

    return ending(work)


def confirm(case_id: str, *, unit: str, speaker: Speaker, remark: str = "") -> int:
    """Put on record that a unit that was told has confirmed that it knows.

    Exit codes: 0 on record, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

    Parameters
    ----------
    case_id
        Name of the case, as `identify list` shows it.
    unit
        The unit.
    remark
        One line of free text.
    """

    def work() -> None:
        body = {"unit": unit, "remark": remark}
        found = speaker.client().post_json(f"/identification/cases/{quoted(case_id)}/confirmation", body)
        _shown(found, speaker.json)

    return ending(work)


def _shown(case: Any, json: bool) -> None:
    if json:
        print_json(case)
        return
    how = "by the node" if case["automatic"] else "by a person"
    print_line(
        f"{case['case_id']}: track {case['track_id']} ({says(case['identity'])}), {case['urgency'].upper()},"
        f" opened {utc(case['opened_s'])} {how}"
    )
    if case["approach"] is not None:
        print_line(approach_line(case["approach"]))
    if case["contradiction"]:
        print_line(f"CONTRADICTION: {case['contradiction']}")
    for one in case["asked"]:
        print_line(f"{one['party']}: {party_words(one)}")
        for agency in one["agencies"]:
            reached = f"has it, {utc(agency['relayed_s'])}" if agency["relayed_s"] else "NOT KNOWN TO HAVE IT"
            print_line(f"    {agency['agency']}: {reached}{_remark(agency)}")
    for unit in case["units"]:
        known = f"confirmed {utc(unit['confirmed_s'])}" if unit["confirmed_s"] else "told, HAS NOT CONFIRMED"
        print_line(f"unit {unit['unit']}: {known}{_remark(unit)}")
    if case["closed_s"] is not None:
        print_line(f"closed {utc(case['closed_s'])}: {case['closed_why']}")


def party_words(one: Any) -> str:
    """What a party has said to a question; silence in words."""
    if one["not_asked"]:
        return f"NOT ASKED YET: {one['not_asked']}"
    words = STANDINGS[one["standing"]]
    if one["answered_s"] is not None:
        late = ", late" if one["late"] else ""
        reference = f", reference {one['reference']}" if one["reference"] else ""
        return f"{words}, said {one['answered_by']}, {utc(one['answered_s'])}{late}{reference}"
    read = f"read {utc(one['acknowledged_s'])}" if one["acknowledged_s"] else "not acknowledged"
    held = f"received {utc(one['received_s'])}" if one["received_s"] else "not received yet"
    overdue = ", its time has passed" if one["overdue"] else ""
    return f"{words}{overdue} ({held}, {read})"


def _remark(one: Any) -> str:
    return f" ({one['remark']})" if one["remark"] else ""


def _case_row(case: Any) -> tuple[object, ...]:
    said = "; ".join(f"{one['party']}: {_short(one)}" for one in case["asked"])
    state = "" if case["closed_s"] is None else f" (closed: {case['closed_why']})"
    return (
        case["case_id"],
        case["track_id"],
        says(case["identity"]),
        case["urgency"].upper(),
        utc(case["opened_s"]),
        said + state,
        case["contradiction"],
    )


def _short(one: Any) -> str:
    return "NOT ASKED YET" if one["not_asked"] else STANDINGS[one["standing"]]


def _question_row(one: Any) -> tuple[object, ...]:
    question = one["question"]
    return (
        question["message_id"],
        one["peer"],
        says(question["identity"]) if question["identity"] else question["track_id"],
        utc(one["respond_by_s"]),
        one["answered"].upper() if one["answered"] == "no answer" else one["answered"],
        one["suggested"]["says"],
    )
