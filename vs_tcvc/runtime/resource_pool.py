"""A pool of expensive objects, each leased to one caller at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class ResourcePool(Generic[Thing]):
    """Objects are created if none is free, and kept for the next caller, on any thread.

    make: creates an object of a kind. kinds: number of kinds to keep, the most recently used.
    """

    def __init__(self, make: Callable[..., Thing], kinds: int) -> None:
        self._make = make

        @lru_cache(maxsize=kinds)
        def free(*kind: Hashable) -> deque[Thing]:
            return deque()

        self._free = free

    @contextmanager
    def one(self, *kind: Hashable) -> Iterator[Thing]:
        """Lease an object; after an error it is discarded."""
        free = self._free(*kind)
        try:
            thing = free.pop()
        except IndexError:
            thing = self._make(*kind)
        yield thing
        free.append(thing)
