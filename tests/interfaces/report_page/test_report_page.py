"""The report as a page and as PDF: complete, self-contained, and with no word from outside as part of it."""

from __future__ import annotations

import html
import json
import re
import sys
from html.parser import HTMLParser

import msgspec
import pytest

from steerclear.app.main import main
from steerclear.interfaces.agreement_file import encode_agreement
from steerclear.interfaces.report_page import PdfUnavailableError, render_pdf, render_report, report_content
from steerclear.interfaces.report_page.content import UNMARKED
from steerclear.interfaces.report_page.tables import ANSWERS
from steerclear.services.joint.join import join
from steerclear.services.joint.redact import timeline_for
from steerclear.services.joint.timeline import JointTimeline
from tests.services.joint.scene import Scene, terms

HOSTILE = "</td></script><script>alert(1)</script>\"' onload=x & <img src=x onerror=y> #panic() $x$ ]]> \u202eevil"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    with Scene(tmp_path_factory.mktemp("report")) as told:
        told.story()
        yield told


@pytest.fixture(scope="module")
def timeline(scene) -> JointTimeline:
    return join([scene.evidence("north"), scene.evidence("south")])


class Elements(HTMLParser):
    """Every element and attribute of a page, as a browser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    handle_startendtag = handle_starttag

    def handle_data(self, data) -> None:
        self.text.append(data)


@pytest.mark.requirement("SC-JNT-10")
def test_the_page_needs_nothing_from_outside_and_runs_its_own_script_only(timeline):
    page = render_report(report_content(timeline, "EXERCISE ONLY")).decode()
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    found = Elements(page)
    assert found.tags.count("script") == 2
    assert not {"link", "img", "iframe", "object", "embed", "form", "base"} & set(found.tags)
    assert not {"style", "src"} & found.attributes
    assert not any(name.startswith("on") for name in found.attributes)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)


@pytest.mark.requirement("SC-JNT-10")
def test_everything_of_the_timeline_is_on_the_page(timeline):
    found = Elements(render_report(report_content(timeline, "EXERCISE ONLY")).decode())
    words = " ".join(found.text)
    for event in timeline.events:
        assert event.words in words
    for message in timeline.messages:
        assert message.kind in ANSWERS or message.message_id in words
    for fact in timeline.facts:
        assert fact.words in words
    for claim in timeline.claims:
        assert all(said in words for said in claim.says.values())
    for side in timeline.sides:
        assert side.manifest_sha256 in words
        assert all(line in words for line in (*side.proven, *side.not_proven))
    assert found.text.count("EXERCISE ONLY") == 2
    assert found.tags.count("svg") == 2
    assert "first battalion, 08:01" in words


@pytest.mark.requirement("SC-JNT-10")
def test_silence_and_the_five_states_never_look_alike(timeline):
    page = render_report(report_content(timeline)).decode()
    assert "NO ANSWER, due" in page
    assert page.count("SILENCE</td>") == len([one for one in timeline.events if one.kind == "silence"])
    head = re.search(r"<tr>(<th[^>]*>message.*?)</tr>", page)[1]
    columns = re.findall(r">([^<]+)</th>", head)
    assert columns[2:7] == ["received by machine", "acknowledged", "relayed", "no objection", "approved"]
    assert UNMARKED in page


def hostile(value):
    """The same timeline with every free text of it replaced by what would do harm as markup."""
    known = {"party", "kind", "sender", "receiver", "message_id", "step", "reference", "seen_by", "severity", "change"}
    if isinstance(value, dict):
        return {key: one if key in known else hostile(one) for key, one in value.items()}
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return HOSTILE if isinstance(value, str) and value not in ("circle", "polygon", "pressure_standard") else value


@pytest.fixture(scope="module")
def hostile_timeline(timeline) -> JointTimeline:
    plain = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(timeline, cases=(), places=())))
    spoiled = hostile(plain)
    spoiled["parties"] = plain["parties"]
    for message, kept in zip(spoiled["messages"], timeline.messages, strict=True):
        message["due_s"] = dict(kept.due_s)
        message["unanswered"] = list(kept.unanswered)
    return msgspec.convert(spoiled, JointTimeline, strict=False)


@pytest.mark.requirement("SC-JNT-10")
def test_no_word_from_outside_becomes_part_of_the_page(timeline, hostile_timeline):
    clean = Elements(render_report(report_content(timeline, "X")).decode())
    page = render_report(report_content(hostile_timeline, HOSTILE)).decode()
    found = Elements(page)
    assert set(found.tags) == set(clean.tags)
    assert found.tags.count("script") == clean.tags.count("script")
    assert found.attributes <= clean.attributes | {"colspan"}
    assert "alert(1)" in " ".join(found.text)
    assert "\u202e" not in page
    assert "\\u202e" in page
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
    assert not set("<>&") & set(data)
    assert json.loads(data)[0]["label"].startswith("</td>")


@pytest.mark.requirement("SC-JNT-12")
def test_the_pdf_has_the_same_content_also_of_hostile_words(timeline, hostile_timeline):
    for content in (report_content(timeline, "EXERCISE"), report_content(hostile_timeline, HOSTILE)):
        made = render_pdf(content)
        assert made.startswith(b"%PDF-")
        assert len(made) > 10_000
        assert b"/URI" not in made
        assert b"/JavaScript" not in made


@pytest.mark.requirement("SC-JNT-12")
def test_without_typst_one_is_told_what_to_do(timeline, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(PdfUnavailableError, match=r"steerclear\[report\]"):
        render_pdf(report_content(timeline))


@pytest.mark.requirement("SC-JNT-11")
def test_a_report_for_a_reader_says_what_is_left_out(timeline):
    page = render_report(report_content(timeline_for(timeline, "south"))).decode()
    assert "Made for south: left out are" in page
    public = Elements(render_report(report_content(timeline_for(timeline, "public"), "OPEN")).decode())
    words = " ".join(public.text)
    assert "not agreed on a read-out" in words
    for secret in ("N1", "S1", "battalion", "people of ours", "north:south"):
        assert secret not in words


def steerclear(capsysbinary, *arguments) -> tuple[int, bytes, str]:
    """Exit code, output and complaint of one command."""
    with pytest.raises(SystemExit) as ended:
        main(["incident", *map(str, arguments)])
    out, complaint = capsysbinary.readouterr()
    return int(ended.value.code or 0), out, complaint.decode()


@pytest.mark.requirement("SC-JNT-13")
def test_the_commands_work_offline_on_both_sides_bundles(scene, timeline, tmp_path, capsysbinary):
    north, south = scene.frozen["north"], scene.frozen["south"]

    def run(*arguments):
        return steerclear(capsysbinary, *arguments)

    code, out, _ = run("timeline", north, south, "--json")
    assert code == 0
    assert msgspec.json.decode(out, type=JointTimeline) == timeline
    code, out, _ = run("timeline", north, "--for", "south")
    assert code == 0
    assert b"Made for south" in out
    page, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    code, _, complaint = run("report", north, south, "--html", page, "--pdf", pdf, "--classification", "EXERCISE")
    assert code == 0, complaint
    assert page.read_bytes() == render_report(report_content(timeline, "EXERCISE"))
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert run("report", north, south, "--html", page)[0] == 9
    assert run("report", north, south)[0] == 2
    assert run("timeline", north, north)[0] == 2
    other = tmp_path / "other.toml"
    agreement = terms()
    deadlines = tuple(
        msgspec.structs.replace(one, acknowledge_s=one.relay_s or one.respond_s) for one in agreement.message_deadlines
    )
    other.write_bytes(encode_agreement(msgspec.structs.replace(agreement, message_deadlines=deadlines)))
    code, out, complaint = run("what-if", north, "--agreement", other)
    assert code == 0, complaint
    assert b"kept where it was missed" in out
    spoiled = tmp_path / "spoiled.zip"
    spoiled.write_bytes(north.read_bytes()[:-30])
    assert run("timeline", spoiled, south)[0] == 8
    assert run("what-if", north, "--agreement", spoiled)[0] == 5


@pytest.mark.requirement("SC-JNT-10")
def test_places_that_are_nowhere_on_earth_do_not_hold_up_the_page(timeline):
    """A side may write any number into its bundle; a map that has to hold them all would never be finished."""
    alert = timeline.alerts[0]
    places = ((1e300, 7.0), (46.5, -1e300), (46.5, 7.3), (46.6, 7.4))
    change = msgspec.structs.replace(alert.changes[0], places=places)
    far = msgspec.structs.replace(timeline, tracks=(), alerts=(msgspec.structs.replace(alert, changes=(change,)),))
    page = render_report(report_content(far)).decode()
    assert 'id="map"' in page
    nowhere = msgspec.structs.replace(
        timeline, tracks=(), places=(), alerts=(msgspec.structs.replace(alert, changes=(
            msgspec.structs.replace(change, places=places[:2]),)),)
    )  # fmt: skip
    assert 'id="map"' not in render_report(report_content(nowhere)).decode()
