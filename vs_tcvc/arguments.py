"""Command lines of the options: flags for each that a face has, and settings from what was given."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from vs_tcvc.settings import GROUPS, Face, Option, Settings, options


def add_arguments(parser: argparse.ArgumentParser, face: Face) -> Mapping[str, argparse._ArgumentGroup]:
    """Add a flag for every option of a face, under the headings of GROUPS; `--quiet` is short for `--log quiet`.

    An option that is off by default is a switch: its flag takes no value. Flags of options that it lacks are accepted
    but hidden: `from_arguments` raises what to do instead. Returns the headings by their titles, for a command's own
    options.
    """
    had = {option.name: option for option in face.options()}
    groups = {title: parser.add_argument_group(title) for title, names in GROUPS.items() if {*names.split()} & {*had}}
    for option in had.values():
        groups[option.group].add_argument(option.flag, help=_help(option), **_taken(option))
    for option in options():
        if option.name in face.lacks:
            parser.add_argument(option.flag, help=argparse.SUPPRESS, **_taken(option))
    if "log" in had:
        groups[had["log"].group].add_argument(
            "--quiet", dest="log", action="store_const", const="quiet", default=argparse.SUPPRESS,
            help="short for --log quiet",
        )  # fmt: skip
    return groups


def _taken(option: Option) -> dict[str, Any]:
    """How argparse takes its flag."""
    common = {"dest": option.name, "default": argparse.SUPPRESS}
    if option.is_switch:
        return {**common, "action": "store_true"}
    return {**common, "action": "append" if option.repeatable else "store", "metavar": option.values}


def from_arguments(arguments: argparse.Namespace, face: Face) -> Settings:
    """Settings from parsed flags; raises UsageError as `Face.settings` does."""
    given = vars(arguments)
    return face.settings({option.name: given[option.name] for option in options() if option.name in given})


def _help(option: Option) -> str:
    """Of the flag; a switch is off unless it is given, so its default needs no words."""
    if option.is_switch:
        return option.help.replace("%", "%%")
    limits = f"; {option.limits}" if option.low is not None else ""
    return f"{option.help} (default {option.shown_default}{limits})".replace("%", "%%")
