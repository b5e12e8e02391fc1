"""tcvc report: the page of a film from its project."""

from __future__ import annotations

import threading
from fractions import Fraction

import cv2
import numpy as np

from ffmpeg_filters.color_stage import Held
from ffmpeg_filters.decoder import DecodedFrame
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc import __version__
from vs_tcvc.backends import choose
from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.page import FilmPage, ShotCard
from vs_tcvc.film.status import Row, status_of
from vs_tcvc.film.thumbnails import thumbnail
from vs_tcvc.picture.color import rgb_from_ycc
from vs_tcvc.picture.srgb_codes import codes_from_rgb
from vs_tcvc.project.film_color import FilmColor
from vs_tcvc.runtime.events import Emit
from vs_tcvc.runtime.progress import Progress


def page_of(film: FilmProject, date: str, emit: Emit, stop: threading.Event) -> FilmPage:
    """The page of a film: its shots with a picture of each, in colour where that is stored.

    date: of today, in words. Raises KeyboardInterrupt once `stop` is set, and as reading the film.
    """
    facts, rows = film.document.project.film, status_of(film)
    width, height = film.canvas.working_size
    color = FilmColor(film.store, film.entries, film.keys, (height, width))
    leads = {entry.led_by for entry in film.entries}
    progress, cards = Progress(emit, len(rows)), []
    with film.reader() as reader:
        for place, (row, entry) in enumerate(zip(rows, film.entries, strict=True)):
            if stop.is_set():
                raise KeyboardInterrupt
            shown = entry.frames[len(entry.frames) // 2]
            _, held = next(reader.read(range(shown, shown + 1)))
            chroma = color.frame(shown) if row.is_done is not False else color.gray(shown)
            picture = thumbnail(codes_from_rgb(_square(film, _rgb(film.plan, held, chroma))))
            cards.append(_card(film, place, row, place in leads, picture))
            progress.update(place + 1, place + 1)
    progress.finish(len(rows), len(rows))
    size = _shape(film)
    return FilmPage(
        film.path.name, size, Fraction(facts.rate), tuple(cards), __version__, str(choose(film.settings)), date,
        first=facts.first,
    )  # fmt: skip


def _card(film: FilmProject, place: int, row: Row, is_lead: bool, picture: bytes) -> ShotCard:
    shot = film.document.project.shots[place]
    references = tuple(each if isinstance(each, str) else each.film for each in shot.references)
    return ShotCard(
        row.number, row.frames, row.scene, is_lead, references, len(shot.hints), shot.look, shot.state, shot.locked,
        row.is_done is not False, row.checks, row.alarms, picture,
    )  # fmt: skip


def _rgb(plan: StreamPlan, held: Held[DecodedFrame], chroma: Chroma | None) -> Array:
    """R'G'B' (3, H, W), 0 to 1. chroma: None for the frame's own colour."""
    stage = plan.stage
    if chroma is not None:
        return stage.rgb(held.luma, held.lightness, chroma.saturated).clip(0, 1)
    luma = plan.source.luma_from_codes(held.luma)
    size = luma.shape[1], luma.shape[0]
    own = [cv2.resize(plan.source.chroma_from_codes(plane), size) for plane in held.chroma]
    return rgb_from_ycc(np.stack([luma, *(own or [np.zeros_like(luma)] * 2)]), stage.matrix).clip(0, 1)


def _shape(film: FilmProject) -> tuple[int, int]:
    """Width and height of the film as it is seen, in square pixels."""
    header = film.plan.header
    across, down = header.aspect if all(header.aspect) else (1, 1)
    return round(header.width * across / down), header.height


def _square(film: FilmProject, rgb: Array) -> Array:
    """A picture with square pixels."""
    width, height = _shape(film)
    if rgb.shape[1:] == (height, width):
        return rgb
    return np.stack([cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in rgb])
