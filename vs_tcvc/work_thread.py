"""Threads that stay, to which others give work.

A host's threads come and go. On a thread that stays, thread-local settings of libraries last, each library keeps one
pool of helpers and a GPU has one user.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
_Work = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]


class WorkThread:
    """Runs functions one after the other.

    Its thread starts when first used, and ends when nobody has it any more or with the process: it is a daemon.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: _Work = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(
        self, function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Future[Result]:
        """What will be the function's result."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=_run, args=(self._work,), name=self._name, daemon=True)
                self._thread.start()
                weakref.finalize(self, self._work.put, None)
        future: Future[Result] = Future()
        self._work.put((future, lambda: function(*arguments, **named)))
        return future

    def call(
        self, function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Result:
        """The function's result; waits for it. Raises what the function raises."""
        future = self.submit(function, *arguments, **named)
        try:
            return future.result()
        finally:
            del future  # an exception and its traceback would keep each other alive


def _run(given: _Work) -> None:
    while job := given.get():
        future, work = job
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)
        del future, work, job  # keep nothing alive while waiting


engine = WorkThread("tcvc engine")
"""The one of this process on which networks run when a host calls from many."""
