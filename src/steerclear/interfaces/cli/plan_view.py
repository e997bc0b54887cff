"""How checks, declarations and items are shown to people. What is known is said; nothing is called permitted."""

from __future__ import annotations

from typing import Any, Final

from steerclear.geodesy.compass import compass_point
from steerclear.interfaces.cli.output import print_line, print_table, utc

CLEAR: Final = "no conflict known"
_METRES_PER_NM: Final = 1_852.0
_WEIGHTS: Final = {
    "conflict": "CONFLICT",
    "contradiction": "CONTRADICTION",
    "notice_rule": "notice",
    "advice": "to know",
}
_GIVES_WAY: Final = {"plan": "this plan", "other": "the other", "undecided": "undecided: talk"}


def print_check(check: Any) -> None:
    """Print what a check found, as a table; or that nothing is known."""
    against = [one for one in check["findings"] if one["finding"]["weight"] != "advice"]
    compared = f"compared with {check['compared']} declared item(s)"
    unseen = f"; {check['unseen']} sealed, of which only the time is known" if check["unseen"] else ""
    terms = f"agreement {check['agreement_id']} version {check['agreement_version']}, {utc(check['made_at_s'])}"
    head = CLEAR if check["clear"] else f"{len(against)} finding(s) stand against it"
    print_line(f"{head}: {compared}{unseen}; {terms}")
    if check["findings"]:
        print_table(
            ("finding", "", "with what", "where", "when (UTC)", "by how much", "gives way", "call"),
            (_finding_row(one) for one in check["findings"]),
        )
    if check["findings_left_out"]:
        print_line(f"and {check['findings_left_out']} more")


def print_resolutions(found: Any) -> None:
    """Print what would clear it, the least disruptive first."""
    if not found["options"]:
        print_line("nothing was found that would clear it:")
    else:
        print_line("what would clear it, the least disruptive first; nothing of it is applied:")
        print_table(
            ("", "change", "disruption", "leaves"),
            ((number, one["said"], f"{one['disruption']:.2f}", one["note"] or _left(one["check"]))
             for number, one in enumerate(found["options"], 1)),
        )  # fmt: skip
    for one in found["nothing_found"]:
        print_line(f"no {one['kind']}: {one['reason']}")


def print_declaration(said: Any, what: str) -> None:
    """Print what came of a declaration."""
    standing = said["standing"]
    if said["check"] is not None and said["check"]["findings"]:
        print_check(said["check"])
    if not said["declared"]:
        names = " ".join(one["finding_id"] for one in said["check"]["findings"] if one["finding"]["weight"] != "advice")
        print_line(f"NOT DECLARED. To declare in spite of it: --in-spite-of {names}")
        return
    again = "was declared before, exactly so" if said["repeated"] else what
    print_line(f"{standing['item_id']} revision {standing['revision']}: {again}; {_told(standing)}")
    for message_id in said["message_ids"]:
        print_line(f"{message_id} is stored and on its way")


def print_items(found: Any) -> None:
    """Print items as a table."""
    print_table(
        ("item", "of", "title", "state", "rev", "told", "from", "until", "call"),
        (
            (
                one["item_id"],
                f"{one['party']}{' (ours)' if one['ours'] else ''}",
                one["title"],
                _state(one),
                one["revision"],
                one["disclosure"],
                utc(one["from_s"]),
                utc(one["until_s"]),
                one["contact_function"],
            )
            for one in found
        ),
    )
    for one in found:
        if one["fault"]:
            print_line(f"!! {one['item_id']} of {one['party']}: {one['fault']}")


def print_item(one: Any) -> None:
    """Print one item in full."""
    print_line(f"{one['item_id']}: {one['subject'].replace('_', ' ')} of {one['party']}, revision {one['revision']}")
    lines = [
        ("title", one["title"]),
        ("state", _state(one)),
        ("told", _told(one)),
        ("from", utc(one["from_s"])),
        ("until", utc(one["until_s"])),
        ("call", one["contact_function"]),
    ]
    lines += [("volume", volume_words(volume)) for volume in one["volumes"]] or [("volumes", "not known here")]
    lines += [("sealed", f"revision {number}: {digest}") for number, digest in sorted(one["commitments"].items())]
    for opened in one["openings"]:
        lines.append(("opened", f"revision {opened['revision']}: {opened['why'] or 'it is what was sealed'}"))
    if one["findings"]:
        lines.append(("in spite of", " ".join(one["findings"])))
    if one["fault"]:
        lines.append(("FAULT", one["fault"]))
    for step in one["history"]:
        by = f" by {step['by_function']}" if step["by_function"] else ""
        state = f" ({step['state'].replace('_', ' ')})" if step["state"] else ""
        lines.append((utc(step["at_s"]), f"revision {step['revision']}: {step['what'].replace('_', ' ')}{by}{state}"))
    for label, words in lines:
        print_line(f"{label:<22}{words}")


def volume_words(volume: Any) -> str:
    """A volume in words."""
    area = volume["area"]
    if area["type"] == "circle":
        where = f"{area['radius_m']:,.0f} m around {place_words(area['centre'])}"
    else:
        where = "polygon " + " ".join(place_words(vertex) for vertex in area["vertices"])
    heights = f"{_height(volume['lower_m'], 'ground')} to {_height(volume['upper_m'], 'unlimited')}"
    datum = f" {volume['altitude_datum'].replace('_', ' ')}" if volume["altitude_datum"] else ""
    return f"{where}, {heights}{datum}, {utc(volume['from_s'])} to {utc(volume['until_s'], volume['from_s'])}"


def place_words(place: Any) -> str:
    """A position in words."""
    latitude, longitude = place["latitude_deg"], place["longitude_deg"]
    return f"{abs(latitude):.5f}{'N' if latitude >= 0 else 'S'} {abs(longitude):.5f}{'E' if longitude >= 0 else 'W'}"


def near_words(near: Any) -> str:
    """A place read back from a known one."""
    distance_m, bearing_deg = near["distance_m"], near["bearing_deg"]
    length = f"{distance_m / 1_000.0:,.1f} km" if distance_m >= 1_000.0 else f"{distance_m:,.0f} m"
    return f"{length} {compass_point(bearing_deg)} ({bearing_deg:03.0f}°) of {near['place']}"


def _finding_row(named: Any) -> tuple[object, ...]:
    one = named["finding"]
    return (
        named["finding_id"],
        _WEIGHTS.get(one["weight"], one["weight"]),
        _with_what(one),
        _where(one),
        _when(one),
        _by_how_much(one),
        _gives_way(one["precedence"]),
        whom_to_call(one),
    )


def whom_to_call(one: Any) -> str:
    """Whom a finding says to call."""
    return "; ".join(f"{call['party']}: {call['function']} {call['desk']}".strip() for call in one["contacts"])


def _with_what(one: Any) -> str:
    if not one["other_id"]:
        return str(one["said"])
    known = "" if one["other_known"] == "full" else f", told {one['other_known']}"
    down = "" if one["other_reachable"] else ", line down"
    return f"{one['said']}{known}{down}"


def _where(one: Any) -> str:
    if one["where"] is None:
        return ""
    heights = one["meetings"][0] if one["meetings"] else None
    level = (
        "" if heights is None else f", {_height(heights['lower_m'], 'ground')} to {_height(heights['upper_m'], '∞')}"
    )
    return f"{place_of(one)}{level}"


def place_of(one: Any) -> str:
    """The place of a finding, read back from a known one; empty where it has none."""
    if one["where"] is None:
        return ""
    return place_words(one["where"]) + ("" if one["near"] is None else f", {near_words(one['near'])}")


def _when(one: Any) -> str:
    if one["from_s"] is None:
        return ""
    until = "" if one["until_s"] is None else f" to {utc(one['until_s'], one['from_s'])}"
    return f"{utc(one['from_s'])}{until}"


def _by_how_much(one: Any) -> str:
    if one["meetings"]:
        meeting = one["meetings"][0]
        more = f"; {len(one['meetings']) + one['meetings_left_out']} pairs" if len(one["meetings"]) > 1 else ""
        return (
            f"{_metres(meeting['horizontal_m'])} of {_metres(meeting['horizontal_required_m'])} across,"
            f" {_metres(meeting['vertical_m'])} of {_metres(meeting['vertical_required_m'])} up or down{more}"
        )
    if one["time_s"] is not None and one["time_required_s"] is not None:
        return f"{one['time_s'] / 3_600.0:.1f} h, agreed {one['time_required_s'] / 3_600.0:.1f} h"
    return ""


def _gives_way(precedence: Any) -> str:
    if precedence is None:
        return ""
    agreed = "" if precedence["agreed"] else " (not agreed)"
    return f"{_GIVES_WAY[precedence['gives_way']]}{agreed}: {precedence['reason']}"


def _metres(value_m: float) -> str:
    return f"{value_m / _METRES_PER_NM:.1f} NM" if value_m >= _METRES_PER_NM else f"{value_m:.0f} m"


def _height(height_m: float | None, none: str) -> str:
    return none if height_m is None else f"{height_m:,.0f} m"


def _left(check: Any) -> str:
    if check["clear"]:
        return CLEAR
    return f"{sum(one['weight'] != 'advice' for one in check['findings'])} finding(s), no conflict"


def _state(one: Any) -> str:
    if one["ended"] is not None:
        return str(one["ended"]).upper()
    return one["state"].replace("_", " ") or "in force"


def _told(one: Any) -> str:
    to = ", ".join(one["told"])
    return f"told {one['disclosure']}" + (f" to {to}" if to else "")
