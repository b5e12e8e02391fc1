"""Scans and plates: numbered pictures of scanners, compositors and renderers."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scan_makers as make
from made_films import KEPT, Face, Fate, Made, Outcome, Section, refuses, says
from scan_facts import facts_of
from scan_makers import by_ffmpeg, by_oiio, by_tifffile, pictures, png

from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
from vs_tcvc.errors import TcvcError
from vs_tcvc.runtime.events import Event
from vs_tcvc.runtime.numbered_files import pattern_like
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.worker import DONE, work
from vs_tcvc.settings import Settings

USUAL = ("stream", "network", "progress", "done", "shot", "wrote", "hello", "converted")
"""Events of all pictures; R'G'B' is always converted."""


# Faces


def by_colorize(scans: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    said: list[Event] = []
    settings = Settings(size=64, threads=1, log="quiet", matrix="709")
    try:
        colorize_file(scans, results / scans.name, settings, None, TranscodeOptions(), said.append)
    except TcvcError as error:
        return Outcome({}, error=str(error))
    return outcome(results / scans.name, said)


def by_worker(ending: str, scans: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    """As hosts do it, with a job; ending: of the results, "" for that of the plates."""
    said: list[Event] = []
    names = pattern_like(scans)
    assert names
    target = replace(names, folder=results / scans.name, after=ending or names.after)
    job = {"protocol": 1, "plate": str(names), "result": str(target), "first": names.existing()[0],
           "last": names.existing()[-1], "output": "beauty", "cuts": "none",
           "settings": {"size": 64, "threads": 1}, **options}  # fmt: skip
    code = work(lambda: Job.from_dictionary(json.loads(json.dumps(job))), said.append, threading.Event())
    if code != DONE:
        return Outcome({}, error=next(event.text for event in said if event.name == "error"))
    return outcome(results / scans.name, said)


def outcome(results: Path, said: list[Event]) -> Outcome:
    facts = facts_of(results)
    return Outcome(facts, [event.text for event in said if event.text and event.name not in USUAL])


FACES: Mapping[str, Face] = {"tcvc colorize": by_colorize, "tcvc sequence": partial(by_worker, "")}
OTHER_KINDS = {f"to {ending}": partial(by_worker, ending) for ending in (".exr", ".png", ".dpx", ".jpg")}


# Fates


SRGB = "read as srgb_texture, which is assumed: their header names no space"
LIGHT = "read as scene_linear, which is assumed: their header names no space"
ELSEWHERE = "colour the pictures with tcvc sequence"


def scanned(sequence: Fate, colorize: Fate = KEPT) -> Mapping[str, Fate]:
    return {"tcvc colorize": colorize, "tcvc sequence": sequence}


def plate(sequence: Fate) -> Mapping[str, Fate]:
    """Of pictures that FFmpeg does not read as they are meant."""
    return scanned(sequence, refuses("tcvc sequence"))


def as_png(*said: str, changes: str = "") -> Fate:
    """Of pictures that `tcvc colorize` writes as PNG."""
    return says(*said, changes=f"kind {changes}")


ASSUMED = says(SRGB)
TO_TIFF = says(changes="compression")
EXR = says(LIGHT)
NO_ADVICE = refuses("has alpha")

DPX = {
    f"{bits}-bit {pixels}, {packing}, {order} endian": (bits, channels, packing, order)
    for bits, channels, pixels in ((10, "RGB", "RGB"), (10, "Y", "gray"), (12, "RGB", "RGB"), (12, "Y", "gray"),
                                   (8, "RGB", "RGB"), (8, "Y", "gray"), (16, "RGB", "RGB"), (16, "Y", "gray"))
    for packing in (("Filled, method A", "Filled, method B", "Packed") if bits == 10 else ("Packed",))
    for order in ("big", "little")
}  # fmt: skip


def dpx(trait: str, bits: int, channels: str, packing: str, order: str) -> Made:
    pixels = by_oiio(channels, "uint8" if bits == 8 else "uint16", oiio__BitsPerSample=bits, dpx__Packing=packing,
                     oiio__Endian=order)  # fmt: skip
    is_unknown = bits == 10 and (packing == "Packed" or channels == "Y")
    to_png = refuses(ELSEWHERE) if is_unknown else as_png(changes="bits packing")
    name = f"{channels.lower()}{bits}{packing[-1].lower()}{order[0]}"
    return Made(name, f"DPX, {trait}", pictures("scan_%06d.dpx", pixels), scanned(ASSUMED, to_png))


def scan(
    name: str, trait: str, pattern: str, maker: Any, sequence: Fate = ASSUMED, colorize: Fate = KEPT, **options: Any
) -> Made:  # fmt: skip
    return Made(name, trait, pictures(f"scan_%06d.{pattern}", maker), scanned(sequence, colorize), options)


RGB: Any = {"photometric": "rgb", "channels": 3}
RGBI: Any = {"photometric": "rgb", "channels": 4}
RGB_PROFILE, GRAY_PROFILE = (make.profile(*each) for each in ((b"RGB ", "Adobe RGB (1998)"), (b"GRAY", "Dot Gain")))
TIFFS = (
    scan("gray16", "TIFF, 16-bit gray", "tif", by_tifffile(), ASSUMED, TO_TIFF),
    scan("gray8", "TIFF, 8-bit gray", "tif", by_tifffile(8), ASSUMED, TO_TIFF),
    scan("white16", "TIFF, 16-bit, min-is-white", "tif", by_tifffile(photometric="miniswhite"), ASSUMED, TO_TIFF),
    scan("white8", "TIFF, 8-bit, min-is-white", "tif", by_tifffile(8, photometric="miniswhite"), ASSUMED, TO_TIFF),
    scan("planes", "TIFF, planes one after the other", "tif", by_tifffile(**RGB, planarconfig="separate"), ASSUMED,
         says(changes="compression planes")),
    scan("tiles", "TIFF in tiles", "tif", by_tifffile(**RGB, tile=(32, 32)), ASSUMED,
         refuses("in tiles, which FFmpeg does not read; colour the pictures with tcvc sequence")),
    scan("zip", "TIFF, deflate", "tif", by_oiio("RGB", "uint16", compression="zip"), ASSUMED, TO_TIFF),
    scan("lzw", "TIFF, LZW", "tif", by_oiio("RGB", "uint16", compression="lzw"), ASSUMED, TO_TIFF),
    scan("palette", "TIFF with a palette", "tif", make.palette, ASSUMED, TO_TIFF),
    scan("float", "TIFF of floats", "tif", by_oiio(["Y"], "float"), ASSUMED, refuses(ELSEWHERE)),
    scan("bits12", "TIFF, 12-bit", "tif", by_oiio("RGB", "uint16", oiio__BitsPerSample=12), ASSUMED,
         refuses(ELSEWHERE)),
    scan("infrared", "TIFF, infrared as an alpha that is not multiplied", "tif", by_tifffile(**RGBI, extra=2), ASSUMED,
         NO_ADVICE),
    scan("fourth", "TIFF, a fourth channel of no meaning", "tif", by_tifffile(**RGBI, extra=0), ASSUMED, NO_ADVICE),
    scan("alpha", "TIFF with alpha, multiplied", "tif", by_tifffile(**RGBI, extra=1), ASSUMED, NO_ADVICE),
    scan("pages", "TIFF of two pages", "tif", make.two_pages, says(SRGB, "the picture is Y in part 1 of 2"),
         says("their first page alone is coloured", changes="compression channel__Y")),
    scan("turned3", "TIFF, upside down", "tif", by_tifffile(**RGB, orientation=3), ASSUMED,
         refuses("stored turned or mirrored (orientation 3)")),
    scan("turned6", "TIFF, turned by a quarter", "tif", by_tifffile(**RGB, orientation=6), ASSUMED,
         refuses("stored turned or mirrored (orientation 6)")),
    scan("cmyk", "TIFF in CMYK", "tif", make.separated, refuses("in CMYK; convert it first"), refuses("in CMYK")),
    scan("resolution", "TIFF of 2000 dpi", "tif", by_oiio("RGB", "uint16", XResolution=2000.0, YResolution=2000.0),
         ASSUMED, says("their resolution is not kept", changes="compression resolution")),
    scan("profile", "TIFF with a colour profile", "tif", by_tifffile(**RGB, iccprofile=RGB_PROFILE),
         says("srgb_texture, which is assumed: ICC profile Adobe RGB (1998) of their header is not read"),
         says("their colour profile is not kept", changes="compression profile")),
    scan("gray_profile", "TIFF with a profile of gray", "tif", by_tifffile(iccprofile=GRAY_PROFILE),
         says("ICC profile Dot Gain of their header is not read", "is of gray, and is left out", changes="profile"),
         says("their colour profile is not kept", changes="compression profile")),
)  # fmt: skip
PNGS = (
    *(scan(f"png{bits}", f"PNG, {bits}-bit gray", "png", png(bits)) for bits in (1, 2, 4, 8, 16)),
    scan("gama", "PNG of linear light (gAMA 1.0)", "png", png(16, (b"gAMA", b"\0\1\x86\xa0")),
         says("read as lin_rec709_scene, as their header says"),
         says("their header says lin_rec709_scene, and they are taken for display")),
    scan("gama22", "PNG of gamma 2.2", "png", png(16, (b"gAMA", b"\0\0\xb1\x8f")),
         says("read as g22_rec709_scene, as their header says"),
         says("their header says g22_rec709_scene", changes="gray")),
    scan("iccp", "PNG with a colour profile", "png", by_oiio("RGB", "uint16", ICCProfile=(
         f"uint8[{len(RGB_PROFILE)}]", np.frombuffer(RGB_PROFILE, np.uint8))),
         says("ICC profile Adobe RGB (1998) of their header is not read"),
         says("their colour profile is not kept", changes="profile")),
    scan("gray_iccp", "PNG with a profile of gray, which its library does not read", "png",
         png(16, (b"iCCP", b"gray\0\0" + zlib.compress(GRAY_PROFILE)))),
    scan("rgba", "PNG with alpha", "png", by_oiio("RGBA", "uint16", {"A": 0.25}, oiio__UnassociatedAlpha=1), ASSUMED,
         NO_ADVICE),
)  # fmt: skip
JPEGS = (
    scan("jpg", "JPEG, gray", "jpg", make.jpeg, ASSUMED, as_png()),
    scan("jpg6", "JPEG, turned by a quarter (Exif)", "jpg", by_oiio("RGB", "uint8", Orientation=6), ASSUMED,
         refuses("stored turned or mirrored (orientation 6)")),
    scan("jp2", "JPEG 2000, 12-bit", "jp2", by_oiio("RGB", "uint16", oiio__BitsPerSample=12), ASSUMED,
         as_png(changes="bits")),
    scan("j2c", "JPEG 2000, a bare codestream", "j2c", make.codestream(["Y"], 12), ASSUMED, as_png(changes="bits")),
    scan("dcp", "JPEG 2000 of digital cinema", "j2c", make.codestream("RGB", 12, profile=3),
         refuses("in X'Y'Z' of digital cinema; convert it first"),
         as_png("they are converted from X'Y'Z' of digital cinema", "1 of 1 shot tinted", changes="bits gray")),
)  # fmt: skip
DPXS = (
    *(dpx(trait, *how) for trait, how in DPX.items()),
    scan("log", "DPX, printing density", "dpx",
         by_oiio("RGB", "uint16", oiio__BitsPerSample=10, dpx__Transfer="Printing density"),
         says("read as Cineon, as their header says"),
         as_png("their header says Cineon, and they are taken for display", changes="bits packing transfer gray")),
    scan("linear", "DPX, linear light", "dpx",
         by_oiio("RGB", "uint16", oiio__BitsPerSample=16, dpx__Transfer="Linear"),
         says("read as lin_rec709_scene, as their header says"),
         as_png("their header says lin_rec709_scene", changes="bits packing transfer")),
    scan("bottom", "DPX, stored from bottom to top", "dpx",
         by_oiio("RGB", "uint16", oiio__BitsPerSample=10, Orientation=3), ASSUMED,
         refuses("stored turned or mirrored (orientation 4)")),
    scan("codes", "DPX with timecode and edge code", "dpx",
         by_oiio("RGB", "uint16", oiio__BitsPerSample=10, smpte__TimeCode=("timecode", (18088961, 0))),
         ASSUMED, as_png("their timecode is not kept", changes="bits packing timecode")),
    scan("short", "DPX without the headers of film and video", "dpx", by_ffmpeg("dpx", "gbrp10le"),
         ASSUMED, as_png(changes="bits packing")),
    scan("alpha_dpx", "DPX with alpha", "dpx", by_oiio("RGBA", "uint16", {"A": 0.25}, oiio__BitsPerSample=10), ASSUMED,
         NO_ADVICE),
)  # fmt: skip


def reel(name: str, trait: str, pattern: str, numbers: Any, sequence: Fate, colorize: Fate) -> Made:
    return Made(name, trait, pictures(pattern, by_tifffile(), numbers), scanned(sequence, colorize))


NAMES = (
    reel("reel", "the frame's number among others in the name", "reel2_1945_%04d_4K.tif", (1, 2), ASSUMED, TO_TIFF),
    reel("wide", "numbers that are not filled with zeros", "scan 9-%d.tif", (9, 10), ASSUMED, TO_TIFF),
    reel("gap", "a number that is missing", "scan_%04d.tif", (1, 2, 4), refuses("frame 3: expected a picture"),
         refuses("scan_0003.tif: this picture is missing between 1 and 4")),
)  # fmt: skip
SCANS = Section(
    "Scans",
    "Folders of numbered pictures as scanners write them. `tcvc colorize` writes TIFF and PNG; `tcvc sequence`, Nuke "
    "and Resolve write the kind that was read.",
    (*TIFFS, *PNGS, *JPEGS, *DPXS, *NAMES), FACES, facts_of,
)  # fmt: skip

# Plates


def exr(name: str, trait: str, maker: Any, sequence: Fate = EXR, **options: Any) -> Made:
    return Made(name, trait, pictures("plate.%04d.exr", maker), {"tcvc sequence": sequence}, options)


NAMED = "as their header says"
EXRS = (
    exr("half", "EXR, half floats", by_oiio("RGB", "half")),
    exr("y", "EXR, one gray channel", by_oiio(["Y"], "half")),
    exr("ya", "EXR, gray and alpha", by_oiio("YA", "half", {"A": 0.5})),
    exr("yaz", "EXR, gray, alpha and depth", by_oiio("YAZ", "half", {"A": 0.5, "Z": 100})),
    exr("z", "EXR, depth and normals alone", by_oiio(["A", "Z", "N.X", "N.Y", "N.Z"], "half"),
        refuses("expected a picture in R, G and B or gray")),
    exr("layer", "EXR of layers", by_oiio(["diffuse.R", "diffuse.G", "diffuse.B", "beauty.R", "beauty.G", "beauty.B",
        "depth.Z"], "half", {"depth.Z": 100}), says(LIGHT, "the picture is beauty.R, beauty.G, beauty.B")),
    exr("blender", "EXR of layers as Blender names them", by_oiio(["ViewLayer.Combined.R", "ViewLayer.Combined.G",
        "ViewLayer.Combined.B", "ViewLayer.Combined.A", "ViewLayer.Depth.Z"], "half", {"ViewLayer.Depth.Z": 9}),
        says(LIGHT, "the picture is ViewLayer.Combined.R")),
    exr("parts", "EXR of parts, depth first", make.depth_first, says(LIGHT, "the picture is R, G, B in part beauty")),
    exr("mixed", "EXR, half floats and floats", by_oiio("RGBAZ", "float", {"A": 0.5, "Z": 70000.5},
        formats=["half"] * 4 + ["float"])),
    exr("integers", "EXR with integers", by_oiio(["R", "G", "B", "id"], "float", formats=["half"] * 3 + ["uint"]),
        says(LIGHT, "the integers of id are kept to 24 bits")),
    exr("bright", "EXR below 0 and above 1", by_oiio("RGB", "float", change=lambda gray: 60 * gray - 5)),
    exr("nan", "EXR with a sample that is no number", by_oiio("RGB", "float", change=make.with_nan)),
    exr("moving", "EXR whose data window moves", by_oiio("RGB", "half", windows=[(2, 1), (8, 6)])),
    exr("overscan", "EXR with overscan", by_oiio("RGB", "half", windows=[(-4, -2), (-4, -2)])),
    exr("leaving", "EXR whose data window leaves the frame", by_oiio("RGB", "half", windows=[(2, 1), (12, 6)]),
        refuses("write all frames with one data window")),
    exr("tiled", "EXR in tiles", by_oiio("RGB", "half", tile=32)),
    exr("header", "EXR with timecode, rate, pixel aspect and keys of its own", by_oiio("RGB", "half",
        PixelAspectRatio=2.0, framesPerSecond=("rational", (24000, 1001)),
        smpte__TimeCode=("timecode", (18088961, 0)), show__scene="42")),
    *(exr(kind, f"EXR, {kind}", by_oiio("RGB", "half", compression=kind))
      for kind in ("none", "rle", "zips", "zip", "piz", "pxr24", "htj2k")),
    *(exr(kind, f"EXR, {kind}", by_oiio("RGB", "half", compression=kind),
          says(LIGHT, f"compression {kind} would change the plate's own values", changes="compression"))
      for kind in ("b44", "b44a", "dwaa", "dwab")),
    exr("rec709", "EXR with the primaries of Rec. 709", by_oiio("RGB", "half", **make.REC709),
        says("read as lin_rec709, as their header says")),
    exr("ap0", "EXR with the primaries of ACES", by_oiio("RGB", "half", **make.AP0),
        says("read as lin_ap0, as their header says")),
    exr("camera", "EXR with primaries of a camera", by_oiio("RGB", "half", **make.UNKNOWN),
        says("scene_linear, which is assumed: primaries 0.7 0.29 0.17 0.79 0.13 0.05 0.3127 0.329 of their header")),
    exr("contradicted", "EXR whose header says another space than the person", by_oiio("RGB", "half", **make.REC709),
        says("read as ACEScg, as named; their header says lin_rec709"), colorspace="ACEScg"),
    exr("raw", "a space of data", by_oiio("RGB", "half"), refuses("expected a colour space, got Raw, which holds data"),
        colorspace="Raw"),
)  # fmt: skip
PLATES = Section(
    "Plates in OpenEXR", "Numbered pictures as compositors and renderers write them.", EXRS,
    {"tcvc sequence": partial(by_worker, "")}, facts_of,
)  # fmt: skip

# To other kinds

ENDINGS = tuple(OTHER_KINDS)


def other(name: str, trait: str, kind: str, maker: Any, *fates: Fate) -> Made:
    return Made(name, trait, pictures(f"plate.%04d.{kind}", maker), dict(zip(ENDINGS, fates, strict=True)))


def to_exr(said: str, changes: str) -> Fate:
    linear = ".exr is linear: the plates are converted to scene_linear"
    return says(said, linear, changes=f"kind depth {changes}")


def to_display(ending: str, *said: str, changes: str = "") -> Fate:
    """Of plates that are not in sRGB."""
    return says(f"{ending} is for display: the plates are converted to sRGB", *said, changes=f"kind depth {changes}")


def to_same(*said: str, changes: str = "") -> Fate:
    return says(SRGB, *said, changes=f"kind {changes}")


TIFF_FILE = "compression planes tiles"
EXR_FILE = "compression line_order"
OTHER_PARTS = ("channel_depth_Z", *(f"channel_specular_{name}" for name in "RGB"))
OTHERS = Section(
    "Pictures written as another kind",
    "`tcvc sequence` with another ending. Files of light are EXR, HDR and TIFF of floats; the others are for display.",
    (
        other("gray", "PNG, 16-bit gray", "png", png(16), to_exr(SRGB, ""), ASSUMED, to_same(),
              to_same(changes="depth")),
        other("tiles", "TIFF in tiles", "tif", by_tifffile(**RGB, tile=(32, 32)), to_exr(SRGB, "bits planes"),
              to_same(changes=f"bits {TIFF_FILE}"),
              to_same(".dpx cannot hold XResolution, YResolution of the header", changes=TIFF_FILE),
              to_same(changes=f"bits depth {TIFF_FILE}")),
        other("turned", "TIFF, turned by a quarter", "tif", by_tifffile(**RGB, orientation=6),
              to_exr(SRGB, "bits planes orientation"), to_same(changes="bits compression planes"),
              to_same("cannot hold XResolution, YResolution", changes="compression planes orientation"),
              to_same(changes="bits depth compression planes")),
        other("log", "DPX, printing density", "dpx",
              by_oiio("RGB", "uint16", oiio__BitsPerSample=10, dpx__Transfer="Printing density"),
              to_exr("read as Cineon", "bits packing transfer"),
              says("read as Cineon", "for display: the plates are converted to sRGB",
                   changes="kind bits packing transfer gray"),
              says("read as Cineon"),
              says("read as Cineon", "for display: the plates are converted to sRGB",
                   changes="kind bits depth packing transfer gray")),
        other("plate", "EXR with alpha, depth, windows that move", "exr",
              by_oiio("RGBAZ", "half", {"A": 1, "Z": 9}, windows=[(2, 1), (8, 6)]), EXR,
              to_display(".png", LIGHT, "cannot hold the channels Z", "has no windows: the results are the data window",
                         changes=f"channel_Z window {EXR_FILE}"),
              to_display(".dpx", LIGHT, "cannot hold the channels Z", changes=f"channel_Z {EXR_FILE} window"),
              to_display(".jpg", LIGHT, "cannot hold the channels A, Z", "has no windows",
                         changes=f"channel_A channel_Z window {EXR_FILE}")),
        other("parts", "EXR of parts, with timecode", "exr", make.depth_first,
              says(LIGHT, "the picture is R, G, B in part beauty"),
              *(to_display(ending, LIGHT, "in part beauty", "holds one part: 2 others of the plates are left out",
                           changes=f"{' '.join(OTHER_PARTS)} {EXR_FILE}")
                for ending in (".png", ".dpx", ".jpg"))),
        other("header", "EXR with timecode and keys of its own", "exr",
              by_oiio("RGB", "half", show__scene="42", smpte__TimeCode=("timecode", (18088961, 0))), EXR,
              to_display(".png", LIGHT, "cannot hold smpte:TimeCode", changes=f"timecode {EXR_FILE}"),
              to_display(".dpx", LIGHT, "cannot hold show:scene", changes=EXR_FILE + " own_key"),
              to_display(".jpg", LIGHT, "cannot hold show:scene, smpte:TimeCode",
                         changes=f"own_key timecode {EXR_FILE}")),
        other("exr", "EXR above 1", "exr", by_oiio("RGB", "half", change=lambda gray: 3 * gray), EXR,
              *(to_display(ending, LIGHT, changes=f"gray {EXR_FILE}") for ending in (".png", ".dpx", ".jpg"))),
    ), OTHER_KINDS, facts_of,
)  # fmt: skip
