"""core.tcvc.Colorize: what a coloured frame is made of, in every format: luma, chroma, properties, confidence."""

from __future__ import annotations

from contextlib import nullcontext
from pickle import PickleBuffer
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from vs_clips import (
    HEIGHT,
    WIDTH,
    Telling,
    asked,
    clip_of,
    codes_of,
    colorize,
    core,
    counted,
    film,
    gray_clip,
    logged,
    looks,
    marked,
    piped,
    planes,
    properties,
    put_in,
    vs,
)  # fmt: skip

from vs_tcvc.picture.color import luma
from vs_tcvc.settings import Settings
from vs_tcvc.vapoursynth import filter
from vs_tcvc.vapoursynth.frames import View

GRAY_AND_YUV = [each for each in vs.PresetVideoFormat if each.name.startswith(("GRAY", "YUV")) and each != vs.GRAY32]
FLOATS = [each for each in GRAY_AND_YUV if each.name.endswith(("H", "S"))]
ODD_DEPTHS = [core.query_video_format(vs.YUV, vs.INTEGER, bits, 1, 1).id for bits in (11, 13, 15)]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Telling:
    return put_in(monkeypatch, Telling())


# The same pixels as tcvc-pipe


@pytest.mark.parametrize(
    ("format", "header", "props", "arguments"),
    [
        (vs.YUV420P8, "C420mpeg2", {}, {}),
        (vs.YUV420P8, "C420jpeg XCOLORRANGE=FULL", {"_ChromaLocation": 1, "_Range": 1}, {}),
        (vs.YUV420P8, "C420paldv", {"_ChromaLocation": 2}, {"matrix": "709", "cuts": "9"}),
        (vs.YUV422P10, "C422p10", {"_Range": 0}, {"saturation": 0.8, "chroma": "444"}),
        (vs.YUV422P10, "C422p10", {"_Matrix": 6}, {}),
        (vs.GRAY16, "Cmono16", {}, {"chroma": "420"}),
        (vs.GRAY16, "Cmono16", {}, {"chroma": "444", "cut_threshold": 90.0}),
    ],
)
def test_the_pixels_are_those_of_the_pipe(
    format: int, header: str, props: dict[str, int], arguments: dict[str, Any]
) -> None:
    frames = [codes_of(picture, format, full=props.get("_Range") == 1) for picture in film((5, 4))]
    ours = dict(arguments, cuts=[int(arguments["cuts"])]) if "cuts" in arguments else arguments
    colored = asked(colorize(clip_of(frames, format, **props), **ours), range(9), in_flight=4)
    theirs = piped(header, frames, Settings(size=64, log="quiet", **arguments))
    assert [colored[n][0] for n in range(9)] == theirs


def test_gray_becomes_444_and_the_pipe_does_the_same_if_asked() -> None:
    frames = [codes_of(picture, vs.GRAY8) for picture in film((3,))]
    colored = colorize(clip_of(frames, vs.GRAY8))
    assert colored.format.id == vs.YUV444P8
    assert [asked(colored, range(3))[n][0] for n in range(3)] == piped(
        "Cmono", frames, Settings(size=64, chroma="444", log="quiet")
    )


# Luma


@pytest.mark.parametrize("format", [*GRAY_AND_YUV, *ODD_DEPTHS])
def test_luma_is_the_sources_own_plane(network: Telling, format: int) -> None:
    clip = gray_clip(film((2,)), format)
    colored = colorize(clip)
    wanted = clip.format if clip.format.color_family == vs.YUV else clip.format.replace(color_family=vs.YUV)
    assert colored.format.id == wanted.id
    with clip.get_frame(1) as source, colored.get_frame(1) as frame:
        assert frame.get_read_ptr(0).value == source.get_read_ptr(0).value
        assert np.array_equal(planes(frame)[0], planes(source)[0])
        assert all(len(np.unique(plane)) > 1 for plane in planes(frame)[1:]), "chroma has colour"


def test_luma_is_the_same_for_any_codes_that_integers_hold(network: Telling) -> None:
    codes = np.arange(2**16, dtype=np.uint16).reshape(256, 256)
    frame = colorize(clip_of([[codes]], vs.GRAY16)).get_frame(0)
    assert np.array_equal(planes(frame)[0], codes)


@pytest.mark.parametrize("format", FLOATS)
def test_floats_of_any_kind_keep_their_luma_and_get_legal_chroma(network: Telling, format: int) -> None:
    frame = codes_of(film((1,))[0], format)
    frame[0][0, :5] = [np.nan, np.inf, -np.inf, -3, 7]
    (before, *_), (after, *chroma) = frame, planes(colorize(clip_of([frame], format)).get_frame(0))
    assert after.tobytes() == before.tobytes()
    assert all(np.isfinite(plane).all() and np.abs(plane).max() <= 0.5 for plane in chroma)


def test_half_floats_agree_with_floats(network: Telling) -> None:
    halves = [codes_of(picture, vs.GRAYH) for picture in film((3,))]
    singles = [[plane.astype(np.float32) for plane in frame] for frame in halves]
    for n in range(3):
        half = planes(colorize(clip_of(halves, vs.GRAYH), cuts=[]).get_frame(n))
        single = planes(colorize(clip_of(singles, vs.GRAYS), cuts=[]).get_frame(n))
        for one, two in zip(half, single, strict=True):
            assert np.array_equal(one, two.astype(np.float16))


@pytest.mark.parametrize("size", [(8, 8), (2, 640), (640, 2), (66, 62), (1920, 16)])
def test_any_size_keeps_its_luma(network: Telling, size: tuple[int, int]) -> None:
    clip = gray_clip(film((1,), size), vs.YUV420P8)
    frame = colorize(clip).get_frame(0)
    assert (frame.width, frame.height) == size
    assert np.array_equal(planes(frame)[0], planes(clip.get_frame(0))[0])


@pytest.mark.parametrize("format", [vs.GRAY32, core.query_video_format(vs.GRAY, vs.INTEGER, 24).id])
def test_more_than_16_bits_are_refused(format: int) -> None:
    with pytest.raises(vs.Error, match=r"clip: expected 8 to 16 bit whole numbers or floats, got .. bit; convert it"):
        colorize(core.std.BlankClip(format=format, width=WIDTH, height=HEIGHT, length=1))


def test_color_of_the_source_is_replaced(network: Telling) -> None:
    frames = [codes_of(picture, vs.YUV444P16) for picture in counted(3)]
    painted = [[y, cb + 9000, cr - 9000] for y, cb, cr in frames]
    assert asked(colorize(clip_of(painted, vs.YUV444P16)), range(3)) == asked(
        colorize(clip_of(frames, vs.YUV444P16)), range(3)
    )


@pytest.mark.parametrize(("chroma", "name"), [("420", "YUV420P16"), ("422", "YUV422P16"), ("444", "YUV444P16")])
@pytest.mark.parametrize("format", [vs.GRAY16, vs.YUV422P16])
def test_chroma_chooses_the_planes(network: Telling, format: int, chroma: str, name: str) -> None:
    colored = colorize(gray_clip(film((1,)), format), chroma=chroma)
    assert colored.format.name == name
    assert [plane.dtype for plane in planes(colored.get_frame(0))] == [np.uint16] * 3


# RGB

RGB = {vs.RGB24: 1 / 255, vs.RGB30: 1 / 1023, vs.RGB48: 1 / 65535, vs.RGBH: 2**-11, vs.RGBS: 1e-6}
"""One code: R', G' and B' are rounded by up to half a code each, and luma is their weighted mean."""


def display(frame: vs.VideoFrame) -> NDArray[np.float32]:
    """R'G'B' from 0 to 1."""
    details = frame.format
    highest = 1 if details.sample_type == vs.FLOAT else (1 << details.bits_per_sample) - 1
    return np.stack(planes(frame)).astype(np.float32) / np.float32(highest)


@pytest.mark.parametrize("format", RGB)
def test_gray_rgb_is_colored_and_keeps_its_luma(network: Telling, format: int) -> None:
    clip = gray_clip(film((2,)), format)
    colored = colorize(clip)
    assert colored.format.id == format
    before, after = display(clip.get_frame(1)), display(colored.get_frame(1))
    assert np.abs(luma(after, "601") - before[0]).max() <= RGB[format]
    assert np.ptp(after, axis=0).mean() > 0.02, "it has colour"
    assert np.abs(after - 0.5).max() <= 0.5 + 1e-6  # floats round


def test_rgb_that_other_filters_rounded_is_gray(network: Telling) -> None:
    frame = codes_of(film((1,))[0], vs.RGB24)
    rounded = [frame[0], frame[1], np.minimum(frame[2], 254) + np.uint8(1)]
    assert colorize(clip_of([rounded], vs.RGB24)).get_frame(0).width == WIDTH


@pytest.mark.parametrize(("format", "tolerance"), [(vs.RGBS, 1e-4), (vs.RGB24, 1.5 / 255)])  # it is rounded twice
def test_rgb_and_gray_get_the_same_color(network: Telling, format: int, tolerance: float) -> None:
    pictures = [np.round(picture * 255) / np.float32(255) for picture in film((3,))]
    from_gray = colorize(gray_clip(pictures, vs.GRAYS), cuts=[]).resize.Bicubic(format=vs.RGBS, matrix_in_s="170m")
    from_rgb = colorize(gray_clip(pictures, format), cuts=[])
    for n in range(3):
        assert np.abs(display(from_gray.get_frame(n)) - display(from_rgb.get_frame(n))).max() < tolerance


@pytest.mark.parametrize("format", [vs.RGB24, vs.RGBS, vs.YUV444P8, vs.YUV420P16])
def test_a_tint_of_any_frame_is_replaced_and_logged_once(network: Telling, format: int) -> None:
    gray = [codes_of(picture, format) for picture in film((4,))]
    frames = [[plane.copy() for plane in frame] for frame in gray]
    for frame in frames[2:]:
        frame[1] = (frame[1] * 0.7).astype(frame[1].dtype)
    with logged() as messages:
        colored = asked(colorize(clip_of(frames, format), cuts=[]), range(4))
    assert messages == [(vs.MESSAGE_TYPE_WARNING, "tcvc.Colorize: frame 2 is tinted, and the tint is replaced")]
    assert all(len(np.unique(plane)) > 1 for plane in planes(colorize(clip_of(frames, format)).get_frame(2)))
    if format in (vs.YUV444P8, vs.YUV420P16):
        assert colored == asked(colorize(clip_of(gray, format), cuts=[]), range(4))


def test_the_luma_of_a_tinted_rgb_frame_is_that_of_the_matrix(network: Telling) -> None:
    tinted = np.stack([film((1,))[0] * factor for factor in (1, 0.8, 0.5)]).astype(np.float32)
    for matrix in ("601", "709"):
        colored = display(colorize(clip_of([list(tinted)], vs.RGBS), matrix=matrix).get_frame(0))
        assert np.abs(luma(colored, matrix) - luma(tinted, matrix)).max() < 1e-5


@pytest.mark.parametrize("chroma", ["420", "422"])
def test_rgb_has_no_subsampled_chroma(chroma: str) -> None:
    with pytest.raises(vs.Error, match=f"chroma: expected 444 for an RGB clip, got {chroma}"):
        colorize(gray_clip(film((1,)), vs.RGB24), chroma=chroma)


# Properties

ABSENT = None


def said(clip: vs.VideoNode, key: str, **arguments: Any) -> Any:
    return colorize(clip, **arguments).get_frame(0).props.get(key, ABSENT)


@pytest.mark.parametrize(
    ("given", "height", "matrix", "expected"),
    [
        ({}, 64, "auto", 6), ({}, 576, "auto", 6), ({}, 578, "auto", 1), ({"_Matrix": 2}, 64, "auto", 6),
        ({"_Matrix": 2}, 720, "auto", 1), ({"_Matrix": 0}, 64, "auto", 6), ({"_Matrix": 1}, 64, "auto", 1),
        ({"_Matrix": 5}, 720, "auto", 5), ({"_Matrix": 6}, 720, "auto", 6), ({"_Matrix": 9}, 64, "auto", 9),
        ({"_Matrix": 5}, 64, "601", 5), ({"_Matrix": 6}, 64, "709", 1), ({"_Matrix": 4}, 64, "2020", 9),
    ],
)  # fmt: skip
def test_the_matrix_is_kept_or_said(
    network: Telling, given: dict[str, int], height: int, matrix: str, expected: int
) -> None:
    clip = core.std.BlankClip(format=vs.GRAY16, width=64, height=height, length=1, color=30000)
    assert said(clip.std.SetFrameProps(**given), "_Matrix", matrix=matrix) == expected


def test_the_matrix_decides_the_codes(network: Telling) -> None:
    one, two = (gray_clip(film((1,)), vs.GRAY16, _Matrix=matrix) for matrix in (1, 6))
    assert looks(colorize(one).get_frame(0))[0][1] != looks(colorize(two).get_frame(0))[0][1]
    assert looks(colorize(two, matrix="709").get_frame(0)) == looks(colorize(one).get_frame(0))


@pytest.mark.parametrize("matrix", [8, 10, 11, 14, -7])
def test_an_unknown_matrix_is_refused_at_its_frame(network: Telling, matrix: int) -> None:
    colored = colorize(marked(gray_clip(film((4,))), {2: {"_Matrix": matrix}}), cuts=[])
    assert list(asked(colored, range(2))) == [0, 1]
    with pytest.raises(
        vs.Error, match=r"frame 2: expected a matrix of 601, 709, .*, got .*; convert it first, or name"
    ):
        colored.get_frame(2)


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [({}, "auto", 0), ({"_Range": 0}, "auto", 0), ({"_Range": 1}, "auto", 1), ({"_Range": 1}, "limited", 0),
     ({}, "full", 1)],
)  # fmt: skip
def test_the_range_is_kept_or_said(network: Telling, given: dict[str, int], wanted: str, expected: int) -> None:
    clip = gray_clip(film((1,)), vs.GRAY8).std.SetFrameProps(**given)
    assert said(clip, "_Range", range=wanted) == expected
    assert looks(colorize(clip, range=wanted).get_frame(0)) == looks(
        colorize(clip.std.SetFrameProps(_Range=expected)).get_frame(0)
    )


def test_the_range_decides_the_codes(network: Telling) -> None:
    one, two = (gray_clip(film((1,)), vs.GRAY8, _Range=range) for range in (0, 1))
    assert looks(colorize(one).get_frame(0))[0][1] != looks(colorize(two).get_frame(0))[0][1]


@pytest.mark.parametrize(
    ("format", "given", "chroma", "expected"),
    [
        (vs.YUV420P8, ABSENT, "auto", 0), (vs.YUV420P8, 1, "auto", 1), (vs.YUV420P8, 2, "auto", 2),
        (vs.YUV420P8, 3, "auto", 3), (vs.YUV422P8, ABSENT, "auto", 0), (vs.GRAY8, ABSENT, "420", 0),
        (vs.GRAY8, ABSENT, "auto", ABSENT), (vs.GRAY8, 0, "auto", ABSENT), (vs.YUV444P8, 0, "auto", ABSENT),
        (vs.YUV420P8, 1, "444", ABSENT), (vs.YUV444P8, ABSENT, "420", 0),
    ],
)  # fmt: skip
def test_the_place_of_chroma_is_kept_or_said(
    network: Telling, format: int, given: int | None, chroma: str, expected: int | None
) -> None:
    clip = gray_clip(film((1,)), format)
    clip = clip if given is None else clip.std.SetFrameProps(_ChromaLocation=given)
    assert said(clip, "_ChromaLocation", chroma=chroma) == expected


@pytest.mark.parametrize("place", [4, 5])
def test_chroma_at_the_bottom_is_refused_at_its_frame(network: Telling, place: int) -> None:
    colored = colorize(marked(gray_clip(film((4,)), vs.YUV420P8), {2: {"_ChromaLocation": place}}), cuts=[])
    assert list(asked(colored, range(2))) == [0, 1]
    with pytest.raises(vs.Error, match=f"frame 2: expected _ChromaLocation 0 .*, got {place}; convert the clip"):
        colored.get_frame(2)


def test_what_comes_out_can_be_shown(network: Telling) -> None:
    """`resize` to RGB needs a matrix, and a range and a place of chroma that are true."""
    with_rgb_matrix = core.std.ShufflePlanes(gray_clip(film((1,)), vs.RGB24), 0, vs.GRAY).std.SetFrameProps(_Matrix=0)
    shown = colorize(with_rgb_matrix, chroma="420", range="full").resize.Bicubic(format=vs.RGB24).get_frame(0)
    assert np.abs(np.ptp(np.stack(planes(shown)).astype(int), axis=0)).mean() > 4


@pytest.mark.parametrize("use_props", [0, 1])
def test_a_scene_change_mark_begins_a_shot_if_it_is_used(network: Telling, use_props: int) -> None:
    marks = {4: {"_SceneChangePrev": 1}, 6: {"_SceneChangePrev": 0, "_SceneChangeNext": 1}}
    clip = marked(gray_clip(counted(9), vs.GRAYS), marks)
    colored = asked(colorize(clip, cuts=[2], use_props=use_props), [8, 3, 4, 0, 6, 2])
    assert {n: props["TCVCShot"] for n, (_, props) in colored.items()} == (
        {0: 0, 2: 2, 3: 2, 4: 4, 6: 4, 8: 4} if use_props else {0: 0, 2: 2, 3: 2, 4: 2, 6: 2, 8: 2}
    )
    assert colored[4][1]["_SceneChangePrev"] == 1


def test_properties_of_the_source_pass_and_ours_join_them(network: Telling) -> None:
    clip = marked(gray_clip(counted(4), vs.GRAYS), {3: {"Reel": 7}})
    found = properties(colorize(clip, cuts=[2]).get_frame(3))
    sure = found.pop("TCVCConfidence")
    assert found == {"Reel": 7, "TCVCShot": 2, "TCVCReference": "predicted", "_Matrix": 6}
    assert 0 <= sure <= 1


@pytest.mark.parametrize(("tag", "warnings"), [(None, 0), (0, 0), (1, 1), (2, 1)])
def test_frames_tagged_as_interlaced_are_treated_as_progressive_and_logged_once(
    network: Telling, tag: int | None, warnings: int
) -> None:
    clip = gray_clip(film((4,)), vs.YUV420P8)
    tagged = clip if tag is None else marked(clip, {2: {"_FieldBased": tag}, 3: {"_FieldBased": tag}})
    with logged() as messages:
        colored = asked(colorize(tagged, cuts=[]), range(4))
    assert [colored[n][0] for n in range(4)] == [asked(colorize(clip, cuts=[]), range(4))[n][0] for n in range(4)]
    assert [text.partition(";")[0] for _, text in messages] == [
        "tcvc.Colorize: frame 2 is tagged as interlaced, and is treated as progressive"
    ] * warnings


# What Python is shown


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("method", ["read_tags", "add_reference", "give", "finish"])
def test_planes_are_taken_back_from_python_on_every_path(
    network: Telling, monkeypatch: pytest.MonkeyPatch, method: str, fails: bool
) -> None:
    shown: list[Any] = []
    own = getattr(filter.Filter, method)

    def see(self: filter.Filter, *arguments: Any) -> Any:
        for argument in arguments:
            shown.extend(memory for memory, _ in views_in(argument))
        result = own(self, *arguments)
        if fails:
            raise ValueError("after the planes were used")
        return result

    monkeypatch.setattr(filter.Filter, method, see)
    clip = gray_clip(film((3,)), vs.YUV444P8)
    with pytest.raises(vs.Error, match="after the planes were used") if fails else nullcontext():
        colorize(clip, ref=clip[0], cuts=[]).get_frame(1)
    assert shown
    for memory in shown:
        with pytest.raises(ValueError, match="released memoryview"):
            memory.tobytes()


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("plugin.cpp:54:\nstd::bad_alloc")])
def test_memory_that_ran_out_is_a_sentence(network: Telling, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(self: Telling, lightness: Any) -> Any:
        raise error

    monkeypatch.setattr(Telling, "predict", fail)
    with pytest.raises(vs.Error, match=r"out of memory; close other programs, or set a smaller size \("):
        colorize(gray_clip(film((3,)), vs.YUV444P8), cuts=[]).get_frame(0)


def views_in(argument: Any) -> list[View]:
    """The planes in an argument from the plugin: a frame, frames, or views."""
    if isinstance(argument, tuple):
        return list(argument[1])
    if not isinstance(argument, list):
        return []
    return [view for each in argument for view in (each[1] if len(each) == 3 else [each])]


def test_memory_that_python_keeps_a_hold_of_is_told_and_stays(
    network: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[PickleBuffer] = []
    own = filter.Filter.give

    def keep(self: filter.Filter, request: Any, frames: Any) -> list[int]:
        held.extend(PickleBuffer(memory) for memory, _ in views_in(frames))
        return own(self, request, frames)

    monkeypatch.setattr(filter.Filter, "give", keep)
    clip = gray_clip(film((1,)), vs.GRAY8)
    expected = [bytes(plane) for plane in planes(clip.get_frame(0))]
    with pytest.raises(vs.Error, match="a frame is still in use after the call that it was for"):
        colorize(clip, cuts=[]).get_frame(0)
    del clip
    gray_clip([1 - picture for picture in film((1,))], vs.GRAY8).get_frame(0)
    assert [each.raw()[:WIDTH] for each in held] == [plane[:WIDTH] for plane in expected]


# Confidence


@pytest.mark.parametrize("format", [vs.GRAY8, vs.YUV420P16, vs.GRAYS, vs.RGB48, vs.YUV444PH])
def test_confidence_is_a_gray_clip(network: Telling, format: int) -> None:
    clip = gray_clip(film((3,)), format)
    sure, colored = colorize(clip, confidence=1), colorize(clip)
    assert (sure.format.id, sure.width, sure.height, sure.num_frames) == (vs.GRAY8, WIDTH, HEIGHT, 3)
    for n in range(3):
        shown, props = sure.get_frame(n), properties(colored.get_frame(n))
        assert np.abs(planes(shown)[0] / 255 - props["TCVCConfidence"]).max() <= 0.5 / 255 + 1e-6
        assert shown.props["TCVCConfidence"] == props["TCVCConfidence"]
        assert shown.props["_Range"] == 1
        assert not {"_Matrix", "_ChromaLocation"} & shown.props.keys()


def test_confidence_of_the_shipped_network_is_never_whole_on_a_guess() -> None:
    sure = colorize(gray_clip(film((4, 3)), vs.YUV420P8), confidence=1)
    means = [float(planes(frame)[0].mean()) for frame in sure.frames()]
    assert 0 < min(means) <= max(means) < 255
