"""The command `tcvc`: one module per subcommand, each thin. Heavy imports wait until a command runs."""

from __future__ import annotations

from collections.abc import Sequence

from vs_tcvc import __version__
from vs_tcvc.cli import (
    benchmark,
    colorize,
    completion,
    cuts,
    demo,
    desk,
    doctor,
    evaluate,
    info,
    install_hosts,
    project,
    references,
    render,
    report,
    resolve_watch,
    sequence,
    train,
    weights,
    worker,
)
from vs_tcvc.errors import as_flag
from vs_tcvc.runtime import exit_codes
from vs_tcvc.runtime.command_line import Parser

COMMANDS = (
    colorize, project, desk, render, report, sequence, references, demo, info, doctor, cuts, weights, evaluate,
    benchmark, train, worker, install_hosts, resolve_watch, completion,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `tcvc`; returns the exit code of `vs_tcvc.errors`, or 130 after Ctrl-C."""
    parsed = parser().parse_args(arguments)
    names: dict[str, str] = getattr(parsed, "names", {})  # options that are positional arguments of a command
    return exit_codes.run(
        parsed.program, lambda: int(parsed.run(parsed)), lambda name: names.get(name) or as_flag(name)
    )


def parser() -> Parser:
    """The parser of `tcvc`; its namespace has the function `run` of the subcommand, called with that namespace."""
    parser = Parser(prog="tcvc", description="Temporally stable colour for black-and-white film.")
    parser.add_argument("--version", action="version", version=f"vs-tcvc {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser
