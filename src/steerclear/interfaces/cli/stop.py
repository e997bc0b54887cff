"""`steerclear stop`: a safety stop around a track, a zone or a site, in one action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from steerclear.interfaces.cli.exit_codes import ExitCode
from steerclear.interfaces.cli.line_terms import LineTools, Speaker, parsed
from steerclear.interfaces.cli.local_client import CommandError
from steerclear.interfaces.cli.output import ending, print_json, print_line


def stop_command(tools: LineTools) -> Callable[..., int]:
    """The `stop` command."""

    def stop(
        *,
        speaker: Speaker,
        track: str = "",
        zone: str = "",
        site: str = "",
        to: tuple[str, ...] = (),
        margin: str = "1000 m",
        ahead: str = "5 min",
        lasts: str = "1 h",
        text: str = "",
    ) -> int:
        """Say "people of ours are here: keep clear" around a track's way ahead, a zone or a protected site.

        The place is read back in words; read it to the other desk, which sees the same with `line show`.

        Exit codes: 0 the stop is stored and on its way, 2 usage, 6 the node does not run, 7 refused, 9 its file cannot
        be used.

        Parameters
        ----------
        track
            Name of the track, as `track list` shows it.
        zone
            Id of a zone, of the agreement or declared.
        site
            Id of a protected site, or of a movement.
        to
            A party; give the option again for each. Left out: all of them.
        margin
            Kept around it on all sides.
        ahead
            How much of a track's way ahead is taken in.
        lasts
            For how long.
        text
            One line of free text.
        """

        def work() -> None:
            if len([one for one in (track, zone, site) if one]) != 1:
                raise CommandError(ExitCode.USAGE, "name exactly one of --track, --zone and --site")
            body = {
                "track_id": track,
                "item_id": zone or site,
                "to": to,
                "margin_m": parsed(tools.length_m, "--margin", margin),
                "ahead_s": parsed(tools.duration_s, "--ahead", ahead),
                "lasts_s": parsed(tools.duration_s, "--lasts", lasts),
                "text": text,
            }
            _told(speaker.client().post_json("/stops", body), speaker)

        return ending(work)

    return stop


def _told(sent: Any, speaker: Speaker) -> None:
    if speaker.json:
        print_json(sent)
        return
    for party, message_id in zip(sent["to"], sent["message_ids"], strict=True):
        print_line(f"safety stop to {party} as {speaker.as_}: {message_id} is stored and on its way")
    where = sent["read_back"] or "no place is known by name; read the coordinates instead"
    print_line(f"read back to the other desk: {where}")
    if sent["doubt"]:
        print_line(f"SAY IT WITH THE STOP: {sent['doubt']}")
