"""A job: one clip of numbered pictures to colour, written by hosts in JSON and read by the worker.

Hosts write the dictionary with the standard library; it is checked only here. Frame numbers are the sequence's own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec

from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.numbered_files import NumberedFiles
from vs_tcvc.runtime.text_file import read_text
from vs_tcvc.runtime.validation import expected, read_fields
from vs_tcvc.settings import JOB, Settings, is_name

PROTOCOL = 1
LONGEST = 1_000_000
"""Frames of a clip: eleven hours at 24 a second."""
OUTPUTS = ("chroma", "beauty")
OWN_KEYS = {"cuts": "cuts", "reference": "references", "project": "project"}
"""Options that are keys of the job itself, not of its settings."""


class PaintedReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A coloured picture of a frame. colorspace: its OCIO colour space, "" for a picture in sRGB."""

    frame: int
    path: str
    colorspace: str = ""


@dataclass(frozen=True)
class Job:
    """What to colour and how. Raises UsageError, naming the key, for an invalid value.

    plate, result: names of files with a place for the frame's number, such as `%04d`, `####`, `@@@@` or `$F4`.
    first, last: the clip, on which cuts and colours depend. frames: first and last of those to render; () for all.
    output: "chroma", unit-luminance multipliers (half float EXR), or "beauty", the plate in colour.
    cuts: "auto", "none", or first frames of shots as in "1001,1043". references: coloured pictures.
    project: file of a project, whose film has the plates' frame numbers, in place of cuts and references; "" for none.
    colorspace: OCIO colour space of the plate, "" for that of its header, otherwise scene_linear for EXR and HDR and
    srgb_texture for the rest; ocio: a config, "" for $OCIO, otherwise a built-in one.
    exposure: stops, for the network's input only. settings: options of the core by name, except those of OWN_KEYS.
    id: chosen by the host. cancel: a file whose appearance ends the job; "" for none.
    """

    plate: str
    result: str
    first: int
    last: int
    frames: Annotated[tuple[int, ...], expected("a list of two frame numbers")] = ()
    output: str = "chroma"
    cuts: str = "auto"
    references: Annotated[tuple[PaintedReference, ...], expected('objects like {"frame": 1001, "path": "a.png"}')] = ()
    project: str = ""
    colorspace: str = ""
    ocio: str = ""
    exposure: float = 0.0
    settings: Annotated[Mapping[str, Any], expected("an object")] = field(default_factory=dict)
    id: str = ""
    cancel: str = ""

    def __post_init__(self) -> None:
        self._check_texts()
        for key in ("plate", "result"):
            if NumberedFiles.named(Path(getattr(self, key))) is None:
                _refuse(key, "a name with one place for the frame's number, as in plate.%04d.exr", getattr(self, key))
        if _resolved(self.plate) == _resolved(self.result):
            _refuse("result", "another name than the plate's", self.result)
        if self.first > self.last:
            _refuse("last", f"a frame from first ({self.first}) on", self.last)
        if self.last - self.first >= LONGEST:
            _refuse("last", f"a clip of at most {LONGEST} frames", self.last)
        if self.frames and not (len(self.frames) == 2 and self.first <= self.frames[0] <= self.frames[1] <= self.last):
            _refuse("frames", f"[first, last] within {self.first} to {self.last}", list(self.frames))
        if self.output not in OUTPUTS:
            _refuse("output", " or ".join(OUTPUTS), self.output)
        if not -20 <= self.exposure <= 20:
            _refuse("exposure", "-20 to 20 stops", self.exposure)
        for painted in self.references:
            if not self.first <= painted.frame <= self.last:
                _refuse("reference", f"frames of the clip, {self.first} to {self.last}", painted.frame)
        if len({painted.frame for painted in self.references}) < len(self.references):
            _refuse("reference", "one picture for a frame", [painted.frame for painted in self.references])
        if self.core_settings().confidence != "off" and self.output != "chroma":
            _refuse("confidence", "{output} chroma, whose pictures have a channel for it", self.output)

    def _check_texts(self) -> None:
        texts = {
            key: getattr(self, key)
            for key in ("plate", "result", "output", "cuts", "project", "colorspace", "ocio", "cancel")
        }
        painted = (("reference", text) for each in self.references for text in (each.path, each.colorspace))
        for key, text in (*texts.items(), *painted):
            if not is_name(text):
                _refuse(key, "text that can be a name", repr(text))

    @classmethod
    def read(cls, path: Path) -> Job:
        """The job in a file. Raises UsageError, naming file and key, if it is not a valid job."""
        try:
            content = json.loads(read_text(path))
        except FileNotFoundError:
            raise UsageError(where=str(path), expected="a job in JSON", got="no such file") from None
        except (OSError, ValueError, RecursionError) as error:
            got = f"a file that cannot be parsed ({error})"
            raise UsageError(where=str(path), expected="a job in JSON", got=got) from None
        try:
            return cls.from_dictionary(content)
        except UsageError as error:
            raise error.at(str(path)) from None

    @classmethod
    def from_dictionary(cls, content: Any) -> Job:
        """The job in a dictionary read from JSON. Raises UsageError for unknown, missing or invalid keys."""
        if not isinstance(content, dict):
            raise UsageError(f"expected an object with the keys of a job, got {type(content).__name__}")
        values = dict(content)
        protocol = values.pop("protocol", None)
        if protocol != PROTOCOL:
            _refuse("protocol", f"{PROTOCOL}; host and worker are of different versions", protocol)
        return read_fields(cls, values)

    def to_dictionary(self) -> dict[str, Any]:
        """The inverse of `from_dictionary`; JSON can hold it."""
        return {"protocol": PROTOCOL, **asdict(self), "settings": dict(self.settings),
                "frames": list(self.frames), "references": list(map(msgspec.to_builtins, self.references))}  # fmt: skip

    def core_settings(self) -> Settings:
        """The options of the core; cuts are counted from the clip's first frame. Raises UsageError as `Settings`."""
        values = dict(self.settings)
        for key, own in OWN_KEYS.items():
            if key in values:
                _refuse(f"settings.{key}", f"the job's own key {own}", "it among the settings")
        return JOB.settings({**values, "cuts": self._cuts(), "project": self.project})

    def wanted(self) -> range:
        """The frames to render."""
        first, last = self.frames or (self.first, self.last)
        return range(first, last + 1)

    def plate_of(self, frame: int) -> Path:
        """The file of a frame of the plate."""
        return _numbered(self.plate, frame)

    def result_of(self, frame: int) -> Path:
        """The result file of a frame."""
        return _numbered(self.result, frame)

    def _cuts(self) -> str:
        if self.cuts in ("auto", "none"):
            return self.cuts
        numbers = [entry for entry in re.split(r"[,;\s]+", self.cuts) if entry]
        if not numbers or not all(re.fullmatch(r"-?[0-9]{1,9}", entry) for entry in numbers):
            _refuse("cuts", "auto, none, or first frames of shots as in 1001,1043", self.cuts)
        frames = [int(number) for number in numbers]
        if min(frames) < self.first or max(frames) > self.last:
            _refuse("cuts", f"frames of the clip, {self.first} to {self.last}", self.cuts)
        return ",".join(str(frame - self.first) for frame in frames)


def key_of(option: str) -> str:
    """An option as a job spells it."""
    return OWN_KEYS.get(option, option)


def settings_of(settings: Settings) -> dict[str, Any]:
    """The `settings` of a job: options that differ from their defaults, except OWN_KEYS and `log`."""
    return {name: value for name, value in settings.changes().items() if name not in (*OWN_KEYS, "log")}


def _resolved(name: str) -> NumberedFiles | None:
    """The same for all spellings and links of a folder; the worker also compares the files."""
    path = Path(name)
    return NumberedFiles.named(Path(os.path.realpath(path.parent), path.name))


def _numbered(name: str, frame: int) -> Path:
    names = NumberedFiles.named(Path(name))
    assert names is not None, "checked at construction"
    return names.path(frame)


def _refuse(key: str, expected: str, got: Any) -> Any:
    raise UsageError(option=key, expected=expected, got=got if isinstance(got, str) else repr(got))
