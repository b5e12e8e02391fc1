"""Hints on stills that were held back, to be looked at: does colour spread over the thing, and stop at its edge?

python benchmarks/clicks.py --stills pictures.zip --sheet sheet.png

Columns: gray; automatic; after 1, 3 and 10 clicks where the colour was most wrong, each marked; one click in a colour
that the picture does not have; truth; certainty after 3 clicks, white for sure.
"""

from __future__ import annotations

import argparse
import sys
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Hints
from vs_tcvc.datasets.pictures import find_stills, lowest_hashes
from vs_tcvc.metrics.evaluation import Gray
from vs_tcvc.metrics.hints import CLICKS, Predictor, clicks, with_disc
from vs_tcvc.picture.srgb_codes import Codes, codes_from_rgb
from vs_tcvc.settings import Settings

SIZE, TILE = 216, 200
STRANGE = (20.0, -60.0)
"""ab of the click in another colour: violet."""


def main() -> int:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stills", type=Path, required=True, metavar="ZIP|DIR")
    parser.add_argument("--weights", default="", metavar="FILE")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--sheet", type=Path, required=True, metavar="FILE.png")
    arguments = parser.parse_args()
    colorizer, _ = make_colorizer(Settings(weights=arguments.weights, device="cpu"))
    pictures = lowest_hashes(find_stills(arguments.stills), arguments.count)
    rows = [_row(colorizer, Gray.of(picture.read(), SIZE)) for picture in pictures]
    cv2.imwrite(str(arguments.sheet), np.concatenate(rows)[..., ::-1])
    return 0


def _row(colorizer: Predictor, gray: Gray) -> Codes:
    """The columns of one picture."""
    nothing = Hints(np.zeros_like(gray.working_ab), np.zeros_like(gray.lightness))
    after = list(islice(clicks(colorizer, gray.lightness, gray.working_ab), max(CLICKS) + 1))
    first = np.argwhere(after[1].hints.mask > 0).mean(axis=0).astype(int).tolist()
    strange = with_disc(nothing, (first[0], first[1]), np.zeros_like(gray.working_ab) + np.reshape(STRANGE, (2, 1, 1)))
    tiles = [_tile(gray, np.zeros_like(gray.working_ab))]
    tiles += [_tile(gray, after[count].guess.ab, after[count].hints) for count in CLICKS]
    tiles += [_tile(gray, colorizer.predict(gray.lightness, strange).ab, strange), _tile(gray, gray.working_ab)]
    certainty = cv2.resize(after[3].guess.certainty, (TILE, TILE), interpolation=cv2.INTER_AREA)
    tiles.append(np.repeat(np.clip(certainty * 255, 0, 255).astype(np.uint8)[..., None], 3, axis=2))
    return np.concatenate(tiles, axis=1)


def _tile(gray: Gray, ab: Array, hints: Hints | None = None) -> Codes:
    """A picture in that colour, with a ring around every hint."""
    shown = cv2.resize(codes_from_rgb(gray.shown(ab).rgb), (TILE, TILE), interpolation=cv2.INTER_AREA)
    codes = np.array(shown, np.uint8)
    if hints is not None:
        mask = cv2.resize(hints.mask, (TILE, TILE), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(codes, outlines, -1, (255, 255, 255), 1)
    return np.asarray(codes, np.uint8)


if __name__ == "__main__":
    sys.exit(main())
