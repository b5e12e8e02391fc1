"""Makes scans and plates: two pictures of moving waves, as scanners, compositors and renderers write them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import OpenImageIO as oiio
import tifffile
from numpy.typing import NDArray

WIDTH, HEIGHT = 96, 64
NUMBERS = (1001, 1002)
Maker = Callable[[Path], object]


def wave(index: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> NDArray[Any]:
    """Gray (H, W) float32 from 0.03 to 0.87."""
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    return np.asarray(0.45 + 0.32 * np.sin((x + 2 * index) / 9) + 0.1 * np.sin(y / 5), np.float32)


def pictures(pattern: str, make: Callable[[Path, int], object], numbers: Sequence[int] = NUMBERS) -> Maker:
    """A folder of them. make: writes the picture of an index."""

    def make_folder(folder: Path) -> None:
        folder.mkdir()
        for index, number in enumerate(numbers):
            make(folder / (pattern % number), index)

    return make_folder


def by_oiio(
    names: str | Sequence[str], kind: str, values: Mapping[str, float] | None = None, windows: Sequence[Any] = (),
    formats: Sequence[str] = (), tile: int = 0, change: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
    **attributes: Any,
) -> Callable[[Path, int], None]:  # fmt: skip
    """A picture of these channels, all of them the wave but those with a value of their own.

    windows: x, y of the data window by index of the picture, within a display window that is larger by 8 and 6.
    """

    def make(path: Path, index: int) -> None:
        spec = spec_of(names, kind, **attributes)
        if windows:
            spec.x, spec.y = windows[index]
            spec.full_width, spec.full_height = WIDTH + 8, HEIGHT + 6
        spec.channelformats = [oiio.TypeDesc(each) for each in formats]
        spec.tile_width = spec.tile_height = tile
        plane = change(wave(index)) if change else wave(index)
        own = values or {}
        put(path, [(spec, np.stack([np.full_like(plane, own[name]) if name in own else plane for name in names], -1))])

    return make


def spec_of(names: str | Sequence[str], kind: str, **attributes: Any) -> Any:
    spec = oiio.ImageSpec(WIDTH, HEIGHT, len(names), kind)
    spec.channelnames = list(names)
    spec.alpha_channel = spec.channelnames.index("A") if "A" in names else -1
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), *(value if isinstance(value, tuple) else (value,)))
    return spec


def put(path: Path, parts: Sequence[tuple[Any, NDArray[Any]]]) -> None:
    """Write a file of one part or of several."""
    file: Any = oiio.ImageOutput.create(str(path))
    specs = [spec for spec, _ in parts]
    for index, (spec, pixels) in enumerate(parts):
        if index:
            file.open(str(path), spec, "AppendSubimage")
        else:
            file.open(str(path), specs if len(specs) > 1 else spec)
        assert file.write_image(np.ascontiguousarray(pixels, np.float32)), file.geterror()
    file.close()


def primaries(*numbers: float) -> Mapping[str, Any]:
    return {"chromaticities": ("float[8]", numbers)}


REC709 = primaries(0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
AP0 = primaries(0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
UNKNOWN = primaries(0.70, 0.29, 0.17, 0.79, 0.13, 0.05, 0.3127, 0.3290)


def depth_first(path: Path, index: int) -> None:
    """An EXR whose first part is depth."""
    plane = wave(index)
    named = (("Z", "float", "depth"), ("RGB", "half", "beauty"), ("RGB", "half", "specular"))
    depth, beauty, light = (spec_of(names, kind, name=name) for names, kind, name in named)
    color = np.stack([plane] * 3, -1)
    put(path, [(depth, 1000 * plane[..., None]), (beauty, color), (light, color / 2)])


# TIFF


def by_tifffile(
    bits: int = 16, channels: int = 1, extra: int | None = None, infrared: float = 0.25, orientation: int = 0,
    **options: Any,
) -> Callable[[Path, int], None]:  # fmt: skip
    """extra: the tag ExtraSamples of a fourth channel; photometric, tile …: of tifffile."""

    def make(path: Path, index: int) -> None:
        highest = (1 << bits) - 1
        codes = np.round(wave(index) * highest).astype(np.uint8 if bits == 8 else np.uint16)
        if options.get("photometric") == "miniswhite":
            codes = highest - codes
        if channels > 1:
            codes = np.stack([codes] * 3 + [np.full_like(codes, round(infrared * highest))] * (channels - 3), -1)
        if options.get("planarconfig") == "separate":
            codes = np.moveaxis(codes, -1, 0)
        tags = [(274, "H", 1, orientation, True)] if orientation else []
        samples = None if extra is None else [extra]
        tifffile.imwrite(path, codes, extrasamples=samples, extratags=tags, metadata=None, **options)

    return make


def palette(path: Path, index: int) -> None:
    levels = np.arange(256) * 257
    codes = np.round(wave(index) * 255).astype(np.uint8)
    tifffile.imwrite(
        path, codes, photometric="palette", colormap=np.stack([levels] * 3).astype(np.uint16), metadata=None
    )


def separated(path: Path, index: int) -> None:
    codes = np.round(wave(index) * 255).astype(np.uint8)
    tifffile.imwrite(path, np.stack([codes] * 4, -1), photometric="separated", metadata=None)


def two_pages(path: Path, index: int) -> None:
    codes = np.round(wave(index) * 65535).astype(np.uint16)
    tifffile.imwrite(path, np.stack([codes, codes // 2]), photometric="minisblack", metadata=None)


# PNG


def png(bits: int, *chunks: tuple[bytes, bytes]) -> Callable[[Path, int], None]:
    """A gray PNG with these chunks before its pixels."""

    def make(path: Path, index: int) -> None:
        codes = np.round(wave(index) * ((1 << bits) - 1)).astype(np.uint16)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in (
                (b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, 0, 0, 0, 0)), *chunks,
                (b"IDAT", zlib.compress(b"".join(b"\0" + packed(row, bits) for row in codes))), (b"IEND", b""),
            )
        ))  # fmt: skip

    return make


def packed(row: NDArray[Any], bits: int) -> bytes:
    """A row of a PNG."""
    if bits >= 8:
        return row.astype(">u2" if bits == 16 else "u1").tobytes()
    digits = (row[:, None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(digits.astype(np.uint8).reshape(-1)).tobytes()


def profile(space: bytes, name: str) -> bytes:
    """An ICC profile of a colour space, as short as one can be (ICC.1:2022, section 7)."""
    text = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name.encode() + b"\0" * 80
    head = bytearray(128)
    head[8:12], head[12:16], head[16:20], head[20:24], head[36:40] = b"\2\x40\0\0", b"mntr", space, b"XYZ ", b"acsp"
    head[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    head[68:80] = bytes.fromhex("0000f6d6 00010000 0000d32d")  # the white of its connection space, D50
    body = struct.pack(">I4sII", 1, b"desc", 144, len(text)) + text
    head[0:4] = struct.pack(">I", 128 + len(body))
    return bytes(head) + body


# FFmpeg and OpenCV


def by_ffmpeg(codec: str, pixels: str) -> Callable[[Path, int], None]:
    """A picture by an encoder of FFmpeg."""

    def make(path: Path, index: int) -> None:
        context = av.CodecContext.create(codec, "w")
        assert isinstance(context, av.VideoCodecContext)
        context.width, context.height, context.pix_fmt, context.time_base = WIDTH, HEIGHT, pixels, Fraction(1)
        gray = av.VideoFrame.from_ndarray(np.round(wave(index) * 65535).astype(np.uint16), "gray16le")
        path.write_bytes(b"".join(bytes(packet) for packet in context.encode(gray.reformat(format=pixels))))

    return make


def codestream(names: Sequence[str], bits: int, profile: int = 0) -> Callable[[Path, int], None]:
    """JPEG 2000 without its boxes. profile: Rsiz, 3 for digital cinema of 2K (ISO/IEC 15444-1, annex A.5.1)."""
    boxed = by_oiio(names, "uint16", oiio__BitsPerSample=bits)

    def make(path: Path, index: int) -> None:
        whole = path.with_suffix(".jp2")
        boxed(whole, index)
        _, start, rest = whole.read_bytes().partition(b"\xff\x4f\xff\x51")
        path.write_bytes(start + rest[:2] + profile.to_bytes(2, "big") + rest[4:])
        whole.unlink()

    return make


def jpeg(path: Path, index: int) -> None:
    """A gray JPEG of the best quality."""
    cv2.imwrite(str(path), np.round(wave(index) * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 100])


def with_nan(gray: NDArray[Any]) -> NDArray[Any]:
    gray[3, 5] = np.nan
    return gray
