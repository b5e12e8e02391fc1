"""Laws of cut decisions, on moving textures of known shots, and of lists of cuts."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_textures import HEIGHT, WIDTH, shot, texture

from vs_tcvc.core.cut_rule import CutRule
from vs_tcvc.core.frame import Array, GrayFrame
from vs_tcvc.cuts import detection
from vs_tcvc.cuts.detection import AutoCuts
from vs_tcvc.cuts.numbers import read_numbers
from vs_tcvc.cuts.rules import ListedCuts, NoCuts, from_settings
from vs_tcvc.errors import FrameError, UsageError
from vs_tcvc.settings import Settings

laws = settings(max_examples=50, deadline=None)
parsing = settings(max_examples=300, deadline=None)

TEXTURES = 8
Film = Sequence[Array]

shots = st.permutations(range(TEXTURES))
speeds = st.integers(0, 3)
lengths = st.lists(st.integers(3, 7), min_size=1, max_size=TEXTURES)


def difference(one: GrayFrame, two: GrayFrame) -> float:
    return detection.difference(detection.thumbnail(one), detection.thumbnail(two))


def joined(numbers: Sequence[int], runs: Sequence[int], speed: int = 1) -> tuple[list[Array], list[int]]:
    """A film of shots and the first frames of all of them."""
    film = [picture for number, run in zip(numbers, runs, strict=False) for picture in shot(number, run, speed)]
    return film, [0, *np.cumsum(runs[:-1]).tolist()]


def frames_of(film: Film) -> dict[int, GrayFrame]:
    return {index: GrayFrame(index, picture) for index, picture in enumerate(film)}


def cuts_of(film: Film, rule: CutRule | None = None) -> list[int]:
    frames, rule = frames_of(film), rule or AutoCuts()
    return [index for index in frames if rule.is_cut(index, frames)]


def white(picture: Array) -> Array:
    return np.full_like(picture, 98)


def black(picture: Array) -> Array:
    return np.zeros_like(picture)


def overexposed(picture: Array) -> Array:
    bright: Array = np.minimum(np.float32(1.5) * picture + np.float32(30), np.float32(100))
    return bright


def negative(picture: Array) -> Array:
    return np.float32(100) - picture


def torn(picture: Array) -> Array:
    return np.vstack([picture[: HEIGHT // 3], np.roll(picture[HEIGHT // 3 :], WIDTH // 2, axis=1)])


def foreign(picture: Array) -> Array:
    return texture(TEXTURES)[:, :WIDTH].copy()


blows = st.sampled_from([white, black, overexposed, negative, torn, foreign])
lasting_blows = st.sampled_from([white, black, negative, foreign])


# --- automatic detection -------------------------------------------------------------------------------------------


@laws
@given(shots, lengths, speeds)
def test_every_join_of_two_shots_is_a_cut_and_nothing_else_is(numbers: list[int], runs: list[int], speed: int) -> None:
    film, starts = joined(numbers, runs, speed)
    assert cuts_of(film) == starts


@laws
@given(st.data(), st.integers(3, 16), st.integers(1, 2), blows, speeds)
def test_one_or_two_damaged_frames_are_not_a_cut_at_either_end(
    data: st.DataObject, length: int, run: int, blow: Callable[[Array], Array], speed: int
) -> None:
    film = shot(0, max(length, run + 2), speed)
    start = data.draw(st.integers(1, len(film) - run - 1))
    film[start : start + run] = [blow(picture) for picture in film[start : start + run]]
    assert cuts_of(film) == [0]


@pytest.mark.parametrize("number", range(TEXTURES))
@pytest.mark.parametrize("blow", [white, black, negative, foreign])
def test_a_flash_hides_a_jerk_of_the_camera_that_differs_by_less_than_two_thresholds(
    number: int, blow: Callable[[Array], Array]
) -> None:
    still = texture(number)
    film = [still[:, place : place + WIDTH].copy() for place in (0, 0, 0, 0, 0, 11, 11, 11, 11)]
    jerk = difference(GrayFrame(0, film[3]), GrayFrame(1, film[5]))
    film[4] = blow(film[4])
    assert 25 < jerk < 50
    assert cuts_of(film) == [0]


@laws
@given(st.integers(3, 8), st.integers(3, 6), st.integers(3, 8), lasting_blows, speeds)
def test_three_or_more_frames_of_something_else_are_a_shot(
    before: int, run: int, after: int, blow: Callable[[Array], Array], speed: int
) -> None:
    film = shot(1, before + run + after, speed)
    film[before : before + run] = [blow(film[before])] * run
    assert cuts_of(film) == [0, before, before + run]


@laws
@given(st.integers(1, 2), st.integers(3, 6), blows.filter(lambda blow: blow is not overexposed and blow is not torn))
def test_at_the_ends_of_a_clip_where_nothing_vetoes_a_change_is_a_cut(
    run: int, rest: int, blow: Callable[[Array], Array]
) -> None:
    film = shot(2, rest)
    odd = [blow(film[0])] * run
    assert cuts_of([*odd, *film]) == [0, run]
    assert cuts_of([*film, *odd]) == [0, rest]


@laws
@given(shots, lengths, st.data())
def test_flicker_of_15_percent_changes_no_decision(numbers: list[int], runs: list[int], data: st.DataObject) -> None:
    film, starts = joined(numbers, runs)
    gains = data.draw(st.lists(st.floats(0.85, 1.15), min_size=len(film), max_size=len(film)))
    assert cuts_of([np.float32(gain) * picture for gain, picture in zip(gains, film, strict=True)]) == starts


@laws
@given(shots, lengths, st.integers(0, 2**32 - 1))
def test_grain_and_gate_weave_change_no_decision(numbers: list[int], runs: list[int], seed: int) -> None:
    film, starts = joined(numbers, runs)
    rng = np.random.default_rng(seed)
    woven = [np.roll(picture, tuple(rng.integers(0, 2, 2)), axis=(0, 1)) for picture in film]
    assert cuts_of([picture + rng.normal(0, 2, picture.shape).astype(np.float32) for picture in woven]) == starts


@laws
@given(shots, lengths)
def test_dark_shots_of_low_contrast_are_told_apart(numbers: list[int], runs: list[int]) -> None:
    film, starts = joined(numbers, runs)
    assert cuts_of([np.float32(0.1) * picture for picture in film]) == starts


@pytest.mark.parametrize("speed", [5, 10, 15, 20])
@pytest.mark.parametrize("number", range(TEXTURES))
def test_a_fast_pan_is_not_a_cut(number: int, speed: int) -> None:
    assert cuts_of(shot(number, 24, speed)) == [0]


@pytest.mark.parametrize("number", range(TEXTURES))
def test_a_dimming_light_is_not_a_cut(number: int) -> None:
    dimmed = [np.float32(0.6 + 0.4 * np.cos(time / 3)) * picture for time, picture in enumerate(shot(number, 36))]
    assert cuts_of(dimmed) == [0]


@pytest.mark.parametrize("length", [8, 16, 24])
@pytest.mark.parametrize("number", range(TEXTURES))
def test_a_fade_is_cut_only_where_lasting_black_begins_and_where_it_ends(number: int, length: int) -> None:
    film, start, stop = shot(number, 2 * length + 5), length, length + 5
    gains = [max(0, 1 - time / length, (time - stop + 1) / length) for time in range(len(film))]
    faded = [np.float32(gain) * picture for gain, picture in zip(gains, film, strict=True)]
    assert {0, stop} <= set(cuts_of(faded)) <= {0, start, stop}


@pytest.mark.parametrize("length", [8, 12, 24])
def test_a_dissolve_is_not_a_cut(length: int) -> None:
    old, new = shot(3, length + 10), shot(4, length + 10)
    shares = [np.float32(min(1.0, max(0.0, (time - 4) / length))) for time in range(length + 10)]
    mixed = [one + share * (two - one) for one, two, share in zip(old, new, shares, strict=True)]
    assert cuts_of(mixed) == [0]


@laws
@given(shots, lengths, st.floats(1, 100), st.floats(1, 100), st.integers(0, 30))
def test_a_lower_threshold_finds_the_same_cuts_and_more(
    numbers: list[int], runs: list[int], one: float, two: float, place: int
) -> None:
    film, _ = joined(numbers, runs, speed=3)
    film[place % len(film)] = black(film[0])
    high, low = cuts_of(film, AutoCuts(max(one, two))), cuts_of(film, AutoCuts(min(one, two)))
    assert set(high) <= set(low)


# --- decisions are local and pure ----------------------------------------------------------------------------------


class OnlyWindow(Mapping[int, GrayFrame]):
    """The frames of a clip, of which none outside [first, last] may be asked for."""

    def __init__(self, frames: Mapping[int, GrayFrame], first: int, last: int) -> None:
        self._frames, self._first, self._last = frames, first, last

    def __getitem__(self, index: int) -> GrayFrame:
        assert self._first <= index <= self._last, f"frame {index} lies outside the window"
        return self._frames[index]

    def __iter__(self) -> Iterator[int]:
        raise AssertionError("a rule looks frames up and does not walk through the clip")

    def __len__(self) -> int:
        return len(self._frames)


@pytest.mark.parametrize("rule", [AutoCuts(), ListedCuts([5]), NoCuts()])
def test_only_frames_of_the_window_are_looked_at(rule: CutRule) -> None:
    film, _ = joined(range(TEXTURES), [5] * TEXTURES)
    frames = frames_of(film)
    for index in frames:
        window = range(max(0, index - rule.before), min(len(film), index + rule.after + 1))
        alone = {number: frames[number] for number in window}
        guarded = OnlyWindow(frames, index - rule.before, index + rule.after)
        assert rule.is_cut(index, guarded) == rule.is_cut(index, alone)


def test_the_windows_are_the_promised_ones() -> None:
    rules = AutoCuts(), ListedCuts([0]), NoCuts()
    assert [(rule.before, rule.after) for rule in rules] == [(3, 2), (0, 0), (0, 0)]


@laws
@given(shots, lengths, st.randoms(use_true_random=False))
def test_any_order_of_asking_and_any_copy_of_the_frames_give_the_same_cuts(
    numbers: list[int], runs: list[int], random: Random
) -> None:
    film, _ = joined(numbers, runs)
    first, rule = cuts_of(film), AutoCuts()
    frames = frames_of([picture.copy() for picture in film])
    order = random.sample(list(frames), len(frames))
    assert sorted(index for index in order if rule.is_cut(index, frames)) == first


def test_eight_threads_get_the_answers_of_one() -> None:
    film, starts = joined(range(TEXTURES), [6] * TEXTURES)
    frames, rule = frames_of(film), AutoCuts()
    with ThreadPoolExecutor(8) as pool:
        asked = list(frames) * 8
        answers = list(pool.map(lambda index: rule.is_cut(index, frames), asked))
    assert answers == [index in starts for index in asked]


def test_a_rule_makes_each_thumbnail_once_and_shares_none_with_another_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    made, thumbnail = list[int](), detection.thumbnail

    def count(frame: GrayFrame) -> Array:
        made.append(frame.index)
        return thumbnail(frame)

    monkeypatch.setattr(detection, "thumbnail", count)
    frames = frames_of(joined([0, 1], [5, 5])[0])
    for rule in (AutoCuts(), AutoCuts()):
        made.clear()
        assert [index for index in frames if rule.is_cut(index, frames)] == [0, 5]
        assert sorted(made) == list(frames)


def test_a_decision_keeps_no_frame_alive() -> None:
    frames = frames_of(shot(0, 6))
    AutoCuts().is_cut(3, frames)
    watched = [weakref.ref(frame) for frame in frames.values()]
    frames.clear()
    gc.collect()
    assert [ref() for ref in watched] == [None] * 6


@pytest.mark.parametrize("absent", [2, 3, 4, 5, 6])
def test_a_missing_frame_of_the_window_is_an_error_that_names_it(absent: int) -> None:
    frames = frames_of(shot(0, 10))
    del frames[absent]
    with pytest.raises(FrameError, match=rf"^cut at frame 5: frames 2 to [67] are needed, {absent} is missing$"):
        AutoCuts().is_cut(5, frames)


# --- the measure ---------------------------------------------------------------------------------------------------


@laws
@given(st.integers(0, TEXTURES), st.floats(0.3, 1.0), st.floats(0.0, 5.0))
def test_a_change_of_exposure_is_hardly_a_difference(number: int, gain: float, veil: float) -> None:
    picture = texture(number)[:, :WIDTH]
    changed = (gain * picture + veil).astype(np.float32)
    # FAINT is 0.4 beside a contrast of at least 0.3 x 14 L*: 9 %, less its share in the unchanged picture
    assert difference(GrayFrame(0, picture), GrayFrame(1, changed)) < 9


def test_shots_differ_twice_as_much_as_the_threshold_asks() -> None:
    pictures = [GrayFrame(0, texture(number)[:, :WIDTH]) for number in range(TEXTURES)]
    apart = [difference(one, two) for one in pictures for two in pictures if one is not two]
    assert min(apart) > 50
    assert max(difference(one, one) for one in pictures) == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (7, 5), (216, 288), (1024, 1820)])
def test_pictures_of_any_size_are_compared(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).uniform(0, 100, size).astype(np.float32)
    plain = np.full(size, 50, np.float32)
    assert difference(GrayFrame(0, noise), GrayFrame(1, noise)) == 0
    assert 0 <= difference(GrayFrame(0, noise), GrayFrame(1, plain)) < 110


# --- marks and lists -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda use: AutoCuts(use_props=use), lambda use: ListedCuts([9], use), NoCuts])
@pytest.mark.parametrize("use", [True, False])
def test_a_mark_of_the_host_is_a_cut_under_every_rule_that_uses_marks(
    make: Callable[[bool], CutRule], use: bool
) -> None:
    frames = frames_of(shot(0, 8))
    frames[4] = GrayFrame(4, frames[4].lightness, starts_shot=True)
    rule = make(use)
    assert [index for index in frames if rule.is_cut(index, frames)] == ([0, 4] if use else [0])


def test_a_list_replaces_detection() -> None:
    film, starts = joined([0, 1, 2], [5, 5, 5])
    assert cuts_of(film) == starts == [0, 5, 10]
    assert cuts_of(film, ListedCuts([7, 3])) == [0, 3, 7]
    assert cuts_of(film, NoCuts()) == [0]


def test_a_negative_frame_in_a_list_is_refused() -> None:
    with pytest.raises(FrameError, match="a list of cuts counts frames from 0, got -4"):
        ListedCuts([3, -4])


separators = st.text(st.sampled_from(" ,;\t\n"), min_size=1, max_size=3)


@parsing
@given(st.lists(st.tuples(st.integers(0, 999_999_999), separators)))
def test_numbers_however_set_apart_are_read_as_a_sorted_set(entries: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{separator}" for number, separator in entries)
    assert read_numbers(text).starts == tuple(sorted({number for number, _ in entries}))


@parsing
@given(st.text(st.sampled_from("0123456789,;-+. #\nframe٣é\x00\ufeff") | st.characters()))
def test_any_text_is_a_list_or_one_clear_error(text: str) -> None:
    try:
        cuts, complaint = read_numbers(text, "cuts.txt").starts, None
    except UsageError as error:
        cuts, complaint = (), str(error)
    assert complaint is None or complaint.startswith("cuts.txt, line ")
    assert list(cuts) == sorted({abs(cut) for cut in cuts})


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        ("0,48,120", (0, 48, 120)),
        ("# reel 2\n48  # the door\n\n120\n0\n", (0, 48, 120)),
        ("frame,what\n48,the door\n120,7 men\n", (48, 120)),
        ("Frame;Seconds\r\n48;2.0\r\n120;5.0\r\n", (48, 120)),
        ("120, 48, 48", (48, 120)),
        ("", ()),
        ("# nothing\n", ()),
    ],
)
def test_texts_and_tables_are_read(text: str, cuts: tuple[int, ...]) -> None:
    assert read_numbers(text).starts == cuts


@pytest.mark.parametrize("entry", ["-5", "1.5", "+7", "1e3", "door", "1_000", "٣", "9" * 10, "9" * 5000])
def test_what_is_no_frame_number_is_refused_with_its_line(entry: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_numbers(f"0\n48 # fine\n96, {entry}", "reel.txt")
    sentence = str(caught.value)
    assert sentence.startswith(f"reel.txt, line 3: expected a frame number from 0, got {entry!r}"[:500])
    assert len(sentence) < 1300


def test_the_option_makes_the_rule(tmp_path: Path) -> None:
    path = tmp_path / "cuts.txt"
    path.write_text("\ufeff0\n48\n", encoding="utf-8")
    assert from_settings(Settings()) == AutoCuts(25, True)
    assert from_settings(Settings(cuts="auto", cut_threshold=40, use_props=False)) == AutoCuts(40, False)
    assert from_settings(Settings(cuts="none", use_props=False)) == NoCuts(False)
    assert from_settings(Settings(cuts="0, 48,120")) == ListedCuts(frozenset({0, 48, 120}), True)
    assert from_settings(Settings(cuts="7")) == ListedCuts(frozenset({7}))
    assert from_settings(Settings(cuts=str(path))) == ListedCuts(frozenset({0, 48}))


@pytest.mark.parametrize(
    ("cuts", "trouble"),
    [
        ("no/such/file.txt", "is no file here"),
        ("no/such/reel.edl@24", "is no file here"),
        ("no/such/edit.otio", "is no file here"),
        ("autos", "is no file here"),
        ("0,48,x", "is no file here"),
        (".", "cannot be read as text"),
        ("", "cannot be read as text"),
    ],
)
def test_an_option_that_is_neither_list_nor_file_names_the_option(cuts: str, trouble: str) -> None:
    with pytest.raises(UsageError, match=rf"^cuts: expected auto, none, first frames .*, got .*, which {trouble}$"):
        from_settings(Settings(cuts=cuts))


def test_a_bad_number_in_an_option_or_its_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^cuts: expected a frame number from 0, got '-3'$"):
        from_settings(Settings(cuts="0,-3"))
    path = tmp_path / "cuts.txt"
    path.write_text("0\nx\n")
    with pytest.raises(UsageError, match=r"cuts\.txt, line 2: expected a frame number from 0, got 'x'$"):
        from_settings(Settings(cuts=str(path)))
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"^cuts: expected .* cannot be read as text$"):
        from_settings(Settings(cuts=str(path)))
