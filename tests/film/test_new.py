"""What of a film becomes a shot of its project."""

from __future__ import annotations

from vs_tcvc.cuts.cut_list import Rates
from vs_tcvc.cuts.edl import read_edl
from vs_tcvc.cuts.transitions import FoundTransition
from vs_tcvc.film.new import _shots
from vs_tcvc.picture.own_color import OwnColor, SeenColors
from vs_tcvc.project.schema import Shot, Transition


def seen_colors(*colored: bool) -> SeenColors:
    """Of frames that have colour, or not."""
    seen = SeenColors()
    for each in colored:
        seen.add(OwnColor.COLOR if each else OwnColor.NONE)
    return seen


GRAY = seen_colors(*[False] * 100)
FOUND = [FoundTransition("fade", 0, 8, 0), FoundTransition("dissolve", 40, 60, 50)]
EDL = """\
001 A V C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00
002 A V C        00:00:02:00 00:00:02:00 01:00:02:00 01:00:02:00
002 B V D    012 00:00:10:00 00:00:12:00 01:00:02:00 01:00:04:00
003 C V W001 008 00:00:10:00 00:00:12:00 01:00:04:00 01:00:06:00
"""


def test_a_transition_takes_the_place_of_the_cuts_in_it_and_waits_for_a_person() -> None:
    assert _shots([0, 20, 45, 55, 80], FOUND, GRAY, is_listed=False, is_free=True) == [
        Shot((0, 20), transition=Transition(fade=(0, 8), confirmed=False)), Shot((20, 50)),
        Shot((50, 80), transition=Transition(dissolve=(40, 60), confirmed=False)), Shot((80, 100)),
    ]  # fmt: skip


def test_listed_cuts_stay_where_they_are() -> None:
    starts = [shot.frames[0] for shot in _shots([0, 20, 45], FOUND, GRAY, is_listed=False, is_free=False)]
    assert starts == [0, 20, 45]


def test_a_dissolve_of_a_list_is_confirmed_and_no_longer_than_its_shots() -> None:
    listed = [FoundTransition("dissolve", 15, 70, 42)]
    shots = _shots([0, 20, 42, 60], listed, GRAY, is_listed=True, is_free=False)
    assert shots[2] == Shot((42, 60), transition=Transition(dissolve=(20, 60)))


def test_a_shot_most_of_which_has_colour_keeps_it() -> None:
    seen = seen_colors(*[True] * 6, *[False] * 4, *[True] * 5, *[False] * 5)
    assert [shot.state for shot in _shots([0, 10], (), seen, is_listed=False, is_free=True)] == ["keep", "color"]


def test_an_edl_says_where_its_dissolves_are_and_its_wipes_are_none() -> None:
    found = read_edl(EDL, Rates.of("reel.edl", "24"))
    assert found.dissolves == ((48, 60),)
    assert found.starts == (0, 54, 100)
