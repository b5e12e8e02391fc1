"""Cut lists as programs write them: all of them are about one film of three shots.

The faces: `--cuts` is `tcvc info`, which reads the option as `tcvc colorize`, tcvc-pipe, `tcvc references` and
`vs_tcvc.open` do; `tcvc cuts` is also what Nuke's and Resolve's panels ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from io import StringIO
from itertools import pairwise
from pathlib import Path
from threading import Event as Stop
from typing import Any

import av
import numpy as np
from made_films import Facts, Outcome

from vs_tcvc import cli
from vs_tcvc.cli.info import look_through, open_film
from vs_tcvc.cli.sequence import _cuts
from vs_tcvc.cuts.rules import ListedCuts
from vs_tcvc.errors import TcvcError
from vs_tcvc.film.new import look_through as new_project
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings
from vs_tcvc.vapoursynth.filter import Filter

RATE = Fraction(30000, 1001)
CUTS = (0, 4, 9)
LENGTH = 12
FIRST = 1001
"""Of numbered pictures."""
SPANS = list(pairwise((*CUTS, LENGTH)))


def facts_of(path: Path) -> Facts:
    """What every list is about."""
    return {"cuts": CUTS}


# Faces


def name_of(path: Path, options: Mapping[str, Any]) -> str:
    return f"{path}@{options['rate']}" if "rate" in options else str(path)


def film_beside(path: Path) -> Path:
    """The film, gray."""
    film = path.parent.parent / "film.mkv"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "gray"
        for number in range(LENGTH):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((24, 32), 20 * number, np.uint8), "gray")))
        container.mux(stream.encode(None))
    return film


def refusing(read: Callable[[str, Path, list[Event]], Sequence[int]]) -> Callable[..., Outcome]:
    """A face that reads the cuts of a list, from 0, and tells events."""

    def face(path: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
        said: list[Event] = []
        try:
            cuts = read(name_of(path, options), path, said)
        except TcvcError as error:
            return Outcome({}, error=str(error))
        usual = ("progress", "done", "shot", "network", "stream")
        return Outcome({"cuts": tuple(cuts)}, [event.text for event in said if event.text and event.name not in usual])

    return face


@refusing
def by_option(name: str, path: Path, said: list[Event]) -> Sequence[int]:
    settings = Settings(cuts=name, size=64, threads=1)
    with open_film(film_beside(path), settings, said.append) as film:
        return look_through(film, settings, said.append, reads_all=True)[2]


def by_command(path: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    printed, said = StringIO(), StringIO()
    with redirect_stdout(printed), redirect_stderr(said):
        code = cli.main(["cuts", name_of(path, options)])
    if code:
        return Outcome({}, error=said.getvalue())
    return Outcome({"cuts": tuple(map(int, printed.getvalue().split(",")))}, said.getvalue().splitlines())


@refusing
def by_sequence(name: str, path: Path, said: list[Event]) -> Sequence[int]:
    job = _cuts(Settings(cuts=name), range(FIRST, FIRST + LENGTH), said.append)
    return [int(cut) - FIRST for cut in job.replace("none", "").split(",") if cut]


@refusing
def by_new_project(name: str, path: Path, said: list[Event]) -> Sequence[int]:
    settings = Settings(cuts=name, size=64, threads=1)
    project, _ = new_project(film_beside(path), settings, said.append, Stop(), "film.mkv")
    return [shot.frames[0] for shot in project.shots]


def by_vapoursynth(path: Path, results: Path, options: Mapping[str, Any]) -> Outcome:
    given = {"cuts_file": [name_of(path, options)], "size": [64], "threads": [1]}
    try:
        used = Filter((1, 0, 8, 0, 0, 32, 24, LENGTH), None, given)
        used.open()
    except TcvcError as error:
        return Outcome({}, error=str(error))
    rule: Any = used._session._engine_anchors if False else used._session._anchors.cuts
    assert isinstance(rule, ListedCuts)
    said = [line for line in used.take_messages().splitlines() if "network" not in line]
    return Outcome({"cuts": tuple(sorted(rule.frames))}, said)


FACES = {
    "--cuts": by_option, "tcvc cuts": by_command, "tcvc sequence": by_sequence,
    "tcvc project new": by_new_project, "VapourSynth": by_vapoursynth,
}  # fmt: skip
