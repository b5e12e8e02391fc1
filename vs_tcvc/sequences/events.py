"""The worker's protocol: its messages to the program that started it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from vs_tcvc.runtime.event_lines import print_json
from vs_tcvc.runtime.events import Event
from vs_tcvc.runtime.progress import ENDS
from vs_tcvc.runtime.words import Words

_NOT_AT_THE_END = ("total", "fps", "ms", "seconds_left")


class ProtocolLines:
    """One line of JSON for every event, on a stream with nothing else; work goes on when nobody reads it.

    The protocol has hello, log, progress, error, cancelled and done; every other event is a log of its text.
    openjd: also report progress and failure in Open Job Description's format.
    """

    def __init__(self, stream: TextIO | Words, openjd: bool = False) -> None:
        self._stream, self._openjd = Words(stream), openjd

    def __call__(self, event: Event) -> None:
        if event.name == "progress":
            print_json(self._stream, "progress", _progress(event.values))
        elif event.name in ENDS:
            kept = {key: value for key, value in event.values.items() if key not in _NOT_AT_THE_END}
            print_json(self._stream, event.name, kept)
        elif event.name in ("hello", "error"):
            print_json(self._stream, event.name, event.values)
        else:
            print_json(self._stream, "log", {"msg": event.text})
        if self._openjd and event.name == "progress":
            self._print(f"openjd_progress: {100 * event.values['frames'] / event.values['total']:.1f}")
        if self._openjd and event.name == "error":
            self._print(f"openjd_fail: {event.values['msg']}")

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


def _progress(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "frame": values["frame"], "done": values["frames"], "total": values["total"], "shots": values["shots"],
        "ms": values["ms"],
    }  # fmt: skip
