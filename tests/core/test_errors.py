"""Errors are values: one sentence of what they hold, in which each face spells options in its own way."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ffmpeg_filters.graph import Error
from vs_tcvc.errors import DeviceError, TcvcError, UsageError, as_flag, shown
from vs_tcvc.sequences.job import key_of
from vs_tcvc.vapoursynth.arguments import name_of

ROOT = Path(__file__).parents[2]
ERROR = UsageError(
    option="reference", value="a.png", where="job.json", expected="what {model} takes", got="{model}",
    remedy="use {cut_threshold}",
)  # fmt: skip


def test_without_a_face_options_have_their_neutral_names() -> None:
    assert str(ERROR) == "job.json: reference a.png: expected what model takes, got {model}; use cut_threshold"


def test_each_face_spells_options_in_its_own_way() -> None:
    told = [ERROR.sentence(spell) for spell in (as_flag, name_of, key_of)]
    assert told == [
        "job.json: --reference a.png: expected what --model takes, got {model}; use --cut-threshold",
        "job.json: ref_files a.png: expected what model takes, got {model}; use cut_threshold",
        "job.json: references a.png: expected what model takes, got {model}; use cut_threshold",
    ]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (TcvcError("all {model} is lost"), "all {model} is lost"),
        (UsageError("it exists", where="a.mkv", remedy="name another"), "a.mkv: it exists; name another"),
        (UsageError("it is no number", option="size", value=3), "size 3: it is no number"),
        (UsageError(option="size", expected="a number"), "size: expected a number"),
        (UsageError(option="a-b", expected="a {b-c}", remedy="or {D}"), "a-b: expected a {b-c}; or {D}"),
    ],
)
def test_what_an_error_does_not_hold_it_does_not_say(error: TcvcError, sentence: str) -> None:
    assert str(error) == sentence


def test_an_error_of_a_place_is_another_value() -> None:
    inner = UsageError(where="line 3", expected="a number", got="'x'")
    assert str(inner.at("cuts.txt")) == "cuts.txt: line 3: expected a number, got 'x'"
    assert inner.about("cuts").sentence(as_flag) == "--cuts line 3: expected a number, got 'x'"
    assert str(inner) == "line 3: expected a number, got 'x'"


@pytest.mark.parametrize("error", [ERROR, DeviceError("none"), Error("it failed", "stderr")])
def test_an_error_can_go_to_another_process(error: TcvcError) -> None:
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), vars(copied)) == (type(error), str(error), vars(error))


def texts(path: Path) -> Iterator[str]:
    """The texts of a module but for its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


COMMANDS = {"cli", "metrics", "training", "settings.py", "arguments.py", "pipe.py"}
"""Rooms and modules that commands alone use, or that make flags."""


def test_only_commands_spell_options_as_flags() -> None:
    """All other modules name them neutrally; commands to type are words of a shell in every face."""
    modules = (path for folder in ("vs_tcvc", "ffmpeg_filters") for path in sorted((ROOT / folder).rglob("*.py")))
    found = [
        (path.name, text) for path in modules if not COMMANDS & {*path.parts} for text in texts(path)
        if re.search(r"(?<![\w-])--(?!help)[a-z]", re.sub(r"(tcvc [a-z]+ import|tcvc render|pyav) .*", "", text))
    ]  # fmt: skip
    assert found == []


def test_a_sentence_is_one_line_of_printable_text_whatever_came() -> None:
    error = UsageError(where="a\nb\x1b[2J.mkv", expected="a film", got="\udc80\N{BELL}")
    assert str(error) == r"a\nb\x1b[2J.mkv: expected a film, got \udc80" + "\N{BELL}"
    assert str(UsageError("naïve, 映画")) == "naïve, 映画"


def test_of_what_is_long_both_ends_are_shown() -> None:
    text = str(UsageError(got="x" * 10**6, expected="a name", remedy="shorten it"))
    assert len(text) < 2000
    assert text.startswith("expected a name, got xxx")
    assert text.endswith("xxx; shorten it")


def test_a_value_is_shown_in_short_whatever_it_stands_for() -> None:
    value: object = "x"
    for _ in range(40):
        value = [value] * 9
    assert len(shown(value)) < 1000
    assert shown("x" * 10**6) == "'" + "x" * 42 + "..." + "x" * 43 + "'"
