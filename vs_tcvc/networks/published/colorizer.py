"""The published networks behind the `Colorizer` protocol: arrays in, arrays out, memory as a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor
from torch.nn import functional as F

from vs_tcvc.core.frame import Array
from vs_tcvc.core.hints import Guess, Hints
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import FrameError
from vs_tcvc.networks.arithmetic import Arithmetic, array_of
from vs_tcvc.networks.published.stage1 import SingleImageNetwork, without_frame_before
from vs_tcvc.networks.published.stage2 import HARD, ClipNetwork, ReferenceFeatures

STEP = 8
"""Heights and widths that the networks take are multiples of this."""


@dataclass(frozen=True, eq=False)
class PublishedMemory:
    """What the next frames of a run need; tensors are never changed once here.

    size: (height, width) of the reference. reference: all that the network makes of it alone. certainty: of its colour
    on average, 0 to 1. tokens: of the chunks so far, (k, 384); None before the first one.
    """

    size: tuple[int, int]
    reference: ReferenceFeatures
    certainty: float
    tokens: Tensor | None = None


class PublishedColorizer:
    """Both stages on one device; see `vs_tcvc.core.colorizer.Colorizer` for what the methods promise.

    Pictures whose sides are no multiples of 8 are seen enlarged or shrunk to the nearest ones, and their colour is
    brought back; both bilinear.
    """

    window = 3

    def __init__(self, stage1: SingleImageNetwork, clip: ClipNetwork, arithmetic: Arithmetic) -> None:
        self._stage1 = stage1
        self._clip = clip
        self._arithmetic = arithmetic

    def predict(self, lightness: Array, hints: Hints | None = None) -> Guess:
        """Stage 1, with the prior of the released weights and no frame before.

        It does not say how sure it is, and hears no hints, which are painted in.
        """
        with self._arithmetic.used():
            seen = self._seen(lightness[None])
            guess = Guess.unsaid(array_of(resize(self._stage1(without_frame_before(seen)), lightness.shape)[0]))
        return guess if hints is None else guess.with_painted(hints)

    def begin(self, references: Sequence[Reference]) -> PublishedMemory:
        """Memory of a run. The network knows one reference: the last."""
        last = references[-1]
        height, width = last.lightness.shape
        with self._arithmetic.used():
            lightness = self._seen(last.lightness[None])
            ab = resize(self._arithmetic.tensor(last.ab)[None], lightness.shape[2:])
            return PublishedMemory((height, width), self._clip.begin(lightness, ab), float(last.certainty_plane.mean()))

    def colorize(
        self, memory: PublishedMemory, lightness: Array, coming: Array | None = None
    ) -> tuple[PublishedMemory, Array, Array]:
        """Stage 2: the next 1 to 3 frames; see the protocol.

        Confidence is the mean similarity of the two best places in the reference, times the reference's mean certainty.
        Raises FrameError for frames that have not the reference's size.
        """
        size = lightness.shape[1:]
        if size != memory.size:
            raise FrameError(
                f"the published network needs a reference of the frames' size {size}, got {memory.size}; resize it"
            )
        with self._arithmetic.used():
            found = self._clip.colorize(memory.reference, self._seen(lightness), memory.tokens, HARD)
            sure = found.warped.similarity.mean(dim=1, keepdim=True).clamp(0, 1)
            after = replace(memory, tokens=found.memory)
            return after, array_of(resize(found.ab, size)), array_of(resize(sure * memory.certainty, size))[:, 0]

    def _seen(self, lightness: Array) -> Tensor:
        """L* (n, H, W), 0 to 100, as the networks take it: (n, 1, H, W) about 0, sides multiples of 8."""
        sides = [max(STEP, (side + STEP // 2) // STEP * STEP) for side in lightness.shape[1:]]
        return resize(self._arithmetic.tensor(lightness)[:, None] - 50, sides)


def resize(x: Tensor, size: Sequence[int]) -> Tensor:
    """(n, C, H, W) at another size (H, W), bilinear and without antialiasing, as the authors resize."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    return F.interpolate(x.float(), list(size), mode="bilinear", align_corners=False)
