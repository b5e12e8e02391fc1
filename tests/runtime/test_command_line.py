"""Command lines: no abbreviations, a mistake is one sentence of the subcommand that was meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from ffmpeg_filters import pipe
from vs_tcvc import cli
from vs_tcvc.runtime.command_line import Parser

MOST = 9
"""Options below one heading."""


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and those of its subcommands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from parsers(each)


EVERY = [each for program in (cli.parser(), pipe.parser()) for each in parsers(program)]


def said_by(parser: argparse.ArgumentParser, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence of a mistake."""
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    return said.err[:-1]


@pytest.mark.parametrize("parser", EVERY, ids=lambda parser: parser.prog)
def test_every_command_refuses_an_unknown_option_in_its_own_name(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *words = parser.prog.split()
    whole = pipe.parser() if program == "tcvc-pipe" else cli.parser()
    assert said_by(whole, [*words, "--hepl"], capsys) == (
        f"{parser.prog}: there is no option --hepl; did you mean --help?"
    )
    assert said_by(whole, [*words, "--zzzzzz=1"], capsys).startswith(f"{parser.prog}: there is no option --zzzzzz; ")


@pytest.mark.parametrize("parser", EVERY, ids=lambda parser: parser.prog)
def test_no_command_takes_a_shortened_option(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in (name for action in parser._actions for name in action.option_strings if name.startswith("--")):
        if option[:-1] not in parser._option_string_actions:
            assert f"there is no option {option[:-1]};" in said_by(parser, [option[:-1]], capsys)


@pytest.mark.parametrize("parser", EVERY, ids=lambda parser: parser.prog)
def test_no_heading_has_more_options_than_a_reader_takes_in(parser: argparse.ArgumentParser) -> None:
    for group in parser._action_groups:
        shown = [action for action in group._group_actions if action.help != argparse.SUPPRESS]
        assert len(shown) <= MOST, group.title


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("colorize a b --sizee 3", "tcvc colorize: there is no option --sizee; did you mean --size?"),
        ("colorize a b --sat 1", "tcvc colorize: there is no option --sat; did you mean --saturation?"),
        ("references --oot x film", "tcvc references: there is no option --oot; did you mean --out?"),
        ("--verison", "tcvc: there is no option --verison; did you mean --version?"),
        ("colorize --preview x a b", "tcvc colorize: --preview: expected a whole number, got 'x'"),
        ("colorize --crf x a b", "tcvc colorize: --crf: expected a number, got 'x'"),
        ("colorize a b --preview", "tcvc colorize: --preview: expected a value, got none"),
        ("info film --json=1", "tcvc info: --json: expected no value, got '1'"),
        ("info film other", "tcvc info: expected no more words, got 'other'; "
                             "tcvc info --help shows what it takes"),
        ("worker", "tcvc worker: expected --job, got none; tcvc worker --help shows what it takes"),
        ("", "tcvc: expected COMMAND, got none; tcvc --help shows what it takes"),
        ("weights lst", "tcvc weights: ACTION: expected one of list, verify, path, import, got 'lst'; "
                        "did you mean list?"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(words: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said_by(cli.parser(), words.split(), capsys) == sentence


def test_a_british_command_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    for word in ("colorise", "colourize", "colour"):
        assert said_by(cli.parser(), [word], capsys).endswith(f"got {word!r}; did you mean colorize?")


def test_what_only_looks_like_an_option_is_a_value() -> None:
    parser = Parser(prog="tcvc")
    parser.add_argument("--first", type=int)
    parser.add_argument("files", nargs="*")
    assert parser.parse_args(["--first", "-3", "--", "--film.mkv"]).files == ["--film.mkv"]
    assert parser.parse_args(["--first=-3"]).first == -3


def test_a_value_is_repeated_up_to_a_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(said_by(cli.parser(), ["colorize", "--preview", "9" * 10_000, "a", "b"], capsys)) < 200


@pytest.mark.parametrize("words", [
    ["colorize", "film.mkv", ""], ["colorize", "film.mkv", "--out-dir", ""], ["references", "film.mkv", "--out="],
    ["info", ""], ["cuts", ""], ["cuts", "film.mkv", "-o", ""], ["worker", "--job", ""], ["evaluate", ""],
])  # fmt: skip
def test_an_empty_word_is_no_file_and_not_the_working_folder(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert said_by(cli.parser(), words, capsys).endswith("expected a name, got an empty word")
