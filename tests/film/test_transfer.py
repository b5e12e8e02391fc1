"""Laws of restoring from a colour copy: right frames in right places with their colours, or a sentence and nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fakes import FakeColorizer
from project_films import QUICK, SETTINGS, planes_of
from transfer_films import HEIGHT, WIDTH, Picture, ab_of, gray_of, lightness_of, picture, worn, write

from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.transcode import TranscodeOptions
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.errors import UsageError
from vs_tcvc.film import transfer as module
from vs_tcvc.film.film_project import FilmProject
from vs_tcvc.film.render import color_film, render
from vs_tcvc.film.selection import Selection, select
from vs_tcvc.film.status import status_of
from vs_tcvc.film.transfer import Transfers
from vs_tcvc.project import document
from vs_tcvc.project.document import Document
from vs_tcvc.project.host import begin_session, network_of
from vs_tcvc.project.on_demand import ShotNeed
from vs_tcvc.project.recipe import Transfer
from vs_tcvc.project.schema import Film, FilmReference, Project, Shot
from vs_tcvc.runtime.events import Event, ignore

LENGTH, EVERY = 16, 6
FILM = [picture(kind, frame) for kind in range(3) for frame in range(LENGTH)]
BEFORE = [picture(9, frame) for frame in range(11)]
LACKS = range(LENGTH, 2 * LENGTH)
"""The frames that the copy of `spliced` does not have."""


def tape(frames: Sequence[int], crop: float = 0.04) -> list[Picture]:
    return [worn(shown, crop, seed=n) for n, shown in enumerate([*BEFORE, *(FILM[n] for n in frames)])]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of copies: whole; one that lacks the second shot, and every 8th frame of the third; another film."""
    folder = tmp_path_factory.mktemp("copies")
    write(folder / "whole.mkv", tape(range(len(FILM))))
    write(folder / "spliced.mkv", tape([n for n in range(len(FILM)) if n not in LACKS and n % 8 != 5]))
    write(folder / "other.mkv", [worn(picture(20 + kind, frame)) for kind in range(3) for frame in range(LENGTH)])
    write(folder / "gray.mkv", [gray_of(shown) for shown in tape(range(len(FILM)))])
    return folder


def given(
    copy: Path, folder: Path, frames: range, offset: int | None = None, gray: Any = None
) -> tuple[list[Reference], list[Event]]:
    """The references that a copy gives for some frames, and the events."""
    events = list[Event]()
    transfers = Transfers(1001, folder, events.append, threading.Event())
    shot = Transfer((frames.start, frames.stop), copy, copy.stem, offset, EVERY)
    return list(transfers(shot, gray or lightness_of(FILM))), events


def told(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if event.name == "transfer"]


def frames_shown(references: Sequence[Reference]) -> list[int]:
    """The frames of the copy that references are of."""
    return [int(each.origin.rpartition("@")[2]) for each in references]


def error(reference: Reference, true: Picture) -> float:
    """Mean distance in ab from what the copy makes of the film's colour, where the reference is sure."""
    faded = np.clip(true * 0.75 + 35, 0, 255).astype(np.uint8)
    sure = reference.certainty_plane > 0.5
    return float(np.hypot(*(reference.ab - ab_of(faded)))[sure].mean())


@pytest.mark.parametrize("place", range(3))
def test_every_nth_frame_comes_from_its_own_frame_in_the_copy(place: int, copies: Path, tmp_path: Path) -> None:
    frames = range(LENGTH * place, LENGTH * (place + 1))
    references, events = given(copies / "whole.mkv", tmp_path, frames)
    wanted = [*frames[::EVERY]]
    assert [each.frame for each in references] == wanted
    assert frames_shown(references) == [len(BEFORE) + frame for frame in wanted]
    assert told(events) == []
    gray = lightness_of(FILM)
    for each in references:
        assert each.certainty_plane.mean() > 0.7
        assert error(each, FILM[each.frame]) < 4 < 9 < np.hypot(*ab_of(FILM[each.frame])).mean()
        assert (each.lightness == gray(each.frame)).all()


def test_what_the_copy_does_not_show_of_our_frame_is_not_sure(copies: Path, tmp_path: Path) -> None:
    write(tmp_path / "narrow.mkv", tape(range(LENGTH), crop=0.12))
    references, _ = given(tmp_path / "narrow.mkv", tmp_path, range(LENGTH))
    for each in references:
        sure = each.certainty_plane
        assert sure[:6].max() == sure[-6:].max() == sure[:, :8].max() == sure[:, -8:].max() == 0
        assert sure[12:-12, 16:-16].mean() > 0.9


def test_the_borders_of_a_copy_are_no_part_of_the_picture(tmp_path: Path) -> None:
    matted = [shown.copy() for shown in tape(range(LENGTH), crop=0)]
    for shown in matted:
        shown[:18], shown[-18:] = 20, 20  # an eighth at the top and at the bottom
    write(tmp_path / "matted.mkv", matted)
    references, _ = given(tmp_path / "matted.mkv", tmp_path, range(LENGTH))
    assert [each.frame for each in references] == [*range(0, LENGTH, EVERY)]
    for each in references:
        sure = each.certainty_plane
        assert sure[:7].max() == sure[-7:].max() == 0
        assert sure[12:-12].mean() > 0.9


def test_a_shot_that_the_copy_lacks_gets_nothing_and_says_so(copies: Path, tmp_path: Path) -> None:
    references, events = given(copies / "spliced.mkv", tmp_path, LACKS)
    assert references == []
    assert told(events) == ["frames 1017 to 1032 get no colour from spliced.mkv: it does not show them"]


def test_lost_frames_are_followed(copies: Path, tmp_path: Path) -> None:
    kept = [n for n in range(len(FILM)) if n not in LACKS and n % 8 != 5]
    references, _ = given(copies / "spliced.mkv", tmp_path, range(2 * LENGTH, 3 * LENGTH))
    shown = [kept[number - len(BEFORE)] for number in frames_shown(references)]
    assert len(references) == 3
    assert max(abs(one - each.frame) for one, each in zip(shown, references, strict=True)) <= 1  # beside a lost one
    assert all(error(each, FILM[each.frame]) < 5 for each in references)


def test_a_given_offset_is_taken_and_a_wrong_one_is_refused(copies: Path, tmp_path: Path) -> None:
    right, events = given(copies / "whole.mkv", tmp_path, range(LENGTH), offset=len(BEFORE))
    assert frames_shown(right) == [len(BEFORE) + frame for frame in range(LENGTH)[::EVERY]]
    assert told(events) == []
    wrong, events = given(copies / "whole.mkv", tmp_path, range(LENGTH), offset=len(BEFORE) + LENGTH)
    assert (wrong, len(told(events))) == ([], 1)
    outside, events = given(copies / "whole.mkv", tmp_path, range(LENGTH), offset=5000)
    assert (outside, len(told(events))) == ([], 1)


def test_another_film_gives_nothing(copies: Path, tmp_path: Path) -> None:
    for place in range(3):
        references, events = given(copies / "other.mkv", tmp_path, range(LENGTH * place, LENGTH * (place + 1)))
        assert (references, len(told(events))) == ([], 1)


def test_a_copy_without_colour_gives_nothing(copies: Path, tmp_path: Path) -> None:
    references, events = given(copies / "gray.mkv", tmp_path, range(LENGTH))
    assert references == []
    assert told(events) == ["frames 1001 to 1016 get no colour from gray.mkv: it has no colour there"]


def test_a_frame_that_cannot_be_laid_over_ours_guides_by_likeness(
    copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "register", lambda *_: None)
    (reference,), events = given(copies / "whole.mkv", tmp_path, range(LENGTH))
    assert (reference.frame, told(events)) == (ELSEWHERE, [])
    assert 0 < reference.certainty_plane.max() < 1


def test_a_shot_of_one_frame_gets_one_reference(copies: Path, tmp_path: Path) -> None:
    references, _ = given(copies / "whole.mkv", tmp_path, range(20, 21))
    assert (frames_shown(references), [each.frame for each in references]) == ([len(BEFORE) + 20], [20])


def test_a_long_shot_is_found_in_pieces(copies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PIECE", LENGTH)
    references, events = given(copies / "spliced.mkv", tmp_path, range(len(FILM)))  # all of the film as one shot
    assert [each.frame for each in references] == [0, 6, 36, 42]
    assert told(events) == [
        f"frames {first} to {first + 11} get no colour from spliced.mkv: it does not show them"
        for first in (1013, 1025)  # most of which it lacks
    ]


def test_a_copy_is_read_once_and_again_where_what_was_kept_is_damaged(copies: Path, tmp_path: Path) -> None:
    def readings() -> int:
        return sum(event.name == "indexing" for event in given(copies / "whole.mkv", tmp_path, range(LENGTH))[1])

    assert [readings(), readings()] == [1, 0]
    (kept,) = (tmp_path / "transfers").glob("*.signatures")
    whole = kept.read_bytes()
    for damaged in (whole[:100], b"", b"\x00"):
        kept.write_bytes(damaged)
        assert [readings(), readings()] == [1, 0]


def test_reading_a_copy_can_be_stopped(copies: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(KeyboardInterrupt):
        Transfers(0, tmp_path, ignore, stop).prepare([Transfer((0, 4), copies / "whole.mkv", "whole", None, 1)])
    assert not [*tmp_path.rglob("*.*")]


# A project


@pytest.fixture
def project(copies: Path, tmp_path: Path) -> Document:
    """A project of the gray film, whose shots are guided by a copy that lacks the second one."""
    write(tmp_path / "film.mkv", map(gray_of, FILM))
    (tmp_path / "copy.mkv").write_bytes((copies / "spliced.mkv").read_bytes())
    guide = FilmReference("copy.mkv", every=EVERY)
    shots = tuple(Shot((first, first + LENGTH), references=(guide,)) for first in range(0, len(FILM), LENGTH))
    facts = Film("film.mkv", len(FILM), (WIDTH, HEIGHT), "24/1")
    return document.write(document.new(tmp_path / "film.tcvc.yaml", Project(facts, shots, QUICK)))


def colored(film: FilmProject) -> list[Event]:
    events = list[Event]()
    color_film(film, Selection(), events.append, threading.Event())
    return events


def ab_error(frames: Sequence[bytes], numbers: range) -> float:
    """Mean distance in Cb, Cr, codes, from what the copy makes of the film's colour."""
    chroma = [np.frombuffer(frames[n], np.uint8)[WIDTH * HEIGHT :].reshape(2, HEIGHT // 2, -1) for n in numbers]
    faded = [np.clip(FILM[n] * 0.75 + 35, 0, 255).astype(np.uint8) for n in numbers]
    small = [cv2.resize(each, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA) for each in faded]
    true = [cv2.cvtColor(each, cv2.COLOR_RGB2YCrCb)[..., :0:-1].transpose(2, 0, 1) for each in small]
    return float(np.hypot(*np.moveaxis(np.array(chroma, np.float32) - np.array(true), 1, 0)).mean())


def test_a_film_gets_the_colours_of_its_copy_and_the_networks_where_it_has_none(project: Document) -> None:
    film, target, events = FilmProject(project, SETTINGS), project.path.with_name("out.mkv"), list[Event]()
    render(film, target, Selection(), Encoding(lossless=True), TranscodeOptions(), events.append, threading.Event())
    frames = planes_of(target)
    assert told(events) == ["frames 16 to 31 get no colour from copy.mkv: it does not show them"]
    assert max(ab_error(frames, range(LENGTH)), ab_error(frames, range(2 * LENGTH, 3 * LENGTH))) < 8
    assert ab_error(frames, LACKS) > 12
    assert [row.source for row in status_of(FilmProject(project, SETTINGS))] == ["copy.mkv"] * 3


def test_shots_are_coloured_again_when_the_copy_changes_and_only_then(project: Document, copies: Path) -> None:
    assert next(e for e in colored(FilmProject(project, SETTINGS)) if e.name == "shots").values["to_color"] == [1, 2, 3]
    copy = project.path.with_name("copy.mkv")
    copy.touch()
    assert next(e for e in colored(FilmProject(project, SETTINGS)) if e.name == "shots").values["to_color"] == []
    copy.write_bytes((copies / "whole.mkv").read_bytes())
    events = colored(FilmProject(project, SETTINGS))
    assert [event.text for event in events if event.name == "reason"] == ["shots 1, 2 and 3: references changed"]
    assert told(events) == []


def test_a_copy_is_an_input_that_is_not_written_over(project: Document) -> None:
    assert project.path.with_name("copy.mkv") in FilmProject(project, SETTINGS).inputs()


def test_hosts_show_what_is_coloured_and_refuse_the_rest(project: Document) -> None:
    film = FilmProject(project, SETTINGS)
    network = network_of(film.settings, film.canvas)

    def color_of(frame: int) -> object:
        session = begin_session(project, FakeColorizer(), network, film.canvas, len(FILM), ignore)
        answer, asked = session.ask(frame), list[int]()
        with film.reader() as reader:
            while isinstance(answer, ShotNeed):
                asked += answer.frames
                assert len(asked) <= 3  # by which a shot is known
                answer = session.give(answer, {n: GrayFrame(n, reader.gray(n)) for n in answer.frames})
        return answer

    with pytest.raises(UsageError, match="colour the project first with tcvc render --colour-only"):
        color_of(2)
    color_film(film, select(project.project, "1", ""), ignore, threading.Event())
    assert isinstance(color_of(2), Chroma)
