"""Where a frame's pixels were: in the frame before, and in the picture that a run began with.

Coordinates are (2, H, W) float32, x then y, in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.motion import FINE, Gray, display_gray, motion

GLARE = 20.0
"""L*, by which a flash or a black frame differs on average from the one before; exposure flickers by less."""

LONGEST_FLASH = 2


@dataclass(frozen=True, eq=False)
class Trace:
    """How far a run has been followed: all that is needed to find where the next frame's pixels were. No colour in it.

    picture: gray of the picture that the run began with. places: where each pixel of the frame before was in it.
    gray: of the frame before; brightness: its mean L*.
    left_out: frames since that one, which were a flash or damaged.
    """

    picture: Gray
    places: Array
    gray: Gray
    brightness: float
    left_out: int = 0

    @classmethod
    def begin(cls, lightness: Array) -> Trace:
        """Of a run that begins with a picture, L* (H, W)."""
        gray = display_gray(lightness)
        return cls(gray, places(*gray.shape), gray, float(lightness.mean()))

    def follow(self, lightness: Array) -> Followed:
        """The next frame, L* (H, W)."""
        gray, brightness = display_gray(lightness), float(lightness.mean())
        in_before, in_picture = trace(gray, self.gray, self.picture, self.places)
        if self.is_flash(brightness):
            return Followed(in_before, in_picture, replace(self, left_out=self.left_out + 1))
        return Followed(in_before, in_picture, Trace(self.picture, in_picture, gray, brightness))

    def is_flash(self, brightness: float) -> bool:
        """Whether a frame is so much lighter or darker than the one before that it is a flash or black, being no cut.

        The frame after it then goes on from the one before it: two such frames in a row at most, as long as cuts bear
        them.
        """
        return abs(brightness - self.brightness) > GLARE and self.left_out < LONGEST_FLASH


@dataclass(frozen=True, eq=False)
class Followed:
    """Where a frame's pixels were, and how far the run has been followed after it."""

    in_before: Array
    in_picture: Array
    after: Trace

    @property
    def is_left_out(self) -> bool:
        """Whether the frame is a flash, from which nothing goes on."""
        return self.after.left_out > 0


@cache
def places(height: int, width: int) -> Array:
    """The coordinates of a picture's own pixels, not to be written."""
    here = np.stack(np.meshgrid(np.arange(width), np.arange(height))).astype(np.float32)
    here.setflags(write=False)
    return here


def grid(at: Array) -> Array:
    """Coordinates as `vs_tcvc.networks.compact.warp.sample_grid` takes them: (1, H, W, 2)."""
    height, width = at.shape[1:]
    scale = np.array([2 / (width - 1), 2 / (height - 1)], np.float32)
    return np.ascontiguousarray(at.transpose(1, 2, 0) * scale - np.float32(1))[None]


def trace(gray: Gray, before: Gray, picture: Gray, before_in_picture: Array) -> tuple[Array, Array]:
    """Coordinates in the frame before and in the picture.

    before_in_picture: the frame before's coordinates in the picture. Followed along the motion since, they say where
    the search for motion between frame and picture begins: it finds what has moved far, and its errors do not add up.
    """
    here = places(*gray.shape)
    in_before = here + motion(gray, before, FINE)
    x, y = in_before
    followed = cv2.remap(before_in_picture.transpose(1, 2, 0), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    start = np.asarray(followed, np.float32).transpose(2, 0, 1) - here
    return in_before, here + motion(gray, picture, FINE, start)
