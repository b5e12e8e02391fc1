"""tcvc train: teach the compact network on pictures and clips of your own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

STEPS = {"reference": 6000, "propagation": 6000}
BATCH = {"reference": 16, "propagation": 4}


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("train", help="train a part of the compact network", description=__doc__)
    parser.add_argument("part", choices=("reference", "propagation", "export"),
                        help="reference: C1, from stills; propagation: S and C2, from clips and stills; "
                             "export: join two trained parts into one weights file")  # fmt: skip
    parser.add_argument(
        "--data", action="append", type=Path, default=[], metavar="ZIP|DIR", help="pictures to learn from"
    )
    parser.add_argument("--clips", action="append", type=Path, default=[], metavar="ZIP|DIR",
                        help="clips to learn from: folders of numbered frames, each within one shot")  # fmt: skip
    parser.add_argument("--watch", action="append", type=Path, default=[], metavar="ZIP|DIR",
                        help="what to measure on while learning, never learned from: stills or clips")  # fmt: skip
    parser.add_argument("--run", dest="folder", type=Path, default=Path("runs"), metavar="DIR",
                        help="where log, samples and checkpoints go, one folder per part (default runs)")  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="FILE", help="export: the weights file to write")
    parser.add_argument("--steps", type=int, help="updates in all (default 6000)")
    parser.add_argument("--batch", type=int, help="samples per update (default 16 stills, 4 rollouts)")
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate (default 0.001)")
    parser.add_argument("--every", type=int, default=500, help="steps between evaluations (default 500)")
    parser.add_argument("--rollout", type=int, default=4, help="propagation: frames of a sample (default 4)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--from-shipped", action="store_true", help="begin with the shipped weights")
    parser.add_argument("--temperature", type=float, default=0.3, help="export: of C1's decoding (default 0.3)")
    parser.add_argument("--strength", type=float, default=1.08, help="export: factor on C1's colour (default 1.08)")
    parser.add_argument("--note", default="", help="export: provenance, kept in the file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train or export; UsageError for data that is missing."""
    from vs_tcvc.errors import UsageError

    if arguments.part == "export":
        if arguments.out is None:
            raise UsageError("tcvc train export: expected --out FILE for the weights file, got none")
        from vs_tcvc.networks.compact.reference import Decoding
        from vs_tcvc.training.export import export

        decoding = Decoding(arguments.temperature, arguments.strength)
        print(export(arguments.folder, arguments.out, decoding, arguments.note))
        return 0
    if not arguments.data:
        raise UsageError("tcvc train: expected --data with pictures to learn from, got none")
    if not arguments.watch:
        raise UsageError("tcvc train: expected --watch with material to measure on while learning, got none")
    _train(arguments)
    return 0


def _train(arguments: argparse.Namespace) -> None:
    from vs_tcvc import weights
    from vs_tcvc.backends import import_torch

    import_torch()
    from vs_tcvc.metrics.read import find_clips, find_stills
    from vs_tcvc.networks.compact.checkpoint import load_networks
    from vs_tcvc.training import propagation, reference
    from vs_tcvc.training.loop import Plan, Run

    plan = Plan(
        steps=STEPS[arguments.part] if arguments.steps is None else arguments.steps,
        batch=BATCH[arguments.part] if arguments.batch is None else arguments.batch,
        rate=arguments.rate, seed=arguments.seed, every=arguments.every, threads=arguments.threads,
        device=arguments.device, rollout=arguments.rollout,
    )  # fmt: skip
    run = Run(arguments.folder / arguments.part)
    start = load_networks(weights.choose("compact")) if arguments.from_shipped else None
    stills = [picture for source in arguments.data for picture in find_stills(source)]
    if arguments.part == "reference":
        watched = [picture for source in arguments.watch for picture in find_stills(source)]
        reference.train(stills, watched, run, plan, start.reference if start else None)
        return
    clips = [clip for source in arguments.clips for clip in find_clips(source)]
    unseen = [clip for source in arguments.watch for clip in find_clips(source)]
    propagation.train(propagation.Material(clips, stills), unseen, run, plan, start.propagation if start else None)
