"""Colour as a step of an ffmpeg-python graph.

::

    import ffmpeg
    from ffmpeg_filters.graph import colorize

    film = ffmpeg.input("in.mkv")
    colorize(film, saturation=0.9).output(film.audio, "out.mkv", vcodec="ffv1", acodec="copy").run()

Two ffmpeg processes run: one decodes the graph so far to YUV4MPEG2, one encodes from it; between them the stages of
tcvc-pipe run in this process, so the pixels are the same. Put filters before colour (`bwdif`, `format`) on the stream,
filters after it into `output` (`vf=...`). The pipe has one frame rate and no matrix tag: a film of variable rate is
read at a constant one, and a matrix other than the assumed one is a setting (`matrix="709"`).

The encoder gets the source's luma unchanged, but some of ffmpeg's encoders (FFV1, ProRes) convert full range, which
gray films have, to limited range, unless `output(..., color_range="pc")` is set; then FFV1 keeps luma exactly.
"""

from __future__ import annotations

import errno
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import FileIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event
from typing import IO, Any, cast

import ffmpeg

from ffmpeg_filters import pipe, y4m
from vs_tcvc.errors import StreamError, TcvcError, UsageError
from vs_tcvc.settings import GRAPH, Settings

_MANNERS = ("-nostdin", "-loglevel", "error")
_Y4M = {"format": "yuv4mpegpipe", "strict": -1}  # -1 allows more than 8 bits
_LINES_SHOWN = 3


class Error(TcvcError):
    """An ffmpeg program could not be started or failed.

    stderr: its whole output there; the error message shows its first lines.
    """

    def __init__(self, sentence: str, stderr: str = "") -> None:
        super().__init__(sentence)
        self.stderr = stderr


def colorize(stream: Any, **settings: Any) -> ColorizedStream:
    """The film `stream` in colour, to be continued with `.output(...)`; nothing runs yet.

    stream: returned by `ffmpeg.input(...)` or a filter. settings: names and values of `vs_tcvc.settings.Settings`.
    Raises UsageError for anything else, and for settings that need a file (`reference_frame="best"`).
    """
    if not isinstance(stream, ffmpeg.nodes.FilterableStream):
        raise UsageError(f"colorize: expected a stream as ffmpeg.input('film.mkv') gives it, got {stream!r}")
    return ColorizedStream(stream, GRAPH.settings(settings))


@dataclass(frozen=True)
class ColorizedStream:
    """A film in colour that is not yet written."""

    stream: Any
    settings: Settings

    def output(self, *streams_and_filename: Any, **options: Any) -> Output:
        """Write it: `output([stream, ...], filename, **options)`, as for ffmpeg-python's own streams.

        The streams are mapped in addition to the picture, for example `film.audio`. Raises what `ffmpeg.output` raises.
        """
        picture = ffmpeg.input("pipe:", format="yuv4mpegpipe").video
        return Output(self, ffmpeg.output(picture, *streams_and_filename, **options))


@dataclass(frozen=True)
class Output:
    """A film in colour and how it is written.

    target: returned by `ffmpeg.output`. overwrites: whether it may replace a file.
    """

    film: ColorizedStream
    target: Any
    overwrites: bool = False

    def overwrite_output(self) -> Output:
        """The same, allowed to replace a file."""
        return replace(self, overwrites=True)

    def compile(self, cmd: str | Sequence[str] = "ffmpeg", overwrite_output: bool = False) -> Commands:
        """The command lines of the two programs, as `run` starts them.

        cmd: the ffmpeg program, or the beginning of its command line.
        """
        begin = [*([cmd] if isinstance(cmd, str) else cmd), *_MANNERS]
        decoded = ffmpeg.output(self.film.stream, "pipe:", **_Y4M)
        encoded = ffmpeg.get_args(self.target, overwrite_output=overwrite_output or self.overwrites)
        return Commands((*begin, *ffmpeg.get_args(decoded)), (*begin, *encoded))

    def run(self, cmd: str | Sequence[str] = "ffmpeg", quiet: bool = False, overwrite_output: bool = False) -> None:
        """Colour the film; when this returns or raises, both programs have ended.

        quiet: print nothing on stderr, as the setting `log="quiet"`.
        Raises Error if a program fails, UsageError for a file that would be replaced, and what
        `ffmpeg_filters.pipe.colorize` raises. What ffmpeg has written of the output until then stays.
        """
        commands = self.compile(cmd, overwrite_output)
        _refuse_to_replace(self.target.node.kwargs["filename"], commands)
        settings = replace(self.film.settings, log="quiet") if quiet else self.film.settings
        with (
            _start("decoder", commands.decode, stdout=subprocess.PIPE) as decoder,
            _start("encoder", commands.encode, stdin=subprocess.PIPE) as encoder,
        ):
            _colorize(decoder, encoder, settings)


@dataclass(frozen=True)
class Commands:
    """Command lines: `decode` writes YUV4MPEG2 to its stdout, `encode` reads it from its stdin."""

    decode: tuple[str, ...]
    encode: tuple[str, ...]


@dataclass(frozen=True)
class _Program:
    """A running ffmpeg. role: "decoder" or "encoder"; errors: its stderr."""

    role: str
    process: subprocess.Popen[bytes]
    said: IO[bytes]

    def finish(self) -> None:
        """Wait for its end. Raises Error if it failed."""
        code = self.process.wait()
        if code:
            self.said.seek(0)
            text = self.said.read().decode(errors="replace").strip()
            raise Error(f"the {self.role} failed with exit code {code}: {_first_lines(text)}", text)


@contextmanager
def _start(
    role: str, command: Sequence[str], stdin: int | None = None, stdout: int | None = None
) -> Iterator[_Program]:
    """A running program; it has ended when the block is left."""
    with TemporaryFile() as said:
        try:
            process = subprocess.Popen(command, bufsize=0, stdin=stdin, stdout=stdout, stderr=said)
        except OSError as error:
            raise Error(
                f"the {role} {command[0]!r} cannot be started ({error.strerror}): install ffmpeg, or pass its path "
                "with run(cmd=...)"
            ) from error
        with process:
            try:
                yield _Program(role, process, said)
            finally:
                process.kill()


def _colorize(decoder: _Program, encoder: _Program, settings: Settings) -> None:
    source, sink = cast(FileIO, decoder.process.stdout), cast(FileIO, encoder.process.stdin)  # for bufsize=0

    def finish() -> None:
        sink.close()
        encoder.finish()
        decoder.finish()

    try:
        frames = pipe.colorize_stream(y4m.Reader(source), sink, settings, Event(), finish)
        if not frames:
            raise StreamError("the film has no frames; check the beginning of the graph")
    except StreamError:
        has_ended = not source.read(1)
        if has_ended:
            decoder.finish()
        raise
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):  # Windows says EINVAL of a closed pipe
            raise
        encoder.finish()  # it stopped reading, as with t=10


def _refuse_to_replace(name: str, commands: Commands) -> None:
    """Raise UsageError if ffmpeg would overwrite its own input, or a file without permission (it then exits with 0)."""
    path = _path(name)
    if not path.is_file():
        return
    words = (*commands.decode, *commands.encode)
    sources = (_path(word) for before, word in pairwise(words) if before == "-i")
    if any(source.exists() and source.samefile(path) for source in sources):
        raise UsageError(f"{name}: is the input and cannot be written at the same time; choose another file")
    if "-y" not in commands.encode:
        raise UsageError(f"{name}: exists already; choose another file, or pass run(overwrite_output=True)")


def _path(name: str) -> Path:
    return Path(name.removeprefix("file:"))


def _first_lines(text: str) -> str:
    """The first lines of ffmpeg's output, as one line without addresses."""
    lines = [re.sub(r"^(\[[^]]* @ 0x[0-9a-f]+\] )+", "", line).strip() for line in text.splitlines()[:_LINES_SHOWN]]
    return "; ".join(line[:200] for line in lines) or "no message"
