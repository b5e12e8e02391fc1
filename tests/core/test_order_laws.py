"""The order laws: frame n is a function of the clip, the references and n, whoever asks, when and for what else.

The truth is `plain`: the engine run over each run of frames by itself, with all cuts known beforehand.
"""

from __future__ import annotations

import threading
import time
import tracemalloc
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from random import Random

import pytest
from fakes import CutsAt, FakeColorizer, FakeMemory, LocalCuts, NetworkDownError, gray, looks, painted
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_tcvc.core.any_order import Limits, Need, Session
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.in_parallel import AHEAD, ParallelStream
from vs_tcvc.core.shot import Reference
from vs_tcvc.errors import FrameError

FakeSession = Session[FakeMemory]
FakeNeed = Need[FakeMemory]
source = lru_cache(maxsize=256)(gray)
Looks = tuple[int, bytes, bytes, int, str]


@dataclass(frozen=True)
class Clip:
    """A clip without pictures: its length, its rule for cuts, its references and the window of its network."""

    length: int
    cuts: CutsAt
    references: Mapping[int, Reference]
    window: int

    def network(self) -> FakeColorizer:
        return FakeColorizer(self.window)

    def session(self, network: FakeColorizer, limits: Limits | None = None) -> FakeSession:
        return Session(Engine(network), Anchors(self.cuts, self.references), self.length, limits)

    def runs(self) -> list[range]:
        """The runs of frames, from the cut rule alone."""
        frames = {index: source(index) for index in range(self.length)}
        anchors = {0} | set(self.references)
        for index in range(self.length):
            window = range(max(0, index - self.cuts.before), min(index + self.cuts.after + 1, self.length))
            if self.cuts.is_cut(index, {each: frames[each] for each in window}):
                anchors.add(index)
        starts = sorted(anchors)
        return [range(start, stop) for start, stop in zip(starts, [*starts[1:], self.length], strict=True)]


def clip_of(length: int, cuts: Iterable[int] = (), window: int = 1) -> Clip:
    return Clip(length, CutsAt(frozenset(cuts), length), {}, window)


def plain(clip: Clip, network: FakeColorizer | None = None) -> dict[int, Looks]:
    """Every frame's colour, run by run; without the frames for which the network fails."""
    engine = Engine(network or clip.network())
    colored: list[Chroma] = []
    for run in clip.runs():
        state = engine.begin(Anchors(clip.cuts, clip.references).run_at(run.start))
        try:
            for index in run:
                state, now = engine.step(state, source(index))
                colored += now
            colored += engine.finish(state)
        except NetworkDownError:
            continue
    return {chroma.index: looks(chroma) for chroma in colored}


def streamed(clip: Clip, network: FakeColorizer) -> list[Chroma]:
    stream = Stream(Engine(network), Anchors(clip.cuts, clip.references))
    colored = [chroma for index in range(clip.length) for chroma in stream.push(gray(index))]
    return colored + stream.finish()


def fetch(need: FakeNeed, clip: Clip, limits: Limits) -> dict[int, GrayFrame]:
    """What a host does with a need, checking what every need promises."""
    assert 0 <= need.frames.start < need.frames.stop <= clip.length
    assert len(need.frames) <= 8 * limits.chunk + clip.cuts.before + clip.cuts.after + clip.window
    return {index: source(index) for index in need.frames}


def rounds_at_most(clip: Clip, limits: Limits) -> int:
    """The progress law: once back over the clip and once forward, a chunk at a time."""
    return 4 + 2 * (clip.length // limits.chunk + 4)


def answer(session: FakeSession, n: int, clip: Clip, limits: Limits | None = None) -> Chroma:
    """Ask for frame n alone, to the end."""
    limits = limits or Limits()
    reply = session.ask(n)
    for _ in range(rounds_at_most(clip, limits)):
        if isinstance(reply, Chroma):
            return reply
        reply = session.give(reply, fetch(reply, clip, limits))
    raise AssertionError(f"frame {n} makes no progress")


def answer_interleaved(
    session: FakeSession,
    order: Sequence[int],
    clip: Clip,
    limits: Limits,
    in_flight: int,
    dropped: float,
    random: Random,
) -> list[Chroma]:
    """Ask in the given order, go on with any of the requests in flight, drop some.

    A request is overtaken by fewer than `in_flight` later ones, as in a host with so many threads.
    """
    results: list[Chroma] = []
    needs: dict[int, FakeNeed] = {}  # by place in the order
    rounds: Counter[int] = Counter()
    place = 0
    while needs or place < len(order):
        if place < min([len(order), *(oldest + in_flight for oldest in needs)]):
            current, reply = place, session.ask(order[place])
            place += 1
        else:
            current = random.choice(list(needs))
            need = needs.pop(current)
            rounds[current] += 1
            assert rounds[current] <= rounds_at_most(clip, limits), "a request makes no progress"
            if random.random() < dropped:
                session.drop(need)
                continue
            reply = session.give(need, fetch(need, clip, limits))
        if isinstance(reply, Chroma):
            results.append(reply)
        else:
            needs[current] = reply
    return results


@st.composite
def clips(draw: st.DrawFn, longest: int = 40) -> Clip:
    length = draw(st.integers(1, longest))
    before, after = draw(st.sampled_from([(3, 2), (3, 2), (0, 0), (1, 0), (0, 2)]))
    frames = st.integers(0, length - 1)
    shots = draw(st.sampled_from(["listed", "found", "none"]))
    listed = draw(st.frozensets(frames, max_size=12)) if shots == "listed" else frozenset[int]()
    found = LocalCuts(frozenset(), length, before, after, spacing=draw(st.integers(2, 15)))
    cuts = found if shots == "found" else CutsAt(listed, length, before, after)
    given_at = draw(st.dictionaries(frames, st.integers(-1, 1), max_size=4))
    references = {at: painted(max(0, at + shift), at % 100, f"{at}.png") for at, shift in given_at.items()}
    return Clip(length, cuts, references, draw(st.sampled_from([1, 3])))


any_limits = st.builds(
    Limits,
    recent=st.integers(0, 5),
    checkpoints=st.integers(0, 3),
    spacing=st.integers(1, 9),
    results=st.integers(0, 6),
    decisions=st.integers(0, 9),
    chunk=st.integers(1, 8),
)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=300, deadline=None)
@given(clips())
def test_a_stream_gives_the_same_pictures_in_order(clip: Clip) -> None:
    colored = streamed(clip, clip.network())
    assert [chroma.index for chroma in colored] == list(range(clip.length))
    assert {chroma.index: looks(chroma) for chroma in colored} == plain(clip)


@settings(max_examples=100, deadline=None)
@given(clips())
def test_a_stream_gives_every_item_of_a_whole_clip_back_with_its_color(clip: Clip) -> None:
    stream = Stream(Engine(clip.network()), Anchors(clip.cuts, clip.references))
    items = ((f"frame {index}", gray(index).lightness) for index in range(clip.length))
    colored = list(stream.run(items))
    assert [item for item, _ in colored] == [f"frame {index}" for index in range(clip.length)]
    assert {chroma.index: looks(chroma) for _, chroma in colored} == plain(clip)


def at_once(
    clip: Clip, runs: int, network: FakeColorizer | None = None
) -> tuple[ParallelStream[FakeMemory], Iterator[Chroma]]:
    """Runs coloured at the same time, and what comes of it."""
    engine = Engine(network or FakeColorizer(clip.window, callers=runs))
    work = ParallelStream(engine, Anchors(clip.cuts, clip.references), runs)
    return work, work.run(map(gray, range(clip.length)))


@settings(max_examples=200, deadline=None)
@given(clips(), st.integers(1, 4))
def test_runs_at_once_give_the_same_pictures_in_order(clip: Clip, runs: int) -> None:
    work, colored = at_once(clip, runs)
    assert [looks(chroma) for chroma in colored] == list(plain(clip).values())
    assert work.shots == len(replace(clip, references={}).runs())


def test_runs_at_once_are_really_worked_on_at_once_and_no_more_of_them() -> None:
    """Each of three shots waits in its first call for the two others; the fake refuses a fourth caller."""
    together = threading.Barrier(3)

    def meet() -> None:
        together.wait(timeout=20)

    network = FakeColorizer(callers=3, pause=meet)
    _, colored = at_once(clip_of(6, cuts=(2, 4)), 3, network)
    assert len(list(colored)) == 6


def test_no_more_runs_are_worked_on_at_once_when_all_is_read() -> None:
    """The fake refuses a third caller."""
    clip, network = clip_of(60, cuts=range(0, 60, 4)), FakeColorizer(callers=2, pause=lambda: time.sleep(1e-3))
    assert len(list(at_once(clip, 2, network)[1])) == clip.length


def test_runs_at_once_read_no_further_than_they_may_and_end_when_nobody_wants_more() -> None:
    before, clip = set(threading.enumerate()), clip_of(100_000, cuts=range(0, 100_000, 7))
    taken: list[int] = []

    def endless() -> Iterator[GrayFrame]:
        for index in range(clip.length):
            taken.append(index)
            yield gray(index)

    colored = ParallelStream(Engine(FakeColorizer(callers=2)), Anchors(clip.cuts, {}), 2).run(endless())
    assert [next(colored).index for _ in range(500)] == list(range(500))
    time.sleep(0.05)
    assert len(taken) <= 500 + 2 * AHEAD + clip.cuts.after + 2
    colored.close()  # type: ignore[attr-defined]  # a generator
    assert set(threading.enumerate()) <= before


@settings(max_examples=60, deadline=None)
@given(clips(), st.integers(1, 3), st.integers(0, 39))
def test_an_error_of_the_network_comes_where_the_color_would_have_come(clip: Clip, runs: int, broken: int) -> None:
    reachable = plain(clip, FakeColorizer(clip.window, fails_on={broken}))
    fails = len(reachable) < clip.length
    came: list[Looks] = []
    with pytest.raises(NetworkDownError) if fails else nullcontext():
        for chroma in at_once(clip, runs, FakeColorizer(clip.window, fails_on={broken}, callers=runs))[1]:
            came.append(looks(chroma))
    until = next(index for index in range(clip.length + 1) if index not in reachable)
    assert came == [reachable[index] for index in range(until)]


@pytest.mark.parametrize("runs", [1, 3])
def test_an_error_while_reading_comes_after_the_frames_before_it(runs: int) -> None:
    clip = clip_of(60, cuts=(20, 40))

    def damaged() -> Iterator[GrayFrame]:
        yield from map(gray, range(30))
        raise OSError("the disk is gone")

    came: list[int] = []
    colored = ParallelStream(Engine(FakeColorizer(callers=runs)), Anchors(clip.cuts, {}), runs).run(damaged())
    with pytest.raises(OSError, match="the disk is gone"):
        came.extend(chroma.index for chroma in colored)
    assert came == list(range(30 - clip.cuts.after))


@settings(max_examples=500, deadline=None)
@given(clips(), any_limits, st.integers(1, 24), st.sampled_from([0.0, 0.2]), seeds)
def test_any_order_of_asking_gives_the_same_pictures(
    clip: Clip, limits: Limits, in_flight: int, dropped: float, seed: int
) -> None:
    random = Random(seed)
    order = random.choices(range(clip.length), k=random.randrange(1, 30))
    colored = answer_interleaved(clip.session(clip.network(), limits), order, clip, limits, in_flight, dropped, random)
    truth = plain(clip)
    assert all(looks(chroma) == truth[chroma.index] for chroma in colored)
    if not dropped:
        assert Counter(chroma.index for chroma in colored) == Counter(order)


@settings(max_examples=150, deadline=None)
@given(clips(), st.sampled_from(["forwards", "backwards", "shuffled"]), seeds)
def test_every_frame_of_a_whole_pass_is_the_same_with_the_default_limits(clip: Clip, order: str, seed: int) -> None:
    frames = list(range(clip.length))
    if order == "backwards":
        frames.reverse()
    elif order == "shuffled":
        Random(seed).shuffle(frames)
    session = clip.session(clip.network())
    assert {n: looks(answer(session, n, clip)) for n in frames} == plain(clip)


@settings(max_examples=6, deadline=None)
@given(clips(), any_limits, seeds)
def test_eight_threads_get_the_same_pictures(clip: Clip, limits: Limits, seed: int) -> None:
    network = clip.network()
    network.pause = lambda: time.sleep(1e-5)  # lets the other threads run in the middle of a call
    session, truth = clip.session(network, limits), plain(clip)
    wrong: list[object] = []

    def hammer(seed: int) -> None:
        random = Random(seed)
        order = random.choices(range(clip.length), k=20)
        try:
            colored = answer_interleaved(session, order, clip, limits, in_flight=3, dropped=0.1, random=random)
            wrong.extend(chroma.index for chroma in colored if looks(chroma) != truth[chroma.index])
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=hammer, args=(seed + each,)) for each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@settings(max_examples=150, deadline=None)
@given(clips(longest=30), any_limits, st.integers(0, 29), seeds)
def test_a_failing_network_fails_only_the_frames_that_need_it_and_works_afterwards(
    clip: Clip, limits: Limits, broken: int, seed: int
) -> None:
    network = clip.network()
    network.fails_on = {broken}
    session, truth = clip.session(network, limits), plain(clip)
    reachable = plain(clip, FakeColorizer(clip.window, fails_on={broken}))
    order = list(range(clip.length))
    Random(seed).shuffle(order)
    for n in order:
        if n in reachable:
            assert looks(answer(session, n, clip, limits)) == truth[n]
        else:
            with pytest.raises(NetworkDownError):
                answer(session, n, clip, limits)
    network.fails_on = ()
    assert {n: looks(answer(session, n, clip, limits)) for n in order} == truth


def test_the_need_on_which_the_network_failed_may_be_given_again() -> None:
    clip = clip_of(20)
    network = clip.network()
    session = clip.session(network)
    need = session.ask(0)
    assert isinstance(need, Need)
    network.fails_on = {0}
    with pytest.raises(NetworkDownError):
        session.give(need, fetch(need, clip, Limits()))
    network.fails_on = ()
    reply = session.give(need, fetch(need, clip, Limits()))
    assert isinstance(reply, Chroma)
    assert looks(reply) == plain(clip)[0]


@settings(max_examples=200, deadline=None)
@given(clips(), st.integers(0, 39))
def test_an_error_leaves_a_stream_as_it_was(clip: Clip, broken: int) -> None:
    network = clip.network()
    stream = Stream(Engine(network), Anchors(clip.cuts, clip.references))
    colored: list[Chroma] = []
    network.fails_on = {broken}
    for call in [*((lambda n=n: stream.push(gray(n))) for n in range(clip.length)), stream.finish]:
        try:
            colored += call()
        except NetworkDownError:
            network.fails_on = ()
            colored += call()
    assert [looks(chroma) for chroma in colored] == list(plain(clip).values())


@settings(max_examples=200, deadline=None)
@given(clips())
def test_a_stream_holds_back_no_more_than_it_must(clip: Clip) -> None:
    network = clip.network()
    stream = Stream(Engine(network), Anchors(clip.cuts, clip.references))
    alive: weakref.WeakSet[GrayFrame] = weakref.WeakSet()
    done = 0
    for index in range(clip.length):
        frame = gray(index)
        alive.add(frame)
        done += len(stream.push(frame))
        del frame
        assert index + 1 - done <= clip.cuts.after + clip.window - 1
        assert len(alive) <= clip.cuts.before + clip.cuts.after + 1 + clip.window - 1
    done += len(stream.finish())
    assert done == clip.length
    assert not alive


@settings(max_examples=200, deadline=None)
@given(clips())
def test_a_stream_counts_shots_and_a_reference_begins_none(clip: Clip) -> None:
    stream = Stream(Engine(clip.network()), Anchors(clip.cuts, clip.references))
    for index in range(clip.length):
        stream.push(gray(index))
    stream.finish()
    assert stream.shots == len(replace(clip, references={}).runs())


def test_a_stream_wants_every_frame_once_in_order_and_none_after_the_end() -> None:
    stream = Stream(Engine(FakeColorizer()), Anchors(CutsAt(frozenset(), 2)))
    with pytest.raises(FrameError, match="frame 0 comes next in the stream, got frame 1"):
        stream.push(gray(1))
    for index in range(2):
        stream.push(gray(index))
    assert [chroma.index for chroma in stream.finish()] == [0, 1]
    assert stream.finish() == []
    with pytest.raises(FrameError, match="frame 2 came after the stream was finished"):
        stream.push(gray(2))
    assert Stream(Engine(FakeColorizer()), Anchors(CutsAt(frozenset(), 0))).finish() == []


@settings(max_examples=150, deadline=None)
@given(clips(longest=120), st.integers(1, 8), seeds)
def test_asking_in_order_costs_one_step_per_frame_even_if_delivered_out_of_order(
    clip: Clip, in_flight: int, seed: int
) -> None:
    network, minimum = clip.network(), clip.network()
    plain(clip, minimum)
    session = clip.session(network)
    answer_interleaved(session, range(clip.length), clip, Limits(), in_flight, dropped=0, random=Random(seed))
    assert network.steps == minimum.steps
    if clip.window == 1 and not clip.references:
        assert network.steps == clip.length


def test_going_backwards_costs_at_most_two_steps_per_frame_while_checkpoints_last() -> None:
    limits = Limits()
    clip = clip_of(limits.checkpoints * limits.spacing - 48)
    network = clip.network()
    session = clip.session(network)
    for n in reversed(range(clip.length)):
        answer(session, n, clip)
    assert clip.length < network.steps <= 2 * clip.length


def test_two_readers_far_apart_in_one_shot_do_not_disturb_each_other() -> None:
    clip = clip_of(400)
    network = clip.network()
    session = clip.session(network)
    for n in range(200):
        answer(session, n, clip)
        answer(session, n + 200, clip)
    seek = 200  # steps to reach frame 200, where the second reader begins
    assert network.steps <= seek + clip.length


def test_a_far_seek_asks_for_each_frame_at_most_three_times() -> None:
    """Once on the way back and once forward; the cut window of neighbouring chunks overlaps."""
    clip = clip_of(10_000)
    session = clip.session(clip.network())
    asked: Counter[int] = Counter()
    rounds, reply = 0, session.ask(9_000)
    while isinstance(reply, Need):
        asked.update(reply.frames)
        rounds += 1
        reply = session.give(reply, fetch(reply, clip, Limits()))
    assert max(asked.values()) <= 3
    assert rounds <= 2 * 9_000 / 64 + 12


@settings(max_examples=200, deadline=None)
@given(clips(), seeds)
def test_a_request_steps_no_further_than_the_call_that_colors_its_frame(clip: Clip, seed: int) -> None:
    network = clip.network()
    n = Random(seed).randrange(clip.length)
    chroma = answer(clip.session(network), n, clip)
    assert all(index >= chroma.anchor for call in network.colored for index in call)
    assert all(min(call) <= n for call in network.colored)


@pytest.mark.parametrize("window", [1, 3])
def test_memory_is_bounded_over_five_thousand_frames(window: int) -> None:
    clip, limits = clip_of(5_000, cuts=range(0, 5_000, 1_700), window=window), Limits()
    network = clip.network()
    session = clip.session(network)
    alive: weakref.WeakSet[GrayFrame] = weakref.WeakSet()
    for n in range(clip.length):
        reply = session.ask(n)
        while isinstance(reply, Need):
            frames = {index: gray(index) for index in reply.frames}
            alive.update(frames.values())
            reply = session.give(reply, frames)
            del frames
        assert not alive, "a source frame is held after the answer"
        assert len(network.memories) <= limits.recent + limits.checkpoints
    assert len(network.memories) > limits.checkpoints


def test_nothing_grows_with_the_length_of_the_clip() -> None:
    clip = clip_of(10**8)
    tracemalloc.start()
    session = clip.session(clip.network())
    for n in range(40):
        answer(session, n, clip)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 2e6


def test_a_clip_of_unknown_length_is_endless() -> None:
    known = clip_of(50, cuts=[7, 20], window=3)
    cuts = CutsAt(known.cuts.frames, length=10**9)
    session = Session(Engine(known.network()), Anchors(cuts))
    endless = replace(known, length=10**9, cuts=cuts)
    truth = plain(known)
    assert all(looks(answer(session, n, endless)) == truth[n] for n in (30, 8, 19, 0, 31))


def test_asking_never_waits_for_the_network() -> None:
    clip = clip_of(20)
    inside, go_on = threading.Event(), threading.Event()

    def pause() -> None:
        inside.set()
        assert go_on.wait(timeout=10)

    network = clip.network()
    network.pause = pause
    session = clip.session(network)
    worker = threading.Thread(target=answer, args=(session, 0, clip))
    worker.start()
    assert inside.wait(timeout=10)
    reply = session.ask(5)
    still_working = worker.is_alive()
    go_on.set()
    worker.join()
    assert still_working
    assert isinstance(reply, Need)
    assert looks(answer(session, 5, clip)) == plain(clip)[5]


def test_a_dropped_request_keeps_no_state_and_begins_anew_if_given() -> None:
    clip = clip_of(200)
    network = clip.network()
    limits = Limits(recent=0, checkpoints=0, results=0)
    session = clip.session(network, limits)
    need = session.ask(150)
    while isinstance(need, Need) and not network.memories:
        need = session.give(need, fetch(need, clip, limits))
    assert isinstance(need, Need)
    assert len(network.memories) == 1
    session.drop(need)
    assert len(network.memories) == 0
    reply: Chroma | FakeNeed = need
    while isinstance(reply, Need):
        reply = session.give(reply, fetch(reply, clip, limits))
    assert looks(reply) == plain(clip)[150]


@pytest.mark.parametrize("cuts", [(), (40, 44, 90, 150)])
@pytest.mark.parametrize("in_flight", [2, 8, 64])
def test_requests_in_flight_cost_one_step_per_frame(in_flight: int, cuts: Sequence[int]) -> None:
    """A host begins a request at any moment after it was made, and brings its frames at any later one."""
    clip, serve = clip_of(200, cuts=cuts), Random(1)
    network = clip.network()
    session = clip.session(network)
    coming = iter(range(clip.length))
    waiting: list[int | FakeNeed] = list(islice(coming, in_flight))
    while waiting:
        request = waiting.pop(serve.randrange(len(waiting)))
        if isinstance(request, int):
            reply = session.ask(request)
        else:
            reply = session.give(request, fetch(request, clip, Limits()))
        waiting += [reply] if isinstance(reply, Need) else islice(coming, 1)
    assert network.steps <= 1.1 * clip.length
    assert session.in_flight <= in_flight


@pytest.mark.parametrize("n", [-1, 20])
def test_a_frame_outside_the_clip_is_refused(n: int) -> None:
    clip = clip_of(20)
    with pytest.raises(FrameError, match=f"frame {n} is outside the clip's frames 0 to 19"):
        clip.session(clip.network()).ask(n)


def test_a_need_answered_with_the_wrong_frames_is_refused_and_may_be_given_again() -> None:
    clip = clip_of(20)
    session = clip.session(clip.network())
    need = session.ask(4)
    assert isinstance(need, Need)
    frames = fetch(need, clip, Limits())
    with pytest.raises(FrameError, match="frame 3 was needed for frame 4, got none"):
        session.give(need, {index: frame for index, frame in frames.items() if index != 3})
    with pytest.raises(FrameError, match="frame 3 was needed for frame 4, got frame 9 in its place"):
        session.give(need, {**frames, 3: gray(9)})
    assert isinstance(session.give(need, frames), Need)
    assert looks(answer(session, 4, clip)) == plain(clip)[4]


def test_a_reference_or_a_length_that_cannot_be_is_refused() -> None:
    engine, cuts = Engine(FakeColorizer()), CutsAt(frozenset(), 20)
    with pytest.raises(FrameError, match="reference is given for frame 20, but the clip's frames are 0 to 19"):
        Session(engine, Anchors(cuts, {20: painted(20)}), length=20)
    with pytest.raises(FrameError, match="at least one frame, got 0"):
        Session(engine, Anchors(cuts), length=0)
