"""tcvc report: the page of a film from its project."""

from __future__ import annotations

import threading
from fractions import Fraction

from vs_tcvc import __version__
from vs_tcvc.backends import choose
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.frame_picture import in_square_pixels, rgb_of, shape_of
from vs_tcvc.film.page import FilmPage, ShotCard
from vs_tcvc.film.status import Row, status_of
from vs_tcvc.film.thumbnails import frame_of, thumbnail
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
            shown = frame_of(entry.frames)
            _, held = next(reader.read(range(shown, shown + 1)))
            chroma = color.frame(shown) if row.is_done is not False else color.gray(shown)
            ab = None if chroma is None else chroma.saturated
            rgb = rgb_of(film.plan.stage, held.luma, held.lightness, ab, held.chroma)
            picture = thumbnail(codes_from_rgb(in_square_pixels(rgb, film.plan)))
            cards.append(card_of(film, place, row, place in leads, picture))
            progress.update(place + 1, place + 1)
    progress.finish(len(rows), len(rows))
    size = shape_of(film.plan)
    return FilmPage(
        film.path.name, size, Fraction(facts.rate), tuple(cards), __version__, str(choose(film.settings)), date,
        first=facts.first,
    )  # fmt: skip


def card_of(film: FilmProject, place: int, row: Row, is_lead: bool, picture: bytes = b"") -> ShotCard:
    """What a page shows of a shot. is_lead: whether it leads its scene."""
    shot = film.document.project.shots[place]
    references = tuple(each if isinstance(each, str) else each.film for each in shot.references)
    return ShotCard(
        row.number, row.frames, row.scene, is_lead, references, len(shot.hints), shot.look, shot.state, shot.locked,
        row.is_done is not False, row.checks, row.alarms, picture,
    )  # fmt: skip
