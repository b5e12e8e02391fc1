"""The picture of a shot with its timeline and tools, as an element of a page; what it does is in `static/viewer.js`.

Frames have the film's own numbers, places are shares of the picture's sides from the top left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui

from vs_tcvc.desk.pictures import WIDTHS


@dataclass(frozen=True)
class Mark:
    """A hint. number: in its shot, from 0. x, y: 0 to 1. radius: share of the picture's short side."""

    number: int
    frame: int
    x: float
    y: float
    color: str
    radius: float


@dataclass(frozen=True)
class Shown:
    """What a viewer shows.

    first, last: frames that can be reached; shot: [first, end). origin: the number of the film's first frame.
    rate: frames per second. size: (width, height) of the film as it is seen. film: what its content is known by.
    spans: [first, end) and the version of the pictures of these frames, in order. curve: confidence, 0 to 1, over the
    shot. references, alarms: frames.
    """

    first: int
    last: int
    shot: tuple[int, int]
    origin: int
    rate: float
    size: tuple[int, int]
    film: str
    spans: tuple[tuple[int, int, str], ...]
    marks: tuple[Mark, ...] = ()
    references: tuple[int, ...] = ()
    alarms: tuple[int, ...] = ()
    curve: tuple[float, ...] = ()


class Viewer(ui.element, component="static/viewer.js", esm={"tcvc-viewer": "static/viewer"}):
    """A viewer. Its events: `frame` (number), `mode`, `tool` (name), `hint` ({x, y, frame}), `pick` ({x, y, frame,
    color}), `select` (number of a hint or None), `change` ({number, at or radius}), `remove` (number), `paint` ({frame,
    png: base64}).
    """

    def __init__(self, shown: Shown, color: str, start: int, mode: str = "color", tool: str = "look") -> None:
        super().__init__()
        self._props.update({"widths": list(WIDTHS), "start": start, "color": color})
        self._props.update({"startMode": mode, "startTool": tool})
        self._props.update(_props_of(shown))

    def show(self, shown: Shown) -> None:
        """Show something else, or the same as it is now; frame, mode, tool and zoom stay."""
        self._change(_props_of(shown))

    def set_color(self, color: str) -> None:
        """The colour that hints and brush give."""
        self._change({"color": color})

    def go_to(self, frame: int) -> None:
        """Show a frame."""
        self.run_method("goByHand", frame)

    def select(self, number: int) -> None:
        """Select a hint of the shot."""
        self.run_method("select", number)

    def peek(self, frame: int, shown: str, version: str, words: str) -> None:
        """Show another picture of a frame for now, as `Pictures.frame` names it. words: what it is."""
        self.run_method("peek", {"frame": frame, "shown": shown, "version": version, "words": words})

    def end_peek(self) -> None:
        """Show the film again."""
        self.run_method("peek", None)

    def refuse(self) -> None:
        """What was done last could not be taken."""
        self.run_method("refuse")

    def _change(self, props: dict[str, Any]) -> None:
        changed = {name: value for name, value in props.items() if self._props.get(name) != value}
        if changed:
            self._props.update(changed)
            self.update()


def _props_of(shown: Shown) -> dict[str, Any]:
    props = asdict(shown)
    return {name: _plain(value) for name, value in props.items()}


def _plain(value: Any) -> Any:
    """Lists instead of tuples, as JSON has them."""
    return [_plain(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str) else value
