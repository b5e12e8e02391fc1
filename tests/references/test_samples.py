"""References and weights with samples that are no numbers, or of kinds that would be misread, are one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
import tifffile
from jobs import FIRST, do, job, write_plates
from numpy.typing import NDArray
from safetensors.numpy import save

import vs_tcvc
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import FrameError, UsageError, WeightsError
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.weights_file import WeightsFile
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.painted import read_reference
from vs_tcvc.sequences import worker
from vs_tcvc.sequences.image_file import Image, write_picture
from vs_tcvc.sequences.job import PaintedReference

CLIP, WORKING = (64, 48), (32, 24)
CANVAS = Canvas(CLIP, WORKING, "709")
BROKEN = (np.nan, np.inf, -np.inf)


def picture(sample: float, dtype: Any = np.float32) -> NDArray[Any]:
    """R'G'B' (H, W, 3) with one broken sample."""
    rgb = np.full((48, 64, 3), 0.5, dtype)
    rgb[7, 9, 1] = sample
    return rgb


@pytest.mark.parametrize("sample", BROKEN)
def test_a_file_with_samples_that_are_no_numbers_is_refused(sample: float, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", picture(sample), photometric="rgb")
    with pytest.raises(UsageError, match=r"reference .*a\.tif: expected finite samples, got NaN or infinity"):
        read_reference(tmp_path / "a.tif", 0, CANVAS)


@pytest.mark.parametrize("sample", BROKEN)
def test_a_linear_reference_with_samples_that_are_no_numbers_is_refused(sample: float, tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in", frames=2)
    rgb = np.full((64, 96, 3), 0.5, np.float32)
    rgb[0, 0, 0] = sample
    write_picture(tmp_path / "a.exr", Image(rgb, oiio.ImageSpec(96, 64, 3, "half")))
    painted = PaintedReference(FIRST, str(tmp_path / "a.exr"), "scene_linear")
    code, events = do(job(tmp_path, plate, last=FIRST + 1, references=(painted,)))
    assert code == worker.FAILED
    assert "finite samples, got NaN or infinity" in events[-1]["msg"]


def test_a_linear_reference_of_signed_numbers_is_refused(tmp_path: Path) -> None:
    plate = write_plates(tmp_path / "in", frames=2)
    tifffile.imwrite(tmp_path / "a.tif", np.full((64, 96, 3), 77, np.int16), photometric="rgb")
    painted = PaintedReference(FIRST, str(tmp_path / "a.tif"), "scene_linear")
    code, events = do(job(tmp_path, plate, last=FIRST + 1, references=(painted,)))
    assert code == worker.FAILED
    assert "expected uint8, uint16 or floats, got int16" in events[-1]["msg"]


@pytest.mark.parametrize("sample", BROKEN)
def test_an_array_with_samples_that_are_no_numbers_is_refused(sample: float) -> None:
    frames = [np.full((48, 64), 0.5, np.float32)] * 2
    with pytest.raises(UsageError, match="references: frame 0: expected f"):
        next(vs_tcvc.colorize(frames, references={0: picture(sample)}))


@pytest.mark.parametrize("sample", BROKEN)
def test_the_core_takes_finite_values_only(sample: float) -> None:
    plane = np.full((4, 4), 50, np.float32)
    broken = plane.copy()
    broken[2, 2] = sample
    with pytest.raises(FrameError, match="frame 3: expected finite samples"):
        GrayFrame(3, broken)
    with pytest.raises(FrameError, match=r"reference for frame 3 .*: expected finite samples"):
        Reference(3, plane, np.stack([plane, broken]))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint32])
def test_samples_that_would_be_misread_are_refused(dtype: Any, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.full((48, 64, 3), 77, dtype), photometric="rgb")
    with pytest.raises(UsageError, match=rf"reference .*a\.tif: expected .*uint8, uint16 .*{np.dtype(dtype).name}"):
        read_reference(tmp_path / "a.tif", 0, CANVAS)


@pytest.mark.parametrize("sample", BROKEN)
def test_weights_that_are_no_numbers_are_neither_read_nor_written(sample: float, tmp_path: Path) -> None:
    path, arrays = tmp_path / "w.safetensors", {"good": np.ones(3, np.float32), "bad": np.ones(3, np.float32)}
    metadata = {"network": "x", "version": "1", "settings": json.dumps({})}
    weights_file.save(path, arrays, metadata)
    before = path.read_bytes()
    arrays["bad"][1] = sample
    with pytest.raises(WeightsError, match=r"expected finite weights, got NaN or infinity in bad"):
        weights_file.save(path, arrays, metadata)
    assert path.read_bytes() == before
    path.write_bytes(save(arrays, metadata))
    with pytest.raises(WeightsError, match=r"w\.safetensors: expected finite weights, got NaN or infinity in bad"):
        weights_file.load(WeightsFile(path), "x", 1)


def test_weights_too_large_for_half_floats_are_not_written_as_infinite(tmp_path: Path) -> None:
    with np.errstate(over="ignore"), pytest.raises(WeightsError, match="infinity in big"):
        weights_file.save(tmp_path / "w.safetensors", {"big": np.full(3, 1e5, np.float32)}, {})
    assert list(tmp_path.iterdir()) == []
