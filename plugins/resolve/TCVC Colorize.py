"""TCVC Colorize: colour the range between the marks of a timeline, or its current clip (DaVinci Resolve Studio).

Installed in Fusion/Scripts/Utility and started from Workspace > Scripts. It renders numbered pictures, runs vs-tcvc's
worker on them in another Python, imports them and puts them on a new track or into a take; nothing of yours is replaced
or deleted. It needs only the standard library and Resolve's API, and Python 3.7 or later.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fusionscript import MediaPoolItem, Project, Resolve, Timeline, TimelineItem

MEMORY = os.path.join(os.path.expanduser("~"), ".tcvc-resolve.json")
NAME = "TCVC"
KEPT_PRESET = "TCVC: your render settings"
PLAIN_PRESETS = ("H.264 Master", "ProRes 422 HQ", "H.265 Master")
LOSSY = ("dwaa", "dwab", "b44")

PLATES = {
    "display, DPX 10 bit": ("dpx", ("10",)),
    "display, TIFF 16 bit": ("tif", ("16",)),
    "scene-linear, EXR half": ("exr", ("half", "float")),
}
CUTS = ("found in the picture", "edits of the timeline")
PLACES = ("new track", "take")
LISTS = {"plate": tuple(PLATES), "cuts": CUTS, "place": PLACES}
CHOICES = {
    "python": os.environ.get("TCVC_PYTHON", ""),
    "folder": "",
    "plate": "display, DPX 10 bit",
    "colorspace": "ACEScg",
    "cuts": CUTS[0],
    "place": PLACES[0],
    "settings": {},
}
"""What is asked and remembered. colorspace: of scene-linear plates alone. settings: options of the core by name."""


class Trouble(Exception):
    """A sentence for the person at Resolve."""


class Stretch(NamedTuple):
    """Frames first to last of the timeline, of a clip or between marks; hidden: tracks that are not rendered."""

    first: int
    last: int
    item: TimelineItem | None
    hidden: list[int]

    @property
    def length(self) -> int:
        return self.last - self.first + 1


def colorize(resolve: Resolve, choices: dict[str, Any], say: Callable[[str], None]) -> str:
    """Do all of it; returns what was done, raises Trouble."""
    project = resolve.GetProjectManager().GetCurrentProject()
    timeline = project.GetCurrentTimeline() if project else None
    if not timeline:
        raise Trouble("There is no timeline: open one, and mark in and out or put the playhead on a clip.")
    stretch = chosen(timeline, choices["place"])
    folder = new_folder(choices["folder"], timeline.GetName(), stretch)
    extension, words = PLATES[choices["plate"]]
    say(f"rendering frames {stretch.first} to {stretch.last} into {folder}")
    try:
        show(timeline, stretch.hidden, False)
        render(resolve, project, timeline, folder, stretch, extension, words)
        cuts = edits(resolve, timeline, choices["python"], folder, say) if choices["cuts"] == CUTS[1] else None
    finally:
        show(timeline, stretch.hidden, True)
    plate, number = sequence(os.path.join(folder, "plate"), extension, stretch.length)
    inside = [cut - stretch.first + number for cut in cuts or () if stretch.first <= cut <= stretch.last]
    job = job_of(choices, plate, (number, number + stretch.length - 1), "auto" if cuts is None else inside, folder)
    work(choices["python"], job, folder, say)
    clip = imported(project, timeline, job)
    if stretch.item and choices["place"] == "take":
        add_take(stretch.item, clip)
        return f"The colour is a take of {stretch.item.GetName()}: its take selector has both."
    track = place(resolve, project, timeline, clip, stretch)
    return f"The colour is on video track {track}; the pictures are in {folder}."


def job_of(
    choices: dict[str, Any], plate: str, frames: tuple[int, int], cuts: str | list[int], folder: str
) -> dict[str, Any]:
    """The worker's job; cuts: "auto", or first frames of shots."""
    color = os.path.join(folder, "colour", os.path.basename(plate).replace("plate", "colour", 1))
    return {
        "protocol": 1, "plate": plate, "result": color, "first": frames[0], "last": frames[1], "output": "beauty",
        "cuts": cuts if isinstance(cuts, str) else ",".join(map(str, cuts)) or "none",
        "colorspace": choices["colorspace"] if plate.endswith(".exr") else "srgb_texture",
        "settings": choices["settings"], "id": os.path.basename(folder), "cancel": os.path.join(folder, "cancel"),
    }  # fmt: skip


# What to colour


def chosen(timeline: Timeline, put_on: str) -> Stretch:
    """What stands between the marks, without tracks of ours; without marks the current clip, without other tracks."""
    tracks = [n for n in range(1, timeline.GetTrackCount("video") + 1) if timeline.GetIsTrackEnabled("video", n)]
    own = [track for track in tracks if timeline.GetTrackName("video", track) == NAME]
    marks, item = marked(timeline), timeline.GetCurrentVideoItem()
    if marks and put_on == "take":
        raise Trouble("A take has the length of its clip: clear the marks, or choose a new track.")
    if marks:
        return Stretch(marks[0], marks[1], None, own)
    if not item:
        raise Trouble("There is no clip: mark in and out, or put the playhead on a clip.")
    number = item.GetTrackTypeAndIndex()[1]
    if number in own:
        raise Trouble("The clip at the playhead is TCVC's own: switch its track off.")
    first, stop = int(item.GetStart()), int(item.GetEnd())  # type: ignore[call-arg]
    return Stretch(first, stop - 1, item, [track for track in tracks if track != number])


def marked(timeline: Timeline) -> tuple[int, int] | None:
    """First and last frame between the marks, counted as `GetStartFrame` does; None without both."""
    read = getattr(timeline, "GetMarkInOut", None)  # hasattr is always true here
    marks = (read() or {}).get("video", {}) if callable(read) else {}
    if "in" not in marks or "out" not in marks:
        return None
    start = timeline.GetStartFrame()  # from which marks count
    return start + marks["in"], start + marks["out"]


def show(timeline: Timeline, tracks: list[int], is_on: bool) -> None:
    """Switch tracks on or off."""
    for track in tracks:
        timeline.SetTrackEnable("video", track, is_on)


def new_folder(parent: str, name: str, stretch: Stretch) -> str:
    """A folder that was not there before, below `parent`."""
    if not os.path.isdir(parent):
        raise Trouble(f"The folder for pictures is not there: {parent or 'none is chosen'}.")
    stem = os.path.join(parent, f"{re.sub('[^A-Za-z0-9_-]', '_', name)}_{stretch.first}-{stretch.last}")
    version = 1
    while os.path.exists(f"{stem}_v{version}"):
        version += 1
    os.makedirs(os.path.join(f"{stem}_v{version}", "plate"))
    return f"{stem}_v{version}"


# Rendering


def render(
    resolve: Resolve, project: Project, timeline: Timeline, folder: str, stretch: Stretch, extension: str,
    words: tuple[str, ...],
) -> None:  # fmt: skip
    """Render into folder/plate and give back the page and the render settings that were there."""
    page, mode = resolve.GetCurrentPage(), project.GetCurrentRenderMode()
    project.DeleteRenderPreset(KEPT_PRESET)
    is_kept = project.SaveAsNewRenderPreset(KEPT_PRESET)
    try:
        job = render_job(project, timeline, folder, stretch, extension, words)
        started = project.StartRendering([job], isInteractiveMode=False)
        while started and project.IsRenderingInProgress():
            time.sleep(0.2)
        project.DeleteRenderJob(job)
    finally:
        if is_kept:
            project.LoadRenderPreset(KEPT_PRESET)
            project.DeleteRenderPreset(KEPT_PRESET)
        project.SetCurrentRenderMode(mode)
        if page:
            resolve.OpenPage(page)


def render_job(
    project: Project, timeline: Timeline, folder: str, stretch: Stretch, extension: str, words: tuple[str, ...]
) -> str:
    """A job in the render queue. It begins with a plain preset: settings are laid over what was set last."""
    presets: list[Any] = list(project.GetRenderPresetList() or [])
    plain = next((preset for preset in PLAIN_PRESETS if preset in presets), None)
    if plain:
        project.LoadRenderPreset(plain)
    codec = codec_of(project.GetRenderCodecs(extension), extension, words)
    settings: Any = {
        "SelectAllFrames": False, "MarkIn": stretch.first, "MarkOut": stretch.last,
        "ExportVideo": True, "ExportAudio": False,
        "TargetDir": os.path.join(folder, "plate"), "CustomName": "plate_", "UniqueFilenameStyle": 0,
        "FormatWidth": int(timeline.GetSetting("timelineResolutionWidth")),
        "FormatHeight": int(timeline.GetSetting("timelineResolutionHeight")),
    }  # fmt: skip
    is_set = (
        project.SetCurrentRenderMode(1)
        and project.SetCurrentRenderFormatAndCodec(extension, codec)
        and project.SetRenderSettings(settings)
    )
    job = project.AddRenderJob() if is_set else ""
    if not job:
        raise Trouble(f"Resolve did not take the render settings for {extension} with codec {codec}.")
    return job


def codec_of(codecs: dict[str, str], extension: str, words: tuple[str, ...]) -> str:
    """The name of the plainest lossless codec whose description or name has the first of the words, or the next."""
    described = {f"{text} {name}".lower(): name for text, name in (codecs or {}).items()}
    for word in words:
        fit = [text for text in described if word in text and not any(lossy in text for lossy in LOSSY)]
        if fit:
            return described[min(fit, key=lambda text: ("rgba" in text, len(text), text))]
    raise Trouble(f"Resolve has no codec for {extension} with {' or '.join(words)}; it has {sorted(codecs or {})}.")


def sequence(folder: str, extension: str, count: int) -> tuple[str, int]:
    """The rendered pictures as plate_%08d.dpx and first number. Files are believed, not the state of the job."""
    found = [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
    parts = [re.fullmatch(rf"(.*?)(\d+)\.{extension}", path) for path in sorted(found)]
    places = [(part[1], len(part[2]), int(part[2])) for part in parts if part]
    numbers = [number for _, _, number in places]
    is_whole = len({place[:2] for place in places}) == 1 and numbers == list(range(numbers[0], numbers[0] + count))
    if not is_whole:
        raise Trouble(f"Resolve rendered {len(places)} of {count} pictures into {folder}: see the Deliver page.")
    return f"{places[0][0]}%0{places[0][1]}d.{extension}", numbers[0]


# The worker


def host_folder() -> str:
    """The folder of the program that runs this, with all that it brings."""
    program = "/proc/self/exe" if os.path.exists("/proc/self/exe") else sys.executable
    folder, name = os.path.split(os.path.dirname(os.path.realpath(program)))
    return folder if name in ("bin", "MacOS") else os.path.join(folder, name)


def without_host(text: str) -> str:
    """A list of paths without those in the host's folder."""
    host = os.path.join(host_folder(), "")
    return os.pathsep.join(each for each in text.split(os.pathsep) if not os.path.realpath(each).startswith(host))


def environment() -> dict[str, str]:
    """Ours without what would bend another Python, and without libraries and a colour config of Resolve's own."""
    bent = (
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONEXECUTABLE",
        "VIRTUAL_ENV",
        "QT_PLUGIN_PATH",
        "QT_QPA_PLATFORM_PLUGIN_PATH",
    )
    paths = (
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "DYLD_LIBRARY_PATH",
        "DYLD_FRAMEWORK_PATH",
        "DYLD_INSERT_LIBRARIES",
        "DYLD_FALLBACK_LIBRARY_PATH",
        "DYLD_FALLBACK_FRAMEWORK_PATH",
        "OCIO",
    )
    kept = {key: value for key, value in os.environ.items() if key not in bent}
    kept.update({key: without_host(kept[key]) for key in paths if key in kept})
    return {**{key: value for key, value in kept.items() if value or key not in paths}, "PYTHONNOUSERSITE": "1"}


def start(python: str, words: list[str], log: Any) -> subprocess.Popen[str]:
    """A command of tcvc that writes text to us; its words go to the file `log`."""
    no_window = 0x08000000 if sys.platform == "win32" else 0
    try:
        return subprocess.Popen(
            [python, "-m", "vs_tcvc", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            env=environment(), encoding="utf-8", creationflags=no_window,
        )  # fmt: skip
    except OSError as error:
        raise Trouble(f"The worker's Python {python!r} cannot be started ({error.strerror}).") from None


def edits(
    resolve: Resolve, timeline: Timeline, python: str, folder: str, say: Callable[[str], None]
) -> list[int]:  # fmt: skip
    """Where the timeline's shots begin, counted as `GetStartFrame` does."""
    path, log = os.path.join(folder, "timeline.otio"), os.path.join(folder, "cuts.log")
    if not timeline.Export(path, resolve.EXPORT_OTIO, resolve.EXPORT_NONE) or not os.path.isfile(path):
        raise Trouble("Resolve did not export the timeline as OTIO (18.5 and later can): choose cuts found instead.")
    with open(log, "w") as said:
        printed, _ = start(python, ["cuts", path, "--first", str(timeline.GetStartFrame())], said).communicate()
    if not re.fullmatch(r"-?\d+(,-?\d+)*\s*", printed):
        raise Trouble(f"The timeline's cuts cannot be read: {last_line(log)}")
    with open(log, errors="replace") as said:
        for line in said:
            say(line.strip())
    return [int(cut) for cut in printed.split(",")]


def work(python: str, job: dict[str, Any], folder: str, say: Callable[[str], None]) -> None:
    """Let the worker do a job; Trouble where it does not end well."""
    path, log = os.path.join(folder, "job.json"), os.path.join(folder, "worker.log")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(job, file)
    say(f"colouring; to stop it make a file {job['cancel']}")
    failure = ""
    with open(log, "w") as said, start(python, ["worker", "--job", path], said) as worker:
        for line in worker.stdout or ():
            event = event_of(line)
            if event.get("event") == "progress":
                say(f"frame {event['frame']}: {event['done']} of {event['total']}")
            failure = event.get("msg", "") if event.get("event") == "error" else failure
        code = worker.wait()
    if code == 2:
        raise Trouble("The work was cancelled.")
    if code:
        raise Trouble(f"The worker failed: {failure or last_line(log)}")


def event_of(line: str) -> dict[str, Any]:
    """An event of the worker; empty for a line that is none."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def last_line(log: str) -> str:
    """The end of what a command said."""
    with open(log, errors="replace") as file:
        lines = file.read().split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


# Back into Resolve


def imported(project: Project, timeline: Timeline, job: dict[str, Any]) -> MediaPoolItem:
    """The result of a job as one clip in the bin TCVC."""
    pool = project.GetMediaPool()
    open_bin, root = pool.GetCurrentFolder(), pool.GetRootFolder()
    own = next((each for each in root.GetSubFolderList() or [] if each.GetName() == NAME), None)
    pool.SetCurrentFolder(own or pool.AddSubFolder(root, NAME))  # media goes where the Media Pool stands
    try:
        info: Any = {"FilePath": job["result"], "StartIndex": job["first"], "EndIndex": job["last"]}
        clips = pool.ImportMedia([info]) or []
    finally:
        pool.SetCurrentFolder(open_bin)
    if len(clips) != 1:
        raise Trouble(
            f"Resolve made {len(clips)} clips of {job['result']}: turn off Show Individual Frames in the Media Pool."
        )
    clips[0].SetClipProperty("FPS", timeline.GetSetting("timelineFrameRate"))
    return clips[0]


def place(resolve: Resolve, project: Project, timeline: Timeline, clip: MediaPoolItem, stretch: Stretch) -> int:
    """Put the clip on a new track, at its place; the track's number."""
    timeline.AddTrack("video")  # type: ignore[call-overload]
    track = timeline.GetTrackCount("video")
    timeline.SetTrackName("video", track, NAME)
    start = int(str(clip.GetClipProperty("Start") or 0))
    for end in (start + stretch.length - 1, start + stretch.length):  # by version the last frame, or the one behind it
        info: Any = [{"mediaPoolItem": clip, "startFrame": start, "endFrame": end, "mediaType": 1, "trackIndex": track,
                      "recordFrame": stretch.first}]  # fmt: skip
        project.GetMediaPool().AppendToTimeline(info)
        resolve.GetProjectManager().SaveProject()
        placed: list[Any] = list(timeline.GetItemListInTrack("video", track) or [])  # what it returned is no proof
        lengths = [(each.GetStart(), each.GetDuration()) for each in placed]
        if lengths == [(stretch.first, stretch.length)]:
            return track
        timeline.DeleteClips(placed, False)
    wanted = f"{stretch.length} frames at frame {stretch.first}"
    raise Trouble(f"Resolve did not put {wanted}, but {lengths}: do it by hand from the bin {NAME}.")


def add_take(item: TimelineItem, clip: MediaPoolItem) -> None:
    """Make the clip a take of the item, and the chosen one."""
    before = item.GetTakesCount()
    item.AddTake(clip)  # type: ignore[call-arg]
    if item.GetTakesCount() <= before:
        raise Trouble(f"Resolve did not add the take: do it by hand from the bin {NAME}.")
    item.SelectTakeByIndex(item.GetTakesCount())


# Asking and telling


def remembered() -> dict[str, Any]:
    """The choices of last time."""
    try:
        with open(MEMORY, encoding="utf-8") as file:
            kept = json.load(file)
    except (OSError, ValueError):
        kept = {}
    return {**CHOICES, **{key: value for key, value in kept.items() if value in LISTS.get(key, [value])}}


def ask(fusion: Any, bmd: Any, choices: dict[str, Any]) -> dict[str, Any] | None:
    """Show the choices in a window; they as they were left, None where it was closed."""
    rows = {"python": "Python of vs-tcvc", "folder": "Folder for pictures", "plate": "Plate",
            "colorspace": "Space of a scene-linear plate", "cuts": "Cuts", "place": "Put it on"}  # fmt: skip
    ui = fusion.UIManager
    fields = [
        ui.HGroup([ui.Label({"Text": text}), ui.ComboBox({"ID": key}) if key in LISTS else ui.LineEdit({"ID": key})])
        for key, text in rows.items()
    ]
    items, answer = window(ui, bmd, [*fields, ui.Button({"ID": "go", "Text": "Colorize"})])
    for key in rows:
        if key in LISTS:
            items[key].AddItems(list(LISTS[key]))
            items[key].CurrentIndex = LISTS[key].index(choices[key])
        else:
            items[key].Text = choices[key]
    if not answer():
        return None
    return {**choices, **{key: items[key].CurrentText if key in LISTS else items[key].Text for key in rows}}


def window(ui: Any, bmd: Any, rows: list[Any]) -> tuple[Any, Callable[[], bool]]:
    """The items of a window, and what shows it: whether its button "go" ended it."""
    dispatcher, pressed = bmd.UIDispatcher(ui), []
    shown = dispatcher.AddWindow({"ID": "tcvc", "WindowTitle": "TCVC Colorize"}, [ui.VGroup(rows)])

    def end(event: Any) -> None:
        pressed.append(event["who"] == "go")
        dispatcher.ExitLoop()

    def answer() -> bool:
        shown.Show()
        dispatcher.RunLoop()
        shown.Hide()
        return pressed == [True]

    shown.On.go.Clicked = end
    shown.On.tcvc.Close = end
    return shown.GetItems(), answer


def main(resolve: Resolve, fusion: Any, bmd: Any) -> None:
    """Ask, colour, tell."""
    choices = ask(fusion, bmd, remembered())
    if choices is None:
        return
    with open(MEMORY, "w", encoding="utf-8") as file:
        json.dump(choices, file, indent=2)
    try:
        told = colorize(resolve, choices, print)
    except Trouble as trouble:
        told = str(trouble)
    print(told)
    ui = fusion.UIManager
    window(ui, bmd, [ui.Label({"ID": "told", "Text": told, "WordWrap": True}), ui.Button({"ID": "go", "Text": "OK"})])[
        1
    ]()


if "resolve" in globals():
    main(globals()["resolve"], globals()["fusion"], globals()["bmd"])
