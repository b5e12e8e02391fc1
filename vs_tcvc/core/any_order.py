"""Colouring frames in any order, for hosts that ask for frame n when they like: VapourSynth, previews.

Ask, then give: `ask(n)` returns the colour of frame n, or says which source frames are needed; the host fetches them
in its own way and gives them. A request that arrives before its predecessors does their work itself and leaves the
results to them. What is kept between requests only saves work: dropping any of it never changes a result, because
every result is a function of the clip, the references and n. This file knows no clip, node, pipe or clock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic

from vs_tcvc.core.colorizer import Memory
from vs_tcvc.core.engine import Anchors, ColorizerState, Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.lru import Lru
from vs_tcvc.errors import FrameError

_NO_FRAMES: Mapping[int, GrayFrame] = {}
_CHUNK_GROWTH = 8


@dataclass(frozen=True)
class Limits:
    """How much a session keeps. Any numbers give the same results; smaller ones cost more work.

    recent: states after the frames coloured last. More than the requests a host has in flight, so that those
        which come late find the state of the shot before.
    checkpoints: states kept for going back, one per `spacing` frames of a run, counted from its anchor.
    results: coloured frames that other requests may want.
    decisions: frames known to be a cut or none.
    chunk: source frames that a request which goes back asks for first, at least 1; it asks for up to 8 times as many.
    """

    recent: int = 16
    checkpoints: int = 64
    spacing: int = 32
    results: int = 32
    decisions: int = 4096
    chunk: int = 8


@dataclass(eq=False)
class Request(Generic[Memory]):
    """One host's wish for one frame, opaque to the host; it keeps its own place, so that none can disturb another.

    target: the frame that is wanted.
    undecided: none of the frames after this one, up to the target, is an anchor.
    state: where replay stands; None until the walk back has found where to start.
    chunk: source frames to ask for next; 1 at first, for most requests come in order.
    """

    target: int
    undecided: int
    state: ColorizerState[Memory] | None = None
    chunk: int = 1


@dataclass(frozen=True, eq=False)
class Need(Generic[Memory]):
    """What a session needs before it can go on: source frames `frames`, for `give`."""

    frames: range
    request: Request[Memory] = field(repr=False)


class Session(Generic[Memory]):
    """The colour of any frame of a clip, in any order, from any thread.

    length: frames of the clip; None if it is not known, and then every frame asked for must be there.

    Between calls it keeps at most what `limits` says and no source frame. A `Need` has at most 8 chunks of frames
    and the window of the cut rule, all of them in the clip. Every `give` brings its request nearer to its answer.
    One lock guards all; `ask` never waits for it, so a host may ask while the network runs.

    Raises FrameError for a reference outside the clip or a clip without frames.
    """

    def __init__(
        self,
        engine: Engine[Memory],
        anchors: Anchors,
        length: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._engine = engine
        self._anchors = anchors
        self._length = length
        self._limits = limits or Limits()
        self._states = _States[Memory](self._limits)
        self._results = Lru[Chroma](self._limits.results)
        self._decisions = Lru[bool](self._limits.decisions)
        self._lock = threading.Lock()
        if length is not None and length < 1:
            raise FrameError(f"a clip has at least one frame, got {length}")
        last = max(self._anchors.references, default=0)
        if length is not None and last >= length:
            raise FrameError(f"a reference is given for frame {last}, but the clip's frames are 0 to {length - 1}")

    def ask(self, n: int) -> Chroma | Need[Memory]:
        """The colour of frame n if it is at hand, else the source frames to `give` first. Runs no network.

        Raises FrameError for a frame outside the clip.
        """
        if n < 0 or (self._length is not None and n >= self._length):
            last = "the end" if self._length is None else self._length - 1
            raise FrameError(f"frame {n} lies outside the clip's frames 0 to {last}")
        request = Request[Memory](target=n, undecided=n)
        if not self._lock.acquire(blocking=False):
            return self._need(request)
        try:
            return self._advance(request, _NO_FRAMES)
        finally:
            self._lock.release()

    def give(self, need: Need[Memory], frames: Mapping[int, GrayFrame]) -> Chroma | Need[Memory]:
        """Go on with the source frames of `need`: the colour of the frame asked for, or the next need.

        Raises FrameError if a frame of the need is missing or stands under another's index, and as `Engine.step`
        does. An error harms no other request; the same need may be given again, or the frame asked for again.
        """
        for index in need.frames:
            if index not in frames or frames[index].index != index:
                got = f"frame {frames[index].index} in its place" if index in frames else "none"
                raise FrameError(f"frame {index} was needed for frame {need.request.target}, got {got}")
        with self._lock:
            return self._advance(need.request, frames)

    def drop(self, need: Need[Memory]) -> None:
        """The host no longer wants this: free what the request keeps. Given later, it begins anew."""
        with self._lock:
            need.request.state = None
            need.request.undecided = need.request.target

    def _advance(self, request: Request[Memory], frames: Mapping[int, GrayFrame]) -> Chroma | Need[Memory]:
        known = self._results.get(request.target)
        if known is not None:
            return known
        state = self._start(request, frames)
        return self._need(request) if state is None else self._replay(request, state, frames)

    def _start(self, request: Request[Memory], frames: Mapping[int, GrayFrame]) -> ColorizerState[Memory] | None:
        """Where replay goes on: the request's own place or, if that is further on, another request's.

        Without either, walk back to the nearest anchor or kept state; None where `frames` cannot decide a cut.
        """
        place = request.undecided if request.state is None else request.state.next_index
        request.state = self._states.latest(range(place + 1, request.target + 1)) or request.state
        while request.state is None:
            index = request.undecided
            is_anchor = self._is_anchor(index, frames)
            if is_anchor is None:
                return None
            if is_anchor:
                request.state = self._engine.begin(self._anchors.run_at(index))
            else:
                request.state = self._states.at(index)
                request.undecided = index - 1
        return request.state

    def _replay(
        self, request: Request[Memory], state: ColorizerState[Memory], frames: Mapping[int, GrayFrame]
    ) -> Chroma | Need[Memory]:
        """Step forward until the target is coloured, as far as `frames` reach."""
        colored: dict[int, Chroma] = {}
        while request.target not in colored:
            index = state.next_index
            ends_run = self._is_anchor(index, frames) if index > request.target else False
            if ends_run:
                ready = self._engine.finish(state)
            elif ends_run is None or index not in frames:
                return self._need(request)
            else:
                state, ready = self._engine.step(state, frames[index], frames.get(index + 1))
                request.state = state
                self._states.keep(state, len(ready))
            colored = {chroma.index: chroma for chroma in ready}
            for chroma in ready:
                self._results.put(chroma.index, chroma)
        return colored[request.target]

    def _is_anchor(self, index: int, frames: Mapping[int, GrayFrame]) -> bool | None:
        """Whether a run begins at `index`, as at the clip's end; None if `frames` are too few to tell."""
        if index in (0, self._length) or index in self._anchors.references:
            return True
        decision = self._decisions.get(index)
        if decision is None and all(each in frames for each in self._anchors.window(index, self._length)):
            decision = self._anchors.is_cut(index, frames, self._length)
            self._decisions.put(index, decision)
        return decision

    def _need(self, request: Request[Memory]) -> Need[Memory]:
        """The frames that bring the request on by a chunk, backwards or forwards, but not past what it needs."""
        cuts, target = self._anchors.cuts, request.target
        if request.state is None:
            first, stop = request.undecided + 1 - request.chunk - cuts.before, request.undecided + 1 + cuts.after
        else:
            first = request.state.next_index
            stop = min(first + request.chunk, target + 1)
        is_target_in_reach = stop > target
        if is_target_in_reach and self._engine.window > 1:  # frames after it share its call, up to the run's end
            first, stop = min(first, target + 1 - cuts.before), target + self._engine.window + cuts.after
        request.chunk = max(self._limits.chunk, min(2 * request.chunk, _CHUNK_GROWTH * self._limits.chunk))
        return Need(range(max(0, first), stop if self._length is None else min(stop, self._length)), request)


class _States(Generic[Memory]):
    """States to start a replay from, by the frame they colour next: the recent ones, and checkpoints to go back to."""

    def __init__(self, limits: Limits) -> None:
        self._spacing = limits.spacing
        self._recent = Lru[ColorizerState[Memory]](limits.recent)
        self._checkpoints = Lru[ColorizerState[Memory]](limits.checkpoints)

    def keep(self, state: ColorizerState[Memory], colored: int) -> None:
        """Keep the state after a step that coloured so many frames; after none, frames are pending: not kept."""
        if not colored:
            return
        self._recent.put(state.next_index, state)
        if (state.next_index - state.anchor) % self._spacing < colored:
            self._checkpoints.put(state.next_index, state)

    def at(self, index: int) -> ColorizerState[Memory] | None:
        """The state that colours `index` next, if it is kept."""
        return self._recent.get(index) or self._checkpoints.get(index)

    def latest(self, indices: range) -> ColorizerState[Memory] | None:
        """The state that colours the highest of `indices` next, among those kept."""
        kept = {*self._recent.indices(), *self._checkpoints.indices()}
        nearest = max((index for index in kept if index in indices), default=None)
        return None if nearest is None else self.at(nearest)
