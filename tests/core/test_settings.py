"""Laws of the one list of options."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_tcvc.arguments import add_arguments, from_arguments
from vs_tcvc.errors import UsageError
from vs_tcvc.settings import FACES, Face, Option, Settings, options

OPTIONS = list(options())
EVERYTHING = Face("tcvc", {})
EVERY_FACE = pytest.mark.parametrize("face", FACES, ids=lambda face: face.name)
EVERY_OPTION = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
NUMBERS = [option for option in OPTIONS if option.low is not None]
WORDS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=20)


def parser(face: Face = EVERYTHING) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="tcvc-pipe")
    add_arguments(made, face)
    return made


def parsed(*words: str, face: Face = EVERYTHING) -> Settings:
    """The settings of a command line."""
    return from_arguments(parser(face).parse_args(words), face)


def fitting(option: Option) -> st.SearchStrategy[Any]:
    """Values that the option accepts."""
    if option.repeatable:
        return st.lists(WORDS, max_size=3).map(tuple)
    if option.kind is bool:
        return st.booleans()
    if option.choices:
        return st.sampled_from(option.choices)
    if option.pattern:
        return st.from_regex(option.pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
    if option.kind is int:
        return st.integers(int(option.low or 0), int(option.high or 0))
    if option.kind is float:
        return st.floats(option.low, option.high)
    return WORDS


def changed(option: Option) -> Any:
    """A value that is not the default."""
    if option.choices:
        return next(each for each in option.choices if each != option.default)
    return {bool: not option.default, int: option.high, float: option.high}.get(option.kind, "cpu")


ANY_SETTINGS = st.builds(Settings, **{option.name: fitting(option) for option in OPTIONS})


def flags(chosen: Settings) -> list[str]:
    """The command line that says every value of `chosen`."""
    words = []
    for option in OPTIONS:
        value = getattr(chosen, option.name)
        for one in value if option.repeatable else (value,):
            words += [flag(option, one)] if one or not option.is_switch else []
    return words


def flag(option: Option, value: Any) -> str:
    """A value on the command line; a switch has none."""
    return option.flag if option.is_switch else f"{option.flag}={int(value) if option.kind is bool else value}"


@settings(max_examples=50)
@given(ANY_SETTINGS)
def test_every_value_written_as_flags_reads_back(chosen: Settings) -> None:
    assert parsed(*flags(chosen)) == chosen


@settings(max_examples=50)
@given(ANY_SETTINGS)
def test_every_value_survives_a_mapping(chosen: Settings) -> None:
    values = {each.name: getattr(chosen, each.name) for each in fields(chosen)}
    assert Settings.from_mapping(values) == chosen


def test_no_flags_are_the_defaults() -> None:
    assert parsed() == Settings() == Settings.from_mapping({})


@EVERY_OPTION
def test_every_option_explains_itself_and_accepts_its_default(option: Option) -> None:
    assert option.help
    assert not option.help.endswith(".")
    value = option.read(option.default)
    assert (value, type(value)) == (option.default, type(option.default))


@EVERY_OPTION
def test_help_shows_flag_meaning_default_and_limits(option: Option) -> None:
    shown = " ".join(parser().format_help().split())
    default = {"True": "1", "False": "0", "": "none", "()": "none"}.get(str(option.default), f"{option.default}")
    default = f"{option.default:g}" if option.kind is float else default
    limits = f"; {option.low:g} to {option.high:g}" if option.low is not None else ""
    said = "" if option.is_switch else f" (default {default}{limits})"
    assert f"{option.flag} " in shown
    assert f"{option.help}{said}" in shown.replace(".0)", ")").replace(".0;", ";")
    assert not option.choices or "|".join(option.choices) in shown


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_help_can_be_shown_at_any_width(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "COLUMNS", columns)
    assert "--reference" in parser().format_help()


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
def test_limits_belong_to_the_range_and_nothing_beyond_does(option: Option) -> None:
    low, high = option.kind(option.low), option.kind(option.high)
    assert (option.read(low), option.read(str(high))) == (low, high)
    for bad in (low - 1, high + 1, str(high + 1), "nan", "inf", "1e999", float("nan"), float("inf")):
        with pytest.raises(UsageError, match=f"^{option.name}: expected {option.limits}, got"):
            option.read(bad)


@pytest.mark.parametrize(
    ("name", "bad", "sentence"),
    [
        ("matrix", "470", "matrix: expected auto | 601 | 709 | 2020 | 240m | fcc, got '470'"),
        ("device", "gpu", "device: expected auto|cpu|cuda|cuda:N|mps, got 'gpu'"),
        ("device", "cuda:\u0663", "device: expected auto|cpu|cuda|cuda:N|mps, got 'cuda:\u0663'"),
        ("device", "cuda:", "device: expected auto|cpu|cuda|cuda:N|mps, got 'cuda:'"),
        ("threads", "two", "threads: expected 1 to 256, got 'two'"),
        ("threads", 1.5, "threads: expected 1 to 256, got 1.5"),
        ("threads", "1.5", "threads: expected 1 to 256, got '1.5'"),
        ("threads", None, "threads: expected 1 to 256, got None"),
        ("saturation", [1], r"saturation: expected 0 to 4, got \[1\]"),
        ("use_props", "perhaps", "use_props: expected 0 or 1, got 'perhaps'"),
        ("use_props", 2, "use_props: expected 0 or 1, got 2"),
        ("cuts", [0, 48], r"cuts: expected auto|none|0,48,120|FILE, got \[0, 48\]"),
        ("weights", None, "weights: expected FILE, got None"),
        ("confidence", False, "confidence: expected off|FILE, got False"),
        ("reference", [None], r"reference: expected FILE\[@FRAME\], got \[None\]"),
    ],
)
def test_a_value_that_does_not_fit_names_its_option(name: str, bad: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=f"^{sentence.replace('|', chr(92) + '|')}$"):
        Settings.from_mapping({name: bad})


def outcome(option: Option, value: Any) -> Any:
    """What the option makes of a value, be it a UsageError; any other error is a fault."""
    try:
        return option.read(value)
    except UsageError as error:
        return error


@settings(max_examples=500)
@given(
    st.sampled_from(OPTIONS),
    st.none() | st.integers() | st.floats() | st.binary(max_size=4) | st.text(max_size=8) | st.lists(st.none()),
)
def test_any_value_is_read_for_good_or_refused_by_name(option: Option, junk: Any) -> None:
    read = outcome(option, junk)
    if isinstance(read, UsageError):
        assert str(read).startswith(f"{option.name}: expected ")
    else:
        assert type(read) is (tuple if option.repeatable else option.kind)
        assert option.read(read) == read


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no option is named 'satturation'.*\bsaturation\b"):
        Settings.from_mapping({"satturation": 1})


@pytest.mark.parametrize("word", ["1", "true", "Yes", "ON", True, 1])
def test_words_for_yes(word: Any) -> None:
    assert replace(Settings(use_props=False), use_props=word).use_props is True


@pytest.mark.parametrize("word", ["0", "false", "No", "OFF", False, 0])
def test_words_for_no(word: Any) -> None:
    assert Settings(use_props=word).use_props is False


def test_a_path_and_a_whole_number_are_text_as_well() -> None:
    given = Settings.from_mapping({"weights": Path("w.safetensors"), "reference": Path("a.png"), "bits": 10})
    assert (given.weights, given.reference, given.bits) == ("w.safetensors", ("a.png",), "10")


def test_references_add_up_and_a_single_one_needs_no_list() -> None:
    given = parsed("--reference", "a.png", "--reference", "b.png@12")
    assert given.reference == ("a.png", "b.png@12")
    assert Settings(reference="a.png").reference == ("a.png",)  # type: ignore[arg-type]


def test_quiet_is_short_for_log_quiet_and_the_last_word_counts() -> None:
    assert parsed("--quiet").log == "quiet"
    assert parsed("--quiet", "--log", "json").log == "json"


@EVERY_FACE
def test_a_face_shows_the_flags_that_it_has_and_keeps_the_defaults_of_others(face: Face) -> None:
    shown = parser(face).format_help()
    assert [each.name for each in OPTIONS if re.search(rf"{each.flag}\b(?!-)", shown)] == [
        each.name for each in face.options()
    ]
    assert parsed(face=face) == Settings()


@pytest.mark.parametrize(
    ("face", "option"),
    [pytest.param(face, each, id=f"{face.name} {each.name}") for face in FACES for each in OPTIONS
     if each.name in face.lacks],
)  # fmt: skip
def test_an_option_that_a_face_lacks_is_refused_with_advice(face: Face, option: Option) -> None:
    value = changed(option)
    expected = f"^{option.name} .*: {face.name} has no such option; ..."
    with pytest.raises(UsageError, match=expected):
        parsed(flag(option, value), face=face)
    with pytest.raises(UsageError, match=expected):
        face.check(Settings.from_mapping({option.name: value}))


def test_quiet_is_no_flag_where_there_are_no_words() -> None:
    assert "--quiet" not in parser(Face("mute", {"log": "listen"})).format_help()


@EVERY_FACE
def test_a_face_gives_advice_for_options_that_there_are(face: Face) -> None:
    assert {*face.lacks, *face.own} <= {option.name for option in OPTIONS}
    assert not {*face.lacks} & {*face.own}


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().size = 288  # type: ignore[misc]
