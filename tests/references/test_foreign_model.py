"""Laws of a reference model: its colours come out where and as it meant them, and our propagation carries them."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
import torch
from fakes import FakeColorizer, gray
from numpy.typing import ArrayLike, NDArray
from onnx import TensorProto, helper, numpy_helper
from torch_threads import counting_threads

from ffmpeg_filters import pipe, y4m
from vs_tcvc.backends import Chosen, make_colorizer
from vs_tcvc.core.colorizer import Colorizer, Predicting
from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import DeviceError, TcvcError, UsageError, WeightsError
from vs_tcvc.picture.color import lab_from_rgb, luma_from_lightness, rgb_from_ycc
from vs_tcvc.references.foreign_model import Network, ReferenceModel
from vs_tcvc.settings import Settings

TINY = 0.02  # of a*, b*: single precision over a resize there and back
DEVIATION = np.array([0.229, 0.224, 0.225])
CHANNEL: dict[int, ArrayLike] = {1: [[1], [1]], 3: [[1, 0, 0], [0, 0, 1]]}  # first channel in -> a, last one -> b


def export(
    path: Path, weights: ArrayLike, bias: ArrayLike, size: Sequence[Any] = ("h", "w"), kind: int = TensorProto.FLOAT
) -> Path:
    """An ONNX file of a 1x1 convolution: weights (channels out, channels in), bias (channels out)."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    kernel, shift = np.asarray(weights, dtype)[..., None, None], np.asarray(bias, dtype)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "kernel", "shift"], ["y"])],
        "colorizer",
        [helper.make_tensor_value_info("x", kind, [1, kernel.shape[1], *size])],
        [helper.make_tensor_value_info("y", kind, [1, kernel.shape[0], *size])],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(shift, "shift")],
    )
    return save(graph, path)


def save(graph: onnx.GraphProto, path: Path) -> Path:
    """A graph as a file that every onnxruntime reads."""
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def beside(path: Path, sidecar: str) -> Path:
    """The model's path, with that sidecar beside it."""
    path.with_name(f"{path.name}.yaml").write_text(sidecar)
    return path


def made(path: Path, **options: Any) -> tuple[Colorizer[Any], Chosen]:
    return make_colorizer(Settings(device="cpu", reference_model=str(path), **{"trust_model": True, **options}))


def slope(height: int, width: int) -> Array:
    """L* that differs at each corner and at each edge, straight enough to be resized without loss."""
    return np.add.outer(np.linspace(10, 40, height), np.linspace(0, 50, width)).astype(np.float32)


def inner(planes: Array) -> Array:
    """Without the rims, where resizing repeats pixels."""
    return planes[..., 8:-8, 8:-8]


# The colours


def test_siggraph17_is_shown_lightness_and_gives_ab(tmp_path: Path) -> None:
    path = export(tmp_path / "siggraph17.onnx", [[0.2], [-0.1]], [1, 2], (256, 256))
    ab = made(path)[0].predict(slope(64, 96)).ab
    assert ab.shape == (2, 64, 96)
    assert ab.dtype == np.float32
    expected = np.stack([0.2 * slope(64, 96) + 1, -0.1 * slope(64, 96) + 2])
    np.testing.assert_allclose(inner(ab), inner(expected), atol=TINY)


def test_ddcolor_is_shown_the_display_gray_in_rgb_and_gives_ab(tmp_path: Path) -> None:
    path = export(tmp_path / "ddcolor.onnx", [[60, 0, 0], [0, -20, -20]], [0, 5], (512, 512))
    gray = luma_from_lightness(slope(64, 96))
    ab = made(path)[0].predict(slope(64, 96)).ab
    np.testing.assert_allclose(inner(ab), inner(np.stack([60 * gray, 5 - 40 * gray])), atol=5 * TINY)


@pytest.mark.parametrize(
    ("written", "black", "white"),
    [
        ("imagenet", -np.array([0.485, 0.456, 0.406]) / DEVIATION, np.array([0.515, 0.544, 0.594]) / DEVIATION),
        ("[0, 255]", np.zeros(3), np.full(3, 255.0)),
        ("[-1, 1]", -np.ones(3), np.ones(3)),
    ],
    ids=["imagenet", "bytes", "signed"],
)
@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_a_picture_is_read_in_the_range_and_order_that_the_sidecar_tells(
    tmp_path: Path, written: str, black: NDArray[Any], white: NDArray[Any], order: str
) -> None:
    """The network paints R' + 0.1 and B' - 0.15 on the gray that it is shown."""
    mirror = np.eye(3)[::-1] if order == "bgr" else np.eye(3)
    path = export(tmp_path / "colorizer.onnx", mirror, mirror @ (np.array([0.1, 0, -0.15]) * (white - black)))
    beside(path, f"preset: deoldify\ninput_range: {written}\noutput: {order}\noutput_range: {written}\nsize: 64\n")
    lightness = np.full((64, 96), 60, np.float32)
    gray = luma_from_lightness(lightness)
    expected = lab_from_rgb(np.stack([gray + 0.1, gray, gray - 0.15]))[1:]
    np.testing.assert_allclose(made(path)[0].predict(lightness).ab, expected, atol=TINY)


def test_the_preset_of_deoldify_is_imagenet_in_and_out(tmp_path: Path) -> None:
    path = beside(export(tmp_path / "deoldify.onnx", np.eye(3), [0.1 / 0.229, 0, 0]), "preset: deoldify")
    gray = luma_from_lightness(np.full((64, 96), 60, np.float32))
    expected = lab_from_rgb(np.stack([gray + 0.1, gray, gray]))[1:]
    np.testing.assert_allclose(made(path)[0].predict(np.full((64, 96), 60, np.float32)).ab, expected, atol=TINY)


def test_a_picture_is_clipped_before_its_ab_are_taken(tmp_path: Path) -> None:
    path = export(tmp_path / "colorizer.onnx", np.zeros((3, 3)), [300, -20, 0])
    beside(path, "preset: deoldify\noutput_range: [0, 255]\n")
    ab = made(path)[0].predict(slope(64, 96)).ab
    np.testing.assert_allclose(ab[:, 5, 5], lab_from_rgb([1, 0, 0])[1:], atol=TINY)


def test_a_sidecar_without_a_preset_tells_all(tmp_path: Path) -> None:
    path = export(tmp_path / "own.onnx", CHANNEL[1], [0, 0])
    beside(path, "input: L\ninput_range: [-1, 1]\nsize: multiple-of-32\noutput: ab\nab_scale: 110\n")
    ab = made(path)[0].predict(np.full((60, 100), 75, np.float32)).ab
    np.testing.assert_allclose(ab, np.full((2, 60, 100), 55), atol=TINY)


def test_half_floats_are_given_and_taken(tmp_path: Path) -> None:
    path = export(tmp_path / "half.onnx", CHANNEL[1], [0, 0], kind=TensorProto.FLOAT16)
    ab = made(path)[0].predict(np.full((64, 64), 50, np.float32)).ab
    assert ab.dtype == np.float32
    np.testing.assert_allclose(ab, np.full((2, 64, 64), 50), atol=TINY)


class Scripted(torch.nn.Module):
    """a: the first channel in times 60; b: the last one times -40."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x[:, 0] * 60, x[:, -1] * -40], dim=1)


@pytest.fixture
def scripted(tmp_path: Path) -> Path:
    """A TorchScript file with a sidecar."""
    path = tmp_path / "ddcolor.pt"
    with pytest.warns(FutureWarning):
        torch.jit.trace(Scripted(), torch.zeros(1, 3, 8, 8)).save(path)  # type: ignore[no-untyped-call]
    return beside(path, "preset: ddcolor")


def test_torchscript_gives_its_colors_with_the_threads_of_the_settings(scripted: Path) -> None:
    colorizer, _ = made(scripted, threads=3)
    gray = luma_from_lightness(slope(64, 96))
    with counting_threads(host=1) as counts:
        ab = colorizer.predict(slope(64, 96)).ab
    assert 3 in counts
    np.testing.assert_allclose(inner(ab), inner(np.stack([60 * gray, -40 * gray])), atol=5 * TINY)


@pytest.mark.parametrize(
    ("size", "working", "expected"),
    [
        ("512", (216, 288), (512, 512)),
        ("multiple-of-32", (216, 288), (224, 288)),
        ("multiple-of-64", (20, 500), (64, 512)),
    ],
)
def test_a_network_sees_the_size_of_its_format(
    tmp_path: Path, size: str, working: tuple[int, int], expected: tuple[int, int]
) -> None:
    shown: list[tuple[int, ...]] = []

    def run(seen: Array) -> Array:
        shown.append(seen.shape)
        return seen[:, :2]

    path = beside(tmp_path / "any.onnx", f"preset: ddcolor\nsize: {size}")
    assert ReferenceModel(path, Network(run)).predict(np.zeros(working, np.float32)).ab.shape == (2, *working)
    assert shown[-1] == (1, 3, *expected)


def test_a_size_that_the_file_fixes_is_the_one_that_is_seen(tmp_path: Path) -> None:
    path = export(tmp_path / "ddcolor.onnx", CHANNEL[3], [0, 0], (64, 96))
    assert made(path)[0].predict(slope(60, 80)).ab.shape == (2, 60, 80)


def test_the_same_lightness_gives_the_same_bytes(tmp_path: Path) -> None:
    path = export(tmp_path / "ddcolor.onnx", np.random.default_rng(0).normal(size=(2, 3)), [0, 0])
    noise = np.random.default_rng(1).uniform(0, 100, (64, 96)).astype(np.float32)
    first, again = (made(path)[0].predict(noise).ab.tobytes() for _ in range(2))
    assert first == again


# What is said and recorded


def test_what_was_chosen_says_how_the_format_is_known(tmp_path: Path) -> None:
    path = export(tmp_path / "any.onnx", CHANNEL[3], [0, 0])
    assert str(made(path)[1]).startswith(
        "compact, references by any.onnx "
        "(recognised as ddcolor by 3 input and 2 output channels; onnxruntime on CPU) on cpu ("
    )
    assert "(format from any.onnx.yaml; " in str(made(beside(path, "preset: ddcolor"))[1])


def test_another_model_sidecar_or_file_of_weights_under_the_same_name_has_another_hash(tmp_path: Path) -> None:
    path = export(tmp_path / "ddcolor.onnx", CHANNEL[3], [0, 0])
    hashes = [make_colorizer(Settings(device="cpu"))[1].weights_sha256, made(path)[1].weights_sha256]
    export(path, CHANNEL[3], [1, 0])
    hashes.append(made(path)[1].weights_sha256)
    beside(path, "preset: ddcolor\nsize: 64\n")
    hashes.append(made(path)[1].weights_sha256)
    assert len(set(hashes)) == len(hashes)
    assert made(path)[1].weights_sha256 == hashes[-1]


@pytest.mark.parametrize(
    "end", [b"", b"\x05a", b"\xff", b"\xff\x7f" + b"a" * 9000, b"\x03../", b"\x03a\0b", b"\x01\xff"]
)
def test_what_a_damaged_onnx_file_names_is_passed_over(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(b"x" + b"\n\x08location\x12" + end)
    with pytest.raises(WeightsError, match="a file that onnxruntime does not read"):
        made(path)


def test_weights_in_another_file_count_whatever_its_name(tmp_path: Path) -> None:
    path = export(tmp_path / "ddcolor.onnx", CHANNEL[3], [0, 0])
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="a" * 150 + ".bin", size_threshold=0)
    (weights,) = tmp_path.glob("*.bin")
    before = made(path)[1].weights_sha256
    content = bytearray(weights.read_bytes())
    content[0] ^= 1
    weights.write_bytes(content)
    assert made(path)[1].weights_sha256 != before


def test_a_model_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = export(tmp_path / "ddcolor.onnx", CHANNEL[3], [0, 0])
    before = made(path)[0].predict(slope(64, 96)).ab
    after = made(export(path, CHANNEL[3], [1, 0]))[0].predict(slope(64, 96)).ab
    np.testing.assert_allclose(after - before, np.stack([np.ones((64, 96)), np.zeros((64, 96))]), atol=TINY)


# What is refused


def refusal(path: Path, error: type[TcvcError] = WeightsError) -> str:
    with pytest.raises(error) as caught:
        made(path)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_file_that_is_missing_or_no_network_is_refused(tmp_path: Path) -> None:
    assert "expected an ONNX or TorchScript file, found none" in refusal(tmp_path / "gone.onnx")
    for name in ("film.onnx", "film.pt"):
        (tmp_path / name).write_bytes(b"\x1a\x45\xdf\xa3" * 100)
        assert f"reference_model {tmp_path / name}: expected a network exported to" in refusal(tmp_path / name)
    torch.save({"weight": torch.zeros(3)}, tmp_path / "checkpoint.pth")
    assert "a file that torch does not read" in refusal(tmp_path / "checkpoint.pth")


def test_torchscript_is_not_even_opened_without_the_users_word(scripted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the same file is loaded already, on somebody else's word."""
    made(scripted)
    monkeypatch.setattr(torch.jit, "load", None)
    with pytest.raises(UsageError, match=r"is read as TorchScript, a program .*; pass trust_model if you trust"):
        made(scripted, trust_model=False)


def test_channels_that_do_not_tell_ask_for_a_sidecar(tmp_path: Path, scripted: Path) -> None:
    path = export(tmp_path / "deoldify.onnx", np.eye(3), np.zeros(3))
    assert "write one, as in 'preset: ddcolor' (presets: ddcolor, deoldify, siggraph17)" in refusal(path, UsageError)
    scripted.with_name("ddcolor.pt.yaml").unlink()
    assert "expected ddcolor.pt.yaml next to it" in refusal(scripted, UsageError)


@pytest.mark.parametrize(
    ("weights", "preset", "said"),
    [
        (CHANNEL[1], "ddcolor", r"expected a network that takes (1, 3, 512, 512), got an error"),
        (CHANNEL[3], "deoldify", "expected (1, 3, height, width) for (1, 3, 336, 336), got (1, 2, 336, 336)"),
        (np.full((2, 3), np.inf), "ddcolor", "expected finite numbers"),
    ],
)
def test_a_network_that_is_not_as_its_sidecar_says_is_refused(
    tmp_path: Path, weights: ArrayLike, preset: str, said: str
) -> None:
    path = beside(export(tmp_path / "other.onnx", weights, [0, 0]), f"preset: {preset}")
    text = refusal(path)
    assert text.startswith(f"reference_model {path}: {said}")
    assert text.endswith("check that its sidecar describes this network")


@pytest.mark.parametrize(
    ("takes", "kind", "said"),
    [
        (["x", "z"], TensorProto.FLOAT, "got tensor(float), tensor(float) in, tensor(float) out"),
        (["x", "x"], TensorProto.DOUBLE, "got tensor(double) in, tensor(double) out"),
    ],
)
def test_other_than_one_tensor_of_floats_is_refused(tmp_path: Path, takes: list[str], kind: int, said: str) -> None:
    inputs, output = (
        [helper.make_tensor_value_info(name, kind, [1, 2, 8, 8]) for name in each] for each in ({*takes}, "y")
    )
    graph = helper.make_graph([helper.make_node("Add", takes, ["y"])], "sum", inputs, output)
    save(graph, tmp_path / "sum.onnx")
    assert said in refusal(tmp_path / "sum.onnx")


@pytest.mark.parametrize(("library", "needs"), [("onnxruntime", "onnxruntime"), ("yaml", "PyYAML")])
def test_a_library_that_is_not_here_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, needs: str
) -> None:
    path = beside(export(tmp_path / "ddcolor.onnx", CHANNEL[3], [0, 0]), "preset: ddcolor")
    monkeypatch.setitem(sys.modules, library, None)
    text = refusal(path, DeviceError)
    assert needs in text
    assert text.startswith("reference_model")
    assert text.endswith("pip install '.[models]' in the checkout")


@pytest.mark.parametrize(
    ("sidecar", "said"),
    [
        ("preset: ddcolour", "preset: expected ddcolor, deoldify, siggraph17, got 'ddcolour'"),
        ("preset: [ddcolor]", "preset: expected ddcolor, deoldify, siggraph17, got ['ddcolor']"),
        ("colours: many", "expected keys preset, input,"),
        ("- ddcolor", "expected keys preset, input,"),
        ("", "expected keys preset, input,"),
        ("{", "expected YAML, got"),
        ("input: L", "expected a preset or the key input_range, got neither"),
        ("preset: ddcolor\ninput: gray", "input: expected L or gray-rgb, got 'gray'"),
        ("preset: ddcolor\ninput_range: [0, 0]", "input_range: expected imagenet, or the numbers"),
        ("preset: ddcolor\ninput_range: [0, .nan]", "input_range: expected imagenet, or the numbers"),
        ("preset: ddcolor\nsize: 0", "size: expected 8 to 4096"),
        ("preset: ddcolor\nsize: true", "size: expected 8 to 4096"),
        ("preset: ddcolor\nsize: multiple-of-0", "size: expected 8 to 4096"),
        ("preset: ddcolor\noutput: lab", "output: expected ab, rgb or bgr, got 'lab'"),
        ("preset: ddcolor\noutput_range: 255", "output_range: expected imagenet, or the numbers"),
        ("preset: ddcolor\nab_scale: 0", "ab_scale: expected a number above 0, got 0"),
        ("preset: siggraph17\ninput_range: imagenet", "input_range: expected two numbers for L"),
    ],
)
def test_a_sidecar_that_does_not_do_is_refused(tmp_path: Path, sidecar: str, said: str) -> None:
    path = beside(export(tmp_path / "ddcolor.onnx", CHANNEL[3], [0, 0]), sidecar)
    assert refusal(path, UsageError).startswith(f"{path}.yaml: {said}")


# Its colours in a film

GRAY, FRAMES = 110, 4
TOLD = (12.0, 18.0)


def film() -> bytes:
    """Gray frames with a darker patch that moves."""
    header = y4m.parse_header(b"YUV4MPEG2 W96 H64 F25:1 Ip A1:1 Cmono XCOLORRANGE=FULL\n")
    sink = io.BytesIO()
    writer = y4m.Writer(sink, header)
    for index in range(FRAMES):
        luma = np.full((64, 96), GRAY, np.uint8)
        luma[20:40, 20 + 4 * index : 50 + 4 * index] -= 20
        writer.write(b"", [luma.tobytes()])
    writer.close()
    return sink.getvalue()


def colored(*arguments: str) -> list[tuple[bytes, Array]]:
    """Chroma bytes and mean a*b* of every frame that the pipe makes of the film."""
    sink = io.BytesIO()
    fixed = ["--size", "64", "--threads", "1", "--device", "cpu", "--chroma", "444", "--range", "full", "--quiet"]
    assert pipe.main([*fixed, *arguments], io.BytesIO(film()), sink) == 0
    header_line, _, rest = sink.getvalue().partition(b"\n")
    assert b"C444" in header_line
    frames = []
    for frame in rest.split(b"FRAME\n")[1:]:
        codes = np.frombuffer(frame, np.uint8).reshape(3, 64, 96).astype(np.float32) / 255
        ycc = codes - np.array([0, 128 / 255, 128 / 255], np.float32)[:, None, None]
        frames.append((frame[64 * 96 :], lab_from_rgb(rgb_from_ycc(ycc, "601"))[1:].mean(axis=(1, 2))))
    return frames


@pytest.fixture
def constant(tmp_path: Path) -> Path:
    """A model that gives everything one colour."""
    return export(tmp_path / "ddcolor.onnx", np.zeros((2, 3)), TOLD)


def test_propagation_carries_the_colors_of_the_model_through_the_shot(constant: Path) -> None:
    """2 units: propagation is a network, and chroma is written in 8 bits."""
    frames = colored("--reference-model", str(constant))
    assert len(frames) == FRAMES
    for _, mean in frames:
        np.testing.assert_allclose(mean, TOLD, atol=2)
    assert np.abs(colored()[0][1] - TOLD).max() > 4  # ours guesses otherwise


def test_a_painted_reference_wins(constant: Path, tmp_path: Path) -> None:
    painted = np.full((64, 96, 3), (90, 110, 140), np.uint8)
    cv2.imwrite(str(tmp_path / "painted.png"), painted)
    reference = ("--reference", str(tmp_path / "painted.png"))
    guided, own = colored(*reference, "--reference-model", str(constant)), colored(*reference)
    assert [chroma for chroma, _ in guided] == [chroma for chroma, _ in own]


def test_the_model_predicts_and_all_else_is_the_colorizers_own() -> None:
    def run(seen: Array) -> Array:
        return np.full((1, 2, 4, 4), 7, np.float32)

    own = FakeColorizer(window=2)
    guided = Predicting(own, ReferenceModel(Path("ddcolor.onnx"), Network(run, (3, 2))).predict)
    reference = Reference(0, gray(0).lightness, guided.predict(gray(0).lightness).ab)
    assert (reference.ab == 7).all()
    assert own.predicted == 0
    assert guided.window == 2
    frames = np.stack([gray(1).lightness, gray(2).lightness])
    after, *planes = guided.colorize(guided.begin([reference]), frames)
    same_after, *same_planes = own.colorize(own.begin([reference]), frames)
    assert after.digest == same_after.digest
    for plane, same in zip(planes, same_planes, strict=True):
        np.testing.assert_array_equal(plane, same)
