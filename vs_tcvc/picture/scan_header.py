"""What the header of a scanned picture says that FFmpeg does not read or keep (OpenImageIO)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vs_tcvc.picture.dpx_header import forget_missing
from vs_tcvc.picture.header_space import space_in_header
from vs_tcvc.picture.orientation import orientation_of

_COLORLESS = {"CMYK", "CIELAB", "ICCLAB", "ITULAB", "LOGL", "LOGLUV"}
"""OpenImageIO's names for coordinates that are not R'G'B' or gray."""
_JPEG_2000 = (".jp2", ".j2c", ".j2k", ".jpc", ".jpx")
_CODESTREAM = b"\xff\x4f\xff\x51"  # markers SOC and SIZ of ISO/IEC 15444-1, then Lsiz and Rsiz
_CINEMA = range(3, 8)  # profiles of ISO/IEC 15444-1 amendments 1 and 2
_HEAD_BYTES = 1 << 16
_KEPT_BY_OTHERS = {"ICCProfile": "colour profile", "smpte:TimeCode": "timecode", "smpte:KeyCode": "film key code",
                   "XResolution": "resolution"}  # fmt: skip


def colorless(spec: Any, path: Path) -> str:
    """What the samples of a file are if they are not R'G'B' or gray, "" if they are. spec: OpenImageIO's."""
    said = {str(spec.get_string_attribute(name)) for name in ("tiff:ColorSpace", "jpeg:ColorSpace")}
    if said & _COLORLESS:
        return next(iter(said & _COLORLESS))
    if path.suffix.lower() in _JPEG_2000:
        with path.open("rb") as file:
            _, start, size = file.read(_HEAD_BYTES).partition(_CODESTREAM)
        if start and int.from_bytes(size[2:4], "big") in _CINEMA:
            return "X'Y'Z' of digital cinema"
    return ""


def misread(path: Path) -> str:
    """What FFmpeg would read wrongly of a picture, "" for nothing."""
    spec = _header(path)
    if spec is None:
        return ""
    if spec.tile_width and spec.get_string_attribute("tiff:Compression", "-") != "-":
        return "it is stored in tiles, which FFmpeg does not read"
    if orientation_of(spec) != 1:
        return f"it is stored turned or mirrored (orientation {orientation_of(spec)}), which FFmpeg does not keep"
    strange = colorless(spec, path)
    return f"it is in {strange}, not in R'G'B' or gray" if strange in _COLORLESS else ""


def is_readable(path: Path) -> bool:
    """Whether another library than FFmpeg decodes a picture."""
    import OpenImageIO as oiio

    file = oiio.ImageInput.open(str(path))
    if file is None:
        oiio.geterror()  # what is not fetched is printed
        return False
    pixels = file.read_image("float")
    file.close()
    return pixels is not None and not file.geterror()


def unkept(path: Path) -> str:
    """What of a picture's header FFmpeg does not pass on, in a sentence, "" for nothing."""
    spec = _header(path)
    if spec is None:
        return ""
    own = {item.name for item in spec.extra_attribs}
    if spec.get_float_attribute("XResolution") <= 1:  # pictures without one say 1
        own -= {"XResolution"}
    lost = [name for attribute, name in _KEPT_BY_OTHERS.items() if attribute in own]
    parts = [f"their {' and '.join(lost)} {'is' if len(lost) == 1 else 'are'} not kept"] if lost else []
    if spec.get_int_attribute("oiio:subimages") > 1:
        parts.append("their first page alone is coloured")
    if (strange := colorless(spec, path)) not in _COLORLESS and strange:
        parts.append(f"they are converted from {strange}")
    if space := space_in_header(spec).name:
        parts.append(f"their header says {space}, and they are taken for display")
    return " and ".join(parts)


def _header(path: Path) -> Any:
    import OpenImageIO as oiio

    file = oiio.ImageInput.open(str(path))
    if file is None:
        oiio.geterror()  # what is not fetched is printed
        return None
    spec = oiio.ImageSpec(file.spec())
    spec.attribute("oiio:subimages", int(file.seek_subimage(1, 0)) + 1)  # not all formats say it
    file.close()
    forget_missing(spec, path)
    return spec
