"""Laws of events: one stream of values, the speed in it, and its lines on stderr, in words, as JSON or none."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading

import pytest

from vs_tcvc.runtime import event_lines
from vs_tcvc.runtime.event_lines import lines_for
from vs_tcvc.runtime.events import Emit, Event, forward_log
from vs_tcvc.runtime.progress import Progress


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("vs_tcvc.runtime.progress.time.monotonic", clock.monotonic)
    return clock


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between two lines of progress."""
    monkeypatch.setattr(event_lines, "SECONDS_BETWEEN_LINES", 0.0)
    monkeypatch.setattr(event_lines, "SECONDS_BETWEEN_KEPT_LINES", 0.0)


def work(emit: Emit, clock: Clock) -> None:
    """All that a command may tell: the network is loaded in 2 seconds, then a frame takes half a second."""
    emit(Event("network", "compact on cpu", {"device": "cpu", "threads": 2}))
    progress = Progress(emit, total=10)
    for seconds, frames, shots in ((2.0, 3, 1), (1.0, 5, 2)):
        clock.now += seconds
        progress.update(frames, shots)
    clock.now += 2.5
    progress.finish(10, 2)


# Lines


@pytest.mark.usefixtures("_at_once")
def test_quiet_tells_nothing(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    work(lines_for("quiet"), clock)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("_at_once")
def test_json_is_one_object_per_line_on_stderr(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    work(lines_for("json"), clock)
    assert capsys.readouterr() == (
        "",
        '{"event": "network", "device": "cpu", "threads": 2}\n'
        '{"event": "progress", "frames": 3, "shots": 1, "fps": 1.5, "seconds_left": null}\n'
        '{"event": "progress", "frames": 5, "shots": 2, "fps": 2.0, "seconds_left": 2.5}\n'
        '{"event": "progress", "frames": 10, "shots": 2, "fps": 2.0, "seconds_left": 0.0}\n',
    )


@pytest.mark.usefixtures("_at_once")
def test_info_is_a_sentence_per_line_on_stderr(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    work(lines_for("info"), clock)
    assert capsys.readouterr() == (
        "",
        "tcvc: compact on cpu\n"
        "tcvc: frame 3  shot 1  1.5 fps\n"
        "tcvc: frame 5  shot 2  2.0 fps  0 min 2 s left\n"
        "tcvc: frame 10  shot 2  2.0 fps\n",
    )


def test_whatever_a_file_is_called_a_sentence_is_one_line_of_printable_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines_for("info")(Event("wrote", "wrote a\n\x1b[2Jb.mkv"))
    assert capsys.readouterr().err == "tcvc: wrote a\\n\\x1b[2Jb.mkv\n"


class Terminal(io.StringIO):
    """A stderr that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("_at_once")
def test_on_a_terminal_progress_rewrites_its_line_and_words_get_lines_of_their_own(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    emit = lines_for("info")
    progress = Progress(emit)
    for frames in (1, 2):
        clock.now += 1
        progress.update(frames, 1)
    emit(Event("cut", "a shot begins"))
    progress.finish(3, 2)
    assert terminal.getvalue() == (
        "\rtcvc: frame 1  shot 1  1.0 fps\rtcvc: frame 2  shot 1  1.0 fps\n"
        "tcvc: a shot begins\n"
        "\rtcvc: frame 3  shot 2  2.0 fps\n"
    )


@pytest.mark.parametrize("log", ["info", "json"])
def test_a_log_gets_a_line_of_progress_every_ten_seconds(
    clock: Clock, capsys: pytest.CaptureFixture[str], log: str
) -> None:
    progress = Progress(lines_for(log))
    for frame in range(1, 61):  # half a second each
        clock.now += 0.5
        progress.update(frame, 1)
    assert len(capsys.readouterr().err.splitlines()) == 3


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize("log", ["info", "json"])
def test_a_pass_that_made_no_frame_is_not_shown(clock: Clock, capsys: pytest.CaptureFixture[str], log: str) -> None:
    Progress(lines_for(log), total=8, before=8).finish(8, 0)
    assert capsys.readouterr() == ("", "")


# Speed


def values_of(told: list[Event], name: str) -> list[object]:
    return [event.values[name] for event in told if event.name == "progress"]


def test_speed_is_counted_from_the_first_frame_on(clock: Clock) -> None:
    told: list[Event] = []
    progress = Progress(told.append, total=4)
    clock.now += 30  # the network is loaded
    for frame in (1, 2, 3):
        progress.update(frame, 1)
        clock.now += 0.5
    assert values_of(told, "fps") == [round(1 / 30, 3), 2, 2]
    assert values_of(told, "ms") == [30_000, 500, 500]
    assert values_of(told, "seconds_left") == [None, 1, 0.5]


def test_a_second_pass_has_its_own_speed_and_frames_done_before_do_not_count(clock: Clock) -> None:
    told: list[Event] = []
    for before, seconds in ((0, 0.1), (6, 1.0)):
        progress = Progress(told.append, total=10, before=before)
        for frame in range(before + 1, 11):
            clock.now += seconds
            progress.update(frame, 1)
    assert values_of(told, "fps") == pytest.approx([10] * 10 + [1] * 4)


# The log


def log_both(logger: logging.Logger) -> None:
    logger.warning("%s graphs are made", "openvino")
    logger.info("a detail")


def log_and_fail(told: list[Event], logger: logging.Logger) -> None:
    with forward_log(told.append):
        log_both(logger)
        other = threading.Thread(target=log_both, args=(logger,))
        other.start()
        other.join()
        raise ZeroDivisionError


def test_what_this_thread_logs_is_an_event_and_no_level_is_changed() -> None:
    told: list[Event] = []
    package, module = logging.getLogger("vs_tcvc"), logging.getLogger("vs_tcvc.backends.graph_cache")
    before = package.level, module.level, list(package.handlers)
    with pytest.raises(ZeroDivisionError):
        log_and_fail(told, module)
    log_both(module)
    assert told == [Event("log", "openvino graphs are made", {"msg": "openvino graphs are made"})]
    assert (package.level, module.level, package.handlers) == before


def test_the_package_is_silent_where_nobody_has_set_up_logging() -> None:
    text = "import logging, vs_tcvc; logging.getLogger('vs_tcvc.backends').error('lost')"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_every_event_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    lines_for("json")(Event("failed", "a: no", {"name": "a", "msg": "no"}))
    assert json.loads(capsys.readouterr().err) == {"event": "failed", "name": "a", "msg": "no"}
