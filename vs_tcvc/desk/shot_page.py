"""The page of a shot: its picture, its cuts or candidates under it, and what it is beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from nicegui import Client, ui
from nicegui.events import GenericEventArguments

from vs_tcvc.desk import palettes, shell, shot_edits
from vs_tcvc.desk.candidates_strip import CandidatesStrip
from vs_tcvc.desk.controls import Segments
from vs_tcvc.desk.filmstrip import Cut, Filmstrip
from vs_tcvc.desk.palette_panel import PalettePanel
from vs_tcvc.desk.session import Desk
from vs_tcvc.desk.shot_facts import film_of, place_of, shown_of
from vs_tcvc.desk.shot_panel import ShotPanel
from vs_tcvc.desk.viewer import Viewer
from vs_tcvc.film.frame_picture import shape_of


@dataclass
class Hand:
    """What a person has in the hand on the way from shot to shot: colour, colours used last, mode and tool."""

    color: str = palettes.SKIN[1]
    used: list[str] = field(default_factory=list)
    mode: str = "color"
    tool: str = "look"


_hands: WeakKeyDictionary[Client, Hand] = WeakKeyDictionary()


def shot_page(desk: Desk, number: int) -> None:
    """Build the page of a shot, by its number from 1."""
    ShotPage(desk, number - 1, _hands.setdefault(ui.context.client, Hand()))


class ShotPage:
    """The page in one browser. place: of its shot, the one that has the frame seen last, whatever its number."""

    def __init__(self, desk: Desk, place: int, hand: Hand) -> None:
        self._desk, self._hand, self.place = desk, hand, place
        self._selected: int | None = None
        self._seen: tuple[int, str] | None = None
        shown = shown_of(desk, place)
        self._frame = self._anchor = shown.shot[0]
        with ui.element("div").classes("shotpage"):
            self._viewer = Viewer(shown, hand.color, self._frame, hand.mode, hand.tool)
            with ui.element("div").classes("under"):
                self._build_under()
            with ui.element("aside").props('aria-label="shot"'):
                self._panel = ShotPanel(desk, lambda: self.place, self._viewer.go_to, self._viewer.select)
                self._panel.build_head()
                self._palette = PalettePanel(hand.color, hand.used, self._choose_color)
                self._panel.build_rest()
        self._listen()
        desk.look_at(place)
        ui.timer(shell.SECONDS, self._look)
        self._look()

    def _build_under(self) -> None:
        """Cuts or candidates, in one place."""
        self._tabs = Segments("under the picture", {"cuts": "Cuts", "candidates": "Candidates"}, self._show_under)
        facts = self._desk.state.film.document.project.film
        ends = (facts.range[0], facts.range[-1])
        shape, film = shape_of(self._desk.state.film.plan), film_of(self._desk.state)
        self._filmstrip = Filmstrip(shape, film, ends, self._cuts())
        self._candidates = CandidatesStrip(self._desk, lambda: self.place, self._viewer)
        self._under = ""
        self._tabs.show("cuts")
        shell.set_props(self._candidates.element, hidden=True)

    def _listen(self) -> None:
        """What the viewer, the filmstrip and keys do."""
        viewer, strip = self._viewer, self._filmstrip
        viewer.on("frame", self._on_frame)
        viewer.on("mode", lambda event: setattr(self._hand, "mode", event.args))
        viewer.on("tool", lambda event: setattr(self._hand, "tool", event.args))
        viewer.on("select", self._on_select)
        viewer.on("hint", self._on_hint)
        viewer.on("pick", lambda event: self._choose_color(event.args["color"], picked=True))
        viewer.on("change", self._on_change)
        viewer.on("remove", lambda event: self._do(shot_edits.remove_hint, self.place, int(event.args)))
        viewer.on("paint", self._on_paint)
        strip.on("move", lambda event: self._move_cut(int(event.args["at"]), int(event.args["frame"])))
        strip.on("go", lambda event: viewer.go_to(int(event.args)))
        acts: dict[str, Callable[[], Any]] = {
            "begin_here": lambda: self._move_cut(0, self._frame),
            "end_here": lambda: self._move_cut(1, self._frame + 1),
            "split": lambda: self._do(shot_edits.split, self._frame),
            "join": lambda: self._do(shot_edits.join_next, self.place),
        }
        strip.on("act", lambda event: acts[event.args]())
        shell.on_keys({
            **acts, "lead": self._panel.lead, "lock": self._panel.toggle_lock, "candidates": self._toggle_candidates,
            "previous_shot": partial(self._panel.to, -1), "next_shot": partial(self._panel.to, 1),
        })  # fmt: skip

    def _look(self) -> None:
        """Show what has changed since the last look."""
        desk = self._desk
        state, version = desk.state, desk.shot_version(min(self.place, len(desk.state.rows) - 1))
        if (state.revision, version) == self._seen:
            return
        if not self._seen or state.revision != self._seen[0]:
            self._follow()
            self._panel.show(state)
            self._palette.show(state, self.place)
            self._filmstrip.show(self._cuts())
            self._candidates.forget()
        self._seen = (state.revision, version)
        self._viewer.show(shown_of(desk, self.place))

    def _follow(self) -> None:
        """Stay with the shot that has the frame."""
        place = place_of(self._desk.state, self._anchor)
        if place != self.place:
            self.place, self._selected = place, None
            ui.navigate.history.replace(f"/shot/{place + 1}")
            self._desk.look_at(place)

    def _cuts(self) -> list[Cut | None]:
        rows, place = self._desk.state.rows, self.place
        return [
            Cut(rows[each].frames[0], rows[each - 1].frames[0] + 1, rows[each].frames[1] - 1, words)
            if 0 < each < len(rows) else None
            for each, words in ((place, "where the shot begins"), (place + 1, "where the shot ends"))
        ]  # fmt: skip

    async def _do(self, change: Callable[..., Any], *values: Any) -> Any:
        """Change something; what was not taken is not shown any more."""
        before = self._desk.state
        done = await shell.attempt(change, self._desk, *values)
        if self._desk.state is before:
            self._viewer.refuse()
            self._filmstrip.refuse()
        self._look()
        return done

    def _show_under(self, name: str) -> Any:
        self._tabs.show(name)
        shell.set_props(self._filmstrip, hidden=None if name == "cuts" else True)
        shell.set_props(self._candidates.element, hidden=None if name == "candidates" else True)
        self._under = name
        return self._candidates.ask() if name == "candidates" else None

    def _toggle_candidates(self) -> Any:
        return self._show_under("cuts" if self._under == "candidates" else "candidates")

    async def _choose_color(self, color: str, picked: bool = False) -> None:
        """A colour is active; the selected hint gets it, unless it was only picked."""
        self._hand.color = color
        self._palette.set_color(color)
        self._viewer.set_color(color)
        if self._selected is not None and not picked:
            await self._do(shot_edits.set_hint_color, self.place, self._selected, color)

    def _on_frame(self, event: GenericEventArguments) -> None:
        self._frame, (first, end) = int(event.args), self._desk.state.rows[self.place].frames
        if first <= self._frame < end:
            self._anchor = self._frame

    async def _on_select(self, event: GenericEventArguments) -> None:
        """A hint is selected; its colour is active then."""
        self._selected = None if event.args is None else int(event.args)
        hints = self._desk.state.film.document.project.shots[self.place].hints
        if self._selected is not None and self._selected < len(hints):
            await self._choose_color(hints[self._selected].color.lower(), picked=True)

    async def _on_hint(self, event: GenericEventArguments) -> None:
        asked = event.args
        self._palette.note_used()
        place = await self._do(shot_edits.add_hint, int(asked["frame"]), (asked["x"], asked["y"]), self._hand.color)
        if place is not None and place != self.place:
            shell.tell(f"The hint is of shot {place + 1}, which has frame {asked['frame']}.", is_error=False)

    async def _on_change(self, event: GenericEventArguments) -> None:
        number = int(event.args["number"])
        if "at" in event.args:
            await self._do(shot_edits.move_hint, self.place, number, event.args["at"])
        else:
            await self._do(shot_edits.set_hint_radius, self.place, number, event.args["radius"])

    async def _on_paint(self, event: GenericEventArguments) -> None:
        self._palette.note_used()
        await self._do(shot_edits.take_strokes, int(event.args["frame"]), str(event.args["png"]))

    async def _move_cut(self, at: int, frame: int) -> None:
        """Move the cut where the shot begins, or with 1 where it ends; the page stays with the shot."""
        before = self._anchor
        self._anchor = frame - at
        await self._do(shot_edits.move_cut, self.place + at, frame)
        if place_of(self._desk.state, self._anchor) != self.place:
            self._anchor = before
