"""The network on an NVIDIA GPU, beside fp32 on the CPU: what `pytest -m cuda` finds out on a machine that has one.

Not among the tests of `make test`, which runs where there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from network_films import film

from vs_tcvc.backends import make_colorizer, onnx
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.settings import Settings

pytestmark = pytest.mark.cuda

SIZE = (216, 384)
WAYS = [
    ("torch", "fp32"), ("torch", "fp16"), ("torch", "bf16"), ("cudagraphs", "fp32"), ("cudagraphs", "fp16"),
    *([("onnx", "fp32")] if "CUDAExecutionProvider" in onnx.providers_here() else []),  # of onnxruntime-gpu
]  # fmt: skip
TOLERANCE = {"fp32": 0.05, "fp16": 0.25, "bf16": 0.25}
"""Mean units of a* and b*: of TF32 and other sums; a quarter of a code of 8-bit chroma."""


def network(device: str, backend: str, precision: str) -> Colorizer[Any]:
    return make_colorizer(Settings(device=device, backend=backend, precision=precision))[0]


def colored(colorizer: Colorizer[Any], name: str) -> Array:
    """A shot of which the first frame is given, (T, 2, H, W)."""
    first, *later = film(name, 12, SIZE)
    memory, came = colorizer.begin([first]), [colorizer.predict(first.lightness).ab]
    for frame, coming in zip(later, [*later[1:], None], strict=True):
        memory, ab, _ = colorizer.colorize(memory, frame.lightness[None], coming.lightness if coming else None)
        came.append(ab[0])
    return np.stack(came)


@pytest.mark.parametrize(("backend", "precision"), WAYS)
@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_color_is_near_the_reference(name: str, backend: str, precision: str) -> None:
    apart = np.abs(colored(network("cuda", backend, precision), name) - colored(network("cpu", "torch", "fp32"), name))
    assert apart.mean() < TOLERANCE[precision]


@pytest.mark.parametrize(("backend", "precision"), WAYS)
def test_equal_arguments_give_equal_bytes(backend: str, precision: str) -> None:
    colorizer = network("cuda", backend, precision)
    once = colored(colorizer, "chelsea")
    colored(colorizer, "rocket")
    assert once.tobytes() == colored(colorizer, "chelsea").tobytes()
