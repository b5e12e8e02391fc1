"""Cut lists as text, as programs write them: of one film of three shots."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from opentimelineio import adapters, opentime, schema

RATE = Fraction(30000, 1001)
CUTS = (0, 4, 9)
LENGTH = 12
SPANS = list(pairwise((*CUTS, LENGTH)))


def label(frame: int, drop: str = "", base: int = 30) -> str:
    """Timecode; drop: what stands for every colon, in the first minute of drop-frame timecode."""
    seconds, frames = divmod(frame, base)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"
    return time.replace(":", drop) if drop else time


def event(
    number: int, span: tuple[int, int], source: int, reel: str = "AX", channels: str = "V", kind: str = "C",
    begin: int = 108_000, drop: str = "",
) -> str:  # fmt: skip
    """An event of an EDL. source: its clip's first frame. begin: that whose timecode the film's start has."""
    start, stop = span
    places = source, source + stop - start, begin + start, begin + stop
    times = " ".join(label(place, drop) for place in places)
    return f"{number:03}  {reel:<8} {channels:<5} {kind:<8} {times}\n"


def edl(
    spans: Sequence[tuple[int, int]] = SPANS, sources: Sequence[int] = (500, 70, 900), head: str = "TITLE: reel 1\n",
    comment: str = "", **fields: Any,
) -> str:  # fmt: skip
    """comment: lines after each event, with its number."""
    events = enumerate(zip(spans, sources, strict=True), start=1)
    return head + "".join(
        event(number, span, source, **fields) + comment.format(number) for number, (span, source) in events
    )


PREMIERE = edl(
    begin=0, drop=";",
    comment="* FROM CLIP NAME: scene {}.mov\n"
    "001  AX       AA    C        00;00;00;00 00;00;00;04 00;00;00;00 00;00;00;04\n"
    "* AUDIO LEVEL AT 00;00;00;00 IS -8.98 DB  (REEL AX A1)\nAUD  3    4\n",
)  # fmt: skip
RESOLVE = (
    edl(reel="A003_0022C003_241016_092821_h1F4X", head="TITLE: Timeline 1\nFCM: NON-DROP FRAME\n\n", comment="\n")
    + "M2   A003_0022C003_241016_092821_h1F4X       031.7                13:48:57:10\n* FROM CLIP NAME: 102C-2-B\n"
)
AVID = edl(
    reel="ZZ100_50", head="TITLE:   Example_Screening.01 \nFCM: NON-DROP FRAME\n",
    comment="*FROM CLIP NAME:  ZZ100_50{} (LAY3) \n*SOURCE FILE: ZZ100_501.LAY3.01\n*LOC: 01:00:01:14 RED     FIX\n"
    "*AVX2 EFFECT, RESIZE \n>>> SOURCE TOD 1 \n",
)  # fmt: skip
DISSOLVE = edl(SPANS[:2], (500, 70)) + (
    "003  AX       V     C        00:00:01:00 00:00:01:00 01:00:00:08 01:00:00:08\n"
    "003  AX       V     D    002 00:00:09:00 00:00:09:04 01:00:00:08 01:00:00:12\n"
    "EFFECTS NAME IS CROSS DISSOLVE\n* FROM CLIP NAME: a.mov\n* TO CLIP NAME: b.mov\n"
)
KEY = edl(SPANS[:2], (500, 70)) + (
    "003  001      V     K B      00:00:00:00 00:00:00:03 01:00:00:09 01:00:00:12\n"
    "003  002      V     K    000 00:00:05:00 00:00:05:03 01:00:00:09 01:00:00:12\n* KEY CLIP NAME: title.mov\n"
)
TRACKS = (
    edl(((0, 6), (6, 12)), (500, 70))
    + event(3, (4, 9), 40, channels="V2") + event(4, (4, 9), 40, channels="A2", reel="sound")
)  # fmt: skip
SHOTCUT = (
    "\n === playlist0 === \n\n"
    "001  film_mkv AA/V  C        00:00:00:00 00:00:00:03 00:00:00:00 00:00:00:03\n* FROM CLIP NAME: film.mkv\n"
    "002  door_mkv AA/V  C        00:00:02:00 00:00:02:04 00:00:00:03 00:00:00:07\n* FROM CLIP NAME: door.mkv\n"
    "003  film_mkv AA/V  C        00:00:08:00 00:00:08:02 00:00:00:07 00:00:00:09\n* FROM CLIP NAME: film.mkv\n"
)
MARKERS = (
    "TITLE: ( no title )\n\n001  001      V     C        01:00:18:06 01:00:18:07 01:00:18:06 01:00:18:07  \n"
    "2. a stain |C:ResolveColorYellow |M:Marker 1 |D:1\n"
)
LAST_FRAMES = [(start, stop - 1) for start, stop in SPANS]
BLADED: dict[str, Any] = {"sources": CUTS, "begin": 0}
PYSCENEDETECT = "* CREATED WITH PYSCENEDETECT 0.6.6\nTITLE: film\nFCM: NON-DROP FRAME\n\n"

HEADER = "Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame,End Timecode,End Time (seconds),"
HEADER += "Length (frames),Length (timecode),Length (seconds)"


def clock(frame: int) -> str:
    return f"00:00:{frame / RATE:06.3f}"


def scenes(base: int, separator: str = ",") -> str:
    """PySceneDetect's table, which counts frames from `base`."""
    lines = [HEADER]
    for number, (start, stop) in enumerate(SPANS, start=1):
        times = [f"{clock(frame)},{float(frame / RATE):.3f}" for frame in (start, stop, stop - start)]
        cells = number, start + base, times[0], stop, times[1], stop - start, times[2]
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines).replace(",", separator) + "\n"


TIMES = f"Timecode List:,{clock(4)},{clock(9)}\n"
OLD_HEADER = "Scene Number,Frame Number (Start),Timecode,Start Time (seconds),Length (seconds)"
OLD_SCENES = f"{clock(4)},{clock(9)}\n{OLD_HEADER}\n" + "".join(
    f"{number},{start},{clock(start)},{float(start / RATE):.6f},0.1\n" for number, start in enumerate(CUTS, 1)
)
PAGE = "<html><head><style>table.mytable {}</style></head><body>\n" + "".join(
    f"<table>\n{''.join(f'<tr>{line}</tr>' for line in rows)}</table>\n"
    for rows in (
        ["<td>Timecode List:</td><td>00:00:00.133</td>"],
        ["".join(f"<td>{cell}</td>" for cell in line.split(",")) for line in scenes(1).splitlines()],
    )
) + "</body></html>\n"  # fmt: skip
AV1AN = (
    '{"frames":12,"scenes":[{"start_frame":0,"end_frame":4,"zone_overrides":null},{"start_frame":4,"end_frame":9,'
    '"zone_overrides":null},{"start_frame":9,"end_frame":12,"zone_overrides":null}],"split_scenes":[{"start_frame":0,'
    '"end_frame":2,"zone_overrides":null},{"start_frame":2,"end_frame":12,"zone_overrides":null}]}'
)
SEGMENTS = [(float(start / RATE), float(stop / RATE)) for start, stop in SPANS]
LLC = "{\n  version: 2,\n  mediaFileName: 'it\\'s {a: 1}.mkv',\n  cutSegments: [\n" + "".join(
    f"    {{\n      start: {start},\n      end: {stop},\n      name: '',\n    }},\n" for start, stop in SEGMENTS
) + "  ],\n}\n"  # fmt: skip
LOSSLESS_CUT = "".join(f"{start},{stop},\n" for start, stop in SEGMENTS)
LOSSLESS_CUT_TIMES = "".join(f"{clock(start)},{clock(stop)},shot\n" for start, stop in SPANS)
MLT = '<?xml version="1.0" standalone="no"?>\n<mlt LC_NUMERIC="C" version="7.22.0" title="Shotcut version 23.11.29">\n'


def timeline(*tracks: Sequence[Any]) -> str:
    """An OTIO file."""
    made = schema.Timeline("reel", global_start_time=opentime.RationalTime(108_000, float(RATE)))
    made.tracks.extend(schema.Track(f"V{n}", each, kind="Video") for n, each in enumerate(tracks, start=1))
    made.tracks.append(schema.Track("A1", [clip("sound", 0, 12)], kind="Audio"))
    return str(adapters.write_to_string(made, "otio_json"))


def clip(name: str, start: int, length: int, **fields: Any) -> Any:
    span = opentime.TimeRange(*(opentime.RationalTime(frames, float(RATE)) for frames in (start, length)))
    return schema.Clip(name, schema.ExternalReference(f"{name}.mov"), span, **fields)


def gap(length: int) -> Any:
    return schema.Gap(duration=opentime.RationalTime(length, float(RATE)))


def resolves() -> str:
    """Two tracks, of which the upper covers the middle shot; a retimed clip with a marker, a generator."""
    fast = clip("a", 7, 6, effects=[schema.LinearTimeWarp(time_scalar=2.0)])
    fast.markers.append(schema.Marker("fix", opentime.TimeRange(duration=opentime.RationalTime(1, float(RATE)))))
    bars = clip("bars", 0, 6)
    bars.media_reference = schema.GeneratorReference("bars", "SMPTEBars")
    return timeline([fast, bars], [gap(2), gap(2), clip("b", 3, 5), gap(3)])


def bladed(*others: Any) -> str:
    return timeline([*(clip("film", start, stop - start) for start, stop in SPANS), *others])
