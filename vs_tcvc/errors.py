"""The errors of vs-tcvc, a tree by whose mistake it is.

::

    TcvcError            exit code 1   anything below, and whatever fits nowhere else
    |-- UsageError       exit code 2   an option or argument is wrong; change the command
    |-- StreamError      exit code 3   the input stream is damaged, or of a kind we do not read
    |-- FrameError       exit code 1   a frame, reference or cut list breaks the core's contract
    |-- WeightsError     exit code 1   a weights file is missing, damaged or of another network
    `-- DeviceError      exit code 1   a device, backend or precision is not to be had here

The text of every error is one sentence for the person at the keyboard: where, what was expected, what came, what to
do. An error knows options by their neutral names (`reference`); each face says it with its own (`--reference`,
`ref_files`), by `sentence`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from typing import Self

_OTHER_OPTION = re.compile(r"\{([a-z_]+)\}")


class TcvcError(Exception):
    """Base of all errors a user can cause or mend; `exit_code` is what a command ends with.

    problem: what is wrong, in free words; without it the sentence is made from expected and got. where: a file, a line
    or a frame, "" where that is clear. option: the neutral name of the option that is wrong, "" if none is; value:
    what was given for it, where that helps. expected, got: in words. remedy: what to do.
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
        """The error in words, with options named as `name_of` spells them."""

        def named(text: str) -> str:
            return _OTHER_OPTION.sub(lambda match: name_of(match[1]), text)

        option = name_of(self.option) if self.option else ""
        got = f", got {self.got}" if self.got else ""
        problem = self.problem or f"expected {named(self.expected)}{got}"
        subject = " ".join(filter(None, (option, self.value)))
        parts = ": ".join(filter(None, (self.where, subject, problem)))
        return "; ".join(filter(None, (parts, named(self.remedy))))

    def at(self, where: str) -> Self:
        """The same error, of a file, a line or a frame."""
        error = copy(self)
        error.where = ": ".join(filter(None, (where, self.where)))
        return error

    def about(self, option: str) -> Self:
        """The same error, of an option that names where it is."""
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


def first_line(error: Exception) -> str:
    """What a library's error says in a line, or what kind of error it is."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def as_flag(option: str) -> str:
    """An option as command lines spell it: `--cut-threshold`."""
    return "--" + option.replace("_", "-")
