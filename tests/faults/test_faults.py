"""No fault of the system loses or spoils anything: laws of every face, at every point where a fault can meet it.

The points, the faults and the laws are those of `fault_runs`. The usual run visits a fixed spread of the points, `-m
faults` visits all. How many were visited is printed.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from fault_faces import make_faces
from fault_runs import (
    ALL,
    FAULTS,
    Face,
    Fault,
    Point,
    Run,
    Server,
    broken_laws,
    broken_laws_again,
    build_library,
    clear,
    serving,
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not any(map(shutil.which, ("cc", "gcc", "clang"))),
    reason="fault points need Linux and a C compiler",
)
FACES = ("pipe", "colorize", "pictures", "sequence", "png", "worker")
A_FEW = 2
"""Points of a face and a fault that the usual run visits."""
A_LOT = 10
"""Moments of a face and a signal that the whole run adds."""
MOMENTS = [fault for fault in FAULTS if fault.signal]
SEED = 17
_GOLDEN = 0.618034


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Face]:
    return make_faces(tmp_path_factory.mktemp("faces"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(build_library(tmp_path_factory.mktemp("library"))) as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(server: Server, faces: Mapping[str, Face]) -> dict[str, Run]:
    """What every face makes without a fault."""
    made = {}
    for name, face in faces.items():
        clear(face)
        made[name] = server.run(face)
    return made


def a_few(points: Sequence[Point], offset: int) -> list[Point]:
    """A_FEW of the points, spread over them; others for another offset."""
    places = ((offset + number) * _GOLDEN % 1 for number in range(A_FEW))
    return sorted({points[int(place * len(points))] for place in places}, key=lambda point: point.number)


class Points:
    """Where faults can meet a face, from one undisturbed run for calls on files, one for words, one for memory."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._listed: dict[tuple[str, tuple[str, ...]], Sequence[Point]] = {}

    def of(self, face: Face, fault: Fault) -> list[Point]:
        """Numbered among the calls of the fault."""
        calls = ALL if {*fault.calls} <= {*ALL} - {"say"} else fault.calls
        if (face.name, calls) not in self._listed:
            clear(face)
            self._listed[face.name, calls] = self._server.run(face, replace(fault, calls=calls)).points
        met = (point for point in self._listed[face.name, calls] if point.call in fault.calls)
        numbered = (replace(point, number=number) for number, point in enumerate(met, 1))
        return [point for point in numbered if fault.fits(point, face)]


@pytest.fixture(scope="module")
def points(server: Server) -> Points:
    return Points(server)


def visit(server: Server, face: Face, fault: Fault, point: Point, whole: Run) -> tuple[list[str], bool]:
    """What is wrong after the fault at a point, and whether it was met."""
    clear(face)
    run = server.run(face, fault, point.number)
    wrong = list(broken_laws(run, whole, face, fault))
    if run.results != whole.results or run.leftovers:
        wrong += broken_laws_again(server.run(face, is_again=True), whole)
    met = run.fired or point
    return [f"{face.name}, {fault.name} at {met.number} ({met.call} {met.path}): {each}" for each in wrong], bool(
        run.fired
    )


def visit_all(
    server: Server, face: Face, whole: Run, chosen: Mapping[Fault, Sequence[Point]], capsys: pytest.CaptureFixture[str]
) -> None:
    visited = 0
    wrong: list[str] = []
    for fault, points in chosen.items():
        for point in points:
            found, was_met = visit(server, face, fault, point, whole)
            wrong += found
            visited += was_met
    with capsys.disabled():
        print(f"\n{face.name}: {visited} fault points visited")
    assert visited, "no fault was met"
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", FACES)
def test_the_work_is_the_same_every_time(
    name: str, server: Server, faces: Mapping[str, Face], undisturbed: Mapping[str, Run]
) -> None:
    whole = undisturbed[name]
    assert (whole.code, whole.words, whole.leftovers) == (0, "", frozenset())
    clear(faces[name])
    assert whole.results
    assert server.run(faces[name]).results == whole.results


@pytest.mark.parametrize("name", FACES)
def test_a_fault_loses_nothing(
    name: str, server: Server, faces: Mapping[str, Face], undisturbed: Mapping[str, Run], points: Points,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    face = faces[name]
    met = {fault: points.of(face, fault) for fault in FAULTS}
    chosen = {fault: a_few(places, offset) for offset, (fault, places) in enumerate(met.items()) if places}
    visit_all(server, face, undisturbed[name], chosen, capsys)


@pytest.mark.faults
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("name", FACES)
def test_a_fault_at_any_point_loses_nothing(
    name: str, fault: Fault, server: Server, faces: Mapping[str, Face], undisturbed: Mapping[str, Run], points: Points,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    places = points.of(faces[name], fault)
    if not places:
        pytest.skip(f"{name} has no point for this fault")
    visit_all(server, faces[name], undisturbed[name], {fault: places}, capsys)


@pytest.mark.parametrize("fault", MOMENTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("rounds", [1, pytest.param(A_LOT, marks=pytest.mark.faults)])
def test_a_signal_at_any_moment_loses_nothing(
    rounds: int, fault: Fault, server: Server, faces: Mapping[str, Face], undisturbed: Mapping[str, Run],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Between the points, too; an end before the signal is one like any other."""
    dice, wrong = random.Random(SEED), []
    for face in faces.values():
        clear(face)
        begun = time.monotonic()
        server.run(face)
        seconds = time.monotonic() - begun
        for _ in range(rounds):
            wrong += interrupt(server, face, fault, dice.uniform(0, seconds), undisturbed[face.name])
    with capsys.disabled():
        print(f"\n{fault.name}: {rounds * len(faces)} moments")
    assert not wrong, "\n".join(wrong)


def interrupt(server: Server, face: Face, fault: Fault, moment: float, whole: Run) -> list[str]:
    """What is wrong after a signal `moment` seconds after the start."""
    clear(face)
    run = server.run(face, signals=[(moment, fault.signal)] * (1 + fault.again))
    met = replace(run, fired=Point(0, "read", "") if run.code else None)
    wrong = list(broken_laws(met, whole, face, fault))
    if run.results != whole.results or run.leftovers:
        wrong += broken_laws_again(server.run(face, is_again=True), whole)
    return [f"{face.name}, {fault.name} after {moment:.3f} s: {each}" for each in wrong]


def test_the_laws_see_a_run_that_lies(
    server: Server, faces: Mapping[str, Face], undisturbed: Mapping[str, Run]
) -> None:
    """The harness itself: a half film with exit code 0, words of a bug, a hang, a file left behind."""
    face, whole, fault = faces["colorize"], undisturbed["colorize"], FAULTS[0]
    here = Point(1, "write", "/out/film.mov")
    half = {name: made[: len(made) // 2] for name, made in whole.results.items()}
    for lie, said in (
        (Run(0, False, "", half, frozenset(), (), here), "not whole"),
        (Run(1, False, "Traceback\n", {}, frozenset(), (), here), "not ours"),
        (Run(1, False, "", {}, frozenset(), (), here), "0 sentences"),
        (Run(0, True, "", whole.results, frozenset(), (), here), "hangs"),
        (Run(1, False, "tcvc: full\n", {}, frozenset({".film.part"}), (), here), "leaves .film.part"),
        (Run(7, False, "tcvc: full\n", {}, frozenset(), (), here), "exit code 7"),
    ):
        assert any(said in law for law in broken_laws(lie, whole, face, fault))
    assert not list(broken_laws(whole, whole, face, fault))
