"""Tell a recording's format from its first bytes, never from its name."""

from __future__ import annotations

import re

from steerclear.interfaces.feeds.asterix import looks_like_asterix
from steerclear.interfaces.feeds.column_reports import profile_of
from steerclear.interfaces.feeds.packets import PCAP_MAGICS, PCAPNG_MAGIC
from steerclear.interfaces.feeds.sbs import MESSAGE_KINDS

SNIFF_BYTES = 65_536
FORMATS = ("readsb", "trace", "sbs", "asterix", "pcap", "json", "csv", "parquet", "geojson")
"""Names of the formats of recordings, as a person may write them before a colon."""

_PANDAS = re.compile(rb'\s*\{\s*"[^"]{1,64}"\s*:\s*\{\s*"[^"]{0,32}"\s*:')
_FEATURE = re.compile(rb'"type"\s*:\s*"Feature(Collection)?"')


def sniff(start: bytes) -> str | None:
    """The format of a file that begins with these (decompressed) bytes; None where nothing fits."""
    if start.startswith(b"PAR1"):
        return "parquet"
    if start[:4] in PCAP_MAGICS or start[:4] == PCAPNG_MAGIC:
        return "pcap"
    if looks_like_asterix(start):
        return "asterix"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"[", b"\x1e"):
        return _sniff_json(text)
    first_line = text.split(b"\n", 1)[0].rstrip(b"\r")
    if first_line.split(b",", 1)[0] in MESSAGE_KINDS and first_line.count(b",") >= 3:
        return "sbs"
    names = [name.strip().strip('"').lower() for name in first_line.decode("utf-8", "replace").split(",")]
    return "csv" if profile_of(names) is not None else None


def _sniff_json(text: bytes) -> str | None:
    if text[:1] == b"[":
        return "json"
    if _FEATURE.search(text):
        return "geojson"
    if b'"aircraft"' in text:
        return "readsb"
    if b'"trace"' in text and b'"icao"' in text:
        return "trace"
    if _PANDAS.match(text):
        return "json"
    first_line = text.split(b"\n", 1)[0]
    names = [name.decode("utf-8", "replace") for name in re.findall(rb'"([^"]{1,64})"\s*:', first_line)]
    return "json" if profile_of(names) is not None else None
