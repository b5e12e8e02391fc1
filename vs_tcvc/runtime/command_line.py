"""Command lines: options by their full names, a mistake as one sentence."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from vs_tcvc.runtime.spelling import advice

_WRONG_USAGE = 2
_LONGEST = 100
"""Characters of a user's text that a sentence repeats."""
_WORDINGS = (
    (r"argument (.*?): expected (?:at least )?one argument", r"\1: expected a value, got none"),
    (r"argument (.*?): invalid int value: (.*)", r"\1: expected a whole number, got \2"),
    (r"argument (.*?): invalid float value: (.*)", r"\1: expected a number, got \2"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1: expected no value, got \2"),
    (r"argument (.*?): (.*)", r"\1: \2"),
)
"""The sentences of argparse, and ours."""
_MISSING = re.compile(r"the following arguments are required: (.*)", re.DOTALL)
_CHOICE = re.compile(r"argument (.*?): invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """A parser of a program or a subcommand, which takes no abbreviated options.

    A mistake ends the program with one sentence on stderr and exit code 2, in the name of the subcommand that was
    meant. The namespace has that name as `program`. An empty word is no name of a file: of type Path, it is a mistake.
    """

    def __init__(self, **details: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **details})
        self.register("type", Path, lambda text: Path(file_name(text)))

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As of the base class, which each subcommand calls for its own words; no word is left over."""
        import sys

        words = sys.argv[1:] if args is None else list(args)
        self._refuse_unknown(words)
        parsed, left = super().parse_known_args(words, namespace)
        if left:
            self.error(f"expected no more words, got {left[0]!r}; {self._help_shows()}")
        parsed.program = getattr(parsed, "program", self.prog)
        return parsed, left

    def error(self, message: str) -> NoReturn:
        self.exit(_WRONG_USAGE, f"{self.prog}: {self._reworded(message)}\n")

    def _refuse_unknown(self, words: Sequence[str]) -> None:
        """End with what was probably meant if a word looks like an option and is none."""
        for word in words:
            option = word.partition("=")[0]
            if word == "--" or (self._subparsers and not word.startswith("-")):
                return
            if word.startswith("--") and " " not in option and option not in self._option_string_actions:
                self.error(f"there is no option {_cut(option)}; {advice(option, self._options(), self._help_shows())}")

    def _options(self) -> list[str]:
        shown = (action for action in self._actions if action.help != argparse.SUPPRESS)
        return [name for action in shown for name in action.option_strings if name.startswith("--")]

    def _reworded(self, message: str) -> str:
        if choice := _CHOICE.fullmatch(message):
            name, given, choices = choice[1], choice[2], choice[3].replace("'", "")
            meant = advice(given, choices.split(", "), self._help_shows())
            return f"{name}: expected one of {choices}, got {_cut(given)!r}; {meant}"
        if missing := _MISSING.fullmatch(message):
            return f"expected {missing[1]}, got none; {self._help_shows()}"
        for pattern, wording in _WORDINGS:
            if re.fullmatch(pattern, message, re.DOTALL):
                return _cut(re.sub(pattern, wording, message, flags=re.DOTALL))
        return _cut(message)

    def _help_shows(self) -> str:
        return f"{self.prog} --help shows what it takes"


def file_name(text: str) -> str:
    """The type of a word that names a file: an empty one, as of a variable that is not set, is not the folder "."."""
    if not text:
        raise argparse.ArgumentTypeError("expected a name, got an empty word")
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
