"""Cut lists: EDLs and timelines written from known cuts come back; what is none is refused in one sentence."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vs_tcvc import cli
from vs_tcvc.cuts import otio as otio_cuts
from vs_tcvc.cuts.cut_list import Rates
from vs_tcvc.cuts.edl import read_edl
from vs_tcvc.cuts.otio import read_timeline
from vs_tcvc.cuts.rules import ListedCuts, from_settings
from vs_tcvc.errors import UsageError
from vs_tcvc.settings import Settings

Time, Range = otio.opentime.RationalTime, otio.opentime.TimeRange

# EDL


def edl_cuts(text: str, rate: str = "") -> tuple[int, ...]:
    return read_edl(text, Rates.of("x.edl", rate)).starts


def timeline_cuts(path: Path) -> tuple[int, ...]:
    return read_timeline(path, Rates("x")).starts


def timecode(frame: int, rate: Fraction, drop: bool) -> str:
    """The label of a frame by OpenTimelineIO's arithmetic, which is not ours."""
    return str(otio.opentime.to_timecode(Time(frame, float(rate)), float(rate), drop))


RATES = [(Fraction(24), False), (Fraction(24000, 1001), False), (Fraction(25), False), (Fraction(30000, 1001), False),
         (Fraction(30000, 1001), True), (Fraction(60000, 1001), True), (Fraction(60), False)]  # fmt: skip


@example(rate=(Fraction(30000, 1001), True), begin=17_000, lengths=[2000, 1], colons=False)
@given(
    st.sampled_from(RATES),
    st.integers(0, 80_000),
    st.lists(st.integers(1, 4000), min_size=1, max_size=12),
    st.booleans(),
)
def test_an_edl_written_from_cuts_gives_the_cuts(
    rate: tuple[Fraction, bool], begin: int, lengths: list[int], colons: bool
) -> None:
    places = list(accumulate(lengths, initial=0))
    lines = ["TITLE: REEL 1", f"FCM: {'DROP FRAME' if rate[1] else 'NON-DROP FRAME'}", ""]
    for number, (start, stop) in enumerate(pairwise(places), start=1):
        times = [timecode(frame, *rate) for frame in (9000, 9000 + stop - start, begin + start, begin + stop)]
        line = f"{number:03}  R{number} V     C        {' '.join(times)}"
        lines += [line.replace(";", ":") if colons else line, f"* FROM CLIP NAME: shot {number}"]
    assert edl_cuts("\n".join(lines), str(rate[0])) == tuple(places[:-1])
    if rate[1] and (rate[0] < 31 or any(int(line[-2:]) >= 30 for line in lines[3::2])):
        assert edl_cuts("\n".join(lines), "") == tuple(places[:-1])


REEL = """TITLE: reel 2
FCM: NON-DROP FRAME

001  A001     V     C        00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: door.mov
* LOC: 01:00:01:14 RED     ANIM FIX NEEDED
002  A001     A     C        00:00:10:00 00:00:12:00 01:00:01:00 01:00:03:00
003  A001     V     C        00:00:12:00 00:00:13:00 01:00:02:00 01:00:03:00
* FROM CLIP NAME: door.mov
004  A002     AA/V  C        00:00:00:00 00:00:04:00 01:00:03:00 01:00:05:00
M2   A002           048.0                00:00:00:00
005  A002     V     C        00:00:04:00 00:00:04:00 01:00:05:00 01:00:05:00
005  A003     V     D    024 00:00:00:00 00:00:02:00 01:00:05:00 01:00:07:00
* FROM CLIP NAME: kitchen.mov
* TO CLIP NAME: garden.mov
006  BL       V     C        00:00:00:00 00:00:01:00 01:00:07:00 01:00:08:00
007  A004     B     W001 012 00:00:00:00 00:00:01:00 01:00:08:00 01:00:09:00
008  A004     V     C        00:00:03:00 00:00:04:00 01:00:10:00 01:00:11:00
"""


def test_what_is_no_cut_is_none() -> None:
    """Sound, a through-edit, a marker, a retime; but a dissolve and a wipe in their middle, and black with or without
    an event of its own."""
    assert edl_cuts(REEL, "24") == (0, 72, 120 + 12, 168, 192 + 6, 216, 240)
    assert edl_cuts(REEL.replace("door.mov\n*", "gate.mov\n*"), "24")[1] == 48
    dissolved = REEL.replace("003  A001     V     C       ", "003  A001     V     D    008")
    assert edl_cuts(dissolved, "24")[1] == 48 + 4


def test_events_count_in_the_order_of_the_film() -> None:
    head, *events = REEL.split("\n00")
    assert edl_cuts(head + "\n00" + "\n00".join(reversed(events)), "24")[0] == 0
    assert edl_cuts(head + "\n00" + "\n00".join([*events[3:], *events[:3]]), "25")[1] == 75


EVENT = "001 A V C 00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00"


@pytest.mark.parametrize(
    ("text", "rate", "sentence"),
    [
        ("", "24", "x.edl: expected picture events of a CMX3600 EDL such as '001 .*', found none"),
        (EVENT.replace(" V ", " A2 "), "24", "x.edl: expected picture events"),
        (EVENT, "", "x.edl: an EDL does not contain its frame rate; add it, as in x.edl@24"),
        (EVENT, "fast", "x.edl: expected frames per second behind @, such as 24 or 24000/1001, got 'fast'"),
        (EVENT, "1/0", "x.edl: expected frames per second behind @"),
        ("FCM: DROP FRAME\n" + EVENT, "24", "x.edl: drop-frame timecode has 29.97 or 59.94 .*, got 24"),
        ("\n1 A V C", "24", "x.edl, line 2: expected an event such as '001 .*', got '1 A V C'"),
        (EVENT.replace(" C ", " Q "), "24", "x.edl, line 1: expected an event"),
        (EVENT[:-2] + "25", "25", "x.edl, line 1: expected timecode of 25 frames per second, got 01:00:02:25"),
        (EVENT.replace("02:00", "60:00"), "25", "x.edl, line 1: expected timecode of 25 .*, got 01:00:60:00"),
        (EVENT[:-11] + "01:01:00;01", "", "x.edl, line 1: expected drop-frame timecode of 30 .*, got 01:01:00;01"),
        (EVENT[:-11] + "00:59:00:00", "24", "line 1: expected an event that ends after it begins, got 01:00:00:00 to"),
        (EVENT + "\n |C:ResolveColorBlue |M:Marker 1 |D:1", "24", "line 2: expected a cut list, got a list of markers"),
    ],
)
def test_what_is_no_edl_is_refused_with_its_line(text: str, rate: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        edl_cuts(text, rate)


@given(st.text(st.sampled_from("0123456789:; VCDA\n*|FCM") | st.characters()))
def test_any_text_is_an_edl_or_one_clear_error(text: str) -> None:
    try:
        assert edl_cuts(f"{EVENT}\n{text}", "24")[0] == 0
    except UsageError as error:
        assert str(error).startswith("x.edl")  # noqa: PT017


# Timelines


def clip(name: str, start: int, length: int) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(f"{name}.mov")
    return otio.schema.Clip(name, media, Range(Time(start, 24), Time(length, 24)))


def gap(length: int) -> otio.schema.Gap:
    return otio.schema.Gap(duration=Time(length, 24))


def dissolve(before: int, after: int) -> otio.schema.Transition:
    return otio.schema.Transition("", "SMPTE_Dissolve", Time(before, 24), Time(after, 24))


def written(folder: Path, *tracks: list[otio.core.Composable], kind: str = "Video", off: int = -1) -> Path:
    """A timeline of tracks, one of which may be off."""
    timeline = otio.schema.Timeline("reel", global_start_time=Time(86400, 24))
    timeline.tracks.extend(otio.schema.Track(f"{kind} {n}", each, kind=kind) for n, each in enumerate(tracks))
    for number, track in enumerate(timeline.tracks):
        track.enabled = number != off
    path = folder / "reel.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12))
def test_a_timeline_written_from_cuts_gives_the_cuts(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int]
) -> None:
    path = written(tmp_path_factory.mktemp("t"), [clip(f"{n}", 0, length) for n, length in enumerate(lengths)])
    assert tuple(otio_cuts._read(path, "x", None)["starts"]) == tuple(accumulate(lengths[:-1], initial=0))


def test_what_is_seen_counts(tmp_path: Path) -> None:
    low = [clip("a", 0, 48), clip("a", 48, 10), dissolve(6, 9), clip("b", 10, 40), gap(5), clip("c", 0, 30)]
    assert timeline_cuts(written(tmp_path, low)) == (0, 58 + 1, 98, 103)
    over = [gap(70), clip("t", 0, 10)]
    assert timeline_cuts(written(tmp_path, low, over)) == (0, 59, 70, 80, 98, 103)
    over[1].enabled = False
    assert timeline_cuts(written(tmp_path, low, over)) == (0, 59, 98, 103)
    over[1].enabled = True
    assert timeline_cuts(written(tmp_path, low, over, off=1)) == (0, 59, 98, 103)
    missing = [otio.schema.Clip(name, source_range=Range(Time(int(at), 24), Time(9, 24))) for name, at in ("a0", "b9")]
    assert timeline_cuts(written(tmp_path, missing)) == (0, 9)


def test_a_nested_timeline_is_looked_into(tmp_path: Path) -> None:
    inner = otio.schema.Stack("scene 4", [otio.schema.Track("", [clip("a", 0, 20), clip("b", 0, 30)], kind="Video")])
    inner.source_range = Range(Time(5, 24), Time(40, 24))
    assert timeline_cuts(written(tmp_path, [clip("c", 0, 10), inner, clip("d", 0, 5)])) == (0, 10, 25, 50)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"OTIO_SCHEMA": "Timeline.1"}', '{"OTIO_SCHEMA": "N.1"}'])
def test_what_is_no_timeline_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.otio").write_text(text)
    with pytest.raises(UsageError, match=r"^x: expected (one|a) timeline"):
        timeline_cuts(tmp_path / "x.otio")
    with pytest.raises(UsageError, match="expected one timeline with pictures, found 0"):
        timeline_cuts(written(tmp_path, [clip("a", 0, 5)], kind="Audio"))


def test_a_format_without_its_adapter_names_the_package(tmp_path: Path) -> None:
    (tmp_path / "reel.fcpxml").touch()
    with pytest.raises(UsageError, match=r"^cuts .*: reading .fcpxml needs the package otio-fcpx-xml-adapter"):
        from_settings(Settings(cuts=str(tmp_path / "reel.fcpxml")))


# The option and the command


def test_the_option_takes_them(tmp_path: Path) -> None:
    edl, odd = tmp_path / "a@1.edl", tmp_path / "reel.edl@24"
    edl.write_bytes(b"\xef\xbb\xbf" + REEL.replace("garden", "j\xe4rden").encode("latin-1"))
    assert from_settings(Settings(cuts=f"{edl}@24000/1001")) == ListedCuts((0, 72, 132, 168, 198, 216, 240))
    with pytest.raises(UsageError, match=r"^cuts .*a@1\.edl: an EDL does not contain"):
        from_settings(Settings(cuts=str(edl)))
    odd.write_text("0\n7\n")
    assert from_settings(Settings(cuts=str(odd))) == ListedCuts((0, 7))
    timeline = written(tmp_path, [clip("a", 0, 9), clip("b", 0, 9)])
    assert from_settings(Settings(cuts=str(timeline))) == ListedCuts((0, 9))


@pytest.mark.parametrize("missing", ["no.edl@24", "no.otio"])
def test_a_file_that_is_not_there_is_named(missing: str) -> None:
    with pytest.raises(UsageError, match=r"^cuts: expected .*, got 'no\..*' which cannot be read|got 'no\."):
        from_settings(Settings(cuts=missing))


def test_the_command_prints_frame_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edl, text = tmp_path / "reel 2.edl", tmp_path / "cuts.txt"
    edl.write_text(REEL)
    text.write_text("0\n48\n")
    for words, printed in (
        ([str(edl), "--first", "1001", "--rate", "24"], "1001,1073,1133,1169,1199,1217,1241\n"),
        ([f"{edl}@24"], "0,72,132,168,198,216,240\n"),
        ([str(text), "--first", "-5", "--rate", "24"], "-5,43\n"),
    ):
        assert cli.main(["cuts", *words]) == 0
        assert capsys.readouterr().out == printed
    assert cli.main(["cuts", "auto"]) == 2
    assert capsys.readouterr().err == "tcvc cuts: expected a file, got 'auto'\n"
