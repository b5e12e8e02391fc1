"""The cuts at which a shot begins and ends, between small pictures, to be moved; see `static/filmstrip.js`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui

from vs_tcvc.desk.pictures import WIDTHS


@dataclass(frozen=True)
class Cut:
    """A cut. frame: the first one after it. low, high: where it can be moved to. words: what it is."""

    frame: int
    low: int
    high: int
    words: str


class Filmstrip(ui.element, component="static/filmstrip.js"):
    """A filmstrip of a shot's two cuts, None where the film begins or ends.

    frames: first and last of the film. Its events: `move` ({at: 0 for the first cut or 1, frame}), `go` (frame), `act`
    (the action of a key).
    """

    def __init__(self, size: tuple[int, int], film: str, frames: tuple[int, int], cuts: Sequence[Cut | None]) -> None:
        super().__init__()
        self._props.update({"size": list(size), "film": film, "frames": list(frames), "width": WIDTHS[0]})
        self._props["cuts"] = _plain(cuts)

    def show(self, cuts: Sequence[Cut | None]) -> None:
        """Show other cuts."""
        if self._props["cuts"] != _plain(cuts):
            self._props["cuts"] = _plain(cuts)
            self.update()

    def refuse(self) -> None:
        """A move could not be made."""
        self.run_method("refuse")


def _plain(cuts: Sequence[Cut | None]) -> list[dict[str, Any] | None]:
    return [None if cut is None else asdict(cut) for cut in cuts]
