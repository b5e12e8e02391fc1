"""What the numbered pictures of a folder hold, as values that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import tifffile
from made_films import Facts
from numpy.typing import NDArray

LUMA = (0.2126, 0.7152, 0.0722)
"""Of R', G' and B' (BT.709)."""
FILE = {"openexr:lineOrder": "line_order", "compression": "compression", "planarconfig": "planes",
        "dpx:Packing": "packing", "oiio:BitsPerSample": "bits"}  # fmt: skip
"""How a file is made; other formats have other ways."""
HEADER = {
    "Orientation": "orientation", "smpte:TimeCode": "timecode", "smpte:KeyCode": "keycode", "XResolution": "resolution",
    "dpx:FilmEdgeCode": "edge_code", "chromaticities": "primaries", "dpx:Transfer": "transfer", "ICCProfile": "profile",
    "oiio:Gamma": "gamma", "PixelAspectRatio": "aspect", "framesPerSecond": "rate", "show:scene": "own_key",
    "ImageDescription": "description",
}  # fmt: skip
UNSAID = [("Orientation", 1), ("PixelAspectRatio", 1), ("PixelAspectRatio", 0), ("XResolution", 1),
          ("dpx:Transfer", "Undefined"), ("dpx:Transfer", "Unspecified video")]  # fmt: skip
UPRIGHT = {3: lambda stored: stored[::-1, ::-1], 4: lambda stored: stored[::-1], 6: lambda stored: np.rot90(stored, -1)}
"""How a picture of that orientation is to be seen (TIFF 6.0): 6 is to be turned clockwise."""
SHORT_DPX = 2048
"""The least offset of pixels behind the headers of film and video."""


@dataclass(frozen=True, eq=False)
class Near:
    """Values that are equal to others within the larger of their steps; a NaN equals a NaN."""

    values: NDArray[Any]
    step: float

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Near) or self.values.shape != other.values.shape:
            return False
        step = max(self.step, other.step)
        room = step * np.maximum(1, np.nan_to_num(np.abs(self.values), posinf=1, neginf=1))
        with np.errstate(invalid="ignore"):
            close = (np.abs(self.values - other.values) <= room) | (self.values == other.values)
        return bool((close | (np.isnan(self.values) & np.isnan(other.values))).all())

    def __repr__(self) -> str:
        return f"Near({self.values.reshape(-1)[:3]} … ± {self.step:.1g})"


def facts_of(folder: Path) -> Facts:
    """Of all pictures, without what a header does not say."""
    paths = sorted(path for path in folder.iterdir() if path.name[0] != ".")
    per_picture = [facts_of_file(path) for path in paths]
    names = {name for facts in per_picture for name in facts}
    facts = {name: [each.get(name) for each in per_picture] for name in sorted(names)}
    return {"numbers": [path.stem for path in paths], "kind": paths[0].suffix, **facts}


def facts_of_file(path: Path) -> Facts:
    """Of all parts of one file."""
    config = oiio.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    file = oiio.ImageInput.open(str(path), config)
    assert file, oiio.geterror()
    parts = list[tuple[Any, NDArray[Any]]]()
    while file.seek_subimage(len(parts), 0):
        spec = oiio.ImageSpec(file.spec())
        parts.append((spec, np.asarray(file.read_image(len(parts), 0, 0, spec.nchannels, "float"), np.float64)))
    file.close()
    facts: dict[str, Any] = {}
    for spec, pixels in parts:
        names = [name.rpartition(".")[2] for name in spec.channelnames]
        layer = f"{spec.get_string_attribute('oiio:subimagename')} " if len(parts) > 1 else ""
        is_picture = "gray" not in facts and (names[:3] == ["R", "G", "B"] or names[0] == "Y")
        first = 0 if not is_picture else 3 if names[:3] == ["R", "G", "B"] else 1
        if is_picture:
            facts |= facts_of_picture(path, spec, pixels)
        for index in range(first, spec.nchannels):
            values = Near(pixels[..., index], 0)
            facts[f"channel_{layer}{spec.channelnames[index]}".strip().replace(" ", "_")] = values
    return facts


def facts_of_picture(path: Path, spec: Any, pixels: NDArray[Any]) -> Facts:
    own = {item.name: item.value for item in spec.extra_attribs}
    own = {name: value.tobytes() if isinstance(value, np.ndarray) else value for name, value in own.items()}
    if path.suffix == ".dpx" and int.from_bytes(path.read_bytes()[4:8], "little") in range(SHORT_DPX):
        own = {name: value for name, value in own.items() if not name.startswith(("smpte:", "dpx:Film"))}
    facts = {name: own[key] for key, name in (FILE | HEADER).items() if key in own and (key, own[key]) not in UNSAID}
    pixels = UPRIGHT.get(facts.get("orientation", 1), np.asarray)(pixels)
    facts["gray"] = Near(gray_of(spec, pixels), JPEG_STEP if path.suffix == ".jpg" else step_of(spec))
    facts["size"] = facts["gray"].values.shape[::-1]
    facts["depth"] = str(spec.channelformats[0] if spec.channelformats else spec.format)
    window = (spec.x - spec.full_x, spec.y - spec.full_y, spec.full_width, spec.full_height)
    if own.get("openexr:lineOrder") and window != (0, 0, spec.width, spec.height):
        facts["window"] = window
    if spec.tile_width:
        facts["tiles"] = (spec.tile_width, spec.tile_height)
    if path.suffix == ".tif":
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            extra = page.tags.get("ExtraSamples")
            facts |= {"extra": extra.value} if extra else {}
    return facts


JPEG_STEP = 4 / 255
"""Of files that keep no code as it is."""


def gray_of(spec: Any, pixels: NDArray[Any]) -> NDArray[Any]:
    """The luminance of light, or the luma of codes, (H, W) in sRGB."""
    if spec.channelnames[0].rpartition(".")[2] == "Y":
        is_negative = spec.get_int_attribute("tiff:PhotometricInterpretation", 1) == 0 and str(spec.format) == "uint16"
        return shown(spec, 1 - pixels[..., 0] if is_negative else pixels[..., 0])  # the library turns 8 bits alone
    if is_light(spec):
        return shown(spec, luma(pixels, spec.getattribute("tcvc/weights") or LUMA))
    return luma(shown(spec, pixels))


def luma(pixels: NDArray[Any], weights: tuple[float, ...] = LUMA) -> NDArray[Any]:
    """Of the first three channels; gray is unchanged."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    with np.errstate(invalid="ignore"):
        return np.asarray(green + weights[0] * (red - green) + weights[2] * (blue - green))


def shown(spec: Any, codes: NDArray[Any]) -> NDArray[Any]:
    """Codes as sRGB, by what the header says."""
    if is_log(spec):
        black = 10 ** ((95 - 685) * 0.002 / 0.6)
        return srgb((10 ** ((codes * 1023 - 685) * 0.002 / 0.6) - black) / (1 - black))
    if gamma := spec.get_float_attribute("oiio:Gamma"):
        return srgb(codes**gamma)
    return srgb(codes) if is_light(spec) else codes


def is_light(spec: Any) -> bool:
    said = spec.get_string_attribute("oiio:ColorSpace")
    return bool(spec.get_string_attribute("openexr:lineOrder")) or said.startswith("lin_") or spec.format == oiio.FLOAT


def is_log(spec: Any) -> bool:
    return spec.get_string_attribute("dpx:Transfer") in ("Printing density", "Logarithmic")


def srgb(light: NDArray[Any]) -> NDArray[Any]:
    """IEC 61966-2-1, odd about 0."""
    size = np.abs(light)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sign(light) * np.where(size <= 0.0031308, 12.92 * size, 1.055 * size ** (1 / 2.4) - 0.055))


def step_of(spec: Any) -> float:
    """By how much rounding of R, G and B moves a gray in sRGB: of half floats, of floats, of codes."""
    kind = str(spec.channelformats[0] if spec.channelformats else spec.format)
    if kind in ("half", "float"):
        return {"half": 5e-4, "float": 2e-6}[kind]
    bits = spec.get_int_attribute("oiio:BitsPerSample") or {"uint8": 8, "uint16": 16}[kind]
    steepest = 4 if is_log(spec) or is_light(spec) or spec.get_float_attribute("oiio:Gamma") else 1.01
    return steepest / ((1 << max(bits, 8)) - 1)
