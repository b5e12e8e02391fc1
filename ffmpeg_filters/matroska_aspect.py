"""The shape of pixels in a Matroska file: DisplayWidth and DisplayHeight of its first track (RFC 9559, 5.1.4.1.28).

FFmpeg's library writes them from a field of the stream that PyAV does not give access to; without them FFV1, whose
frames do not say it either, is shown with square pixels.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

_SEGMENT, _TRACKS, _TRACK, _VIDEO = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0"
_WIDTH, _HEIGHT = b"\xb0", b"\xba"
_DISPLAY = _DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = b"\x54\xb0", b"\x54\xba", b"\x54\xb2"
_AS_ASPECT = b"\3"
_VOID, _CRC = b"\xec", b"\xbf"
_LONGEST_HEAD = 12
"""Bytes of an identifier and a size."""
_HEAD = 1 << 20
"""Bytes within which the tracks are."""

Element = tuple[bytes, bytes]
"""Identifier and content."""


def write_aspect(path: Path, aspect: Fraction) -> bool:
    """Write the aspect of pixels into the file's first track, whose room for it FFmpeg leaves; whether there was room.

    aspect: width to height of a pixel.
    """
    with path.open("r+b") as file:
        head = file.read(_HEAD)
        found = _tracks_of(head)
        if found is None:
            return False
        start, end, content = found
        first, *others = (each for each in _elements(content) if each[0] not in (_CRC, _VOID))
        changed = _with_aspect(first[1], aspect)
        room = end - start - len(_TRACKS) - 4 - 6 - len(_joined(others))  # less the size of all and their checksum
        packed = next((each for each in (_packed(_TRACK, changed), _packed(_TRACK, changed, 1))
                       if len(each) == room or len(each) < room - 1), None)  # fmt: skip
        if packed is None:
            return False
        changed = packed + _void(room - len(packed)) + _joined(others)
        crc = _CRC + b"\x84" + zlib.crc32(changed).to_bytes(4, "little")
        file.seek(start)
        file.write(_TRACKS + _size(len(crc + changed), 4) + crc + changed)
    return True


def _tracks_of(head: bytes) -> tuple[int, int, bytes] | None:
    """Where the tracks begin and end, and their content."""
    segment = head.find(_SEGMENT)
    at = _element(head, segment)[1] if 0 <= segment < len(head) - _LONGEST_HEAD else len(head)
    while at < len(head) - _LONGEST_HEAD:
        name, begin, end = _element(head, at)
        if name == _TRACKS:
            return (at, end, head[begin:end]) if end <= len(head) else None
        at = end
    return None


def _with_aspect(track: bytes, aspect: Fraction) -> bytes:
    """A track with the size that its pictures are shown at, without empty room."""
    return _joined((name, _shown(data, aspect) if name == _VIDEO else data)
                   for name, data in _elements(track) if name != _VOID)  # fmt: skip


def _shown(video: bytes, aspect: Fraction) -> bytes:
    """With the size to show, one side of it the stored one; with its aspect where that is no whole number of pixels."""
    parts = [each for each in _elements(video) if each[0] not in _DISPLAY]
    width, height = (int.from_bytes(dict(parts)[name]) for name in (_WIDTH, _HEIGHT))
    shown = (width * aspect, Fraction(height)) if aspect > 1 else (Fraction(width), height / aspect)
    unit = []
    if any(side.denominator > 1 for side in shown):
        shape = width * aspect / height
        shown, unit = (Fraction(shape.numerator), Fraction(shape.denominator)), [(_DISPLAY_UNIT, _AS_ASPECT)]
    sizes = zip((_DISPLAY_WIDTH, _DISPLAY_HEIGHT), map(int, shown), strict=True)
    return _joined([*parts, *((name, side.to_bytes((side.bit_length() + 7) // 8)) for name, side in sizes), *unit])


def _joined(elements: Iterable[Element]) -> bytes:
    return b"".join(_packed(name, data) for name, data in elements)


def _elements(content: bytes) -> Iterator[Element]:
    at = 0
    while at < len(content):
        name, begin, end = _element(content, at)
        yield name, content[begin:end]
        at = end


def _element(data: bytes, at: int) -> tuple[bytes, int, int]:
    """Identifier of the element at a place, where its content begins, and where it ends (RFC 8794, 4 and 5)."""
    begin = at + _length(data[at])
    long = _length(data[begin])
    size = int.from_bytes(data[begin : begin + long]) & ((1 << 7 * long) - 1)
    return data[at:begin], begin + long, begin + long + size


def _length(first: int) -> int:
    """Bytes of an identifier or a size that begins with this byte."""
    return 9 - first.bit_length()


def _packed(name: bytes, data: bytes, more: int = 0) -> bytes:
    """An element; more: bytes by which its size is longer than it must be."""
    short = next(long for long in range(1, 9) if len(data) < (1 << 7 * long) - 1)
    return name + _size(len(data), short + more) + data


def _size(size: int, long: int) -> bytes:
    return (size | 1 << 7 * long).to_bytes(long)


def _void(room: int) -> bytes:
    """An empty element of that many bytes in all; no bytes for 0."""
    if not room:
        return b""
    long = 1 if room < 100 else 4
    return _VOID + _size(room - 1 - long, long) + bytes(room - 1 - long)
