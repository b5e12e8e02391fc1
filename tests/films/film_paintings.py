"""Painted pictures as people hand them over: what they are saved as, and whether they show the frame."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import OpenImageIO as oiio
import tifffile
from coloring_faces import FACES as COLORING_FACES
from coloring_faces import ColoringFace, rgb_of
from made_films import KEPT, Facts, Fate, Made, Outcome, Section, everywhere, refuses, says
from numpy.typing import NDArray
from PIL import Image
from skimage import data as untyped_data

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import lab_from_rgb, rgb_with_luma
from vs_tcvc.picture.srgb_codes import codes_from_rgb, rgb_from_codes

DATA: Any = untyped_data
WIDTH, HEIGHT = 96, 64
FRAMES = 2
NEAR = 8.0
"""Units of a* and b* by which a colour may be off: chroma at 8 bits, and limits of lightness."""
PLACES = {"left": (0.3, 0.7), "right": (0.85, 0.5), "top": (0.5, 0.15)}
"""Named places, (x, y) in shares: the painter gives each a colour of its own."""

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Color:
    """A colour, equal to those within `NEAR`."""

    ab: tuple[int, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Color) and max(abs(a - b) for a, b in zip(self.ab, other.ab, strict=True)) <= NEAR

    __hash__ = None  # type: ignore[assignment]


# The film, and its painted frame


@cache
def luma_codes() -> NDArray[np.uint8]:
    """Of the film's frames, limited range: a photograph."""
    gray = cv2.cvtColor(DATA.astronaut()[:340, :510], cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(70 + small * np.float32(110 / 255), np.uint8)  # middle grays, which can have colour


@cache
def painted() -> Rgb:
    """The film's frame in colour: (H, W, 3), sRGB, with the film's luma."""
    y = rgb_of([luma_codes()])[0]
    place = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None].repeat(HEIGHT, 0)
    height = np.linspace(1, 0, HEIGHT, dtype=np.float32)[:, None]
    chroma = np.stack([0.14 * place - 0.16 * height, -0.18 * place - 0.14 * height])
    return codes_from_rgb(rgb_with_luma(y, chroma, "601"))


def colors_of(rgb: Array) -> Facts:
    """The colours at the named places of a picture (3, H, W), 0 to 1."""
    small = np.asarray(cv2.GaussianBlur(rgb.transpose(1, 2, 0), (0, 0), 2), np.float32)
    return {name: Color(tuple(round(float(each)) for each in lab_from_rgb(_at(small, *place))[1:, 0]))
            for name, place in PLACES.items()}  # fmt: skip


def _at(picture: Array, x: float, y: float) -> Array:
    return np.asarray(picture[int(y * picture.shape[0]), int(x * picture.shape[1])][:, None], np.float32)


def facts_of(folder: Path) -> Facts:
    """What was painted, whatever the file holds."""
    return colors_of(rgb_from_codes(painted()))


def write_film(path: Path, codes: NDArray[np.uint8], aspect: Fraction | None = None, turned: int = 0) -> None:
    """A film of a still; turned: degrees counterclockwise by which players turn it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast", "qp": "0"})
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = codes.shape
        stream.pix_fmt = "yuv420p"
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if turned:
            stream.set_display_matrix(_turn(turned))
        planes = np.concatenate([codes, np.full((len(codes) // 2, codes.shape[1]), 128, np.uint8)])
        for _ in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _turn(degrees: int) -> tuple[int, ...]:
    """FFmpeg's display matrix of a rotation."""
    cos, sin = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    one = 1 << 16
    return (cos * one, -sin * one, 0, sin * one, cos * one, 0, 0, 0, 1 << 30)


# Pictures


Save = Callable[[Path, Rgb], object]


def by_pillow(path: Path, rgb: Rgb, mode: str = "RGB", **how: Any) -> None:
    Image.fromarray(rgb).convert(mode).save(path, **how)


def deep(path: Path, rgb: Rgb) -> None:
    cv2.imwrite(str(path), rgb[..., ::-1].astype(np.uint16) * 257)


def floats(path: Path, rgb: Rgb) -> None:
    tifffile.imwrite(path, rgb.astype(np.float32) / 255, photometric="rgb")


def linear(path: Path, rgb: Rgb, primaries: tuple[float, ...] = ()) -> None:
    share = rgb / np.float32(255)
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)
    spec = oiio.ImageSpec(rgb.shape[1], rgb.shape[0], 3, "half")
    if primaries:
        spec.attribute("chromaticities", "float[8]", primaries)
    file: Any = oiio.ImageOutput.create(str(path))
    file.open(str(path), spec)
    file.write_image(light)
    file.close()


def photoshop(path: Path, rgb: Rgb) -> None:
    """A PSD without layers (Adobe Photoshop File Formats Specification, 2019)."""
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, rgb.shape[0], rgb.shape[1], 8, 3)
    path.write_bytes(head + struct.pack(">IIIH", 0, 0, 0, 0) + rgb.transpose(2, 0, 1).tobytes())


def with_holes(path: Path, rgb: Rgb) -> None:
    alpha = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    alpha[:20], rgb = 0, rgb.copy()
    rgb[:20] = (255, 0, 0)  # what the painter does not see
    Image.fromarray(np.concatenate([rgb, alpha], axis=2)).save(path)


def whole_alpha(path: Path, rgb: Rgb) -> None:
    by_pillow(path, rgb, "RGBA")


def turned_by_exif(path: Path, rgb: Rgb) -> None:
    """As a camera held upright stores it: lying, with a note."""
    exif = Image.Exif()
    exif[0x112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(rgb))).save(path, exif=exif, quality=98)


def in_profile(path: Path, rgb: Rgb, primaries: tuple[float, ...], **how: Any) -> None:
    """The same colours in another space of the gamma 563/256, with its profile."""
    from_srgb = np.linalg.inv(_to_xyz(primaries)) @ _to_xyz(REC_709[:6])
    share = rgb / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ from_srgb.T
    codes = np.rint(255 * light.clip(0, 1) ** (256 / 563)).astype(np.uint8)
    Image.fromarray(codes).save(path, icc_profile=profile_of(primaries), **how)


def _to_xyz(primaries: tuple[float, ...]) -> NDArray[np.float64]:
    """XYZ of the primaries (x, y) of a space whose white is D65, (3, 3)."""
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in zip(primaries[::2], primaries[1::2], strict=True)]).T
    white = np.array([0.3127 / 0.329, 1, (1 - 0.3127 - 0.329) / 0.329])
    return np.asarray(columns * np.linalg.solve(columns, white))


def profile_of(primaries: tuple[float, ...]) -> bytes:
    """A matrix profile (ICC.1:2001-04) of gamma 563/256; colorants are adapted to D50 after Bradford."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d65, d50 = np.array([0.95047, 1, 1.08883]), np.array([0.9642, 1, 0.8249])
    adapt = np.linalg.inv(bradford) @ np.diag(bradford @ d50 / (bradford @ d65)) @ bradford
    colorants = adapt @ _to_xyz(primaries)

    def xyz(numbers: NDArray[np.float64]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(each * 65536) for each in numbers))

    name = b"wide space\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(78), b"wtpt": xyz(d50),
        **{key: xyz(colorants[:, n]) for n, key in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0" + struct.pack(">IH", 1, 563) + b"\0\0"),
    }  # fmt: skip
    table, content = struct.pack(">I", len(tags)), b""
    for key, value in tags.items():
        value += bytes(-len(value) % 4)
        table += struct.pack(">4sII", key, 128 + 4 + 12 * len(tags) + len(content), len(value))
        content += value
    size = 128 + len(table) + len(content)
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp").ljust(68, b"\0")
    return (head + struct.pack(">3i", 63190, 65536, 54061)).ljust(128, b"\0") + table + content


P3 = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
REC_709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
ACES_CG = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)


# Other frames


def of_another_film(path: Path, rgb: Rgb) -> None:
    picture = cv2.resize(DATA.chelsea()[:200], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    by_pillow(path, np.ascontiguousarray(picture[..., ::-1]))


def moved(path: Path, rgb: Rgb) -> None:
    """A later frame, when the camera has moved on by a fifth."""
    by_pillow(path, np.roll(rgb, -WIDTH // 5, axis=1))


def upside_down(path: Path, rgb: Rgb) -> None:
    by_pillow(path, np.ascontiguousarray(rgb[::-1, ::-1]))


def standing(path: Path, rgb: Rgb) -> None:
    by_pillow(path, np.ascontiguousarray(np.rot90(rgb)))


def sized(path: Path, rgb: Rgb, size: tuple[int, int]) -> None:
    by_pillow(path, np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC), np.uint8))


def cropped(path: Path, rgb: Rgb) -> None:
    by_pillow(path, np.ascontiguousarray(rgb[6:]))


def gray(path: Path, rgb: Rgb) -> None:
    by_pillow(path, rgb, "L")


# Faces


def face_of(coloring: ColoringFace, folder: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    picture = next(path for path in folder.iterdir() if path.stem == "0")
    result = coloring(folder / "film.mkv", results, {"reference": (str(picture),), "cuts": "none", **options})
    if result.error:
        return Outcome({}, error=result.error)
    return Outcome(colors_of(result.pictures[0]), result.said)


FACES = {name: partial(face_of, coloring) for name, coloring in COLORING_FACES.items()}


def fates_of(fate: Fate, **others: Fate) -> Mapping[str, Fate]:
    return everywhere(fate, list(FACES), **others)


def made(
    name: str, trait: str, save: Save, fates: Fate | Mapping[str, Fate] = KEPT, film: Mapping[str, Any] | None = None,
    codes: Callable[[], NDArray[np.uint8]] = luma_codes,
) -> Made:  # fmt: skip
    """A folder with a film and the picture `0.…` of its first frame."""

    def make(folder: Path) -> None:
        folder.mkdir()
        write_film(folder / "film.mkv", codes(), **(film or {}))
        save(folder / f"0{Path(name).suffix}", painted())

    return Made(name, trait, make, fates if isinstance(fates, Mapping) else fates_of(fates))


ANAMORPHIC = {"aspect": Fraction(16, 15)}
ON_ITS_SIDE = {"turned": 90}
GRAY = says("is gray, so the frames that it guides get no colour", changes="left right top")
NOT_SHOWN = says("does not show that frame, so it guides by likeness", changes="left right top")
NO_ROTATION = {face: refuses("the shape of the clip") for face in ("`tcvc-pipe`", "VapourSynth", "`tcvc sequence`")}

FILMS = (
    made("png.png", "PNG", by_pillow),
    made("deep.png", "PNG of 16 bits", deep),
    made("palette.png", "PNG with a palette", partial(by_pillow, mode="P", palette=Image.Palette.ADAPTIVE, colors=256)),
    made("alpha.png", "alpha that hides nothing", whole_alpha),
    made("holes.png", "transparent parts with hidden colour", with_holes, refuses("transparent parts")),
    made("gray.png", "gray PNG", gray, GRAY),
    made("jpeg.jpg", "JPEG", partial(by_pillow, quality=98)),
    made("exif.jpg", "JPEG that a camera turned by a note (Exif)", turned_by_exif),
    made("p3.jpg", "JPEG in Display P3", partial(in_profile, primaries=P3, quality=98)),
    made("adobe.png", "PNG in Adobe RGB", partial(in_profile, primaries=ADOBE)),
    made("adobe.tif", "TIFF in Adobe RGB", partial(in_profile, primaries=ADOBE)),
    made("cmyk.tif", "TIFF in CMYK", partial(by_pillow, mode="CMYK"), refuses("convert it to RGB")),
    made("cmyk.jpg", "JPEG in CMYK", partial(by_pillow, mode="CMYK"), refuses("convert it to RGB")),
    made("floats.tif", "TIFF of floats", floats),
    made("webp.webp", "WebP", partial(by_pillow, lossless=True)),
    made("jp2.jp2", "JPEG 2000", by_pillow),
    made("psd.psd", "Photoshop document", photoshop),
    made("avif.avif", "AVIF", by_pillow, refuses("save it as PNG or TIFF")),
    made("rec709.exr", "EXR in linear Rec. 709, as it says", partial(linear, primaries=REC_709)),
    made("unsaid.exr", "EXR that does not say its primaries", linear, says("is taken as linear Rec. 709")),
    made("acescg.exr", "EXR in ACEScg, as it says", partial(linear, primaries=ACES_CG),
         refuses("one in lin_ap1")),
    made("large.png", "four times as large", partial(sized, size=(4 * WIDTH, 4 * HEIGHT))),
    made("small.png", "half as large", partial(sized, size=(WIDTH // 2, HEIGHT // 2))),
    made("cropped.png", "without its top", cropped, refuses("the shape of the clip")),
    made("other.png", "of another film", of_another_film, NOT_SHOWN),
    made("moved.png", "of another frame of the shot", moved,
         says("does not show that frame, so it guides by likeness")),
    made("upside.png", "upside down", upside_down, says("lies upside down, and is turned")),
    made("stored.png", "of anamorphic film, as it is stored", by_pillow, film=ANAMORPHIC),
    made("square.png", "of anamorphic film, in square pixels", partial(sized, size=(102, HEIGHT)),
         film=ANAMORPHIC),
    made("lying.png", "of rotated phone film, as it is stored", by_pillow, film=ON_ITS_SIDE),
    made("standing.png", "of rotated phone film, as players show it", standing, fates_of(KEPT, **NO_ROTATION),
         film=ON_ITS_SIDE),
)  # fmt: skip

PAINTINGS = Section(
    "Painted pictures",
    "A person's picture is given as the reference of a frame. What is compared are the colours that arrive.",
    FILMS, FACES, facts_of,
)  # fmt: skip
