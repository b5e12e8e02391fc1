"""Cut lists of films: a written one is read back by `--cuts` with the same cuts, whatever the film and its rate."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vs_tcvc import cli
from vs_tcvc.cuts import otio as timelines
from vs_tcvc.cuts.cut_list import Rates
from vs_tcvc.cuts.rules import ListedCuts, from_settings
from vs_tcvc.cuts.writing import ENDINGS, FilmCuts, write_cuts
from vs_tcvc.errors import UsageError
from vs_tcvc.settings import Settings

RATES = [*map(Fraction, (1, 16, 18, 24, 25, 30, 48, 50, 60, 100)), *(Fraction(n * 1000, 1001) for n in (24, 30, 60))]


@st.composite
def films(draw: st.DrawFn) -> FilmCuts:
    starts = sorted({0, *draw(st.lists(st.integers(1, 300_000), max_size=12))})
    name = draw(st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=20))
    return FilmCuts(tuple(starts), starts[-1] + draw(st.integers(1, 300)), draw(st.sampled_from(RATES)), name)


def read(path: Path) -> list[int]:
    rule = from_settings(Settings(cuts=str(path)))
    assert isinstance(rule, ListedCuts)
    return sorted(rule.frames)


@pytest.mark.parametrize("ending", [".csv", ".edl"])
@given(films())
def test_a_list_is_read_back_with_the_same_cuts(
    tmp_path_factory: pytest.TempPathFactory, ending: str, cuts: FilmCuts
) -> None:
    path = tmp_path_factory.mktemp("lists") / f"cuts{ending}"
    write_cuts(path, cuts)
    assert read(path) == list(cuts.starts)


@settings(max_examples=40)
@given(films())
def test_a_timeline_is_read_back_with_the_same_cuts(tmp_path_factory: pytest.TempPathFactory, cuts: FilmCuts) -> None:
    path = tmp_path_factory.mktemp("lists") / "cuts.otio"
    write_cuts(path, cuts)
    assert tuple(timelines._read(path, "cuts", None)["starts"]) == cuts.starts
    clips = list(otio.adapters.read_from_file(str(path)).find_clips())
    assert [round(clip.duration().value) for clip in clips] == [stop - start for start, stop in cuts.spans()]


def film(path: Path, shots: Sequence[int]) -> Path:
    """Shots of these lengths, each a texture of its own."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(24000, 1001))
        stream.width, stream.height, stream.pix_fmt = 96, 64, "gray"
        for seed, length in enumerate(shots):
            picture = np.random.default_rng(seed).integers(0, 256, (8, 12), np.uint8).repeat(8, 0).repeat(8, 1)
            for _ in range(length):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "gray")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_cuts_of_a_film_are_those_that_are_found_without_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    source, out = film(tmp_path / "reel 1.mkv", (9, 12, 7)), tmp_path / f"cuts{ending}"
    assert cli.main(["cuts", str(source), "--quiet"]) == 0
    assert capsys.readouterr() == ("0,9,21\n", "")
    assert cli.main(["cuts", str(source), "--quiet", "-o", str(out)]) == 0
    assert capsys.readouterr() == (f"3 shots, in {out}; use them with --cuts {out}\n", "")
    assert read(out) == [0, 9, 21]
    assert cli.main(["cuts", str(out)]) == 0
    assert capsys.readouterr().out == "0,9,21\n"
    assert cli.main(["cuts", str(source), "--quiet", "-o", str(out)]) == 2
    assert capsys.readouterr().err == f"tcvc cuts: {out}: it exists; choose another file, or pass --overwrite\n"


@pytest.mark.parametrize(
    ("cuts", "name", "sentence"),
    [
        (FilmCuts((0,), 5, Fraction(24), "a"), "cuts.fcp", "expected a name that ends with .csv, .edl, .otio"),
        (FilmCuts((0,), 5, Fraction(240), "a"), "cuts.edl", "expected 1 to 100 frames per second"),
        (FilmCuts((0,), 10**8, Fraction(24), "a"), "cuts.edl", "expected a film of 99 hours at most"),
    ],
)
def test_what_a_list_cannot_say_is_refused(tmp_path: Path, cuts: FilmCuts, name: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        write_cuts(tmp_path / name, cuts)
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_a_list_needs_the_film(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cuts.txt").write_text("0\n48\n")
    assert cli.main(["cuts", str(tmp_path / "cuts.txt"), "-o", str(tmp_path / "cuts.edl")]) == 2
    assert "expected a film, whose length a list is written with, got a list" in capsys.readouterr().err


# Damaged timelines


def timeline(folder: Path, change: dict[str, Any]) -> Path:
    """One clip whose source range has other values."""
    path = folder / "x.otio"
    write_cuts(path, FilmCuts((0, 5), 9, Fraction(24), "a"))
    text = path.read_text()
    for before, after in change.items():
        assert before in text
        text = text.replace(before, after)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "change",
    [
        {'"rate": 24.0': '"rate": 0.0'},
        {'"rate": 24.0': '"rate": Infinity'},
        {'"rate": 24.0': '"rate": 1e300'},
        {'"rate": 24.0': '"rate": -24.0'},
        {'"value": 5.0': '"value": Infinity'},
        {'"value": 5.0': '"value": NaN'},
        {'"source_range": {': '"source_rage": {', '"available_range": {': '"available_rage": {'},
        {'"OTIO_SCHEMA": "Clip.2"': '"OTIO_SCHEMA": "Clap.2"'},
    ],
    ids=str,
)
def test_a_damaged_timeline_is_one_sentence(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"x\.otio: expected "):
        timelines.read_timeline(timeline(tmp_path, change), Rates("x.otio"))


def test_a_file_that_crashes_the_reader_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "_CHILD", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(UsageError, match=r"got a file on which OpenTimelineIO crashes; export it again"):
        timelines.read_timeline(timeline(tmp_path, {}), Rates("x.otio"))


def test_a_host_that_embeds_python_reads_in_its_own_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/opt/vsedit")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(subprocess, "run", None)
    assert timelines.read_timeline(timeline(tmp_path, {}), Rates("x.otio")).starts == (0, 5)
    assert json.loads((tmp_path / "x.otio").read_text())
