"""The package's own names: what `import vs_tcvc` offers, and how its help reads."""

from __future__ import annotations

import pydoc
import re
import subprocess
import sys

import pytest

import vs_tcvc


def test_every_public_name_is_there_and_listed() -> None:
    for name in vs_tcvc.__all__:
        assert getattr(vs_tcvc, name) is not None
        assert name in dir(vs_tcvc)
    assert issubclass(vs_tcvc.StreamError, vs_tcvc.TcvcError)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'vs_tcvc' has no attribute 'colourise'"):
        vs_tcvc.colourise  # type: ignore[attr-defined]  # noqa: B018


def test_the_help_of_the_package_reads_as_a_page() -> None:
    page = pydoc.plain(pydoc.render_doc(vs_tcvc))
    assert "vs_tcvc.colorize(" in page.partition("PACKAGE CONTENTS")[0]
    functions = page.partition("FUNCTIONS\n")[2].partition("DATA\n")[0]
    assert re.findall(r"^    (\w+)\(", functions, re.MULTILINE) == ["colorize", "open"]
    classes = {name for name in vs_tcvc.__all__ if isinstance(getattr(vs_tcvc, name), type)}
    assert {*re.findall(r"^    class (\w+)\(", page, re.MULTILINE)} == classes


def test_the_package_is_run_as_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "vs_tcvc", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"vs-tcvc {vs_tcvc.__version__}\n"
