"""The picture of the bands: what is free is drawn where it is, and nothing that others wrote can act."""

import re
import xml.etree.ElementTree as ET

import msgspec
import pytest

from steerclear.interfaces.advice_picture import draw_advice
from steerclear.interfaces.advice_picture.drawing import MAX_LINES
from steerclear.model.advice import Advice, Bands, Manoeuvre, ManoeuvreKind, Nearby, Performance, Span
from steerclear.model.track import AltitudeDatum

ABLE = Performance(
    turn_deg_s=1.5, accelerate_mps2=0.5, vertical_mps2=2.4, climb_mps=7.6, slowest_mps=160.0, fastest_mps=240.0,
    level_change_m=1_219.2,
)  # fmt: skip
NEAR = Nearby(
    track_id="t2", label="S8", horizontal_m=9_400.0, vertical_m=None, in_s=80.0, loss=False,
    minimum_horizontal_m=9_260.0, minimum_vertical_m=259.08,
)  # fmt: skip


def advice(**changes):
    fields = {
        "track_id": "t1", "label": "N7", "time_s": 1_700_000_000.0, "lookahead_s": 300.0,
        "altitude_datum": AltitudeDatum.PRESSURE_STANDARD, "performance": ABLE,
        "losses": (msgspec.structs.replace(NEAR, horizontal_m=0.0, loss=True),), "areas": ("ROZ1",),
        "bands": (
            Bands(kind=ManoeuvreKind.HEADING, low=0.0, high=360.0, now=0.0,
                  free=(Span(low=40.0, high=150.0), Span(low=200.0, high=320.0))),
            Bands(kind=ManoeuvreKind.LEVEL, low=8_000.0, high=12_000.0, now=10_000.0,
                  free=(Span(low=8_000.0, high=9_000.0),)),
            Bands(kind=ManoeuvreKind.SPEED, low=160.0, high=240.0, now=200.0, free=()),
        ),
        "manoeuvres": (
            Manoeuvre(kind=ManoeuvreKind.HEADING, change=40.0, target=40.0, effort=1.3,
                      words="turn right to 040 degrees (40 degrees)", closest=(NEAR,)),
        ),
        "regain": None, "compared": 1, "notes": ("a note",),
    } | changes  # fmt: skip
    return Advice(**fields)


def texts(svg):
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.tag.endswith("text")]


@pytest.mark.requirement("SC-ADV-06")
def test_the_ring_and_the_tapes_show_what_is_free_and_the_words_say_it():
    svg = draw_advice(advice())
    said = texts(svg)
    assert "turn right to 040 degrees (40 degrees): effort 1.3; nearest S8 at 5.1 NM and vertical distance unknown in" \
        " 80 s" in said  # fmt: skip
    assert any(line.startswith("If nothing is changed: S8 at 0.0 NM") for line in said)
    assert "If nothing is changed: enters zone ROZ1" in said
    assert "a note" in said
    assert any("sent to nobody" in line for line in said)
    # Two arcs and one stretch of level; nothing of speed.
    assert len(re.findall(r'class="free"', svg)) == 3
    # 040 degrees on a ring of 150 about (210, 275): east 96.4, north 114.9.
    assert "M306.4 160.1A" in svg


def test_all_free_is_a_whole_ring():
    ring = Bands(kind=ManoeuvreKind.HEADING, low=0.0, high=360.0, now=90.0, free=(Span(low=0.0, high=360.0),))
    svg = draw_advice(advice(bands=(ring,), losses=(), areas=(), manoeuvres=()))
    assert '<circle class="free"' in svg
    assert "No loss of separation is predicted if nothing is changed; that is all this says." in texts(svg)


def test_no_loss_predicted_is_not_called_safe():
    svg = draw_advice(advice(losses=(), areas=(), manoeuvres=())).lower()
    assert "safe" not in svg
    assert "permitted" not in svg


def test_what_others_wrote_is_text_and_bounded():
    evil = '<script>alert(1)</script>"\u202e' + "x" * 500
    svg = draw_advice(advice(label=evil, notes=(evil,) * 200))
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert max(map(len, texts(svg))) <= 200
    assert sum(line.startswith("and ") for line in texts(svg)) == 1
    assert len(texts(svg)) < MAX_LINES + 40


def test_where_nothing_keeps_clear_the_shortest_loss_is_told_as_that():
    (turn,) = advice().manoeuvres
    said = texts(draw_advice(advice(manoeuvres=(), regain=turn)))
    assert "Nothing keeps clear; shortest loss: turn right to 040 degrees (40 degrees)" in said
