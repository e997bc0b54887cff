"""One message, read by each side in its own language: the same thing, in few words, with every unit said."""

import re
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steerclear.interfaces.phrases import CatalogueError, PhraseError, limits, load_catalogue
from steerclear.interfaces.phrases.template import hides
from steerclear.interfaces.phrases.values import TYPES
from steerclear.interfaces.phrases.words import CAUSES
from steerclear.model.messages import Cause
from steerclear.model.track import AltitudeDatum
from steerclear.model.vocabulary import MessageKind

CATALOGUE = load_catalogue()
SHIPPED = Path(str(files("steerclear.interfaces.phrases") / "catalogue"))

STOP = {"radius": "5.5 km", "place": "Ridge Hospital", "until": "2026-02-01T06:00:00Z"}


def visible(most):
    return st.text(min_size=1, max_size=most).map(str.strip).filter(lambda text: text and not hides(text))


figures = st.decimals(0, 9_999_999, places=3, allow_nan=False).map(lambda number: f"{number.normalize():f}")
latitudes = st.decimals(-90, 90, places=7).map(lambda number: f"{number:f}")
longitudes = st.decimals(-180, 180, places=7).map(lambda number: f"{number:f}")
VALUES = {
    "text": visible(limits.MAX_TEXT_CHARS),
    "name": visible(limits.MAX_NAME_CHARS),
    "function": visible(limits.MAX_FUNCTION_CHARS),
    "callsign": st.from_regex(r"[A-Z0-9]([A-Z0-9 -]{0,14}[A-Z0-9])?", fullmatch=True),
    "time": st.datetimes().map(lambda moment: f"{moment.replace(microsecond=0).isoformat()}Z"),
    "distance": st.builds("{} {}".format, figures, st.sampled_from(["m", "km", "NM", "ft"])),
    "altitude": st.one_of(
        st.integers(0, 999).map("FL{:03d}".format),
        st.builds(
            "{}{} {} {}".format,
            st.sampled_from(["", "-"]),
            figures,
            st.sampled_from(["m", "ft"]),
            st.sampled_from(list(AltitudeDatum)),
        ),
    ),
    "latitude": latitudes,
    "longitude": longitudes,
    "position": st.builds("{},{}".format, latitudes, longitudes),
    "bearing": st.integers(0, 360).map("{:03d}".format),
    "cause": st.sampled_from(CAUSES),
}


@st.composite
def said(draw):
    code = draw(st.sampled_from(CATALOGUE.codes()))
    return code, {name: draw(VALUES[kind]) for name, kind in CATALOGUE.parameters(code).items()}


@pytest.mark.requirement("SC-PHR-01")
@given(said())
def test_whatever_can_be_said_can_be_read_in_every_language(phrase):
    code, parameters = phrase
    for language in CATALOGUE.languages:
        read = CATALOGUE.render(code, parameters, language)
        assert 0 < len(read) <= limits.MAX_RENDERED_CHARS
        assert not hides(read)
        assert read == CATALOGUE.render(code, tuple(parameters.items()), language)
        for name, kind in CATALOGUE.parameters(code).items():
            if kind in ("text", "name", "function", "callsign"):
                assert parameters[name] in read


@pytest.mark.requirement("SC-PHR-01")
@given(st.sampled_from(sorted(VALUES)), st.data())
def test_no_value_is_longer_than_the_longest_that_room_is_kept_for(kind, data):
    value = data.draw(VALUES[kind])
    for language in CATALOGUE.spoken:
        assert len(TYPES[kind].say(value, language.words)) <= TYPES[kind].most_chars(language.words)


@pytest.mark.requirement("SC-PHR-01")
def test_a_safety_stop_reads_the_same_in_both_languages():
    assert CATALOGUE.render("safety_stop.keep_clear", STOP, "en") == (
        "People of ours are here: keep clear. Stay outside 5.5 km around Ridge Hospital "
        "until 06:00 UTC on 1 February 2026."
    )
    assert CATALOGUE.render("safety_stop.keep_clear", STOP, "fr") == (
        "Nous avons des personnes ici : restez à l'écart. Rayon de 5,5 km autour du point Ridge Hospital, "
        "jusqu'au 1er février 2026 à 06:00 UTC."
    )


@pytest.mark.requirement("SC-PHR-01")
def test_the_catalogue_has_words_for_the_whole_vocabulary():
    kinds = {code.partition(".")[0] for code in CATALOGUE.codes()}
    assert kinds - {"read_back"} <= {kind.value for kind in MessageKind}
    asked = {"line_check", "line_check_answer", "safety_stop", "identification_request", "response", "request"}
    assert asked | {"notice", "relay", "line_state", "consultation", "incident_report", "read_back"} <= kinds
    assert {cause.value for cause in Cause} <= set(CAUSES)
    assert len(CATALOGUE.codes()) >= 60
    assert CATALOGUE.codes("relay") == ("relay.confirmed", "relay.not_yet_confirmed")
    assert CATALOGUE.codes("weapon") == ()
    assert CATALOGUE.languages == {"en": "English", "fr": "français"}


@pytest.mark.requirement("SC-PHR-02")
@pytest.mark.parametrize(
    ("kind", "value", "english", "french"),
    [
        ("time", "2026-01-31T06:00:30Z", "06:00:30 UTC on 31 January 2026", "31 janvier 2026 à 06:00:30 UTC"),
        ("time", "2026-08-01T23:59:00Z", "23:59 UTC on 1 August 2026", "1er août 2026 à 23:59 UTC"),
        ("distance", "1500 m", "1500 m", "1500 m"),
        ("distance", "0.5 NM", "0.5 NM", "0,5 NM"),
        ("altitude", "FL095", "flight level 095", "niveau de vol 095"),
        (
            "altitude",
            "1500.5 ft msl_geoid",
            "1500.5 ft above mean sea level",
            "1500,5 ft au-dessus du niveau moyen de la mer",
        ),
        (
            "altitude",
            "15000 ft pressure_standard",
            "pressure altitude 15000 ft (1013.25 hPa)",
            "altitude-pression 15000 ft (1013,25 hPa)",
        ),
        (
            "altitude",
            "-20 m ellipsoid",
            "-20 m above the WGS84 ellipsoid",
            "-20 m au-dessus de l'ellipsoïde WGS84",
        ),
        ("position", "33.5138,-36.2765", "33°30.828' N 036°16.590' W", "33°30,828' N 036°16,590' W"),
        ("latitude", "-0.0000001", "00°00.000' S", "00°00,000' S"),
        ("latitude", "59.9999999", "60°00.000' N", "60°00,000' N"),
        ("longitude", "-180", "180°00.000' W", "180°00,000' W"),
        ("bearing", "007", "007° true", "007° vrai"),
        ("cause", "desk_unmanned", "desk unmanned", "poste non armé"),
    ],
)
def test_figures_keep_their_digits_and_say_unit_and_datum(kind, value, english, french):
    assert [language.code for language in CATALOGUE.spoken] == ["en", "fr"]
    assert [TYPES[kind].say(value, language.words) for language in CATALOGUE.spoken] == [english, french]


@pytest.mark.requirement("SC-PHR-02")
@given(latitudes, longitudes)
def test_a_position_that_is_read_aloud_is_the_position(latitude, longitude):
    read = CATALOGUE.render("read_back.position_again", {"latitude": latitude, "longitude": longitude}, "en")
    angles = re.findall(r"(\d+)°(\d\d\.\d{3})' ([NSEW])", read)
    for wanted, (degrees, minutes, side) in zip((latitude, longitude), angles, strict=True):
        assert float(minutes) < 60
        back = (int(degrees) + float(minutes) / 60) * (-1 if side in "SW" else 1)
        assert back == pytest.approx(float(wanted), abs=0.0005 / 60 + 1e-9)


@pytest.mark.requirement("SC-PHR-03")
@pytest.mark.parametrize(
    "changes",
    [
        {"radius": None},
        {"more": "than asked"},
        {"radius": "5.5"},
        {"radius": "5.5 miles"},
        {"radius": "-1 km"},
        {"radius": "1,000 m"},
        {"radius": "05 km"},
        {"radius": "١ km"},
        {"radius": "1e3 km"},
        {"until": "2026-02-30T06:00:00Z"},
        {"until": "2026-02-01T06:00:00"},
        {"until": "2026-02-01T06:00:00+02:00"},
        {"until": "tomorrow"},
        {"place": ""},
        {"place": " Ridge"},
        {"place": "x" * 81},
        {"place": "Ridge\nHospital"},
        {"place": "Ridge\x1b[31m"},
        {"place": "Ridge\u202elatipsoH"},
        {"place": "Ridge\u2028Hospital"},
        {"place": "Ridge\u200bHospital"},
    ],
    ids=repr,
)
def test_missing_unknown_and_ill_written_parameters_are_refused_with_their_name(changes):
    parameters = {name: value for name, value in (STOP | changes).items() if value is not None}
    with pytest.raises(PhraseError, match=rf"safety_stop\.keep_clear.*{next(iter(STOP.keys() & changes), 'radius')}"):
        CATALOGUE.render("safety_stop.keep_clear", parameters)


@pytest.mark.requirement("SC-PHR-03")
@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("read_back.altitude", {"altitude": "1500 ft"}),
        ("read_back.altitude", {"altitude": "1500 ft agl"}),
        ("read_back.altitude", {"altitude": "FL95"}),
        ("read_back.position_again", {"latitude": "90.1", "longitude": "0"}),
        ("read_back.position_again", {"latitude": "nan", "longitude": "0"}),
        ("read_back.position_again", {"latitude": "0", "longitude": "-180.0000001"}),
        ("response.ours_callsign", {"callsign": "north"}),
        ("response.ours_callsign", {"callsign": "-"}),
        ("response.declined_because", {"reason": "x" * 201}),
        ("line_state.degraded", {"since": "2026-02-01T06:00:00Z", "cause": "sabotage"}),
    ],
)
def test_values_outside_their_type_are_refused(code, parameters):
    with pytest.raises(PhraseError, match=code):
        CATALOGUE.render(code, parameters)


@pytest.mark.requirement("SC-PHR-03")
def test_unknown_codes_languages_and_repeated_parameters_are_refused():
    with pytest.raises(PhraseError, match=r"no phrase 'safety_stop\.fire'"):
        CATALOGUE.render("safety_stop.fire")
    with pytest.raises(PhraseError, match="no language 'xx'; there is: en, fr"):
        CATALOGUE.render("response.ours", {}, "xx")
    with pytest.raises(PhraseError, match="each of these parameters once"):
        CATALOGUE.render("response.declined_because", (("reason", "fog"), ("reason", "sun")))


@pytest.mark.requirement("SC-PHR-03")
def test_a_value_that_looks_like_a_blank_stays_a_value():
    parameters = STOP | {"place": "{until} {until:time} %s <b>"}
    assert "{until} {until:time} %s <b>" in CATALOGUE.render("safety_stop.keep_clear", parameters)


def test_the_wording_shows_the_open_blanks():
    assert CATALOGUE.wording("response.ours_reference", "fr") == "C'est à nous, référence {reference}."


# --- adding a language is adding a file


@pytest.fixture
def folder(tmp_path):
    for file in SHIPPED.glob("*.toml"):
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.mark.requirement("SC-PHR-04")
def test_adding_a_language_is_adding_a_file(folder):
    german = (folder / "en.toml").read_text().replace('name = "English"', 'name = "Deutsch"')
    (folder / "de.toml").write_text(german.replace('ours = "This is ours."', 'ours = "Das gehört uns."'))
    catalogue = load_catalogue(folder)
    assert list(catalogue.languages) == ["de", "en", "fr"]
    assert catalogue.render("response.ours", language="de") == "Das gehört uns."


@pytest.mark.requirement("SC-PHR-04")
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('ours = "C\'est à nous."\n', "", r"fr\.toml: phrases\.response\.ours: is missing; en\.toml has it"),
        (
            "[phrases.response]\n",
            '[phrases.response]\nmore = "x"\n',
            r"en\.toml: phrases\.response\.more: is missing; fr\.toml has it",
        ),
        (
            "référence {reference:name}",
            "référence {reference:text}",
            r"fr\.toml: phrases\.response\.ours_reference: its parameters are reference:text; .* reference:name",
        ),
        ("référence {reference:name}", "référence", r"phrases\.response\.ours_reference: its parameters are none"),
        ("référence {reference:name}", "référence {reference:nom}", r"ours_reference: \{reference\} has no known type"),
        ("référence {reference:name}", "référence {reference", r"ours_reference: has a brace"),
        ("référence {reference:name}", "référence {reference:name} {reference:text}", r"ours_reference: .* two types"),
        ("Nous approuvons.", "Nous \\u202eapprouvons.", r"phrases\.response\.approved: must be one line of visible"),
        ("Nous approuvons.", "", r"phrases\.response\.approved: must be one line of visible"),
        ("Nous approuvons.", "x" * 501, r"phrases\.response\.approved: can be said in 501 characters"),
        ("Nous approuvons.", "{a:text} {b:text} {c:text}", r"phrases\.response\.approved: can be said in 602"),
        ('name = "français"', 'name = "français"\nnom = "x"', r"fr\.toml: .*unknown field `nom`"),
        ('name = "français"', 'name = ""', r"fr\.toml: name: must be"),
        ('power = "panne d\'alimentation"', "", r"fr\.toml: words\.causes: .*look at: power"),
        ('power = "panne d\'alimentation"', 'power = "météo"', r"words\.causes: two different things"),
        ('east = "E"', 'east = "W"', r"words\.hemispheres: two different things"),
        ('"janvier", ', "", r"fr\.toml: words\.months: there are 11"),
        ('"{day} {month} {year} à {clock} UTC"', '"{day} {month} à {clock}"', r"words\.time: must have exactly"),
        ("{height} au-dessus du niveau", "au-dessus du niveau", r"words\.datums\.msl_geoid: must have exactly"),
        ('decimal_mark = ","', 'decimal_mark = ""', r"words\.decimal_mark"),
        ("[words.units]", "[words.units", r"fr\.toml: "),
    ],
)
def test_a_language_that_says_something_else_is_refused_with_file_and_key(folder, old, new, says):
    text = (folder / "fr.toml").read_text()
    assert text.count(old) == 1
    (folder / "fr.toml").write_text(text.replace(old, new))
    with pytest.raises(CatalogueError, match=says):
        load_catalogue(folder)


@pytest.mark.requirement("SC-PHR-04")
def test_files_that_are_no_language_are_refused(folder, tmp_path_factory):
    shutil.copy(folder / "fr.toml", folder / "Français.toml")
    with pytest.raises(CatalogueError, match=r"Français\.toml: a language's file is named by its code"):
        load_catalogue(folder)
    with pytest.raises(CatalogueError, match="has 0 languages"):
        load_catalogue(tmp_path_factory.mktemp("empty"))
