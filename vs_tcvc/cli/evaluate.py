"""tcvc evaluate: how near the truth the network's colour comes, beside gray and beside optical flow."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    from vs_tcvc.settings import add_arguments

    parser = commands.add_parser("evaluate", help="measure the network on coloured material", description=__doc__)
    parser.add_argument("--clips", type=Path, metavar="ZIP|DIR", help="folders of numbered colour frames: propagation")
    parser.add_argument("--stills", type=Path, metavar="ZIP|DIR", help="colour pictures: the reference network")
    parser.add_argument("--count", type=int, default=200,
                        help="stills to take, those whose names have the lowest SHA-1 (default 200)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of a table")
    add_arguments(parser, leave_out=_LEFT_OUT)
    parser.set_defaults(run=run)


_LEFT_OUT = (
    "reference", "cuts", "cut_threshold", "use_props", "reference_frame", "direction", "matrix", "range", "chroma",
    "bits", "saturation", "confidence", "log",
)  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print measures to stdout; UsageError where there is nothing to measure."""
    from vs_tcvc.backends import make_colorizer
    from vs_tcvc.errors import UsageError
    from vs_tcvc.metrics.evaluation import evaluate_clip, evaluate_stills, mean_of
    from vs_tcvc.metrics.read import find_clips, find_stills, lowest_hashes
    from vs_tcvc.settings import from_arguments

    if not (arguments.clips or arguments.stills):
        raise UsageError("tcvc evaluate: expected --clips or --stills with coloured material, got neither")
    settings = from_arguments(arguments)
    colorizer, chosen = make_colorizer(settings)
    tables: dict[str, dict[str, Mapping[str, float]]] = {}
    if arguments.clips:
        clips = find_clips(arguments.clips)
        rows = {clip.name: evaluate_clip(colorizer, list(clip.read()), settings.size) for clip in clips}
        tables["propagation"] = {**rows, "mean": mean_of(rows.values())}
    if arguments.stills:
        stills = lowest_hashes(find_stills(arguments.stills), arguments.count)
        measured = evaluate_stills(colorizer, (still.read() for still in stills), settings.size)
        tables["stills"] = {f"mean of {len(stills)}": mean_of(measured)}
    print(json.dumps({"network": vars(chosen), **tables}) if arguments.json else _text(tables))
    return 0


def _text(tables: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Tables with a line per clip and a column per measure."""
    lines = []
    for title, rows in tables.items():
        names = list(dict.fromkeys(name for row in rows.values() for name in row))
        cells = [[title, *names]]
        cells += [
            [label, *(f"{row[name]:.4g}" if name in row else "" for name in names)] for label, row in rows.items()
        ]
        first, *widths = (max(map(len, column)) for column in zip(*cells, strict=True))
        for label, *row_cells in cells:
            padded = (cell.rjust(width) for cell, width in zip(row_cells, widths, strict=True))
            lines.append("  ".join([label.ljust(first), *padded]))
        lines.append("")
    return "\n".join(lines)
