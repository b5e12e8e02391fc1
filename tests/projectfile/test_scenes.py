"""Laws of scenes: what makes shots one scene, what keeps them apart, and what a person decided.

Pictures are views of worlds. The network's word is given: how alike worlds look, and how surely colour is found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from known_color import Colorless

from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.project import scenes
from vs_tcvc.project.scenes import ALIKE, SURE, VERY_ALIKE, group

HEIGHT, WIDTH = 72, 128


class Eye(Colorless):
    """Describes a picture by the number of the look that is in its corner, and finds colours as surely as it is told.

    looks: vectors, one for each number; pictures of one number have a likeness of 1.
    """

    def __init__(self, looks: Any, sure: float | dict[tuple[int, int], float] = 0.0) -> None:
        self.looks, self.sure = looks, sure
        self.given: list[Reference] = []

    def describe(self, lightness: Array) -> Array:
        return np.asarray(self.looks[number_of(lightness)], np.float32)

    def begin(self, references: Sequence[Reference]) -> Any:
        self.given += references
        return number_of(references[-1].lightness)

    def colorize(self, memory: Any, lightness: Array, coming: Array | None = None) -> tuple[Any, Array, Array]:
        sure = self.sure if isinstance(self.sure, float) else self.sure[memory, number_of(lightness[0])]
        return memory, np.zeros((1, 2, HEIGHT, WIDTH), np.float32), np.full_like(lightness, sure)


def alike(likeness: Sequence[Sequence[float]]) -> Array:
    """Vectors with these products."""
    return np.linalg.cholesky(np.array(likeness)).astype(np.float32)


def all_alike(count: int, likeness: float = 0.7) -> Array:
    return alike(np.where(np.eye(count) > 0, 1, likeness).tolist())


def number_of(picture: Array) -> int:
    return round(float(picture[0, 0] - 20) * 2)


def plain(number: int) -> Array:
    """A picture without landmarks."""
    picture = np.full((HEIGHT, WIDTH), 50, np.float32)
    picture[0, 0] = 20 + number / 2
    return picture


def view(seed: int, number: int, x: int = 0) -> Array:
    """A picture of a world, from where the camera has moved."""
    random = np.random.default_rng(seed).uniform(20, 80, (HEIGHT // 5, WIDTH)).astype(np.float32)
    world = cv2.resize(random, (5 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    picture = np.array(world[:, x : x + WIDTH], np.float32)
    picture[0, 0] = 20 + number / 2
    return picture


def shot(seed: int, number: int, x: int = 0) -> list[Array]:
    return [view(seed, number, x + moved) for moved in (0, 6)]


def test_shots_of_one_place_are_a_scene_named_by_first_appearance() -> None:
    film = [shot(1, 0), shot(2, 1), shot(1, 0, 30), shot(3, 2), shot(2, 1, 20), shot(1, 0, 12)]
    assert group(film, Eye(all_alike(3))) == ["A", "B", "A", "", "B", "A"]


def test_no_shots_have_no_scenes() -> None:
    assert group([], Eye(all_alike(1))) == []


@pytest.mark.parametrize(("likeness", "names"), [(ALIKE + 0.01, ["A", "A"]), (ALIKE - 0.01, ["", ""])])
def test_landmarks_confirm_only_what_looks_alike(likeness: float, names: list[str]) -> None:
    assert group([shot(1, 0), shot(1, 1, 10)], Eye(all_alike(2, likeness))) == names


def test_what_looks_alike_is_no_scene_without_a_witness() -> None:
    assert group([shot(1, 0), shot(2, 0)], Eye(all_alike(1))) == ["", ""]


@pytest.mark.parametrize(
    ("likeness", "sure", "names"),
    [
        (VERY_ALIKE + 0.01, SURE + 0.01, ["A", "A"]),
        (VERY_ALIKE - 0.01, 1.0, ["", ""]),
        (VERY_ALIKE + 0.01, SURE - 0.01, ["", ""]),
    ],
)
def test_correspondence_confirms_what_looks_very_much_alike(likeness: float, sure: float, names: list[str]) -> None:
    assert group([[plain(0)], [plain(1)]], Eye(all_alike(2, likeness), sure)) == names


@pytest.mark.parametrize("weak", [(0, 1), (1, 0)])
def test_correspondence_is_asked_in_both_directions(weak: tuple[int, int]) -> None:
    sure = {(0, 1): 1.0, (1, 0): 1.0, weak: SURE - 0.1}
    assert group([[plain(0)], [plain(1)]], Eye(all_alike(2, 0.95), sure)) == ["", ""]


def test_colours_are_looked_for_by_likeness_and_known_for_certain() -> None:
    eye = Eye(all_alike(2, 0.95), 1.0)
    group([[plain(0)], [plain(1)]], eye)
    assert [(each.frame, each.certainty) for each in eye.given] == [(ELSEWHERE, None)] * 2


def test_the_likest_pictures_of_two_shots_count() -> None:
    eye = Eye(alike([[1, 0, 0], [0, 1, 0.9], [0, 0.9, 1]]), 1.0)
    assert group([[plain(0), plain(1)], [plain(2), plain(0)], [plain(2), plain(2)]], eye) == ["A", "A", "A"]
    assert group([[plain(0)], [plain(2)]], eye) == ["", ""]


def test_a_chain_is_no_scene() -> None:
    """Each view overlaps with the next one alone."""
    film = [[view(1, 0, x)] for x in (0, WIDTH // 2, WIDTH)]
    found = group(film, Eye(all_alike(1)))
    assert sorted(found) == ["", "A", "A"]
    assert found[0] != found[2]


def test_scenes_stay_two_where_one_pair_of_shots_looks_unlike() -> None:
    """Pictures of one place, of which two have a likeness below the least: dawn and dusk."""
    looks = alike([[1, 0.8, 0.3], [0.8, 1, 0.7], [0.3, 0.7, 1]])
    assert group([shot(1, 0), shot(1, 1, 5), shot(1, 2, 9)], Eye(looks)) == ["A", "A", ""]


def test_the_order_of_shots_does_not_matter() -> None:
    random = np.random.default_rng(0)
    film = [shot(seed, 4 * seed + turn, x) for seed in range(4) for turn, x in enumerate((0, 20, 75, 110))]
    looks = np.kron(all_alike(4, 0.6), np.ones((4, 4))) + random.normal(0, 0.1, (16, 16))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    before = group(film, Eye(looks))
    for _ in range(3):
        order = random.permutation(len(film))
        after = group([film[place] for place in order], Eye(looks))
        assert partition(after, order) == partition(before, np.arange(len(film)))


def partition(names: Sequence[str], places: Any) -> set[frozenset[int]]:
    return {
        frozenset(int(p) for p, other in zip(places, names, strict=True) if other == name) for name in names if name
    }


def test_a_persons_scenes_stay_and_never_become_one() -> None:
    film = [shot(1, 0, x) for x in (0, 4, 8, 12)]
    assert group(film, Eye(all_alike(1)), {0: "hall", 1: "stage"})[:2] == ["hall", "stage"]
    assert group(film, Eye(all_alike(1)), dict.fromkeys(range(4), "hall")) == ["hall"] * 4


def test_shots_that_a_person_put_together_stay_together_however_they_look() -> None:
    film = [shot(1, 0), shot(2, 1), shot(3, 2)]
    assert group(film, Eye(all_alike(3, 0.1)), {0: "B", 2: "B"}) == ["B", "", "B"]


def test_a_shot_that_a_person_left_alone_stays_alone() -> None:
    film = [shot(1, 0, x) for x in (0, 4, 8)]
    assert group(film, Eye(all_alike(1)), {1: ""}) == ["A", "", "A"]


def test_a_new_shot_joins_a_persons_scene_unless_it_is_closed() -> None:
    film = [shot(1, 0), shot(1, 0, 8), shot(1, 0, 12)]
    assert group(film, Eye(all_alike(1)), {0: "hall"}) == ["hall"] * 3
    assert group(film, Eye(all_alike(1)), {0: "hall"}, closed={"hall"}) == ["hall", "A", "A"]


def test_new_names_are_none_that_a_person_gave() -> None:
    film = [shot(1, 0), shot(2, 1), shot(1, 0, 8), shot(3, 2)]
    assert group(film, Eye(all_alike(3)), {3: "A"}) == ["B", "", "B", "A"]


def test_names_go_on_after_z() -> None:
    film = [shot(seed, seed, x) for x in (0, 4) for seed in range(28)]
    assert group(film, Eye(np.eye(28)))[26:28] == ["AA", "AB"]


def test_what_is_written_on_the_film_makes_no_scene() -> None:
    """Worlds of which every two look unlike, but for two that look alike, under one logo."""
    looks = np.eye(16)
    looks[1] = np.array([0.6, 0.8, *[0] * 14])
    film = [[written_on(view(seed, seed))] for seed in range(16)]
    assert group(film[:2], Eye(looks)) == ["A", "A"]  # two shots do not tell what is written on both
    assert group(film, Eye(looks)) == [""] * 16


def written_on(picture: Array) -> Array:
    """With soft contrast, and a logo."""
    codes = np.rint(picture * 0.4 + 30).astype(np.uint8)
    cv2.putText(codes, "ARCHIVE", (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 100, 2)
    cv2.putText(codes, "OF FILM", (4, 62), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 100, 2)
    marked = codes.astype(np.float32)
    marked[0, 0] = picture[0, 0]
    return marked


def test_a_shot_is_compared_with_few_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many shots look alike, and all are of other places: the comparisons grow with the shots, not with their pairs."""
    compared = []

    def share_none(*pair: object) -> int:
        compared.append(pair)
        return 0

    monkeypatch.setattr(scenes, "landmarks", lambda *_: None)
    monkeypatch.setattr(scenes, "shared", share_none)
    for count in (40, 80):
        compared.clear()
        assert set(group([[plain(number % 40)] for number in range(count)], Eye(all_alike(40)))) == {""}
        assert count < len(compared) <= 4 * count
