"""What a container cannot hold is said, what describes the old file is dropped, and what frames carry goes along."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from film_files import GRAY, LOSSLESS_264, PICTURE, SOUND, X264, ffmpeg, hdr
from hypothesis import given
from hypothesis import strategies as st

from ffmpeg_filters.encoder_choice import Encoding
from ffmpeg_filters.left_behind import kept
from ffmpeg_filters.side_data import SideDataWatch, light_options
from ffmpeg_filters.stream_facts import side_data
from ffmpeg_filters.transcode import TranscodeOptions, colorize_file
from vs_tcvc.runtime.events import Event
from vs_tcvc.settings import Settings

TWO_CODES = ["deu", "fre", "nld", "ell", "isl", "sqi", "zho", "rum", "cze", "slo", "hye", "eus", "mya", "kat", "mkd",
             "msa", "fas", "bod", "cym"]  # fmt: skip
"""Languages with two codes of ISO 639-2, each spelt as QuickTime does not."""


def colored(source: Path, target: Path, encoding: Encoding = LOSSLESS_264) -> list[str]:
    """What is said about a film; it is coloured."""
    said: list[Event] = []
    colorize_file(source, target, Settings(size=64, threads=1), encoding, TranscodeOptions(overwrite=True), said.append)
    return [event.text for event in said if event.name in ("left_behind", "side_data")]


@pytest.mark.parametrize("language", ["deu", "eng", *TWO_CODES])
def test_a_language_is_kept_in_quicktime_under_either_of_its_codes(language: str, tmp_path: Path) -> None:
    ffmpeg(f"{PICTURE} {SOUND} {GRAY} -c:a aac -metadata:s:a language={language}", tmp_path / "in.mkv")
    assert colored(tmp_path / "in.mkv", tmp_path / "out.mov") == []
    with av.open(str(tmp_path / "out.mov")) as container:
        assert len(container.streams.audio[0].metadata["language"]) == 3


def test_a_language_that_quicktime_does_not_know_is_said_to_be_lost(tmp_path: Path) -> None:
    ffmpeg(f"{PICTURE} {SOUND} {GRAY} -c:a aac -metadata:s:a language=gsw", tmp_path / "in.mkv")
    (said,) = colored(tmp_path / "in.mkv", tmp_path / "out.mov")
    assert said == "out.mov cannot hold the tag language of stream 1; an .mkv holds more"
    assert colored(tmp_path / "in.mkv", tmp_path / "out.mkv", Encoding(lossless=True)) == []


def test_a_mark_of_a_stream_that_is_lost_is_said(tmp_path: Path) -> None:
    words = f"{PICTURE} {SOUND} {SOUND} -map 0 -map 1 -map 2 {X264} -c:a aac -disposition:a:1 comment+hearing_impaired"
    ffmpeg(words, tmp_path / "in.mkv")
    with av.open(str(tmp_path / "in.mkv")) as container:
        marks = container.streams.audio[1].disposition
    for ending in ("mkv", "mp4", "mov"):
        said = colored(tmp_path / "in.mkv", tmp_path / f"out.{ending}")
        with av.open(str(tmp_path / f"out.{ending}")) as container:
            lost = marks & ~container.streams.audio[1].disposition & ~1
        assert bool(lost) == any('the mark "' in line for line in said)


OF_THE_FILE = ("BPS", "BPS-eng", "NUMBER_OF_FRAMES", "_STATISTICS_TAGS", "creation_time", "ENCODER", "major_brand",
               "uid", "generation_uid", "DURATION-eng", "product_name")  # fmt: skip
OF_THE_FILM = ("title", "comment", "ARTIST", "guide", "language")


@given(st.dictionaries(st.sampled_from([*OF_THE_FILE, *OF_THE_FILM]), st.text(max_size=5)))
def test_tags_of_the_film_are_kept_and_those_of_its_file_are_not(tags: dict[str, str]) -> None:
    assert kept(tags).keys() == tags.keys() & {*OF_THE_FILM}


def test_what_an_encoder_does_not_write_is_said_once_for_each_kind() -> None:
    said: list[Event] = []
    watch = SideDataWatch("libx265", said.append)
    for kinds in ({"A53_CC"}, {"A53_CC", "AFD"}, {"CONTENT_LIGHT_LEVEL"}, {"AFD"}):
        watch.look_at(kinds)
    assert [event.text for event in said] == [
        "the film's closed captions cannot be kept by libx265; libx264 can",
        "the film's active format description cannot be kept by libx265",
    ]


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libsvtav1"])
def test_mastering_display_and_light_level_are_those_of_the_source(codec: str, tmp_path: Path) -> None:
    ffmpeg(hdr("smpte2084"), tmp_path / "in.mkv")
    assert colored(tmp_path / "in.mkv", tmp_path / "out.mkv", Encoding(codec=codec)) == []
    before, after = (light(tmp_path / name) for name in ("in.mkv", "out.mkv"))
    assert after["CONTENT_LIGHT_LEVEL"] == before["CONTENT_LIGHT_LEVEL"]
    if codec == "libsvtav1":  # which counts in other fractions
        assert "MASTERING_DISPLAY_METADATA" in after
    else:
        assert after == before


def light(path: Path) -> dict[str, bytes]:
    with av.open(str(path)) as container:
        frames = [*container.decode(video=0)]
    found = {each.type.name: bytes(each) for frame in frames for each in side_data(frame)}
    return {kind: data for kind, data in found.items() if kind in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL")}


def test_options_of_an_encoder_that_the_user_gives_come_first() -> None:
    data = {"CONTENT_LIGHT_LEVEL": bytes([1, 0, 0, 0, 2, 0, 0, 0])}
    assert light_options("libx264", data, {"crf": "16"}) == {"crf": "16", "x264-params": "cll=1,2"}
    assert light_options("libx264", data, {"x264-params": "qp=0"}) == {"x264-params": "qp=0:cll=1,2"}
    assert light_options("libx264", data, {"x264-params": "cll=9,9"}) == {"x264-params": "cll=9,9"}
    assert light_options("ffv1", data, {"g": "1"}) == {"g": "1"}
    assert light_options("libx265", {"MASTERING_DISPLAY_METADATA": b"short"}, {}) == {}
