"""tcvc-pipe on streams with a fault at every call in turn: whole frames, the right exit code, one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import pytest
from fault_faces import FRAMES, HEIGHT, WIDTH, picture
from fault_server import stand_in
from faulty_file import FAULTS, SHORT, Fault, FaultyFile

from ffmpeg_filters import pipe
from vs_tcvc import backends

FILM = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F24:1 Ip Cmono\n".encode() + b"".join(
    b"FRAME\n" + picture(index).tobytes() for index in range(FRAMES)
)
FRAME_BYTES = len(b"FRAME\n") + WIDTH * HEIGHT * 3 // 2


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "make_colorizer", stand_in)


def run(source: FaultyFile, sink: FaultyFile) -> int:
    return pipe.main(["--size", "64", "--device", "cpu", "--quiet"], source, sink)


def every_call(is_read: bool) -> Iterator[int]:
    """Numbers of the calls that an undisturbed run makes on its input, or its output."""
    source, sink = FaultyFile(FILM), FaultyFile()
    assert run(source, sink) == 0
    return iter(range(1, 1 + (source if is_read else sink).calls))


def whole() -> bytes:
    sink = FaultyFile()
    assert run(FaultyFile(FILM), sink) == 0
    return sink.written


@pytest.mark.parametrize("fault", FAULTS)
def test_an_output_that_fails_holds_a_beginning_of_the_film(fault: Fault, capsys: pytest.CaptureFixture[str]) -> None:
    expected, visited = whole(), 0
    for at in every_call(is_read=False):
        sink = FaultyFile(fault=fault, at=at)
        code = run(FaultyFile(FILM), sink)
        words = capsys.readouterr().err.splitlines()
        assert expected.startswith(sink.written), at
        if fault == SHORT:
            assert (code, sink.written, words) == (0, expected, []), at
        else:
            ends = {errno.EPIPE: (0, 0), KeyboardInterrupt: (130, 1)}
            assert (code, len(words)) == ends.get(fault, (1, 1)), (at, words)
        visited += 1
    assert visited > FRAMES


@pytest.mark.parametrize("fault", FAULTS)
def test_an_input_that_fails_gives_whole_frames(fault: Fault, capsys: pytest.CaptureFixture[str]) -> None:
    expected, visited = whole(), 0
    header = len(expected) - FRAMES * FRAME_BYTES
    for at in every_call(is_read=True):
        sink = FaultyFile()
        code = run(FaultyFile(FILM, fault=fault, at=at), sink)
        words = capsys.readouterr().err.splitlines()
        assert expected.startswith(sink.written), at
        if fault == SHORT:
            assert (code, sink.written, words) == (0, expected, []), at
        else:
            assert (code, len(words)) == (130 if fault is KeyboardInterrupt else 3, 1), (at, words)
            assert not sink.written or (len(sink.written) - header) % FRAME_BYTES == 0, at
        visited += 1
    assert visited > FRAMES
