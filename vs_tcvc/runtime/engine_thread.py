"""The single thread of a process on which networks run when a host calls from many threads.

Threads of a host come and go. On a permanent thread, thread-local settings of libraries last, each library keeps one
pool of threads, and a GPU has one user.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class EngineThread:
    """Runs functions one after the other. Starts on first use and ends with the process: a daemon thread."""

    def __init__(self) -> None:
        self._work: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def call(
        self, function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Result:
        """Run the function and wait for its result; raises what it raises."""
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="tcvc engine", daemon=True)
                thread.start()
                self._thread = thread
        future: Future[Result] = Future()
        self._work.put((future, lambda: function(*arguments, **named)))
        try:
            return future.result()
        finally:
            del future  # an exception and its traceback would keep each other alive

    def _run(self) -> None:
        while True:
            future, work = self._work.get()
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            del future, work  # keep nothing alive while waiting


shared = EngineThread()
"""The engine thread of this process."""
