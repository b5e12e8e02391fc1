"""core.tcvc.Colorize in whole processes: vspipe, exits at any moment, errors, and a stdout that holds only video."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import NetworkDownError
from vs_clips import Telling, asked, codes_of, colorize, counted, film, gray_clip, piped, put_in, vs

from ffmpeg_filters import y4m
from vs_tcvc.settings import Settings

VSPIPE = Path(vs.__file__).with_name("VSPipe.exe" if sys.platform == "win32" else "vspipe")
HANG = 60
"""Seconds after which a process is taken never to end; one here takes about a second."""

SHIPPED = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parents[1] / "helpers")!r})
from vs_clips import Telling, clip_of, codes_of, colorize, counted, film, gray_clip, vs
from vs_tcvc.vapoursynth import filter
"""
"""How a script begins that colours with the shipped network."""

FAKE = f"""{SHIPPED}
network = Telling()
filter.make_colorizer = lambda settings: (network, None)
"""
"""How a script begins that colours with the fake network, without torch."""

SLOW = f"""{FAKE}
network.pause = lambda: time.sleep(0.005)
clip = gray_clip(counted(200), vs.GRAY16, jitter=0.005)
coloured = colorize(clip, cuts=[])
"""
"""A script whose frames take their time."""

CRASHES = (b"Fatal", b"Segmentation", b"terminate called", b"Exception ignored")
"""Words of a process that did not end in good order."""

has_library = os.name == "nt" or any(map(sysconfig.get_config_var, ("Py_ENABLE_SHARED", "PYTHONFRAMEWORK")))
needs_shared_python = pytest.mark.skipif(
    not has_library,
    reason="vspipe needs a Python with a shared library (--enable-shared)",
)

Done = subprocess.CompletedProcess[bytes]
Vspipe = Callable[..., Done]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where vspipe is told of this Python, in a folder of its own."""
    with_config = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("config"))}
    subprocess.run([sys.executable, "-m", "vapoursynth", "config"], env=with_config, capture_output=True, check=True)
    return with_config


@pytest.fixture
def vspipe(environment: dict[str, str], tmp_path: Path) -> Vspipe:
    """Runs vspipe on a script: vspipe(text, *arguments)."""

    def run(text: str, *arguments: str) -> Done:
        (tmp_path / "script.vpy").write_text(text, encoding="utf-8")
        command = [str(VSPIPE), *arguments, str(tmp_path / "script.vpy"), "-"]
        return subprocess.run(command, env=environment, capture_output=True, timeout=HANG, check=False)

    return run


def frames_of(stream: bytes) -> list[list[bytes]]:
    return [[bytes(plane) for plane in frame.planes] for frame in y4m.Reader(io.BytesIO(stream))]


# vspipe


@needs_shared_python
def test_vspipe_and_tcvc_pipe_give_the_same_film(vspipe: Vspipe) -> None:
    done = vspipe(f"{SHIPPED}\ncolorize(gray_clip(film((6, 5)), vs.YUV420P8)).set_output()", "-c", "y4m")
    assert done.returncode == 0, done.stderr
    frames = [codes_of(picture, vs.YUV420P8) for picture in film((6, 5))]
    assert frames_of(done.stdout) == piped("C420mpeg2", frames, Settings(size=64, log="quiet"))


@needs_shared_python
def test_chunks_of_a_film_joined_are_the_film(vspipe: Vspipe) -> None:
    script = f"{FAKE}\ncolorize(gray_clip(film((20, 15, 15)), vs.GRAY16)).set_output()"
    whole = vspipe(script)
    chunks = [vspipe(script, "-s", str(first), "-e", str(last)) for first, last in ((0, 9), (10, 36), (37, 49))]
    assert [chunk.returncode for chunk in chunks] == [0] * 3
    assert len(whole.stdout) == 50 * 3 * 2 * 96 * 64
    assert b"".join(chunk.stdout for chunk in chunks) == whole.stdout


@needs_shared_python
def test_stdout_holds_only_video_though_the_network_prints(vspipe: Vspipe) -> None:
    color = "colorize(gray_clip(counted(12), vs.GRAY16)).set_output()"
    prints = "filter.make_colorizer = lambda settings: (network, print('loading'))"
    quiet, loud = (vspipe(f"{FAKE}\n{first}\n{color}", "-c", "y4m") for first in ("", prints))
    assert len(frames_of(quiet.stdout)) == 12
    assert loud.stdout == quiet.stdout
    assert b"loading" in loud.stderr


@needs_shared_python
@pytest.mark.skipif(sys.platform != "linux", reason="only there a host's hold of C's stdout is apart from the variable")
def test_stdout_holds_only_video_though_native_code_prints_at_every_step(vspipe: Vspipe) -> None:
    prints = "import ctypes\nlibc = ctypes.CDLL(None)"
    step = f"{prints}\nnetwork.pause = lambda: (libc.puts(b'a step'), libc.fflush(None))"
    color = "colorize(gray_clip(counted(12), vs.GRAY16)).set_output()"
    quiet, loud = (vspipe(f"{FAKE}\n{first}\n{color}", "-c", "y4m") for first in ("", step))
    assert len(frames_of(quiet.stdout)) == 12
    assert loud.stdout == quiet.stdout
    assert loud.stderr.count(b"a step") >= 12


@needs_shared_python
def test_vspipe_ends_with_our_sentence_when_a_frame_fails(vspipe: Vspipe) -> None:
    color = "colorize(gray_clip(counted(50), vs.GRAY16), cuts=[34]).set_output()"  # so that only 33 fails
    done = vspipe(f"{FAKE}\nnetwork.fails_on = [33]\n{color}")
    assert done.returncode == 1
    assert b"tcvc.Colorize: frame 33: NetworkDownError: told to fail on frame 33" in done.stderr
    assert len(done.stdout) <= 33 * 3 * 2 * 96 * 64


@needs_shared_python
def test_vspipe_ends_with_our_sentence_when_an_argument_does_not_do(vspipe: Vspipe) -> None:
    done = vspipe(f"{FAKE}\ncolorize(gray_clip(counted(5), vs.GRAY16), saturation=5.0).set_output()")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"tcvc.Colorize: saturation: expected 0 to 4, got 5.0" in done.stderr


@needs_shared_python
@pytest.mark.parametrize("how", ["reader goes away", *(["interrupt"] if os.name == "posix" else [])])
def test_vspipe_ends_when_it_is_stopped(environment: dict[str, str], tmp_path: Path, how: str) -> None:
    (tmp_path / "script.vpy").write_text(f"{SLOW}\ncoloured.set_output()")
    command = [str(VSPIPE), str(tmp_path / "script.vpy"), "-"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert len(process.stdout.read(3 * 2 * 96 * 64)) == 3 * 2 * 96 * 64
        if how == "interrupt":
            process.send_signal(signal.SIGINT)
        else:
            process.stdout.close()
        code, words = process.wait(HANG), process.stderr.read()
    assert code in (0, 1, -signal.SIGPIPE if os.name == "posix" else 1)
    assert not any(word in words for word in CRASHES)


# What is logged

COLORED = f"""{FAKE}
codes = codes_of(film((1,))[0], vs.YUV420P8)
codes[1][:] = 90
coloured = colorize(clip_of([codes] * 3, vs.YUV420P8), cuts=[])
"""
"""A script whose clip is tinted."""

REPLACED = b"tcvc.Colorize: frame 0 is tinted, and the tint is replaced"


@needs_shared_python
def test_vspipe_shows_our_warning_once(vspipe: Vspipe) -> None:
    done = vspipe(f"{COLORED}\ncoloured.set_output()", "-r", "1")
    assert (done.returncode, done.stderr.count(REPLACED)) == (0, 1)


@pytest.mark.parametrize("setup", ["", "import logging; logging.basicConfig()"])
def test_python_shows_our_warning_once_with_logging_set_up_or_not(tmp_path: Path, setup: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{setup}\n{COLORED}\nfor n in range(3): coloured.get_frame(n).close()")
    done = subprocess.run([sys.executable, script], capture_output=True, timeout=HANG, check=True)
    assert (done.stdout, done.stderr.count(REPLACED)) == (b"", 1)


# Exits of Python with frames in flight

ENDS = {"the end": ("", 0), "sys.exit": ("sys.exit(3)", 3), "an error": ("raise ValueError(3)", 1),
        "without the clip": ("del clip, coloured, waiting", 0)}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_python_ends_cleanly_with_frames_in_flight(tmp_path: Path, end: str) -> None:
    last_words, code = ENDS[end]
    in_flight = "waiting = [coloured.get_frame_async(n) for n in range(0, 200, 5)]"
    running = []
    for first in (0, 3, 7):  # how far it gets until it ends
        script = tmp_path / f"script{first}.py"
        script.write_text(f"{SLOW}\n{in_flight}\nwaiting[{first}].result({HANG}).close()\n{last_words}")
        running.append(subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    for process in running:
        said, words = process.communicate(timeout=HANG)
        assert (process.returncode, said) == (code, b""), words
        assert (b"ValueError: 3" in words) == (end == "an error")
        assert not any(word in words for word in CRASHES)


# Errors in this process


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Telling:
    return put_in(monkeypatch, Telling())


def test_a_frame_that_fails_is_named_and_others_come(network: Telling) -> None:
    clip = gray_clip(counted(50), vs.GRAYS)
    expected = asked(colorize(clip, cuts=[40]), range(50))
    colored = colorize(clip, cuts=[40])
    network.fails_on = [33]
    assert asked(colored, range(33)) == {n: expected[n] for n in range(33)}
    with pytest.raises(vs.Error, match=r"^tcvc.Colorize: frame 33: NetworkDownError: told to fail on frame 33$"):
        colored.get_frame(33)
    with pytest.raises(vs.Error, match=r"^tcvc.Colorize: frame 36: NetworkDownError: told to fail on frame 33$"):
        colored.get_frame(36)
    assert asked(colored, range(40, 50), 8) == {n: expected[n] for n in range(40, 50)}
    network.fails_on = []
    assert asked(colored, [36, 33, 39, 2], 4) == {n: expected[n] for n in (36, 33, 39, 2)}


def test_errors_with_many_frames_in_flight_each_reach_their_own_frame(network: Telling) -> None:
    colored = colorize(gray_clip(counted(60), vs.GRAYS), cuts=range(0, 60, 6))
    network.fails_on = [14, 33]
    waiting = [colored.get_frame_async(n) for n in range(60)]
    failed = [n for n, each in enumerate(waiting) if each.exception(HANG) is not None]
    assert failed == [14, 15, 16, 17, 33, 34, 35]


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")])
def test_too_little_memory_is_told_with_advice(network: Telling, error: Exception) -> None:
    def fail() -> None:
        raise error

    colored = colorize(gray_clip(counted(5), vs.GRAYS), cuts=[])
    expected = asked(colorize(gray_clip(counted(5), vs.GRAYS), cuts=[]), range(5))
    network.pause = fail
    with pytest.raises(vs.Error, match="frame 3: out of memory; close other programs, or set a smaller size"):
        colored.get_frame(3)
    network.pause = lambda: None
    assert asked(colored, range(5), 5) == expected


@pytest.mark.parametrize("error", [NetworkDownError("no such card"), MemoryError()])
def test_a_network_that_cannot_be_loaded_is_told_at_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(settings: object) -> None:
        raise error

    monkeypatch.setattr("vs_tcvc.vapoursynth.filter.make_colorizer", fail)
    with pytest.raises(vs.Error, match=r"tcvc.Colorize: (NetworkDownError: no such card|out of memory; close)"):
        colorize(gray_clip(counted(5), vs.GRAYS))
