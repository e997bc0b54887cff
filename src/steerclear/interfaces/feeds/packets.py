"""UDP payloads of a packet capture: pcap and pcapng, Ethernet (with VLAN tags), Linux cooked, raw IP; IPv4.

Only what ASTERIX over UDP needs. Times are POSIX UTC seconds. Fragments, other protocols and packets that the capture
cut short are counted by the caller's note, never guessed at. Formats: draft-ietf-opsawg-pcap and -pcapng; RFC 791, 768.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from steerclear.interfaces.feeds.bounded_file import BoundedReader
from steerclear.interfaces.feeds.limits import MAX_PACKET_BYTES, MAX_PCAP_INTERFACES
from steerclear.services.report_sources import SourceError

PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"

_NULL, _ETHERNET, _RAW, _SLL, _SLL2 = 0, 1, 101, 113, 276
_RAW_ALSO = (12, 14, 228)
_VLAN_TYPES = (0x8100, 0x88A8, 0x9100)
_IPV4 = 0x0800
_UDP = 17
_SECTION, _INTERFACE, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 3, 6


class Datagram(msgspec.Struct, frozen=True):
    """One captured packet: its payload is None where it holds no whole UDP datagram."""

    number: int
    time_s: float | None
    payload: bytes | None


class _Interface(msgspec.Struct, frozen=True):
    link: int
    tick_s: float


def datagrams(reader: BoundedReader) -> Iterator[Datagram]:
    """The packets of a capture, in the order of the file.

    Raises:
        SourceError: not a capture, or cut off or damaged from here on.
    """
    magic = reader.read_exactly(4)
    if magic in PCAP_MAGICS:
        order, tick_s = PCAP_MAGICS[magic]
        yield from _pcap(reader, order, tick_s)
    elif magic == PCAPNG_MAGIC:
        yield from _pcapng(reader)
    else:
        raise SourceError(f"{reader.path}: neither pcap nor pcapng")


def _exactly(reader: BoundedReader, size_bytes: int) -> bytes:
    data = reader.read_exactly(size_bytes)
    if len(data) < size_bytes:
        raise SourceError(f"{reader.path}: the capture ends in the middle of a packet; get a complete copy")
    return data


def _pcap(reader: BoundedReader, order: str, tick_s: float) -> Iterator[Datagram]:
    header = _exactly(reader, 20)
    link = struct.unpack(order + "I", header[16:20])[0] & 0xFFFF
    number = 0
    while head := reader.read_exactly(16):
        number += 1
        if len(head) < 16:
            raise SourceError(f"{reader.path}: the capture ends in the middle of a packet; get a complete copy")
        seconds, ticks, size_bytes, _ = struct.unpack(order + "IIII", head)
        if size_bytes > MAX_PACKET_BYTES:
            raise SourceError(f"{reader.path}: packet {number} claims {size_bytes} bytes; the capture is damaged")
        yield Datagram(number, seconds + ticks * tick_s, udp_payload(_exactly(reader, size_bytes), link))


def _pcapng(reader: BoundedReader) -> Iterator[Datagram]:
    order = "<"
    interfaces: list[_Interface] = []
    number = 0
    kind_bytes = PCAPNG_MAGIC
    while kind_bytes:
        if len(kind_bytes) < 4:
            raise SourceError(f"{reader.path}: the capture ends in the middle of a block; get a complete copy")
        size_field = _exactly(reader, 4)
        kept = b""
        if kind_bytes == PCAPNG_MAGIC:
            kept = _exactly(reader, 4)
            order = "<" if kept == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        (kind,) = struct.unpack(order + "I", kind_bytes)
        (size_bytes,) = struct.unpack(order + "I", size_field)
        if size_bytes < 12 + len(kept) or size_bytes % 4 or size_bytes > MAX_PACKET_BYTES + 4096:
            raise SourceError(f"{reader.path}: a block claims {size_bytes} bytes; the capture is damaged")
        body = kept + _exactly(reader, size_bytes - 8 - len(kept))[:-4]
        if kind == _INTERFACE and len(body) >= 8 and len(interfaces) < MAX_PCAP_INTERFACES:
            interfaces.append(_interface(body, order))
        elif kind in (_ENHANCED, _SIMPLE):
            number += 1
            yield _captured(body, kind, order, interfaces, number)
        kind_bytes = reader.read_exactly(4)


def _interface(body: bytes, order: str) -> _Interface:
    link = struct.unpack(order + "H", body[:2])[0]
    tick_s = 1e-6
    at = 8
    while at + 4 <= len(body):
        code, size_bytes = struct.unpack(order + "HH", body[at : at + 4])
        if code == 0:
            break
        if code == 9 and size_bytes >= 1 and at + 4 < len(body):
            resolution = body[at + 4]
            tick_s = 2.0 ** -(resolution & 0x7F) if resolution & 0x80 else 10.0 ** -(resolution & 0x7F)
        at += 4 + (size_bytes + 3) // 4 * 4
    return _Interface(link, tick_s)


def _captured(body: bytes, kind: int, order: str, interfaces: list[_Interface], number: int) -> Datagram:
    if kind == _SIMPLE:
        link = interfaces[0].link if interfaces else _ETHERNET
        return Datagram(number, None, udp_payload(body[4:], link))
    if len(body) < 20:
        return Datagram(number, None, None)
    index, high, low, size_bytes, _ = struct.unpack(order + "IIIII", body[:20])
    if index >= len(interfaces) or size_bytes > len(body) - 20:
        return Datagram(number, None, None)
    interface = interfaces[index]
    time_s = ((high << 32) | low) * interface.tick_s
    return Datagram(number, time_s, udp_payload(body[20 : 20 + size_bytes], interface.link))


def udp_payload(frame: bytes, link: int) -> bytes | None:
    """The payload of an unfragmented UDP datagram in a captured frame; None where there is none, or not all of it."""
    packet = _network_packet(frame, link)
    if packet is None or len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    header_bytes = (packet[0] & 0x0F) * 4
    total_bytes, fragment = struct.unpack("!H2xH", packet[2:8])
    if header_bytes < 20 or packet[9] != _UDP or fragment & 0x3FFF or total_bytes > len(packet):
        return None
    datagram = packet[header_bytes:total_bytes]
    if len(datagram) < 8:
        return None
    (udp_bytes,) = struct.unpack("!H", datagram[4:6])
    return datagram[8:udp_bytes] if 8 <= udp_bytes <= len(datagram) else None


def _network_packet(frame: bytes, link: int) -> bytes | None:
    if link == _RAW or link in _RAW_ALSO:
        return frame
    if link == _NULL:
        return frame[4:]
    if link == _SLL:
        return frame[16:] if frame[14:16] == b"\x08\x00" else None
    if link == _SLL2:
        return frame[20:] if frame[:2] == b"\x08\x00" else None
    if link != _ETHERNET:
        return None
    at = 12
    while int.from_bytes(frame[at : at + 2], "big") in _VLAN_TYPES:
        at += 4
    return frame[at + 2 :] if int.from_bytes(frame[at : at + 2], "big") == _IPV4 else None
