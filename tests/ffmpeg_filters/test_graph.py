"""graph.py: the pixels of tcvc-pipe between two real ffmpegs, one sentence for every mistake, no orphans."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ffmpeg
import imageio_ffmpeg
import psutil
import pytest

from ffmpeg_filters import graph, pipe, y4m
from ffmpeg_filters.color_stage import ColorStage
from vs_tcvc.errors import StreamError, TcvcError, UsageError

FFMPEG = shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
SMALL: dict[str, Any] = {"size": 64, "threads": 1, "log": "quiet"}
FRAMES = 4


@pytest.fixture(autouse=True)
def _no_child_is_left() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) - before == set()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gray FFV1, 64x48, with a tone."""
    path = tmp_path_factory.mktemp("films") / "film.mkv"
    said = subprocess.run(
        [FFMPEG, "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=0.16",
         "-f", "lavfi", "-i", "sine=d=0.16", "-pix_fmt", "gray", "-c:v", "ffv1", "-c:a", "flac", str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    assert not said.stderr
    return path


def as_y4m(path: Path | str) -> bytes:
    """What ffmpeg makes of a file for a pipe."""
    command = [FFMPEG, "-nostdin", "-loglevel", "error", "-i", str(path), "-f", "yuv4mpegpipe", "-strict", "-1", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def planes(stream: bytes) -> list[list[bytes]]:
    return [[bytes(plane) for plane in frame.planes] for frame in y4m.Reader(io.BytesIO(stream))]


def through_the_pipe(stream: bytes) -> bytes:
    sink = io.BytesIO()
    assert pipe.main(["--size", "64", "--threads", "1", "--quiet"], io.BytesIO(stream), sink) == 0
    return sink.getvalue()


def test_the_pixels_are_those_of_tcvc_pipe_and_the_sound_is_the_films(film: Path, tmp_path: Path) -> None:
    source, out = ffmpeg.input(str(film)), tmp_path / "out.mkv"
    exact = {"vcodec": "ffv1", "color_range": "pc"}  # ffmpeg's FFV1 makes limited range of full otherwise
    graph.colorize(source, **SMALL).output(source.audio, str(out), acodec="copy", **exact).run(cmd=FFMPEG)
    assert planes(as_y4m(out)) == planes(through_the_pipe(as_y4m(film)))
    assert [luma for luma, *_ in planes(as_y4m(out))] == [luma for (luma,) in planes(as_y4m(film))]
    assert sound(out) == sound(film) != b""


def sound(path: Path) -> bytes:
    command = [FFMPEG, "-nostdin", "-loglevel", "error", "-i", str(path), "-map", "0:a", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_filters_may_stand_before_and_after_the_color(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    narrow = ffmpeg.input(str(film)).filter("crop", 48, 48)
    graph.colorize(narrow, **SMALL).output(str(out), vcodec="ffv1", vf="hflip,format=yuv444p").run(cmd=FFMPEG)
    header = y4m.parse_header(as_y4m(out))
    assert (header.width, header.height, header.format.tag) == (48, 48, "444")


def test_the_commands_are_those_that_ffmpeg_python_would_write() -> None:
    source = ffmpeg.input("in.mkv", ss=3)
    output = graph.colorize(source).output(source.audio, "out.mkv", acodec="copy")
    decode, encode = (" ".join(words) for words in vars(output.compile(overwrite_output=True)).values())
    begin = "ffmpeg -nostdin -loglevel error"
    assert decode == f"{begin} -ss 3 -i in.mkv -f yuv4mpegpipe -strict -1 pipe:"
    assert sorted(encode.split()) == sorted(
        f"{begin} -f yuv4mpegpipe -i pipe: -ss 3 -i in.mkv -map 0:v -map 1:a -acodec copy out.mkv -y".split()
    )
    assert output.overwrite_output().compile() == output.compile(overwrite_output=True)
    assert output.compile(cmd=["nice", "ffmpeg"]).encode[:3] == ("nice", "ffmpeg", "-nostdin")


def test_an_encoder_that_has_enough_is_no_failure(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    endless = ffmpeg.input("testsrc=s=320x240:r=25,format=gray", f="lavfi")
    graph.colorize(endless, **SMALL).output(str(out), vcodec="ffv1", vframes=2).run(cmd=FFMPEG)
    assert len(planes(as_y4m(out))) == 2


def failure(stream: Any, out: Path | str, *, cmd: Any = FFMPEG, **options: Any) -> str:
    """The sentence with which a run ends."""
    with pytest.raises(TcvcError) as caught:
        graph.colorize(stream, **SMALL).output(str(out), **options).run(cmd=cmd)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


def test_a_decoder_that_fails_is_quoted(tmp_path: Path) -> None:
    assert not (tmp_path / "no.mkv").exists()
    sentence = failure(ffmpeg.input(str(tmp_path / "no.mkv")), tmp_path / "out.mkv", vcodec="ffv1")
    assert sentence.startswith("the decoder failed with exit code ")
    assert "No such file or directory" in sentence
    assert "no.mkv" in sentence
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_fails_is_quoted_for_short_and_for_endless_films(film: Path, tmp_path: Path) -> None:
    for stream in (ffmpeg.input(str(film)), ffmpeg.input("testsrc=s=320x240,format=gray", f="lavfi")):
        sentence = failure(stream, tmp_path / "out.mkv", vcodec="nosuchcodec")
        assert sentence.startswith("the encoder failed with exit code ")
        assert "Unknown encoder 'nosuchcodec'" in sentence


def test_all_that_ffmpeg_said_is_kept(tmp_path: Path) -> None:
    with pytest.raises(graph.Error) as caught:
        graph.colorize(ffmpeg.input("/nowhere.mkv"), **SMALL).output(str(tmp_path / "out.mkv")).run(cmd=FFMPEG)
    assert caught.value.stderr.count("\n") >= 1
    assert caught.value.exit_code == 1


def test_a_decoder_that_dies_between_two_frames_is_not_taken_for_the_end(tmp_path: Path, film: Path) -> None:
    (tmp_path / "two.y4m").write_bytes(as_y4m(film)[: -2 * (64 * 48 + 6)])
    program = (
        "import shutil, subprocess, sys\n"
        f"if 'pipe:' != sys.argv[-1]: sys.exit(subprocess.call([{FFMPEG!r}, *sys.argv[1:]]))\n"
        f"sys.stdout.buffer.write(open({str(tmp_path / 'two.y4m')!r}, 'rb').read())\n"
        "sys.stdout.flush(); print('out of memory', file=sys.stderr); sys.exit(9)"
    )
    sentence = failure(ffmpeg.input("x"), tmp_path / "out.mkv", cmd=[sys.executable, "-c", program], vcodec="ffv1")
    assert sentence == "the decoder failed with exit code 9: out of memory"


def test_a_missing_program_is_named_with_the_remedy(film: Path, tmp_path: Path) -> None:
    sentence = failure(ffmpeg.input(str(film)), tmp_path / "out.mkv", cmd="no-such-ffmpeg")
    assert "'no-such-ffmpeg' cannot be started" in sentence
    assert "run(cmd=...)" in sentence


def test_a_film_that_the_pipe_does_not_read_is_refused_in_its_words(tmp_path: Path) -> None:
    interlaced = ffmpeg.input("testsrc=s=64x48:d=9,format=gray,setfield=tff", f="lavfi")
    with pytest.raises(StreamError, match="interlaced"):
        graph.colorize(interlaced, **SMALL).output(str(tmp_path / "out.mkv"), vcodec="ffv1").run(cmd=FFMPEG)


def test_a_film_without_frames_is_an_error(film: Path, tmp_path: Path) -> None:
    with pytest.raises(TcvcError):
        graph.colorize(ffmpeg.input(str(film), ss=9), **SMALL).output(str(tmp_path / "out.mkv")).run(cmd=FFMPEG)


@pytest.mark.parametrize("name", ["{}", "file:{}"])
def test_a_file_is_replaced_only_when_asked(film: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out.mkv"
    out.write_bytes(b"dear")
    output = graph.colorize(ffmpeg.input(str(film)), **SMALL).output(name.format(out), vcodec="ffv1")
    with pytest.raises(UsageError, match="exists already"):
        output.run(cmd=FFMPEG)
    assert out.read_bytes() == b"dear"
    output.overwrite_output().run(cmd=FFMPEG)
    assert len(planes(as_y4m(out))) == FRAMES


def test_a_film_is_never_written_over_itself(film: Path, tmp_path: Path) -> None:
    own = tmp_path / "film.mkv"
    shutil.copy(film, own)
    link = tmp_path / "link.mkv"
    link.symlink_to(own)
    for name in (own, link):
        output = graph.colorize(ffmpeg.input(str(own)), **SMALL).output(str(name))
        with pytest.raises(UsageError, match="is the input and cannot be written"):
            output.run(cmd=FFMPEG, overwrite_output=True)
    assert own.read_bytes() == film.read_bytes()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"saturate": 2}, "'saturate'"),
        ({"saturation": 9}, "saturation: expected 0 to 4, got 9"),
        ({"use_props": False}, "use_props False: ffmpeg-python has no such option"),
        ({"reference_frame": "best"}, "reference_frame best: ffmpeg-python has no such option"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_starts(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        graph.colorize(ffmpeg.input("in.mkv"), **settings)


def test_what_is_no_stream_is_refused() -> None:
    with pytest.raises(UsageError, match="expected a stream"):
        graph.colorize("in.mkv")


def test_ctrl_c_ends_both_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Any:
        assert len(psutil.Process().children()) == 2
        raise KeyboardInterrupt

    monkeypatch.setattr(ColorStage, "run", interrupted)
    endless = ffmpeg.input("testsrc=s=320x240,format=gray", f="lavfi")
    with pytest.raises(KeyboardInterrupt):
        graph.colorize(endless, **SMALL).output(str(tmp_path / "out.mkv"), vcodec="ffv1").run(cmd=FFMPEG)


def test_quiet_says_nothing_and_the_usual_run_tells_its_progress(
    film: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = graph.colorize(ffmpeg.input(str(film)), size=64, threads=1).output(str(tmp_path / "o.mkv"), vcodec="ffv1")
    output.run(cmd=FFMPEG, quiet=True)
    assert capfd.readouterr() == ("", "")
    output.run(cmd=FFMPEG, overwrite_output=True)
    assert f"tcvc: frame {FRAMES}" in capfd.readouterr().err
