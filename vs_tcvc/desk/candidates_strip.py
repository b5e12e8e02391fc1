"""The candidates of a shot under its picture: asked of the network, shown, and taken as the reference."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from nicegui import ui

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.identity import identity
from vs_tcvc.desk import shell
from vs_tcvc.desk.candidates import Candidate, candidates
from vs_tcvc.desk.pictures import WIDTHS
from vs_tcvc.desk.session import Desk
from vs_tcvc.desk.shell import button, text
from vs_tcvc.desk.shot_edits import take_color
from vs_tcvc.desk.viewer import Viewer
from vs_tcvc.film.frame_picture import shape_of
from vs_tcvc.film.imagination import Imagine, other_colors
from vs_tcvc.settings import Settings


class CandidatesStrip:
    """Pictures to choose from, made when `ask` is called; one under the pointer or with the focus is shown large.

    place: of the shot on the page.
    """

    def __init__(self, desk: Desk, place: Callable[[], int], viewer: Viewer) -> None:
        self._desk, self._place, self._viewer = desk, place, viewer
        self._of: object = None
        self.element = ui.element("div").classes("candidates").props('role=group aria-label="candidates"')

    async def ask(self) -> None:
        """Make and show them, unless they are there."""
        place, asked = self._place(), self._subject()
        if asked == self._of:
            return
        self._of = asked
        self._say("the network is asked for eight colours")
        found = await shell.attempt(_asked, self._desk, place)
        if self._of != asked or self.element.is_deleted:
            return
        if not found or not found[1]:
            self._of = None
            self._say("a shot that is not coloured has no candidates" if found else "")
            return
        self._show(place, *found)

    def forget(self) -> None:
        """Show those no more that are of another shot; who takes one can still take another one."""
        if self._of not in (None, self._subject()):
            self._of = None
            self._say("these were of another shot: Candidates asks for those of this one")

    def _subject(self) -> object:
        """What they depend on, beside the film."""
        film = self._desk.state.film
        entry = film.entries[self._place()]
        return entry.frames, entry.shot.state, entry.saturation, film.settings

    def _say(self, words: str) -> None:
        self.element.clear()
        with self.element:
            text("span", words, "none")

    def _show(self, place: int, frame: int, found: list[Candidate]) -> None:
        saturation = np.float32(self._desk.state.film.entries[place].saturation)
        self._desk.pictures.offer({(frame, n): saturation * each.ab for n, each in enumerate(found, start=1)})
        version = identity(frame, [each.ab for each in found])[:12]
        width, height = shape_of(self._desk.state.film.plan)
        self.element.clear()
        with self.element:
            for number, each in enumerate(found, start=1):
                self._build(frame, number, each, version, width / height)

    def _build(self, frame: int, number: int, candidate: Candidate, version: str, aspect: float) -> None:
        shown = f"candidate-{number}"
        origin = self._desk.state.film.document.project.film.first

        async def take() -> None:
            self._viewer.end_peek()
            await shell.attempt(take_color, self._desk, frame, candidate.ab, candidate.words)

        with button(
            "", take, f"take {candidate.words} as the reference of frame {origin + frame}", "candidate"
        ) as each:
            source = f"/frame/{frame}?shown={shown}&width={WIDTHS[0]}&v={version}"
            text("img", src=source, alt="").style(f"aspect-ratio: {aspect:.4f}")
            text("span", candidate.words)
        for event in ("mouseenter", "focus"):
            each.on(event, lambda: self._viewer.peek(origin + frame, shown, version, candidate.words))
        for event in ("mouseleave", "blur"):
            each.on(event, self._viewer.end_peek)


def _asked(desk: Desk, place: int) -> tuple[int, list[Candidate]]:
    """The candidates of a shot; waits for the network."""
    film = desk.state.film

    def question(colorizer: Colorizer[Any]) -> tuple[int, list[Candidate]]:
        with film.reader() as reader:
            return candidates(film, colorizer, place, _others(film.settings), reader.gray)

    found: tuple[int, list[Candidate]] = desk.ask(question).result()
    return found


@lru_cache(maxsize=1)
def _others(settings: Settings) -> Imagine:
    """Of the network's thread, which alone calls it."""
    return other_colors(settings)
