"""The keys of the desk, once: handlers and the map of keys are made from this table."""

from __future__ import annotations

from dataclasses import dataclass

EVERYWHERE, FILM, SHOT = "everywhere", "film", "shot"


@dataclass(frozen=True)
class Key:
    """A key. action: the name that handlers know it by. combos: as `Ctrl+Shift+Z`, letters in capitals, any of them.

    words: what it does. place: where it does it, one of the pages or EVERYWHERE.
    """

    action: str
    combos: tuple[str, ...]
    words: str
    place: str = EVERYWHERE


KEYS = (
    Key("undo", ("Ctrl+Z",), "undo"),
    Key("redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Key("film", ("F",), "the film"),
    Key("render", ("R",), "render"),
    Key("map", ("?",), "this map of keys"),
    Key("left", ("ArrowLeft",), "the shot to the left", FILM),
    Key("right", ("ArrowRight",), "the shot to the right", FILM),
    Key("up", ("ArrowUp",), "the shot above", FILM),
    Key("down", ("ArrowDown",), "the shot below", FILM),
    Key("first", ("Home",), "the first shot", FILM),
    Key("last", ("End",), "the last shot", FILM),
    Key("open", ("Enter",), "open the shot", FILM),
    Key("select", ("Space",), "select the shot, or not; Shift and arrows select more", FILM),
    Key("select_all", ("Ctrl+A",), "select all shots that are shown", FILM),
    Key("select_left", ("Shift+ArrowLeft",), "", FILM),
    Key("select_right", ("Shift+ArrowRight",), "", FILM),
    Key("select_up", ("Shift+ArrowUp",), "", FILM),
    Key("select_down", ("Shift+ArrowDown",), "", FILM),
    Key("gray", ("G",), "all pictures gray, or in colour", FILM),
    Key("search", ("/",), "search: words, a shot, a frame, a timecode", FILM),
    Key("clear", ("Escape",), "select nothing", FILM),
    Key("play", ("Space",), "play, or stop", SHOT),
    Key("back", ("ArrowLeft",), "a frame back", SHOT),
    Key("forth", ("ArrowRight",), "a frame on", SHOT),
    Key("back_10", ("Shift+ArrowLeft",), "ten frames back", SHOT),
    Key("forth_10", ("Shift+ArrowRight",), "ten frames on", SHOT),
    Key("first_frame", ("Home",), "the first frame", SHOT),
    Key("last_frame", ("End",), "the last frame", SHOT),
    Key("previous_shot", ("ArrowUp",), "the shot before", SHOT),
    Key("next_shot", ("ArrowDown",), "the next shot", SHOT),
    Key("color", ("1",), "colour", SHOT),
    Key("gray_frame", ("2",), "gray", SHOT),
    Key("wipe", ("3",), "wipe", SHOT),
    Key("side", ("4",), "side by side", SHOT),
    Key("difference", ("5",), "difference", SHOT),
    Key("before", ("6",), "before the last change", SHOT),
    Key("fit", ("0",), "the whole picture; the wheel zooms", SHOT),
    Key("view", ("V",), "look", SHOT),
    Key("hint", ("H",), "hint", SHOT),
    Key("paint", ("P",), "paint", SHOT),
    Key("eyedropper", ("E",), "eyedropper", SHOT),
    Key("smaller_brush", ("[",), "a smaller brush", SHOT),
    Key("larger_brush", ("]",), "a larger brush", SHOT),
    Key("remove_hint", ("Delete",), "remove the selected hint", SHOT),
    Key("leave", ("Escape",), "select nothing, then the tool look", SHOT),
    Key("begin_here", ("I",), "the shot begins here", SHOT),
    Key("end_here", ("O",), "the shot ends here", SHOT),
    Key("split", ("S",), "split here", SHOT),
    Key("join", ("J",), "join with the next shot", SHOT),
    Key("lead", ("L",), "lead the scene", SHOT),
    Key("lock", ("K",), "lock, or unlock", SHOT),
    Key("candidates", ("C",), "candidates", SHOT),
)

_SIGNS = {
    "ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Escape": "Esc",
}  # fmt: skip
TITLES = {EVERYWHERE: "Everywhere", FILM: "Film", SHOT: "Shot"}


def shown(combo: str) -> list[str]:
    """The keys of a combination as people read them."""
    return [_SIGNS.get(part, part) for part in combo.split("+")]


def table() -> list[dict[str, object]]:
    """For the browser: action, combos and place of every key."""
    return [{"action": each.action, "combos": each.combos, "place": each.place} for each in KEYS]
