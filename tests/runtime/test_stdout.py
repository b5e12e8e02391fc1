"""A host's stdout is its own while a library prints on one of its threads."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from io import StringIO

import pytest

from vs_tcvc.runtime.stdout import own_prints_to_stderr


def test_prints_of_this_thread_go_to_stderr_and_those_of_others_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with own_prints_to_stderr(), ThreadPoolExecutor(1) as host:
        print("loading")
        host.submit(print, "film").result()
    print("more film")
    assert sys.stdout is before
    assert capsys.readouterr() == ("film\nmore film\n", "loading\n")


def test_a_host_that_changes_stdout_meanwhile_keeps_its_change() -> None:
    after, said = sys.stdout, StringIO()
    with redirect_stdout(said):
        with own_prints_to_stderr():
            sys.stdout = after
        assert sys.stdout is after


def test_an_error_gives_stdout_back() -> None:
    before = sys.stdout
    with pytest.raises(ValueError, match="of a library"), own_prints_to_stderr():
        raise ValueError("of a library")
    assert sys.stdout is before


@pytest.mark.parametrize("missing", ["stdout", "stderr"])
def test_a_host_with_windows_has_neither_and_nothing_happens(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, missing, None)
    before = sys.stdout
    with own_prints_to_stderr():
        assert sys.stdout is before
