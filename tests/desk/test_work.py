"""The desk's queue of work: one task at a time, that stands still when it is told to, and ends when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from vs_tcvc.desk.work import MOST_ENDED, Task, Work
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.events import Emit, Event
from vs_tcvc.runtime.progress import Progress

PATIENCE = 10.0


class Steps:
    """A job that makes one step whenever the test lets it; `made` tells how many it has made."""

    def __init__(self, count: int = 1000) -> None:
        self.made, self._count, self._may = 0, count, threading.Semaphore(0)
        self.begun = threading.Event()

    def let(self, steps: int = 1) -> None:
        self._may.release(steps)

    def __call__(self, emit: Emit, stop: threading.Event) -> str:
        progress = Progress(emit, self._count)
        self.begun.set()
        while self.made < self._count:
            while not self._may.acquire(timeout=0.01):
                self._end_if(stop)
            self._end_if(stop)
            self.made += 1
            progress.update(self.made, 1)
        progress.finish(self.made, 1)
        return f"{self.made} steps"

    @staticmethod
    def _end_if(stop: threading.Event) -> None:
        if stop.is_set():
            raise KeyboardInterrupt


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.close()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.002)


def now(work: Work, task: Task) -> Task:
    return next(each for each in work.tasks if each.number == task.number)


def stands_still(steps: Steps) -> bool:
    """Whether a job that may make steps makes none. It has been seen to make them in less time than is waited here."""
    steps.let(3)
    before = steps.made
    time.sleep(0.1)
    return steps.made == before


def statuses(work: Work) -> list[str]:
    return [each.status for each in work.tasks]


def test_tasks_run_one_at_a_time_in_the_order_of_coming(work: Work) -> None:
    ran, at_once, first = list[str](), threading.Semaphore(1), threading.Event()

    def job(name: str) -> Callable[[Emit, threading.Event], str]:
        def run(emit: Emit, stop: threading.Event) -> str:
            assert at_once.acquire(blocking=False)
            first.wait(PATIENCE)
            ran.append(name)
            at_once.release()
            return f"did {name}"

        return run

    for name in "abc":
        work.add(name, job(name))
    until(lambda: statuses(work) == ["runs", "waits", "waits"])
    first.set()
    until(lambda: statuses(work) == ["done"] * 3)
    assert ran == ["a", "b", "c"]
    assert [(each.number, each.name, each.text) for each in work.tasks] == [
        (1, "a", "did a"), (2, "b", "did b"), (3, "c", "did c"),
    ]  # fmt: skip


def test_a_task_tells_its_frames_its_speed_and_the_time_left(work: Work) -> None:
    steps = Steps(4)
    task = work.add("steps", steps)
    steps.let(1)
    until(lambda: now(work, task).frames == 1)
    assert (now(work, task).total, now(work, task).fps) == (4, None)
    time.sleep(0.05)
    steps.let(1)
    until(lambda: now(work, task).frames == 2)
    seen = now(work, task)
    assert seen.fps is not None
    assert 0 < seen.fps <= 20
    assert seen.seconds_left == pytest.approx(2 / seen.fps)
    steps.let(2)
    until(lambda: now(work, task).status == "done")
    assert (now(work, task).frames, now(work, task).seconds_left) == (4, None)


def test_time_that_it_stands_still_does_not_slow_a_task_in_its_numbers(work: Work) -> None:
    steps = Steps()
    task = work.add("steps", steps)
    steps.let(1)
    until(lambda: steps.made == 1)
    work.pause()
    assert stands_still(steps)
    time.sleep(0.4)
    work.go_on()
    until(lambda: now(work, task).frames == 4)
    assert (now(work, task).fps or 0) > 3 / 0.4


def test_every_pass_has_a_speed_of_its_own(work: Work) -> None:
    slow, quick = Steps(2), Steps(100)
    task = work.add("two passes", lambda emit, stop: slow(emit, stop) + quick(emit, stop))
    slow.let(1)
    until(lambda: slow.made == 1)
    time.sleep(0.3)
    slow.let(1)
    until(quick.begun.is_set)
    assert (now(work, task).fps or 0) < 2 / 0.3
    quick.let(100)
    until(lambda: now(work, task).status == "done")
    assert (now(work, task).fps or 0) > 2 / 0.3


def test_a_task_says_in_words_what_it_does(work: Work) -> None:
    said, steps = threading.Event(), Steps()

    def run(emit: Emit, stop: threading.Event) -> str:
        emit(Event("reason", "shot 3: its hints changed"))
        said.set()
        return steps(emit, stop)

    task = work.add("colour", run)
    until(said.is_set)
    assert now(work, task).text == "shot 3: its hints changed"


def test_pause_stands_really_still_and_going_on_goes_on_where_it_was(work: Work) -> None:
    steps = Steps()
    task, other = work.add("steps", steps), work.add("other", Steps(0))
    steps.let(2)
    until(lambda: steps.made == 2)
    work.pause()
    assert work.is_paused
    assert statuses(work) == ["paused", "waits"]
    assert stands_still(steps)
    work.go_on()
    assert now(work, task).status == "runs"
    until(lambda: steps.made == 5)
    assert now(work, other).status == "waits"


def test_while_it_is_paused_no_task_begins(work: Work) -> None:
    work.pause()
    steps = Steps(1)
    steps.let(1)
    work.add("steps", steps)
    assert not steps.begun.wait(0.1)
    assert statuses(work) == ["waits"]
    work.go_on()
    until(lambda: statuses(work) == ["done"])


def test_holds_nest_over_threads_and_leave_a_pause_as_it_is(work: Work) -> None:
    steps = Steps()
    work.add("steps", steps)
    until(steps.begun.is_set)
    outer, inner = work.hold(), work.hold()
    outer.__enter__()
    thread = threading.Thread(target=inner.__enter__)
    thread.start()
    thread.join()
    assert statuses(work) == ["runs"]
    assert stands_still(steps)
    outer.__exit__(None, None, None)
    assert stands_still(steps)
    work.pause()
    inner.__exit__(None, None, None)
    assert stands_still(steps)
    work.go_on()
    until(lambda: steps.made == 9)


def test_a_hold_ends_with_its_block_however_that_ends(work: Work) -> None:
    steps = Steps()
    work.add("steps", steps)

    def fail() -> None:
        with work.hold():
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 -- our own, one line above
        fail()
    steps.let(1)
    until(lambda: steps.made == 1)


def test_a_task_that_waits_is_cancelled_at_once_and_never_runs(work: Work) -> None:
    first, second, third = Steps(), Steps(1), Steps(1)
    begun, waiting, last = work.add("first", first), work.add("second", second), work.add("third", third)
    work.cancel(waiting)
    assert now(work, waiting).status == "cancelled"
    third.let(1)
    work.cancel(begun)
    first.let(1)
    until(lambda: now(work, last).status == "done")
    assert not second.begun.is_set()


def test_a_task_that_runs_ends_before_its_next_frame(work: Work) -> None:
    steps = Steps()
    task = work.add("steps", steps)
    steps.let(2)
    until(lambda: steps.made == 2)
    work.cancel(task)
    steps.let(3)
    until(lambda: now(work, task).status == "cancelled")
    assert steps.made == 2


def test_a_task_that_is_paused_or_held_can_be_cancelled(work: Work) -> None:
    for stand_still in (work.pause, work.hold().__enter__):
        work.go_on()
        steps = Steps()
        task = work.add("steps", steps)
        until(steps.begun.is_set)
        stand_still()
        assert stands_still(steps)
        work.cancel(task)
        until(lambda task=task: now(work, task).status == "cancelled")  # type: ignore[misc]
        assert steps.made == 0


def test_cancelling_what_has_ended_changes_nothing(work: Work) -> None:
    task = work.add("none", lambda emit, stop: "did it")
    until(lambda: now(work, task).status == "done")
    before = work.tasks
    work.cancel(task)
    assert work.tasks == before


def test_a_task_that_fails_says_why_and_the_next_one_runs(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    def of_the_user(emit: Emit, stop: threading.Event) -> str:
        raise UsageError("it exists", where="a.mov", remedy="choose another file")

    def of_the_system(emit: Emit, stop: threading.Event) -> str:
        raise PermissionError(13, "Permission denied", "a.mov")

    def of_ours(emit: Emit, stop: threading.Event) -> str:
        raise KeyError("colour")

    for job in (of_the_user, of_the_system, of_ours, Steps(0)):
        work.add(job.__class__.__name__, job)
    until(lambda: statuses(work) == ["failed", "failed", "failed", "done"])
    assert [each.problem for each in work.tasks] == [
        "a.mov: it exists; choose another file",
        "a.mov: the system refuses it (Permission denied); free disk space, or use other files",
        "something unexpected happened: 'colour'",
        "",
    ]
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_tasks_that_have_ended_stay_listed_but_not_all_of_them(work: Work) -> None:
    for number in range(MOST_ENDED + 5):
        work.add(str(number), lambda emit, stop: "")
    until(lambda: [each.number for each in work.tasks] == [*range(6, MOST_ENDED + 6)])


def test_the_revision_grows_with_every_change(work: Work) -> None:
    steps = Steps()
    seen = [work.revision]

    def grew() -> bool:
        seen.append(work.revision)
        return seen[-1] > seen[-2]

    task = work.add("steps", steps)
    assert grew()
    until(lambda: now(work, task).status == "runs")
    grew()
    steps.let(1)
    until(lambda: now(work, task).frames == 1)
    assert grew()
    assert not grew()
    for change in (work.pause, work.go_on, lambda: work.cancel(task)):
        change()
        assert grew()


def test_closing_cancels_everything_and_ends_the_thread() -> None:
    work, steps = Work(), Steps()
    work.add("steps", steps)
    work.add("never", Steps())
    until(steps.begun.is_set)
    work.pause()
    steps.let(1)
    work.close()
    assert statuses(work) == ["cancelled", "cancelled"]
    assert "work" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(RuntimeError, match="closed"):
        work.add("late", steps)
