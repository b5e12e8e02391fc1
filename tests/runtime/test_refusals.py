"""What the system refuses is one sentence; bugs keep their traceback."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest

from vs_tcvc.errors import TcvcError, UsageError
from vs_tcvc.runtime import exit_codes
from vs_tcvc.runtime.engine_thread import EngineThread
from vs_tcvc.runtime.pipeline import Pipeline
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
        (RuntimeError("Exception from src/inference:\ncan't alloc"), None),
        (RuntimeError("Exception from src/inference:\nResource temporarily unavailable"), None),
        (ImportError("libavcodec.so: failed to map segment from shared object"), None),
        (SystemError("returned NULL without setting an exception"), MemoryError()),
    ],
)
def test_memory_that_ran_out_is_told_whatever_library_says_it(
    error: Exception, cause: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end(capsys, error, cause) == (
        1, "tcvc: memory ran out; close other programs, or choose a smaller --size\n",
    )  # fmt: skip


def take_one() -> int:
    with Pipeline(1) as pipeline:
        return sum(pipeline.ahead([1]))


@pytest.mark.parametrize("work", [take_one, lambda: EngineThread().call(int)])
def test_a_thread_that_cannot_be_started_ends_the_work_in_words(
    work: Callable[[], int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    assert exit_codes.run("tcvc", work) == 1
    assert capsys.readouterr().err.startswith("tcvc: memory ran out; ")


def test_the_engine_starts_when_there_is_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = EngineThread()
    with monkeypatch.context() as full:
        full.setattr("threading.Thread.start", lambda _: fail(RuntimeError("can't start new thread")))
        with pytest.raises(RuntimeError):
            engine.call(int)
    assert engine.call(lambda: 3) == 3


@pytest.mark.parametrize("error", [ZeroDivisionError(), RuntimeError("a bug"), BrokenPipeError()])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)), said_in_words():
        fail(error)


def test_our_own_errors_stay_what_they_are() -> None:
    mistake = UsageError("out of memory cards")
    with pytest.raises(TcvcError) as caught, said_in_words():
        fail(mistake, MemoryError())
    assert caught.value is mistake
