"""Whether picture files are whole, without decoding them: looked at before hours of work depend on them.

A copy that broke off and a disk that was full leave a file without its end. Damage in the middle shows only when the
picture is decoded.
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

_END_MARKS = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".jp2": b"\xff\xd9", ".j2c": b"\xff\xd9",
              ".j2k": b"\xff\xd9"}  # fmt: skip
"""The last bytes of a picture; programs may write notes of their own behind it."""
_PNG = b"\x89PNG\r\n\x1a\n"
_PARTS = 0x1000  # flag of an EXR of several parts
_TAIL_BYTES = 1 << 16

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # it warns of tags that do not matter here


def find_broken(pictures: Iterable[Path]) -> tuple[Path, str] | None:
    """The first picture that is missing or not whole, with the reason; None if there is none."""
    reasons = ((path, _trouble(path)) for path in pictures)
    return next(((path, reason) for path, reason in reasons if reason), None)


def _trouble(path: Path) -> str:
    """What is wrong with a picture, "" for nothing."""
    try:
        size, ending = path.stat().st_size, path.suffix.lower()
        if not size:
            return "an empty file"
        if ending == ".png":
            return "" if _has_chunks_to_end(path) else "a file with a gap or without its end"
        if ending in _END_MARKS:
            return "" if _END_MARKS[ending] in _tail(path, size) else "a file without its end"
        if ending == ".bmp":
            return "" if _bytes_of_bmp(path) <= size else "a file without its end"
        if ending in (".tif", ".tiff"):
            return _trouble_of_tiff(path, size)
        trouble = _trouble_of_last_row(path)
        return trouble if trouble or ending != ".exr" or _has_table(path) else "a file without its table of pieces"
    except FileNotFoundError:
        return "none of that name"
    except OSError as error:
        return f"one that cannot be read ({error.strerror})"


def _has_chunks_to_end(path: Path) -> bool:
    """Whether the chunks of a PNG follow each other up to the last, IEND."""
    with path.open("rb") as file:
        file.seek(len(_PNG))
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            if kind == b"IEND":
                return len(file.read(4)) == 4
            file.seek(size + 4, os.SEEK_CUR)  # its data and their checksum
    return False


def _tail(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL_BYTES))
        return file.read()


def _bytes_of_bmp(path: Path) -> int:
    """The size in its header, 0 if it has none."""
    with path.open("rb") as file:
        header = file.read(6)
    return int(struct.unpack("<2xI", header)[0]) if len(header) == 6 else 0


def _trouble_of_tiff(path: Path, size: int) -> str:
    """The pieces of its first picture lie within the file."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            ends = map(sum, zip(page.dataoffsets, page.databytecounts, strict=True))
            return "" if max(ends) <= size else "a file without its end"
    except OSError:
        raise
    except Exception as error:  # whatever a damaged file makes of the library
        return f"a damaged file ({error})"


def _trouble_of_last_row(path: Path) -> str:
    """The last row of its first part can be read."""
    import OpenImageIO as oiio

    file = oiio.ImageInput.open(os.fspath(path))
    if file is None:
        return f"a damaged file ({_first_line(oiio.geterror())})"
    try:
        spec = file.spec()
        right, bottom = spec.x + spec.width, spec.y + spec.height
        if spec.tile_width:
            left = right - (spec.width - 1) % spec.tile_width - 1
            top = bottom - (spec.height - 1) % spec.tile_height - 1
            rows = file.read_tiles(left, right, top, bottom, spec.z, spec.z + 1, 0, spec.nchannels)
        else:
            rows = file.read_scanlines(bottom - 1, bottom, spec.z, 0, spec.nchannels)
        reason = file.geterror()
        return f"a damaged file ({_first_line(reason)})" if rows is None or reason else ""
    finally:
        file.close()


def _has_table(path: Path) -> bool:
    """Whether the table of an EXR's pieces, which is written last, is there; without it readers have to guess."""
    with path.open("rb") as file:
        (version,) = struct.unpack("<4xI", file.read(8))
        if version & _PARTS:
            return True
        while _text(file):  # an attribute: name, type, size, value
            _text(file)
            file.seek(struct.unpack("<I", file.read(4))[0], os.SEEK_CUR)
        return any(file.read(8))


def _text(file: BinaryIO) -> bytes:
    """The text up to the next zero byte."""
    return b"".join(iter(lambda: file.read(1).strip(b"\0"), b""))


def _first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "no reason given")
