"""Where the frames of a shot are in another transfer of the film: found by content.

A frame is known by its signature, the local contrast of a few cells: grading, fading, grain and blur hardly change it.
Other framings of our frame are tried side by side. Along a shot the frames there are followed with a cost for every
frame that is lost or doubled, so that pulldown and splices are followed, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.frame import Array
from vs_tcvc.picture.opencv_threads import one_thread

COLUMNS, ROWS = 64, 48
"""Size of the thumbnails that signatures are made of."""
CELLS = (16, 12)
"""Of a signature, across and down."""
DIMENSIONS = CELLS[0] * CELLS[1]
SURE = 0.6
"""Mean likeness from which a shot counts as found. Of 20 real shots in a faded, blurred and noisy copy that lacks 4 %
at every side the lowest was 0.94, of one that lacks 16 % on top and bottom 0.76; of shots that a copy of 4,500 frames
does not have the highest was 0.41."""

_WINDOW = 6.0  # pixels of the thumbnail, deviation of the window of local contrast
_GRAIN = 0.02  # of white: contrast below this is none
_FAINT = 1.0  # length of a signature below which a frame shows nothing
_STEPS = 400  # per unit of a signature as it is stored
_LIT = 0.06  # of white: a line with anything brighter belongs to the picture
_OFTEN = 0.2  # share of frames from which on a line counts as lit
_DRIFT = 0.3  # frames lost or doubled per frame: pulldown doubles a quarter
_COST = 0.01  # in likeness, of a frame lost or doubled per frame
_ANCHORS = 32
_BLOCK = 8192

Box = tuple[float, float, float, float]
"""A rectangle in shares of a picture: left, top, right, bottom; beyond 0 and 1 there is none of it."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_CROPS = ((0.0, 0.0), (0.03, 0.03), (0.06, 0.06), (-0.03, -0.03), (0.0, 0.125), (0.125, 0.0))
"""Shares that the other transfer may lack on the left and right, and on top and bottom."""


@one_thread()
def thumbnail(plane: NDArray[Any]) -> NDArray[Any]:
    """A plane (H, W) of codes or numbers as (ROWS, COLUMNS) of these."""
    return cv2.resize(plane, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)


@one_thread()
def signature(seen: Array) -> Array:
    """The signature of a thumbnail of gray, 0 to 1: a unit vector (D,), or zeros for one that shows nothing."""
    cells = cv2.resize(local_contrast(seen, _WINDOW, _GRAIN), CELLS, interpolation=cv2.INTER_AREA).ravel()
    contrast = cells - cells.mean()
    length = float(np.linalg.norm(contrast))
    return np.asarray(contrast / length if length > _FAINT else np.zeros_like(contrast), np.float32)


def local_contrast(plane: Array, window: float, noise: float) -> Array:
    """A plane less its mean in a Gaussian window, over its deviation there; `noise` is the deviation of nothing."""
    deviation = plane - cv2.GaussianBlur(plane, (0, 0), window)
    square = cv2.GaussianBlur(deviation * deviation, (0, 0), window)
    return np.asarray(deviation / np.sqrt(square + np.float32(noise**2)), np.float32)


def packed(signatures: Array) -> NDArray[np.int8]:
    """Signatures as they are kept, in whole steps."""
    return np.clip(np.rint(signatures * np.float32(_STEPS)), -127, 127).astype(np.int8)


def _unpacked(signatures: NDArray[np.int8]) -> Array:
    """Inverse of `packed`, to half a step; what is stronger than 127 steps was cut."""
    return signatures.astype(np.float32) / np.float32(_STEPS)


class Borders:
    """Finds black borders: lines of thumbnails in which hardly ever anything is."""

    def __init__(self) -> None:
        self._rows, self._columns, self._frames = np.zeros(ROWS), np.zeros(COLUMNS), 0

    def add(self, seen: Array) -> None:
        """Look at one more thumbnail of gray, 0 to 1."""
        is_lit = seen > seen.min() + np.float32(_LIT)
        if is_lit.any():
            self._frames += 1
            self._rows += is_lit.any(axis=1)
            self._columns += is_lit.any(axis=0)

    def box(self) -> Box:
        """What is inside of them; WHOLE if nothing was seen."""
        often = max(1.0, _OFTEN * self._frames)
        rows, columns = (np.flatnonzero(counts >= often) for counts in (self._rows, self._columns))
        if not len(rows) or not len(columns):
            return WHOLE
        left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        return (float(left / COLUMNS), float(top / ROWS), float(right / COLUMNS), float(bottom / ROWS))


@dataclass(frozen=True)
class Framing:
    """That the part `ours` of our frame is the part `theirs` of the other one."""

    ours: Box
    theirs: Box

    def signature_of(self, gray: Array) -> Array:
        """The signature of our frame, (H, W) 0 to 1, as the other transfer shows it."""
        left, top, right, bottom = (round(share * n) for share, n in zip(self.theirs, (COLUMNS, ROWS) * 2, strict=True))
        seen = np.zeros((ROWS, COLUMNS), np.float32)
        part = inside(gray, self.ours)
        seen[top:bottom, left:right] = cv2.resize(part, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
        return signature(seen)

    @property
    def affine(self) -> Array:
        """Shares of our frame (x, y, 1) as shares of the other one's part (x, y), a matrix (2, 3)."""
        first, end = np.reshape(self.ours, (2, 2))
        return np.column_stack([np.diag(1 / (end - first)), -first / (end - first)]).astype(np.float32)

    def refined(self, affine: Array) -> Framing:
        """The framing that is nearest to an affine map as of `affine`."""
        left, top = (-affine[:, 2] / affine[:, :2].diagonal()).tolist()
        right, bottom = ((1 - affine[:, 2]) / affine[:, :2].diagonal()).tolist()
        return Framing((left, top, right, bottom), self.theirs)


def framings(ours: Iterable[Box], theirs: Box) -> list[Framing]:
    """The framings that are tried. ours: our frame without borders, if it may have some."""
    boxes = dict.fromkeys((WHOLE, *ours))
    found = []
    for left, top, right, bottom in boxes:
        for across, down in _CROPS:
            across, down = across * (right - left), down * (bottom - top)
            found.append(Framing((left + across, top + down, right - across, bottom - down), theirs))
    return found


@dataclass(frozen=True, eq=False)
class Match:
    """places: of our frames in the other film, int (T,); some may be outside. likeness: of each, float32 (T,), -1 to 1,
    0 where one of both shows nothing. framing: the likest. certainty: mean likeness of our frames that show something.
    """

    places: NDArray[np.int64]
    likeness: Array
    framing: int
    certainty: float


def find(ours: Array, at: Sequence[int], theirs: NDArray[np.int8]) -> Match:
    """Where frames of a shot are in the other film.

    ours: signatures in F framings, (F, T, D); at: the frames' places in our film, ascending, (T,). theirs: of every
    frame of the other film, (N, D), as `packed` gives them.
    """
    return _at(ours, _follow(likeness(ours, theirs), np.asarray(at, np.int64)), theirs)


def find_near(ours: Array, at: Sequence[int], theirs: NDArray[np.int8], match: Match, where: Sequence[int]) -> Match:
    """Where more frames of the shot are, near a match of frames at places `where`; `at` are between the first and last
    of these."""
    margin = int(_DRIFT * (where[-1] - where[0]) / max(1, len(where) - 1)) + 3
    first, stop = max(0, int(match.places[0]) - margin), max(1, int(match.places[-1]) + margin + 1)
    found = find(ours, at, theirs[first:stop])
    return replace(found, places=found.places + first)


def at_places(ours: Array, places: Sequence[int], theirs: NDArray[np.int8]) -> Match:
    """The match of frames whose places in the other film are known; arguments as of `find`."""
    return _at(ours, np.asarray(places, np.int64), theirs)


def anchors(frames: range) -> list[int]:
    """The frames by which a shot is found: all of a short one."""
    return sorted({frames[round(each)] for each in np.linspace(0, len(frames) - 1, min(_ANCHORS, len(frames)))})


def likeness(ours: Array, theirs: NDArray[np.int8]) -> Array:
    """How like each of our frames is to each frame there, (T, N), in its likest framing."""
    framed, count, _ = ours.shape
    result, flat = np.empty((count, len(theirs)), np.float32), ours.reshape(framed * count, -1).T
    for start in range(0, len(theirs), _BLOCK):
        alike = _unpacked(theirs[start : start + _BLOCK]) @ flat  # one product, five times as fast as one per framing
        result[:, start : start + _BLOCK] = alike.reshape(-1, framed, count).max(axis=1).T
    return result


def _at(ours: Array, places: NDArray[np.int64], theirs: NDArray[np.int8]) -> Match:
    """The match of our frames with these places; a place outside the other film shows nothing."""
    is_inside = (places >= 0) & (places < len(theirs))
    seen = _unpacked(theirs[np.clip(places, 0, len(theirs) - 1)]) * is_inside[:, None]
    each, is_shown = (ours * seen).sum(axis=2), ours[0].any(axis=1)
    alike = each.max(axis=0)
    certainty = float(alike[is_shown].mean()) if is_shown.any() else 0.0
    return Match(places, alike, int(each.sum(axis=1).argmax()), certainty)


def _follow(alike: Array, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """The likest places, one for each of our frames: each step between them is near that of our frames.

    A path by dynamic programming; it may lie outside the other film at the cost of all likeness there.
    """
    steps = np.diff(at)
    reach = [min(int(step), int(np.ceil(_DRIFT * step))) for step in steps]
    margin = int(steps.sum()) + sum(reach)
    size = alike.shape[1] + 2 * margin
    score = np.pad(alike[0], margin)
    chosen = np.zeros((len(steps), size), np.int32)
    for number, (step, most) in enumerate(zip(steps.tolist(), reach, strict=True)):
        best = np.full(size, -np.inf, np.float32)
        for change in sorted(range(-most, most + 1), key=abs):
            moved = score[: size - (step + change)] - np.float32(_COST * abs(change) / step)
            target = best[step + change :]
            is_better = moved > target
            target[is_better] = moved[is_better]
            chosen[number, step + change :][is_better] = change
        score = best + np.pad(alike[number + 1], margin)
    place = int(score.argmax())
    path = [place]
    for step, row in zip(steps[::-1].tolist(), chosen[::-1], strict=True):
        path.append(path[-1] - step - int(row[path[-1]]))
    return np.array(path[::-1], np.int64) - margin


def inside(plane: NDArray[Any], box: Box) -> NDArray[Any]:
    """The part of a plane (H, W) that is in a box, at least one sample; its edges are repeated outwards."""
    height, width = plane.shape
    left, top, right, bottom = (round(share * n) for share, n in zip(box, (width, height) * 2, strict=True))
    over = max(0, -left, -top, right - width, bottom - height)
    wide = cv2.copyMakeBorder(plane, over, over, over, over, cv2.BORDER_REPLICATE) if over else plane
    return wide[top + over : max(bottom, top + 1) + over, left + over : max(right, left + 1) + over]
