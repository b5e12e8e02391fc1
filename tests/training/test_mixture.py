"""Laws of the mixture that a training sees: caps are kept, large crops come from large pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from vs_tcvc.datasets.pictures import Clip, Picture
from vs_tcvc.training import mixture
from vs_tcvc.training.mixture import Mixture, Sources


def picture(name: str, side: int = 8, root: str = "a.zip") -> Picture:
    """A square picture whose file says its side."""
    return Picture(Path(root), name, lambda: bytes(cv2.imencode(".png", np.zeros((side, side, 3), np.uint8))[1]))


def test_large_sources_and_long_clips_count_for_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixture, "FRAMES_OF_CLIP", 5)
    stills = [picture(f"train/many_{n}.png") for n in range(40)] + [picture(f"few_{n}.png") for n in range(5)]
    clip = Clip("pan", tuple(picture(f"pan/{n}.png") for n in range(50)))
    made = Mixture.of(Sources(stills, [clip], {"many*": 10, "few*": 100, "none*": 1}))
    chances = np.diff(made.chances, prepend=0)
    total: Counter[str] = Counter()
    for each, chance in zip(made.pictures, chances.tolist(), strict=True):
        total[each.name.removeprefix("train/").split("_")[0].split("/")[0]] += chance
    assert total == pytest.approx({"many": 0.5, "few": 0.25, "pan": 0.25})


def test_what_is_drawn_follows_from_the_generator_and_is_large_enough() -> None:
    sides = {"small": 8, "large": 60}
    made = Mixture.of(Sources([picture(f"{name}_{n}.png", side) for name, side in sides.items() for n in range(9)]))
    assert {len(made.draw(np.random.default_rng(seed), 80)) for seed in range(20)} == {60}
    assert {len(made.draw(np.random.default_rng(seed), 12)) for seed in range(20)} == {8, 60}
    one, same = (made.draw(np.random.default_rng(3), 12) for _ in range(2))
    assert one.shape == same.shape


def test_where_all_are_small_a_small_one_is_drawn() -> None:
    assert len(Mixture.of(Sources([picture("a.png", 8)])).draw(np.random.default_rng(0), 256)) == 8
