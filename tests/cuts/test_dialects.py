"""Lists of other programs: what each writes of known cuts comes back, at any rate, and what is left out is said.

The library of made films holds a list of every program (tests/films/film_cut_lists.py); here are their laws.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_tcvc import cli
from vs_tcvc.cuts.cut_list import CutList, Rates, starts_of
from vs_tcvc.cuts.edl import read_edl
from vs_tcvc.cuts.lists import ENDINGS, is_list, read_text, split_rate
from vs_tcvc.cuts.otio import read_timeline
from vs_tcvc.cuts.rules import ListedCuts, from_settings
from vs_tcvc.cuts.timecode import timecode
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings

RATES = [*map(Fraction, (16, 18, 24, 25, 30, 50)), *(Fraction(n * 1000, 1001) for n in (24, 30, 60))]
rates = st.sampled_from(RATES)


@st.composite
def films(draw: st.DrawFn) -> list[tuple[int, int]]:
    """The shots of a film, [start, stop), each of two frames at least."""
    places = {0, *draw(st.lists(st.integers(1, 300_000), min_size=2, max_size=12))}
    spans = list(pairwise(sorted(places)))
    return [(2 * start, 2 * stop) for start, stop in spans]


def starts(spans: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(start for start, _ in spans)


def read(text: str, rate: Fraction | int | str = "", film: Fraction | None = None, name: str = "list") -> CutList:
    return read_text(text, Rates.of(name, str(rate), film))


# Frames


@given(films(), st.sampled_from([0, 1]), st.sampled_from(",;\t|"))
def test_tables_of_pyscenedetect_prove_from_what_they_count(
    spans: list[tuple[int, int]], base: int, separator: str
) -> None:
    header = "Scene Number,Start Frame,End Frame,Length (frames)"
    rows = [f"{n},{start + base},{stop},{stop - start}" for n, (start, stop) in enumerate(spans, start=1)]
    for some in filter(None, (rows, rows[1:])):  # a part of a film does not begin at 0 or 1
        found = read("\n".join(["Timecode List:", header, *some]).replace(",", separator))
        assert found.starts == starts(spans)[len(rows) - len(some) :]
        assert bool(found.remarks) == bool(base)


@given(films(), st.sampled_from([0, 1]), st.sampled_from([" ", "\t", ",", ", "]))
def test_first_and_last_frames_are_shots(spans: list[tuple[int, int]], base: int, separator: str) -> None:
    lines = [f"{start + base}{separator}{stop - 1 + base}" for start, stop in spans]
    if len(lines) > 1:
        assert read("\n".join(lines)).starts == starts(spans)
    pairs = [[start + base, stop - 1 + base] for start, stop in spans]
    if len(pairs) > 1:
        assert read(json.dumps({"scenes": pairs})).starts == starts(spans)


@given(films())
def test_lists_of_encoders(spans: list[tuple[int, int]]) -> None:
    begins = starts(spans)
    assert read("".join(f"{frame} I -1\n" for frame in begins)).starts == begins
    assert read("# keyframe format v1\nfps 0\n" + "".join(f"{frame}\n" for frame in begins)).starts == begins
    scenes = [{"start_frame": start, "end_frame": stop} for start, stop in spans]
    assert read(json.dumps({"frames": spans[-1][1], "scenes": scenes})).starts == begins


def test_lines_of_two_numbers_that_join_nowhere_are_first_frames() -> None:
    assert read("0 40\n60 90\n") == CutList((0, 40, 60, 90), by_number=True)
    assert read("0 40\n41 90\n") == CutList((0, 41))
    assert read("0 40\n41 90\n100 120\n").starts == (0, 41, (91 + 100) // 2)


def test_what_lies_between_shots_is_one_of_its_own() -> None:
    assert starts_of([(0, 48), (48, 90), (100, 120)]) == (0, 48, 90, 100)
    assert starts_of([(0, None), (48, 90)]) == (0, 48)
    assert starts_of([(0, 100), (20, 40), (100, 120)]) == (0, 20, 100)


# Times


@given(films(), rates, st.booleans())
def test_seconds_are_frames_at_the_rate_of_the_film(
    spans: list[tuple[int, int]], rate: Fraction, is_given: bool
) -> None:
    rows = "".join(f"{float(start / rate)!r},{float(stop / rate)!r},a\n" for start, stop in spans)
    given_rate, film = (rate, None) if is_given else ("", rate)
    project = json.dumps({"cutSegments": [{"start": float(a / rate), "end": float(b / rate)} for a, b in spans]})
    for text in (rows, "Start,End,Name\n" + rows, project):
        found = read(text, given_rate, film)
        assert found.starts == starts(spans)
        assert ("the film's" in " ".join(found.remarks)) != is_given


def test_plain_numbers_are_no_times() -> None:
    for text in ("0,48,120", "0, 48, # a door\n120, 200, # a gate", "frame,start\n0,a\n48,b\n120,c\n", "0,48,7\n120"):
        found = read(text)
        assert found.by_number
        assert found.starts[:2] == (0, 7 if "7" in text else 48)
    with pytest.raises(UsageError, match=r"^list, line 1: expected a frame number from 0, got '0\.5'"):
        read("0.5,2.5,5.0", "24")
    assert read("0,2.5,1\n2.5,4,2\n", "24").starts == (0, 60)  # shots with numbers for names


def test_segments_reach_to_the_ends_of_the_film() -> None:
    assert read(",2.5,first\n2.5,4,\n6,,last", "24").starts == (0, 60, 96, 144)
    assert read("{cutSegments: [{end: 2.5, name: 'a',}, {start: 6, name: \"start: 3\"},],}", "24").starts == (
        0,
        60,
        144,
    )


def test_another_rate_than_the_films_is_said() -> None:
    assert read("0,2.5,a", "25", Fraction(24)).remarks == ("it counts 25 frames per second, the film has 24",)
    assert read("0,2.5,a", "24", Fraction(24000, 1001)).remarks == ()


# EDL


def edl(spans: Sequence[tuple[int, int]], base: int, source: int | None = None, head: str = "") -> str:
    """source: what is added to a place in the film for its place in the source; None: another source for each."""
    lines = [head]
    for number, (start, stop) in enumerate(spans, start=1):
        begin = 0 if source is None else start + source
        times = [timecode(place, base) for place in (begin, begin + stop - start, start, stop)]
        lines.append(f"{number:03}  {'AX' if source is not None else f'R{number}':<8} V     C        {' '.join(times)}")
    return "\n".join(lines)


@given(films(), st.sampled_from([None, 0]))
def test_outs_that_are_last_frames_are_counted_in(spans: list[tuple[int, int]], source: int | None) -> None:
    found = read(edl([(start, stop - 1) for start, stop in spans], 24, source), "24")
    assert found.starts == starts(spans)
    assert len(found.remarks) == (len(spans) > 1)
    assert found.through == ()


@given(films(), st.integers(1, 2))
def test_shotcuts_record_times_are_made_whole(spans: list[tuple[int, int]], black: int) -> None:
    """Every item but black is written, and each of them, and black, is one frame short."""
    lines, record = ["", " === playlist0 === ", ""], 0
    for number, (start, stop) in enumerate(spans):
        length = stop - start - 1
        if number != black or number == len(spans) - 1:
            times = [timecode(place, 25) for place in (7, 7 + length, record, record + length)]
            lines.append(f"{number + 1:03}  {f'clip_{number}':<8} AA/V  C        {' '.join(times)}")
        record += length
    assert read("\n".join(lines), "25", name="a.edl").starts == starts(spans)


@given(films(), rates, st.booleans())
def test_pyscenedetects_time_of_day_is_no_timecode(spans: list[tuple[int, int]], rate: Fraction, is_old: bool) -> None:
    """As its `_edl_timecode` computes it, without the errors of floats."""

    def label(frame: int) -> str:
        seconds = floor(frame / rate)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{floor(frame % rate):02}"

    lines = ["* CREATED WITH PYSCENEDETECT 0.6.6", "TITLE: film", "FCM: NON-DROP FRAME", ""]
    for number, (start, stop) in enumerate(spans, start=1):
        times = f"{label(start)} {label(stop - is_old)}"
        lines.append(f"{number:03}  AX V     C        {times} {times}")
    for given_rate, film in ((rate, None), ("", rate), (round(rate), rate)):
        assert read("\n".join(lines), given_rate, film).starts == starts(spans)


@given(films(), st.integers(0, 2_000_000))
def test_timecode_may_pass_midnight(spans: list[tuple[int, int]], before: int) -> None:
    day = 24 * 3600 * 30
    begin = day - min(before, spans[-1][1])
    lines = []
    for number, span in enumerate(spans, start=1):
        times = " ".join(timecode((begin + place) % day, 30) for place in span)
        lines.append(f"{number:03} R{number} V C 00:00:00:00 00:00:01:00 {times}")
    assert read("\n".join(lines), "30").starts == starts(spans)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40), st.integers(1, 20)), min_size=1, max_size=8))
def test_the_highest_track_is_seen(clips: list[tuple[int, int, int]]) -> None:
    """Against a painter, who lays track over track and, on one track, later over earlier clips, frame by frame."""
    lines, canvas = [], dict[int, int]()
    order = sorted(range(len(clips)), key=lambda number: clips[number][1])
    for number in sorted(order, key=lambda each: clips[each][0]):
        _, start, length = clips[number]
        canvas |= dict.fromkeys(range(start, start + length), number)
    for number in order:
        track, start, length = clips[number]
        times = [timecode(place, 25) for place in (0, length, start, start + length)]
        lines.append(f"{number:03} R{number} V{track} C {' '.join(times)}")
    first, end = min(canvas), max(canvas) + 1
    seen = [canvas.get(frame) for frame in range(first - 1, end)]
    changes = [place for place, (one, two) in enumerate(pairwise(seen)) if one != two]
    assert read("\n".join(lines), "25").starts == tuple(changes)


def test_through_edits_are_counted_and_told_by_the_numbers_of_the_film(tmp_path: Path) -> None:
    spans = [(0, 48), (48, 96), (96, 120), (130, 200)]
    assert read(edl(spans[:3], 24, 500), "24") == CutList((0, 48, 96))
    found = read(edl(spans, 24, 500), "24")
    assert (found.starts, found.through) == ((0, 120, 130), (48, 96))
    said: list[Event] = []
    (tmp_path / "reel.edl").write_text(edl(spans, 24, 500))
    name = f"{tmp_path}/reel.edl"
    rule = from_settings(Settings(cuts=name), 1001, Fraction(24), said.append)
    assert rule == ListedCuts((1001, 1121, 1131), first=1001)
    assert [event.text.removeprefix(f"{name}: ") for event in said] == [
        "its times are counted at the film's 24 frames per second",
        "2 through-edits left out (frame 1049, 1097), where the same source goes on; if pictures change there, list "
        "all cuts as numbers",
    ]
    assert {event.name for event in said} == {"cuts"}


def test_many_through_edits_are_not_all_named(tmp_path: Path) -> None:
    places = [*range(0, 90, 10), 100]
    (tmp_path / "reel.edl").write_text(edl([*pairwise(places[:-1]), (90, 100)], 24, 500))
    said: list[Event] = []
    from_settings(Settings(cuts=f"{tmp_path}/reel.edl@24"), emit=said.append)
    assert "7 through-edits left out (frame 10, 20, 30, 40, 50 and 2 more)" in said[0].text


def test_a_retime_a_sound_and_a_remark_are_told_apart() -> None:
    text = edl([(0, 4), (4, 9)], 24) + (
        "\nM2   R1       012.0                00:00:00:00\n>>> SOURCE X\nEFFECTS NAME IS CROSS DISSOLVE\n* a comment\n"
        "003  R1       NONE  C        00:00:00:00 00:00:00:09 00:00:00:00 00:00:00:09\nAUD  3    4\nsee the notes\n"
    )
    assert read(text, "24").remarks == ("1 sound event and 1 line of text not used",)


# OTIO


def clip(name: str, start: int, length: int) -> otio.schema.Clip:
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(start, 24), otio.opentime.RationalTime(length, 24))
    return otio.schema.Clip(name, otio.schema.ExternalReference(f"{name}.mov"), span)


@pytest.mark.parametrize(
    ("low", "over", "cuts", "through"),
    [
        ([("a", 0, 100)], [50, 30], (0,), ()),
        ([("a", 0, 48), ("a", 48, 52)], [20, 40], (0, 48), ()),
        ([("a", 0, 48), ("a", 48, 52), ("b", 0, 9)], [20, 40], (0, 100), (48,)),
        ([("a", 0, 48), ("a", 48, 52), ("b", 0, 9)], [], (0, 100), (48,)),
    ],
)
def test_gaps_above_a_clip_are_no_edits_of_it(
    tmp_path: Path, low: list[tuple[str, int, int]], over: list[int], cuts: tuple[int, ...], through: tuple[int, ...]
) -> None:
    timeline = otio.schema.Timeline("reel", global_start_time=otio.opentime.RationalTime(86400, 24))
    gaps = [otio.schema.Gap(duration=otio.opentime.RationalTime(length, 24)) for length in over]
    for items in ([clip(*each) for each in low], gaps):
        timeline.tracks.append(otio.schema.Track("V", items, kind="Video"))
    otio.adapters.write_to_file(timeline, str(tmp_path / "reel.otio"))
    found = read_timeline(tmp_path / "reel.otio", Rates("reel.otio", film=Fraction(25)))
    assert (found.starts, found.through) == (cuts, through)
    assert found.remarks == ("it counts 24 frames per second, the film has 25",)


# Any list


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0 I -1\n48 door\n", "list, line 2: expected a frame and its type, such as '48 I -1', got '48 door'"),
        ("Start,End,Name\n0,soon,a\n", "list, line 2: expected seconds, or a time such as 0:01:02.500, got 'soon'"),
        ("Start,End,Name\n", "list: expected a table with a line for each shot, got one without"),
        ("Scene Number,Start Frame\n1,one\n", "list, line 2: expected a frame number from 0, got 'one'"),
        ("0,2.5,a", "list: a list of times does not contain its frame rate; add it, as in list@24"),
        ("{", "list: expected JSON, got a text that is none"),
        ('{"a": 1}', "list: expected scenes as of Av1an, or cutSegments as of LosslessCut, got"),
        ('{"scenes": [{"start_frame": 3}]}', "list, scene 1: expected start_frame and end_frame, or two frames, got"),
        ('{"cutSegments": [{"start": "a"}]}', "list, segment 1: expected start and end in seconds, got"),
        (
            '<?xml version="1.0"?><mlt/>',
            "list: expected a cut list, got XML of another program; export the timeline as",
        ),
        ("001 A V C 00:00:00:00 00:00:02:00 01:00:00:00", "list, line 1: expected a frame number from 0, got 'A'"),
        ("0\n1:30\n", "list, line 2: expected a frame number from 0, got '1:30'"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text, "" if "@24" in sentence else "24")
    assert str(caught.value).startswith(sentence)


WORDS = [
    "0", "48", "1.5", "00:00:02.000", "00:00:02:00", ",", ";", "\t", " ", "\n", "I -1", "K", "fps 0", "frame", "Start",
    "End", "Start Frame", "End Frame", "Length (frames)", "<tr>", "<td>", "{", "}", "[", "]", '"scenes":',
    "cutSegments:",
    '"start_frame":', "'", '"', "TITLE:", "V", "C", "D 012", "001 A", "=== a ===", "* CREATED WITH PYSCENEDETECT", "i",
    "# keyframe format v1\n", "# XviD 2pass stat file\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_is_a_list_or_one_clear_error(text: str) -> None:
    try:
        found, complaint = read(text, "24"), "list"
    except UsageError as error:
        found, complaint = CutList(()), str(error)
    assert complaint.startswith("list")
    assert list(found.starts) == sorted({abs(cut) for cut in found.starts})


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_rate_stands_behind_any_list(tmp_path: Path, ending: str) -> None:
    assert split_rate(f"a/reel 1@{ending}@24000/1001") == (Path(f"a/reel 1@{ending}"), "24000/1001")
    assert is_list(f"reel{ending.upper()}@24")
    there = tmp_path / f"reel{ending}@24"
    there.touch()
    assert split_rate(str(there)) == (there, "")
    (tmp_path / "list").touch()
    assert split_rate(f"{tmp_path}/list@24") == (tmp_path / "list", "24")
    assert split_rate(f"{tmp_path}/none@24") == (tmp_path / "none@24", "")


def test_a_film_is_no_list() -> None:
    assert not any(map(is_list, ["film.mkv", "film.mkv@24", "scan.%04d.dpx", "a.tif"]))


def test_the_command_tells_what_was_assumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "film-Scenes.csv"
    path.write_text("Scene Number,Start Frame\n1,1\n2,49\n")
    assert cli.main(["cuts", str(path), "--first", "1001", "--rate", "24"]) == 0
    said = f"tcvc: {path}@24: it counts frames from 1; here they count from 0\n"
    assert capsys.readouterr() == ("1001,1049\n", said)
    assert cli.main(["cuts", str(path), "--log", "json"]) == 0
    event = json.loads(capsys.readouterr().err)
    assert event == {"event": "cuts", "file": str(path), "msg": "it counts frames from 1; here they count from 0"}


def test_dissolves_are_counted_from_the_first_frame_of_the_clip() -> None:
    text = edl([(0, 48)], 24) + "\n002 B V D 012 00:00:10:00 00:00:12:00 00:00:02:00 00:00:04:00\n"
    found = read_edl(text, Rates.of("reel.edl", "24"))
    assert (found.starts, found.dissolves) == ((0, 54), ((48, 60),))
