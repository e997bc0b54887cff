"""The timeline page: one file, no network, and nothing that a peer said can become markup or script."""

from __future__ import annotations

import json
import re

import pytest

from steerclear.interfaces.timeline_page import Claim, LineMessage, LogProof, Timeline, render_timeline

HOSTILE = "</script><script>alert(1)</script><!-- @@script@@ & \u2028"


def page(text: str) -> str:
    timeline = Timeline(
        title=text,
        subtitle=text,
        parties=(("north", text),),
        recordings=(),
        alerts=(),
        messages=(
            LineMessage(
                message_id="1",
                kind="alert_notice",
                from_party="north",
                to_party="south",
                text=text,
                sent_s=1.0,
                state="waiting",
            ),
        ),
        proofs=(LogProof(log=text, size=1, root="root", cosigned_by="south"),),
        claims=(Claim(text=text, holds=False, detail=text),),
    )
    return render_timeline(timeline).decode()


@pytest.mark.requirement("SC-PAGE-01")
def test_what_was_said_stays_data() -> None:
    written = page(HOSTILE)
    assert written.count("<script") == 2
    assert written.count("</script>") == 2
    held = re.search(r'<script type="application/json" id="data">(.*?)</script>', written, re.DOTALL)
    assert held is not None
    assert json.loads(held[1])["messages"][0]["text"] == HOSTILE
    assert written.index("use strict") > held.end()
    assert "innerHTML" not in written
    assert "<title>&lt;/script&gt;" in written


@pytest.mark.requirement("SC-PAGE-01")
def test_the_page_loads_nothing_from_anywhere() -> None:
    written = page("quiet")
    assert "default-src 'none'" in written
    addresses = set(re.findall(r"https?://[^\s\"']+", written))
    assert addresses == {"http://www.w3.org/2000/svg"}, "only the SVG namespace, which is a name and not an address"
    assert not re.search(r"<(?:link|img|iframe)\b|@import|url\(", written)
