"""The errors of vs-tcvc, a tree by whose mistake it is.

::

    TcvcError            exit code 1   anything below, and whatever fits nowhere else
    |-- UsageError       exit code 2   an option or argument is wrong; change the command
    |-- StreamError      exit code 3   the input stream is damaged, or of a kind we do not read
    |-- FrameError       exit code 1   a frame, reference or cut list breaks the core's contract
    |-- WeightsError     exit code 1   a weights file is missing, damaged or of another network
    `-- DeviceError      exit code 1   a device, backend or precision is not to be had here

The text of every error is one sentence for the person at the keyboard: where, what was
expected, what came, what to do.
"""


class TcvcError(Exception):
    """Base of all errors a user can cause or mend; `exit_code` is what a command ends with."""

    exit_code = 1


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
