"""Another image colorizer instead of our reference network: its input and output formats, and its colour as ab.

The network itself is a function of one array, loaded by `vs_tcvc.backends.foreign_model`. A sidecar, FILE.yaml next to
the model FILE, defines its formats; DDColor and siggraph17 are recognised by their channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess
from vs_tcvc.errors import DeviceError, UsageError, WeightsError, shown
from vs_tcvc.picture.color import lab_from_rgb, luma_from_lightness
from vs_tcvc.runtime.text_file import read_text
from vs_tcvc.runtime.validation import expected, read_fields

_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32).reshape(3, 1, 1)
_IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32).reshape(3, 1, 1)


_LONGEST_SIDECAR = 2**16  # PyYAML takes seconds for more

_Number = Annotated[float, msgspec.Meta(gt=-1e6, lt=1e6)]
_RANGE = expected("imagenet, or the numbers for black and white as in [0, 1]")
Range = tuple[_Number, _Number] | Literal["imagenet"]


@dataclass(frozen=True)
class Format:
    """Input and output format of a colorizer; the fields are the keys of a sidecar.

    input: "L", one channel, or "gray-rgb", three that are equal: the display gray of that L*.
    input_range: the numbers for black and white, or "imagenet": 0 to 1, less ImageNet's mean, over its deviation.
    size: side of the square input, or "multiple-of-32": the working size with its sides rounded to such numbers.
    output: "ab", or a picture, "rgb" or "bgr", whose ab is used.
    output_range: of a picture, as `input_range`.
    ab_scale: factor that converts ab to CIE a*b*.

    Raises UsageError, naming the key, for an invalid value.
    """

    input: Annotated[Literal["L", "gray-rgb"], expected("L or gray-rgb")]
    input_range: Annotated[Range, _RANGE]
    size: Annotated[
        Annotated[int, msgspec.Meta(ge=8, le=4096)]
        | Annotated[str, msgspec.Meta(pattern=r"^multiple-of-[1-9]\d{0,2}\Z")],
        expected("8 to 4096 as in 512, or multiple-of-N as in multiple-of-32"),
    ]
    output: Annotated[Literal["ab", "rgb", "bgr"], expected("ab, rgb or bgr")]
    output_range: Annotated[Range, _RANGE] = (0, 1)
    ab_scale: Annotated[float, expected("a number above 0", gt=0, lt=1e6)] = 1

    def __post_init__(self) -> None:
        for key in ("input_range", "output_range"):
            numbers = getattr(self, key)
            if numbers != "imagenet" and numbers[0] == numbers[1]:
                raise UsageError(f"{key}: expected {_RANGE.description}, got {numbers}")
        if self.input == "L" and self.input_range == "imagenet":
            raise UsageError("input_range: expected two numbers for L, got imagenet, which is for gray-rgb")

    @property
    def channels(self) -> tuple[int, int]:
        """Number of input and of output channels."""
        return 1 if self.input == "L" else 3, 2 if self.output == "ab" else 3

    def seen_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the network's input for a picture of the working size."""
        if isinstance(self.size, int):
            return self.size, self.size
        step = int(self.size.rpartition("-")[2])
        return max(step, round(height / step) * step), max(step, round(width / step) * step)

    def seen(self, lightness: Array) -> Array:
        """The network's input for L* (H, W): (1, C, H, W)."""
        unit = lightness / 100 if self.input == "L" else luma_from_lightness(lightness)
        black, white = _black_and_white(self.input_range)
        planes = np.broadcast_to(black + unit * (white - black), (self.channels[0], *lightness.shape))
        return np.ascontiguousarray(planes[None], np.float32)

    def ab(self, given: Array) -> Array:
        """CIE a*b* (2, H, W) of the network's output, (C, H, W); pictures are clipped to black and white."""
        if self.output == "ab":
            return given * np.float32(self.ab_scale)
        black, white = _black_and_white(self.output_range)
        rgb = given[::-1] if self.output == "bgr" else given
        return lab_from_rgb(((rgb - black) / (white - black)).clip(0, 1))[1:]


PRESETS: Mapping[str, Format] = MappingProxyType(
    {
        "ddcolor": Format("gray-rgb", (0, 1), 512, "ab"),
        "deoldify": Format("gray-rgb", "imagenet", 336, "rgb", "imagenet"),
        "siggraph17": Format("L", (0, 100), 256, "ab"),
    }
)
"""Formats as in the authors' code; DeOldify with its default for film (render factor 21)."""

KNOWN_BY_CHANNELS = ("ddcolor", "siggraph17")


@dataclass(frozen=True)
class Network:
    """The network of a file.

    run: (1, C, H, W) float32 -> the network's output; deterministic; errors are its library's own.
    channels: of input and output, if declared in the file. size: (height, width) if fixed by the file.
    runs_on: library and device, for logs.
    """

    run: Callable[[Array], NDArray[Any]]
    channels: tuple[int | None, int | None] = (None, None)
    size: tuple[int, int] | None = None
    runs_on: str = ""


class ReferenceModel:
    """A network with its format: `predict` as `Colorizer` has it.

    Runs the network once as a test. Raises UsageError if its format is unknown or wrong, WeightsError if its input or
    output does not match the format.
    """

    def __init__(self, path: Path, network: Network) -> None:
        self._network = network
        self._path = path
        self._format, known_by = format_of(path, network.channels)
        self.name = f"{path.name} ({known_by}; {network.runs_on})"
        self.predict(np.full((64, 64), 50, np.float32))

    def predict(self, lightness: Array) -> Guess:
        """Colour one frame, L* (H, W), which the network sees at its own size; it does not say how sure it is."""
        height, width = lightness.shape
        size = self._network.size or self._format.seen_size(height, width)
        ab = self._format.ab(self._given(self._format.seen(_resize(lightness, size))))
        return Guess.unsaid(np.stack([_resize(plane, (height, width)) for plane in ab]))

    def _given(self, seen: Array) -> Array:
        try:
            given = self._network.run(seen)
        except Exception as error:  # the libraries' errors have no common base class
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise self._refusal(f"a network that takes {seen.shape}", f"an error ({reason[-1]})") from error
        wanted = self._format.channels[1]
        if given.ndim != 4 or given.shape[:2] != (1, wanted):
            raise self._refusal(f"(1, {wanted}, height, width) for {seen.shape}", str(given.shape))
        if not np.isfinite(given).all():
            raise self._refusal(f"finite numbers for {seen.shape}", "some that are not")
        return np.asarray(given[0], np.float32)

    def _refusal(self, expected: str, got: str) -> WeightsError:
        return WeightsError(
            option="reference_model", value=self._path, expected=expected, got=got,
            remedy="check that its sidecar describes this network",
        )  # fmt: skip


def format_of(path: Path, channels: tuple[int | None, int | None]) -> tuple[Format, str]:
    """The format of a model file and, in words, its origin: the sidecar, otherwise the channels in and out.

    Raises UsageError for an invalid sidecar, or if there is none and the channels are not recognised.
    """
    sidecar = sidecar_of(path)
    if sidecar.is_file():
        return _read(sidecar), f"format from {sidecar.name}"
    for name in KNOWN_BY_CHANNELS:
        if PRESETS[name].channels == channels:
            return PRESETS[name], f"recognised as {name} by {channels[0]} input and {channels[1]} output channels"
    raise UsageError(
        f"expected {sidecar.name} next to it, since the file does not define its format, found none",
        option="reference_model", value=path,
        remedy=f"write one, as in 'preset: {next(iter(PRESETS))}' (presets: {', '.join(PRESETS)})",
    )  # fmt: skip


def sidecar_of(path: Path) -> Path:
    """The sidecar of a model file."""
    return path.with_name(f"{path.name}.yaml")


def _read(sidecar: Path) -> Format:
    """The format in a sidecar: a preset, its keys, or a preset with some keys changed."""
    content = _yaml(sidecar)
    keys = [each.name for each in fields(Format)]
    if not isinstance(content, dict) or not {*content} <= {"preset", *keys}:
        raise UsageError(f"{sidecar}: expected keys preset, {', '.join(keys)}, got {shown(content)}")
    preset = content.pop("preset", None)
    if preset is not None and preset not in [*PRESETS]:
        raise UsageError(f"{sidecar}: preset: expected {', '.join(PRESETS)}, got {shown(preset)}")
    values = {**(asdict(PRESETS[preset]) if preset else {}), **content}
    missing = [key for key in ("input", "input_range", "size", "output") if key not in values]
    if missing:
        raise UsageError(f"{sidecar}: expected a preset or the key {missing[0]}, got neither")
    try:
        return read_fields(Format, values)
    except UsageError as error:
        raise error.at(str(sidecar)) from None


def _yaml(path: Path) -> Any:
    try:
        import yaml
    except ImportError:
        raise DeviceError(
            f"{path} needs PyYAML", option="reference_model", remedy="pip install '.[models]' in the checkout"
        ) from None
    try:
        return yaml.safe_load(read_text(path, most=_LONGEST_SIDECAR))
    except Exception as error:  # of odd values PyYAML raises anything
        reason = " ".join(str(error).split())
        raise UsageError(f"{path}: expected YAML, got a file that cannot be read as such ({reason})") from None


def _black_and_white(numbers: Range) -> tuple[Any, Any]:
    """The network's numbers for black and for white; for "imagenet" (3, 1, 1) each."""
    if isinstance(numbers, str):
        return -_IMAGENET_MEAN / _IMAGENET_DEVIATION, (1 - _IMAGENET_MEAN) / _IMAGENET_DEVIATION
    return np.float32(numbers[0]), np.float32(numbers[1])


def _resize(plane: Array, size: tuple[int, int]) -> Array:
    """A plane at (height, width)."""
    shrinks = size[0] * size[1] < plane.size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, size[::-1], interpolation=interpolation), np.float32)
