"""A stand-in for DaVinci Resolve that means what it does: it renders pictures, exports OTIO, imports and places clips.

What Resolve does not have raises here; test_resolve.py checks that every method here is one of Resolve's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import OpenImageIO as oiio
import opentimelineio as otio
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE, START = 96, 64, 24, 86400
CODECS = {
    "dpx": {"RGB 10 bits": "RGB10", "RGB 16 bits": "RGB16", "RGBA 10 bits": "RGBA10"},
    "tif": {"RGB 8 bits": "RGB8", "RGB 16 bits": "RGB16"},
    "exr": {"RGB half (DWAA)": "DWAA", "RGB half (ZIP)": "RGBHalfZIP", "RGB float": "RGBFloat"},
}


class Strict:
    """Has Resolve's methods and no others. absent: methods that an older version lacks; they are None, as there."""

    absent: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name in Strict.absent:
            return None
        raise AssertionError(f"Resolve's {type(self).__name__} has no {name}")


@dataclass(eq=False)
class MediaPoolItem(Strict):
    """A clip. picture: of a frame of the clip from 0, (H, W, 3)."""

    name: str
    length: int
    picture: Callable[[int], NDArray[Any]]
    properties: dict[str, str] = field(default_factory=dict)

    def GetClipProperty(self, propertyName: str) -> str:
        return self.properties[propertyName]

    def SetClipProperty(self, propertyName: str, propertyValue: str) -> bool:
        self.properties[propertyName] = propertyValue
        return True


def gray_film(name: str, length: int, seed: int) -> MediaPoolItem:
    """A gray clip that moves, unlike one of another seed."""
    big = np.random.default_rng(seed).random((8, 12)).repeat(16, 0).repeat(16, 1) * 0.7 + 0.1

    def picture(frame: int) -> NDArray[Any]:
        window = big[10 : 10 + HEIGHT, frame : frame + WIDTH]
        return np.repeat(window[..., None], 3, axis=2).astype(np.float32)

    return MediaPoolItem(name, length, picture, {"Start": "0"})


@dataclass(eq=False)
class TimelineItem(Strict):
    clip: MediaPoolItem
    start: int
    length: int
    track: int
    offset: int = 0
    takes: list[MediaPoolItem] = field(default_factory=list)
    taken: int = 0

    def GetName(self) -> str:
        return self.clip.name

    def GetStart(self) -> int:
        return self.start

    def GetEnd(self) -> int:
        return self.start + self.length

    def GetDuration(self) -> int:
        return self.length

    def GetTrackTypeAndIndex(self) -> tuple[str, int]:
        return "video", self.track

    def GetTakesCount(self) -> int:
        return len(self.takes)

    def AddTake(self, mediaPoolItem: MediaPoolItem) -> bool:
        self.takes = [*(self.takes or [self.clip]), mediaPoolItem]
        return True

    def SelectTakeByIndex(self, idx: int) -> bool:
        assert 1 <= idx <= len(self.takes)
        self.taken = idx
        return True


@dataclass
class Track:
    name: str
    items: list[TimelineItem] = field(default_factory=list)
    is_on: bool = True


@dataclass(eq=False)
class Timeline(Strict):
    tracks: list[Track]
    marks: dict[str, dict[str, int]] = field(default_factory=dict)
    playhead: int = START
    markers: dict[int, dict[str, Any]] = field(default_factory=dict)

    def GetName(self) -> str:
        return "Reel 2/ä"

    def GetStartFrame(self) -> int:
        return START

    def GetSetting(self, settingName: str) -> str:
        known = {"timelineResolutionWidth": WIDTH, "timelineResolutionHeight": HEIGHT, "timelineFrameRate": RATE}
        return str(known[settingName])

    def GetMarkInOut(self) -> dict[str, dict[str, int]]:
        return self.marks

    def GetCurrentVideoItem(self) -> TimelineItem | None:
        return self.seen(self.playhead)

    def GetTrackCount(self, trackType: str) -> int:
        assert trackType == "video"
        return len(self.tracks)

    def AddTrack(self, trackType: str) -> bool:
        assert trackType == "video"
        self.tracks.append(Track(f"Video {len(self.tracks) + 1}"))
        return True

    def GetTrackName(self, trackType: str, trackIndex: int) -> str:
        return self._track(trackType, trackIndex).name

    def SetTrackName(self, trackType: str, trackIndex: int, name: str) -> bool:
        self._track(trackType, trackIndex).name = name
        return True

    def GetIsTrackEnabled(self, trackType: str, trackIndex: int) -> bool:
        return self._track(trackType, trackIndex).is_on

    def SetTrackEnable(self, trackType: str, trackIndex: int, Bool: bool) -> bool:
        self._track(trackType, trackIndex).is_on = Bool
        return True

    def GetItemListInTrack(self, trackType: str, index: int) -> list[TimelineItem]:
        return list(self._track(trackType, index).items)

    def DeleteClips(self, timelineItems: list[TimelineItem], ripple: bool) -> bool:
        for track in self.tracks:
            track.items = [item for item in track.items if item not in timelineItems]
        return True

    def AddMarker(self, frameId: int, color: str, name: str, note: str, duration: int, customData: str) -> bool:
        if frameId in self.markers:
            return False
        self.markers[frameId] = {"color": color, "name": name, "note": note, "duration": duration,
                                 "customData": customData}  # fmt: skip
        return True

    def GetMarkers(self) -> dict[int, dict[str, Any]]:
        return dict(self.markers)

    def DeleteMarkerAtFrame(self, frameNum: int) -> bool:
        return self.markers.pop(int(frameNum), None) is not None

    def DeleteMarkerByCustomData(self, customData: str) -> bool:
        """The first one alone."""
        found = [frame for frame, marker in self.markers.items() if marker["customData"] == customData]
        return bool(found) and self.DeleteMarkerAtFrame(found[0])

    def Export(self, fileName: str, exportType: object, exportSubtype: object) -> bool:
        if exportType is not Resolve.EXPORT_OTIO or not Path(fileName).parent.is_dir():
            return False
        timeline = otio.schema.Timeline(self.GetName(), global_start_time=otio.opentime.RationalTime(START, RATE))
        timeline.tracks.extend(self._exported(track) for track in self.tracks)
        return bool(otio.adapters.write_to_file(timeline, fileName))

    def _exported(self, track: Track) -> Any:
        made, end = otio.schema.Track(track.name, kind="Video"), START
        made.enabled = track.is_on
        for item in sorted(track.items, key=lambda item: item.start):
            if item.start > end:
                made.append(otio.schema.Gap(duration=otio.opentime.RationalTime(item.start - end, RATE)))
            source = otio.opentime.TimeRange(*(otio.opentime.RationalTime(n, RATE) for n in (item.offset, item.length)))
            made.append(otio.schema.Clip(item.clip.name, otio.schema.ExternalReference(item.clip.name), source))
            end = item.GetEnd()
        return made

    def _track(self, kind: str, index: int) -> Track:
        assert kind == "video" and 1 <= index <= len(self.tracks)  # noqa: PT018
        return self.tracks[index - 1]

    def seen(self, frame: int) -> TimelineItem | None:
        """What the viewer shows."""
        items = [item for track in self.tracks if track.is_on for item in track.items]
        return next((item for item in reversed(items) if item.start <= frame < item.GetEnd()), None)


@dataclass(eq=False)
class Folder(Strict):
    name: str
    folders: list[Folder] = field(default_factory=list)
    clips: list[MediaPoolItem] = field(default_factory=list)

    def GetName(self) -> str:
        return self.name

    def GetSubFolderList(self) -> list[Folder]:
        return list(self.folders)


@dataclass(eq=False)
class MediaPool(Strict):
    """end_counts: endFrame is the last frame. shows_frames: every picture becomes a clip."""

    timeline: Timeline
    root: Folder = field(default_factory=lambda: Folder("Master", [Folder("rushes")]))
    end_counts: bool = True
    shows_frames: bool = False
    drops: bool = False

    def __post_init__(self) -> None:
        self.current = self.root.folders[0]

    def GetRootFolder(self) -> Folder:
        return self.root

    def GetCurrentFolder(self) -> Folder:
        return self.current

    def SetCurrentFolder(self, folder: Folder) -> bool:
        self.current = folder
        return True

    def AddSubFolder(self, folder: Folder, name: str) -> Folder:
        folder.folders.append(Folder(name))
        return folder.folders[-1]

    def ImportMedia(self, clipInfo: list[dict[str, Any]]) -> list[MediaPoolItem]:
        (info,) = clipInfo
        assert set(info) == {"FilePath", "StartIndex", "EndIndex"}
        numbers = range(info["StartIndex"], info["EndIndex"] + 1)
        files = [info["FilePath"] % number for number in numbers]
        if not all(Path(file).is_file() for file in files):
            return []
        start = {"Start": str(numbers[0])}
        clip = MediaPoolItem(Path(files[0]).name, len(files), lambda frame: read(files[frame]), start)
        clips = [MediaPoolItem(file, 1, lambda _: read(files[0])) for file in files] if self.shows_frames else [clip]
        self.current.clips += clips
        return clips

    def AppendToTimeline(self, clipInfo: list[dict[str, Any]]) -> list[object]:
        (info,) = clipInfo
        clip, first = info["mediaPoolItem"], int(info["mediaPoolItem"].properties["Start"])
        length = info["endFrame"] - info["startFrame"] + self.end_counts
        items = self.timeline._track("video", info["trackIndex"]).items
        item = TimelineItem(clip, info["recordFrame"], min(length, clip.length), info["trackIndex"],
                            info["startFrame"] - first)  # fmt: skip
        if clip.properties.get("FPS") != str(RATE):
            item.length -= 1
        if not self.drops and not any(each.start < item.GetEnd() and item.start < each.GetEnd() for each in items):
            items.append(item)
        return [item]


@dataclass(eq=False)
class Project(Strict):
    """Its render settings are laid over the preset that was loaded last: at first one without pictures.

    numbers_from: what a rendered picture of the timeline's first frame is called.
    loses: how many pictures are not rendered. knows: codecs by format.
    """

    timeline: Timeline | None
    pool: MediaPool
    resolve: Resolve
    presets: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"Audio Only": {"video": False}, "H.264 Master": {"video": True}}
    )
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    polls: int = 0
    numbers_from: int = START
    loses: int = 0
    knows: dict[str, dict[str, str]] = field(default_factory=lambda: CODECS)

    def __post_init__(self) -> None:
        self.render: dict[str, Any] = {"video": False, "mode": 0, "mine": True}

    def GetCurrentTimeline(self) -> Timeline | None:
        return self.timeline

    def GetMediaPool(self) -> MediaPool:
        return self.pool

    def GetRenderPresetList(self) -> list[str]:
        return list(self.presets)

    def LoadRenderPreset(self, presetName: str) -> bool:
        self.render = {"mode": self.render["mode"], **self.presets[presetName]}
        return True

    def SaveAsNewRenderPreset(self, presetName: str) -> bool:
        if presetName in self.presets:
            return False
        self.presets[presetName] = {key: value for key, value in self.render.items() if key != "mode"}
        return True

    def DeleteRenderPreset(self, presetName: str) -> bool:
        return self.presets.pop(presetName, None) is not None

    def GetCurrentRenderMode(self) -> int:
        return int(self.render["mode"])

    def SetCurrentRenderMode(self, renderMode: int) -> bool:
        self.render["mode"] = renderMode
        return True

    def GetRenderCodecs(self, renderFormat: str) -> dict[str, str]:
        return dict(self.knows.get(renderFormat, {}))

    def SetCurrentRenderFormatAndCodec(self, format: str, codec: str) -> bool:
        self.render |= {"format": format, "codec": codec}
        return codec in self.knows.get(format, {}).values()

    def SetRenderSettings(self, settings: dict[str, Any]) -> bool:
        self.render |= settings
        return True

    def AddRenderJob(self) -> str:
        assert self.render["codec"] != "DWAA", "the values of a plate are lost"
        self.jobs["job 1"] = dict(self.render)
        return "job 1"

    def DeleteRenderJob(self, jobId: str) -> bool:
        return self.jobs.pop(jobId, None) is not None

    def StartRendering(self, jobIds: list[str], isInteractiveMode: bool) -> bool:
        self.polls, self.resolve.page = 2, "deliver"
        for job in jobIds:
            if self.jobs[job]["video"]:  # an audio preset "succeeds" without pictures
                self._render(self.jobs[job])
        return True

    def IsRenderingInProgress(self) -> bool:
        self.polls -= 1
        return self.polls >= 0

    def _render(self, job: dict[str, Any]) -> None:
        assert self.timeline
        assert (job["FormatWidth"], job["FormatHeight"], job["SelectAllFrames"]) == (WIDTH, HEIGHT, False)
        for frame in range(job["MarkIn"], job["MarkOut"] + 1 - self.loses):
            item = self.timeline.seen(frame)
            black = np.zeros((HEIGHT, WIDTH, 3), np.float32)
            picture = item.clip.picture(frame - item.start + item.offset) if item else black
            folder = Path(job["TargetDir"], *([item.clip.name] if item and job["mode"] == 0 else []))  # clip by clip
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{job['CustomName']}{frame - START + self.numbers_from:08d}.{job['format']}"
            write(folder / name, picture, job["codec"])


@dataclass(eq=False)
class ProjectManager(Strict):
    project: Project

    def GetCurrentProject(self) -> Project:
        return self.project

    def SaveProject(self) -> bool:
        return True


class Resolve(Strict):
    """Resolve with one project and one timeline."""

    EXPORT_OTIO: ClassVar[object] = object()
    EXPORT_NONE: ClassVar[object] = object()

    def __init__(self, timeline: Timeline) -> None:
        self.page = "edit"
        self.project = Project(timeline, MediaPool(timeline), self)

    def GetProjectManager(self) -> ProjectManager:
        return ProjectManager(self.project)

    def GetCurrentPage(self) -> str:
        return self.page

    def OpenPage(self, pageName: str) -> bool:
        self.page = pageName
        return True


def write(path: Path, picture: NDArray[Any], codec: str) -> None:
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, "half" if "Half" in codec else "float" if "Float" in codec else "uint16")
    spec.attribute("oiio:BitsPerSample", 10 if "10" in codec else 16)
    file: Any = oiio.ImageOutput.create(str(path))
    assert file.open(str(path), spec)
    assert file.write_image(picture)
    file.close()


def read(path: str | Path) -> NDArray[Any]:
    file: Any = oiio.ImageInput.open(str(path))
    picture = np.asarray(file.read_image("float"), np.float32)
    file.close()
    return picture
