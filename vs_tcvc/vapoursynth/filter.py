"""The VapourSynth face: called by the native plugin to create core.tcvc.Colorize and to colour its frames.

`begin` returns the source frames that frame n needs; the plugin fetches them and passes them to `give` until no more
are needed; `finish` writes the planes. Any thread may call, for any frame, in any order. The plugin logs what
`take_messages` returns after each call in VapourSynth's own log, as warnings.

The tags of its frames say what a clip is, as for files. Colour of a clip's own, in any frame of YUV or RGB, is
replaced, with one warning, as in every face. Frames that are tagged as interlaced are treated as progressive, with one
warning; they are not refused as in files, since a deinterlacer may have left the tag.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from traceback import format_exc
from typing import Any, TypeGuard

import numpy as np

from vs_tcvc.backends import make_colorizer
from vs_tcvc.core.any_order import Limits, Need, Session
from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Chroma, GrayFrame
from vs_tcvc.core.lru import Lru
from vs_tcvc.core.named_frames import refuse_outside
from vs_tcvc.core.shot import Reference
from vs_tcvc.cuts.rules import from_settings, say_cuts_outside
from vs_tcvc.errors import FrameError, TcvcError, UsageError
from vs_tcvc.picture.chroma import ChromaStage, confidence_plane, working_size
from vs_tcvc.picture.coding import resolve_matrix
from vs_tcvc.picture.own_color import OwnColor, sentence
from vs_tcvc.project.document import Document
from vs_tcvc.project.host import begin_session, network_of, with_project
from vs_tcvc.project.on_demand import ProjectSession, ShotNeed
from vs_tcvc.references.canvas import Canvas
from vs_tcvc.references.doubts import doubt
from vs_tcvc.references.looks import grade_from
from vs_tcvc.references.painted import check_samples, read_references, reference_of
from vs_tcvc.runtime.engine_thread import shared as engine_thread
from vs_tcvc.runtime.events import Event, forward_log
from vs_tcvc.runtime.refusals import is_out_of_memory
from vs_tcvc.runtime.stdout import native_prints_to_stderr, own_prints_to_stderr
from vs_tcvc.settings import Settings
from vs_tcvc.vapoursynth import arguments
from vs_tcvc.vapoursynth.frames import GRAY, RGB, ClipFormat, HostFrame, Seen, Target, View

LIMITS = Limits(recent=16, checkpoints=32)
"""Cache sizes of one filter with few requests in flight; a state adds about 3 MB."""

GRAY_FRAMES = 24
"""Gray frames that one filter keeps for the cut windows at least, a third of a megabyte each."""

_GRAYS_EACH = 2
"""Gray frames kept for each request in flight."""


@dataclass(eq=False)
class FrameRequest:
    """The host's request for one frame, opaque to the plugin.

    answer: its colour, None for its own, or the need to fulfil first. grays: frames of that need that are already
    available.
    """

    n: int
    answer: Chroma | Need[Any] | ShotNeed | None
    grays: dict[int, GrayFrame] = field(default_factory=dict)


class Filter:
    """One use of core.tcvc.Colorize.

    clip, ref: as the plugin describes them (`ClipFormat`), ref may be None; given: arguments by name, each a
    list of values. Then `read_tags` for each of `tag_frames`, `add_reference` for each of `reference_frames`, then
    `open`. Every error is a TcvcError.
    """

    def __init__(self, clip: tuple[int, ...], ref: tuple[int, ...] | None, given: Mapping[str, Sequence[Any]]) -> None:
        self._messages = deque[str]()
        with self._told():
            self._clip = ClipFormat.of(clip, "clip")
            self._wanted = arguments.read(given, has_ref=ref is not None)
            self._settings = self._wanted.settings
            self._project: Document | None = None
            self._session: Session[Any] | ProjectSession
            if self._settings.project:
                self._project, self._settings = with_project(self._settings, has_references=ref is not None)
            self._target = Target.of(self._clip, self._settings)
            self._ref = _Ref.of(ClipFormat.of(ref, "ref"), self._clip, self._wanted.ref_frames) if ref else None
            self._aspect = (0, 0)
            self._references: dict[int, Reference] = {}
            self._undoubted = set[int]()
            self._stages: dict[tuple[int, ...], ChromaStage] = {}
            self._grays = Lru[GrayFrame](GRAY_FRAMES)
            self._lock = threading.Lock()
            self._matrix = resolve_matrix(self._settings.matrix, self._clip.height)
            self._keeps_color = self._settings.own_color == "keep"
            self._unsaid_colors = {OwnColor.TINT, OwnColor.COLOR} if self._clip.family != GRAY else set()
            self._is_unsaid = {"fields": True}

    @property
    def output(self) -> tuple[int, ...]:
        """Family, sample type, bits, subsampling across and down; whether luma is shared; planes that are read."""
        out = Target.confidence(self._clip) if self._wanted.confidence else self._target
        clip = out.clip
        planes = 1 if self._clip.family == GRAY else 3
        return clip.family, clip.sample, clip.bits, clip.across, clip.down, int(out.shares_luma), planes

    @property
    def tag_frames(self) -> list[int]:
        """The frames of the clip to pass to `read_tags`: the first, if references or a project are given."""
        return [0] if self._ref or self._settings.reference or self._project else []

    def read_tags(self, seen: Seen) -> None:
        """A frame of the clip, whose matrix tag makes references gray."""
        with self._told():
            frame = HostFrame.of(self._clip, seen)
            self._matrix, self._aspect = frame.matrix_name(self._settings.matrix), frame.aspect
            if self._ref:
                self._canvas.check_shape((self._ref.clip.width, self._ref.clip.height), "ref")

    @property
    def reference_frames(self) -> list[int]:
        """The frames of the clip `ref` to pass to `add_reference`."""
        return list(range(self._ref.clip.frames)) if self._ref else []

    def add_reference(self, seen: Seen) -> None:
        """A frame of the clip `ref`."""
        assert self._ref is not None
        with self._told(where="ref, "):
            frame = HostFrame.of(self._ref.clip, seen)
            index = self._ref.frame_of(frame)
            if index is not None:
                for plane in frame.planes:
                    check_samples(plane, f"frame {frame.n}")
                rgb = frame.rgb_at(self._working_size)
                self._references[index] = reference_of(rgb, index, self._matrix, f"ref, frame {frame.n}")

    def open(self) -> None:
        """Load the network; afterwards frames can be requested."""
        with self._told():
            if self._project:
                self._session = self._begin_session(self._project)
                return
            self._references |= read_references(self._settings.reference, self._canvas)
            if self._ref and not self._references:
                raise UsageError("ref: no frame of it has TCVCUseAsReference=1; set it, or give ref_frames")
            cuts, frames = from_settings(self._settings, emit=self._say), range(self._clip.frames)
            refuse_outside("ref_frames", self._references, frames)
            say_cuts_outside(cuts, frames, self._say)
            self._undoubted = {*self._references}
            colorizer = engine_thread.call(_colorizer, self._settings, self._tell)
            anchors = Anchors(cuts, self._references, {0: grade_from(self._settings)})
            self._session = Session(Engine(colorizer), anchors, self._clip.frames, LIMITS)

    def begin(self, n: int) -> tuple[FrameRequest, list[int]]:
        """A request for frame n, and the source frames to pass to `give`."""
        with self._told(n):
            request = FrameRequest(n, self._session.ask(n))
            return request, self._missing(request)

    def give(self, request: FrameRequest, frames: Sequence[Seen]) -> list[int]:
        """Continue with the requested frames; returns those to fetch next, none once the colour is known."""
        with self._told(request.n):
            for seen in frames:
                gray = self._gray(HostFrame.of(self._clip, seen))
                request.grays[gray.index] = gray
            missing: list[int] = []
            while _is_need(request.answer) and not missing:
                request.answer = engine_thread.call(_give, self._session, request.answer, request.grays)
                missing = self._missing(request)
            return missing

    def finish(self, request: FrameRequest, seen: Seen, views: Sequence[View]) -> list[tuple[str, Any]]:
        """Write the planes described by `output`; returns the properties to set, None for one to remove."""
        with self._told(request.n):
            assert not isinstance(request.answer, (Need, ShotNeed))
            answer, frame = request.answer, HostFrame.of(self._clip, seen)
            chroma = None if answer is None or answer.is_own else answer
            if self._wanted.confidence:
                size = (self._clip.width, self._clip.height)
                sure = confidence_plane(chroma.confidence, size) if chroma else np.full(size[::-1], 255, np.uint8)
                _write(Target.confidence(self._clip), [sure], views)
                shown = [("_Matrix", None), ("_Range", 1), ("_ChromaLocation", None)]
            else:
                stage = self._stage(frame)
                _write(self._target, self._planes(stage, frame, chroma), views)
                shown = self._target.properties(frame, stage, self._settings)
            if chroma is None:
                shot = answer.anchor if answer else frame.n
                return [*shown, ("TCVCShot", shot), ("TCVCReference", "own"), ("TCVCConfidence", 1.0)]
            mean = float(chroma.confidence.mean())
            return [*shown, ("TCVCShot", chroma.anchor), ("TCVCReference", chroma.origin), ("TCVCConfidence", mean)]

    def drop(self, request: FrameRequest) -> None:
        """The request is finished or cancelled."""
        if _is_need(request.answer):
            self._session.drop(request.answer)

    def take_messages(self) -> str:
        """What is to be said in the core's log, a line each; "" for nothing."""
        taken = [self._messages.popleft() for _ in range(len(self._messages))]
        return "\n".join(f"tcvc.Colorize: {message}" for message in taken)

    @property
    def _canvas(self) -> Canvas:
        """What pictures are fitted to; known once the tags are read."""
        size = (self._clip.width, self._clip.height)
        aspect = self._aspect[0] / self._aspect[1] if all(self._aspect) else 1.0
        return Canvas(size, self._working_size, self._matrix, aspect)

    @property
    def _working_size(self) -> tuple[int, int]:
        return working_size(self._clip.width, self._clip.height, self._settings.size)

    def _missing(self, request: FrameRequest) -> list[int]:
        """The frames to fetch for a request; it reuses gray frames that are still kept."""
        if not _is_need(request.answer):
            return []
        with self._lock:
            kept = {index: self._grays.get(index) for index in request.answer.frames}
        request.grays = {index: gray for index, gray in kept.items() if gray is not None}
        return [index for index, gray in kept.items() if gray is None]

    def _gray(self, frame: HostFrame) -> GrayFrame:
        """The network's view of a frame."""
        with self._lock:
            kept = self._grays.get(frame.n)
        if kept is not None:
            return kept
        self._warn_of(frame)
        stage = self._stage(frame)
        lightness = stage.lightness(frame.luma(stage.matrix))
        keeps = self._keeps_color and frame.own_color is OwnColor.COLOR
        gray = GrayFrame(frame.n, lightness, starts_shot=frame.scene_change == 1, keeps_color=keeps)
        self._tell_of_reference(gray)
        with self._lock:
            self._grays.limit = max(GRAY_FRAMES, _GRAYS_EACH * self._session.in_flight)
            self._grays.put(frame.n, gray)
        return gray

    def _tell_of_reference(self, gray: GrayFrame) -> None:
        """Say what is odd about the reference of a frame, once."""
        reference = self._references.get(gray.index)
        if reference and gray.index in self._undoubted:
            self._undoubted.discard(gray.index)
            if text := doubt(reference, gray.lightness, gray.index):
                self._tell(text)

    def _warn_of(self, frame: HostFrame) -> None:
        """Say what is done about a frame that is not as expected, once for each kind."""
        if self._unsaid_colors and (own := frame.own_color) in self._unsaid_colors:
            self._unsaid_colors.discard(own)
            self._tell(sentence(own, frame.n, self._keeps_color))
        if self._is_unsaid["fields"] and frame.field_based > 0:
            self._is_unsaid["fields"] = False
            self._tell(
                f"frame {frame.n} is tagged as interlaced, and is treated as progressive; deinterlace the clip before, "
                "or if that is done, say so: clip = clip.std.SetFieldBased(0)"
            )

    @contextmanager
    def _told(self, n: int | None = None, where: str = "") -> Iterator[None]:
        """Render every error as one sentence with arguments and frame; of an unexpected one the traceback is logged."""
        try:
            yield
        except TcvcError as error:
            raise type(error)(f"{where}{error.sentence(arguments.name_of)}") from error
        except Exception as error:
            where += "" if n is None else f"frame {n}: "
            if is_out_of_memory(error):
                advice = "close other programs, or set a smaller size"
                raise FrameError(f"{where}out of memory; {advice} ({error})") from error
            self._tell(f"{where}unexpected error\n{format_exc().rstrip()}")
            raise FrameError(f"{where}{type(error).__name__}: {error}") from error

    def _say(self, event: Event) -> None:
        """The sink of events."""
        self._tell(event.text)

    def _tell(self, message: str) -> None:
        self._messages.append(message)

    def _stage(self, frame: HostFrame) -> ChromaStage:
        said = (frame.matrix, frame.range, frame.location, frame.primaries, frame.transfer)
        if said not in self._stages:
            self._stages[said] = self._target.stage(frame, self._settings)
        return self._stages[said]

    def _begin_session(self, found: Document) -> ProjectSession:
        """Colour by a project."""
        canvas = self._canvas
        colorizer = engine_thread.call(_colorizer, self._settings, self._tell)
        network = network_of(self._settings, canvas)
        return begin_session(found, colorizer, network, canvas, self._clip.frames, self._say)

    def _planes(self, stage: ChromaStage, frame: HostFrame, chroma: Chroma | None) -> Sequence[np.ndarray]:
        """Cb and Cr; of RGB R', G' and B', in codes. chroma: None for the frame's own."""
        if chroma is None:
            return frame.planes if self._clip.family == RGB else stage.own_planes(frame.planes[1:])
        arguments = frame.luma(stage.matrix), self._gray(frame).lightness, chroma.saturated
        if self._clip.family != RGB:
            return stage.planes(*arguments)
        return list(frame.coding(self._settings.range).codes_from_luma(stage.rgb(*arguments)))


@dataclass(frozen=True)
class _Ref:
    """The clip of coloured frames, and the frame of the source clip that each of them shows."""

    clip: ClipFormat
    frames: tuple[int, ...] | None

    @classmethod
    def of(cls, ref: ClipFormat, clip: ClipFormat, frames: tuple[int, ...]) -> _Ref:
        """frames: the argument ref_frames. Raises UsageError if clips and numbers do not match."""
        if ref.family == GRAY:
            raise UsageError("ref: expected a clip with colour, RGB or YUV, got gray")
        if frames and len(frames) != ref.frames:
            raise UsageError(f"ref_frames: expected one for each of the {ref.frames} frames of ref, got {len(frames)}")
        if not frames and ref.frames not in (1, clip.frames):
            raise UsageError(
                f"ref_frames: expected the frame numbers of the {ref.frames} frames of ref, got none; or give "
                f"a ref as long as the clip ({clip.frames} frames) with TCVCUseAsReference=1 on the frames to use"
            )
        return cls(ref, frames or ((0,) if ref.frames == 1 else None))

    def frame_of(self, frame: HostFrame) -> int | None:
        """The frame of the clip that a frame of ref shows; None if it is not used."""
        if self.frames is not None:
            return self.frames[frame.n]
        return frame.n if frame.use_as_reference == 1 else None


def _is_need(answer: object) -> TypeGuard[Any]:
    return isinstance(answer, (Need, ShotNeed))


def _colorizer(settings: Settings, tell: Callable[[str], None]) -> Colorizer[Any]:
    """The network; `tell` also gets what is logged while it is loaded."""
    with own_prints_to_stderr(), forward_log(lambda event: tell(event.text)):  # stdout may be the film
        return make_colorizer(settings)[0]


def _give(session: Any, need: Any, grays: Mapping[int, GrayFrame]) -> Chroma | Need[Any] | ShotNeed | None:
    with native_prints_to_stderr():
        answer: Chroma | Need[Any] | ShotNeed | None = session.give(need, grays)
    return answer


def _write(target: Target, planes: Sequence[np.ndarray], views: Sequence[View]) -> None:
    """Copy planes into the last planes of a new frame; its first may be shared with the source."""
    for index, (plane, view) in enumerate(zip(planes, views, strict=True), start=int(target.shares_luma)):
        np.copyto(target.clip.plane(view, index), plane, casting="same_kind")
