"""core.tcvc.Colorize: painted frames, lists of cuts, and the messages about invalid arguments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from vs_clips import (
    HEIGHT,
    WIDTH,
    Telling,
    asked,
    clip_of,
    colorize,
    core,
    counted,
    film,
    gray_clip,
    logged,
    looks,
    marked,
    planes,
    put_in,
    vs,
)  # fmt: skip

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.color import lab_from_rgb, rgb_from_ycc, ycc_from_rgb

LENGTH = 8
PICTURES = [0.3 + 0.4 * picture for picture in film((LENGTH,))]
TEAL = (0.06, -0.1)
AMBER = (-0.09, 0.05)

Color = tuple[float, float]


def painted(n: int, color: Color = TEAL) -> Array:
    """Frame n with one Cb and Cr all over: R'G'B' (3, H, W) whose Y' (601) is the frame's own."""
    chroma = [np.full((HEIGHT, WIDTH), part, np.float32) for part in color]
    return rgb_from_ycc(np.stack([PICTURES[n], *chroma]), "601")


def painted_clip(*frames: Array) -> vs.VideoNode:
    return clip_of([list(frame) for frame in frames], vs.RGBS)


def painted_file(folder: Path, n: int, color: Color = TEAL) -> str:
    path = folder / f"painted{n}.png"
    cv2.imwrite(str(path), np.round(painted(n, color).transpose(1, 2, 0)[..., ::-1] * 65535).astype(np.uint16))
    return str(path)


def mean_ab(rgb: Array) -> Array:
    return lab_from_rgb(rgb)[1:].mean(axis=(1, 2))


def color_of(clip: vs.VideoNode, n: int) -> Array:
    """Mean a* and b* of a frame of a YUV444PS clip."""
    return mean_ab(rgb_from_ycc(np.stack(planes(clip.get_frame(n))), "601"))


def distance(one: Array, two: Array) -> float:
    return float(np.linalg.norm(one - two))


@pytest.fixture
def clip() -> vs.VideoNode:
    return gray_clip(PICTURES, vs.GRAYS)


# References


def test_a_painted_frame_comes_out_as_it_was_painted_and_its_shot_follows(clip: vs.VideoNode) -> None:
    plain = colorize(clip, cuts=[4])
    for color in (TEAL, AMBER):
        wanted = mean_ab(painted(0, color))
        colored = colorize(clip, ref=painted_clip(painted(0, color)), cuts=[4])
        assert distance(color_of(colored, 0), wanted) < 0.5  # a painted tint is not of one a* and b* all over
        for n in range(1, 4):
            assert distance(color_of(colored, n), wanted) < 0.3 * distance(color_of(plain, n), wanted)
        assert looks(colored.get_frame(4)) == looks(plain.get_frame(4)), "the next shot is its own"


def test_a_reference_acts_from_its_frame_on(clip: vs.VideoNode) -> None:
    plain = asked(colorize(clip, cuts=[]), range(LENGTH))
    colored = asked(colorize(clip, ref=painted_clip(painted(3)), ref_frames=[3], cuts=[]), range(LENGTH))
    assert [colored[n] == plain[n] for n in range(LENGTH)] == [True] * 3 + [False] * 5
    assert [props["TCVCShot"] for _, props in colored.values()] == [0] * 3 + [3] * 5
    assert [props["TCVCReference"] for _, props in colored.values()] == ["predicted"] * 3 + ["ref, frame 0"] * 5
    assert [n for n, (_, props) in colored.items() if props["TCVCConfidence"] == 1] == [3]


def test_all_ways_to_give_references_agree(clip: vs.VideoNode, tmp_path: Path) -> None:
    rgb = painted_clip(painted(0), painted(5, AMBER))
    files = [painted_file(tmp_path, 0), painted_file(tmp_path, 5, AMBER)]
    as_long = painted_clip(*(painted(n, AMBER if n == 5 else TEAL) for n in range(LENGTH)))
    ways: list[dict[str, Any]] = [
        {"ref": rgb, "ref_frames": [0, 5]},
        {"ref": rgb.std.Reverse(), "ref_frames": [5, 0]},
        {
            "ref": marked(
                as_long, {0: {"TCVCUseAsReference": 1}, 4: {"TCVCUseAsReference": 0}, 5: {"TCVCUseAsReference": 1}}
            )
        },
        {"ref": rgb.resize.Bicubic(format=vs.YUV444PS, matrix_s="170m"), "ref_frames": [0, 5]},
        {"ref": rgb.resize.Bicubic(format=vs.YUV444P16, matrix_s="709", range_s="full"), "ref_frames": [0, 5]},
        {"ref": rgb.resize.Bicubic(format=vs.YUV420P16, matrix_s="2020ncl", range_s="limited"), "ref_frames": [0, 5]},
        {"ref": rgb.resize.Bilinear(2 * WIDTH, 2 * HEIGHT, format=vs.RGB48), "ref_frames": [0, 5]},
        {"ref_files": files, "ref_frames": [0, 5]},
        {"ref_files": [files[0], f"{files[1]}@5"]},
    ]
    for arguments in ways:
        colored = colorize(clip, cuts=[], **arguments)
        assert [colored.get_frame(n).props["TCVCShot"] for n in range(LENGTH)] == [0] * 5 + [5] * 3
        for n, color in ((0, TEAL), (5, AMBER)):
            assert distance(color_of(colored, n), mean_ab(painted(n, color))) < 0.7, arguments


def test_one_painted_picture_is_of_frame_0(clip: vs.VideoNode, tmp_path: Path) -> None:
    from_clip = colorize(clip, ref=painted_clip(painted(0))).get_frame(0)
    from_file = colorize(clip, ref_files=painted_file(tmp_path, 0)).get_frame(0)
    assert from_clip.props["TCVCReference"] == "ref, frame 0"
    assert from_file.props["TCVCReference"] == str(tmp_path / "painted0.png")
    assert np.abs(np.stack(planes(from_clip)) - np.stack(planes(from_file))).max() < 1e-3  # 16-bit codes


def test_a_reference_that_comes_from_python_is_fetched_while_the_filter_is_made(clip: vs.VideoNode) -> None:
    """`ref` may be made by Python, which is held by whoever makes the filter."""
    ref = painted_clip(painted(0)).std.FrameEval(lambda n: painted_clip(painted(0, AMBER)))
    assert distance(color_of(colorize(clip, ref=ref), 0), mean_ab(painted(0, AMBER))) < 0.5


def test_the_matrix_of_the_clip_makes_a_reference_gray(clip: vs.VideoNode) -> None:
    """A picture's lightness must be the clip's own where it is of the very frame."""
    chroma = ycc_from_rgb(painted(0), "601")[1:]
    assert np.abs(chroma[0] - TEAL[0]).max() < 1e-6
    one, two = (colorize(clip, ref=painted_clip(painted(0)), matrix=matrix).get_frame(1) for matrix in ("601", "2020"))
    assert looks(one)[0] != looks(two)[0]


@pytest.mark.parametrize("way", ["ref", "ref_files"])
def test_the_matrix_tag_of_the_clip_makes_a_reference_gray(tmp_path: Path, way: str) -> None:
    """As in a film file; the height of 64 lines alone would say 601."""
    clip = gray_clip(PICTURES, vs.GRAYS)
    given = {"ref": painted_clip(painted(0))} if way == "ref" else {"ref_files": [painted_file(tmp_path, 0)]}

    def second(clip: vs.VideoNode, **arguments: Any) -> list[bytes]:
        return looks(colorize(clip, cuts=[], **given, **arguments).get_frame(1))[0]

    tagged = second(clip.std.SetFrameProps(_Matrix=9))
    assert tagged == second(clip, matrix="2020")
    assert tagged == second(clip.std.SetFrameProps(_Matrix=1), matrix="2020")
    assert tagged != second(clip.std.SetFrameProps(_Matrix=1))


Arguments = dict[str, Any]
REFERENCES: dict[str, Callable[[vs.VideoNode], Arguments]] = {
    "ref_frames: expected one for each of the 2 frames of ref, got 1": lambda ref: {"ref": ref[:2], "ref_frames": [1]},
    "ref_frames: expected the frame numbers of the 3 frames of ref, got none": lambda ref: {"ref": ref[:3]},
    "ref: no frame of it has TCVCUseAsReference=1; set it, or give ref_frames": lambda ref: {"ref": ref},
    r"ref_frames: expected frame numbers from 0, each once, got \[2, 2\]": lambda ref: {
        "ref": ref[:2], "ref_frames": [2, 2],
    },
    r"ref_frames: expected frame numbers from 0, each once, got \[-1\]": lambda ref: {
        "ref": ref[:1], "ref_frames": [-1],
    },
    "ref_frames: expected frames of the clip, 0 to 7, got 8": lambda ref: {"ref": ref[:1], "ref_frames": [8]},
    "ref: expected the shape of the clip, 96x64, got 96x32": lambda ref: {"ref": ref[:1].std.Crop(top=32)},
    "ref: expected a clip with colour, RGB or YUV, got gray": lambda ref: {
        "ref": ref[:1].std.ShufflePlanes(0, vs.GRAY),
    },
    "ref_files: expected either ref or ref_files, got both": lambda ref: {"ref": ref[:1], "ref_files": ["a.png"]},
    "ref_frames: expected ref or ref_files as well, got neither": lambda ref: {"ref_frames": [1]},
    "ref_frames: expected one for each of the 1 ref_files, got 2": lambda ref: {
        "ref_files": ["a.png"], "ref_frames": [1, 2],
    },
    "ref_files nowhere.png: expected a picture file, found none": lambda ref: {"ref_files": ["nowhere.png@3"]},
    r"ref: frame 0 could not be had: [\s\S]*torn": lambda ref: {"ref": core.std.FrameEval(ref[:1], _torn)},
    "ref: expected 8 to 16 bit whole numbers or floats, got 32 bit": lambda ref: {
        "ref": core.std.BlankClip(ref[:1], format=core.query_video_format(vs.YUV, vs.INTEGER, 32).id),
    },
    "ref: expected one format and one size, got a clip that changes them": lambda ref: {
        "ref": core.std.Splice([ref[:1], ref[1:2].std.Crop(top=2)], mismatch=True), "ref_frames": [0, 1],
    },
}  # fmt: skip


def _torn(n: int) -> vs.VideoNode:
    raise ValueError("torn")


@pytest.mark.parametrize("message", REFERENCES)
def test_references_that_do_not_do_are_refused_by_the_name_of_their_argument(clip: vs.VideoNode, message: str) -> None:
    ref = painted_clip(*(painted(n) for n in range(LENGTH)))
    with pytest.raises(vs.Error, match=f"tcvc.Colorize: .*{message}"):
        colorize(clip, **REFERENCES[message](ref))


def test_two_pictures_of_one_frame_and_a_file_that_is_none_are_refused(clip: vs.VideoNode, tmp_path: Path) -> None:
    file = painted_file(tmp_path, 0)
    with pytest.raises(vs.Error, match=r"ref_files .*: frame 2 has a reference already"):
        colorize(clip, ref_files=[f"{file}@2", f"{file}@2"])
    (tmp_path / "words.png").write_text("no picture")
    with pytest.raises(vs.Error, match=r"ref_files .*words.png: expected a picture \(PNG, TIFF, JPEG\)"):
        colorize(clip, ref_files=str(tmp_path / "words.png"))


# Cuts


def shots(clip: vs.VideoNode, **arguments: Any) -> list[int]:
    found = asked(colorize(clip, **arguments), range(clip.num_frames))
    return sorted({int(props["TCVCShot"]) for _, props in found.values()})


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [([5], [0, 5]), ([], [0]), ([0], [0]), ([3, 0, 3, 7], [0, 3, 7]), ([900], [0]), (4, [0, 4])],
)
def test_listed_cuts_replace_detection(monkeypatch: pytest.MonkeyPatch, cuts: Any, expected: list[int]) -> None:
    put_in(monkeypatch, Telling())
    two_shots = gray_clip(film((6, 6)), vs.GRAY8)
    assert shots(two_shots) == [0, 6]
    with logged() as messages:
        assert shots(two_shots, cuts=cuts) == expected
    outside = "tcvc.Colorize: cuts: expected frames of the clip, 0 to 11, got 900, left out"
    assert [text for _, text in messages] == ([outside] if cuts == [900] else [])


def test_cuts_stand_in_a_file_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_in(monkeypatch, Telling())
    clip = gray_clip(counted(9), vs.GRAYS)
    path = tmp_path / "5"  # a name that could be a list
    path.write_text("0\n4 # a comment\n7\n")
    assert shots(clip, cuts_file=str(path)) == [0, 4, 7]
    monkeypatch.chdir(tmp_path)
    assert shots(clip, cuts_file="5") == [0, 4, 7]


def test_the_threshold_decides_what_a_cut_is(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(monkeypatch, Telling())
    assert shots(gray_clip(film((6, 6)), vs.GRAY8), cut_threshold=100.0) == [0]


# Invalid arguments

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"cuts": [1], "cuts_file": "list.txt"}, "cuts_file: expected either cuts or cuts_file, got both"),
    ({"cuts": [1, -4]}, "cuts.*: expected a frame number from 0, got '-4'"),
    (
        {"cuts_file": "nowhere.txt"},
        "cuts_file: expected a file of cuts, found none named",
    ),
    ({"cuts_file": ""}, "cuts_file: expected a file"),
    ({"cut_threshold": 0.5}, "cut_threshold: expected 1 to 100, got 0.5"),
    ({"cut_threshold": float("nan")}, "cut_threshold: expected 1 to 100, got nan"),
    ({"use_props": 2}, "use_props: expected 0 or 1, got 2"),
    ({"model": "deep"}, r"model: expected compact \| published, got 'deep'"),
    ({"weights": "nowhere.safetensors"}, "weights nowhere.safetensors: expected a weights file, found none"),
    ({"device": "gpu"}, r"device: expected auto\|cpu\|cuda\|cuda:N\|mps, got 'gpu'"),
    ({"device": "cuda:77"}, "device cuda:77: expected a device of this machine"),
    ({"backend": "magic"}, r"backend: expected auto \| torch \| openvino \| onnx \| cudagraphs, got 'magic'"),
    ({"precision": "fp8"}, r"precision: expected auto \| fp32 \| bf16 \| fp16, got 'fp8'"),
    ({"threads": 0}, "threads: expected 1 to 256, got 0"),
    ({"size": 63}, "size: expected 64 to 1024, got 63"),
    ({"size": 2**40}, "size: expected 64 to 1024, got 1099511627776"),
    ({"matrix": "bt709"}, r"matrix: expected auto \| 601 \| 709 \| 2020 \| 240m \| fcc, got 'bt709'"),
    ({"range": "tv"}, r"range: expected auto \| limited \| full, got 'tv'"),
    ({"chroma": "411"}, r"chroma: expected auto \| 420 \| 422 \| 444, got '411'"),
    ({"saturation": 4.5}, "saturation: expected 0 to 4, got 4.5"),
    ({"saturation": float("inf")}, "saturation: expected 0 to 4, got inf"),
    ({"confidence": 2}, "confidence: expected 0 or 1, got 2"),
    ({"colour": 1}, "does not take argument.* colour"),
    ({"bits": 16}, "does not take argument.* bits"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[f"{list(each)}-{text[:30]}" for each, text in WRONG])
def test_a_wrong_argument_is_refused_at_once_by_its_name(
    clip: vs.VideoNode, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(vs.Error, match=message) as caught:
        colorize(clip, **arguments)
    assert "--" not in str(caught.value), "an option of a command line"
    assert "\n" not in str(caught.value)


def test_a_file_that_holds_no_weights_is_refused(clip: vs.VideoNode, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(vs.Error, match=f"{path}: expected a safetensors file"):
        colorize(clip, weights=str(path))


def test_a_cuts_file_that_holds_words_is_refused(clip: vs.VideoNode, tmp_path: Path) -> None:
    path = tmp_path / "cuts.txt"
    path.write_text("0\nzwölf\n")
    with pytest.raises(vs.Error, match=r"cuts\.txt, line 2: expected a frame number from 0, got 'zwölf'"):
        colorize(clip, cuts_file=str(path))


def test_arguments_given_as_their_defaults_change_nothing(clip: vs.VideoNode) -> None:
    given = colorize(
        clip, cut_threshold=25.0, use_props=1, model="compact", weights="", device="auto", backend="auto",
        precision="auto", threads=2, matrix="auto", range="auto", chroma="auto", saturation=1.0, confidence=0,
    )  # fmt: skip
    assert asked(given, range(LENGTH)) == asked(colorize(clip), range(LENGTH))


def test_saturation_0_is_gray(clip: vs.VideoNode) -> None:
    assert all((plane == 0).all() for plane in planes(colorize(clip, saturation=0.0).get_frame(1))[1:])


def test_help_tells_every_argument_of_the_function() -> None:
    told = core.tcvc.Help()
    names = [part.partition(":")[0] for part in core.tcvc.Colorize.signature.split(";") if part]
    assert names[0] == "clip"
    assert [name for name in names[1:] if f"\n{name}: " not in told] == []
