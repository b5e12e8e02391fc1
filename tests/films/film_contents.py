"""What films show: colour and tints of their own, blank frames, flashes, fades, burnt-in digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from coloring_faces import FACES as COLORING_FACES
from coloring_faces import ColoringFace, planes_of, rgb_of
from made_films import KEPT, Facts, Fate, Made, Outcome, Section, everywhere, says
from numpy.typing import NDArray
from skimage import data as untyped_data

from vs_tcvc.core.frame import Array
from vs_tcvc.core.likeness import ENOUGH, contrast, shows
from vs_tcvc.picture.color import lab_from_rgb, lightness_from_luma, ycc_from_rgb
from vs_tcvc.picture.srgb_codes import rgb_from_codes

DATA: Any = untyped_data
WIDTH, HEIGHT = 96, 64
BLACK, WHITE = 16, 235
COLORED = 1.5
"""Mean chroma, in units of a* and b*, from which a frame has colour."""
DARK = 20.0
"""L*, of a frame."""
CALM = 5.0
"""Most that mean a* or b* changes from a frame to the next one of the same things."""
SAME = 0.02
"""Of white: rounding from planes to R'G'B' and back."""

Frame = NDArray[np.uint8]
"""R'G'B' (H, W, 3), sRGB."""


# Facts


def facts_of(film: Path) -> Facts:
    """What is right for the film: which frames have colour of their own, and which show enough to be coloured."""
    pictures = [rgb_of(planes) for planes in planes_of(film)]
    return {
        "own_colour": [n for n, each in enumerate(pictures) if _chroma(each) > COLORED],
        "coloured": [n for n, each in enumerate(pictures) if _shows_something(each)],
        "blank": [],
        "calm": True,
    }


def facts_of_result(film: Path, pictures: Sequence[Array]) -> Facts:
    made = [rgb_of(planes) for planes in planes_of(film)]
    kept = [n for n, (one, other) in enumerate(zip(made, pictures, strict=True))
            if _chroma(one) > COLORED and np.abs(one - other).max() < SAME]  # fmt: skip
    visible = [n for n, each in enumerate(pictures) if _shows_something(each)]
    return {
        "own_colour": kept,
        "coloured": [n for n, each in enumerate(pictures) if _chroma(each) > COLORED and n in visible],
        "blank": [n for n, each in enumerate(pictures) if _chroma(each) > COLORED and contrast(_lightness(each)) < 1],
        "calm": all(_is_calm(pictures[n], pictures[n + 1]) for n in visible if n + 1 in visible),
    }


def _lab(rgb: Array) -> Array:
    return lab_from_rgb(rgb.clip(0, 1))


def _lightness(rgb: Array) -> Array:
    return lightness_from_luma(ycc_from_rgb(rgb, "601")[0])


def _shows_something(rgb: Array) -> bool:
    """No blank and no dark end of a fade, and not digits alone."""
    lightness = _lightness(rgb)
    return contrast(lightness) >= ENOUGH and float(lightness.mean()) > DARK


def _chroma(rgb: Array) -> float:
    return float(np.hypot(*_lab(rgb)[1:]).mean())


def _is_calm(one: Array, other: Array) -> bool:
    """Whether frames of the same things have the same colours."""
    if not shows(_lightness(one), _lightness(other)):
        return True
    return float(np.abs(_lab(one)[1:].mean(axis=(1, 2)) - _lab(other)[1:].mean(axis=(1, 2))).max()) < CALM


# Frames


@cache
def still(name: str) -> Frame:
    picture = getattr(DATA, name)()[:340, :510, :3]
    return np.asarray(cv2.resize(picture, (WIDTH + 24, HEIGHT + 8), interpolation=cv2.INTER_AREA), np.uint8)


def color_shot(name: str, frames: int) -> list[Frame]:
    """A camera that moves over a photograph, in its colours."""
    return [still(name)[4 : 4 + HEIGHT, n : n + WIDTH].copy() for n in range(frames)]


def shot(name: str, frames: int) -> list[Frame]:
    """The same in gray."""
    return [cv2.cvtColor(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype(np.uint8)
            for each in color_shot(name, frames)]  # fmt: skip


def blank(level: int, frames: int) -> list[Frame]:
    """Frames of one gray, 0 to 255."""
    return [np.full((HEIGHT, WIDTH, 3), level, np.uint8)] * frames


SEPIA, CYANOTYPE = (1.0, 0.82, 0.6), (0.55, 0.8, 1.0)


def tinted(frames: Sequence[Frame], tint: tuple[float, ...], fades: bool = False) -> list[Frame]:
    """Every brightness in one colour; fades: less and less of it."""
    shares = np.linspace(1, 0.4, len(frames)) if fades else np.ones(len(frames))
    tints = [1 - share * (1 - np.array(tint)) for share in shares]
    return [np.rint(frame * each).astype(np.uint8) for frame, each in zip(frames, tints, strict=True)]


def faded_in(frames: Sequence[Frame]) -> list[Frame]:
    shares = np.linspace(0, 1, len(frames) // 2).tolist() + [1.0] * (len(frames) - len(frames) // 2)
    return [np.rint(frame * share).astype(np.uint8) for frame, share in zip(frames, shares, strict=True)]


def with_timecode(frames: Sequence[Frame]) -> list[Frame]:
    found = []
    for number, frame in enumerate(frames):
        drawn = cv2.rectangle(frame.copy(), (20, 52), (76, 62), (0, 0, 0), -1)
        cv2.putText(drawn, f"00:00:{number:02d}", (22, 61), cv2.FONT_HERSHEY_SIMPLEX, 0.32, (255, 255, 255), 1)
        found.append(np.asarray(drawn, np.uint8))
    return found


def flash(frames: int) -> list[Frame]:
    """A shot with a blank white in it."""
    taken = shot("astronaut", 12 + frames)
    return [*taken[:6], *blank(255, frames), *taken[6 + frames :]]


def write(path: Path, frames: Sequence[Frame]) -> None:
    """A film in 4:4:4, limited range."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv444p"
        for codes in frames:
            ycc = ycc_from_rgb(rgb_from_codes(codes), "601")
            planes = [16 + 219 * ycc[0], 128 + 224 * ycc[1], 128 + 224 * ycc[2]]
            frame = av.VideoFrame.from_ndarray(np.rint(planes).astype(np.uint8), format="yuv444p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


# Faces


def face_of(coloring: ColoringFace, film: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    result = coloring(film, results, options)
    return Outcome({} if result.error else facts_of_result(film, result.pictures), result.said, result.error)


FACES = {name: partial(face_of, coloring) for name, coloring in COLORING_FACES.items()}
IN_ANY_ORDER = ("VapourSynth", "`tcvc sequence`")


def made(
    name: str, trait: str, frames: Callable[[], Sequence[Frame]], fates: Mapping[str, Fate] | None = None,
    **options: Any,
) -> Made:  # fmt: skip
    return Made(
        f"{name}.mkv", trait, lambda path: write(path, frames()), fates or everywhere(KEPT, list(FACES)), options
    )


def fates_of(fate: Fate, **others: Fate) -> Mapping[str, Fate]:
    return everywhere(fate, list(FACES), **{face: other for face, other in others.items() if face in FACES})


def on_tints(shots: str) -> Mapping[str, Fate]:
    """The fates of tinted films: it is told with the shots, or at once by faces that do not see the whole film."""
    at_once = says("frame 0 is tinted, and the tint is replaced", changes="own_colour")
    return fates_of(says(shots, changes="own_colour"), **dict.fromkeys(IN_ANY_ORDER, at_once))


REPLACED = fates_of(
    says("frame 8 has colour of its own, which is replaced", changes="own_colour"), **{"a project": KEPT}
)
LEFT = fates_of(says("frame 8 has colour of its own, which is kept"), **{"a project": KEPT})

FILMS = (
    made("part", "part gray, part colour", lambda: [*shot("astronaut", 8), *color_shot("chelsea", 8)], REPLACED),
    made("kept", "part gray, part colour, which is to be kept",
         lambda: [*shot("astronaut", 8), *color_shot("chelsea", 8)], LEFT, own_color="keep"),
    made("sepia", "sepia", lambda: tinted(shot("astronaut", 8), SEPIA),
         on_tints("1 of 1 shot tinted, beginning at 0; the tint is replaced")),
    made("sepia_kept", "sepia, and colour is to be kept", lambda: tinted(shot("astronaut", 8), SEPIA),
         on_tints("1 of 1 shot tinted, beginning at 0; the tint is replaced"), own_color="keep"),
    made("fading", "a tint that fades", lambda: tinted(shot("astronaut", 8), CYANOTYPE, fades=True),
         on_tints("1 of 1 shot tinted, beginning at 0; the tint is replaced")),
    made("tints", "shots in two tints in turn", lambda: [
        *tinted(shot("astronaut", 8), SEPIA), *tinted(shot("chelsea", 8), CYANOTYPE), *tinted(shot("coffee", 8), SEPIA),
    ], on_tints("3 of 3 shots tinted, beginning at 0, 8, 16; the tint is replaced")),
    made("black", "black between two shots",
         lambda: [*shot("astronaut", 8), *blank(0, 24), *shot("chelsea", 8)]),
    made("white", "begins with white", lambda: [*blank(255, 12), *shot("chelsea", 8)]),
    made("even", "an even gray between two shots",
         lambda: [*shot("astronaut", 8), *blank(110, 12), *shot("chelsea", 8)]),
    made("flash1", "a flash of one frame", lambda: flash(1)),
    made("flash2", "a flash of two frames", lambda: flash(2)),
    made("flash5", "a flash of five frames", lambda: flash(5)),
    made("strobe", "white every other frame, from the first on",
         lambda: [each for frame in shot("astronaut", 8) for each in (*blank(255, 1), frame)]),
    made("fade", "begins with a fade from black", lambda: faded_in(shot("astronaut", 20))),
    made("timecode", "burnt-in timecode, also over black",
         lambda: with_timecode([*shot("astronaut", 8), *blank(0, 8), *shot("chelsea", 8)])),
)  # fmt: skip

CONTENTS = Section(
    "What films show",
    "Colour that frames have of their own is kept or replaced, as it is asked for; every frame that shows something "
    "gets colour, and keeps it calmly; blank frames get none.",
    FILMS, FACES, facts_of,
)  # fmt: skip
