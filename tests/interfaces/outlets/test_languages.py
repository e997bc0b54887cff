"""A summons is said in the language of those whom it reaches: from fixed words, one file a language."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import get_args

import msgspec
import pytest

from steerclear.interfaces.cli.node_file import OutletSection
from steerclear.interfaces.outlets import OutletsError, limits, open_outlets
from steerclear.interfaces.outlets.languages import language_for, load_languages, shipped_languages
from steerclear.interfaces.outlets.wording import as_text, headline
from steerclear.model.messages import Message, Step
from steerclear.model.vocabulary import Urgency
from tests.interfaces.outlets.smtp_server import mail_server
from tests.services.test_reach import SUMMONS

KINDS = [str(kind.__struct_config__.tag) for kind in get_args(Message)]
CATALOGUE = files("steerclear.interfaces.outlets") / "catalogue"
ENGLISH = (CATALOGUE / "en.toml").read_text()
SAID_BY_STEP = {
    "en": {Step.ACKNOWLEDGEMENT: "acknowledged", Step.RELAY: "relayed", Step.RESPONSE: "answered"},
    "fr": {Step.ACKNOWLEDGEMENT: "accusé de lecture", Step.RELAY: "son relais", Step.RESPONSE: "attend une réponse"},
}


def every_summons():
    for kind in KINDS:
        for urgency in Urgency:
            for step in Step:
                for outgoing in (False, True):
                    yield msgspec.structs.replace(SUMMONS, kind=kind, urgency=urgency, step=step, outgoing=outgoing)


def told(tmp_path, section="", node="en"):
    """The headline that an outlet writes."""
    language = {"language": section} if section else {}
    outlets = open_outlets({"log": OutletSection(file="out.jsonl", **language)}, tmp_path, node)
    assert outlets.reach("log", SUMMONS).reached
    return json.loads((tmp_path / "out.jsonl").read_bytes().splitlines()[-1])["headline"]


ENGLISH_HEADLINE = "immediate safety stop from north waits to be acknowledged: air commander, please take the line"
FRENCH_HEADLINE = (
    "Arrêt de sécurité (immédiat) de north : attend un accusé de lecture. air commander, veuillez prendre la ligne"
)


@pytest.mark.requirement("SC-OUT-09")
@pytest.mark.parametrize(
    ("section", "node", "said"),
    [
        ("", "en", ENGLISH_HEADLINE),
        ("fr", "en", FRENCH_HEADLINE),
        ("", "fr", FRENCH_HEADLINE),
        ("en", "fr", ENGLISH_HEADLINE),
        ("fr-CA", "en", FRENCH_HEADLINE),
        ("uk", "fr", ENGLISH_HEADLINE),  # not there: English, not the language of others
        ("", "uk", ENGLISH_HEADLINE),
    ],
)
def test_an_outlet_speaks_its_own_language_the_nodes_or_english(tmp_path, section, node, said):
    assert told(tmp_path, section, node) == said


@pytest.mark.requirement("SC-OUT-09")
def test_a_mail_is_whole_in_the_receivers_language(tmp_path):
    with mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?from=line@south.example&to=commander@south.example&format=text"
        outlets = open_outlets({"mail": OutletSection(apprise=(url,), language="fr")}, tmp_path)
        assert outlets.reach("mail", SUMMONS).reached
    (mail,) = server.mails
    body = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == FRENCH_HEADLINE
    assert "Pour : air commander, bureau south-1 de south" in body
    assert "Échéance : 2026-01-01 00:01:00 UTC" in body
    assert "une réponse à ce message n'atteint pas la ligne" in body
    assert not [word for word in ("Message:", "Kind", "Due", "Acknowledge") if word in body]


@pytest.mark.requirement("SC-OUT-10")
@pytest.mark.parametrize("code", sorted(shipped_languages()))
def test_everything_can_be_said_and_no_step_looks_like_another(code):
    language = shipped_languages()[code]
    words = SAID_BY_STEP[code]
    for summons in every_summons():
        line = headline(summons, language)
        assert [step for step, word in words.items() if word in line] == [summons.step]
        assert all(word in line for word in ("north", "air commander", language.urgency[summons.urgency]))
        assert language.kind[summons.kind] in line
        assert "{" not in as_text(summons, language)
        assert len(line) < limits.MAX_HEADLINE_CHARS
    to, from_ = (msgspec.structs.replace(SUMMONS, outgoing=outgoing) for outgoing in (True, False))
    assert headline(to, language) != headline(from_, language)


@pytest.mark.requirement("SC-OUT-10")
def test_what_fills_a_blank_is_never_read_as_one():
    hostile = msgspec.structs.replace(SUMMONS, function="{peer.__class__}{0}", peer="{kind}")
    line = headline(hostile, shipped_languages()["en"])
    assert line.startswith("immediate safety stop from {kind} waits")
    assert "{peer.__class__}{0}, please" in line


@pytest.mark.requirement("SC-OUT-10")
def test_adding_a_language_is_adding_a_file(tmp_path):
    (tmp_path / "en.toml").write_text(ENGLISH)
    added = ENGLISH.replace("please take the line", "bitte an die Leitung").replace('"English"', '"Deutsch"')
    (tmp_path / "de.toml").write_text(added)
    languages = load_languages(tmp_path)
    assert set(languages) == {"de", "en"}
    assert headline(SUMMONS, language_for("de-CH", languages)).endswith("air commander, bitte an die Leitung")
    assert language_for("fr", languages) is languages["en"]


BROKEN = {
    "a kind is missing": (ENGLISH.replace('relay = "relay"\n', ""), r"de\.toml: kind\.relay: is missing"),
    "a kind nobody knows": (ENGLISH + 'strike = "strike"\n', r"de\.toml: kind\.strike: is not known"),
    "a step is missing": (ENGLISH.replace("response =", "answer =", 1), r"headline\.to\.response: is missing"),
    "a blank is missing": (ENGLISH.replace(" to {peer}", "", 1), r"headline\.to\.acknowledgement: must have these"),
    "another blank": (ENGLISH.replace("{rung}", "{text}"), r"lines\.rung: must have these blanks"),
    "a blank that looks inside": (ENGLISH.replace("{rung}", "{rung.x}"), r"lines\.rung: must have"),
    "a blank with a form": (ENGLISH.replace("{rung}", "{rung:>9999}"), r"lines\.rung: must have"),
    "a brace left open": (ENGLISH.replace("{rung}", "{rung"), r"de\.toml: "),
    "an empty word": (ENGLISH.replace('"urgent"', '" "'), r"urgency\.urgent: must be 1 to"),
    "a control character": (ENGLISH.replace('"urgent"', '"a\\nb"'), r"urgency\.urgent: must be 1 to"),
    "too long a word": (ENGLISH.replace('"urgent"', f'"{"u" * 161}"'), r"urgency\.urgent: must be 1 to"),
    "a table too many": (ENGLISH + "[more]\n", r"unknown field"),
    "no table": ('name = "x"\n', r"headline"),
    "no TOML": ("nonsense", r"de\.toml: "),
    "too large": ("#" * (limits.MAX_LANGUAGE_BYTES + 1), r"the limit is 65,536"),
}


@pytest.mark.requirement("SC-OUT-10")
@pytest.mark.parametrize("what", BROKEN)
def test_a_language_that_does_not_say_everything_is_refused_by_file_and_key(tmp_path, what):
    text, says = BROKEN[what]
    (tmp_path / "en.toml").write_text(ENGLISH)
    (tmp_path / "de.toml").write_text(text)
    with pytest.raises(OutletsError, match=says):
        load_languages(tmp_path)


@pytest.mark.requirement("SC-OUT-10")
def test_a_catalogue_needs_english_good_names_and_a_bound(tmp_path, monkeypatch):
    with pytest.raises(OutletsError, match=r"lack en\.toml"):
        load_languages(tmp_path)
    (tmp_path / "en.toml").write_text(ENGLISH)
    (tmp_path / "klingon.toml").write_text(ENGLISH)
    with pytest.raises(OutletsError, match="named by its code"):
        load_languages(tmp_path)
    monkeypatch.setattr(limits, "MAX_LANGUAGES", 1)
    with pytest.raises(OutletsError, match="the limit is 1"):
        load_languages(tmp_path)


@pytest.mark.requirement("SC-OUT-09")
@pytest.mark.parametrize("code", ["", "French", "fr_CA", "../en", "e", "fr\n"])
def test_what_is_no_code_of_a_language_is_refused_at_the_start(tmp_path, code):
    section = OutletSection(file="out.jsonl", language=code)
    with pytest.raises(OutletsError, match=r"outlets\.log\.language: .* is no code of a language"):
        open_outlets({"log": section}, tmp_path)
    with pytest.raises(OutletsError, match=r"node\.language: .* is no code of a language"):
        open_outlets({"log": OutletSection(file="out.jsonl")}, tmp_path, code)
