"""Things of which each user needs one to itself for a while, and which are dear to make."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class ResourcePool(Generic[Thing]):
    """Made where none is free, and kept for the next user, on whatever thread.

    make: makes one of a kind. kinds: as many are kept, those used last.
    """

    def __init__(self, make: Callable[..., Thing], kinds: int) -> None:
        self._make = make

        @lru_cache(maxsize=kinds)
        def free(*kind: Hashable) -> deque[Thing]:
            return deque()

        self._free = free

    @contextmanager
    def one(self, *kind: Hashable) -> Iterator[Thing]:
        """One for oneself; it is not used again after an error."""
        free = self._free(*kind)
        try:
            thing = free.pop()
        except IndexError:
            thing = self._make(*kind)
        yield thing
        free.append(thing)
