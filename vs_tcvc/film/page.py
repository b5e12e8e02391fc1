"""The page of a film: all its shots with what a person must see of them, as one HTML file.

The file asks the network for nothing and runs nothing but its own script: pictures are in it, and its policy
(Content-Security-Policy) refuses everything else. Names of files and scenes are foreign text: they are escaped, and
characters that do not print, or turn the direction of writing, are replaced.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from vs_tcvc.cuts.timecode import timecode
from vs_tcvc.project.alarms import Alarm
from vs_tcvc.project.checks import Checks
from vs_tcvc.runtime.words import counted

HUES = 12
"""Colours of scenes, in the order in which the scenes begin; then they come again."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_KINDS = {b"\xff\xd8": "jpeg", b"RIFF": "webp", b"\x89PNG": "png"}
_CURVE = (100, 24)  # width and height of the curve of confidence, in its own units


@dataclass(frozen=True)
class ShotCard:
    """A shot on the page.

    number: from 1. frames: [first, end), the film's own numbers. scene: "" if it is in none; is_lead: whether it leads
    it. references: their names; hints: how many. state: "color", "keep" or "gray". is_done: its colour is in the store,
    or it needs none. checks, alarms: of its colour; None and none if that is not known.
    picture: one of its frames as JPEG, WebP or PNG, as `thumbnail` makes it, b"" if there is none. It is in colour if
    the shot has colour: that keeps the film's luma, so the page makes the gray from it.
    """

    number: int
    frames: tuple[int, int]
    scene: str = ""
    is_lead: bool = False
    references: tuple[str, ...] = ()
    hints: int = 0
    look: str = ""
    state: str = "color"
    locked: bool = False
    is_done: bool = False
    checks: Checks | None = None
    alarms: tuple[Alarm, ...] = ()
    picture: bytes = field(default=b"", repr=False)

    @property
    def length(self) -> int:
        """Frames."""
        return self.frames[1] - self.frames[0]

    @property
    def worst(self) -> float:
        """Severity of the worst alarm, 0 if there is none."""
        return max((alarm.severity for alarm in self.alarms), default=0.0)

    @property
    def source(self) -> str:
        """The picture as a URL."""
        kind = next((kind for magic, kind in _KINDS.items() if self.picture.startswith(magic)), "")
        return f"data:image/{kind};base64,{base64.b64encode(self.picture).decode()}" if kind else ""

    @property
    def curve(self) -> str:
        """The curve of confidence as points of a polyline."""
        values = self.checks.confidence if self.checks else ()
        values = values * 2 if len(values) == 1 else values  # a line of one frame
        across = _CURVE[0] / max(1, len(values) - 1)
        return " ".join(f"{at * across:.4g},{(1 - value) * _CURVE[1]:.3g}" for at, value in enumerate(values))


@dataclass(frozen=True)
class FilmPage:
    """The page of a film.

    name: of the film. size: its shape as it is seen, width and height. rate: frames per second. first: number of the
    film's first frame; start: what its timecode counts from, in frames from midnight. version: of this program.
    network: that coloured it, in words. date: when the page was made, in words.
    """

    name: str
    size: tuple[int, int]
    rate: Fraction
    cards: tuple[ShotCard, ...]
    version: str
    network: str
    date: str
    first: int = 0
    start: int = 0

    @property
    def base(self) -> int:
        """Labels a second of its timecode."""
        return max(1, round(self.rate))

    @property
    def length(self) -> int:
        """Frames."""
        return sum(card.length for card in self.cards)

    @cached_property
    def scenes(self) -> dict[str, int]:
        """How many shots each scene has, in the order in which they begin; "" is none."""
        return Counter(card.scene for card in self.cards)

    @cached_property
    def alarms(self) -> dict[str, int]:
        """How many shots have an alarm of each name, the most frequent first."""
        counts = Counter(name for card in self.cards for name in {alarm.name for alarm in card.alarms})
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def hue(self, scene: str) -> int:
        """The colour of a scene, 0 to HUES - 1."""
        return [name for name in self.scenes if name].index(scene) % HUES

    def timecode(self, frame: int) -> str:
        """Timecode of a frame, by its number, without drop-frame."""
        return timecode(frame - self.first + self.start, self.base)

    def duration(self, frames: int) -> str:
        """So many frames in words: "2.9 s", "1 min 12 s"."""
        seconds = float(frames / self.rate)
        if round(seconds, 1) < 60:
            return f"{seconds:.1f} s"
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def render(page: FilmPage) -> str:
    """The page as HTML, to be written in UTF-8. Cards are in the order of the page: the worst first."""
    width, height = page.size
    style, script = (_text(f"page.{ending}") for ending in ("css", "js"))
    style += f"img, .blank {{ aspect-ratio: {width} / {height}; }}\n"
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; "
        "form-action 'none'"
    )
    cards = sorted(page.cards, key=lambda card: (-card.worst, card.number))
    html = _environment().get_template("page.html.j2").render(
        page=page, cards=cards, policy=policy, style=style, script=script
    )  # fmt: skip
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", html)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("vs_tcvc.film"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["counted"] = counted
    return environment


def _text(name: str) -> str:
    return resources.files("vs_tcvc.film").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The source expression that allows an inline style or script of exactly that text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
