"""Every face renders the same film as before, within a step of ab.

`python tests/helpers/face_goldens.py` makes new goldens where a change means to alter pixels: new weights, or new
arithmetic, which also raises `vs_tcvc.core.identity.ALGORITHM`. The tolerance is one step, 1/16 of a*b*: half a step of
rounding, the rest for the slopes of the chroma stage and for arithmetic of other processors.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from face_goldens import FACES, GOLDENS, KEPT, SHOT, SIDE, Planes, film
from numpy.typing import NDArray

from vs_tcvc.core.frame import AB_STEPS, Array
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.picture.color import lab_from_rgb, rgb_from_ycc

CODING = SampleCoding(16)


def ab_of_chroma(chroma: Planes) -> Array:
    """a*, b* (FRAMES, 2, SIDE, SIDE) that a viewer sees of Cb and Cr with the film's luma (601, as its lines say)."""
    luma = CODING.luma_from_codes(film()[list(KEPT)])
    cb, cr = np.moveaxis(CODING.chroma_from_codes(chroma), 1, 0)
    return np.moveaxis(lab_from_rgb(rgb_from_ycc(np.stack([luma, cb, cr]), "601"))[1:], 0, 1)


def ab_of_rgb(rgb: Planes) -> Array:
    """The same of R'G'B' codes (FRAMES, SIDE, SIDE, 3)."""
    return np.moveaxis(lab_from_rgb(np.moveaxis(rgb.astype(np.float32) / 65535, -1, 0))[1:], 0, 1)


def assert_near(made: Array, golden: Array, is_free: NDArray[np.bool_]) -> None:
    """Within a step, where colour is free: at the border of the gamut luma moves chroma more than a step."""
    difference = np.abs(made - golden)
    assert is_free.mean() > 0.8
    assert difference[is_free].max() <= 1 / AB_STEPS
    assert difference.mean() <= 0.5 / AB_STEPS


def is_free(ab: Array, rgb: Array) -> NDArray[np.bool_]:
    inside = ((rgb > 0.02) & (rgb < 0.98)).all(axis=-1)
    return np.broadcast_to(inside[:, None], ab.shape)


def golden_rgb() -> Array:
    return np.asarray(np.load(GOLDENS)["rgb"] / np.float32(65535), np.float32)


@pytest.mark.parametrize("face", FACES)
def test_a_face_renders_what_it_did(face: str, tmp_path: Path) -> None:
    made, goldens = FACES[face](tmp_path)[list(KEPT)], np.load(GOLDENS)
    if face == "sequence":
        ab, golden = ab_of_rgb(made), ab_of_rgb(goldens["rgb"])
    else:
        ab, golden = ab_of_chroma(made), ab_of_chroma(goldens["chroma"])
    assert np.ptp(golden) > 20  # it has colour
    assert_near(ab, golden, is_free(ab, golden_rgb()))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no VapourSynth for this Python")
def test_vapoursynth_renders_what_the_pipe_does(tmp_path: Path) -> None:
    from vs_clips import clip_of, core, vs

    clip = clip_of([[luma] for luma in film()], vs.GRAY16, _Range=0, _Matrix=6)
    colored = core.tcvc.Colorize(clip, size=SIDE, device="cpu", cuts=[SHOT])
    chroma = [[np.asarray(colored.get_frame(n)[plane]) for plane in (1, 2)] for n in range(len(film()))]
    assert np.array_equal(np.array(chroma), FACES["pipe"](tmp_path))
