"""What a fuzzer needs to know about a reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random


@dataclass(frozen=True)
class Target:
    """A reader under the law of this package.

    read: given an input and a file to write it to if the reader wants one; raises AssertionError for a wrong value.
    seeds: inputs that are tried first: good ones, and those of past faults. words: what inputs consist of.
    mutate: makes an input of another one, mutated as bytes already. loads: modules to import before its time counts.
    slowest: seconds that it may take for an input.
    """

    read: Callable[[bytes, Path], None]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    mutate: Callable[[bytes, Random], bytes] | None = None
    loads: tuple[str, ...] = ()
    slowest: int = 10
