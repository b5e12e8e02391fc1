"""The worker's protocol, byte for byte: hosts read it."""

from __future__ import annotations

import io

import pytest

from vs_tcvc.runtime.events import Event
from vs_tcvc.runtime.progress import Progress
from vs_tcvc.sequences.events import ProtocolLines


@pytest.mark.parametrize("end", ["done", "cancelled"])
def test_every_event_is_one_line_in_the_protocols_words(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("vs_tcvc.runtime.progress.time.monotonic", lambda: now)
    said = io.StringIO()
    emit = ProtocolLines(said)
    emit(Event("hello", values={"protocol": 1, "pid": 7, "version": "0.1.0"}))
    emit(Event("network", "compact on cpu", {"device": "cpu"}))
    progress = Progress(emit, total=8, before=5)
    for frame, seconds in ((1006, 2.0), (1007, 0.25)):
        now += seconds
        progress.update(frame - 1000, 1, frame=frame)
    progress.finish(7, 1, end, params="ab12", weights=[0.2, 0.7, 0.1])
    emit(Event("error", "frame 1008: no", {"code": "FrameError", "frame": 1008, "msg": "frame 1008: no"}))
    assert said.getvalue() == (
        '{"event": "hello", "protocol": 1, "pid": 7, "version": "0.1.0"}\n'
        '{"event": "log", "msg": "compact on cpu"}\n'
        '{"event": "progress", "frame": 1006, "done": 6, "total": 8, "shots": 1, "ms": 2000.0}\n'
        '{"event": "progress", "frame": 1007, "done": 7, "total": 8, "shots": 1, "ms": 250.0}\n'
        f'{{"event": "{end}", "frames": 7, "shots": 1, "params": "ab12", "weights": [0.2, 0.7, 0.1]}}\n'
        '{"event": "error", "code": "FrameError", "frame": 1008, "msg": "frame 1008: no"}\n'
    )


def test_a_farm_hears_progress_and_failure_in_its_words_too() -> None:
    said = io.StringIO()
    emit = ProtocolLines(said, openjd=True)
    Progress(emit, total=8).update(1, 1, frame=1001)
    emit(Event("error", "no", {"code": "FrameError", "frame": None, "msg": "no"}))
    emit(Event("network", "compact on cpu"))
    assert [line for line in said.getvalue().splitlines() if line[0] != "{"] == [
        "openjd_progress: 12.5", "openjd_fail: no",
    ]  # fmt: skip
