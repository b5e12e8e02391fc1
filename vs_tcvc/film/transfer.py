"""Colour from another transfer of the film: a faded copy, a tape or a recording guides the gray film.

A copy is read once, whole; its index and the signatures of its frames are kept, by its content. Then the frames of a
shot are found in it by their signatures, read, laid over ours, and become references of our frames.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ffmpeg_filters.decoder import DecodedFrame, Source, open_source
from ffmpeg_filters.film_index import FilmIndex, read_index, write_index
from ffmpeg_filters.stream_plan import StreamPlan
from vs_tcvc.core.frame import Array
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.film.film_reader import FilmReader
from vs_tcvc.film.indexing import index_whole
from vs_tcvc.picture.color import lab_from_rgb, rgb_from_ycc
from vs_tcvc.picture.resizing import resize_planes
from vs_tcvc.project.guiding import GrayOf
from vs_tcvc.project.recipe import Transfer
from vs_tcvc.references import alignment
from vs_tcvc.references.alignment import DIMENSIONS, SURE, Borders, Box, Framing, Match, inside, thumbnail
from vs_tcvc.references.doubts import is_gray
from vs_tcvc.references.registration import agreement, lay_over, register
from vs_tcvc.runtime.atomic_files import make_folder, whole_file
from vs_tcvc.runtime.events import Emit, Event, ignore
from vs_tcvc.settings import Settings

FOLDER = "transfers"
"""In the folder of what is made of a project."""
_PIECE = 500
"""Frames of a shot that are looked for at once."""


@dataclass(frozen=True, eq=False)
class _Copy:
    """Another transfer that was read. signatures: of every frame, as `packed`. box: what is inside its borders."""

    path: Path
    plan: StreamPlan
    index: FilmIndex
    signatures: NDArray[np.int8]
    box: Box

    def reader(self) -> FilmReader:
        """A reader of its frames."""
        return FilmReader(partial(_open, self.path), self.plan, self.index)

    def lab(self, reader: FilmReader, place: int, like: Array) -> Array:
        """L*, a*, b* (3, h, w) of what is inside a frame's borders, at the size of a plane (h, w)."""
        held, coding = next(reader.read(range(place, place + 1)))[1], self.plan.source
        luma, *chroma = (inside(plane, self.box) for plane in (held.luma, *held.chroma))
        planes = [coding.luma_from_codes(luma), *map(coding.chroma_from_codes, chroma)]
        luma, *chroma = (resize_planes(plane[None], (like.shape[0], like.shape[1])) for plane in planes)
        ycc = np.concatenate([luma, *(chroma or [np.zeros_like(luma)] * 2)])
        return lab_from_rgb(rgb_from_ycc(ycc, self.plan.stage.matrix).clip(0, 1))


class Transfers:
    """Gives the references that other transfers have for shots, as an `OfTransfer`.

    first: the number of our film's first frame, for messages. folder: for what is made of the project. A copy is read
    whole when it is first needed; an event "transfer" tells of a shot that gets no reference.
    Raises StreamError and UsageError as `open_source` and `index_whole`, KeyboardInterrupt once `stop` is set.
    """

    def __init__(self, first: int, folder: Path, emit: Emit, stop: threading.Event) -> None:
        self._first, self._folder, self._emit, self._stop = first, folder / FOLDER, emit, stop
        self._copies: dict[str, _Copy] = {}

    def prepare(self, transfers: Iterable[Transfer]) -> None:
        """Read the copies that were not read yet."""
        for transfer in transfers:
            if transfer.content not in self._copies:
                self._copies[transfer.content] = self._find(transfer)

    def __call__(self, transfer: Transfer, gray_of: GrayOf) -> Sequence[Reference]:
        """The references that a copy has for a shot: of its frames where it can be laid over them, else one by
        likeness; none if it does not show them in colour.

        gray_of: L* (h, w) of the shot's frames.
        """
        self.prepare([transfer])
        copy, found = self._copies[transfer.content], list[Reference]()
        with copy.reader() as reader:
            for piece in _pieces(transfer):
                located = _locate(copy, reader, piece, gray_of)
                shown = _references(copy, reader, located, gray_of) if located else []
                in_color = [each for each in shown if not is_gray(each.ab)]
                if not in_color:
                    self._tell(piece, "has no colour there" if shown else "does not show them")
                found += in_color
        return [each for each in found if each.frame != ELSEWHERE] or found[:1]

    def _tell(self, piece: Transfer, why: str) -> None:
        """Tell that some frames get no reference."""
        first, last = self._first + piece.range[0], self._first + piece.range[-1]
        text = f"frames {first} to {last} get no colour from {piece.path.name}: it {why}"
        self._emit(Event("transfer", text, {"frames": [first, last]}))

    def _find(self, transfer: Transfer) -> _Copy:
        """The copy: what is kept of it, or what it is read for."""
        path = transfer.path
        index_file, kept_file = (self._folder / f"{transfer.content}.{kind}" for kind in ("index", "signatures"))
        with _open(path) as source:
            plan = StreamPlan.of(source.header, Settings(), source.tags)
            index, kept = read_index(index_file, path, self._emit, self._stop), _read(kept_file)
            if index is None or kept is None or len(kept.signatures) != len(index.pts) * DIMENSIONS:
                self._emit(Event("indexing", f"{path.name} is read once, to find the film's frames in it"))
                look = _Look(plan)
                index, kept = index_whole(source, path, self._emit, self._stop, look), look.result()
                make_folder(self._folder)
                write_index(index, index_file)
                with whole_file(kept_file) as file:
                    file.write(msgspec.msgpack.encode(kept))
        signatures = np.frombuffer(kept.signatures, np.int8).reshape(-1, DIMENSIONS)
        return _Copy(path, plan, index, signatures, kept.box)


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of a copy. version: of the arithmetic of signatures. box: inside its borders; signatures: int8."""

    version: Literal[1]
    box: Box
    signatures: bytes


class _Look:
    """Looks at all frames of a copy."""

    def __init__(self, plan: StreamPlan) -> None:
        self._plan, self._borders, self._signatures = plan, Borders(), list[NDArray[np.int8]]()

    def __call__(self, picture: DecodedFrame) -> None:
        gray = self._plan.source.luma_from_codes(thumbnail(picture.planes[0]))
        self._borders.add(gray)
        self._signatures.append(alignment.packed(alignment.signature(gray)))

    def result(self) -> _Kept:
        """The signatures of the frames, and what is inside their borders."""
        return _Kept(1, self._borders.box(), np.stack(self._signatures).tobytes())


@dataclass(frozen=True, eq=False)
class _Located:
    """Where frames of ours are in a copy. frames: ours; match: of these. affine: where ours are in what is inside the
    borders of the copy, nearly."""

    frames: Sequence[int]
    match: Match
    affine: Array


def _pieces(transfer: Transfer) -> list[Transfer]:
    """A long shot in pieces, each found by itself: in hundreds of frames much can be cut out of a copy."""
    frames, step = transfer.range, transfer.every * max(1, _PIECE // transfer.every)
    stops = ((start, min(start + step, start + _PIECE, frames.stop)) for start in frames[::step])
    return [replace(transfer, frames=piece) for piece in stops]


def _locate(copy: _Copy, reader: FilmReader, transfer: Transfer, gray_of: GrayOf) -> _Located | None:
    """The frames of a shot that become references; None if it is not sure that the copy has them."""
    wanted, at = list(transfer.range[:: transfer.every]), alignment.anchors(transfer.range)
    borders = Borders()
    for frame in at:
        borders.add(np.asarray(thumbnail(gray_of(frame)) / 100, np.float32))
    tried = alignment.framings([borders.box()], copy.box)
    if transfer.offset is not None:
        places = [frame + transfer.offset - copy.index.first for frame in wanted]
        match = alignment.at_places(_signatures(tried, wanted, gray_of), places, copy.signatures)
        return _Located(wanted, match, tried[match.framing].affine) if match.certainty >= SURE else None
    match = alignment.find(_signatures(tried, at, gray_of), at, copy.signatures)
    if match.certainty < SURE:
        return None
    framing, middle = tried[match.framing], int(match.likeness.argmax())
    affine = framing.affine
    better = register(gray_of(at[middle]), copy.lab(reader, int(match.places[middle]), gray_of(at[middle]))[0], affine)
    if better is not None:
        affine, framing = better, framing.refined(better)
    for frames in (at, wanted):  # the better the framing, the more exactly the frames are found
        match = alignment.find_near(_signatures([framing], frames, gray_of), frames, copy.signatures, match, at)
    return _Located(wanted, match, affine)


def _signatures(tried: Sequence[Framing], frames: Sequence[int], gray_of: GrayOf) -> Array:
    """The signatures of our frames in some framings, (F, T, D)."""
    grays = [gray_of(frame) / np.float32(100) for frame in frames]
    return np.stack([[framing.signature_of(gray) for gray in grays] for framing in tried])


def _references(copy: _Copy, reader: FilmReader, located: _Located, gray_of: GrayOf) -> list[Reference]:
    """References of our frames, else the likest one, by likeness."""
    laid, others = list[Reference](), dict[float, Reference]()
    for frame, place, alike in zip(located.frames, located.match.places, located.match.likeness, strict=True):
        if alike <= 0:
            continue
        gray, name = gray_of(frame), f"{copy.path.name}@{copy.index.first + place}"
        lab = copy.lab(reader, int(place), gray)
        affine = register(gray, lab[0], located.affine)
        if affine is not None:
            over, covered = lay_over(lab, affine, gray.shape)
            laid.append(Reference(frame, gray, over[1:], name, covered * agreement(gray, over[0])))
        elif not laid:
            sure = np.full(gray.shape, alike, np.float32)
            others[float(alike)] = Reference(ELSEWHERE, lab[0], lab[1:], name, sure)
    return laid or [others[max(others)]] if others or laid else []


def _open(path: Path) -> AbstractContextManager[Source]:
    return open_source(path, Settings(), ignore, interlaced=True, drops_alpha=True)


def _read(file: Path) -> _Kept | None:
    """What was kept; None if there is nothing, or it is damaged or of another version."""
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
