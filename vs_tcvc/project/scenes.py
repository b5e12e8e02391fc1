"""Which shots of a film show the same scene, so that one palette serves them.

Two shots agree if they look alike, as the network's descriptions of their pictures say, and one of two witnesses
confirms it: landmarks of one are in the other where a single motion of the camera leads them; or they look very much
alike, and correspondence finds the colours of each surely in the other. A scene is no chain: before two scenes become
one, shots of both that look least alike must agree. A wrong scene gives wrong colours, a missed one costs a person a
reference, so a shot in doubt stays alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial
from itertools import count, product
from string import ascii_uppercase
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.picture.burnt_in import burnt_in
from vs_tcvc.picture.landmarks import Landmarks, landmarks, shared

ALIKE = 0.5
"""Likeness of shots, below which they never agree."""
VERY_ALIKE = 0.85
"""Likeness from which correspondence is asked where landmarks do not confirm."""
LANDMARKS = 8
"""Number of landmarks that confirm. Pictures of different places hardly ever share 5."""
SURE = 0.6
"""Mean confidence of correspondence that confirms, in both directions."""

_ASKED = 8  # pairs of shots, the least alike, that must agree before two scenes become one
_REFUSALS = 8  # after which a shot is not looked at any more
_SPREAD = 32  # shots that show what is drawn over all
_KEPT = 1024  # shots whose landmarks are kept


class Describer(Colorizer[Any], Protocol):
    """A network that also describes frames."""

    def describe(self, lightness: Array) -> Array:
        """What a frame shows, lightness (H, W): a unit vector (D,); the product of two is their likeness."""


Shots = Sequence[Sequence[Array]]
"""Pictures of every shot, L* (H, W) float32, of one size; as many of each shot, such as first, middle and last."""


def group(
    shots: Shots, colorizer: Describer, fixed: Mapping[int, str] | None = None, closed: Collection[str] = ()
) -> list[str]:
    """The scene of every shot: "A", "B", ... in order of first appearance, "" for a shot that is alone.

    shots: may read their pictures each time they are asked for; every one is asked for a few times.
    fixed: the scenes of shots, by place, that a person decided on; "" for alone. They stay, and two of them never
    become one. closed: names of such scenes that no other shot joins.
    Apart from names and equal likeness, the order of the shots does not matter. Time grows with their number, and
    one product of matrices with its square.
    """
    if not shots:
        return []
    fixed = fixed or {}
    descriptions = np.array([[colorizer.describe(picture) for picture in shot] for shot in shots])
    likeness = _likeness(descriptions)
    middles = [shots[place][len(shots[place]) // 2] for place in _unlike(likeness)]
    witnesses = _Witnesses(shots, colorizer, descriptions, burnt_in(middles))
    are_one = cache(partial(_are_one, fixed, likeness, witnesses))
    scenes = _begin(len(shots), fixed)
    refusals = [0] * len(shots)
    barred = {place for place, name in fixed.items() if not name or name in closed}
    for one, other in _likest_first(likeness, barred):
        if other in scenes[one] or max(refusals[one], refusals[other]) >= _REFUSALS:
            continue
        if are_one(scenes[one], scenes[other]):
            joined = scenes[one] | scenes[other]
            scenes = [joined if place in joined else scene for place, scene in enumerate(scenes)]
        else:
            refusals[one] += 1
            refusals[other] += 1
    return list(_named(scenes, fixed))


class _Witnesses:
    """Whether two shots agree; every pair is asked about once.

    descriptions: (shots, pictures of each, D). hidden: where pictures bear no witness, (H, W).
    """

    def __init__(
        self, shots: Shots, colorizer: Describer, descriptions: Array, hidden: NDArray[np.bool_]
    ) -> None:  # fmt: skip
        self._shots, self._colorizer, self._descriptions, self._hidden = shots, colorizer, descriptions, hidden
        self._landmarks = lru_cache(_KEPT)(self._find_landmarks)
        self._answers = cache(self._ask)

    def agree(self, one: int, other: int) -> bool:
        """Of two shots by place, whichever is named first."""
        return self._answers(min(one, other), max(one, other))

    def _ask(self, one: int, other: int) -> bool:
        likeness = self._descriptions[one] @ self._descriptions[other].T
        order = np.argsort(-likeness, axis=None, kind="stable")
        pairs = [divmod(int(pair), len(likeness)) for pair in order]
        spots, others = self._landmarks(one), self._landmarks(other)
        if any(shared(spots[this], others[that]) >= LANDMARKS for this, that in pairs):
            return True
        this, that = pairs[0]
        if likeness[this, that] < VERY_ALIKE:
            return False
        pictures = self._shots[one][this], self._shots[other][that]
        return all(_finds(self._colorizer, *both) >= SURE for both in (pictures, pictures[::-1]))

    def _find_landmarks(self, place: int) -> list[Landmarks]:
        return [landmarks(picture, self._hidden) for picture in self._shots[place]]


def _finds(colorizer: Colorizer[Any], known: Array, lightness: Array) -> float:
    """How surely, on average, the colours of one picture are found in another one, both (H, W): 0 to 1."""
    memory = colorizer.begin([Reference(ELSEWHERE, known, colorizer.predict(known).ab)])
    _, _, confidence = colorizer.colorize(memory, lightness[None])
    return float(confidence.mean())


def _likeness(descriptions: Array) -> Array:
    """Of every two shots, by the likest of their pictures: (shots, pictures of each, D) -> (shots, shots)."""
    count, each, _ = descriptions.shape
    flat = descriptions.reshape(count * each, -1).T
    return np.array([(pictures @ flat).reshape(each, count, each).max(axis=(0, 2)) for pictures in descriptions])


def _unlike(likeness: Array) -> list[int]:
    """Shots of which no two look alike, `_SPREAD` at most."""
    chosen: list[int] = []
    for place in np.argsort(likeness.sum(axis=1), kind="stable"):
        if len(chosen) < _SPREAD and (likeness[place, chosen] < ALIKE).all():
            chosen.append(int(place))
    return chosen


def _likest_first(likeness: Array, barred: Collection[int]) -> Iterator[tuple[int, int]]:
    """Pairs of shots that may be of one scene, each once, the first before the other; none that are barred."""
    among = np.triu(likeness >= ALIKE, 1)
    among[list(barred)] = among[:, list(barred)] = False
    pairs = np.argwhere(among)
    for pair in np.argsort(-likeness[among], kind="stable"):
        yield int(pairs[pair, 0]), int(pairs[pair, 1])


def _begin(count: int, fixed: Mapping[int, str]) -> list[frozenset[int]]:
    """The scene of every shot, as the places of its shots: those of one name are together, all others alone."""
    together: dict[str, list[int]] = {}
    for place, name in fixed.items():
        together.setdefault(name, []).append(place)
    return [frozenset(together[fixed[place]] if fixed.get(place) else [place]) for place in range(count)]


def _are_one(
    fixed: Mapping[int, str], likeness: Array, witnesses: _Witnesses, scene: frozenset[int], other: frozenset[int]
) -> bool:
    """Whether two scenes are one: all of their shots look alike, and those that look least alike agree."""
    if len({fixed[place] for place in scene | other if place in fixed}) > 1:
        return False
    ours, theirs = sorted(scene), sorted(other)
    between = likeness[np.ix_(ours, theirs)]
    if between.min() < ALIKE:
        return False
    least = np.argsort(between, axis=None, kind="stable")[:_ASKED]
    pairs = (divmod(int(pair), len(theirs)) for pair in least)
    return all(witnesses.agree(ours[i], theirs[j]) for i, j in pairs)


def _named(scenes: Sequence[frozenset[int]], fixed: Mapping[int, str]) -> Iterator[str]:
    """The names of the shots' scenes."""
    names: dict[frozenset[int], str] = {}
    new = (name for name in _letters() if name not in fixed.values())
    for scene in scenes:
        if scene not in names:
            given = next((fixed[place] for place in sorted(scene) if place in fixed), None)
            names[scene] = given if given is not None else next(new) if len(scene) > 1 else ""
        yield names[scene]


def _letters() -> Iterator[str]:
    """A to Z, AA to ZZ, and so on."""
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))
