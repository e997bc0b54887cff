"""An agreement that contradicts itself is refused, with the line on which the contradiction stands."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from steerclear.interfaces.agreement_file import AgreementError, decode_agreement
from steerclear.model.limits import MAX_PLACES

EXAMPLE = (Path(__file__).parents[3] / "docs" / "example-agreement.toml").read_text()
PASS = EXAMPLE[EXAMPLE.index('[[areas]]\nid = "the-pass"') : EXAMPLE.index("[[zones]]")]
UPPER = EXAMPLE[EXAMPLE.index('[[areas]]\nid = "upper-valley"') : EXAMPLE.index('[[areas]]\nid = "lower-valley"')]
RULE = EXAMPLE[EXAMPLE.index("[[pair_minima]]") : EXAMPLE.index('[[pair_minima]]\nkinds = ["uncrewed", "uncrewed"]')]
SECOND_DESK = '[[parties.desks]]\nid = "south-desk"'


def line_of(text: str, mark: str, after: str = "") -> int:
    """The line, from 1, on which a text stands for the first time behind another."""
    return text[: text.index(mark, text.index(after))].count("\n") + 1


FAULTS: dict[str, tuple[str, str, str, str, str]] = {
    # what: (text, instead of it, the offending text, what it stands behind, what must be said)
    "two upper limits": (
        'upper = "14,000 ft"\n',
        'upper = "14,000 ft"\nupper = "12,000 ft"\n',
        'upper = "12,000 ft"',
        "",
        "two values for one thing contradict",
    ),
    "upper not above lower": ('"14,000 ft"', '"0.0 ft"', '"0.0 ft"', "", "outside the limit"),
    "upper below lower": (
        'lower = "0 ft"\nupper = "14,000',
        'lower = "15,000 ft"\nupper = "14,000',
        'upper = "14',
        "",
        "is not above lower",
    ),
    "area over before it begins": (
        PASS,
        PASS.replace("until = 2027", "until = 2025"),
        "until = 2025",
        "",
        "is not after from",
    ),
    "two areas with one id": (
        'id = "the-pass"',
        'id = "upper-valley"',
        'id = "upper-valley"',
        'name = "Lower valley"',
        "already there as areas[0]",
    ),
    "claim of a stranger": (
        '["north", "south"]\ndisputed',
        '["north", "east"]\ndisputed',
        "claimed_by",
        'id = "the-pass"',
        "'east' is not a party",
    ),
    "claimed twice, not disputed": ("disputed = true\n", "", "claimed_by", 'id = "the-pass"', "disputed = true"),
    "disputed by one": (
        '["north", "south"]\ndisputed',
        '["north"]\ndisputed',
        "disputed",
        'id = "the-pass"',
        "one party alone claims it",
    ),
    "circle and polygon": (
        PASS,
        PASS + "polygon = [[47, 10], [48, 10], [48, 11]]\n",
        "polygon",
        'id = "the-pass"',
        "not both",
    ),
    "area around the world": (
        "[47.25, 10.60]",
        "[-47.25, -100.60]",
        "polygon",
        'id = "upper-valley"',
        "split the area",
    ),
    "inline key misspelt": ('radius = "4 NM"', 'radios = "4 NM"', "circle", 'id = "the-pass"', "radius"),
    "no last rung": ("last = true\n", "", "function", 'after = "5 min"', "without a last rung"),
    "two last rungs": (
        'after = "2 min"\n',
        'after = "2 min"\nlast = true\n',
        'function = "commander"',
        "[[ladders]]",
        "stands after the last rung",
    ),
    "rungs not rising": ('after = "5 min"', 'after = "2 min"', "after", 'function = "commander"', "is not later than"),
    "empty ladder": ("[[deadlines]]", '[[ladders]]\nid = "empty"\n\n[[deadlines]]', 'id = "empty"', "", "has no rung"),
    "two ladders of one name": ('id = "both-sides"', 'id = "urgent"', 'id = "urgent"', "# Who hears", "already there"),
    "rung that reaches nobody": (
        SECOND_DESK + '\nfunctions = ["duty officer", "deputy", "commander", "minister"]',
        SECOND_DESK + '\nfunctions = ["duty officer", "deputy", "commander"]',
        'function = "minister"',
        "[[ladders]]",
        "no desk of 'south' has the function 'minister'",
    ),
    "ladder that is not there": (
        'ladder = "both-sides"',
        'ladder = "long"',
        'ladder = "long"',
        "",
        "no ladder 'long'; there are: urgent, both-sides",
    ),
    "alert deadline's ladder": ('ladder = "urgent"', 'ladder = "long"', 'ladder = "long"', "", "no ladder 'long'"),
    "relay before acknowledgement": (
        'relay_within = "3 min"',
        'relay_within = "59 s"',
        "relay_within = ",
        "",
        "shorter than acknowledge_within",
    ),
    "answer before acknowledgement": (
        'respond_within = "5 min"',
        'respond_within = "59 s"',
        'respond_within = "59 s"',
        "",
        "shorter than acknowledge_within",
    ),
    "deadline said twice": (
        'message = "request"',
        'message = "identification_request"',
        'message = "identification_request"',
        'urgency = "urgent"\nacknowledge_within = "60 s"\nrelay_within = "5 min"',
        "already there",
    ),
    "asked urgently about what is not looked for yet": (
        'urgent_within = "5 min"',
        'urgent_within = "6 min"',
        'urgent_within = "6 min"',
        "",
        "is longer than lookahead",
    ),
    "immediate before it is urgent": (
        'immediate_within = "2 min"',
        'immediate_within = "301 s"',
        'immediate_within = "301 s"',
        "",
        "is longer than urgent_within",
    ),
    "deadline of an answer": (
        'message = "request"',
        'message = "response"',
        'message = "response"',
        "",
        "nobody owes anything to a response",
    ),
    "deadline of a line check": (
        'message = "request"',
        'message = "line_check"',
        'message = "line_check"',
        "",
        "stands under [line_checks]",
    ),
    "step that is not owed": (
        'message = "request"',
        'message = "line_state"',
        "respond_within",
        'message = "line_state"',
        "is not owed a response",
    ),
    "notice longer than valid": ('before = "2 d"', 'before = "8 d"', 'before = "8 d"', "", "would lapse before"),
    "notice time said twice": (
        'subject = "activity"',
        'subject = "flight"',
        'subject = "flight"',
        'valid = "24 h"',
        "already there as notice_times[0]",
    ),
    "disclosure said twice": (
        'subject = "protected_site"',
        'subject = "flight"',
        'subject = "flight"',
        'disclosure = "coarse"',
        "already there as disclosure[0]",
    ),
    "fallback said twice": ('"suspended"', '"degraded"', 'condition = "degraded"', "measure", "already there"),
    "precedence said twice": (
        'by = "activated"',
        'by = "emergency"',
        'by = "emergency"',
        'by = "crewed"',
        "already there as precedence[0]",
    ),
    "two places of one name": (
        'name = "The bridge"',
        'name = "valley  AIRFIELD"',
        'name = "valley  AIRFIELD"',
        "",
        "already there as places[0]",
    ),
    "place that is nowhere": ("[46.95, 10.35]", "[96.95, 10.35]", "at = [96.95", "", "from -90 to 90"),
    "place that is no position": ('"47.0817,10.4458"', '"47.0817"', 'at = "47', "", "latitude, longitude"),
    "place without a name": ('name = "The bridge"\n', "", "[[places]]", "10.35]", "is missing"),
    "precedence of a stranger": (
        'first = "south"',
        'first = "east"',
        'first = "east"',
        "",
        "'east' is not a party",
    ),
    "precedence over oneself": (
        'before = "north"',
        'before = "south"',
        'before = "south"',
        "",
        "a party does not go before itself",
    ),
    "precedence both ways": (
        'before = "north"\n',
        'before = "north"\n[[precedence]]\nby = "party"\nfirst = "north"\nbefore = "south"\n',
        'first = "north"',
        "",
        "go round in a circle",
    ),
    "parties in a rule for all": (
        'by = "priority"\n',
        'by = "priority"\nfirst = "north"\n',
        'first = "north"',
        "",
        "is not a key of this table",
    ),
    "outlets of no function": (
        'function = "commander"\noutlets',
        'function = "pilot"\noutlets',
        'function = "pilot"',
        "",
        "the desk has no function 'pilot'",
    ),
    "outlets said twice": (
        'function = "commander"\noutlets',
        'function = "duty officer"\noutlets',
        'function = "duty officer"',
        '"duty-phone"',
        "already there",
    ),
    "agency of two parties": (
        '["Relief flights"]',
        '["transport  WING"]',
        'agencies = ["transport',
        "",
        "bound by 'north' already",
    ),
    "agency repeated": ('["Relief flights"]', '["Relief", "relief"]', 'agencies = ["Relief"', "", "is there twice"),
    "minima for no area": (
        'area = "lower-valley"',
        'area = "moon"',
        'area = "moon"',
        "",
        "no area 'moon'; there are: upper-valley, lower-valley, the-pass",
    ),
    "minima said twice": (
        RULE,
        RULE + RULE.replace('"crewed", "uncrewed"', '"uncrewed", "crewed"'),
        'kinds = ["uncrewed", "crewed"]',
        "",
        "in area 'lower-valley' are there already",
    ),
    "minima that overlap": (
        RULE,
        RULE + RULE.replace("lower-valley", "the-pass"),
        'area = "the-pass"',
        "",
        "overlap in space and time",
    ),
    "check answered after the next": (
        'answer_within = "5 min"',
        'answer_within = "5 h"',
        "answer_within",
        "",
        "longer than the time to the next",
    ),
    "one missed check is no series": ("series = 3", "series = 1", "series = 1", "", "from 2 to 100"),
    "language by name": ('["en", "fr"]', '["English"]', "languages", "", "code of a language"),
    "first version that amends": (
        "version = 1\n",
        'version = 1\namends = "' + "ab" * 32 + '"\n',
        "amends",
        "",
        "the first version amends nothing",
    ),
    "later version that does not": ("version = 1\n", "version = 2\n", "[agreement]", "", "must name the SHA-256"),
    "digest of something else": (
        "version = 1\n",
        'version = 2\namends = "' + "AB" * 32 + '"\n',
        "amends",
        "",
        "64 lower-case hexadecimal digits",
    ),
    "second witness key too short": (
        'witness = "P196',
        'witness_ml_dsa = "' + b64encode(bytes(1311)).decode() + '"\nwitness = "P196',
        "witness_ml_dsa",
        "",
        "1,312-byte ML-DSA-44",
    ),
    "table twice": ("[line_checks]", "[minima]\n\n[line_checks]", "[minima]", "lookahead", "is there already"),
}


@pytest.mark.requirement("SC-IDN-09")
@pytest.mark.requirement("SC-AGR-05")
@pytest.mark.requirement("SC-CHK-20")
@pytest.mark.parametrize("what", FAULTS)
def test_a_contradiction_is_refused_with_the_line_on_which_it_stands(what: str) -> None:
    old, new, offending, behind, message = FAULTS[what]
    assert old in EXAMPLE
    text = EXAMPLE.replace(old, new, 1)
    with pytest.raises(AgreementError) as refused:
        decode_agreement(text.encode())
    assert message in str(refused.value)
    assert f"line {line_of(text, offending, behind)})" in str(refused.value)


@pytest.mark.requirement("SC-AGR-05")
def test_minima_in_areas_that_only_touch_do_not_contradict() -> None:
    neighbour = EXAMPLE.replace(RULE, RULE + RULE.replace("lower-valley", "upper-valley"))
    assert len(decode_agreement(neighbour.encode()).pair_minima) == 3
    later = EXAMPLE.replace(RULE, RULE + RULE.replace("lower-valley", "the-pass")).replace(
        PASS, PASS.replace("until = 2027", "until = 2029").replace("from = 2026", "from = 2027")
    )
    assert len(decode_agreement(later.encode()).pair_minima) == 3
    assert UPPER in EXAMPLE


def test_values_over_several_lines_are_found_where_they_begin() -> None:
    text = EXAMPLE.replace('languages = ["en", "fr"]\n', 'languages = ["en"]\nlanguages = [\n  "en",\n  "fr",\n]\n')
    with pytest.raises(AgreementError, match=r"languages \(line 9\) is said already on line 8"):
        decode_agreement(text.encode())


@pytest.mark.requirement("SC-CHK-24")
@pytest.mark.parametrize("text", ["46.95,10.35", "46.95, 10.35", "+46.95,10.35"])
def test_a_position_may_be_written_as_on_the_command_line(text: str) -> None:
    written = decode_agreement(EXAMPLE.replace("at = [46.95, 10.35]", f'at = "{text}"').encode())
    assert written == decode_agreement(EXAMPLE.encode())


@pytest.mark.requirement("SC-CHK-20")
def test_more_places_than_can_be_read_aloud_are_refused() -> None:
    place = '[[places]]\nname = "Mark {}"\nat = [47.0, 10.0]\n\n'
    places = "".join(place.format(number) for number in range(MAX_PLACES - 1))
    with pytest.raises(AgreementError, match=r"places.* needs 0 to 100 tables, it has 101"):
        decode_agreement(EXAMPLE.replace("[[areas]]", places + "[[areas]]", 1).encode())
