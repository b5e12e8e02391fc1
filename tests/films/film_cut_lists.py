"""Cut lists as programs write them: all of them are about one film of three shots.

The faces: `--cuts` is `tcvc info`, which reads the option as `tcvc colorize`, tcvc-pipe, `tcvc references` and
`vs_tcvc.open` do; `tcvc cuts` is also what Nuke's and Resolve's panels ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from io import StringIO
from itertools import pairwise
from pathlib import Path
from threading import Event as Stop
from typing import Any

import av
import numpy as np
from made_films import Facts, Outcome

from vs_tcvc import cli
from vs_tcvc.cli.info import look_through, open_film
from vs_tcvc.cli.sequence import _cuts
from vs_tcvc.cuts.rules import ListedCuts
from vs_tcvc.errors import TcvcError
from vs_tcvc.film.new import look_through as new_project
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings
from vs_tcvc.vapoursynth.filter import Filter

RATE = Fraction(30000, 1001)
CUTS = (0, 4, 9)
LENGTH = 12
FIRST = 1001
"""Of numbered pictures."""
SPANS = list(pairwise((*CUTS, LENGTH)))


def facts_of(path: Path) -> Facts:
    """What every list is about."""
    return {"cuts": CUTS}


# Faces


def name_of(path: Path, options: Mapping[str, Any]) -> str:
    return f"{path}@{options['rate']}" if "rate" in options else str(path)


def film_beside(path: Path) -> Path:
    """The film, gray."""
    film = path.parent.parent / "film.mkv"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "gray"
        for number in range(LENGTH):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((24, 32), 20 * number, np.uint8), "gray")))
        container.mux(stream.encode(None))
    return film


def refusing(read: Callable[[str, Path, list[Event]], Sequence[int]]) -> Callable[..., Outcome]:
    """A face that reads the cuts of a list, from 0, and tells events."""

    def face(path: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
        said: list[Event] = []
        try:
            cuts = read(name_of(path, options), path, said)
        except TcvcError as error:
            return Outcome({}, error=str(error))
        usual = ("progress", "done", "shot", "network", "stream")
        return Outcome({"cuts": tuple(cuts)}, [event.text for event in said if event.text and event.name not in usual])

    return face


@refusing
def by_option(name: str, path: Path, said: list[Event]) -> Sequence[int]:
    settings = Settings(cuts=name, size=64, threads=1)
    with open_film(film_beside(path), settings, said.append) as film:
        return look_through(film, settings, said.append, reads_all=True)[2]


def by_command(path: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    printed, said = StringIO(), StringIO()
    with redirect_stdout(printed), redirect_stderr(said):
        code = cli.main(["cuts", name_of(path, options)])
    if code:
        return Outcome({}, error=said.getvalue())
    return Outcome({"cuts": tuple(map(int, printed.getvalue().split(",")))}, said.getvalue().splitlines())


@refusing
def by_sequence(name: str, path: Path, said: list[Event]) -> Sequence[int]:
    job = _cuts(Settings(cuts=name), range(FIRST, FIRST + LENGTH), said.append)
    return [int(cut) - FIRST for cut in job.replace("none", "").split(",") if cut]


@refusing
def by_new_project(name: str, path: Path, said: list[Event]) -> Sequence[int]:
    settings = Settings(cuts=name, size=64, threads=1)
    project, _ = new_project(film_beside(path), settings, said.append, Stop(), "film.mkv")
    return [shot.frames[0] for shot in project.shots]


def by_vapoursynth(path: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    given = {"cuts_file": [name_of(path, options)], "size": [64], "threads": [1]}
    try:
        used = Filter((1, 0, 8, 0, 0, 32, 24, LENGTH), None, given)
        used.open()
    except TcvcError as error:
        return Outcome({}, error=str(error))
    session: Any = used._session
    rule = session._anchors.cuts
    assert isinstance(rule, ListedCuts)
    said = [line for line in used.take_messages().splitlines() if "network" not in line]
    return Outcome({"cuts": tuple(sorted(rule.frames))}, said)


FACES = {
    "--cuts": by_option, "tcvc cuts": by_command, "tcvc sequence": by_sequence,
    "tcvc project new": by_new_project, "VapourSynth": by_vapoursynth,
}  # fmt: skip


# Lists


def label(frame: int, drop: str = "", base: int = 30) -> str:
    """Timecode; drop: what stands for every colon, in the first minute of drop-frame timecode."""
    seconds, frames = divmod(frame, base)
    time = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"
    return time.replace(":", drop) if drop else time


def event(
    number: int, span: tuple[int, int], source: int, reel: str = "AX", channels: str = "V", kind: str = "C",
    begin: int = 108_000, drop: str = "",
) -> str:  # fmt: skip
    """An event of an EDL. source: where its clip is from. begin: the frame whose timecode is that of the film's start."""
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
    comment="* FROM CLIP NAME: scene {}.mov\n001  AX       AA    C        00;00;00;00 00;00;00;04 00;00;00;00 00;00;00;04\n"
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
    lines = [HEADER] + [
        f"{number},{start + base},{clock(start)},{float(start / RATE):.3f},{stop},{clock(stop)},{float(stop / RATE):.3f},"
        f"{stop - start},{clock(stop - start)},{float((stop - start) / RATE):.3f}"
        for number, (start, stop) in enumerate(SPANS, start=1)
    ]  # fmt: skip
    return "\n".join(lines).replace(",", separator) + "\n"


TIMES = f"Timecode List:,{clock(4)},{clock(9)}\n"
OLD_SCENES = "{0},{1}\nScene Number,Frame Number (Start),Timecode,Start Time (seconds),Length (seconds)\n".format(
    clock(4), clock(9)
) + "".join(f"{number},{start},{clock(start)},{float(start / RATE):.6f},0.1\n" for number, start in enumerate(CUTS, 1))
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
    from opentimelineio import adapters, opentime, schema

    made = schema.Timeline("reel", global_start_time=opentime.RationalTime(108_000, float(RATE)))
    made.tracks.extend(schema.Track(f"V{n}", each, kind="Video") for n, each in enumerate(tracks, start=1))
    made.tracks.append(schema.Track("A1", [clip("sound", 0, 12)], kind="Audio"))
    return str(adapters.write_to_string(made, "otio_json"))


def clip(name: str, start: int, length: int, **fields: Any) -> Any:
    from opentimelineio import opentime, schema

    span = opentime.TimeRange(*(opentime.RationalTime(frames, float(RATE)) for frames in (start, length)))
    return schema.Clip(name, schema.ExternalReference(f"{name}.mov"), span, **fields)


def gap(length: int) -> Any:
    from opentimelineio import opentime, schema

    return schema.Gap(duration=opentime.RationalTime(length, float(RATE)))


def resolves() -> str:
    """Two tracks, of which the upper covers the middle shot; a retimed clip with a marker, a generator."""
    from opentimelineio import opentime, schema

    fast = clip("a", 7, 6, effects=[schema.LinearTimeWarp(time_scalar=2.0)])
    fast.markers.append(schema.Marker("fix", opentime.TimeRange(duration=opentime.RationalTime(1, float(RATE)))))
    bars = clip("bars", 0, 6)
    bars.media_reference = schema.GeneratorReference("bars", "SMPTEBars")
    return timeline([fast, bars], [gap(2), gap(2), clip("b", 3, 5), gap(3)])


def bladed(*others: Any) -> str:
    return timeline([*(clip("film", start, stop - start) for start, stop in SPANS), *others])


# Rows

FILMS_RATE = "counted at the film's 29.97 frames per second"
NO_RATE = refuses("does not contain its frame rate; add it, as in ")
FROM_ONE = "it counts frames from 1; here they count from 0"
THROUGH = "1 through-edit left out (frame {}), where the same source goes on; if pictures change there"


def written(content: str, encoding: str, path: Path) -> None:
    path.write_bytes(content.encode(encoding))


def row(
    name: str, trait: str, content: str, fate: Fate = KEPT, rate: str = "", encoding: str = "utf-8", **others: Fate
) -> Made:  # fmt: skip
    """rate: behind @. others: fates of faces, by their names with _ for blanks."""
    named = {face: others[key] for face in FACES if (key := face.strip("-").replace(" ", "_")) in others}
    options = {"rate": rate} if rate else {}
    return Made(name, trait, partial(written, content, encoding), everywhere(fate, list(FACES), **named), options)


def edit(name: str, trait: str, content: str, fate: Fate = KEPT, **others: Any) -> Made:
    return row(name, trait, content, fate, "30000/1001", **others)


def in_times(name: str, trait: str, content: str) -> Made:
    """A list that needs the rate of the film, which two faces know."""
    known = says(FILMS_RATE)
    return row(name, trait, content, NO_RATE, cuts=known, tcvc_project_new=known)


def by_number(name: str, trait: str, content: str, **others: Any) -> Made:
    """A list of frame numbers, which are those of numbered pictures."""
    outside = says(f"cuts: expected frames of the clip, {FIRST} to {FIRST + LENGTH - 1}, got ", changes="cuts")
    return row(name, trait, content, tcvc_sequence=outside, **others)


def own(path: Path) -> None:
    write_cuts(path, FilmCuts(CUTS, LENGTH, RATE, "film.mkv"))


OURS = [
    Made("found.edl", "`tcvc cuts`, EDL", own, everywhere(KEPT, list(FACES))),
    Made("found.otio", "`tcvc cuts`, timeline", own, everywhere(KEPT, list(FACES))),
]
EDLS = [
    row("premiere.edl", "EDL of Premiere: 00;00;02;00, sound", PREMIERE, says("3 sound events not used"),
        cuts=says("3 sound events not used", FILMS_RATE), tcvc_project_new=says("3 sound events not used", FILMS_RATE)),
    edit("resolve.edl", "EDL of Resolve: long reels, M2", RESOLVE),
    edit("avid.edl", "EDL of Avid: locators, effects", AVID),
    edit("shotcut.edl", "EDL of Shotcut: record times without the last frames", SHOTCUT,
         says("its outs are the last frames of shots; those frames are counted in, and later shots moved back")),
    in_times("norate.edl", "EDL without a rate", edl()),
    edit("untitled.edl", "EDL without a title, events apart by tabs", edl(head="").replace("  ", "\t")),
    edit("blank.edl", "EDL without reels", edl(reel="")),
    edit("reels.edl", "EDL with REEL 01", edl(reel="REEL 01", channels="AA/V")),
    edit("both.edl", "EDL with channels B", edl(channels="B")),
    edit("mac.edl", "EDL with line ends of old Macs", edl().replace("\n", "\r")),
    edit("utf16.edl", "EDL in UTF-16", edl(), encoding="utf-16"),
    edit("latin.edl", "EDL with names in Latin-1", edl(comment="* FROM CLIP NAME: T\u00fcr {}\n"), encoding="latin-1"),
    edit("key.edl", "EDL with keys", KEY),
    edit("tracks.edl", "EDL with V2 above V", TRACKS, says("1 sound event not used")),
    edit("dissolve.edl", "EDL with a dissolve", DISSOLVE),
    edit("midnight.edl", "EDL whose timecode passes midnight",
         edl(begin=24 * 108_000 - 6).replace("24:00:", "00:00:"), says("its timecode passes midnight")),
    edit("remarks.edl", "EDL with remarks", edl(comment="2. point: look at {}\nthe door\n"), says("6 lines of text not used")),
    edit("lastframes.edl", "EDL whose outs are last frames", edl(LAST_FRAMES),
         says("its outs are the last frames of shots; those frames are counted in")),
    edit("bladed.edl", "EDL of one bladed film", edl(**BLADED)),
    edit("through.edl", "EDL with a through-edit", edl(sources=(500, 504, 900)),
         says(THROUGH.format(4), changes="cuts"), tcvc_sequence=says(THROUGH.format(FIRST + 4), changes="cuts")),
    row("markers.edl", "markers of Resolve and OBS as an EDL", MARKERS,
        refuses("line 4: expected a cut list, got a list of markers"), rate="30"),
    edit("pyscenedetect.edl", "PySceneDetect `save-edl` to 0.6: last frames", edl(LAST_FRAMES, head=PYSCENEDETECT, **BLADED),
         says("its outs are the last frames of shots; those frames are counted in")),
    edit("pyscenedetect7.edl", "PySceneDetect `save-edl` from 0.7", edl(head=PYSCENEDETECT, **BLADED)),
]  # fmt: skip
TIMELINES = [
    row("resolve.otio", "OTIO: two tracks, gaps, a retime, a generator, markers", resolves()),
    row("bladed.otio", "OTIO of one bladed film, as PySceneDetect `save-otio`", bladed()),
    row("through.otio", "OTIO with through-edits", bladed(clip("other", 0, 3)),
        says("2 through-edits left out (frame 4, 9), where the same source goes on", "expected frames of the clip, 0 to 11", changes="cuts"),
        tcvc_cuts=says("2 through-edits left out (frame 4, 9)", changes="cuts"),
        tcvc_sequence=says("2 through-edits left out (frame 1005, 1010)", "expected frames of the clip, 1001 to", changes="cuts")),
    row("timeline.json", "OTIO under another name", bladed()),
]  # fmt: skip
TABLES = [
    row("scenes.csv", "PySceneDetect `list-scenes`: counts from 1", TIMES + scenes(1), says(FROM_ONE)),
    row("skip-cuts.csv", "the same without its first line, in German Excel", scenes(1, ";"), says(FROM_ONE)),
    row("scenes5.csv", "PySceneDetect 0.5: counts from 0", TIMES + scenes(0)),
    row("scenes4.csv", "PySceneDetect 0.4", OLD_SCENES),
    row("scenes.html", "PySceneDetect `save-html`", PAGE, says(FROM_ONE)),
    in_times("cut.csv", "LosslessCut, seconds", "Start,End,Name\n" + LOSSLESS_CUT),
    in_times("older.csv", "LosslessCut, seconds, no header", LOSSLESS_CUT),
    in_times("times.tsv", "LosslessCut, times", LOSSLESS_CUT_TIMES.replace(",", "\t")),
    row("frames.csv", "LosslessCut, frames", "Start,End,Name\n0,4,\n4,9,door\n9,12,\n",
        says("its whole numbers are taken as frames")),
    in_times("film-proj.llc", "LosslessCut, project", LLC),
]  # fmt: skip
OTHERS = [
    row("film.qp", "qpfile of x264, x265, PySceneDetect `save-qp`", "0 I -1\n4 K\n6 P 22\n9 I -1\n",
        says("1 frame of the types i, P, B or b begin no shot")),
    row("keyframes.txt", "keyframes of Aegisub, WWXD", "# keyframe format v1\nfps 0\n\n0\n4\n9\n"),
    row("xvid.log", "statistics of Xvid, SCXvid",
        "# XviD 2pass stat file (core version 1.3.7)\n# Please do not modify this file\n\n"
        + "".join(f"{'i' if frame in CUTS else 'p'} 2 10 20 3 100 0\n" for frame in range(LENGTH))),
    row("scenes.json", "Av1an", AV1AN),
    row("older.json", "frames in JSON", '{"scenes": [0, 4, 9], "frames": 12}'),
    row("pairs.json", "first and last frames in JSON", '{"scenes": [[0, 3], [4, 8], [9, 11]]}'),
    row("film.scenes.txt", "TransNetV2, AutoShot: last frames", "0 3\n4 8\n9 11\n"),
    row("soft.scenes.txt", "the same, with a dissolve between", "0 3\n4 7\n10 11\n"),
    row("one.txt", "first and last frames from 1", "1 4\n5 9\n10 12\n", says(FROM_ONE)),
    by_number("found.csv", "`tcvc cuts`, table", "frame,seconds\n0,0.000\n4,0.133\n9,0.300\n"),
    by_number("list.txt", "plain numbers, remarks", "0, 4 # the door\n9\n"),
    by_number("utf16.txt", "plain numbers in UTF-16", "0\r\n4\r\n9\r\n", encoding="utf-16"),
    row("film.mlt", "project of Shotcut, Kdenlive", MLT,
        refuses("expected a cut list, got XML of another program; export the timeline as EDL or OTIO")),
]  # fmt: skip

CUT_LISTS = Section(
    "Cut lists",
    "Lists are told apart by what they hold, not by their names. `--cuts` stands for `tcvc colorize`, tcvc-pipe, "
    "`tcvc info`, `tcvc references` and `vs_tcvc.open`; `tcvc cuts` also for the panels of Nuke and Resolve. The film has "
    "29.97 frames per second, which the other faces do not know.",
    (*EDLS, *TIMELINES, *TABLES, *OTHERS, *OURS),
    FACES,
    facts_of,
)
