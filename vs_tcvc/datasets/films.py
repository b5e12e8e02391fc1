"""Coloured material of any kind: folders and zips of clips as `read` finds them, and films in video files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zipfile import is_zipfile

import av
import av.error
import numpy as np
from av.video.reformatter import Colorspace

from vs_tcvc.datasets.pictures import find_clips, is_hidden, of_one_size
from vs_tcvc.errors import StreamError, UsageError
from vs_tcvc.picture.coding import resolve_matrix
from vs_tcvc.picture.size_limits import FFMPEG_LIMITS
from vs_tcvc.picture.srgb_codes import Codes
from vs_tcvc.runtime.numbered_files import for_ffmpeg

FILM_ENDINGS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mxf", ".webm", ".y4m")
"""Endings of films in a folder, in any case; a film that is given directly may have any ending."""

_UNSAID = 2  # matrix coefficients of H.273
_MATRICES = {"601": Colorspace.ITU601, "709": Colorspace.ITU709}
_EXACT = 4 | 8192 | 262144
"""SWS_BICUBIC, SWS_FULL_CHR_H_INT, SWS_ACCURATE_RND: else 4:2:0 chroma is repeated, 4 codes off on average."""


class Footage(Protocol):
    """Frames of one clip, which can be read repeatedly. name: identifies the clip."""

    @property
    def name(self) -> str: ...

    def read(self) -> Iterator[Codes]:
        """The frames, 8-bit R G B (H, W, 3), one at a time. Raises StreamError at a damaged one or another size."""


@dataclass(frozen=True)
class FilmFile:
    """The video of a file, of several that of FFmpeg's choice; without tags its matrix is that of `resolve_matrix`."""

    name: str
    path: Path

    def read(self) -> Iterator[Codes]:
        """As `Footage.read`."""
        return of_one_size((f"{self.path}, frame {number}", codes) for number, codes in enumerate(self._decode()))

    def _decode(self) -> Iterator[Codes]:
        try:
            with av.open(for_ffmpeg(self.path), options=dict(FFMPEG_LIMITS)) as container:
                stream = container.streams.best("video")
                if not isinstance(stream, av.VideoStream):
                    raise StreamError(f"{self.path}: it has no video; give a film")
                stream.codec_context.options = dict(FFMPEG_LIMITS)
                for frame in container.decode(stream):
                    yield _codes(frame)
        except (OSError, av.error.FFmpegError) as error:
            raise StreamError(f"{self.path}: FFmpeg does not read it ({error.strerror}); is it a whole film?") from None


def _codes(frame: av.VideoFrame) -> Codes:
    is_tagged = frame.colorspace != _UNSAID
    matrix = None if is_tagged else _MATRICES[resolve_matrix("auto", frame.height)]
    return np.asarray(frame.to_ndarray(format="rgb24", src_colorspace=matrix, interpolation=_EXACT), np.uint8)


def find_footage(root: Path) -> tuple[Footage, ...]:
    """A film; the films in a folder, at any depth; otherwise the clips that `find_clips` finds in a folder or zip.

    Raises UsageError if there is nothing, or two films have one name; StreamError for a damaged zip.
    """
    if not root.exists():
        raise UsageError(f"{root}: expected a folder, a zip or a video file, got no such file")
    if root.is_file() and not is_zipfile(root):
        return (FilmFile(root.stem, root),)
    files = sorted(path for path in root.rglob("*") if path.suffix.lower() in FILM_ENDINGS) if root.is_dir() else []
    names = {path: path.relative_to(root) for path in files if not is_hidden(path.relative_to(root).as_posix())}
    films = {
        name.with_suffix("").as_posix(): FilmFile(name.with_suffix("").as_posix(), path) for path, name in names.items()
    }
    if len(films) < len(names):
        raise UsageError(f"{root}: expected one film of each name, got two that differ in their ending; move one away")
    return tuple(films.values()) or find_clips(root)


def same_clips(result: tuple[Footage, ...], truth: tuple[Footage, ...]) -> list[tuple[Footage, Footage]]:
    """Clips with their truths, matched by name; a single clip with a single truth.

    Raises UsageError if one has no counterpart.
    """
    if len(result) == len(truth) == 1:
        return [(result[0], truth[0])]
    truths = {clip.name: clip for clip in truth}
    alone = sorted(truths.keys() ^ {clip.name for clip in result})
    if alone:
        raise UsageError(option="truth", expected="the same names in both", got=f"{alone[0]!r} in one only")
    return [(clip, truths[clip.name]) for clip in result]
