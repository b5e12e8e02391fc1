"""What is measured of a shot's colour, and which shots it calls a person to: shots that are made to have one fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np
import pytest
from store_shots import shot

from vs_tcvc.core.frame import Array, Chroma
from vs_tcvc.errors import FrameError
from vs_tcvc.project import alarms as module
from vs_tcvc.project.alarms import Alarm
from vs_tcvc.project.checks import POINTS, Checks, Meter, common_colors, measure

FRAMES = range(1000, 1048)
SIZE = (72, 128)
LAST = len(FRAMES) - 1

Frame = Callable[[int], float | Array]


def colored(
    chroma: Frame = lambda at: 20.0, confidence: Frame = lambda at: 0.8, hue: float = 0.5, saturation: float = 1.0,
    size: tuple[int, int] = SIZE, frames: range = FRAMES,
) -> Iterator[Chroma]:  # fmt: skip
    """A shot of two shades of a hue, in radians. chroma, confidence: of its frames, counted from 0."""
    shades = np.linspace(0.9, 1.1, size[1], dtype=np.float32) * np.ones(size, np.float32)
    for index in frames:
        at = index - frames.start
        strength = np.asarray(chroma(at), np.float32) * shades
        ab = np.stack([strength * np.float32(np.cos(hue)), strength * np.float32(np.sin(hue))])
        yield Chroma.rounded(index, ab, np.asarray(confidence(at) * np.ones(size), np.float32), 0, "", saturation)


def checked(*args: object, **options: object) -> Checks:
    return measure((None, chroma) for chroma in colored(*args, **options))  # type: ignore[arg-type]


def alarms(checks: Checks, lead: Checks | None = None) -> list[Alarm]:
    return module.alarms(checks, FRAMES[0], lead)


def names(found: list[Alarm]) -> list[str]:
    return [alarm.name for alarm in found]


def left_part(share: float, inside: float, outside: float) -> Array:
    """A plane of one value in the left part of the picture and another one beside it."""
    across = np.arange(SIZE[1]) < share * SIZE[1]
    return np.where(across, np.float32(inside), np.float32(outside)) * np.ones(SIZE, np.float32)


def test_an_ordinary_shot_raises_no_alarm() -> None:
    assert alarms(checked(confidence=lambda at: 0.9 - 0.1 * at / LAST)) == []


def test_an_area_that_a_pan_reveals_is_told_with_its_share_and_frame() -> None:
    checks = checked(confidence=lambda at: left_part(0.25 if at >= 24 else 0, 0.3, 0.8))
    (alarm,) = alarms(checks)
    assert alarm.name == "unsure area"
    assert checks.unsure == pytest.approx(0.25, abs=0.02)
    assert 24 <= checks.unsure_at <= LAST
    assert "25 %" in alarm.sentence
    assert f"frame {FRAMES[checks.unsure_at]}" in alarm.sentence


def test_what_is_unsure_for_a_moment_or_from_the_beginning_is_no_area_that_became_unsure() -> None:
    assert alarms(checked(confidence=lambda at: left_part(0.4 if 20 <= at < 23 else 0, 0.3, 0.8))) == []
    assert alarms(checked(confidence=lambda at: left_part(0.4, 0.1, 0.5))) == []


def test_a_guess_of_which_the_network_is_hardly_sure_is_told_and_one_that_is_a_little_surer_is_not() -> None:
    assert names(alarms(checked(confidence=lambda at: 0.1))) == ["unsure guess"]
    assert alarms(checked(confidence=lambda at: 0.2)) == []


@pytest.mark.parametrize("left", [0.2, 0.5, 0.65])
def test_colour_that_fades_is_told_with_what_is_left_of_it(left: float) -> None:
    (alarm,) = alarms(checked(lambda at: 20 * (1 - (1 - left) * float(np.clip((at - 6) / 30, 0, 1)))))
    assert (alarm.name, f"{100 * left:.0f} %" in alarm.sentence) == ("fading", True)


def test_the_colour_that_counts_is_the_one_that_is_shown() -> None:
    assert checked(saturation=0.5).colorfulness == pytest.approx(checked(lambda at: 10).colorfulness, abs=0.05)


def test_a_fade_to_black_and_from_black_is_no_fading_where_the_lightness_is_known() -> None:
    light = np.clip(np.minimum(np.arange(len(FRAMES)) - 2, LAST - 2 - np.arange(len(FRAMES))) / 12, 0, 1)
    shot = [*colored(lambda at: 20 * light[at], lambda at: 0.3 + 0.5 * light[at])]
    planes = [np.full(SIZE, 60 * each, np.float32) for each in light]
    assert alarms(measure(zip(planes, shot, strict=True))) == []
    assert "unsure area" in names(alarms(measure((None, chroma) for chroma in shot)))


def test_a_dark_shot_is_no_fade() -> None:
    dark = np.zeros(SIZE, np.float32)
    assert names(alarms(measure((dark, chroma) for chroma in colored(lambda at: 20 - at / 3)))) == ["fading"]


def test_drift_is_the_distance_of_the_mean_colour_and_told_when_it_is_large() -> None:
    drifting = checked(lambda at: 20 + 12 * at / LAST)
    assert drifting.drift == pytest.approx(12 * 43 / LAST, abs=0.3)  # from the mean of six frames to that of six
    assert names(alarms(drifting)) == ["drift"]
    assert alarms(checked(lambda at: 20 + 6 * at / LAST)) == []


def test_a_jump_is_told_with_its_frame_and_steady_change_is_none() -> None:
    checks = checked(lambda at: 20 + 3 * (at >= 30) + 0.1 * (at % 2))
    (alarm,) = alarms(checks)
    assert (alarm.name, checks.jump_at) == ("jump", 30)
    assert str(FRAMES[30]) in alarm.sentence
    assert alarms(checked(lambda at: 20 + 3 * (at % 2))) == []  # a light that flickers


def test_a_shot_in_gray_is_told_once() -> None:
    assert names(alarms(checked(lambda at: 0))) == ["hardly any colour"]


def test_a_shot_of_other_colours_than_the_lead_of_its_scene_is_told() -> None:
    lead = checked()
    assert names(alarms(checked(hue=1.5), lead)) == ["differs from its scene"]
    assert alarms(checked(hue=0.6), lead) == []
    assert alarms(checked(hue=1.5)) == []


def test_common_colours_are_symmetric_and_all_of_a_shot_s_own() -> None:
    one, other = checked(), checked(lambda at: 25, hue=0.9)
    assert common_colors(one, one) == pytest.approx(1)
    assert common_colors(one, other) == common_colors(other, one)
    assert 0 < common_colors(one, other) < 0.9


@pytest.mark.parametrize(
    ("lost", "area", "order"),
    [(0.9, 0.15, ["fading", "unsure area"]), (0.4, 0.45, ["unsure area", "fading"])],
)
def test_the_worst_alarm_is_the_first(lost: float, area: float, order: list[str]) -> None:
    checks = checked(
        lambda at: 30 * (1 - lost * at / LAST), lambda at: left_part(area if at > 20 else 0, 0.2, 0.8)
    )  # fmt: skip
    assert names(alarms(checks)) == order


@pytest.mark.parametrize("frames", [1, 2, 3, 63, 64, 65, 500])
def test_checks_are_small_and_come_back_from_json_whatever_the_length_of_the_shot(frames: int) -> None:
    checks = checked(frames=range(5, 5 + frames), size=(18, 32))
    stored = msgspec.json.encode(checks)
    assert msgspec.json.decode(stored, type=Checks) == checks
    assert (checks.frames, len(checks.confidence)) == (frames, min(frames, POINTS))
    assert checks.unsure_at in range(frames)
    assert len(stored) < 1200


def test_checks_hardly_depend_on_the_size_of_the_picture() -> None:
    small, large = (checked(lambda at: 10 + at / 4, size=size) for size in ((36, 64), (288, 512)))
    assert small.mean_ab == pytest.approx(np.array(large.mean_ab), abs=0.2)
    assert common_colors(small, large) > 0.95


@pytest.mark.parametrize("seed", range(8))
def test_any_colour_gives_alarms_of_finite_severity(seed: int) -> None:
    strength = 10.0 ** (seed - 3)
    meter = Meter()
    for chroma in shot(seed):
        meter.add(Chroma.rounded(chroma.index, chroma.ab * np.float32(strength), chroma.confidence, 0, ""))
    assert all(0 <= alarm.severity <= 1 for alarm in alarms(meter.result(), checked()))


def test_a_shot_without_frames_is_refused() -> None:
    with pytest.raises(FrameError, match="without frames"):
        Meter().result()
