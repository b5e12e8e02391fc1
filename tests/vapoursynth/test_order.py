"""core.tcvc.Colorize: frame n is the same bytes and properties in any order, and in any graph of filters."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import psutil
import pytest
from vs_clips import (
    HANG,
    Looks,
    Telling,
    asked,
    clip_of,
    codes_of,
    colorize,
    core,
    counted,
    film,
    gray_clip,
    looks,
    put_in,
    vs,
)

from vs_tcvc.vapoursynth import filter

LENGTH = 72
CUTS = (30, 34, 60)


def reverse(length: int) -> list[int]:
    return list(range(length))[::-1]


def shuffled(length: int) -> list[int]:
    return Random(1).sample(range(length), length)


def jumping(length: int) -> list[int]:
    """First and last, second and last but one, and so on."""
    return [n for pair in zip(range(length), reverse(length), strict=True) for n in pair][:length]


ORDERS = (range, reverse, shuffled, jumping)


@pytest.fixture(autouse=True)
def scarce_cache() -> Iterator[None]:
    """A cache of 1 MB; threads and cache as they were, afterwards."""
    before = core.num_threads, core.max_cache_size
    core.max_cache_size = 1
    yield
    core.num_threads, core.max_cache_size = before


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Telling:
    return put_in(monkeypatch, Telling())


# The order laws


@pytest.fixture(scope="module")
def film_in_order() -> tuple[vs.VideoNode, dict[int, Looks]]:
    clip = gray_clip(film((9, 8, 7)), vs.YUV420P8)
    return clip, asked(colorize(clip), range(24))


@pytest.mark.parametrize(
    ("threads", "order", "in_flight"),
    [(1, reverse, 1), (2, shuffled, 1), (8, jumping, 1), (1, shuffled, 24), (2, reverse, 24), (8, shuffled, 24)],
)
def test_the_shipped_network_gives_the_same_frames_in_any_order(
    film_in_order: tuple[vs.VideoNode, dict[int, Looks]],
    threads: int, order: Callable[[int], Iterable[int]], in_flight: int,
) -> None:  # fmt: skip
    clip, expected = film_in_order
    assert [n for n in range(24) if expected[n][1]["TCVCShot"] == n] == [0, 9, 17]
    core.num_threads = threads
    assert asked(colorize(clip), order(24), in_flight) == expected


@pytest.fixture(scope="module")
def count_in_order() -> tuple[vs.VideoNode, dict[int, Looks]]:
    clip = gray_clip(counted(LENGTH), vs.GRAYS, jitter=0.0005)
    with pytest.MonkeyPatch.context() as patch:
        put_in(patch, Telling())
        return clip, asked(colorize(clip, cuts=CUTS), range(LENGTH))


@pytest.mark.parametrize("in_flight", [1, 24])
@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("order", ORDERS)
def test_a_network_with_a_memory_gives_the_same_frames_in_any_order(
    network: Telling, count_in_order: tuple[vs.VideoNode, dict[int, Looks]],
    order: Callable[[int], Iterable[int]], threads: int, in_flight: int,
) -> None:  # fmt: skip
    clip, expected = count_in_order
    assert len({tuple(shown) for shown, _ in expected.values()}) == LENGTH
    core.num_threads = threads
    assert asked(colorize(clip, cuts=CUTS), order(LENGTH), in_flight) == expected


@pytest.mark.parametrize("in_flight", [1, 24])
def test_playing_costs_the_network_one_step_per_frame(network: Telling, in_flight: int) -> None:
    core.num_threads = 8
    asked(colorize(gray_clip(counted(LENGTH), vs.GRAYS, jitter=0.0005), cuts=CUTS), range(LENGTH), in_flight)
    assert network.steps == LENGTH


@pytest.mark.parametrize("threads", [2, 8, 64])
def test_64_requests_in_flight_in_random_order_cost_the_network_one_step_per_frame(
    network: Telling, threads: int
) -> None:
    core.num_threads = threads
    length = 192
    order = [n for first in range(0, length, 64) for n in Random(first).sample(range(first, first + 64), 64)]
    asked(colorize(gray_clip(counted(length), vs.GRAYS, jitter=0.0005), cuts=[40, 44, 150]), order, in_flight=64)
    assert network.steps <= 1.1 * length


def test_frames_that_nobody_waits_for_disturb_none(network: Telling) -> None:
    clip = gray_clip(counted(LENGTH), vs.GRAYS)
    expected = asked(colorize(clip, cuts=CUTS), range(LENGTH))
    colored = colorize(clip, cuts=CUTS)
    for n in shuffled(LENGTH):
        colored.get_frame_async(n)
    assert asked(colored, range(0, LENGTH, 9)) == {n: expected[n] for n in range(0, LENGTH, 9)}


# Graphs of filters


@pytest.fixture
def clip() -> vs.VideoNode:
    return gray_clip(counted(60), vs.GRAYS)


CHANGES: dict[str, tuple[Callable[[vs.VideoNode], vs.VideoNode], list[int]]] = {
    "trim": (lambda clip: clip.std.Trim(31, 49), list(range(31, 50))),
    "reverse": (lambda clip: clip.std.Reverse(), list(range(60))[::-1]),
    "select": (lambda clip: clip.std.SelectEvery(4, [3, 1]), [n for at in range(0, 60, 4) for n in (at + 3, at + 1)]),
    "splice": (lambda clip: clip[40:50] + clip[5:9], [*range(40, 50), *range(5, 9)]),
    "interleave": (lambda clip: core.std.Interleave([clip, clip.std.Reverse()]),
                   [n for pair in zip(range(60), reversed(range(60)), strict=True) for n in pair]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_filters_behind_it_get_the_frames_of_the_whole_clip(network: Telling, clip: vs.VideoNode, name: str) -> None:
    change, frames = CHANGES[name]
    whole = asked(colorize(clip, cuts=[20]), range(60))
    changed = asked(change(colorize(clip, cuts=[20])), range(len(frames)), in_flight=8)
    assert [changed[at] for at in range(len(frames))] == [whole[n] for n in frames]


@pytest.mark.parametrize("name", CHANGES)
def test_filters_before_it_make_a_clip_like_any_other(network: Telling, clip: vs.VideoNode, name: str) -> None:
    change, frames = CHANGES[name]
    pictures = counted(60)
    same = gray_clip([pictures[n] for n in frames], vs.GRAYS)
    order = shuffled(len(frames))
    assert asked(colorize(change(clip), cuts=[7]), order, in_flight=8) == asked(colorize(same, cuts=[7]), order)


def test_several_filters_in_one_script_do_not_disturb_each_other(network: Telling) -> None:
    pictures = counted(60)
    clips = [gray_clip(pictures[:40], vs.GRAYS), gray_clip(pictures[20:], vs.GRAYS)]
    wishes: list[tuple[vs.VideoNode, dict[str, Any]]] = [
        (clips[0], {"cuts": [11]}), (clips[0], {"cuts": [], "saturation": 0.5}), (clips[1], {"cuts": [11]}),
    ]  # fmt: skip
    alone = [asked(colorize(clip, **arguments), range(40)) for clip, arguments in wishes]
    together = asked(core.std.Interleave([colorize(clip, **arguments) for clip, arguments in wishes]), range(120), 24)
    assert [[together[3 * n + which] for n in range(40)] for which in range(3)] == [
        [each[n] for n in range(40)] for each in alone
    ]
    assert alone[0] != alone[1] != alone[2]


def test_a_filter_on_a_filters_output_colors_anew(network: Telling, clip: vs.VideoNode) -> None:
    once = asked(colorize(clip, cuts=[20]), range(60))
    assert asked(colorize(colorize(clip, cuts=[20]), cuts=[20]), shuffled(60), 8) == once


def test_a_script_may_be_loaded_again_and_again(network: Telling, clip: vs.VideoNode) -> None:
    def filters() -> int:
        gc.collect()
        return sum(type(each) is filter.Filter for each in gc.get_objects())

    before = filters()
    sizes = []
    for _ in range(40):
        colored = colorize(clip, cuts=[20])
        for n in (0, 30):
            colored.get_frame(n).close()
        colored.get_frame_async(59).result(HANG).close()
        sizes.append(psutil.Process().memory_info().rss)
    assert filters() == before + 1
    del colored
    assert filters() == before
    assert sizes[-1] - sizes[9] < 16e6  # what one filter keeps is 2 MB here; 30 of them would be 60 MB


def test_a_clip_of_one_frame(network: Telling) -> None:
    colored = colorize(gray_clip(counted(1), vs.GRAYS))
    assert list(asked(colored, range(1))) == [0]
    assert colored.num_frames == 1


@pytest.mark.parametrize("arguments", [{}, {"cuts": [5, 10**8]}, {"confidence": 1}])
def test_a_clip_without_end_costs_no_more_than_its_frames(network: Telling, arguments: dict[str, object]) -> None:
    before = psutil.Process().memory_info().rss
    endless = core.std.BlankClip(format=vs.GRAY8, width=96, height=64, length=10**8, keep=True)
    colored = colorize(endless, **arguments)
    asked(colored, [0, 3, 40, 1])
    assert colored.num_frames == 10**8
    assert psutil.Process().memory_info().rss - before < 64e6


@pytest.mark.parametrize("way", ["size", "format"])
def test_a_clip_that_changes_its_size_or_format_is_refused(way: str) -> None:
    one = core.std.BlankClip(format=vs.GRAY8, width=96, height=64, length=2)
    other = core.std.BlankClip(one, width=98) if way == "size" else core.std.BlankClip(one, format=vs.GRAY16)
    with pytest.raises(vs.Error, match="clip: expected one format and one size, got a clip that changes them; add"):
        colorize(core.std.Splice([one, other], mismatch=True))


def test_an_error_of_the_source_is_told_and_later_frames_come(network: Telling) -> None:
    clip = gray_clip(counted(10), vs.GRAYS)
    broken = True

    def fail(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        if n == 4 and broken:
            raise ValueError("reel torn")
        return f

    torn = core.std.ModifyFrame(clip, clip, fail)
    colored = colorize(torn, cuts=[])
    expected = asked(colorize(clip, cuts=[]), range(10))
    with pytest.raises(vs.Error, match="reel torn"):
        colored.get_frame(6)
    assert looks(colored.get_frame(3)) == expected[3]
    broken = False
    assert asked(colored, reverse(10), 4) == expected


def test_a_shared_luma_plane_is_not_written_by_what_comes_behind(network: Telling) -> None:
    source = [codes_of(picture, vs.GRAY16) for picture in counted(3)]
    clip = clip_of(source, vs.GRAY16)
    colored = colorize(clip)
    inverted = asked(colored.std.Invert(planes=0), range(3))
    again = asked(colored, range(3))
    assert [again[n][0][0] for n in range(3)] == [planes_of[0].tobytes() for planes_of in source]
    assert inverted[0][0][0] != again[0][0][0]
