"""C1 on stills that were held back: decodings from dull to vivid, the worst pictures, and a sheet to look at.

python benchmarks/stills.py --stills pictures.zip --sheet sheet.png
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from vs_tcvc.backends import import_torch
from vs_tcvc.core.frame import Array
from vs_tcvc.datasets.pictures import find_stills, lowest_hashes
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.metrics.picture import ab_spread, colorfulness, delta_e
from vs_tcvc.networks import weights_file
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.picture.srgb_codes import Codes, codes_from_rgb

TEMPERATURES = (1.0, 0.5, 0.3, 0.15)
STRENGTHS = (1.0, 1.1, 1.2, 1.35)
SIZE = 216
WORST = 10
SHOWN, ACROSS, TILE = 40, 10, 160


def main() -> int:
    """Print the table and the worst pictures, and write the sheet: gray, ours and truth of the first pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stills", type=Path, required=True, metavar="ZIP|DIR")
    parser.add_argument("--weights", default="", metavar="FILE")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--sheet", type=Path, metavar="FILE.png")
    arguments = parser.parse_args()
    import_torch()
    import torch

    from vs_tcvc.networks.arithmetic import Arithmetic
    from vs_tcvc.networks.compact.checkpoint import load_networks
    from vs_tcvc.networks.compact.colorizer import CompactColorizer
    from vs_tcvc.networks.compact.graphs import TorchGraphs
    from vs_tcvc.networks.compact.reference import Decoding

    networks = load_networks(weights_file.choose("compact", arguments.weights))
    curve = sorted({networks.decoding, *(Decoding(*each) for each in product(TEMPERATURES, STRENGTHS))}, key=str)
    arithmetic = Arithmetic(torch.device("cpu"))
    colorizers = {
        each.temperature: CompactColorizer(
            TorchGraphs(replace(networks, decoding=Decoding(each.temperature)), arithmetic)
        )
        for each in curve
    }
    pictures = lowest_hashes(find_stills(arguments.stills), arguments.count)
    found, true = [], []
    sheet: list[Codes] = []
    for picture in pictures:
        gray = Gray.of(picture.read(), SIZE)
        truth = gray.truth
        colorless = np.concatenate([truth.lab[:1], np.zeros_like(truth.lab[1:])])
        true.append((delta_e(colorless, truth.lab), colorfulness(truth.rgb), ab_spread(truth.lab[1:])))
        mean = {temperature: one.predict(gray.lightness).ab for temperature, one in colorizers.items()}
        shown = [gray.shown(mean[each.temperature] * np.float32(each.strength)).rgb for each in curve]
        found.append([_measures(rgb, truth.lab) for rgb in shown])
        if len(sheet) < SHOWN:
            ours = shown[curve.index(networks.decoding)]
            sheet.append(np.concatenate([_tile(rgb) for rgb in (np.repeat(gray.luma[None], 3, 0), ours, truth.rgb)]))
        print(f"\r{len(found)}/{len(pictures)}", end="", file=sys.stderr)
    measured, truth_means = np.array(found), np.mean(true, axis=0)
    print("\n| temperature | strength | dE | of gray's | colourfulness, of the truth's | ab spread, of the truth's |")
    print("|---|---|---|---|---|---|")
    for decoding, means in zip(curve, measured.mean(axis=0), strict=True):
        ratios = " | ".join(f"{ratio:.3f}" for ratio in means / truth_means)
        is_shipped = " (shipped)" if decoding == networks.decoding else ""
        print(f"| {decoding.temperature:g} | {decoding.strength:g}{is_shipped} | {means[0]:.2f} | {ratios} |")
    loss = measured[:, curve.index(networks.decoding), 0] - np.array(true)[:, 0]
    for index in np.argsort(-loss)[:WORST]:
        print(f"{pictures[index].name}: dE {loss[index]:+.1f} against gray's {true[index][0]:.1f}")
    if arguments.sheet:
        rows = [np.concatenate(sheet[first : first + ACROSS], axis=1) for first in range(0, len(sheet), ACROSS)]
        cv2.imwrite(str(arguments.sheet), np.concatenate(rows)[..., ::-1])
    return 0


def _measures(rgb: Array, truth: Array) -> tuple[float, float, float]:
    """Mean CIEDE2000 to the true Lab, colourfulness, ab spread."""
    lab = lab_from_rgb(rgb)
    return delta_e(lab, truth), colorfulness(rgb), ab_spread(lab[1:])


def _tile(rgb: Array) -> Codes:
    return np.asarray(cv2.resize(codes_from_rgb(rgb), (TILE, TILE), interpolation=cv2.INTER_AREA))


if __name__ == "__main__":
    sys.exit(main())
