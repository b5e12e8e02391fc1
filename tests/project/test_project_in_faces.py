"""One project gives one colour: in tcvc render, tcvc-pipe, VapourSynth and a job, stored before or not.

The film has two scenes, a hint, a painted reference in the middle of a shot, a look, a dissolve, a shot that stays gray
and one that keeps its own colour.
"""

from __future__ import annotations

import io
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import av
import cv2
import jobs
import numpy as np
import pytest
from numpy.typing import NDArray
from project_films import HEIGHT, SETTINGS, WIDTH, planes_of, project_of, scene, write_film

from ffmpeg_filters import pipe, y4m
from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions
from vs_tcvc.core.frame import Chroma
from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.render import render
from vs_tcvc.film.selection import Selection
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import rgb_from_ycc
from vs_tcvc.project import document, edits
from vs_tcvc.project.colorist import ShotColorist
from vs_tcvc.project.document import Document
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.schema import Hint, Transition
from vs_tcvc.runtime.events import ignore
from vs_tcvc.sequences.by_project import ByProject
from vs_tcvc.sequences.image_file import Image, read_picture, write_picture
from vs_tcvc.sequences.job import Job
from vs_tcvc.settings import Settings

SHOTS = ((1, 6), (2, 5), (1, 7), (2, 4), (3, 3), (4, 4))
"""A, B, A and B again; one that stays gray, one that keeps its colour."""
LENGTH = sum(count for _, count in SHOTS)
TINTS = {3: (118, 140), 4: (100, 150)}
CODING = SampleCoding(8)


def make_project(folder: Path) -> Document:
    """The project of a film in a folder, and what it refers to."""
    film = write_film(folder / "film.mkv", SHOTS, tints=TINTS)
    gray = scene(1, 3)
    tinted = cv2.addWeighted(cv2.merge([gray] * 3), 0.6, np.full((HEIGHT, WIDTH, 3), (60, 60, 200), np.uint8), 0.4, 0)
    (folder / "references").mkdir()
    cv2.imwrite(str(folder / "references" / "000014.png"), tinted)
    found = project_of(film, SHOTS, "ABAB--")
    found = found.edited(edits.add_reference, 2, "references/000014.png")
    found = found.edited(edits.add_hint, 1, Hint(8, (0.5, 0.5), "#cc2222", 0.1)).edited(edits.set_look, 1, "vivid")
    found = found.edited(edits.set_saturation, 3, 1.5).edited(edits.set_transition, 3, Transition(dissolve=(17, 20)))
    return document.write(found.edited(edits.set_state, 4, "gray").edited(edits.set_state, 5, "keep"))


@dataclass(frozen=True)
class Made:
    """A project and what tcvc render makes of its film, whose colour is in the store then.

    source, whole: the planes of every frame, joined, gray and in colour. colors: None for frames that keep theirs.
    """

    project: Path
    source: list[bytes]
    whole: list[bytes]
    colors: list[Chroma | None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    found = make_project(tmp_path_factory.mktemp("made"))
    film, target = FilmProject(found, SETTINGS), found.path.with_name("out.mkv")
    render(film, target, Selection(), Encoding(lossless=True), TranscodeOptions(), ignore, threading.Event())
    color = FilmColor(film.store, film.entries, film.keys, (HEIGHT, WIDTH))
    source = planes_of(found.path.with_name("film.mkv"))
    return Made(found.path, source, planes_of(target), [color.frame(index) for index in range(LENGTH)])


@pytest.fixture(params=["new", "stored"])
def project(
    request: pytest.FixtureRequest, made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:  # fmt: skip
    """The project elsewhere; where its colour is stored, nothing may be coloured."""
    copy = copied(made, tmp_path, with_store=request.param == "stored")
    if request.param == "stored":
        monkeypatch.setattr(ShotColorist, "colorize", lambda *_: pytest.fail("a shot is coloured that is stored"))
    return copy


def copied(made: Made, folder: Path, with_store: bool = False) -> Path:
    """A copy of a project, without its store if not asked for."""
    left_out = shutil.ignore_patterns("*.mkv", *([] if with_store else [".tcvc"]))
    return shutil.copytree(made.project.parent, folder / "copy", ignore=left_out) / made.project.name


# What the faces make


def split(frame: bytes) -> list[NDArray[np.uint8]]:
    """Y', Cb and Cr of a frame in 4:2:0."""
    size, codes = WIDTH * HEIGHT, np.frombuffer(frame, np.uint8)
    return [codes[:size].reshape(HEIGHT, WIDTH), *codes[size:].reshape(2, HEIGHT // 2, WIDTH // 2)]


def softened(frame: bytes) -> bytes:
    """A frame as a filter before colour may leave it."""
    luma, *chroma = split(frame)
    return b"".join(plane.tobytes() for plane in (cv2.GaussianBlur(luma, (3, 3), 0), *chroma))


def piped(
    frames: Sequence[bytes], project: Path, size: tuple[int, int] = (WIDTH, HEIGHT), **options: Any
) -> list[bytes]:
    """By tcvc-pipe."""
    header = f"YUV4MPEG2 W{size[0]} H{size[1]} F24:1 Ip C420jpeg XCOLORRANGE=LIMITED\n".encode()
    source, sink = io.BytesIO(header + b"".join(b"FRAME\n" + each for each in frames)), io.BytesIO()
    settings = Settings(project=str(project), log="quiet", **options)
    pipe.colorize_stream(y4m.Reader(source), sink, settings, threading.Event())
    return [b"".join(map(bytes, frame.planes)) for frame in y4m.Reader(io.BytesIO(sink.getvalue()))]


def write_plates(folder: Path, frames: Sequence[bytes]) -> str:
    """Frames as floats of R'G'B', whose luma is exactly theirs; the pattern of their names."""
    folder.mkdir()
    for number, frame in enumerate(frames):
        luma, *chroma = split(frame)
        wide = [cv2.resize(CODING.chroma_from_codes(each), (WIDTH, HEIGHT)) for each in chroma]
        rgb = rgb_from_ycc(np.stack([CODING.luma_from_codes(luma), *wide]), "709")
        pixels = np.ascontiguousarray(np.moveaxis(rgb, 0, -1))
        write_picture(folder / f"plate.{number:04d}.exr", Image(pixels, jobs.exr_spec(3, "float")))
    return str(folder / "plate.%04d.exr")


def job(plate: str, project: Path, **changes: Any) -> Job:
    result = str(Path(plate).parents[1] / "out" / "c.%04d.exr")
    values = {"plate": plate, "result": result, "first": 0, "last": LENGTH - 1, "project": str(project),
              "colorspace": "srgb_texture", "output": "beauty"}  # fmt: skip
    return Job(**{**values, **changes})


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[int, Chroma | None]:
    """The colour that a job gets, by frame."""
    found: dict[int, Chroma | None] = {}
    color = ByProject.color

    def listen(self: ByProject, frame: int) -> Chroma | None:
        found[frame] = color(self, frame)
        return found[frame]

    monkeypatch.setattr(ByProject, "color", listen)
    return found


# The law


def test_the_project_has_all_that_a_person_may_decide(made: Made) -> None:
    parts = [planes[WIDTH * HEIGHT :] for planes in made.whole]
    origins = {chroma.origin.rpartition("/")[2] if chroma else "own" for chroma in made.colors}
    assert origins == {"000014.png", "hints, predicted", "scene: hints, predicted", "gray", "own"}
    assert len({told(each) for each in made.colors[17:21]}) == 4
    assert len(set(parts)) > len(SHOTS)
    assert parts[-1] == made.source[-1][WIDTH * HEIGHT :]


def test_the_pipe_gives_the_pixels_of_render(made: Made, project: Path) -> None:
    assert piped(made.source, project) == made.whole


def test_a_job_gives_the_colour_of_render(
    made: Made, project: Path, tmp_path: Path, heard: dict[int, Chroma | None]
) -> None:
    code, events = jobs.do(job(write_plates(tmp_path / "plates", made.source), project))
    assert (code, events[-1]["frames"], events[-1]["shots"]) == (0, LENGTH, len(SHOTS))
    assert [*heard] == [*range(LENGTH)]
    assert [told(heard[frame]) for frame in range(LENGTH)] == [told(chroma) for chroma in made.colors]


def told(chroma: Chroma | None) -> Any:
    """All that makes pixels of a colour, for comparison."""
    return chroma and (chroma.ab.tobytes(), chroma.confidence.tobytes(), chroma.saturation)


@pytest.mark.parametrize("face", ["tcvc-pipe", "a job"])
def test_a_clip_that_was_changed_has_colour_of_its_own(
    face: str, made: Made, tmp_path: Path, heard: dict[int, Chroma | None]
) -> None:
    """The same as without the film's colour in the store, and another than the film's."""
    clean, found = [softened(frame) for frame in made.source], []
    for with_store in (False, True):
        folder = tmp_path / str(with_store)
        project = copied(made, folder, with_store)
        if face == "tcvc-pipe":
            found.append([frame[WIDTH * HEIGHT :] for frame in piped(clean, project)])
        else:
            assert jobs.do(job(write_plates(folder / "plates", clean), project))[0] == 0
            found.append([told(heard[frame]) for frame in range(LENGTH)])
    assert found[0] == found[1]
    chroma, colors = [frame[WIDTH * HEIGHT :] for frame in made.whole], [told(each) for each in made.colors]
    films = chroma if face == "tcvc-pipe" else colors
    for shot in (slice(0, 6), slice(6, 11), slice(11, 18), slice(18, 22)):
        assert found[0][shot] != films[shot]


# Another film


def by_render(source: Sequence[bytes], project: Path, size: tuple[int, int]) -> None:
    film = project.with_name("film.mkv")
    with av.open(str(film), "w") as container:
        stream = container.add_stream("ffv1", rate=24, width=size[0], height=size[1], pix_fmt="gray")
        for frame in source:
            gray = np.frombuffer(frame, np.uint8)[: size[0] * size[1]].reshape(size[::-1])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, "gray")))
        container.mux(stream.encode(None))
    found = document.read(project)
    target = project.with_name("out.mkv")
    render(FilmProject(found, SETTINGS), target, Selection(), Encoding(), TranscodeOptions(), ignore, threading.Event())


def by_pipe(source: Sequence[bytes], project: Path, size: tuple[int, int]) -> None:
    piped([frame[: size[0] * size[1] * 3 // 2] for frame in source], project, size)


def by_job(source: Sequence[bytes], project: Path, size: tuple[int, int]) -> None:
    plate = write_plates(project.with_name("plates"), source)
    for number in range(len(source)):
        path = Path(plate % number)
        found = read_picture(path, "")
        spec = jobs.exr_spec(3, "float")
        spec.x = spec.y = 0
        spec.width, spec.height = spec.full_width, spec.full_height = size
        pixels = np.ascontiguousarray(found.pixels[: size[1], : size[0]])
        write_picture(path, Image(pixels, spec))
    code, events = jobs.do(job(plate, project, last=len(source) - 1))
    if code:
        raise TcvcError(events[-1]["msg"])


def by_vapoursynth(source: Sequence[bytes], project: Path, size: tuple[int, int]) -> None:
    from vs_clips import asked, clip_of, core, vs

    frames = [[plane[: size[1] >> bool(at), : size[0] >> bool(at)] for at, plane in enumerate(split(frame))]
              for frame in source]  # fmt: skip
    try:
        asked(core.tcvc.Colorize(clip_of(frames, vs.YUV420P8), project=str(project)), range(len(source)))
    except vs.Error as error:
        raise TcvcError(str(error)) from None


FACES: dict[str, Callable[[Sequence[bytes], Path, tuple[int, int]], None]] = {
    "tcvc render": by_render, "tcvc-pipe": by_pipe, "a job": by_job,
    **({"VapourSynth": by_vapoursynth} if sys.version_info >= (3, 12) else {}),
}  # fmt: skip


@pytest.mark.parametrize("face", FACES)
def test_a_film_of_another_size_is_refused(face: str, made: Made, tmp_path: Path) -> None:
    project = copied(made, tmp_path)
    with pytest.raises(TcvcError, match=rf"expected .*(clip|film) of {WIDTH}x{HEIGHT}\b.*, got 48x32") as caught:
        FACES[face](made.source, project, (48, 32))
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("change", ["longer", "shorter"])
def test_a_film_of_another_length_is_refused(face: str, change: str, made: Made, tmp_path: Path) -> None:
    project = copied(made, tmp_path)
    source = [*made.source, made.source[-1]] if change == "longer" else made.source[:-8]
    said = rf"{LENGTH} frames|of its film, 0 to 28|all frames of its shot 4, 16 to 21, got 0 to 20|ends before"
    with pytest.raises(TcvcError, match=said) as caught:
        FACES[face](source, project, (WIDTH, HEIGHT))
    assert str(caught.value).count("\n") == 0


# Files


@pytest.mark.parametrize("name", ["film.tcvc.yaml", "film.mkv", "references/000014.png"])
def test_the_pipe_writes_its_confidence_over_nothing_of_the_project(name: str, made: Made, tmp_path: Path) -> None:
    project = copied(made, tmp_path)
    taken = project.parent / name
    taken.touch()
    before = taken.read_bytes()
    with pytest.raises(UsageError, match="this file is also read"):
        piped(made.source, project, confidence=str(taken))
    assert taken.read_bytes() == before


# VapourSynth

if sys.version_info >= (3, 12):
    from vs_clips import asked, clip_of, core, vs

    def clip(made: Made, jitter: float = 0) -> vs.VideoNode:
        return clip_of([split(frame) for frame in made.source], vs.YUV420P8, jitter, _Matrix=6, _Range=0,
                       _ChromaLocation=1)  # fmt: skip

    def shuffled(length: int) -> list[int]:
        return Random(1).sample(range(length), length)

    def backwards(length: int) -> Iterable[int]:
        return reversed(range(length))

    @pytest.mark.parametrize(
        ("order", "in_flight", "threads"), [(range, 1, 1), (backwards, 1, 1), (shuffled, 8, 2), (shuffled, LENGTH, 16)]
    )
    def test_vapoursynth_gives_the_pixels_of_render_in_any_order(
        made: Made, project: Path, order: Callable[[int], Iterable[int]], in_flight: int, threads: int
    ) -> None:
        before = core.num_threads
        core.num_threads = threads
        try:
            colored = core.tcvc.Colorize(clip(made, 0.002), project=str(project), threads=1)
            found = asked(colored, order(LENGTH), in_flight)
        finally:
            core.num_threads = before
        assert [b"".join(found[n][0]) for n in range(LENGTH)] == made.whole

    def test_a_clip_of_references_beside_a_project_is_refused(made: Made) -> None:
        with pytest.raises(vs.Error, match="ref_files: expected nothing beside project, which says it"):
            core.tcvc.Colorize(clip(made), project=str(made.project), ref=clip(made))

    def test_a_clip_that_was_changed_in_vapoursynth_has_colour_of_its_own(made: Made, tmp_path: Path) -> None:
        found = []
        for with_store in (False, True):
            project = copied(made, tmp_path / str(with_store), with_store)
            frames = asked(core.tcvc.Colorize(clip(made).std.BoxBlur([0]), project=str(project)), range(LENGTH))
            found.append([frames[n][0][1:] for n in range(LENGTH)])
        assert found[0] == found[1]
        assert all(
            b"".join(one) != other[WIDTH * HEIGHT :] for one, other in zip(found[0][:11], made.whole, strict=False)
        )
