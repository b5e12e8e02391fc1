"""The errors of vs-tcvc, by cause.

::

    TcvcError            exit code 1   anything below, and errors of no other class
    |-- UsageError       exit code 2   an option or argument is wrong; change the command
    |-- StreamError      exit code 3   the input stream is damaged, or of a format that is not read
    |-- FrameError       exit code 1   a frame, reference or cut list breaks the core's contract
    |-- WeightsError     exit code 1   a weights file is missing, damaged or of another network
    |-- DeviceError      exit code 1   a device, backend or precision is not available here
    |-- StoreError       exit code 1   a store of colours cannot be read or written
    `-- MissingShotError exit code 1   a shot is not in the store, or damaged there; colour it again

The text of every error is one sentence for the user: where, what was expected, what came, what to do. An error has
options under their neutral names (`reference`); `sentence` renders them in the spelling of a face (`--reference`,
`ref_files`). Whatever came, the sentence is one line of printable text, and of what is long only both ends are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from reprlib import Repr
from typing import Self

_LONGEST = 1200
_SHORT = Repr(maxlevel=3, maxdict=4, maxlist=4, maxtuple=4, maxset=4, maxstring=90, maxother=90)
_OTHER_OPTION = re.compile(r"\{([a-z_]+)\}")


class TcvcError(Exception):
    """Base of all errors that a user can cause or fix; commands end with `exit_code`.

    problem: what is wrong; without it the sentence is built from expected and got. where: a file, a line or a frame, ""
    if that is clear. option: the neutral name of the wrong option, "" if there is none; value: the value given for it,
    if that helps. expected, got: in words. remedy: what to do.
    In expected and remedy, and only there, `{name}` stands for the option of that name.
    """

    exit_code = 1

    def __init__(
        self, problem: str = "", *, where: str = "", option: str = "", value: object = "", expected: str = "",
        got: str = "", remedy: str = "",
    ) -> None:  # fmt: skip
        super().__init__(problem)
        self.problem, self.where, self.option, self.value = problem, where, option, str(value)
        self.expected, self.got, self.remedy = expected, got, remedy

    def __str__(self) -> str:
        return self.sentence(str)

    def sentence(self, name_of: Callable[[str], str]) -> str:
        """The error as a sentence, with options as `name_of` spells them."""

        def named(text: str) -> str:
            return _OTHER_OPTION.sub(lambda match: name_of(match[1]), text)

        option = name_of(self.option) if self.option else ""
        got = f", got {self.got}" if self.got else ""
        problem = self.problem or f"expected {named(self.expected)}{got}"
        subject = " ".join(filter(None, (option, self.value)))
        parts = ": ".join(filter(None, (self.where, subject, problem)))
        return "; ".join(map(in_one_line, filter(None, (parts, named(self.remedy)))))

    def at(self, where: str) -> Self:
        """The same error, of a file, a line or a frame."""
        error = copy(self)
        error.where = ": ".join(filter(None, (where, self.where)))
        return error

    def about(self, option: str) -> Self:
        """The same error, attributed to an option; its `where` becomes the option's value."""
        error = copy(self)
        error.option, error.value, error.where = option, self.where, ""
        return error


class UsageError(TcvcError):
    """An option, argument or settings file is wrong."""

    exit_code = 2


class StreamError(TcvcError):
    """An input stream ends early, is damaged, or has a format that is not read."""

    exit_code = 3


class FrameError(TcvcError):
    """A frame, a reference or a cut list given to the core breaks its contract."""


class WeightsError(TcvcError):
    """Weights are missing, damaged, or belong to another network."""


class DeviceError(TcvcError):
    """A device, a backend or a precision is not available on this machine."""


class StoreError(TcvcError):
    """A store of colours cannot be read or written."""


class MissingShotError(TcvcError):
    """A shot is not in the store, or it is damaged there and counts as not there: it must be coloured again."""


def shown(value: object) -> str:
    """A value in a message, shortened: a few bytes of YAML can stand for gigabytes of text."""
    return _SHORT.repr(value)


def in_one_line(text: str) -> str:
    """Printable text of at most _LONGEST characters and a few: what does not print is escaped, the middle left out."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def first_line(error: Exception) -> str:
    """First line of a library's error message, or the error's class name."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def as_flag(option: str) -> str:
    """An option as a command-line flag: `--cut-threshold`."""
    return "--" + option.replace("_", "-")
