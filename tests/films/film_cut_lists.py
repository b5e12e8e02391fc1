"""Cut lists as programs write them: all of them are about one film of three shots.

The faces: `--cuts` is `tcvc info`, which reads the option as `tcvc colorize`, tcvc-pipe, `tcvc references` and
`vs_tcvc.open` do; `tcvc cuts` is also what Nuke's and Resolve's panels ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Event as Stop
from typing import Any

import av
import cut_list_texts as texts
import numpy as np
from cut_list_texts import CUTS, LENGTH, RATE
from made_films import KEPT, Facts, Fate, Made, Outcome, Section, everywhere, refuses, says

from vs_tcvc import cli
from vs_tcvc.cli.info import look_through, open_film
from vs_tcvc.cli.sequence import _cuts
from vs_tcvc.cuts.rules import ListedCuts
from vs_tcvc.cuts.writing import FilmCuts, write_cuts
from vs_tcvc.errors import TcvcError
from vs_tcvc.film.new import look_through as new_project
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings
from vs_tcvc.vapoursynth.filter import Filter

FIRST = 1001
"""Of numbered pictures."""


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
        usual = ("progress", "done", "identity")
        return Outcome({"cuts": tuple(cuts)}, [event.text for event in said if event.text and event.name not in usual])

    return face


@refusing
def by_option(name: str, path: Path, said: list[Event]) -> Sequence[int]:
    settings = Settings(cuts=name, size=64, threads=1)
    with open_film(film_beside(path), settings, said.append) as film:
        return look_through(film, settings, said.append, reads_all=True)[1]


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
    given: Mapping[str, Sequence[Any]] = {"cuts_file": [name_of(path, options)], "size": [64], "threads": [1]}
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


# Rows

FILMS_RATE = "counted at the film's 29.97"
NO_RATE = refuses("does not contain its frame rate; add it")
LAST_FRAMES = says("its outs are the last frames of shots")
FROM_ONE = "it counts frames from 1"
THROUGH = "1 through-edit left out (frame {})"


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
    outside = says(f"cuts: expected frames of the clip, {FIRST} to {FIRST + LENGTH - 1}, got", changes="cuts")
    return row(name, trait, content, tcvc_sequence=outside, **others)


def own(path: Path) -> None:
    write_cuts(path, FilmCuts(CUTS, LENGTH, RATE, "film.mkv"))


OURS = [
    Made("found.edl", "`tcvc cuts`, EDL", own, everywhere(KEPT, list(FACES))),
    Made("found.otio", "`tcvc cuts`, timeline", own, everywhere(KEPT, list(FACES))),
]
EDLS = [
    row("premiere.edl", "EDL of Premiere: 00;00;02;00, sound", texts.PREMIERE, says("3 sound events not used"),
        cuts=says("3 sound events not used", FILMS_RATE), tcvc_project_new=says("3 sound events not used", FILMS_RATE)),
    edit("resolve.edl", "EDL of Resolve: long reels, M2", texts.RESOLVE),
    edit("avid.edl", "EDL of Avid: locators, effects", texts.AVID),
    edit("shotcut.edl", "EDL of Shotcut: record times without the last frames", texts.SHOTCUT,
         says("its outs are the last frames of shots; those frames are counted in, and later shots moved")),
    in_times("norate.edl", "EDL without a rate", texts.edl()),
    edit("untitled.edl", "EDL without a title, events apart by tabs", texts.edl(head="").replace("  ", "\t")),
    edit("blank.edl", "EDL without reels", texts.edl(reel="")),
    edit("reels.edl", "EDL with REEL 01", texts.edl(reel="REEL 01", channels="AA/V")),
    edit("both.edl", "EDL with channels B", texts.edl(channels="B")),
    edit("mac.edl", "EDL with line ends of old Macs", texts.edl().replace("\n", "\r")),
    edit("utf16.edl", "EDL in UTF-16", texts.edl(), encoding="utf-16"),
    edit("latin.edl", "EDL with names in Latin-1", texts.edl(comment="* FROM CLIP NAME: T\u00fcr {}\n"),
         encoding="latin-1"),
    edit("key.edl", "EDL with keys", texts.KEY),
    edit("tracks.edl", "EDL with V2 above V", texts.TRACKS, says("1 sound event not used")),
    edit("dissolve.edl", "EDL with a dissolve", texts.DISSOLVE),
    edit("midnight.edl", "EDL whose timecode passes midnight",
         texts.edl(begin=24 * 108_000 - 6).replace("24:00:", "00:00:"), says("its timecode passes midnight")),
    edit("remarks.edl", "EDL with remarks", texts.edl(comment="2. point: look at {}\nthe door\n"),
         says("6 lines of text not used")),
    edit("lastframes.edl", "EDL whose outs are last frames", texts.edl(texts.LAST_FRAMES), LAST_FRAMES),
    edit("bladed.edl", "EDL of one bladed film", texts.edl(**texts.BLADED)),
    edit("through.edl", "EDL with a through-edit", texts.edl(sources=(500, 504, 900)),
         says(THROUGH.format(4), changes="cuts"), tcvc_sequence=says(THROUGH.format(FIRST + 4), changes="cuts")),
    row("markers.edl", "markers of Resolve and OBS as an EDL", texts.MARKERS,
        refuses("line 4: expected a cut list, got a list of markers"), rate="30"),
    edit("pyscenedetect.edl", "PySceneDetect `save-edl` to 0.6: last frames",
         texts.edl(texts.LAST_FRAMES, head=texts.PYSCENEDETECT, **texts.BLADED), LAST_FRAMES),
    edit("pyscenedetect7.edl", "PySceneDetect `save-edl` from 0.7",
         texts.edl(head=texts.PYSCENEDETECT, **texts.BLADED)),
]  # fmt: skip
TIMELINES = [
    row("resolve.otio", "OTIO: two tracks, gaps, a retime, a generator, markers", texts.resolves()),
    row("bladed.otio", "OTIO of one bladed film, as PySceneDetect `save-otio`", texts.bladed()),
    row("through.otio", "OTIO with a through-edit",
        texts.timeline([texts.clip("a", 0, 4), texts.clip("a", 4, 5), texts.clip("b", 0, 3)]),
        says(THROUGH.format(4), changes="cuts"), tcvc_sequence=says(THROUGH.format(FIRST + 4), changes="cuts")),
    row("timeline.json", "OTIO under another name", texts.bladed()),
]  # fmt: skip
TABLES = [
    row("scenes.csv", "PySceneDetect `list-scenes`: counts from 1", texts.TIMES + texts.scenes(1), says(FROM_ONE)),
    row("skip-cuts.csv", "the same without its first line, with semicolons", texts.scenes(1, ";"), says(FROM_ONE)),
    row("scenes5.csv", "PySceneDetect 0.5: counts from 0", texts.TIMES + texts.scenes(0)),
    row("scenes4.csv", "PySceneDetect 0.4", texts.OLD_SCENES),
    row("scenes.html", "PySceneDetect `save-html`", texts.PAGE, says(FROM_ONE)),
    in_times("cut.csv", "LosslessCut, seconds", "Start,End,Name\n" + texts.LOSSLESS_CUT),
    in_times("older.csv", "LosslessCut, seconds, no header", texts.LOSSLESS_CUT),
    in_times("times.tsv", "LosslessCut, times", texts.LOSSLESS_CUT_TIMES.replace(",", "\t")),
    row("frames.csv", "LosslessCut, frames", "Start,End,Name\n0,4,\n4,9,door\n9,12,\n",
        says("its whole numbers are taken as frames")),
    in_times("film-proj.llc", "LosslessCut, project", texts.LLC),
]  # fmt: skip
OTHERS = [
    row("film.qp", "qpfile of x264, x265, PySceneDetect `save-qp`", "0 I -1\n4 K\n6 P 22\n9 I -1\n",
        says("1 frame of the types i, P, B or b begin no shot")),
    row("keyframes.txt", "keyframes of Aegisub, WWXD", "# keyframe format v1\nfps 0\n\n0\n4\n9\n"),
    row("xvid.log", "statistics of Xvid, SCXvid",
        "# XviD 2pass stat file (core version 1.3.7)\n# Please do not modify this file\n\n"
        + "".join(f"{'i' if frame in CUTS else 'p'} 2 10 20 3 100 0\n" for frame in range(LENGTH))),
    row("scenes.json", "Av1an", texts.AV1AN),
    row("older.json", "frames in JSON", '{"scenes": [0, 4, 9], "frames": 12}'),
    row("pairs.json", "first and last frames in JSON", '{"scenes": [[0, 3], [4, 8], [9, 11]]}'),
    row("film.scenes.txt", "TransNetV2, AutoShot: last frames", "0 3\n4 8\n9 11\n"),
    row("soft.scenes.txt", "the same, with a dissolve between", "0 3\n4 7\n10 11\n"),
    row("one.txt", "first and last frames from 1", "1 4\n5 9\n10 12\n", says(FROM_ONE)),
    by_number("found.csv", "`tcvc cuts`, table", "frame,seconds\n0,0.000\n4,0.133\n9,0.300\n"),
    by_number("list.txt", "plain numbers, remarks", "0, 4 # the door\n9\n"),
    by_number("utf16.txt", "plain numbers in UTF-16", "0\r\n4\r\n9\r\n", encoding="utf-16"),
    row("film.mlt", "project of Shotcut, Kdenlive", texts.MLT,
        refuses("got XML of another program; export the timeline as EDL or OTIO")),
]  # fmt: skip

CUT_LISTS = Section(
    "Cut lists",
    "Lists are told apart by what they hold, not by their names. `--cuts` stands for `tcvc colorize`, tcvc-pipe, "
    "`tcvc info`, `tcvc references` and `vs_tcvc.open`; `tcvc cuts` also for the panels of Nuke and Resolve. The film "
    "has 29.97 frames per second, which only `--cuts` and `tcvc project new` know without being told.",
    (*EDLS, *TIMELINES, *TABLES, *OTHERS, *OURS),
    FACES,
    facts_of,
)
