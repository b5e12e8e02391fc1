"""Every option that a face has beside `Settings` changes what is written, what is said, or how it ends.

Each is tried where it matters: a command without it and the same command with it, in equal folders. What is compared
are all files (films and pictures by their samples), all words, and the exit code. An option that is added needs a line
here; those of `Settings` are in test_options.py.
"""

from __future__ import annotations

import argparse
import inspect
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import av
import cv2
import jobs
import numpy as np
import pytest
from numpy.typing import NDArray

import vs_tcvc
from ffmpeg_filters import pipe
from vs_tcvc import cli
from vs_tcvc.errors import TcvcError
from vs_tcvc.project import document
from vs_tcvc.project.schema import Film, Project, Shot
from vs_tcvc.sequences.image_file import read_picture
from vs_tcvc.sequences.job import Job
from vs_tcvc.settings import Settings, options

WIDTH, HEIGHT, SHOT, FIRST = 64, 48, 3, 1001
QUICK = {"size": 64, "threads": 1, "device": "cpu"}
ABOUT_NETWORKS = ("colorize", "sequence", "references", "render")
WRITTEN = re.compile(r"\.[0-9]{10}\.[0-9a-f]{32}|\b[0-9]{19}\b")
"""When a file was written, in seconds and by whom or in nanoseconds."""
NETWORK = ("--size", "64", "--threads", "1", "--device", "cpu")
SMALL = Settings(size=64, threads=1, device="cpu")
TIMES = re.compile(r'[0-9.]+ ?fps|"(fps|ms|seconds|pid)": [0-9.]+|"params": "[0-9a-f]+"|[0-9]+:[0-9]{2}')


def picture(index: int) -> NDArray[np.uint8]:
    """Two shots."""
    noise = np.random.default_rng(index // SHOT).random((HEIGHT, WIDTH)).astype(np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.interp(texture, (texture.min(), texture.max()), (30, 220)).astype(np.uint8)


def write_film(path: Path, field_order: int = 0, is_heavy: bool = False) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24, width=WIDTH, height=HEIGHT, pix_fmt="gray")
        if field_order:
            stream.codec_context.field_order = field_order
        if is_heavy:
            container.add_attachment("font.ttf", "font/ttf", b"\0\1\0\0 glyphs")
        for index in range(2 * SHOT):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(index), "gray")))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Films, streams, plates, cut lists and results of others."""
    folder = tmp_path_factory.mktemp("material")
    for name in ("scans", "plates", "refs", "out"):
        (folder / name).mkdir()
    write_film(folder / "film.mkv")
    write_film(folder / "fields.mkv", field_order=2)
    write_film(folder / "heavy.mkv", is_heavy=True)
    frames = [picture(index) for index in range(2 * SHOT)]
    for index, each in enumerate(frames):
        cv2.imwrite(str(folder / "scans" / f"{FIRST + index:04d}.png"), each)
    jobs.write_plates(folder / "exr")
    (folder / "raw.gray").write_bytes(b"".join(each.tobytes() for each in frames))
    stream = b"".join(b"FRAME\n" + each.tobytes() for each in frames)
    (folder / "fields.y4m").write_bytes(b"YUV4MPEG2 W64 H48 F24:1 It A1:1 Cmono\n" + stream)
    cv2.imwrite(str(folder / "painted.png"), cv2.applyColorMap(frames[0], cv2.COLORMAP_AUTUMN))
    (folder / "reel.edl").write_text("001 A V C 00:00:00:00 00:00:00:03 01:00:00:00 01:00:00:03\n"
                                     "002 B V C 00:00:00:00 00:00:00:03 01:00:00:03 01:00:01:01\n")  # fmt: skip
    for taken in ("taken.mkv", "taken.html", "refs/shot001_frame000000_1.png", "out/c.1001.exr"):
        (folder / taken).write_text("of others")
    write_projects(folder)
    return folder


def write_projects(folder: Path) -> None:
    """Projects of the films and of the plates. The colour of two of them is stored."""
    two = (Shot((0, SHOT)), Shot((SHOT, 2 * SHOT)))
    for name, film, shots in (("film", "film.mkv", two), ("one", "film.mkv", (Shot((0, 2 * SHOT)),)),
                              ("heavy", "heavy.mkv", two)):  # fmt: skip
        facts = Film(film, 2 * SHOT, (WIDTH, HEIGHT), "24/1")
        document.write(document.new(folder / f"{name}.tcvc.yaml", Project(facts, shots, QUICK)))
    facts = Film("none.mkv", jobs.FRAMES, (jobs.WIDTH, jobs.HEIGHT), "24/1", FIRST)
    plates = Project(facts, (Shot((FIRST, FIRST + jobs.FRAMES), state="gray"),))
    document.write(document.new(folder / "plates.tcvc.yaml", plates))
    for name in ("film", "one"):
        assert cli.main(["render", str(folder / f"{name}.tcvc.yaml"), "--colour-only", "--quiet"]) == 0
    (folder / ".tcvc" / "one.tcvc.yaml.made-of.json").unlink()  # its colour is nobody's then


def samples(path: Path) -> Any:
    """What a file holds, without what differs by itself from run to run."""
    if path.suffix in (".mkv", ".mov"):
        try:
            with av.open(str(path)) as film:
                video = film.streams.video[0]
                frames = [[bytes(plane) for plane in frame.planes] for frame in film.decode(video=0)]
                return video.codec_context.name, video.average_rate, frames
        except av.error.FFmpegError:
            return path.read_bytes()
    if path.suffix in (".exr", ".png") and path.read_bytes() != b"of others":
        made = read_picture(path, "")
        return list(made.spec.channelnames), made.pixels.tobytes()
    if path.suffix == ".json":
        return WRITTEN.sub("", path.read_text())
    return None if path.suffix == ".jsonl" else path.read_bytes()


# The faces


def tcvc_pipe(*words: str) -> int:
    """words: what stdin is, then arguments."""
    sink = io.BytesIO()
    code = pipe.main([*words[1:], *NETWORK], io.BytesIO(Path(words[0]).read_bytes()), sink)
    Path("piped.y4m").write_bytes(sink.getvalue())
    return code


def run(face: str, words: tuple[str, ...]) -> int:
    if face == "tcvc-pipe":
        return tcvc_pipe(*words)
    network = {"project new": NETWORK, **dict.fromkeys(ABOUT_NETWORKS, (*NETWORK, "--quiet"))}.get(face, ())
    return cli.main([*words, *network])


Try = tuple[tuple[str, ...], tuple[str, ...]]
"""A command without the option and with it."""


def with_it(command: str, more: str) -> Try:
    return tuple(command.split()), (*command.split(), *more.split())


FILM = "colorize film.mkv out.mkv"
RENDER = "render film.tcvc.yaml out.mkv"
STATUS = "project status film.tcvc.yaml"
PLATES = "sequence exr/plate.%04d.exr made/c.%04d.exr"
OWN: Mapping[str, Mapping[str, Try]] = {
    "tcvc-pipe": {
        "interlaced": with_it("fields.y4m", "--interlaced"), "raw": with_it("raw.gray", "--raw 64x48:gray:24"),
    },
    "colorize": {
        "files": (("colorize", "film.mkv", "out.mkv"), ("colorize", "film.mkv", "other.mkv")),
        "out_dir": with_it("colorize film.mkv", "--out-dir made"),
        "overwrite": with_it("colorize film.mkv taken.mkv", "--overwrite"),
        "rate": with_it("colorize scans out.mkv", "--rate 12"),
        "interlaced": with_it("colorize fields.mkv out.mkv", "--interlaced"),
        "leave_out": with_it("colorize heavy.mkv out.mov --codec prores_ks", "--leave-out"),
        "store": with_it(FILM, "--store kept"), "shots": with_it(FILM, "--shots 2"),
        "frames": with_it(FILM, "--frames 2-3"), "preview": with_it(FILM, "--preview 1"),
        "compare": with_it(FILM, "--compare side"),
        "at_once": with_it(FILM, "--at-once 0"),  # it changes time alone
        "codec": with_it(FILM, "--codec ffv1"), "crf": with_it(FILM, "--crf 40"),
        "lossless": with_it(FILM, "--lossless"), "encoder_option": with_it(FILM, "--encoder-option preset=ultrafast"),
    },
    "sequence": {
        "plate": with_it("sequence exr/plate.%04d.exr", "made/c.%04d.exr"),
        "result": (tuple(PLATES.split()), ("sequence", "exr/plate.%04d.exr", "d.%04d.exr")),
        "first": with_it(PLATES, "--first 1003"), "last": with_it(PLATES, "--last 1003"),
        "output": with_it(PLATES, "--output chroma"), "colorspace": with_it(PLATES, "--colorspace ACEScct"),
        "ocio": with_it(PLATES, "--ocio nowhere.ocio"), "exposure": with_it(PLATES, "--exposure 3"),
        "overwrite": with_it("sequence exr/plate.%04d.exr out/c.%04d.exr", "--overwrite"),
    },
    "references": {
        "film": (("references", "film.mkv", "--out", "made"), ("references", "scans", "--out", "made")),
        "out": (("references", "film.mkv", "--out", "made"), ("references", "film.mkv", "--out", "other")),
        "candidates": with_it("references film.mkv --out made", "--candidates 1"),
        "overwrite": with_it("references film.mkv --out refs --candidates 1", "--overwrite"),
    },
    "project new": {
        "film": (("project", "new", "film.mkv", "--out", "new.tcvc.yaml"),
                 ("project", "new", "scans", "--out", "new.tcvc.yaml")),
        "out": with_it("project new heavy.mkv --out new.tcvc.yaml", "--out other.tcvc.yaml"),
        "no_scenes": with_it("project new film.mkv --out new.tcvc.yaml", "--no-scenes"),
        "rate": with_it("project new scans", "--rate 12"),
        "interlaced": with_it("project new fields.mkv", "--interlaced"),
    },
    "project status": {
        "store": with_it(STATUS, "--store elsewhere"), "json": with_it(STATUS, "--json"),
    },
    "project references": {"shots": with_it("project references film.tcvc.yaml", "--shots 2")},
    "project clean": {
        "store": with_it("project clean film.tcvc.yaml", "--store elsewhere"),
        "keep": with_it("project clean film.tcvc.yaml", "--keep 1"),
    },
    "report": {
        "out": with_it("report film.tcvc.yaml", "--out other.html"),
        "store": with_it("report film.tcvc.yaml", "--store elsewhere"),
        "overwrite": with_it("report film.tcvc.yaml --out taken.html", "--overwrite"),
    },
    "render": {
        "file": (tuple(RENDER.split()), ("render", "one.tcvc.yaml", "out.mkv")),
        "out": (tuple(RENDER.split()), ("render", "film.tcvc.yaml", "other.mkv")),
        "color_only": (("render", "film.tcvc.yaml"), ("render", "film.tcvc.yaml", "--colour-only")),
        "store": with_it(RENDER, "--store elsewhere"), "shots": with_it(RENDER, "--shots 2"),
        "frames": with_it(RENDER, "--frames 2-3"),
        "overwrite": with_it("render film.tcvc.yaml taken.mkv", "--overwrite"),
        "leave_out": with_it("render heavy.tcvc.yaml out.mov --codec prores_ks", "--leave-out"),
        "codec": with_it(RENDER, "--codec ffv1"), "crf": with_it(RENDER, "--crf 40"),
        "lossless": with_it(RENDER, "--lossless"),
        "encoder_option": with_it(RENDER, "--encoder-option preset=ultrafast"),
    },
    "info": {
        "film": (("info", "film.mkv"), ("info", "scans")), "no_shots": with_it("info film.mkv", "--no-shots"),
        "json": with_it("info film.mkv", "--json"),
    },
    "cuts": {
        "file": (("cuts", "reel.edl", "--rate", "24"), ("cuts", "nowhere.edl", "--rate", "24")),
        "first": with_it("cuts reel.edl --rate 24", "--first 1001"), "rate": with_it("cuts reel.edl", "--rate 24"),
        "out": with_it("cuts film.mkv", "--out made.csv"),
        "overwrite": with_it("cuts film.mkv --out reel.edl", "--overwrite"),
    },
}  # fmt: skip
"""Commands by face, for every option of its parser that is not one of `Settings`."""


def parser_of(face: str) -> argparse.ArgumentParser:
    if face == "tcvc-pipe":
        return pipe.parser()
    commands = next(each for each in cli.parser()._actions if isinstance(each, argparse._SubParsersAction))
    for word in face.split():
        found: argparse.ArgumentParser = commands.choices[word]
        commands = next((each for each in found._actions if isinstance(each, argparse._SubParsersAction)), commands)
    return found


@pytest.mark.parametrize("face", OWN)
def test_every_own_option_of_a_face_is_tried_here(face: str) -> None:
    general = {option.name for option in options()} | {"help"}
    assert {action.dest for action in parser_of(face)._actions} - general == {*OWN[face]}


@pytest.fixture
def outcome(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[[Callable[[], Any]], Any]:
    """Files, words and the end of something that is run in a folder of its own with the material."""
    count = 0

    def look(work: Callable[[], Any]) -> Any:
        nonlocal count
        count += 1
        folder = shutil.copytree(material, tmp_path / str(count))
        monkeypatch.chdir(folder)
        capfd.readouterr()
        try:
            end = work()
        except (TcvcError, SystemExit) as error:
            end = str(error)
        words = TIMES.sub("", "".join(capfd.readouterr()).replace(str(folder), ""))
        made = (path for path in folder.rglob("*") if path.is_file())
        files = {WRITTEN.sub("", str(path.relative_to(folder))): samples(path) for path in made}
        return files, words, end

    return look


@pytest.mark.parametrize("face", OWN)
def test_the_same_command_gives_the_same_twice(face: str, outcome: Callable[[Callable[[], Any]], Any]) -> None:
    words = next(iter(OWN[face].values()))[0]
    assert outcome(partial(run, face, words)) == outcome(partial(run, face, words))


@pytest.mark.parametrize(
    ("face", "option"), [pytest.param(face, name, id=f"{face} {name}") for face, tries in OWN.items() for name in tries]
)
def test_every_own_option_changes_files_words_or_the_end(
    face: str, option: str, outcome: Callable[[Callable[[], Any]], Any]
) -> None:
    before, after = (outcome(partial(run, face, words)) for words in OWN[face][option])
    assert before != after
    assert "unrecognized" not in after[1]


# Jobs

CLIP: dict[str, Any] = {
    "protocol": 1, "plate": "exr/plate.%04d.exr", "result": "made/c.%04d.exr", "first": FIRST, "last": FIRST + 5,
    "settings": {"size": 64, "device": "cpu", "threads": 1},
}  # fmt: skip
JOB: Mapping[str, dict[str, Any]] = {
    "protocol": {"protocol": 2}, "plate": {"plate": "none/plate.%04d.exr"}, "result": {"result": "d.%04d.exr"},
    "first": {"first": FIRST + 1}, "last": {"last": FIRST + 2}, "frames": {"frames": [FIRST, FIRST + 1]},
    "output": {"output": "beauty"}, "cuts": {"cuts": str(FIRST + 2)}, "colorspace": {"colorspace": "lin_rec709"},
    "references": {"references": [{"frame": FIRST + 1, "path": "painted.png"}]}, "ocio": {"ocio": "nowhere.ocio"},
    "project": {"project": "plates.tcvc.yaml"},
    "exposure": {"exposure": 3}, "settings": {"settings": {**CLIP["settings"], "saturation": 0.5}},
    "cancel": {"cancel": "film.mkv"},  # which is there
}  # fmt: skip


def test_every_key_of_a_job_is_tried_here() -> None:
    assert {*Job.from_dictionary(CLIP).to_dictionary()} == {*JOB, "id"}  # the id is the host's own


@pytest.mark.parametrize("key", JOB)
def test_every_key_of_a_job_changes_files_words_or_the_end(
    key: str, outcome: Callable[[Callable[[], Any]], Any]
) -> None:
    before, after = (outcome(partial(done, job)) for job in (CLIP, {**CLIP, **JOB[key]}))
    assert before != after


def done(job: dict[str, Any]) -> str:
    """What the worker reports of a job."""
    return TIMES.sub("", json.dumps(jobs.do(Job.from_dictionary(job))))


# Python


def written(**options: Any) -> Any:
    """The film is opened with `options` of `open`, coloured with those of `colorize`, and written with the rest."""
    takes = [{*inspect.signature(each).parameters} for each in (vs_tcvc.open, vs_tcvc.api.Film.colorize)]
    opening, coloring = ({name: options.pop(name) for name in [*options] if name in names} for names in takes)
    film = vs_tcvc.open(opening.pop("path", "film.mkv"), settings=SMALL, **opening).colorize(**coloring)
    return film.write(options.pop("target", "out.mkv"), **options)


PYTHON: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "interlaced": ({"path": "fields.mkv"}, {"path": "fields.mkv", "interlaced": True}),
    "rate": ({"path": "scans"}, {"path": "scans", "rate": 12}),
    "references": ({}, {"references": {1: "painted.png"}}), "looks": ({}, {"looks": {0: "vivid"}}),
    "cuts": ({}, {"cuts": [2]}), "saturation": ({}, {"saturation": 0.5}),
    "overwrite": ({"target": "taken.mkv"}, {"target": "taken.mkv", "overwrite": True}),
    "codec": ({}, {"codec": "ffv1"}), "crf": ({}, {"crf": 40}), "lossless": ({}, {"lossless": True}),
    "options": ({}, {"options": {"preset": "ultrafast"}}), "at_once": ({}, {"at_once": 0}),
}  # fmt: skip


def test_every_argument_of_python_is_tried_here() -> None:
    functions = (vs_tcvc.open, vs_tcvc.api.Film.colorize, vs_tcvc.api.ColorizedFilm.write)
    names = {name for each in functions for name in inspect.signature(each).parameters}
    assert names - {"self", "path", "settings"} == {*PYTHON}


@pytest.mark.parametrize("argument", PYTHON)
def test_every_argument_of_python_changes_files_words_or_the_end(
    argument: str, outcome: Callable[[Callable[[], Any]], Any]
) -> None:
    before, after = (outcome(partial(written, **options)) for options in PYTHON[argument])
    assert before != after


# VapourSynth


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no VapourSynth for this Python")
def test_every_own_argument_of_vapoursynth_changes_pixels_or_properties(material: Path) -> None:
    from vs_clips import asked, codes_of, core, gray_clip, vs

    from vs_tcvc.vapoursynth.arguments import OURS

    grays = [np.asarray(picture(index) / np.float32(255), np.float32) for index in range(2 * SHOT)]
    clip = gray_clip(grays, vs.GRAY8)
    color = [*codes_of(grays[1], vs.YUV444P8)]
    color[1][:] = 90
    ref = core.std.ModifyFrame(
        *[clip.resize.Point(format=vs.YUV444P8, matrix_s="170m")[1]] * 2, lambda n, f: _filled(f, color)
    )
    painted = str(material / "painted.png")
    (material / "list.txt").write_text("2")
    plain: dict[str, Any] = {"cuts": [SHOT]}
    tries: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "ref": (plain, {**plain, "ref": ref}), "ref_files": (plain, {**plain, "ref_files": [painted]}),
        "ref_frames": ({**plain, "ref": ref}, {**plain, "ref": ref, "ref_frames": [1]}),
        "cuts": (plain, {"cuts": [2]}), "cuts_file": ({}, {"cuts_file": str(material / "list.txt")}),
        "confidence": (plain, {**plain, "confidence": 1}),
    }  # fmt: skip
    assert {*tries} == {each.name for each in OURS}
    for name, (before, after) in tries.items():
        looks = (
            asked(core.tcvc.Colorize(clip, size=64, device="cpu", **given), range(2 * SHOT))
            for given in (before, after)
        )
        assert next(looks) != next(looks), name


def _filled(frame: Any, planes: list[NDArray[Any]]) -> Any:
    filled = frame.copy()
    for index, plane in enumerate(planes):
        np.copyto(np.asarray(filled[index]), plane)
    return filled
