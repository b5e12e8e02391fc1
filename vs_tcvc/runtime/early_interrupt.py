"""Ctrl-C before a program has begun and after it has ended: exit code 130, without a traceback.

While a program imports libraries or reads its command line, nothing is written yet; after its work, nothing is left to
finish. So Ctrl-C ends the process at once there. In between it is a KeyboardInterrupt, or what the program makes of it.
"""

from __future__ import annotations

import os
import signal
import sys
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer, main_thread
from typing import Any, NoReturn

INTERRUPTED = 130
_A_MOMENT_SECONDS = 0.05


class _End:
    """The handler of Ctrl-C in which the process ends."""

    def __init__(self, program: str) -> None:
        self._words = f"{program}: interrupted\n".encode()

    def __call__(self, number: int, frame: object) -> NoReturn:
        with suppress(OSError):
            os.write(2, self._words)
        os._exit(INTERRUPTED)


def end_on_interrupt(program: str) -> None:
    """From now on Ctrl-C ends the process at once, except inside `interruptible`; one that ignores it goes on to.

    A KeyboardInterrupt that Python cannot raise, as in a destructor, is raised a moment later.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _End(program))
        sys.unraisablehook = _raise_later


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside the block, Ctrl-C is a KeyboardInterrupt also after `end_on_interrupt`."""
    before = signal.getsignal(signal.SIGINT)
    if not isinstance(before, _End):
        yield
        return
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _raise_later(unraisable: Any) -> None:
    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        Timer(_A_MOMENT_SECONDS, _interrupt).start()
    else:
        sys.__unraisablehook__(unraisable)


def _interrupt() -> None:
    """Ctrl-C for the main thread, also if it waits."""
    ident = main_thread().ident
    if hasattr(signal, "pthread_kill") and ident is not None:
        signal.pthread_kill(ident, signal.SIGINT)
    else:
        interrupt_main()
