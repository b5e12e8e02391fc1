"""Laws of the bar that a person at a terminal sees."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from vs_tcvc.cli.progress_bar import ProgressBar
from vs_tcvc.runtime.events import Event
from vs_tcvc.runtime.progress import Progress


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def bar(screen: io.StringIO) -> ProgressBar:
    return ProgressBar(Console(file=screen, width=100, force_terminal=True))


def lines_on(screen: io.StringIO) -> list[str]:
    """What was drawn, without colours; each line begins where the bar ends."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    return [line.strip() for line in re.split(r"[\r\n]+", plain) if line.strip()]


def test_the_bar_tells_frames_shots_speed_and_the_time_left(
    bar: ProgressBar, screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("vs_tcvc.runtime.progress.time.monotonic", lambda: now)
    progress = Progress(bar, total=130)
    for frames in (5, 10):
        now += 2.5
        progress.update(frames, 2)
    bar.close()
    assert lines_on(screen)[-1].endswith("8% frame 10  shot 2 2.0 fps 0:01:00")


def test_the_end_of_a_film_fills_the_bar(bar: ProgressBar, screen: io.StringIO) -> None:
    Progress(bar).update(5, 2)
    Progress(bar).finish(10, 3)
    assert re.search("100% frame 10  shot 3 [0-9.]+ fps -:--:--$", lines_on(screen)[-1])


def test_facts_are_lines_above_the_bar(bar: ProgressBar, screen: io.StringIO) -> None:
    Progress(bar).update(5, 2)
    bar(Event("stream", "64x48 [not markup]"))
    bar.close()
    assert "tcvc: 64x48 [not markup]" in lines_on(screen)


def test_a_second_pass_begins_the_bar_again(bar: ProgressBar, screen: io.StringIO) -> None:
    for frames in (9, 1):
        Progress(bar, total=10).update(frames, 1)
    bar.close()
    assert re.search("10% frame 1  shot 1 [0-9.]+ fps -:--:--$", lines_on(screen)[-1])


def test_a_fact_is_one_line_of_printable_text(bar: ProgressBar, screen: io.StringIO) -> None:
    bar(Event("wrote", "wrote a\n\x1b[2Jb.mkv"))
    assert "tcvc: wrote a\\n\\x1b[2Jb.mkv\n" in screen.getvalue()
