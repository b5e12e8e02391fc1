"""tcvc train: train the compact or the published networks on your own pictures and clips."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

COMPACT = ("reference", "propagation")
PUBLISHED = ("published-stage1", "published-stage2")
STEPS = {"reference": 6000, "propagation": 6000, "published-stage1": 340_000, "published-stage2": 100_000}
BATCH = {"reference": 16, "propagation": 4, "published-stage1": 8, "published-stage2": 1}
RATE = {"reference": 1e-3, "propagation": 1e-3, "published-stage1": 1e-4, "published-stage2": 1e-4}
EVERY = {"reference": 500, "propagation": 500, "published-stage1": 1000, "published-stage2": 1000}
ROLLOUT = {"reference": 4, "propagation": 4, "published-stage1": 5, "published-stage2": 9}
LAYOUTS = ("imagenet", "davis", "reds", "sportsmot", "videvo", "fvi")


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("train", help="train a part of a network", description=__doc__)
    parser.add_argument("part", choices=(*COMPACT, "export", *PUBLISHED),
                        help="reference: C1, from stills; propagation: S and C2, from clips and stills; "
                             "export: join these two into one weights file; published-stage1: the paper's network "
                             "for a picture, from stills, clips or both; published-stage2: its network for clips"
                        )  # fmt: skip
    _add_material(parser)
    _add_training(parser)
    parser.set_defaults(run=run)


def _add_material(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("material")
    group.add_argument("--data", action="append", type=Path, default=[], metavar="ZIP|DIR", help="pictures to train on")
    group.add_argument("--clips", action="append", type=Path, default=[], metavar="ZIP|DIR",
                       help="clips to train on: folders of numbered frames, each of one shot")  # fmt: skip
    group.add_argument("--cap", action="append", default=[], metavar="PATTERN=COUNT",
                       help="reference: stills whose file names match count as this many at most")  # fmt: skip
    group.add_argument("--watch", action="append", type=Path, default=[], metavar="ZIP|DIR",
                       help="stills or clips to measure on during training, never trained on; export: stills to "
                            "calibrate certainty on")  # fmt: skip
    group.add_argument("--layout", action="append", choices=LAYOUTS, default=[],
                       help="published: folder layout of --data or --clips; once for all of them, or once for each, "
                            "in their order")  # fmt: skip
    group.add_argument("--working-size", default="384x216", metavar="WxH",
                       help="published: size of training pictures, multiples of 8 (default 384x216)")  # fmt: skip
    group = parser.add_argument_group("start and result")
    group.add_argument("--run", dest="folder", type=Path, default=Path("runs"), metavar="DIR",
                       help="where log, samples and checkpoints go, one folder per part (default runs)")  # fmt: skip
    group.add_argument("--backbone", type=Path, metavar="FILE",
                       help="initial weights: reference: an EfficientNet-Lite0 of PyTorch; "
                            "published-stage2: resnet101-*.pth of torchvision")  # fmt: skip
    group.add_argument("--from-shipped", action="store_true", help="compact: start from --weights")
    group.add_argument("--weights", default="", metavar="FILE",
                       help="compact: weights to start from, whose C1 is also what propagation sees with "
                            "(default the shipped ones)")  # fmt: skip
    group.add_argument("--vgg", type=Path, metavar="FILE",
                       help="published: vgg19-dcbb9e9d.pth of torchvision, for the perceptual loss")  # fmt: skip


def _add_training(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("length and rate")
    group.add_argument("--steps", type=int, help=f"total number of updates ({_defaults(STEPS)})")
    group.add_argument("--batch", type=int, help=f"samples per update ({_defaults(BATCH)})")
    group.add_argument("--rate", type=float, help=f"highest learning rate ({_defaults(RATE)})")
    group.add_argument("--every", type=int, help=f"steps between evaluations ({_defaults(EVERY)})")
    group.add_argument("--rollout", type=int, help=f"coloured frames per sample of a clip ({_defaults(ROLLOUT)})")
    group.add_argument("--cool", type=float, default=1.0, metavar="SHARE",
                       help="share of the steps, at the end, over which the rate falls (default 1)")  # fmt: skip
    group.add_argument("--seed", type=int, default=0)
    group = parser.add_argument_group("machine")
    group.add_argument("--device", default="cpu")
    group.add_argument("--precision", choices=("auto", "fp32", "bf16", "fp16"), default="auto",
                       help="published: arithmetic of the networks; auto: fp16 on a GPU, fp32 on a CPU")  # fmt: skip
    group.add_argument("--threads", type=int, default=2)
    group.add_argument("--workers", type=int, default=1, help="threads that prepare batches ahead (default 1)")
    group = parser.add_argument_group("export")
    group.add_argument("--out", type=Path, metavar="FILE", help="export: the weights file to write")
    group.add_argument(
        "--temperature", type=float, default=0.5, help="export: temperature of C1's decoding (default 0.5)"
    )
    group.add_argument("--strength", type=float, default=1.25, help="export: factor of C1's colour (default 1.25)")
    group.add_argument("--note", default="", help="export: provenance, stored in the file")


def run(arguments: argparse.Namespace) -> int:
    """Train or export. Raises UsageError if data is missing."""
    from vs_tcvc.errors import UsageError

    if arguments.part == "export":
        if arguments.out is None:
            raise UsageError("expected --out FILE for the weights file, got none")
        from vs_tcvc.datasets.pictures import find_stills, lowest_hashes
        from vs_tcvc.networks.compact.reference import Decoding
        from vs_tcvc.training.export import export
        from vs_tcvc.training.reference import HELD_BACK

        decoding = Decoding(arguments.temperature, arguments.strength)
        watch = lowest_hashes((each for source in arguments.watch for each in find_stills(source)), HELD_BACK)
        print(export(arguments.folder, arguments.out, decoding, arguments.note, watch))
        return 0
    if arguments.part == "published-stage2" and not arguments.clips:
        raise UsageError("expected --clips with clips to train on, got none")
    if not (arguments.data or (arguments.part in PUBLISHED and arguments.clips)):
        raise UsageError("expected --data with pictures to train on, got none")
    if not arguments.watch:
        raise UsageError("expected --watch with material to measure on during training, got none")
    from vs_tcvc.backends import import_torch

    import_torch()
    (_train_published if arguments.part in PUBLISHED else _train)(arguments)
    return 0


def _defaults(of: dict[str, Any]) -> str:
    """Defaults by part: "default 16 reference, 4 propagation, ..."."""
    return f"default {', '.join(f'{value:g} {part}' for part, value in of.items())}"


def _plan(arguments: argparse.Namespace) -> Any:
    from vs_tcvc.training.loop import TrainingPlan

    tables: dict[str, Any] = {"steps": STEPS, "batch": BATCH, "rate": RATE, "every": EVERY, "rollout": ROLLOUT}
    given = {name: getattr(arguments, name) for name in tables}
    chosen = {name: tables[name][arguments.part] if value is None else value for name, value in given.items()}
    same = {name: getattr(arguments, name) for name in ("seed", "workers", "threads", "device", "cool")}
    return TrainingPlan(**chosen, **same)


def _train(arguments: argparse.Namespace) -> None:
    from vs_tcvc.datasets.pictures import find_clips, find_stills
    from vs_tcvc.networks import weights_file
    from vs_tcvc.networks.compact.checkpoint import load_networks
    from vs_tcvc.runtime.event_lines import lines_for
    from vs_tcvc.training import propagation, reference
    from vs_tcvc.training.loop import RunFolder
    from vs_tcvc.training.mixture import Sources

    plan, caps = _plan(arguments), dict(map(_cap, arguments.cap))
    run = RunFolder(arguments.folder / arguments.part, lines_for("info"))
    known = partial(load_networks, weights_file.choose("compact", arguments.weights))
    start = known() if arguments.from_shipped else None
    stills = [picture for source in arguments.data for picture in find_stills(source)]
    clips = [clip for source in arguments.clips for clip in find_clips(source)]
    if arguments.part == "reference":
        watched = [picture for source in arguments.watch for picture in find_stills(source)]
        reference.train(
            Sources(stills, clips, caps), watched, run, plan, start.reference if start else None, arguments.backbone
        )
        return
    unseen = [clip for source in arguments.watch for clip in find_clips(source)]
    material = propagation.RolloutSources(clips, stills)
    sees = (start or known()).reference
    propagation.train(material, unseen, run, plan, sees, start.propagation if start else None)


def _cap(text: str) -> tuple[str, int]:
    """A pattern and a number; UsageError for what is not PATTERN=COUNT."""
    from vs_tcvc.errors import UsageError

    pattern, _, count = text.rpartition("=")
    if not (pattern and count.isdecimal()):
        raise UsageError(f"--cap {text}: expected PATTERN=COUNT, such as 'street*=500'")
    return pattern, int(count)


def _train_published(arguments: argparse.Namespace) -> None:
    from vs_tcvc.datasets.layouts import CLIPS, STILLS, find_photographs, find_shots, with_layouts
    from vs_tcvc.datasets.pictures import find_stills
    from vs_tcvc.runtime.event_lines import lines_for
    from vs_tcvc.training import published_stage1, published_stage2
    from vs_tcvc.training.loop import RunFolder
    from vs_tcvc.training.published_data import parse_size
    from vs_tcvc.training.published_loop import join_ranks
    from vs_tcvc.training.vgg import load_vgg

    plan, size = _plan(arguments), parse_size(arguments.working_size)
    data = with_layouts("--data", arguments.data, arguments.layout, STILLS)
    clips = with_layouts("--clips", arguments.clips, arguments.layout, CLIPS)
    stills = [picture for source, layout in data for picture in find_photographs(source, layout)]
    shots = [shot for source, layout in clips for shot in find_shots(source, layout)]
    with join_ranks(arguments.device, arguments.precision, arguments.threads) as (ranks, place):
        vgg = load_vgg(arguments.vgg).to(place.device) if arguments.vgg else None
        run = RunFolder(arguments.folder / arguments.part, lines_for("info"))
        common = (run, plan, size, place, ranks, vgg)
        if arguments.part == "published-stage1":
            watched = [picture for source in arguments.watch for picture in find_stills(source)]
            published_stage1.train(published_stage1.PhotographSources(stills, shots), watched, *common)
        else:
            unseen = [shot for source in arguments.watch for shot in find_shots(source)]
            published_stage2.train(shots, unseen, *common, arguments.backbone)
