"""Settings: the one list of options, and the one table of which face has which.

Flags, filter arguments, knobs, keys and refusals are made from them.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from os import PathLike
from types import MappingProxyType
from typing import Any

from vs_tcvc.errors import UsageError, as_flag


@dataclass(frozen=True)
class Option:
    """How one option is described and checked. `name`, `kind` and `default` come from its field.

    A part of an option is named behind it: "look warmth".
    """

    name: str
    kind: type
    default: Any
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    pattern: str | None = None
    low: float | None = None
    high: float | None = None
    repeatable: bool = False

    @property
    def flag(self) -> str:
        return as_flag(self.name)

    @property
    def limits(self) -> str:
        """The allowed values in words, "" where anything goes."""
        if self.choices:
            return " | ".join(self.choices)
        if self.kind is bool:
            return "0 or 1"
        if self.low is not None:
            return f"{self.low:g} to {self.high:g}"
        return ""

    @property
    def values(self) -> str:
        """What may stand behind the flag, in one word."""
        return (
            self.metavar or "|".join(self.choices or ()) or ("0|1" if self.kind is bool else self.kind.__name__.upper())
        )

    @property
    def shown_default(self) -> str:
        """The default as one would write it, "none" where it is nothing."""
        return str(int(self.default)) if self.kind is bool else str(self.default or "none")

    def read(self, value: Any) -> Any:
        """`value` (text or already of the right kind) as this option's kind; UsageError if it does not fit."""
        try:
            if self.repeatable:
                return tuple(map(_text, (value,) if isinstance(value, (str, PathLike)) else value))
            result = _READERS[self.kind](value)
        except (TypeError, ValueError, OverflowError):
            raise self._refusal(value) from None
        is_fraction_for_int = self.kind is int and not isinstance(value, str) and value != result
        is_unknown = self.choices is not None and result not in self.choices
        is_unmatched = self.pattern is not None and not re.fullmatch(self.pattern, str(result))
        is_outside = self.low is not None and not self.low <= result <= (self.high or self.low)
        if is_fraction_for_int or is_unknown or is_unmatched or is_outside:
            raise self._refusal(value)
        return result

    def _refusal(self, value: Any) -> UsageError:
        name, _, part = self.name.partition(" ")
        expected = self.limits or self.metavar or self.kind.__name__
        return UsageError(option=name, value=part, expected=expected, got=repr(value))


def _truth(value: Any) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(value).lower() not in known:
        raise ValueError(value)
    return known[str(value).lower()]


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, PathLike)):
        raise TypeError(value)
    return str(value)


_READERS: Mapping[type, Callable[[Any], Any]] = {bool: _truth, int: int, float: float, str: _text}


def _option(default: Any, help: str, **details: Any) -> Any:
    return field(default=default, metadata={"help": help, **details})


@dataclass(frozen=True)
class Settings:
    """Every option of the core with its default, the same in every face.

    A value that does not fit raises UsageError at construction, naming the option.
    """

    reference: tuple[str, ...] = _option(
        (), "coloured picture of a frame (without @FRAME: of frame 0); may be given more than once",
        metavar="FILE[@FRAME]", repeatable=True,
    )  # fmt: skip
    cuts: str = _option(
        "auto",
        "where shots begin: found, nowhere, a list of first frames, or a file of them: text, EDL (reel.edl@24), OTIO",
        metavar="auto|none|0,48,120|FILE",
    )  # fmt: skip
    cut_threshold: float = _option(
        25.0, "how different two frames must be to be a cut; lower finds more", low=1, high=100
    )
    use_props: bool = _option(True, "a scene-change mark that the host puts on a frame is a cut as well")
    reference_frame: str = _option(
        "first", "which frame of a shot is coloured first; best needs a file", choices=("first", "best")
    )
    model: str = _option(
        "compact", "the network; published: the authors', of weights that you import, as docs/published.md tells",
        choices=("compact", "published"),
    )  # fmt: skip
    weights: str = _option("", "weights file in place of the shipped ones", metavar="FILE")
    reference_model: str = _option(
        "",
        "network that predicts references in place of ours, ONNX or TorchScript, as docs/reference-models.md tells",
        metavar="FILE",
    )
    device: str = _option(
        "auto", "where the network runs", metavar="auto|cpu|cuda|cuda:N|mps", pattern=r"auto|cpu|mps|cuda(:[0-9]+)?"
    )
    backend: str = _option(
        "auto", "what runs the network; auto: OpenVINO on a CPU that it suits, else PyTorch",
        choices=("auto", "torch", "openvino", "onnx", "cudagraphs"),
    )  # fmt: skip
    precision: str = _option(
        "auto", "arithmetic of the network; auto: fp32 on a CPU, fp16 on a GPU",
        choices=("auto", "fp32", "bf16", "fp16"),
    )  # fmt: skip
    threads: int = _option(2, "threads of the network; part of what makes the pixels", low=1, high=256)
    size: int = _option(216, "short side of the pictures that the network sees, in pixels", low=64, high=1024)
    matrix: str = _option(
        "auto", "Y'CbCr matrix of the source; auto: its tag, else 709 above 576 lines, 601 below",
        choices=("auto", "601", "709", "2020"),
    )  # fmt: skip
    range: str = _option(
        "auto", "range of the source's luma; auto: its tag, else limited", choices=("auto", "limited", "full")
    )
    chroma: str = _option(
        "auto", "chroma planes of the output; auto: as the source", choices=("auto", "420", "422", "444")
    )
    bits: str = _option(
        "auto", "depth of the output; auto: as the source", choices=("auto", "8", "9", "10", "12", "14", "16")
    )
    look: str = _option(
        "natural",
        "how predicted colour is graded: natural, vivid, faded, technicolor, or adjustments, as docs/looks.md tells",
        metavar="LOOK",
    )  # fmt: skip
    saturation: float = _option(1.0, "strength of the colour", low=0, high=4)
    confidence: str = _option("off", "also write how sure the colour is, as gray pictures", metavar="off|FILE")
    log: str = _option("info", "words on stderr", choices=("info", "quiet", "json"))

    def __post_init__(self) -> None:
        for option in options():
            object.__setattr__(self, option.name, option.read(getattr(self, option.name)))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from names and values (YAML, JSON, filter arguments).

        Raises UsageError for an unknown name, listing the known ones, and for a value that does not fit.
        """
        known = [option.name for option in options()]
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise UsageError(f"no option is named {unknown[0]!r}; the options are {', '.join(known)}")
        return cls(**values)

    def changes(self) -> dict[str, Any]:
        """The options that differ from their defaults, with their values."""
        values = ((option, getattr(self, option.name)) for option in options())
        return {option.name: value for option, value in values if value != option.default}


def options() -> Iterator[Option]:
    """The options in the order in which help texts list them."""
    kinds = {"int": int, "float": float, "bool": bool, "str": str}
    for each in fields(Settings):
        yield Option(each.name, kinds.get(str(each.type), tuple), each.default, **each.metadata)


@dataclass(frozen=True)
class Face:
    """A way to use vs-tcvc, and the options that it has.

    name: as docs call it. lacks: every option that it has not, with what to do instead. own: what is different about
    an option here, as fields of `Option`.
    """

    name: str
    lacks: Mapping[str, str]
    own: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

    def options(self) -> Iterator[Option]:
        """The options that it has."""
        return (replace(each, **self.own.get(each.name, {})) for each in options() if each.name not in self.lacks)

    def settings(self, values: Mapping[str, Any]) -> Settings:
        """Settings from names and values.

        Raises UsageError for an option that the face lacks, with the advice, and as `Settings.from_mapping` does.
        """
        known = {option.name: option for option in self.options()}
        for name, value in values.items():
            if name in self.lacks:
                problem = f"{self.name} has no such option"
                raise UsageError(problem, option=name, value=value, remedy=self.lacks[name])
            if name in known:
                known[name].read(value)
        return Settings.from_mapping(values)

    def check(self, settings: Settings) -> None:
        """UsageError unless `settings` differ from the defaults only in options that the face has."""
        self.settings(settings.changes())


def _only(names: str, advice: str) -> dict[str, str]:
    """All options lack but these."""
    return {option.name: advice for option in options() if option.name not in names.split()}


_NO_MARKS = {"use_props": "no host marks scene changes here; list the first frames of shots in {cuts}"}
_PICTURES = {
    **_NO_MARKS,
    **dict.fromkeys(("matrix", "range"), "pictures are R, G and B; name their colour space with {colorspace}"),
    **dict.fromkeys(("chroma", "bits"), "pictures keep their channels and their depth; convert them after"),
}
_CHANNEL = {
    "confidence": {
        "help": "also write how sure the colour is, as a channel of the chroma pictures",
        "metavar": None, "choices": ("off", "on"),
    }
}  # fmt: skip
_NETWORK = "model weights reference_model device backend precision threads size"

PIPE = Face("tcvc-pipe", {
    **_NO_MARKS,
    "reference_frame": "a pipe sees every frame once, in order; colour the file with tcvc colorize, or leave it out",
})  # fmt: skip
GRAPH = replace(PIPE, name="ffmpeg-python")
FILE = Face(
    "tcvc colorize", {**_NO_MARKS, "confidence": "pipe the film through tcvc-pipe, which writes it, or leave it out"}
)
OPEN = Face("vs_tcvc.open", {
    **_NO_MARKS,
    "confidence": "each frame has its own; leave it out",
    "log": "what is said goes to the logger vs_tcvc; set its level",
})  # fmt: skip
ARRAYS = Face("vs_tcvc.colorize", {
    **OPEN.lacks,
    "reference_frame": "arrays are seen once, in order; name a file instead, or leave it out",
    "bits": "a frame has the depth of its source; write the film to a file, or leave it out",
})  # fmt: skip
SEQUENCE = Face("tcvc sequence", _PICTURES, _CHANNEL)
JOB = Face("a job", {**_PICTURES, "log": "a worker tells what happens in events; leave it out"}, _CHANNEL)
RESOLVE = Face("Resolve", {
    **JOB.lacks,
    "reference": "take the painted pictures to tcvc sequence",
    "confidence": "the pictures that Resolve takes have no channel for it; use tcvc sequence",
})  # fmt: skip
RESOLVE_WATCH = Face(
    "tcvc resolve-watch", _only(f"cut_threshold {_NETWORK} look saturation log", "use tcvc sequence for that")
)
NUKE = Face(
    "Nuke", _only("reference cuts device model size saturation", "the node has no knob for it; use tcvc sequence")
)
VAPOURSYNTH = Face("VapourSynth", {
    "reference_frame": "a filter does not see a whole shot before its first frame; colour the file with tcvc colorize",
    "bits": "convert the clip with resize",
    "log": "warnings go to stderr; leave it out",
})  # fmt: skip
REFERENCES = Face("tcvc references", _only(
    f"cuts cut_threshold {_NETWORK} matrix range look log", "it is for tcvc colorize, not for pictures to choose from"
))  # fmt: skip
INFO = Face("tcvc info", _only("cuts cut_threshold size matrix range log", "nothing is coloured here; leave it out"))
EVALUATE = Face("tcvc evaluate", _only(_NETWORK, "what is measured is the network itself; leave it out"))
BENCHMARK = Face("tcvc benchmark", _only(f"{_NETWORK} log", "the benchmark sets it; leave it out"))
SPEED = Face("tcvc benchmark speed", _only(
    "device backend precision threads size chroma bits log", "it does not change the speed; leave it out"
))  # fmt: skip
FACES = (
    PIPE, FILE, GRAPH, OPEN, ARRAYS, SEQUENCE, JOB, NUKE, RESOLVE, RESOLVE_WATCH, VAPOURSYNTH, REFERENCES, INFO,
    EVALUATE, BENCHMARK, SPEED,
)  # fmt: skip
"""Which face has which option."""


def add_arguments(parser: argparse.ArgumentParser, face: Face) -> None:
    """Add a flag for every option of a face; `--quiet` is short for `--log quiet`.

    Those that it lacks are taken too, and not shown: `from_arguments` says what to do instead.
    """
    group = parser.add_argument_group("colour")
    for option in face.options():
        details: dict[str, Any] = {"dest": option.name, "default": argparse.SUPPRESS}
        if option.repeatable:
            details["action"] = "append"
        details["metavar"] = option.values
        group.add_argument(option.flag, help=_help(option), **details)
    for name in face.lacks:
        group.add_argument(as_flag(name), dest=name, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    if "log" not in face.lacks:
        group.add_argument("--quiet", dest="log", action="store_const", const="quiet", default=argparse.SUPPRESS,
                           help="short for --log quiet")  # fmt: skip


def from_arguments(arguments: argparse.Namespace, face: Face) -> Settings:
    """Settings from parsed flags; raises UsageError as `Face.settings` does."""
    given = vars(arguments)
    return face.settings({option.name: given[option.name] for option in options() if option.name in given})


def _help(option: Option) -> str:
    limits = f"; {option.limits}" if option.low is not None else ""
    return f"{option.help} (default {option.shown_default}{limits})".replace("%", "%%")
