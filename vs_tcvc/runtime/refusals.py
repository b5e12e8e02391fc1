"""What the system refuses a program: input, output, memory. That is no bug: it becomes one sentence.

Every program does so where its work ends (`exit_codes`, the worker); parts that know the file, and what to do, say it
themselves, earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vs_tcvc.errors import TcvcError

_NO_MEMORY = (
    "bad_alloc", "Insufficient memory", "allocate memory", "out of memory", "failed to map segment",
    "can't alloc", "can't start new thread", "Resource temporarily unavailable",
)  # fmt: skip
"""How libraries in C++, the loader of libraries and threads that cannot be started say it."""


@contextmanager
def said_in_words() -> Iterator[None]:
    """Raises TcvcError in place of an OSError or of memory that ran out; a closed pipe is left to its reader."""
    try:
        yield
    except TcvcError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise no_memory() from None
        if not isinstance(error, OSError) or isinstance(error, BrokenPipeError):
            raise
        problem = f"the system refuses it ({error.strerror or error})"
        raise TcvcError(problem, where=_name(error), remedy="free disk space, or use other files") from None


def no_memory() -> TcvcError:
    """The error that tells of memory that ran out."""
    return TcvcError("memory ran out", remedy="close other programs, or choose a smaller {size}")


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error of any library, or one that led to it, says so."""
    while error is not None:
        if isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False


def _name(error: OSError) -> str:
    name = error.filename2 or error.filename
    return "" if name is None or isinstance(name, int) else str(name)
