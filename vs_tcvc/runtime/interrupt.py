"""Ctrl-C and other signals that end a program.

A command that colours frames checks an event between two of them: the first Ctrl-C ends it in order. A second one, and
any signal that no command waits for, ends the process at once: what is unfinished is undone, no thread is waited for,
and the interpreter is not torn down, since native threads of libraries would then abort the process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

INTERRUPTED = 130
"""Exit code after Ctrl-C."""


class Stop(Event):
    """Is set by a signal. signal: its number, None before, and if something else set the event."""

    signal: int | None = None


_undo: dict[object, Callable[[], None]] = {}


@contextmanager
def undone_at_sudden_end(undo: Callable[[], None]) -> Iterator[None]:
    """Inside the block, `undo` is called if a signal ends the process; it must not wait for a lock or a thread."""
    key = object()
    _undo[key] = undo
    try:
        yield
    finally:
        _undo.pop(key, None)


def end_at_signals() -> None:
    """From now on Ctrl-C, SIGTERM and SIGHUP undo what is unfinished and end the process at once; for programs."""
    signal.signal(signal.SIGINT, _end)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _end)


@contextmanager
def stop_on_interrupt(*others: int) -> Iterator[Stop]:
    """Ctrl-C, or one of the `others`, sets the event; a second one does what it did before the block."""
    stop = Stop()
    before: dict[int, signal._HANDLER] = {}

    def handle(number: int, frame: object) -> None:
        usual = before[number]
        if not stop.is_set():
            stop.signal = number
            stop.set()
        elif callable(usual):
            usual(number, None)
        elif usual is signal.SIG_DFL:
            _end(number, None)

    try:
        for number in (int(signal.SIGINT), *others):
            before[number] = signal.getsignal(number)
            signal.signal(number, handle)
    except ValueError:  # not the main thread: left to the host
        yield stop
        return
    try:
        yield stop
    finally:
        for number, usual in before.items():
            if usual is not None:  # set by C code
                signal.signal(number, usual)


def _end(number: int, frame: object) -> None:
    """Undo what is unfinished, then end as the signal ends a process: Ctrl-C with INTERRUPTED."""
    _undo_all()
    if number == signal.SIGINT:
        with suppress(OSError):
            os.write(2, b"tcvc: interrupted\n")
        _undo_all()  # a library in another thread may have opened its file by name meanwhile
        os._exit(INTERRUPTED)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _undo_all() -> None:
    for undo in list(_undo.values()):
        with suppress(OSError):
            undo()
