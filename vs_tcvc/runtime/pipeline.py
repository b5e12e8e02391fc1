"""Overlapping stages: each produces its items in its own threads while earlier ones are used."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar
from weakref import WeakSet

from vs_tcvc.runtime import processors

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_AT_ONCE = 4
"""More threads wait for the interpreter: on two processors two threads upsample 1.5 times as many frames as one."""

_LOOK_AGAIN_SECONDS = 0.1
_PATIENCE_SECONDS = 1.0


@dataclass(frozen=True)
class _Failed:
    error: BaseException


class _End:
    pass


class Pipeline:
    """A chain of stages; leaving the context stops them.

    A stage that computes ends after its current item. The first stage reads: where input never comes, it is abandoned.
    stop: once it is set, KeyboardInterrupt is raised in place of the next item.
    """

    def __init__(self, depth: int, stop: threading.Event | None = None) -> None:
        self._depth = depth
        self._interrupted = stop or threading.Event()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._pools: list[ThreadPoolExecutor] = []
        _running.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the stages, and wait a while for those that compute."""
        self._stop.set()
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    def wait(self) -> None:
        """End the stages, and wait for all of them except the first, however long their current items take."""
        self.stop()
        for thread in self._threads[1:]:
            thread.join()

    def ahead(self, items: Iterable[Item], depth: int = 0) -> Iterator[Item]:
        """`items`, produced in a thread, at most `depth` (0: the pipeline's) ahead of the consumer.

        An error in the thread is raised in place of its item.
        """
        made: queue.Queue[Item | _Failed | _End] = queue.Queue(depth or self._depth)
        thread = threading.Thread(target=self._make, args=(items, made), daemon=True)
        thread.start()
        self._threads.append(thread)
        return self._taken(made)

    def each(self, function: Callable[[Item], Result], items: Iterable[Item], at_once: int = 0) -> Iterator[Result]:
        """The results of `function` for each item, in order, `at_once` in parallel (0: the number of processors, up to
        MOST_AT_ONCE).

        An error is raised in place of its result.
        """
        at_once = at_once or min(MOST_AT_ONCE, processors.count())
        pool = ThreadPoolExecutor(at_once)
        self._pools.append(pool)
        begun = self.ahead((pool.submit(function, item) for item in items), max(at_once, self._depth))
        return (made.result() for made in begun)

    def _make(self, items: Iterable[Item], made: queue.Queue[Item | _Failed | _End]) -> None:
        try:
            for item in items:
                if not self._put(made, item):
                    return
            self._put(made, _End())
        except BaseException as error:  # raised in the thread that takes the items
            self._put(made, _Failed(error))

    def _put(self, made: queue.Queue[Item | _Failed | _End], item: Item | _Failed | _End) -> bool:
        while not self._stop.is_set():
            try:
                made.put(item, timeout=_LOOK_AGAIN_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    def _taken(self, made: queue.Queue[Item | _Failed | _End]) -> Iterator[Item]:
        while not self._stop.is_set():
            if self._interrupted.is_set():
                raise KeyboardInterrupt
            try:
                item = made.get(timeout=_LOOK_AGAIN_SECONDS)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                return
            if isinstance(item, _Failed):
                raise item.error
            yield item


_running: WeakSet[Pipeline] = WeakSet()


@atexit.register
def _stop_all() -> None:
    """A thread that comes back from a library when the interpreter is gone aborts the process."""
    for pipeline in list(_running):
        pipeline.wait()
