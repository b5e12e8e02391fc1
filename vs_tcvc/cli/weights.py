"""tcvc weights: what is shipped, whether it is whole, where it lies."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("weights", help="list, verify or locate the weights", description=__doc__)
    parser.add_argument("action", choices=("list", "verify", "path"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print to stdout; WeightsError if a file is missing or damaged."""
    from vs_tcvc.weights import SHIPPED, shipped

    if arguments.action == "path":
        print(SHIPPED)
        return 0
    for file in shipped():
        if arguments.action == "verify":
            print(f"{file.path.name}: whole, SHA-256 {file.verify()}")
        else:
            print(f"{file.path.stem}  {file.path.stat().st_size / 1e6:.1f} MB  {file.path}")
    return 0
