"""Shots to store: colours that a number makes, and a program that writes them until it is killed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vs_tcvc.core.frame import Chroma
from vs_tcvc.project.store import Store

SIZE = (18, 32)
FRAMES = range(100, 140)


def shot(seed: int = 0, frames: range = FRAMES, size: tuple[int, int] = SIZE) -> Iterator[Chroma]:
    """The colour of a shot, rounded as the engine does; the second half has another reference."""
    random = np.random.default_rng(seed)
    for index in frames:
        ab = random.normal(0, 30, (2, *size)).astype(np.float32)
        anchor = frames.start if index < frames.start + len(frames) // 2 else frames.start + len(frames) // 2
        origin = "predicted" if anchor == frames.start else f"painted-{seed}.png"
        confidence = random.random(size, np.float32)
        yield Chroma.rounded(index, ab, confidence, anchor, origin, 1.0 if anchor == frames.start else 0.7)


def write(store: Store, key: str, seed: int = 0, frames: range = FRAMES) -> None:
    """Store a shot."""
    with store.writing(key, frames, SIZE) as writer:
        for chroma in shot(seed, frames):
            writer.add(chroma)


def same(found: Chroma, expected: Chroma) -> bool:
    """Whether two colours are one to the byte."""
    return fields(found) == fields(expected)


def fields(chroma: Chroma) -> tuple[object, ...]:
    arrays = [(each.shape, each.dtype, each.tobytes()) for each in (chroma.ab, chroma.confidence)]
    return chroma.index, *arrays, chroma.anchor, chroma.origin, chroma.saturation


def write_for_ever(url: str, first: int) -> None:
    """Store one shot after another, each under its seed; to be killed."""
    seed = first
    while True:
        write(Store(url), f"shot-{seed}", seed)
        seed += 1
