"""What the system refuses is one sentence; bugs keep their traceback."""

from __future__ import annotations

import errno

import pytest

from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.runtime import exit_codes
from vs_tcvc.runtime.refusals import said_in_words


def fail(error: BaseException, cause: BaseException | None = None) -> int:
    raise error from cause


def end(
    capsys: pytest.CaptureFixture[str], error: BaseException, cause: BaseException | None = None
) -> tuple[int, str]:
    """Exit code and words of a program that ends with the error."""
    return exit_codes.run("tcvc", lambda: fail(error, cause)), capsys.readouterr().err


def test_an_error_of_the_system_names_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, words = end(capsys, OSError(errno.EIO, "Input/output error", "film.mkv"))
    assert code == 1
    assert words == "tcvc: film.mkv: the system refuses it (Input/output error); free disk space, or use other files\n"


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MemoryError(), None),
        (RuntimeError("std::bad_alloc"), None),
        (SystemError("returned NULL without setting an exception"), MemoryError()),
    ],
)
def test_memory_that_ran_out_is_told_whatever_library_says_it(
    error: Exception, cause: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end(capsys, error, cause) == (
        1, "tcvc: memory ran out; close other programs, or choose a smaller --size\n",
    )  # fmt: skip


@pytest.mark.parametrize("error", [ZeroDivisionError(), RuntimeError("a bug"), BrokenPipeError()])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)), said_in_words():
        fail(error)


def test_our_own_errors_stay_what_they_are() -> None:
    mistake = UsageError("out of memory cards")
    with pytest.raises(TcvcError) as caught, said_in_words():
        fail(mistake, MemoryError())
    assert caught.value is mistake
