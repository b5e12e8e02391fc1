"""The paper's comparison on public clips (Zhang et al. 2023, Tables 1 to 4): coloured, kept and measured as it did."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import torch

from vs_tcvc.core.colorizer import Colorizer
from vs_tcvc.core.engine import Anchors, Engine
from vs_tcvc.core.frame import Array
from vs_tcvc.core.in_order import Stream
from vs_tcvc.core.shot import ELSEWHERE, Reference
from vs_tcvc.cuts.rules import NoCuts
from vs_tcvc.datasets.pictures import Clip, Picture, find_stills
from vs_tcvc.errors import UsageError
from vs_tcvc.metrics.cdc import DILATIONS, RunningCdc
from vs_tcvc.metrics.evaluation import mean_of
from vs_tcvc.metrics.fid import Statistics, frechet_distance
from vs_tcvc.metrics.picture import colorfulness
from vs_tcvc.metrics.score import Row
from vs_tcvc.networks.arithmetic import array_of
from vs_tcvc.networks.published.colorizer import resize
from vs_tcvc.networks.published.prepare import cover, lab_of, picture_of
from vs_tcvc.picture.chroma import working_size
from vs_tcvc.picture.srgb_codes import Codes, rgb_from_codes
from vs_tcvc.runtime.atomic_files import make_folder, whole_file, whole_folder

Size = tuple[int, int]
"""H and W."""

Features = Callable[[Codes], Array]
"""Features (D,) of a picture (H, W, 3)."""


@dataclass(frozen=True)
class PublishedFigures:
    """A row of a table of the paper."""

    table: int
    method: str
    fid: float
    cdc: float


@dataclass(frozen=True)
class DataSet:
    """Clips of which the paper has figures.

    below: the folder of clips in the one that the user names; ending: of their pictures' names.
    listed: a file with the names of the clips that count, where it is there. size: of the results.
    """

    name: str
    below: str
    ending: str
    size: Size
    published: tuple[PublishedFigures, ...]
    listed: str = ""

    def working_size(self, short: int) -> Size:
        """At which a network sees them: of that short side; 216x384 for 216, as in the paper."""
        width, height = working_size(self.size[1], self.size[0], short)
        return height, width

    def clips(self, root: Path) -> tuple[Clip, ...]:
        """The clips below `root`, by name.

        Raises UsageError if nothing matches the layout, a listed clip is missing, or a clip is too short for CDC.
        """
        folders = {path.name: path for path in sorted((root / self.below).glob("*")) if self._has_pictures(path)}
        if not folders:
            layout = Path(self.below, "CLIP", f"*{self.ending}").as_posix()
            problem = f"expected the clips of {self.name} as {layout}, found none"
            raise UsageError(problem, option="data", value=root)
        return tuple(self._clip(root, folders, name) for name in self._names(root) or folders)

    def _has_pictures(self, folder: Path) -> bool:
        return not folder.name.startswith(".") and any(folder.glob(f"*{self.ending}"))

    def _names(self, root: Path) -> list[str]:
        file = root / self.listed
        return sorted(file.read_text(encoding="utf-8").split()) if file.is_file() else []

    def _clip(self, root: Path, folders: Mapping[str, Path], name: str) -> Clip:
        if name not in folders:
            problem = f"{self.listed} lists the clip {name!r}, expected its pictures, found none"
            raise UsageError(problem, option="data", value=root)
        here = {path.name for path in folders[name].glob(f"*{self.ending}")}
        pictures = tuple(each for each in find_stills(folders[name]) if each.name in here)
        if len(pictures) <= max(DILATIONS):
            raise UsageError(f"{folders[name]}: expected {max(DILATIONS) + 1} frames or more, got {len(pictures)}")
        return Clip(name, pictures)


DATA_SETS: Mapping[str, DataSet] = MappingProxyType(
    {
        each.name: each
        for each in (
            DataSet(
                "davis", "JPEGImages/480p", ".jpg", (480, 848),
                (
                    PublishedFigures(1, "ChromaGAN", 52.97, 0.008771),
                    PublishedFigures(1, "ChromaGAN + DVP", 58.94, 0.003672),
                    PublishedFigures(1, "FAVC", 58.33, 0.003682),
                    PublishedFigures(1, "VCGAN", 59.58, 0.008951),
                    PublishedFigures(1, "TCVC", 46.28, 0.003836),
                    PublishedFigures(2, "TCVC, reference network only", 41.12, 0.005045),
                    PublishedFigures(2, "TCVC, reference network + DVP", 58.85, 0.004189),
                    PublishedFigures(2, "TCVC + DVP", 59.92, 0.003708),
                    PublishedFigures(3, "TCVC, retrieved references", 53.38, 0.003939),
                    PublishedFigures(3, "TCVC, references by GCP", 50.19, 0.003843),
                    PublishedFigures(3, "TCVC, trained on retrieved references", 46.17, 0.004179),
                ),
                listed="ImageSets/2017/val.txt",
            ),
            DataSet(
                "videvo", "", ".jpg", (480, 848),
                (
                    PublishedFigures(1, "ChromaGAN", 50.57, 0.004565),
                    PublishedFigures(1, "ChromaGAN + DVP", 58.85, 0.001967),
                    PublishedFigures(1, "FAVC", 57.08, 0.001575),
                    PublishedFigures(1, "VCGAN", 67.48, 0.003208),
                    PublishedFigures(1, "TCVC", 49.02, 0.001681),
                    PublishedFigures(3, "TCVC, retrieved references", 48.24, 0.001793),
                    PublishedFigures(3, "TCVC, references by GCP", 48.51, 0.001710),
                    PublishedFigures(3, "TCVC, trained on retrieved references", 45.35, 0.001684),
                ),
            ),
            DataSet(
                "ntire2023", "", ".png", (540, 960),
                (
                    PublishedFigures(4, "MiAlgo", 54.72, 0.000819),
                    PublishedFigures(4, "CUCPLUS", 26.79, 0.000962),
                    PublishedFigures(4, "TCVC", 63.76, 0.001017),
                    PublishedFigures(4, "NJUSTer", 62.45, 0.001066),
                    PublishedFigures(4, "ppzz", 56.81, 0.001122),
                    PublishedFigures(4, "LVGroup", 63.71, 0.001525),
                    PublishedFigures(4, "baseline of the challenge", 61.30, 0.002149),
                ),
            ),
        )
    }
)  # fmt: skip


# Coloured


class Painter:
    """Colours clips as the paper's authors do.

    A frame is scaled and cropped to `size` and becomes Lab; the network sees that at the `working` size; its colour is
    enlarged, joined with the frame's L* at `size` and written as 8-bit R'G'B'. All scaling is bilinear.
    nearest: chooses the picture whose colours a clip gets, by its first frame; None: the reference network makes it.
    """

    def __init__(
        self, colorizer: Colorizer[Any], size: Size, working: Size, nearest: Callable[[Codes], Picture] | None = None
    ) -> None:
        self._colorizer = colorizer
        self._size = size
        self._working = working
        self._nearest = nearest

    def reference_only(self, clip: Clip) -> Iterator[Codes]:
        """Every frame by the reference network alone: pictures (H, W, 3) of `size` (the paper's Table 2)."""
        return map(self._predict, clip.read())

    def full(self, clip: Clip) -> Iterator[Codes]:
        """Every frame by propagation: pictures (H, W, 3) of `size`.

        The reference is never shown: it is a picture of the frame before the clip, so that the clip's first frame, too,
        is coloured by propagation.
        """
        coming = iter(clip.read())
        first = next(coming, None)
        if first is None:
            return
        stream = Stream(Engine(self._colorizer), Anchors(NoCuts(), {0: self._reference(first)}))
        grays = (self._lab(frame)[:1] for frame in chain((first,), coming))
        for lightness, chroma in stream.run((gray, _scale(gray, self._working)[0]) for gray in grays):
            yield self._join(lightness, chroma.ab)

    def _predict(self, frame: Codes) -> Codes:
        lightness = self._lab(frame)[:1]
        return self._join(lightness, self._colorizer.predict(_scale(lightness, self._working)[0]))

    def _reference(self, first: Codes) -> Reference:
        """What guides a clip with that first frame; colours that were predicted are rounded to 8 bits on the way."""
        found = self._nearest(first) if self._nearest else None
        lab = _scale(self._lab(found.read() if found else self._predict(first)), self._working)
        return Reference(ELSEWHERE, lab[0], lab[1:], str(found) if found else "predicted")

    def _lab(self, picture: Codes) -> Array:
        return lab_of(cover(picture, self._size))

    def _join(self, lightness: Array, ab: Array) -> Codes:
        return picture_of(np.concatenate([lightness, _scale(ab, self._size)]))


def _scale(planes: Array, size: Size) -> Array:
    """Planes (C, h, w) at another size (H, W), as the authors scale."""
    scaled: Array = array_of(resize(torch.tensor(planes)[None], size))[0]
    return scaled


# Kept


@dataclass(frozen=True)
class Results:
    """Coloured clips in a folder, each under its name once it is complete."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, made_by: Mapping[str, Any]) -> Results:
        """The folder for results with these options. Raises UsageError if it has other files or results."""
        make_folder(folder, "out")
        told = folder / "benchmark.json"
        text = json.dumps(made_by, indent=1, sort_keys=True)
        if not told.is_file() and any(folder.iterdir()):
            expected = "an empty folder or one of the same benchmark"
            raise UsageError(option="out", value=folder, expected=expected, remedy="name another")
        if told.is_file() and told.read_text(encoding="utf-8") != text:
            problem = f"its frames were made with other options, see {told}"
            raise UsageError(problem, option="out", value=folder, remedy="name another")
        with whole_file(told) as file:
            file.write(text.encode())
        return cls(folder)

    def frames(self, clip: Clip, paint: Callable[[Clip], Iterable[Codes]]) -> Iterator[Codes]:
        """The coloured frames, from the folder or rendered and stored. Raises UsageError if it has other frames."""
        folder = self.folder / clip.name
        if not folder.is_dir():
            return self._kept(clip, paint(clip))
        found = Clip(clip.name, find_stills(folder))
        if [each.name for each in found.pictures] != _names(clip):
            raise UsageError(f"{folder}: expected the {len(clip)} frames of the clip, got others; move it away")
        return found.read()

    def _kept(self, clip: Clip, frames: Iterable[Codes]) -> Iterator[Codes]:
        """Yield the frames and write them as PNG with the clip's names; complete after the last one."""
        with whole_folder(self.folder / clip.name) as part:
            for name, frame in zip(_names(clip), frames, strict=True):
                (part / name).write_bytes(bytes(cv2.imencode(".png", frame[..., ::-1])[1]))
                yield frame


def _names(clip: Clip) -> list[str]:
    return [Path(each.name).with_suffix(".png").name for each in clip.pictures]


# Measured


class Measures:
    """Of a set of clips, whose frames are added one at a time. view: gives the features for FID."""

    def __init__(self, view: Features | None = None) -> None:
        self._view = view
        self._features: list[Array] = []
        self._steady: defaultdict[str, RunningCdc] = defaultdict(RunningCdc)
        self._colors: defaultdict[str, list[float]] = defaultdict(list)

    def add(self, clip: str, frame: Codes) -> None:
        """The next frame of a clip, (H, W, 3)."""
        self._steady[clip].add(frame)
        self._colors[clip].append(colorfulness(rgb_from_codes(frame)))
        if self._view:
            self._features.append(self._view(frame))

    def clips(self) -> dict[str, Row]:
        """`cdc` and mean `colorfulness` of every clip."""
        return {
            name: {"cdc": steady.value(), "colourfulness": float(np.mean(self._colors[name]))}
            for name, steady in self._steady.items()
        }

    def means(self) -> dict[str, float]:
        """Means over the clips."""
        return mean_of(self.clips().values())

    def fid(self, truth: Measures) -> float:
        """FID of all frames of all clips against the truth's; both need a view. Raises what `fid` raises."""
        ours, true = (Statistics.of(np.stack(each._features)) for each in (self, truth))
        return frechet_distance(ours, true)


def measure(
    colored: Iterable[tuple[Clip, Iterable[Codes]]], view: Features | None, progress: Callable[[int, int], None]
) -> tuple[Measures, Measures]:
    """Measures of coloured clips and of their truths: the clips as they are, of their own size.

    progress: called after every frame with the number of frames and of clips so far.
    """
    ours, truth, done = Measures(view), Measures(view), 0
    for number, (clip, frames) in enumerate(colored, start=1):
        for frame, true in zip(frames, clip.read(), strict=True):
            ours.add(clip.name, frame)
            truth.add(clip.name, true)
            done += 1
            progress(done, number)
    return ours, truth


def markdown(data_set: DataSet, name: str, ours: Row, truth: Row) -> str:
    """The paper's rows, ours under `name`, and the truth's, as a table; missing values are empty."""
    rows: list[tuple[str, Row]] = [
        (f"{each.method} (paper, Table {each.table})", {"fid": each.fid, "cdc": each.cdc})
        for each in data_set.published
    ]
    formats = {"fid": "{:.2f}", "cdc": "{:.6f}", "colourfulness": "{:.1f}"}
    lines = [f"| {data_set.name} | FID | CDC | colourfulness |", "|---|---|---|---|"]
    for label, row in [*rows, (f"**{name}**", ours), ("truth", truth)]:
        cells = [form.format(row[measure]) if measure in row else "" for measure, form in formats.items()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)
