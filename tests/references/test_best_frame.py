"""Laws of `reference_frame=best`: which frame is taken, what is held, and that nothing else changes the pixels."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import av
import cv2
import numpy as np
import pytest
from fakes import CutsAt, FakeColorizer, LocalCuts, gray, painted
from hypothesis import given
from hypothesis import strategies as st

from ffmpeg_filters import color_stage, transcode
from ffmpeg_filters.decoder import open_source
from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import Summary, TranscodeOptions, colorize_file
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.run import Run
from vs_tcvc.cuts.rules import NoCuts
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.motion import display_gray
from vs_tcvc.references.best_frame import MOST, BestFrames, BestFramesOnDemand, Candidates, best_frames
from vs_tcvc.settings import Settings

HEIGHT, WIDTH, FRAMES = 48, 64, 32
SMALL = Settings(size=64, threads=1, log="quiet", cuts="none")
BEST = replace(SMALL, reference_frame="best")


def scene(seed: int = 0) -> Array:
    """A still picture of soft shapes and sharp edges, L* 10 to 90."""
    rng = np.random.default_rng(seed)
    blocks = np.kron(rng.uniform(15, 85, (6, 8)), np.ones((8, 8)))
    return np.asarray(blocks + rng.uniform(-5, 5, (HEIGHT, WIDTH)), np.float32)


def faded(length: int, to: float = 0.0) -> list[Array]:
    """A shot that comes out of black (or white: to=100) in so many frames."""
    shares = [min(1.0, index / length) if length else 1.0 for index in range(FRAMES)]
    return [np.float32(to) + (scene() - np.float32(to)) * np.float32(share) for share in shares]


def best_of(pictures: Sequence[Array]) -> int:
    run = Candidates(0)
    for index, picture in enumerate(pictures):
        run.add(GrayFrame(index, picture))
    return run.best().index


# Which frame


def test_where_all_frames_are_alike_the_first_one_is_taken() -> None:
    assert best_of([scene()] * FRAMES) == 0


@pytest.mark.parametrize("level", [0.0, 4.0, 50.0, 100.0])
def test_a_blank_shot_has_a_best_frame_too(level: float) -> None:
    assert best_of([np.full((HEIGHT, WIDTH), level, np.float32)] * 5) == 0


@pytest.mark.parametrize("to", [0.0, 100.0])
@pytest.mark.parametrize("length", [3, 12, 20, 24])
def test_a_fade_is_passed_over_and_no_more(length: int, to: float) -> None:
    """Also where it is most of the shot. Frame `length` is whole; the next is the first with whole neighbours."""
    assert best_of(faded(length, to)) in (length, length + 1)


@given(st.integers(0, 20), st.floats(0, 0.015), st.integers(0, 99))
def test_grain_and_flicker_do_not_hide_a_fade(length: int, flicker: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    grainy = [each * np.float32(rng.normal(1, flicker / 3)) + rng.normal(0, 2, each.shape) for each in faded(length)]
    assert length * 0.9 <= best_of([np.clip(each, 0, 100).astype(np.float32) for each in grainy]) <= length + 12


def test_a_blurred_beginning_is_passed_over() -> None:
    blurred = np.asarray(cv2.GaussianBlur(scene(), (0, 0), 4), np.float32)
    assert best_of([blurred] * 15 + [scene()] * 17) == 15


@pytest.mark.parametrize("flash", [0.0, 100.0])
def test_a_flash_is_passed_over_with_the_frame_beside_it(flash: float) -> None:
    assert best_of([np.full((HEIGHT, WIDTH), flash, np.float32), *[scene() for _ in range(30)]]) == 2


def test_the_remains_of_another_shot_are_passed_over() -> None:
    """A dissolve of 10 frames: they are mixed, and have the tones of both."""
    other = np.float32(70) + np.float32(0.2) * scene(1)
    mixed = [np.asarray(other + (scene() - other) * (index / 10), np.float32) for index in range(10)]
    assert 8 <= best_of([*mixed, *[scene()] * 22]) <= 11


def test_a_small_step_in_quality_is_not_worth_the_way() -> None:
    softer = np.asarray(cv2.GaussianBlur(scene(), (0, 0), 0.5), np.float32)
    assert best_of([softer] * 16 + [scene()] * 16) == 0


def test_of_a_long_shot_few_frames_are_held_and_the_fade_is_found_all_the_same() -> None:
    run, alive = Candidates(7), list[weakref.ref[GrayFrame]]()
    for index in range(700):
        frame = GrayFrame(7 + index, scene() * np.float32(min(1.0, index / 100)))
        alive.append(weakref.ref(frame))
        run.add(frame)
        del frame
        gc.collect(0)
        assert sum(each() is not None for each in alive) <= MOST + 1
    assert 100 <= run.best().index - 7 <= 100 + 2 * 700 / MOST


# Runs


@given(st.integers(1, 60), st.integers(1, 9))
def test_shots_are_those_that_a_stream_finds(length: int, spacing: int) -> None:
    rule = LocalCuts(frozenset(), length, spacing=spacing)
    cuts = [frame.index for frame, is_cut in Anchors(rule, {}).decide_cuts(map(gray, range(length))) if is_cut]
    stream = Stream(Engine(FakeColorizer()), Anchors(rule))
    colored = [chroma for index in range(length) for chroma in stream.push(gray(index))] + stream.finish()
    assert cuts == sorted({chroma.anchor for chroma in colored})


def test_every_run_without_a_reference_has_its_own_best_frame() -> None:
    """Runs 0 to 9, 10 to 19 (painted), 20 to 24 and, from another painted frame on, 25 to 39."""
    pictures = [*faded(5)[:10], *faded(3)[:10], *faded(2)[:5], *faded(0)[:15]]
    anchors = Anchors(CutsAt(frozenset((10, 20)), 40), {10: painted(10), 25: painted(25)})
    frames = (GrayFrame(index, picture) for index, picture in enumerate(pictures))
    found = [(anchor, frame.index) for anchor, frame in best_frames(frames, anchors)]
    assert [anchor for anchor, _ in found] == [0, 20]
    assert 5 <= found[0][1] < 10
    assert 22 <= found[1][1] < 25


@pytest.mark.parametrize("asked", [(0, 20), (20,), (20, 0, 20, 20)])
def test_on_demand_only_the_runs_that_are_asked_for_are_looked_at(asked: Sequence[int]) -> None:
    pictures = [*faded(5)[:10], *faded(3)[:10], *faded(2)[:5], *faded(0)[:15]]
    frames = [GrayFrame(index, picture) for index, picture in enumerate(pictures)]
    anchors = Anchors(CutsAt(frozenset((10, 20)), 40), {10: painted(10), 25: painted(25)})
    expected = BestFrames(best_frames(iter(frames), anchors))
    looked_at = set[int]()

    def gray_of(index: int) -> GrayFrame:
        looked_at.add(index)
        return frames[index]

    found = BestFramesOnDemand(gray_of, anchors, len(frames))
    for anchor in asked:
        one, other = found.get(anchor), expected[anchor]
        assert one is not None
        assert (one.index, one.lightness.tobytes()) == (other.index, other.lightness.tobytes())
    window = 3 + 2  # frames around a run that decide where it ends
    assert len(looked_at) <= (10 if 0 in asked else 0) + 5 + 2 * window
    looked_at.clear()
    found.get(asked[-1])
    assert not looked_at


def test_a_clip_without_frames_has_no_runs() -> None:
    assert list(best_frames(iter(()), Anchors(NoCuts(), {}))) == []


# Frames to predict from


def test_the_best_frames_are_kept_as_the_gray_in_which_motion_is_looked_for() -> None:
    best = GrayFrame(9, scene())
    frames = BestFrames([(0, best), (12, GrayFrame(12, scene()))])
    assert frames.numbers == {0: 9}
    assert (0 in frames, 12 in frames, list(frames), len(frames)) == (True, False, [0], 1)
    assert frames[0].index == 9
    assert np.array_equal(display_gray(frames[0].lightness), display_gray(best.lightness))
    with pytest.raises(KeyError):
        frames[12]


# Films


def write(path: Path, pictures: Sequence[Array]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gray"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(display_gray(picture), "gray")))
        container.mux(stream.encode(None))
    return path


def colored(source: Path, settings: Settings, options: TranscodeOptions | None = None) -> list[bytes]:
    """The frames of the film in colour, all planes of each."""
    target = source.with_name(f"out_{settings.reference_frame}.mkv")
    options = replace(options or TranscodeOptions(), overwrite=True)
    colorize_file(source, target, settings, Encoding(lossless=True), options)
    with av.open(str(target)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


@pytest.fixture
def fading(tmp_path: Path) -> Path:
    """12 frames out of a light that is no black, which would be a shot of its own."""
    return write(tmp_path / "fading.mkv", [3 + 0.95 * each for each in faded(8)[:12]])


def test_a_shot_that_begins_in_a_fade_is_colored_from_the_frame_after_it(
    fading: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    best = colored(fading, replace(BEST, log="info"))
    assert "1 of 1 shots are coloured from a frame other than their first" in capsys.readouterr().err
    assert len(best) == 12
    assert best == colored(fading, BEST)
    first = colored(fading, SMALL)
    luma = slice(0, WIDTH * HEIGHT)
    assert [each[luma] for each in best] == [each[luma] for each in first]
    assert all(one != other for one, other in zip(best[8:], first[8:], strict=True))


def test_where_the_first_frame_is_good_nothing_changes(tmp_path: Path) -> None:
    film = write(tmp_path / "good.mkv", [np.roll(scene(), index, axis=1) for index in range(6)])
    assert colored(film, BEST) == colored(film, SMALL)


def test_the_whole_shot_is_colored_from_that_frame(fading: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's reference is predicted from a frame that is yet to come; a painted one comes in its place."""
    begun = list[list[Run]]()

    def begin(self: Engine[object], run: Run) -> object:
        begun[-1].append(run)
        return real(self, run)

    real = Engine.begin
    monkeypatch.setattr(Engine, "begin", begin)
    begun.append([])
    colored(fading, BEST)
    run = next(each for each in begun[0] if each.predicted_from)
    assert run.predicted_from is not None
    assert (run.first, run.references) == (0, ())
    assert 8 <= run.predicted_from.index < 12
    picture = fading.with_name("frame0.png")
    cv2.imwrite(str(picture), np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    begun.append([])
    colored(fading, replace(BEST, reference=(str(picture),)))
    painted = next(each for each in begun[1] if each.references)
    assert (painted.first, painted.references[0].frame, painted.predicted_from) == (0, 0, None)


def test_a_preview_is_of_the_whole_films_choice(fading: Path) -> None:
    whole = colored(fading, BEST)
    assert colored(fading, BEST, TranscodeOptions(preview=3)) == whole[:3]


def test_the_first_pass_can_be_seen_and_stopped(fading: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`stop` is set when its third frame has come: nothing was coloured, nothing is left."""
    stop, seen = Event(), list[int]()

    def best_frames_until(frames: Iterator[GrayFrame], anchors: Anchors) -> Iterator[tuple[int, GrayFrame]]:
        for frame in frames:
            seen.append(frame.index)
            if frame.index == 2:
                stop.set()
        yield from ()

    monkeypatch.setattr(color_stage, "best_frames", best_frames_until)
    with pytest.raises(KeyboardInterrupt):
        colorize_file(fading, fading.with_name("out.mkv"), BEST, None, None, None, stop)
    assert seen == [0, 1, 2]
    assert sorted(each.name for each in fading.parent.iterdir()) == ["fading.mkv"]


def test_no_film_is_read_twice_unless_it_is_asked_for(fading: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = list[Path]()
    real = open_source

    def counting(path: Path, *words: object, **named: object) -> object:
        opened.append(path)
        return real(path, *words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(transcode, "open_source", counting)
    target = fading.with_name("out.mkv")
    assert colorize_file(fading, target, SMALL) == Summary(12, 1, 0)
    assert opened == [fading] * 2  # the second for a look at places further on
    assert colorize_file(fading, target, BEST, None, TranscodeOptions(overwrite=True)) == Summary(12, 1, 0)
    assert opened == [fading] * 5


def test_what_is_not_to_be_had_is_refused_with_the_flag(fading: Path) -> None:
    with pytest.raises(UsageError, match=r"^confidence sure.y4m: tcvc colorize has no such option; .*leave it out$"):
        colorize_file(fading, fading.with_name("out.mkv"), replace(SMALL, confidence="sure.y4m"))
