"""Settings: every option once, and one table of which face has which option.

Flags, filter arguments, knobs, keys and refusals are generated from them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from os import PathLike
from types import MappingProxyType
from typing import Any

from vs_tcvc.errors import UsageError, as_flag, shown


@dataclass(frozen=True)
class Option:
    """How one option is described and checked. `name`, `kind` and `default` come from its field.

    A part of an option is named after it: "look warmth". group: its heading in help texts.
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
    def group(self) -> str:
        return next((title for title, names in GROUPS.items() if self.name in names.split()), "")

    @property
    def flag(self) -> str:
        return as_flag(self.name)

    @property
    def is_switch(self) -> bool:
        """Whether its flag takes no value: it is off by default."""
        return self.default is False

    @property
    def limits(self) -> str:
        """The allowed values in words, "" if any value is allowed."""
        if self.choices:
            return " | ".join(self.choices)
        if self.kind is bool:
            return "0 or 1"
        if self.low is not None:
            return f"{self.low:g} to {self.high:g}"
        return ""

    @property
    def values(self) -> str:
        """What may follow the flag, in one word."""
        return (
            self.metavar or "|".join(self.choices or ()) or ("0|1" if self.kind is bool else self.kind.__name__.upper())
        )

    @property
    def shown_default(self) -> str:
        """The default as a user writes it, "none" if it is empty."""
        return str(int(self.default)) if self.kind is bool else str(self.default or "none")

    def read(self, value: Any) -> Any:
        """`value`, text or already of this option's kind, as this kind. Raises UsageError if it is invalid."""
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
        return UsageError(option=name, value=part, expected=expected, got=shown(value))


def _truth(value: Any) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(value).lower() not in known:
        raise ValueError(value)
    return known[str(value).lower()]


def is_name(text: str) -> bool:
    """Whether the system can take a text as a name: without NUL and without lone surrogates that it did not make."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, PathLike)) or not is_name(str(value)):
        raise TypeError(value)
    return str(value)


_READERS: Mapping[type, Callable[[Any], Any]] = {bool: _truth, int: int, float: float, str: _text}


def _option(default: Any, help: str, **details: Any) -> Any:
    return field(default=default, metadata={"help": help, **details})


@dataclass(frozen=True)
class Settings:
    """Every option of the core with its default, the same in every face.

    An invalid value raises UsageError at construction, naming the option.
    """

    reference: tuple[str, ...] = _option(
        (), "coloured picture of frame FRAME (default: the first frame); may be given more than once",
        metavar="FILE[@FRAME]", repeatable=True,
    )  # fmt: skip
    project: str = _option(
        "", "project file of the film: its shots, references, hints and looks, and colour that is stored beside it "
        "(docs/project.md)", metavar="FILE.tcvc.yaml",
    )  # fmt: skip
    cuts: str = _option(
        "auto",
        "where shots begin: auto: detected; none: one shot; first frames of shots; or a cut list: text, table, EDL "
        "(reel.edl@24), OTIO",
        metavar="auto|none|0,48,120|FILE",
    )  # fmt: skip
    cut_threshold: float = _option(
        25.0, "how different two frames must be to count as a cut; lower values find more cuts", low=1, high=100
    )
    use_props: bool = _option(True, "a scene-change mark that the host sets on a frame is also a cut")
    reference_frame: str = _option(
        "first",
        "which frame of a shot is coloured first; best: the most suitable one, needs a file",
        choices=("first", "best"),
    )
    model: str = _option(
        "compact", "network to use; published: the authors' network, import its weights first (docs/published.md)",
        choices=("compact", "published"),
    )  # fmt: skip
    weights: str = _option("", "weights file to use instead of the shipped one", metavar="FILE")
    reference_model: str = _option(
        "",
        "ONNX or TorchScript network to predict references instead of ours (docs/reference-models.md)",
        metavar="FILE",
    )
    trust_model: bool = _option(
        False, "run a TorchScript reference model: it is a program, which can do whatever you can"
    )
    device: str = _option(
        "auto",
        "where the network runs; auto: an NVIDIA GPU if there is one, otherwise the CPU",
        metavar="auto|cpu|cuda|cuda:N|mps",
        pattern=r"auto|cpu|mps|cuda(:[0-9]+)?",
    )
    backend: str = _option(
        "auto", "library that runs the network; auto: OpenVINO on x86 CPUs, otherwise PyTorch",
        choices=("auto", "torch", "openvino", "onnx", "cudagraphs"),
    )  # fmt: skip
    precision: str = _option(
        "auto", "arithmetic of the network; auto: fp32 on a CPU, fp16 on a GPU",
        choices=("auto", "fp32", "bf16", "fp16"),
    )  # fmt: skip
    threads: int = _option(2, "threads of the network; another number can change pixels slightly", low=1, high=256)
    size: int = _option(216, "short side of the picture given to the network, in pixels", low=64, high=1024)
    matrix: str = _option(
        "auto", "Y'CbCr matrix of the source; auto: its tag, otherwise 709 above 576 lines, else 601",
        choices=("auto", "601", "709", "2020", "240m", "fcc"),
    )  # fmt: skip
    range: str = _option(
        "auto", "luma range of the source; auto: its tag, otherwise limited", choices=("auto", "limited", "full")
    )
    chroma: str = _option(
        "auto", "chroma subsampling of the output; auto: as the source", choices=("auto", "420", "422", "444")
    )
    bits: str = _option(
        "auto", "bit depth of the output; auto: as the source", choices=("auto", "8", "9", "10", "12", "14", "16")
    )
    look: str = _option(
        "natural",
        "how predicted colour is graded: natural, vivid, faded, technicolor, or adjustments (docs/looks.md)",
        metavar="LOOK",
    )  # fmt: skip
    own_color: str = _option(
        "replace", "colour that a shot has of its own: replace it, or keep it from the first frame with colour on; "
        "a tint is no colour", choices=("replace", "keep"),
    )  # fmt: skip
    saturation: float = _option(1.0, "strength of the colour", low=0, high=4)
    confidence: str = _option("off", "also write the confidence of the colour, as a gray film", metavar="off|FILE")
    log: str = _option("info", "messages on stderr", choices=("info", "quiet", "json"))

    def __post_init__(self) -> None:
        for option in options():
            object.__setattr__(self, option.name, option.read(getattr(self, option.name)))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from names and values (YAML, JSON, filter arguments).

        Raises UsageError for an unknown name, listing the known ones, and for an invalid value.
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


GROUPS = {
    "references and shots": "project reference reference_frame reference_model trust_model "
    "cuts cut_threshold use_props",
    "network": "model weights device backend precision threads size",
    "picture format": "matrix range chroma bits",
    "colour": "look saturation own_color",
    "other output": "confidence log",
}
"""Headings of help texts and the options below them."""


@dataclass(frozen=True)
class Face:
    """A way to use vs-tcvc, and the options that it has.

    name: as in the docs. lacks: every option that it does not have, with what to do instead. own: fields of `Option`
    that differ here, by option.
    """

    name: str
    lacks: Mapping[str, str]
    own: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

    def options(self) -> Iterator[Option]:
        """The options that it has."""
        return (replace(each, **self.own.get(each.name, {})) for each in options() if each.name not in self.lacks)

    def settings(self, values: Mapping[str, Any]) -> Settings:
        """Settings from names and values.

        Raises UsageError for an option that the face lacks, with what to do instead, and as `Settings.from_mapping`.
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
        """Raise UsageError if `settings` differ from the defaults in an option that the face lacks."""
        self.settings(settings.changes())


def _only(names: str, advice: str) -> dict[str, str]:
    """What a face lacks that has only the options `names`."""
    return {option.name: advice for option in options() if option.name not in names.split()}


_NO_MARKS = {"use_props": "no host sets scene-change marks here; list the first frames of shots in {cuts}"}
_PICTURES = {
    **_NO_MARKS,
    **dict.fromkeys(("matrix", "range"), "pictures are R, G and B; name their colour space with {colorspace}"),
    **dict.fromkeys(("chroma", "bits"), "pictures keep their channels and their depth; convert them after"),
}
_CHANNEL = {
    "confidence": {
        "help": "also write the confidence of the colour, as a channel of the chroma pictures",
        "metavar": None, "choices": ("off", "on"),
    }
}  # fmt: skip
_NETWORK = "model weights reference_model trust_model device backend precision threads size"

PIPE = Face("tcvc-pipe", {
    **_NO_MARKS,
    "reference_frame": "a pipe reads every frame once, in order; colour the file with tcvc colorize, or leave it out",
})  # fmt: skip
GRAPH = replace(PIPE, name="ffmpeg-python")
FILE = Face("tcvc colorize", {
    **_NO_MARKS,
    "confidence": "pipe the film through tcvc-pipe, which writes it, or leave it out",
    "project": "tcvc render writes the film of a project",
})  # fmt: skip
OPEN = Face("vs_tcvc.open", {
    **_NO_MARKS,
    "project": "tcvc render writes the film of a project",
    "confidence": "each frame has its own attribute confidence; leave the option out",
    "log": "messages go to the logger vs_tcvc; set its level",
})  # fmt: skip
ARRAYS = Face("vs_tcvc.colorize", {
    **OPEN.lacks,
    "own_color": "pass a file instead, or leave the arrays with colour out",
    "reference_frame": "arrays are read once, in order; pass a file instead, or leave it out",
    "bits": "a frame has the bit depth of its source; write the film to a file, or leave it out",
})  # fmt: skip
SEQUENCE = Face("tcvc sequence", _PICTURES, _CHANNEL)
JOB = Face("a job", {**_PICTURES, "log": "a worker reports in events; leave it out"}, _CHANNEL)
RESOLVE = Face("Resolve", {
    **JOB.lacks,
    "project": "use tcvc sequence for the pictures of a project's film, or tcvc render for the film itself",
    "reference": "use tcvc sequence for painted pictures",
    "confidence": "the pictures that Resolve reads have no channel for it; use tcvc sequence",
})  # fmt: skip
RESOLVE_WATCH = Face(
    "tcvc resolve-watch", _only(f"cut_threshold {_NETWORK} look saturation log", "use tcvc sequence for that")
)
_STATES = {"own_color": "a shot that keeps its colour has the state keep in the project"}
PROJECT = Face("a project", {
    **_only("reference_frame model weights reference_model device backend precision threads size matrix range chroma "
            "bits look saturation", "give it to the command"),
    **_STATES,
    "reference": "list it in its shot, under references",
    "cuts": "the shots of the project say where they begin",
})  # fmt: skip
"""Options of the whole film in a project file. What a person must allow on their own machine is not among them."""
PROJECT_NEW = Face("tcvc project new", {
    **{name: advice for name, advice in PROJECT.lacks.items() if name not in ("cuts", "cut_threshold", "log")},
    "reference": "list it in the project, in its shot",
})  # fmt: skip
RENDER = Face("tcvc render", {
    **_NO_MARKS,
    **_STATES,
    **dict.fromkeys(("reference_frame", "look", "saturation"), "write it into the project, for the film or a shot"),
    "project": "it is the first word of the command",
    "reference": "list it in the project, in its shot",
    "cuts": "the shots of the project say where they begin",
    "cut_threshold": "the shots of the project say where they begin",
    "confidence": "pipe the film through tcvc-pipe, which writes it, or leave it out",
})  # fmt: skip
NUKE = Face(
    "Nuke",
    _only("project reference cuts device model size saturation", "the node has no knob for it; use tcvc sequence"),
)
VAPOURSYNTH = Face("VapourSynth", {
    "reference_frame": "a filter does not see a whole shot before its first frame; colour the file with tcvc colorize",
    "bits": "convert the clip with core.resize",
    "log": "warnings go to VapourSynth's log; leave it out",
})  # fmt: skip
REFERENCES = Face("tcvc references", _only(
    f"cuts cut_threshold {_NETWORK} matrix range look log", "it applies to tcvc colorize, not to candidate pictures"
))  # fmt: skip
INFO = Face("tcvc info", _only("cuts cut_threshold size matrix range log", "nothing is coloured here; leave it out"))
CUTS = Face("tcvc cuts", {
    **_only("cut_threshold size range log", "nothing is coloured here; leave it out"),
    "cuts": "name the list itself as FILE",
})  # fmt: skip
EVALUATE = Face("tcvc evaluate", _only(_NETWORK, "the network itself is measured; leave it out"))
BENCHMARK = Face("tcvc benchmark", _only(f"{_NETWORK} log", "the benchmark sets it; leave it out"))
SPEED = Face("tcvc benchmark speed", _only(
    "device backend precision threads size chroma bits log", "it does not change the speed; leave it out"
))  # fmt: skip
FACES = (
    PIPE, FILE, GRAPH, OPEN, ARRAYS, PROJECT, PROJECT_NEW, RENDER, SEQUENCE, JOB, NUKE, RESOLVE, RESOLVE_WATCH,
    VAPOURSYNTH, REFERENCES, INFO, CUTS,
    EVALUATE, BENCHMARK, SPEED,
)  # fmt: skip
"""Which face has which option."""
