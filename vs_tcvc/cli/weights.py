"""tcvc weights: list, verify and locate weights files, and import the weights of the paper's authors."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

_ACTIONS = {
    "list": "list the installed weights with their sizes",
    "verify": "check the SHA-256 of each weights file",
    "path": "print the folders of the weights",
}


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("weights", help="list, verify, locate or import weights", description=__doc__)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, help in _ACTIONS.items():
        actions.add_parser(name, help=help, description=help).set_defaults(run=run)
    importing = actions.add_parser(
        "import", help="convert the authors' checkpoints into weights for --model published",
        description="Convert the authors' checkpoints into weights for --model published: see docs/published.md.",
    )  # fmt: skip
    files = {
        "stage1": "colornet_iter_*.pth, which colours one frame",
        "encoder": "checkpoint_encoder_*.pth",
        "decoder": "checkpoint_decoder_*.pth",
    }
    for name, help in files.items():
        importing.add_argument(f"--{name}", type=Path, required=True, metavar="FILE", help=help)
    importing.add_argument(
        "--inter", type=Path, metavar="FILE", help="save layer of the memory, if it is not in the encoder's file"
    )
    importing.add_argument(
        "--precision", choices=("fp32", "fp16"), default="fp32", help="number format of the file (default fp32)"
    )
    importing.set_defaults(run=run_import)


def run(arguments: argparse.Namespace) -> int:
    """Print to stdout. Raises WeightsError if a file is missing or damaged."""
    from vs_tcvc.cli.table import as_columns
    from vs_tcvc.networks.weights_file import SHIPPED, imported, imported_folder, shipped

    if arguments.action == "path":
        print(SHIPPED, *([imported_folder()] if imported() else []), sep="\n")
        return 0
    files = [*shipped(), *imported()]
    if arguments.action == "list":
        print(as_columns((each.path.stem, f"{each.size / 1e6:.1f} MB", str(each.path)) for each in files))
        return 0
    for file in files:
        print(f"{file.path.name}: complete, SHA-256 {file.verify()}")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Print what was found and written.

    Raises WeightsError for files that are not such checkpoints, UsageError if the folder cannot be written.
    """
    from vs_tcvc.backends import import_torch

    import_torch()
    from vs_tcvc.networks.published.checkpoint import Checkpoints, import_checkpoints

    files = Checkpoints(arguments.stage1, arguments.encoder, arguments.decoder, arguments.inter)
    file, counts = import_checkpoints(files, arguments.precision)
    for name, path, _ in files.parts():
        print(f"{name}: {counts[name]} weights in {path}")
    print(f"written: {file.path}, {file.size / 1e6:.1f} MB, SHA-256 {file.sha256}")
    print("use it with --model published")
    return 0
