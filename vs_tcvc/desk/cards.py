"""The shots of a film as a page in the browser gets them: one dictionary each, and later only those that changed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from vs_tcvc import __version__
from vs_tcvc.desk.session import Desk, State
from vs_tcvc.film.page import FilmPage, ShotCard
from vs_tcvc.film.report import card_of


class Cards:
    """The cards that a browser has."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sent: list[dict[str, Any]] = []

    @property
    def all(self) -> list[dict[str, Any]]:
        """As they were sent last."""
        return self._sent

    def changed(self) -> list[dict[str, Any]]:
        """The cards that are new or other than at the last call; shots that went away are beyond `len(self.all)`."""
        before, self._sent = self._sent, cards_of(self._desk)
        return [card for place, card in enumerate(self._sent) if before[place : place + 1] != [card]]


def cards_of(desk: Desk) -> list[dict[str, Any]]:
    """What the page shows of each shot, in plain values, in the film's order.

    frames: [first, end), the film's own numbers; start: the first one from 0. base: frames that the timecode counts as
    a second. confidence: the curve, in hundredths.
    """
    state = desk.state
    page = _page(state)
    hues = {scene: page.hue(scene) for scene in page.scenes if scene}
    return [_values(desk, page, card, hues.get(card.scene)) for card in page.cards]


def _page(state: State) -> FilmPage:
    film = state.film
    facts = film.document.project.film
    leads = {entry.led_by for entry in film.entries}
    cards = tuple(card_of(film, place, row, place in leads) for place, row in enumerate(state.rows))
    return FilmPage(film.path.name, facts.size, Fraction(facts.rate), cards, __version__, "", "", first=facts.first)


def _values(desk: Desk, page: FilmPage, card: ShotCard, hue: int | None) -> dict[str, Any]:
    place = card.number - 1
    row = desk.state.rows[place]
    confidence = card.checks.confidence if card.checks else ()
    return {
        "number": card.number, "frames": list(card.frames), "time": page.timecode(card.frames[0]),
        "start": card.frames[0] - page.first, "base": page.base, "length": page.duration(card.length),
        "scene": card.scene, "hue": hue, "isLead": card.is_lead, "source": row.source, "look": card.look,
        "state": card.state, "isLocked": card.locked, "isDone": row.is_done is not False,
        "problem": desk.problem_of(place), "worst": card.worst,
        "alarms": [[alarm.name, alarm.sentence] for alarm in card.alarms],
        "confidence": [round(100 * each) for each in confidence], "picture": desk.pictures.card_name(place),
    }  # fmt: skip
