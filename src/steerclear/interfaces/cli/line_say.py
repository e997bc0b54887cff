"""`steerclear line send`: a desk tells the other side something, or asks it for something."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from cyclopts import App, Parameter

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line_terms import (
    LineTools,
    Speaker,
    moment_s,
    one_of,
    parsed,
    phrase_time,
    position,
    told,
)
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.output import ending, print_line
from steerclear.model.messages import Cause
from steerclear.model.vocabulary import MessageKind

MAX_MESSAGE_FILE_BYTES: Final = 65_536

Names = Annotated[list[str], Parameter(consume_multiple=True, negative=())]
Datum = Literal["pressure_standard", "ellipsoid", "msl_geoid"]


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class Words:
    """To whom it goes, how urgent it is, and in what words."""

    to: Names
    """The party or parties that get it."""
    to_function: str = ""
    """The function it goes to; without one, the first of the other side's first desk."""
    urgency: Literal["routine", "urgent", "immediate"] = "routine"
    """How soon a person must look."""
    text: str = ""
    """Free text."""
    phrase: str = ""
    """Code of a fixed phrase, which each side reads in its own language; docs/phrases.md lists them."""
    blank: Annotated[list[str], Parameter(consume_multiple=True, negative=())] = field(default_factory=list)
    """What fills the blanks of the phrase: NAME=VALUE."""
    language: str = "en"
    """The language in which this command reads the phrase back to you."""


@Parameter(name="*")
@dataclass(kw_only=True, frozen=True)
class Place:
    """A circle of airspace for a time."""

    at: str
    """Centre: LATITUDE,LONGITUDE in degrees."""
    radius: str
    """For example "2 km", "3 NM"."""
    lower: str | None = None
    """Lower limit, for example "0 ft"; without one, the ground."""
    upper: str | None = None
    """Upper limit, for example "8,000 ft"; without one, unlimited."""
    datum: Datum | None = None
    """What the heights are measured from; needed with them."""
    from_: Annotated[str, Parameter(name="--from")] = "now"
    """When it begins: "now", "+30 min" or like 2026-01-31T06:00:00Z."""
    until: str = "+2 h"
    """When it ends."""


def send_commands(tools: LineTools) -> App:
    """The `line send` group."""
    app = App(name="send", help="Tell the other side something, or ask it for something.")
    for name, make in (
        ("stop", _stop),
        ("request", _request),
        ("identify", _identify),
        ("notice", _notice),
        ("consultation", _consultation),
        ("incident", _incident),
        ("state", _state),
        ("late", _late),
        ("message", _message),
    ):
        app.command(make(tools), name=name)
    return app


def _send(tools: LineTools, words: Words, speaker: Speaker, fields: Callable[[], dict[str, Any]]) -> int:
    def work() -> None:
        said = fields()
        common = {"to_function": words.to_function, "urgency": words.urgency, "text": words.text}
        phrase = _phrase(words) or said.pop("phrase", None)
        sentence = None if phrase is None else _rendered(tools, phrase, words.language)
        body = {"to": words.to, "message": {**common, "phrase": phrase, **said}}
        sent = speaker.client().post_json("/messages", body)
        if sentence is not None and not speaker.json:
            print_line(sentence)  # once it is stored: beside a refusal it would read as if it had been said
        told(sent, f"{said['type'].replace('_', ' ')} as {speaker.as_}", speaker.json)

    return ending(work)


def _phrase(words: Words) -> dict[str, Any] | None:
    if not words.phrase:
        return None
    blanks = dict(part.partition("=")[::2] for part in words.blank)
    return {"code": words.phrase, "parameters": blanks}


def _rendered(tools: LineTools, phrase: dict[str, Any], language: str) -> str:
    try:
        return tools.render(phrase["code"], phrase["parameters"], language)
    except ValueError as fault:
        raise CommandError(ExitCode.USAGE, str(fault)) from None


def _volume(tools: LineTools, place: Place) -> dict[str, Any]:
    now_s = time.time()
    if (place.lower or place.upper) and place.datum is None:
        raise CommandError(ExitCode.USAGE, "--lower and --upper need --datum: a height alone can mean three things")
    from_s, until_s = (moment_s(tools, "--from", place.from_, now_s), moment_s(tools, "--until", place.until, now_s))
    if until_s <= from_s:
        raise CommandError(ExitCode.USAGE, f"--until {place.until} is not after --from {place.from_}")
    return {
        "area": {
            "type": "circle",
            "centre": position("--at", place.at),
            "radius_m": parsed(tools.length_m, "--radius", place.radius),
        },
        "lower_m": None if place.lower is None else parsed(tools.height_m, "--lower", place.lower),
        "upper_m": None if place.upper is None else parsed(tools.height_m, "--upper", place.upper),
        "altitude_datum": place.datum,
        "from_s": from_s,
        "until_s": until_s,
    }


def _stop(tools: LineTools) -> Any:
    def stop(*, words: Words, place: Place, speaker: Speaker) -> int:
        """Safety stop: "people of ours are here: keep clear". Always immediate; it may go to any function at once.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.
        """

        def fields() -> dict[str, Any]:
            volume = _volume(tools, place)
            blanks = {
                "radius": place.radius,
                "position": place.at.replace(" ", ""),
                "until": phrase_time(volume["until_s"]),
            }
            phrase = {"code": "safety_stop.keep_clear_position", "parameters": blanks}
            return {"type": "safety_stop", "volume": volume, "phrase": phrase}

        return _send(tools, words, speaker, fields)

    return stop


def _request(tools: LineTools) -> Any:
    def request(
        asks: Literal["pause", "reconsider", "move", "share"],
        *,
        words: Words,
        speaker: Speaker,
        about: str = "",
        until: str | None = None,
    ) -> int:
        """Ask the other side to pause, reconsider, move or share. It accepts, declines, or lets it lapse.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        asks
            What is asked.
        about
            Id of the message, notice or alert that it concerns.
        until
            How long it is asked for.
        """

        def fields() -> dict[str, Any]:
            until_s = None if until is None else moment_s(tools, "--until", until, time.time())
            return {"type": "request", "asks": asks, "about": about, "until_s": until_s}

        return _send(tools, words, speaker, fields)

    return request


def _identify(tools: LineTools) -> Any:
    def identify(
        track_id: str,
        *,
        at: str,
        words: Words,
        speaker: Speaker,
        seen: str = "now",
        altitude: str | None = None,
        datum: Datum | None = None,
    ) -> int:
        """Ask "is this yours?" of an aircraft.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        track_id
            The track, as the picture names it.
        at
            Where it was last seen: LATITUDE,LONGITUDE.
        seen
            When.
        altitude
            For example "5,000 ft"; needs --datum.
        datum
            What the altitude is measured from.
        """

        def fields() -> dict[str, Any]:
            if altitude is not None and datum is None:
                raise CommandError(ExitCode.USAGE, "--altitude needs --datum: a height alone can mean three things")
            return {
                "type": "identification_request",
                "track_id": track_id,
                "position": position("--at", at),
                "altitude_m": None if altitude is None else parsed(tools.height_m, "--altitude", altitude),
                "altitude_datum": datum,
                "seen_at_s": moment_s(tools, "--seen", seen, time.time()),
            }

        return _send(tools, words, speaker, fields)

    return identify


def _notice(tools: LineTools) -> Any:
    def notice(
        notice_id: str,
        *,
        subject: Literal["flight", "activity", "zone", "protected_site", "movement"],
        title: str,
        words: Words,
        place: Place,
        speaker: Speaker,
        change: Literal["new", "amended", "renewed", "cancelled"] = "new",
        revision: int = 1,
        contact: str | None = None,
    ) -> int:
        """Notify a flight, an activity, a zone, a protected site or a movement; or amend, renew or cancel a notice.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        notice_id
            Your own name for it; the same for every change.
        subject
            What it is about.
        title
            One line that says what it is.
        change
            What this notice does to the item.
        revision
            1 for a new one; each change counts on.
        contact
            The function of your side that answers for it; without one, who sends it.
        """

        def fields() -> dict[str, Any]:
            volume = _volume(tools, place)
            return {
                "type": "notice",
                "notice_id": notice_id,
                "revision": revision,
                "change": change,
                "subject": subject,
                "title": title,
                "volumes": [volume],
                "from_s": volume["from_s"],
                "until_s": volume["until_s"],
                "contact_function": contact or speaker.as_,
            }

        return _send(tools, words, speaker, fields)

    return notice


def _consultation(tools: LineTools) -> Any:
    def consultation(
        form: Literal["call", "meeting"],
        *,
        by: Names,
        with_: Annotated[list[str], Parameter(name="--with", consume_multiple=True, negative=())],
        topic: Names,
        words: Words,
        speaker: Speaker,
        agreed: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
        held: str = "now",
        next_: Annotated[str | None, Parameter(name="--next")] = None,
    ) -> int:
        """The minute of a call or a meeting, or the invitation to one: by function, topics, what was agreed.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        form
            A call or a meeting.
        by
            Functions of your side.
        with_
            Functions of the other side.
        topic
            What was, or will be, spoken about.
        agreed
            What was agreed.
        held
            When it was, or will be.
        next_
            When the next one is.
        """

        def fields() -> dict[str, Any]:
            now_s = time.time()
            return {
                "type": "consultation",
                "form": form,
                "held_s": moment_s(tools, "--held", held, now_s),
                "by_functions": by,
                "with_functions": with_,
                "topics": topic,
                "agreed": agreed or [],
                "next_s": None if next_ is None else moment_s(tools, "--next", next_, now_s),
            }

        return _send(tools, words, speaker, fields)

    return consultation


def _incident(tools: LineTools) -> Any:
    def incident(incident_id: str, *, words: Words, speaker: Speaker, when: str = "now", at: str | None = None) -> int:
        """Report that something went wrong, or nearly.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        incident_id
            Your name for it.
        when
            When it happened.
        at
            Where: LATITUDE,LONGITUDE.
        """

        def fields() -> dict[str, Any]:
            return {
                "type": "incident_report",
                "incident_id": incident_id,
                "at_s": moment_s(tools, "--when", when, time.time()),
                "position": None if at is None else position("--at", at),
            }

        return _send(tools, words, speaker, fields)

    return incident


def _state(tools: LineTools) -> Any:
    def state(
        condition: Literal["up", "degraded", "suspended", "withdrawn"],
        *,
        words: Words,
        speaker: Speaker,
        cause: str | None = None,
        from_: Annotated[str, Parameter(name="--from")] = "now",
        until: str | None = None,
    ) -> int:
        """Declare how your side can be reached from now on; the agreed fallback goes with it.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        condition
            How the line stands on your side.
        cause
            Why: weather, power, network, equipment, maintenance, desk_unmanned, ordered, other.
        from_
            From when.
        until
            Until when, where that is known.
        """

        def fields() -> dict[str, Any]:
            now_s = time.time()
            return {
                "type": "line_state",
                "condition": condition,
                "cause": None if cause is None else one_of("--cause", cause, Cause),
                "from_s": moment_s(tools, "--from", from_, now_s),
                "until_s": None if until is None else moment_s(tools, "--until", until, now_s),
            }

        return _send(tools, words, speaker, fields)

    return state


def _late(tools: LineTools) -> Any:
    def late(
        *,
        said: str,
        means: Literal["telephone", "radio", "paper", "other"],
        kind: str,
        their_function: str,
        words: Words,
        speaker: Speaker,
        by_us: bool = True,
        our_function: str | None = None,
        about: str = "",
    ) -> int:
        """Key in what was said by other means while the line was down; it counts once the other side confirms it.

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        said
            When it was said: "-10 min", or like 2026-01-31T06:00:00Z.
        means
            By what.
        kind
            What it was: safety_stop, acknowledgement, request, notice, …
        their_function
            To whom, or by whom, on the other side.
        by_us
            We said it (--no-by-us: we were told it).
        our_function
            Who of ours said or heard it; without one, who keys it in.
        about
            Id of the message it belongs to.
        """

        def fields() -> dict[str, Any]:
            return {
                "type": "late_entry",
                "said_s": moment_s(tools, "--said", said, time.time()),
                "means": means,
                "of_kind": one_of("--kind", kind, MessageKind),
                "by_us": by_us,
                "our_function": our_function or speaker.as_,
                "their_function": their_function,
                "about": about,
            }

        return _send(tools, words, speaker, fields)

    return late


def _message(_tools: LineTools) -> Any:
    def message(file: Path, *, to: Names, speaker: Speaker) -> int:
        """Send a message of any kind from a JSON file, as the local API takes it (see its page at /schema).

        Exit codes: 0 stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot be used.

        Parameters
        ----------
        file
            The message: its "type" and its fields, without a name and without times of answer.
        to
            The party or parties that get it.
        """

        def work() -> None:
            try:
                with file.open("rb") as opened:
                    data = opened.read(MAX_MESSAGE_FILE_BYTES + 1)
                if len(data) > MAX_MESSAGE_FILE_BYTES:
                    raise CommandError(ExitCode.USAGE, f"{file} is no message: those have at most 64 KiB")
                said = msgspec.json.decode(data)
            except OSError as fault:
                raise CommandError(ExitCode.USAGE, f"cannot read {file}: {fault.strerror}") from None
            except ValueError as fault:
                raise CommandError(ExitCode.USAGE, f"{file} is no JSON message: {fault}") from None
            told(speaker.client().post_json("/messages", {"to": to, "message": said}), "sent", speaker.json)

        return ending(work)

    return message
