"""Colouring frames in any order, for hosts that request any frame at any time: VapourSynth, previews.

`ask(n)` returns the colour of frame n, or the source frames that are needed first; the host fetches these and passes
them to `give`. A request that arrives before its predecessors does their work and leaves them the results. State kept
between requests only saves work: dropping it never changes a result, because every result is a function of the clip,
the references and n. No clips, nodes, pipes or clocks here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic
from weakref import WeakSet

from vs_tcvc.core.colorizer import Memory
from vs_tcvc.core.engine import Anchors, ColorizerState, Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.lru import Lru
from vs_tcvc.errors import FrameError

_NO_FRAMES: Mapping[int, GrayFrame] = {}
_CHUNK_GROWTH = 8
_STATES_EACH, _RESULTS_EACH = 2, 4
"""States and coloured frames kept for each other request in flight: 64 of them served in random order then cost one
network step per frame; half as many states and results cost up to 1.7."""


@dataclass(frozen=True)
class Limits:
    """How much a session keeps. Any numbers give the same results; smaller ones cost more work.

    recent: states after the most recently coloured frames, at least; more if many requests are in flight, so that late
        ones find the state of the previous shot.
    checkpoints: states kept for seeking back, one per `spacing` frames of a run, counted from its anchor.
    results: coloured frames kept for other requests, at least; more if many requests are in flight.
    decisions: frames known to be a cut or not.
    chunk: source frames that a request seeking back needs first, at least 1; later up to 8 times as many.
    """

    recent: int = 16
    checkpoints: int = 64
    spacing: int = 32
    results: int = 32
    decisions: int = 4096
    chunk: int = 8


@dataclass(eq=False)
class Request(Generic[Memory]):
    """One request for one frame, opaque to the host. It keeps its own position, so requests are independent.

    target: the requested frame.
    undecided: none of the frames after this one, up to the target, is an anchor.
    state: position of the replay; None until the search backwards has found where to start.
    chunk: source frames to request next; 1 at first, since most requests come in order.
    """

    target: int
    undecided: int
    state: ColorizerState[Memory] | None = None
    chunk: int = 1


@dataclass(frozen=True, eq=False)
class Need(Generic[Memory]):
    """The source frames that a session needs next; pass them to `give`."""

    frames: range
    request: Request[Memory] = field(repr=False)


class Session(Generic[Memory]):
    """The colour of any frame of a clip, in any order, from any thread.

    length: frames of the clip; None if unknown; callers must then request only frames that exist.

    Between calls it keeps at most what `limits` and the most requests in flight at once allow, and no source frame. A
    request is in flight while the host holds its `Need`. A `Need` has at most 8 chunks of frames
    plus the window of the cut rule, all inside the clip. Every `give` makes progress. One lock guards everything;
    `ask` never waits for it, so a host may ask while the network runs.
    in_flight: the most requests that were in flight at once.

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
        self._requests = WeakSet[Request[Memory]]()
        self.in_flight = 0
        if length is not None and length < 1:
            raise FrameError(f"a clip has at least one frame, got {length}")
        last = max(self._anchors.references, default=0)
        if length is not None and last >= length:
            raise FrameError(f"a reference is given for frame {last}, but the clip's frames are 0 to {length - 1}")

    def ask(self, n: int) -> Chroma | Need[Memory]:
        """The colour of frame n if it is already known, otherwise the source frames to `give` first. Runs no network.

        Raises FrameError for a frame outside the clip.
        """
        if n < 0 or (self._length is not None and n >= self._length):
            last = "the end" if self._length is None else self._length - 1
            raise FrameError(f"frame {n} is outside the clip's frames 0 to {last}")
        request = Request[Memory](target=n, undecided=n)
        self._requests.add(request)
        if not self._lock.acquire(blocking=False):
            return self._need(request)
        try:
            return self._advance(request, _NO_FRAMES)
        finally:
            self._lock.release()

    def give(self, need: Need[Memory], frames: Mapping[int, GrayFrame]) -> Chroma | Need[Memory]:
        """Continue with the source frames of `need`: returns the colour of the requested frame, or the next need.

        Raises FrameError if a frame of the need is missing or has another index, and as `Engine.step` does. An error
        does not affect other requests; the same need may be given again, or the frame requested again.
        """
        for index in need.frames:
            if index not in frames or frames[index].index != index:
                got = f"frame {frames[index].index} in its place" if index in frames else "none"
                raise FrameError(f"frame {index} was needed for frame {need.request.target}, got {got}")
        with self._lock:
            return self._advance(need.request, frames)

    def drop(self, need: Need[Memory]) -> None:
        """Cancel the request and free its state. If its need is given later, it starts again."""
        with self._lock:
            need.request.state = None
            need.request.undecided = need.request.target

    def _advance(self, request: Request[Memory], frames: Mapping[int, GrayFrame]) -> Chroma | Need[Memory]:
        self._keep_for(len(self._requests))
        known = self._results.get(request.target)
        if known is not None:
            return known
        state = self._start(request, frames)
        return self._need(request) if state is None else self._replay(request, state, frames)

    def _keep_for(self, in_flight: int) -> None:
        """Keep what so many requests in flight want of each other."""
        if in_flight > self.in_flight:
            self.in_flight = in_flight
            self._states.recent.limit = max(self._limits.recent, _STATES_EACH * (in_flight - 1))
            self._results.limit = max(self._limits.results, _RESULTS_EACH * (in_flight - 1))

    def _start(self, request: Request[Memory], frames: Mapping[int, GrayFrame]) -> ColorizerState[Memory] | None:
        """State to continue from: the request's own or, if it is further on, another request's.

        Without either, search back for the nearest anchor or kept state; None if `frames` cannot decide a cut.
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
        """Whether a run begins at `index`, true at the clip's end; None if more frames are needed to decide."""
        if index in (0, self._length) or index in self._anchors.references:
            return True
        decision = self._decisions.get(index)
        if decision is None and all(each in frames for each in self._anchors.window(index, self._length)):
            decision = self._anchors.is_cut(index, frames, self._length)
            self._decisions.put(index, decision)
        return decision

    def _need(self, request: Request[Memory]) -> Need[Memory]:
        """The frames that advance the request by a chunk, backwards or forwards, and no more than it needs."""
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
    """States to start a replay from, by the frame they colour next: recent ones, and checkpoints for seeking back."""

    def __init__(self, limits: Limits) -> None:
        self._spacing = limits.spacing
        self.recent = Lru[ColorizerState[Memory]](limits.recent)
        self._checkpoints = Lru[ColorizerState[Memory]](limits.checkpoints)

    def keep(self, state: ColorizerState[Memory], colored: int) -> None:
        """Keep the state after a step that coloured `colored` frames; not kept if 0, since frames are pending."""
        if not colored:
            return
        self.recent.put(state.next_index, state)
        if (state.next_index - state.anchor) % self._spacing < colored:
            self._checkpoints.put(state.next_index, state)

    def at(self, index: int) -> ColorizerState[Memory] | None:
        """The kept state that colours `index` next, or None."""
        return self.recent.get(index) or self._checkpoints.get(index)

    def latest(self, indices: range) -> ColorizerState[Memory] | None:
        """The kept state that colours the highest of `indices` next, or None."""
        kept = {*self.recent.indices(), *self._checkpoints.indices()}
        nearest = max((index for index in kept if index in indices), default=None)
        return None if nearest is None else self.at(nearest)
