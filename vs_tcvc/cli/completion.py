"""tcvc completion: print a script that completes tcvc and tcvc-pipe in your shell."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import Any

SHELLS = ("bash", "zsh", "fish")


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    epilog = 'bash: eval "$(tcvc completion bash)" (zsh: replace bash by zsh); fish: tcvc completion fish | source'
    parser = commands.add_parser("completion", help="print completion for a shell", description=__doc__, epilog=epilog)
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the script of both programs."""
    import shtab

    from ffmpeg_filters import pipe
    from vs_tcvc import cli

    for parser in (cli.parser(), pipe.parser()):
        for action in _actions(parser):
            _tell_values(action)
        print(shtab.complete(parser, arguments.shell))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every flag and value of `parser` and of its subcommands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                yield from _actions(subparser)


def _tell_values(action: argparse.Action) -> None:
    """Derive from the metavar ("DIR", "off|FILE", "auto|cpu|cuda:N") what the shell offers: files, folders or words."""
    import shtab

    metavar = str(action.metavar)
    if metavar == "DIR":
        vars(action)["complete"] = shtab.DIRECTORY
    elif "FILE" in metavar or "ZIP" in metavar:
        vars(action)["complete"] = shtab.FILE
    elif words := [each for each in metavar.split("|") if re.fullmatch("[a-z0-9]+", each)]:
        action.choices = words
