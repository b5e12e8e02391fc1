"""Colouring a clip front to back, for hosts that deliver frames in order: pipe, worker, transcode.

Frames go in one by one; colour comes out in the same order, a bounded number of frames later. At most the window
of the cut rule is held. No clips, nodes, pipes or clocks here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from vs_tcvc.core.colorizer import Memory
from vs_tcvc.core.engine import Anchors, ColorizerState, Engine
from vs_tcvc.core.frame import Array, Chroma, GrayFrame
from vs_tcvc.errors import FrameError

Item = TypeVar("Item")


class Stream(Generic[Memory]):
    """The colour of a clip whose frames come in order from 0.

    A frame is coloured at most `cuts.after + engine.window - 1` frames after it was pushed; at most
    `cuts.before + cuts.after + 1` frames are held for the cut rule, and fewer than the window for the network.
    An error in `push` or `finish` leaves the stream as it was before the call; the call may be made again.
    """

    def __init__(self, engine: Engine[Memory], anchors: Anchors) -> None:
        self._engine, self._anchors = engine, anchors
        self._state: ColorizerState[Memory] = engine.begin(anchors.run_at(0))
        self._held: dict[int, GrayFrame] = {}
        self._received = 0
        self._shots = 0
        self._is_finished = False

    @property
    def shots(self) -> int:
        """Number of shots so far; a reference inside a shot does not begin one."""
        return self._shots

    def push(self, frame: GrayFrame) -> list[Chroma]:
        """Take the next frame; returns the frames coloured now, in order.

        Raises FrameError for a frame out of order or after `finish`, and as `Engine.step` does.
        """
        if self._is_finished:
            raise FrameError(f"frame {frame.index} came after the stream was finished; begin a new one")
        if frame.index != self._received:
            raise FrameError(f"frame {self._received} comes next in the stream, got frame {frame.index}")
        held = {**self._held, frame.index: frame}
        decided = frame.index - self._anchors.cuts.after
        state, shots, colored = self._colorize(held, range(max(0, decided), decided + 1))
        oldest_wanted = decided + 1 - self._anchors.cuts.before
        self._held = {index: each for index, each in held.items() if index >= oldest_wanted}
        self._state, self._shots, self._received = state, self._shots + shots, frame.index + 1
        return colored

    def finish(self) -> list[Chroma]:
        """End of the clip: returns the frames that were held back, in order. A second call returns none.

        Raises as `Engine.step` does.
        """
        if self._is_finished:
            return []
        length = self._received
        undecided = range(max(0, length - self._anchors.cuts.after), length)
        state, shots, colored = self._colorize(self._held, undecided, length)
        colored += self._engine.finish(state)
        self._state, self._held = self._engine.begin(self._anchors.run_at(length)), {}
        self._shots, self._is_finished = self._shots + shots, True
        return colored

    def run(
        self, items: Iterable[tuple[Item, Array]], keeps_color: Callable[[Item], bool] = lambda item: False
    ) -> Iterator[tuple[Item, Chroma]]:
        """Every item with its colour, for the whole clip; items of frames that are passed over are dropped.

        items: any value that the host wants back with the colour of a frame, and the frame's lightness, (H, W).
        keeps_color: whether an item's frame does, as of `GrayFrame`.
        Raises as `push` and `finish` do.
        """
        waiting = dict[int, Item]()
        for index, (item, lightness) in enumerate(items):
            waiting[index] = item
            for chroma in self.push(GrayFrame(index, lightness, keeps_color=keeps_color(item))):
                yield waiting.pop(chroma.index), chroma
            for passed in [each for each in waiting if each < self._state.first_uncolored]:
                del waiting[passed]
        for chroma in self.finish():
            yield waiting.pop(chroma.index), chroma

    def _colorize(
        self, held: Mapping[int, GrayFrame], indices: range, length: int | None = None
    ) -> tuple[ColorizerState[Memory], int, list[Chroma]]:
        """The state after `indices`, the number of shots that begin among them, and the colours; changes nothing."""
        state, shots, colored = self._state, 0, list[Chroma]()
        for index in indices:
            is_cut = self._anchors.is_cut(index, held, length)
            if is_cut or index in self._anchors.references:
                colored += self._engine.finish(state)
                state = self._engine.begin(self._anchors.run_at(index))
            state, now_colored = self._engine.step(state, held[index], held.get(index + 1))
            shots += is_cut
            colored += now_colored
        return state, shots, colored
