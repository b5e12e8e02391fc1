"""OpenCV is on one thread while ours work, and gets back what the host had set."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import cv2
import pytest

from vs_tcvc.picture.opencv_threads import one_thread


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    yield
    cv2.setNumThreads(before)


def test_inside_there_is_one_thread_and_afterwards_as_many_as_before() -> None:
    with one_thread(), one_thread():
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == 3


def test_an_error_inside_gives_the_threads_back() -> None:
    @one_thread()
    def fail() -> None:
        raise ValueError(cv2.getNumThreads())

    with pytest.raises(ValueError, match="1"):
        fail()
    assert cv2.getNumThreads() == 3


def test_whoever_leaves_first_leaves_one_thread_to_those_who_stay() -> None:
    entered, left = Barrier(2), Barrier(2)

    def stay() -> int:
        with one_thread():
            entered.wait()
            left.wait()
            return cv2.getNumThreads()

    def leave() -> None:
        with one_thread():
            entered.wait()
        left.wait()

    with ThreadPoolExecutor(2) as pool:
        staying, leaving = pool.submit(stay), pool.submit(leave)
        leaving.result()
        assert staying.result() == 1
    assert cv2.getNumThreads() == 3
