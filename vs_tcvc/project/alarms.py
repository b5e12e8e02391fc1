"""Which shots a person should look at, and why, from what was measured of them.

The limits are those that told twenty real shots of two seconds apart, each coloured from its true first frame and by
the network alone (`benchmarks/alarms.py`). Ordinary shots raise no alarm; all eleven in which much is revealed do.

| alarm | limit | ordinary shots | shots that should be seen |
|---|---|---|---|
| unsure area | above 0.11 | up to 0.09 | a pan, or what was hidden: 0.11 to 0.54 |
| unsure guess | below 0.15 | 0.16 to 0.56; with a reference from 0.65 | 0.12 |
| fading | below 0.7 | from 0.71; true colour from 0.74 | |
| drift | above 8 | up to 6.6; where much is revealed 7.8 | a pan to red rock: 16 |
| jump | above 1, and 3 times what is usual | up to 2.4 times | a seam |
| hardly any colour | below 2 | from 2.9 | a gray reference: 0 |
| differs from its scene | below 0.65 | the halves of one shot: from 0.76 | a guess beside the truth: 14 of 20 |
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from vs_tcvc.project.checks import Checks, common_colors

UNSURE_AREA = 0.11
UNSURE_GUESS = 0.15
FADED = 0.7
DRIFT = 8.0
JUMP = 1.0
JUMP_OVER_USUAL = 3.0
FAINT = 2.0
COMMON = 0.65


class Alarm(msgspec.Struct, frozen=True):
    """A reason to look at a shot. name: of its kind; sentence: for people; severity: 0 to 1, comparable over kinds."""

    name: str
    sentence: str
    severity: float


def alarms(checks: Checks, first: int, lead: Checks | None = None) -> list[Alarm]:
    """The alarms of a shot, worst first.

    first: the number of its first frame, as people count them. lead: of the shot that leads its scene; None if that is
    the shot itself.
    """
    found = [alarm for rule in _RULES if (alarm := rule(checks, first)) is not None]
    if lead is not None and (different := _differs(checks, lead)):
        found.append(different)
    return sorted(found, key=lambda alarm: -alarm.severity)


def _unsure_area(checks: Checks, first: int) -> Alarm | None:
    if checks.unsure <= UNSURE_AREA:
        return None
    sentence = f"{_percent(checks.unsure)} of the picture became unsure about frame {first + checks.unsure_at}"
    return _alarm("unsure area", sentence, checks.unsure / 0.5)


def _unsure_guess(checks: Checks, _: int) -> Alarm | None:
    sure = checks.usual_confidence
    if sure >= UNSURE_GUESS:
        return None
    return _alarm("unsure guess", f"the network is hardly sure of any colour here: {sure:.2f} of 1", 0.5 - sure)


def _fading(checks: Checks, _: int) -> Alarm | None:
    start, end = checks.colorfulness
    if start < FAINT or end >= FADED * start:
        return None
    sentence = f"the colour fades: {_percent(end / start)} of it is left at the end"
    return _alarm("fading", sentence, 1 - end / start)


def _drift(checks: Checks, _: int) -> Alarm | None:
    if checks.drift <= DRIFT or _fading(checks, 0):
        return None
    return _alarm("drift", f"the mean colour drifts by {checks.drift:.1f} units of a*b*", checks.drift / 30)


def _jump(checks: Checks, first: int) -> Alarm | None:
    if checks.jump <= max(JUMP, JUMP_OVER_USUAL * checks.usual_jump):
        return None
    sentence = f"the mean colour jumps by {checks.jump:.1f} units of a*b* at frame {first + checks.jump_at}"
    return _alarm("jump", sentence, 0.3 + checks.jump / 10)


def _faint(checks: Checks, _: int) -> Alarm | None:
    most = max(checks.colorfulness)
    if most >= FAINT:
        return None
    return _alarm("hardly any colour", f"hardly any colour: {most:.1f} units from gray on average", 1 - most / 4)


def _differs(checks: Checks, lead: Checks) -> Alarm | None:
    common = common_colors(checks, lead)
    if common >= COMMON:
        return None
    sentence = f"only {_percent(common)} of its colours are those of the shot that leads its scene"
    return _alarm("differs from its scene", sentence, 1 - common)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _alarm(name: str, sentence: str, severity: float) -> Alarm:
    return Alarm(name, sentence, round(min(1.0, severity), 2))


_RULES: tuple[Callable[[Checks, int], Alarm | None], ...] = (
    _unsure_area,
    _unsure_guess,
    _fading,
    _drift,
    _jump,
    _faint,
)
