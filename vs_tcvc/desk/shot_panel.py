"""The panel beside the picture of a shot: what it is, what should be looked at, colours, scene, look, references."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from vs_tcvc.desk import shell, shot_edits
from vs_tcvc.desk.controls import Choice, Segments, Slider
from vs_tcvc.desk.film_edits import edit_of
from vs_tcvc.desk.grading import Grading
from vs_tcvc.desk.session import Desk, State
from vs_tcvc.desk.shell import button, set_props, text
from vs_tcvc.desk.shot_facts import facts_of, leader_of, name_of, named_frame, new_scene
from vs_tcvc.project.edits import frame_of
from vs_tcvc.project.schema import Hint
from vs_tcvc.references.looks import PRESETS

_NEW = "+"
_SATURATION = (0.0, 2.0, 0.05)
_WARMTH = (-1.0, 1.0, 0.05)


class ShotPanel:
    """Shows a shot and changes it. place: of the shot on the page. go_to: shows a frame. select: marks a hint."""

    def __init__(
        self, desk: Desk, place: Callable[[], int], go_to: Callable[[int], Any], select: Callable[[int], Any]
    ) -> None:  # fmt: skip
        self._desk, self._place, self._go_to, self._select = desk, place, go_to, select
        self._of_scene = False
        self._lists: dict[str, object] = {}

    def build_head(self) -> None:
        """Which shot it is, what it is, and what should be looked at."""
        with ui.element("section").classes("head"):
            with ui.element("div"):
                self._title = text("h2")
                self._previous = button("↑", partial(self.to, -1), "the shot before (Up)")
                self._next = button("↓", partial(self.to, 1), "the next shot (Down)")
                self._lock = button("Lock", self.toggle_lock)
            self._facts = text("p")
            self._alarms = ui.element("div").classes("alarms").props("role=status")

    def build_rest(self) -> None:
        """Scene, look, state, transition, references and hints."""
        with ui.element("section").classes("fields"):
            text("h3", "scene")
            with ui.element("div"):
                self._scene = Choice("scene", self._set_scene)
                self._lead = button("Lead", self.lead, "this shot leads its scene (L)")
                self._leader = text("a", href="#")
            text("h3", "look")
            with ui.element("div"):
                self._of = Segments("whose look", {"shot": "shot", "scene": "scene"}, self._set_of)
                self._preset = Choice("look", partial(self._set_graded, shot_edits.set_preset))
            text("h3")
            self._saturation = Slider(
                "saturation", "saturation", _SATURATION, partial(self._set_graded, shot_edits.set_saturation)
            )
            text("h3")
            self._warmth = Slider("warmth", "warmth", _WARMTH, partial(self._set_graded, shot_edits.set_warmth))
            text("h3", "state")
            self._state = Segments("state", {"color": "colour", "keep": "keep", "gray": "gray"}, self._set_state)
        self._transition = ui.element("section").classes("transition")
        with ui.element("section").classes("lists"):
            text("h3", "references")
            self._references = ui.element("ul").props('aria-label="references"')
            text("h3", "hints")
            self._hints = ui.element("ul").props('aria-label="hints"')

    def show(self, state: State) -> None:
        """Show the shot as it is."""
        place = self._place()
        row, shot = state.rows[place], state.film.document.project.shots[place]
        self._title.text = f"Shot {row.number} of {len(state.rows)}"
        self._facts.text = self._desk.problem_of(place) or facts_of(state, place)
        set_props(self._facts, title=self._facts.text)
        set_props(self._previous, disabled=None if place else True)
        set_props(self._next, disabled=None if place + 1 < len(state.rows) else True)
        self._lock.text = "Locked" if shot.locked else "Lock"
        set_props(self._lock, aria_pressed="true" if shot.locked else "false", title="programs leave it as it is (K)")
        self._show_scene(state, place)
        self._show_look(state, place)
        self._state.show(shot.state)
        alarms = [(each.name, each.sentence) for each in row.alarms]
        self._list(self._alarms, alarms, self._build_alarm)
        self._list(self._references, [*enumerate(shot.references)], self._build_reference)
        self._list(self._hints, [*enumerate(shot.hints)], self._build_hint)
        proposed = [shot.transition] if shot.transition and not shot.transition.confirmed else []
        self._list(self._transition, [(shot.frames, each) for each in proposed], self._build_transition)

    def _show_scene(self, state: State, place: int) -> None:
        scene, leader = state.rows[place].scene, leader_of(state, place)
        names = sorted({row.scene for row in state.rows} - {""})
        self._scene.show({"": "none", **{name: name for name in names}, _NEW: "a new one"}, scene)
        leads = leader == place
        set_props(self._lead, aria_pressed="true" if leads else "false", disabled=None if scene else True)
        self._lead.text = "Leads" if leads else "Lead"
        is_led = leader is not None and not leads
        self._leader.text = f"shot {leader + 1} leads" if is_led and leader is not None else ""
        set_props(self._leader, href=f"/shot/{leader + 1}" if is_led and leader is not None else None)

    def _show_look(self, state: State, place: int) -> None:
        scene = state.rows[place].scene
        self._of_scene = self._of_scene and bool(scene)
        self._of.show("scene" if self._of_scene else "shot")
        project, entry = state.film.document.project, state.film.entries[place]
        graded = Grading.of(shot_edits.look_of(project, place, self._of_scene))
        default = "the film's" if self._of_scene or not scene else "the scene's"
        self._preset.show({"": default, **{name: name for name in PRESETS}}, graded.preset)
        self._warmth.show(graded.warmth)
        own = project.scenes[scene].saturation if self._of_scene and scene in project.scenes else None
        self._saturation.show(entry.saturation if own is None else own)

    def _list(self, element: ui.element, values: Sequence[Any], build: Callable[..., None]) -> None:
        """Show values, if they are others than before."""
        key = str(element.id)
        if self._lists.get(key) == values:
            return
        self._lists[key] = values
        element.clear()
        with element:
            for each in values:
                build(*each)

    def _build_alarm(self, name: str, sentence: str) -> None:
        frame = named_frame(sentence)
        if frame is None:
            text("p", sentence, title=name)
        else:
            button(sentence, lambda: self._go_to(frame), f"{name}: to frame {frame}")

    def _build_reference(self, number: int, reference: Any) -> None:
        frame, name = frame_of(reference), name_of(reference)
        with ui.element("li"):
            if frame is None:
                text("span", name, title=name)
            else:
                button(f"frame {frame}", lambda: self._go_to(frame), f"{name}: to frame {frame}")
            button(
                "Remove", lambda: self._do(shot_edits.remove_reference, number, reference), f"remove reference {name}"
            )

    def _build_hint(self, number: int, hint: Hint) -> None:
        frame, color = hint.frame, hint.color

        def show() -> None:
            self._go_to(frame)
            self._select(number)

        with ui.element("li"):
            text("i", classes="swatch").style(f"background: {color}")
            button(f"frame {frame}", show, f"hint {number + 1}, {color}: to frame {frame}")
            button("Remove", lambda: self._do(shot_edits.remove_hint, number, hint), f"remove hint {number + 1}")

    def _build_transition(self, frames: tuple[int, int], transition: Any) -> None:
        kind = "dissolve" if transition.dissolve else "fade"
        first, end = transition.dissolve or transition.fade
        text("p", f"It seems to begin with a {kind}, frames {first} to {end - 1}.")
        button("Confirm", lambda: self._do(shot_edits.settle_transition, True), f"confirm the {kind}")
        button("Dismiss", lambda: self._do(shot_edits.settle_transition, False), f"there is no {kind}")

    # What it does

    async def _do(self, change: Callable[..., None], *values: Any) -> None:
        """Change the shot, and show it as it is then."""
        await shell.attempt(change, self._desk, self._place(), *values)
        self.show(self._desk.state)

    async def _edit(self, action: str, value: Any) -> None:
        """An edit that the page of the film has, too."""
        await shell.attempt(_edited, self._desk, action, self._place(), value)
        self.show(self._desk.state)

    def to(self, step: int) -> None:
        """Another shot, so many on."""
        number = self._place() + 1 + step
        if 1 <= number <= len(self._desk.state.rows):
            ui.navigate.to(f"/shot/{number}")

    def lead(self) -> Awaitable[None]:
        """Let the shot lead its scene."""
        return self._do(shot_edits.lead)

    def toggle_lock(self) -> Awaitable[None]:
        """Lock or unlock the shot."""
        return self._edit("lock", not self._desk.state.film.document.project.shots[self._place()].locked)

    def _set_scene(self, name: str) -> Awaitable[None]:
        return self._edit("scene", new_scene(self._desk.state) if name == _NEW else name)

    def _set_state(self, state: str) -> Awaitable[None]:
        return self._edit("state", state)

    def _set_of(self, name: str) -> None:
        self._of_scene = name == "scene"
        self.show(self._desk.state)

    def _set_graded(self, change: Callable[..., None], value: float | str) -> Awaitable[None]:
        """Another preset, warmth or saturation."""
        return self._do(change, value, self._of_scene)


def _edited(desk: Desk, action: str, place: int, value: Any) -> None:
    desk.edit(*edit_of(action, [place], value))
