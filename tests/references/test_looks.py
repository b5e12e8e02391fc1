"""Looks: what every look keeps, what each adjustment does, how looks are written, and that a shot keeps its look."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes import FakeColorizer, gray
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ffmpeg_filters import pipe, y4m
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import Array
from vs_tcvc.core.run import Grade, Run
from vs_tcvc.errors import UsageError
from vs_tcvc.picture.color import lab_from_rgb
from vs_tcvc.references.looks import (
    ADJUSTMENTS,
    BORDER,
    NATURAL,
    PRESETS,
    SKIN_HUE,
    SKIN_REACH,
    HueChange,
    Look,
    grade_from,
    lab_hue,
    parse,
    wheel_hue,
)
from vs_tcvc.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "looks.md").read_text()
SIZE = (3, 4)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers that are written with two decimals."""
    return st.integers(round(low * 100), round(high * 100)).map(lambda hundredths: hundredths / 100)


CHANGES = st.builds(HueChange, numbers(0, 360), numbers(0, 360), numbers(0, 10), numbers(-360, 360))
LOOKS = st.builds(
    Look,
    **{name: numbers(option.low or 0, option.high or 0) for name, option in ADJUSTMENTS.items()},
    hues=st.lists(CHANGES, max_size=3).map(tuple),
)
LIGHTNESS = arrays(np.float32, SIZE, elements=st.floats(0, 100, width=32))
AB = arrays(np.float32, (2, *SIZE), elements=st.floats(-100, 100, width=32))
HUES = arrays(np.float32, SIZE, elements=st.floats(0, 359, width=32))


def color(angle: float, chroma: float = 30.0) -> Array:
    """One colour everywhere, of an angle in the a*b* plane."""
    one = chroma * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))], np.float32)
    return np.broadcast_to(one[:, None, None], (2, *SIZE)).copy()


def row(*values: float) -> Array:
    return np.array(values, np.float32)


def of_wheel(hue: float) -> Array:
    return color(float(lab_hue(row(hue))[0]))


def angle(ab: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(ab[1], ab[0])), np.float32)


def apart(one: Array, two: Array | float) -> Array:
    """Degrees between angles, 0 to 180."""
    return np.abs((one - two + 180) % 360 - 180)


def gain(look: Look, ab: Array, lightness: float = 50.0) -> float:
    graded = look.apply(np.full(SIZE, lightness, np.float32), ab)
    return float(np.hypot(*graded).mean() / np.hypot(*ab).mean())


# What every look keeps


@given(LOOKS, LIGHTNESS)
def test_gray_stays_gray_under_every_look(look: Look, lightness: Array) -> None:
    graded = look.apply(lightness, np.zeros((2, *SIZE), np.float32))
    assert graded.dtype == np.float32
    assert not graded.any()


@given(LOOKS, LIGHTNESS, AB)
def test_a_color_alone_decides_what_it_becomes(look: Look, lightness: Array, ab: Array) -> None:
    turned = look.apply(lightness[::-1], ab[:, ::-1])
    np.testing.assert_allclose(turned, look.apply(lightness, ab)[:, ::-1], atol=1e-3)


@given(LIGHTNESS, AB)
def test_natural_changes_not_one_bit(lightness: Array, ab: Array) -> None:
    before = ab.tobytes()
    assert parse("natural").apply(lightness, ab).tobytes() == before
    assert parse("saturation 1").apply(lightness, ab).tobytes() == before


@given(LOOKS, LIGHTNESS, AB)
def test_a_look_leaves_its_arguments_alone(look: Look, lightness: Array, ab: Array) -> None:
    before = lightness.tobytes(), ab.tobytes()
    look.apply(lightness, ab)
    assert (lightness.tobytes(), ab.tobytes()) == before


@given(LOOKS, LIGHTNESS, AB)
def test_no_saturation_is_gray(look: Look, lightness: Array, ab: Array) -> None:
    assert not replace(look, saturation=0.0).apply(lightness, ab).any()


# What each adjustment does


def test_saturation_is_a_factor() -> None:
    assert gain(Look(saturation=1.5), color(200)) == pytest.approx(1.5, rel=1e-5)


def test_devibrance_dulls_strong_color_only() -> None:
    look = Look(devibrance=1.0)
    assert gain(look, color(10, chroma=50)) == pytest.approx(0.5, rel=1e-5)
    assert gain(look, color(10, chroma=0.5)) > 0.98


@given(AB)
def test_warmth_moves_color_towards_orange_and_back(ab: Array) -> None:
    lightness = np.full(SIZE, 50, np.float32)
    orange = np.array([np.cos(np.radians(65)), np.sin(np.radians(65))])[:, None, None]
    along = [(Look(warmth=warmth).apply(lightness, ab) * orange).sum(0) for warmth in (-1.0, 0.0, 1.0)]
    across = np.hypot(*ab)
    np.testing.assert_allclose(along[2] - along[1], 0.6 * across, atol=1e-3)
    np.testing.assert_allclose(along[1] - along[0], 0.6 * across, atol=1e-3)


def test_shadows_and_highlights_are_neutral_and_the_middle_is_untouched() -> None:
    look = Look(shadows=20, highlights=90)
    strengths = [gain(look, color(300), lightness) for lightness in (0, 5, 10, 15, 20, 50, 90, 95, 100)]
    assert strengths == pytest.approx([0, 0.15625, 0.5, 0.84375, 1, 1, 1, 0.5, 0], abs=1e-5)


@given(HUES)
def test_the_wheel_and_the_plane_are_inverse(hue: Array) -> None:
    np.testing.assert_allclose(apart(wheel_hue(lab_hue(hue)), hue), 0, atol=2e-3)


@pytest.mark.parametrize(
    ("rgb", "hue"),
    [((1, 0, 0), 0), ((1, 1, 0), 60), ((0, 1, 0), 120), ((0, 1, 1), 180), ((0, 0, 1), 240), ((1, 0, 1), 300)],
)
def test_the_wheel_is_that_of_paint_programs(rgb: tuple[int, int, int], hue: float) -> None:
    _, a, b = lab_from_rgb(rgb)
    assert apart(wheel_hue(np.degrees(np.arctan2(b, a))), hue) < 0.05


@given(CHANGES, HUES, st.integers(0, 359))
def test_ranges_of_hues_wrap_at_360(change: HueChange, hue: Array, turn: int) -> None:
    whole = change.stop - change.start >= 360
    turned = replace(change, start=(change.start + turn) % 360, stop=(change.stop + turn) % 360)
    if not whole:
        np.testing.assert_allclose(turned.weight((hue + turn) % 360), change.weight(hue), atol=1e-4)


@pytest.mark.parametrize("hue", [331, 350, 0, 10, 29])
def test_a_range_across_red_holds_both_its_sides(hue: float) -> None:
    assert gain(parse("hue 330-30: saturation 0.5"), of_wheel(hue)) == pytest.approx(0.5, rel=1e-4)


def test_a_range_fades_over_its_border() -> None:
    weights = HueChange(300, 340).weight(row(280, 300 - BORDER / 2, 300, 320, 340, 340 + BORDER / 3, 0))
    np.testing.assert_allclose(weights, [0, 0.5, 1, 1, 1, 2 / 3, 0], atol=1e-6)


def test_a_shift_goes_up_the_wheel() -> None:
    graded = parse("hue 200-220: shift 30").apply(np.full(SIZE, 50, np.float32), of_wheel(210))
    np.testing.assert_allclose(wheel_hue(angle(graded)), 240, atol=0.01)
    assert np.hypot(*graded) == pytest.approx(30, rel=1e-5)


SKIN_ANGLES = st.floats(SKIN_HUE - SKIN_REACH, SKIN_HUE + SKIN_REACH)


@given(LOOKS, SKIN_ANGLES, numbers(0, 30))
def test_skin_turns_by_no_more_than_is_said(look: Look, before: float, degrees: float) -> None:
    look = replace(look, skin=degrees, shadows=0.0, highlights=100.0)
    graded = look.apply(np.full(SIZE, 50, np.float32), color(before))
    assert np.all((apart(angle(graded), before) <= degrees + 0.01) | (np.hypot(*graded) < 1e-3))


def test_far_from_skin_the_guard_does_nothing() -> None:
    free, guarded = parse("hue 0-360: shift 40"), parse("hue 0-360: shift 40, skin 2")
    lightness = np.full(SIZE, 50, np.float32)
    np.testing.assert_allclose(guarded.apply(lightness, color(200)), free.apply(lightness, color(200)), atol=1e-3)
    assert apart(angle(free.apply(lightness, color(SKIN_HUE))), SKIN_HUE).min() > 20


# How looks are written


def written(look: Look) -> str:
    """A text of the look, every number named."""
    entries = [f"{name} {getattr(look, name)}" for name in ADJUSTMENTS]
    return ", ".join(entries + [_change(each) for each in look.hues])


def _change(change: HueChange) -> str:
    return f"hue {change.start}-{change.stop}: saturation {change.saturation} shift {change.shift}"


@given(LOOKS)
def test_every_look_that_is_written_reads_back(look: Look) -> None:
    assert parse(written(look)) == look


def test_a_preset_is_the_start_of_what_follows() -> None:
    assert parse("vivid, warmth 0.2,hue rose: shift -5") == replace(
        PRESETS["vivid"], warmth=0.2, hues=(HueChange(330, 360, 1, -5),)
    )


@pytest.mark.parametrize(
    ("text", "inside", "outside", "turn"),
    [
        ("300:360|0.8,0.1", 0.8, 0.98, 0), ("300:330,330:360|0.8,0", 0.8, 1, 0), ("300:360|0.5,-0.4", 0.7, 1, 0),
        ("red-violet|0,1", 0, 0, 0), ("rose,red-violet|+20,0.5", 1, 1, 10), ("300:360|-30,0", 1, 1, -30),
        ("300:360|25,0", 1, 1, 25), ("vivid, saturation 1, devibrance 0, 300:360|0.8,0.1", 0.8, 0.98, 0),
    ],
)  # fmt: skip
def test_tweaks_of_havc_do_what_they_do_there(text: str, inside: float, outside: float, turn: float) -> None:
    look = replace(parse(text), skin=180.0)
    assert gain(look, of_wheel(315)) == pytest.approx(inside, abs=1e-4)
    assert gain(look, of_wheel(120)) == pytest.approx(outside, abs=1e-4)
    if inside:
        graded = look.apply(np.full(SIZE, 50, np.float32), of_wheel(315))
        np.testing.assert_allclose(wheel_hue(angle(graded)), 315 + turn, atol=0.05)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got ''"), ("sepia", "got 'sepia'"), ("warmth 0.2, vivid", "got 'vivid'"),
        ("warmth 2", "-1 to 1, got '2'"),
        ("warmth", "-1 to 1, got ''"), ("saturation nan", "0 to 4, got 'nan'"), ("hue 300-360:", "got 'hue 300-360:'"),
        ("hue 300-400: shift 5", "0 to 360, got '400'"), ("hue 300-360: shift", "got 'hue 300-360: shift'"),
        ("hue 1.2.3-5: shift 5", "got '1.2.3'"), ("300:360|0.8", "got '300:360|0.8'"), ("300:360|0.8,2", "-1 to 1"),
        ("hue mauve: shift 3", "got 'hue mauve: shift 3'"), ("vivid; warmth 1", "got 'vivid; warmth 1'"),
    ],
)  # fmt: skip
def test_a_look_that_cannot_be_read_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"^look") as refused:
        parse(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_page_tells_every_preset_and_adjustment() -> None:
    cells = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    rows = {first.strip("`"): rest for first, *rest in cells}
    assert rows.pop("natural") == ["the network's colour as it is"]
    assert {name: parse(rows.pop(name)[0].strip("`")) for name in PRESETS if name != "natural"} == {
        name: look for name, look in PRESETS.items() if name != "natural"
    }
    assert rows == {name: [f"{option.default:g}", option.limits, option.help] for name, option in ADJUSTMENTS.items()}


def test_defaults_are_those_of_natural() -> None:
    assert {name: option.default for name, option in ADJUSTMENTS.items()} == {
        name: getattr(NATURAL, name) for name in ADJUSTMENTS
    }


# In a run


def test_options_become_a_grade() -> None:
    assert grade_from(Settings()) == Grade()
    assert grade_from(Settings(look="saturation 1")).look is None  # changes nothing
    assert grade_from(Settings(look="vivid", saturation=0.5)) == Grade(PRESETS["vivid"], 0.5)


def test_what_is_predicted_is_graded_and_then_propagated() -> None:
    engine, frame = Engine(FakeColorizer()), gray(0)
    _, (plain,) = engine.step(engine.begin(Run(0)), frame)
    _, (graded,) = engine.step(engine.begin(Run(0, grade=Grade(parse("saturation 0")))), frame)
    assert plain.ab.any()
    assert not graded.ab.any()


@pytest.mark.parametrize(
    ("look", "meant"),
    [
        ("technicolour", "did you mean technicolor?"),
        ("vivid, warmht 0.2", "did you mean warmth?"),
        ("vivid warmth 0.2", "with commas between, got 'vivid warmth 0.2'"),
        ("", "got ''"),
    ],
)
def test_a_misspelt_look_is_answered_with_the_nearest_one(look: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(look)
    assert str(caught.value).endswith(meant)


def test_a_look_that_cannot_be_read_stops_the_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert colored("--look", "sepia")[0] == 2
    assert "--look: expected natural" in capsys.readouterr().err


WIDTH, HEIGHT, FRAMES = 64, 48, 4


def film() -> bytes:
    """A Y4M film of one shot that moves over smooth texture."""
    texture = cv2.GaussianBlur(np.random.default_rng(3).random((HEIGHT + 8, WIDTH + 8)).astype(np.float32), (0, 0), 4)
    codes = np.interp(texture, (texture.min(), texture.max()), (40, 200)).astype(np.uint8)
    frames = b"".join(b"FRAME\n" + codes[n : n + HEIGHT, n : n + WIDTH].tobytes() for n in range(FRAMES))
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F25:1 Ip A1:1 Cmono\n".encode() + frames


def colored(*arguments: str) -> tuple[int, list[Array]]:
    """What the pipe ends with, and Cb and Cr of every frame, from neutral."""
    sink = io.BytesIO()
    words = ["--size", "64", "--threads", "1", "--device", "cpu", "--chroma", "444", "--cuts", "none", *arguments]
    code = pipe.main(words, io.BytesIO(film()), sink)
    if code:
        return code, []
    frames = list(y4m.Reader(io.BytesIO(sink.getvalue())))
    return code, [np.stack([np.frombuffer(p, np.uint8) for p in each.planes[1:]]) - np.float32(128) for each in frames]


def strength(chroma: Array) -> float:
    return float(np.hypot(*chroma).mean())


def test_a_look_reaches_the_last_frame_of_the_shot() -> None:
    natural, gray, strong = (colored("--look", look)[1] for look in ("natural", "saturation 0", "saturation 2"))
    assert len(natural) == FRAMES
    assert strength(natural[-1]) > 1
    assert strength(gray[0]) < 0.5
    assert strength(gray[-1]) < 0.5 * strength(natural[-1])
    assert strength(strong[-1]) > 1.3 * strength(natural[-1])


@pytest.mark.parametrize("preset", ["vivid", "faded", "technicolor"])
def test_every_preset_shows_in_the_last_frame(preset: str) -> None:
    natural, graded = colored("--look", "natural")[1], colored("--look", preset)[1]
    assert np.abs(graded[-1] - natural[-1]).mean() > 0.25  # codes; 0 if the look is lost


def test_a_painted_reference_comes_out_as_it_was_painted(tmp_path: Path) -> None:
    painted = np.full((HEIGHT, WIDTH, 3), (60, 120, 200), np.uint8)
    cv2.imwrite(str(tmp_path / "painted.png"), painted)
    reference = ("--reference", str(tmp_path / "painted.png"))
    plain, vivid = colored(*reference)[1], colored(*reference, "--look", "vivid, warmth 1")[1]
    assert all(np.array_equal(*pair) for pair in zip(plain, vivid, strict=True))
    assert strength(plain[0]) > 10
