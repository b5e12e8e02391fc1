"""The film's frames as pictures for a page: in the newest colour there is, as it was before, in gray."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from vs_tcvc.core.frame import Array
from vs_tcvc.desk.plates import Plates, page_stage
from vs_tcvc.desk.screen import Screen
from vs_tcvc.errors import MissingShotError, UsageError
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.frame_picture import in_square_pixels, rgb_of
from vs_tcvc.film.thumbnails import frame_of, thumbnail
from vs_tcvc.picture.srgb_codes import Codes, codes_from_rgb
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.project.stored_shot import StoredShot
from vs_tcvc.runtime.atomic_files import make_folder, whole_file

QUALITY = 92
"""Of JPEG, with whole chroma: colour is judged by it."""
WIDTHS = (480, 960, 1440, 1920)
"""Pictures are made so wide, or as wide as the film."""
CARD = 340
"""Pixels across a card."""
SHOWN = ("color", "gray", "before")

_NUMBER = re.compile("[0-9]{1,3}")
_JPEG = (
    cv2.IMWRITE_JPEG_QUALITY, QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What pictures are made of. before: keys of shots as they were before they changed, by their frames.

    stored: keys of the shots that are in the store.
    """

    film: FilmProject
    plates: Plates
    stored: Container[str]
    before: Mapping[range, str]


@dataclass(frozen=True)
class Picture:
    """A JPEG or WebP.

    made_of: "color"; "reference", in a shot that is being coloured; "before"; "unchanged", where there is nothing
    before; "own"; "gray"; "left", of a shot that stays gray. name: of a card, "" for one that is not to be kept.
    """

    content: bytes
    made_of: str
    name: str = ""


class Pictures:
    """Pictures of a film's frames, by index from 0; any thread may ask. scene: what there is at the moment."""

    def __init__(self, scene: Callable[[], Scene], screen: Screen) -> None:
        self._scene, self._screen = scene, screen
        self._lock = threading.Lock()
        self._now: tuple[FilmProject, FilmColor] | None = None
        self._old: tuple[str, StoredShot] | None = None
        self._candidates: dict[tuple[int, int], Array] = {}

    def frame(self, index: int, shown: str, width: int) -> Picture:
        """A frame as a JPEG of about that many pixels across.

        shown: one of SHOWN, or "candidate-N". Raises UsageError for another one, or a frame that the film does not
        have, and as reading the film does.
        """
        scene = self._scene()
        plates = scene.plates
        if index not in range(len(scene.film.index.range)):
            raise UsageError(where=f"frame {index}", expected=f"0 to {len(scene.film.index.range) - 1}")
        across = next((each for each in WIDTHS if each >= width), WIDTHS[-1])
        plate, stage = plates.plate(index, across), plates.stage(across)
        color, made_of = self._color(scene, index, shown)
        rgb = rgb_of(stage, plate.luma, plate.lightness, color, plate.chroma if made_of == "own" else ())
        return Picture(bytes(cv2.imencode(".jpg", codes_from_rgb(rgb)[..., ::-1], _JPEG)[1]), made_of)

    def color(self, index: int) -> Array:
        """a* and b* (2, H, W) of a frame as it is shown, at working size; of gray 0."""
        scene = self._scene()
        width, height = scene.film.canvas.working_size
        color, _ = self._color(scene, index, "color")
        return np.zeros((2, height, width), np.float32) if color is None else color

    def offer(self, candidates: Mapping[tuple[int, int], Array]) -> None:
        """Let candidates be shown, in place of those before: a* and b* by index of the frame and number from 1."""
        self._candidates = dict(candidates)

    def thumbnail(self, place: int) -> Picture:
        """A shot's card: one of its frames as a small WebP, in colour if the shot is stored."""
        scene = self._scene()
        index, made_of, name = _card_of(scene, place)
        folder = scene.film.folder / f"{scene.film.document.path.name}.cards"
        with suppress(OSError):
            return Picture((folder / name).read_bytes(), made_of, name)
        codes, painted = self._card(scene, index, made_of)
        content = thumbnail(codes, CARD)
        if painted != made_of:
            return Picture(content, painted)
        _keep(folder, name, content)
        return Picture(content, made_of, name)

    def card_name(self, place: int) -> str:
        """The name of a shot's card; it changes when the card does."""
        return _card_of(self._scene(), place)[2]

    def _card(self, scene: Scene, index: int, made_of: str) -> tuple[Codes, str]:
        held = scene.plates.held(index)
        stage = page_stage(scene.film.plan.stage, CARD)
        luma = cv2.resize(held.luma, (stage.width, stage.height), interpolation=cv2.INTER_AREA)
        color, made_of = self._color(scene, index, "color") if made_of == "color" else (None, made_of)
        rgb = rgb_of(stage, luma, held.lightness, color, held.chroma if made_of == "own" else ())
        return codes_from_rgb(in_square_pixels(rgb, scene.film.plan)), made_of

    def _color(self, scene: Scene, index: int, shown: str) -> tuple[Array | None, str]:
        """a* and b* of a frame, None for gray or its own colour, and what they are of."""
        if shown == "gray":
            return None, "gray"
        if shown.startswith("candidate-"):
            number = shown.removeprefix("candidate-")
            found = self._candidates.get((index, int(number))) if _NUMBER.fullmatch(number) else None
            if found is not None:
                return found, "color"
        if shown not in SHOWN:
            raise UsageError(where="shown", expected=f"one of {', '.join(SHOWN)} or candidate-N", got=repr(shown))
        with self._lock:
            if shown == "before":
                color, made_of = self._before(scene, index)
                return color, "unchanged" if color is None else made_of
            return self._newest(scene, index)

    def _newest(self, scene: Scene, index: int) -> tuple[Array | None, str]:
        color, keys = self._film_color(scene.film), scene.film.keys
        place, places = color.place_of(index), color.places_of(index)
        entry = scene.film.entries[place]
        sketch = self._screen.sketch(keys[place]) if place in keys else None
        if sketch and (ab := sketch.ab(index)) is not None:
            return np.float32(entry.saturation) * ab, "color" if sketch.is_colored(index) else "reference"
        has_color = entry.shot.state == "color" or len(places) > 1  # a dissolve brings colour into a shot that is gray
        if has_color and all(keys[each] in scene.stored for each in places if each in keys):
            with suppress(MissingShotError):
                chroma = color.frame(index)
                return (None, "own") if chroma is None else (chroma.saturated, "color")
        if entry.shot.state != "color":
            return None, "own" if entry.shot.state == "keep" else "left"
        return self._before(scene, index)

    def _before(self, scene: Scene, index: int) -> tuple[Array | None, str]:
        """The colour that a frame had before its shot was changed."""
        entry = scene.film.entries[self._film_color(scene.film).place_of(index)]
        key = scene.before.get(entry.frames)
        if key is None:
            return None, "gray"
        with suppress(MissingShotError, IndexError):
            if self._old is None or self._old[0] != key:
                self._old = key, scene.film.store.read(key)
            chroma = self._old[1].frame(index)
            return replace(chroma, saturation=entry.saturation).saturated, "before"
        return None, "gray"

    def _film_color(self, film: FilmProject) -> FilmColor:
        if self._now is None or self._now[0] is not film:
            width, height = film.canvas.working_size
            self._now = film, FilmColor(film.store, film.entries, film.keys, (height, width))
        return self._now[1]


def _card_of(scene: Scene, place: int) -> tuple[int, str, str]:
    """The frame of a shot's card, what it is made of, and the name of its file."""
    entry, key = scene.film.entries[place], scene.film.keys.get(place, "")
    index = frame_of(entry.frames)
    made_of = "color" if key in scene.stored else "own" if entry.shot.state == "keep" else "gray"
    content = key if made_of == "color" else scene.film.index.identity.content
    return index, made_of, f"{index:07d}-{made_of}-{content[:20]}-{entry.saturation:g}.webp"


def _keep(folder: Path, name: str, content: bytes) -> None:
    """Keep a card in place of the one of the same frame, if the folder can be written."""
    with suppress(OSError, UsageError):
        make_folder(folder)
        for old in folder.glob(f"{name.partition('-')[0]}-*"):
            old.unlink(missing_ok=True)
        with whole_file(folder / name) as file:
            file.write(content)
