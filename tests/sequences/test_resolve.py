"""The scripts for DaVinci Resolve, with a stand-in for it (resolve_fake.py) and the real worker in another process."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import lupa.lua51
import numpy as np
import pytest
import resolve_fake as fake
from numpy.typing import NDArray
from pythons import pythons
from resolve_fake import HEIGHT, START, WIDTH, Resolve, Timeline, TimelineItem, Track, gray_film

from vs_tcvc.picture.color import luma
from vs_tcvc.runtime import host_files
from vs_tcvc.sequences.color_space import PlateSpace

FILES = host_files.folder("resolve")
SCRIPT = FILES / "TCVC Colorize.py"


def luma_error(gray: NDArray[Any], colored: NDArray[Any]) -> float:
    """The largest difference of luma, in codes of 10 bit."""
    return 1023 * float(np.abs(luma(np.moveaxis(colored, -1, 0), "709") - gray[..., 0]).max())


@pytest.fixture
def resolve() -> Resolve:
    """Two shots and a through-edit, and a title above the second; the playhead on the first."""
    one, two, title = gray_film("a.mov", 20, 1), gray_film("b.mov", 20, 2), gray_film("title.mov", 9, 3)
    items = [TimelineItem(one, START, 4, 1), TimelineItem(two, START + 4, 2, 1), TimelineItem(two, START + 6, 3, 1, 2)]
    return Resolve(Timeline([Track("Video 1", items), Track("Video 2", [TimelineItem(title, START + 6, 3, 2)])]))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for pictures, and a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "pictures of ä").mkdir()
    return tmp_path / "pictures of ä"


def timeline_of(resolve: Resolve) -> Timeline:
    assert resolve.project.timeline
    return resolve.project.timeline


def state(resolve: Resolve) -> Any:
    """What a script must leave as it was."""
    project, timeline = resolve.project, timeline_of(resolve)
    rendering = dict(project.presets), dict(project.render), dict(project.jobs)
    kept = [[(item.clip, item.start, item.length) for item in track.items] for track in timeline.tracks[:2]]
    switches = [track.is_on for track in timeline.tracks[:2]]
    return resolve.page, rendering, project.pool.current.name, kept, switches


def loaded() -> ModuleType:
    """The script, not run."""
    spec = importlib.util.spec_from_file_location("tcvc_colorize", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Resolve Studio


@dataclass
class Box:
    """A list of which one is chosen."""

    ID: str
    values: list[str] = field(default_factory=list)
    CurrentIndex: int = 0

    def AddItems(self, values: list[str]) -> None:
        self.values += values

    @property
    def CurrentText(self) -> str:
        return self.values[self.CurrentIndex]

    @CurrentText.setter
    def CurrentText(self, text: str) -> None:
        self.CurrentIndex = self.values.index(text)


@dataclass
class Window:
    """A window of Resolve's UIManager, whose fields get `answers` and whose button `press` is then pressed."""

    rows: list[Any]
    answers: dict[str, str]
    press: str
    told: list[str]
    On: Any = field(default_factory=lambda: SimpleNamespace(go=SimpleNamespace(), tcvc=SimpleNamespace()))

    def GetItems(self) -> dict[str, Any]:
        found, rows = {}, list(self.rows)
        while rows:
            row = rows.pop()
            rows += row if isinstance(row, list) else []
            if hasattr(row, "ID"):
                found[row.ID] = row
        return found

    def Show(self) -> None:
        for name, item in self.GetItems().items():
            if name in self.answers:
                setattr(item, "CurrentText" if isinstance(item, Box) else "Text", self.answers[name])
            if name == "told":
                self.told.append(item.Text)

    def Hide(self) -> None: ...

    def loop(self) -> None:
        who = getattr(self.On, "go" if self.press == "go" else "tcvc")
        (who.Clicked if self.press == "go" else who.Close)({"who": self.press})


class Desk:
    """`fusion` and `bmd` as a script gets them, and what it told."""

    def __init__(self, answers: dict[str, str], press: str = "go") -> None:
        self.told: list[str] = []
        self.open: list[Window] = []
        self.answers, self.press = answers, press
        self.fusion = SimpleNamespace(UIManager=SimpleNamespace(
            HGroup=list, VGroup=list, Label=self._item, LineEdit=self._item, Button=self._item, ComboBox=self._box
        ))  # fmt: skip
        self.bmd = SimpleNamespace(UIDispatcher=lambda ui: SimpleNamespace(
            AddWindow=self._window, RunLoop=lambda: self.open[-1].loop(), ExitLoop=lambda: None
        ))  # fmt: skip

    def _item(self, properties: dict[str, Any]) -> Any:
        return SimpleNamespace(**properties)

    def _box(self, properties: dict[str, Any]) -> Any:
        return Box(**properties)

    def _window(self, properties: dict[str, Any], rows: list[Any]) -> Window:
        self.open.append(Window(rows, self.answers, self.press, self.told))
        return self.open[-1]


def run(resolve: Resolve, folder: Path, press: str = "go", **answers: str) -> list[str]:
    """Start the script as Resolve's menu does; what it told."""
    desk = Desk({"python": sys.executable, "folder": str(folder), **answers}, press)
    (folder.parent / ".tcvc-resolve.json").write_text(json.dumps({"settings": {"size": 64}, "plate": "gone"}))
    runpy.run_path(str(SCRIPT), {"resolve": resolve, "fusion": desk.fusion, "bmd": desk.bmd})
    return desk.told


def test_between_the_marks_the_color_lands_on_a_new_track(
    resolve: Resolve, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")  # as hosts set it
    timeline = timeline_of(resolve)
    timeline.tracks.append(Track("TCVC", [TimelineItem(gray_film("old", 9, 9), START, 9, 3)]))
    timeline.marks = {"video": {"in": 2, "out": 7}}
    before = state(resolve)
    resolve.project.presets["TCVC: your render settings"] = {"video": False, "of": "a start that was cut off"}
    resolve.project.numbers_from = 1000
    (told,) = run(resolve, folder, cuts="edits of the timeline")
    made = folder / f"Reel_2___{START + 2}-{START + 7}_v1"
    assert told == f"The colour is on video track 4; the pictures are in {made}."
    assert state(resolve) == before
    assert timeline.tracks[2].is_on
    job = json.loads((made / "job.json").read_text())
    assert job["cuts"] == "1004,1006"  # the shot, and the title above the through-edit
    (item,) = timeline.tracks[3].items
    assert (timeline.tracks[3].name, item.start, item.length) == ("TCVC", START + 2, 6)
    assert item.clip in resolve.project.pool.root.folders[1].clips
    for frame in (START + 2, START + 5, START + 7):
        seen = timeline.tracks[1 if frame == START + 7 else 0].items[0 if frame != START + 5 else 1]
        gray, colored = seen.clip.picture(frame - seen.start + seen.offset), item.clip.picture(frame - item.start)
        assert luma_error(gray, colored) < 1.5  # rendering rounds, and so does writing
        assert np.ptp(colored, axis=2).max() > 0.02
    settings = json.loads((folder.parent / ".tcvc-resolve.json").read_text())
    assert settings["folder"] == str(folder)
    assert settings["plate"] == "display, DPX 10 bit"


def test_the_clip_at_the_playhead_gets_a_take(resolve: Resolve, folder: Path) -> None:
    timeline = timeline_of(resolve)
    timeline.playhead, timeline.tracks[1].items[0].start = START + 4, START + 5  # the title is not rendered
    (told,) = run(resolve, folder, place="take", plate="scene-linear, EXR half", colorspace="lin_rec709")
    item = timeline.tracks[0].items[1]
    assert told == "The colour is a take of b.mov: its take selector has both."
    assert (len(timeline.tracks), item.clip.name, item.taken, len(item.takes)) == (2, "b.mov", 2, 2)
    for frame in range(2):
        gray, colored = item.clip.picture(frame), item.takes[1].picture(frame)
        assert colored.shape == (HEIGHT, WIDTH, 3)
        assert np.allclose(PlateSpace(space="lin_rec709").luminance(colored), gray[..., 0], rtol=1e-3)
        assert np.ptp(colored, axis=2).max() > 0.02


def test_a_closed_window_does_nothing(resolve: Resolve, folder: Path) -> None:
    before = state(resolve)
    assert run(resolve, folder, press="tcvc") == []
    assert state(resolve) == before
    assert list(folder.iterdir()) == []


def copied(script: ModuleType) -> Callable[..., None]:
    """A worker that gives plates back as they are."""

    def work(python: str, job: dict[str, Any], folder: str, say: Any) -> None:
        Path(job["result"]).parent.mkdir()
        for number in range(job["first"], job["last"] + 1):
            Path(job["result"] % number).write_bytes(Path(job["plate"] % number).read_bytes())

    return work


def no_timeline(resolve: Resolve) -> None:
    resolve.project.timeline = None


def no_clip(resolve: Resolve) -> None:
    timeline_of(resolve).playhead = START + 99


def loses(resolve: Resolve) -> None:
    resolve.project.loses = 1


def ours(resolve: Resolve) -> None:
    timeline_of(resolve).tracks[0].name = "TCVC"


def no_codec(resolve: Resolve) -> None:
    resolve.project.knows = {"dpx": {"RGB 16 bits": "RGB16"}}


def renders_sound(resolve: Resolve) -> None:
    del resolve.project.presets["H.264 Master"]


def shows_frames(resolve: Resolve) -> None:
    resolve.project.pool.shows_frames = True


def drops(resolve: Resolve) -> None:
    resolve.project.pool.drops = True


def marked(resolve: Resolve) -> None:
    timeline_of(resolve).marks = {"video": {"in": 0, "out": 7}}


@pytest.mark.parametrize(
    ("fault", "choices", "sentence"),
    [
        (no_timeline, {}, "There is no timeline: open one"),
        (no_clip, {}, "There is no clip: mark in and out"),
        (ours, {}, "The clip at the playhead is TCVC's own: switch its track off"),
        (marked, {"place": "take"}, "A take has the length of its clip: clear the marks"),
        (loses, {}, "Resolve rendered 3 of 4 pictures into .*: see the Deliver page"),
        (no_codec, {}, r"Resolve has no codec for dpx with 10; it has \['RGB 16 bits'\]"),
        (renders_sound, {}, "Resolve rendered 0 of 4 pictures"),
        (shows_frames, {}, "Resolve made 4 clips of .*: turn off Show Individual Frames"),
        (drops, {}, rf"Resolve did not put 4 frames at frame {START}, but \[\]: do it by hand from the bin TCVC"),
        (None, {"folder": "/no/such"}, "The folder for pictures is not there: /no/such"),
        (None, {"cuts": "edits of the timeline", "python": "/no/such"}, "The worker's Python '/no/such' cannot be"),
    ],
)
def test_trouble_is_one_sentence_and_leaves_resolve_as_it_was(
    resolve: Resolve, folder: Path, fault: Callable[[Resolve], None] | None, choices: dict[str, str], sentence: str
) -> None:
    script: Any = loaded()
    script.work = copied(script)
    before = state(resolve)
    if fault:
        fault(resolve)
    with pytest.raises(script.Trouble, match=sentence):
        script.colorize(resolve, {**script.CHOICES, "folder": str(folder), **choices}, print)
    if fault in (None, loses, shows_frames, drops):
        assert state(resolve) == before


@pytest.mark.parametrize("counts", [True, False])
def test_either_meaning_of_the_last_frame_places_the_clip_whole(resolve: Resolve, folder: Path, counts: bool) -> None:
    script: Any = loaded()
    script.work = copied(script)
    resolve.project.pool.end_counts = counts
    script.colorize(resolve, {**script.CHOICES, "folder": str(folder)}, print)
    assert [(item.start, item.length) for item in timeline_of(resolve).tracks[2].items] == [(START, 4)]


@pytest.mark.parametrize("mark", [0, START - 1, START, START + 7200])
def test_marks_count_from_the_timelines_start_however_long_it_is(resolve: Resolve, mark: int) -> None:
    """START is an hour: a mark 65 minutes into the timeline is a larger number than the timeline's own first frame."""
    timeline_of(resolve).marks = {"video": {"in": mark, "out": mark + 9}}
    assert loaded().marked(timeline_of(resolve)) == (START + mark, START + mark + 9)


def test_the_worker_gets_no_library_or_color_config_of_the_hosts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    script: Any = loaded()
    host = script.host_folder()
    monkeypatch.setenv("LD_LIBRARY_PATH", os.pathsep.join([os.path.join(host, "libs"), "/cluster/cuda"]))
    monkeypatch.setenv("LD_PRELOAD", os.path.join(host, "libs", "libown.so"))
    monkeypatch.setenv("OCIO", "/studio/config.ocio")
    made = script.environment()
    assert (made["LD_LIBRARY_PATH"], made["OCIO"]) == ("/cluster/cuda", "/studio/config.ocio")
    assert "LD_PRELOAD" not in made


def test_a_resolve_without_marks_renders_the_clip(
    resolve: Resolve, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Timeline, "GetMarkInOut")
    monkeypatch.setattr(fake.Strict, "absent", frozenset({"GetMarkInOut"}))
    script: Any = loaded()
    assert script.marked(timeline_of(resolve)) is None
    assert script.chosen(timeline_of(resolve), "take")[:2] == (START, START + 3)


def test_a_worker_that_fails_tells_why(folder: Path) -> None:
    script: Any = loaded()
    job = {"protocol": 1, "cancel": ""}
    with pytest.raises(script.Trouble, match=r"The worker failed: .*job\.json: plate: expected a value, got none"):
        script.work(sys.executable, job, str(folder), print)
    (folder / "python").write_text("#!/bin/sh\necho no such module >&2\nexit 3\n")
    (folder / "python").chmod(0o755)
    with pytest.raises(script.Trouble, match="The worker failed: no such module"):
        script.work(str(folder / "python"), job, str(folder), print)
    (folder / "python").write_text("#!/bin/sh\nexit 2\n")
    with pytest.raises(script.Trouble, match="The work was cancelled"):
        script.work(str(folder / "python"), job, str(folder), print)


# What is checked against the API


def test_the_stand_in_has_resolves_methods_alone() -> None:
    spec = importlib.util.find_spec("fusionscript-stubs")
    assert spec
    assert spec.submodule_search_locations
    tree = ast.parse(Path(spec.submodule_search_locations[0], "fusionscript.pyi").read_text(encoding="utf-8"))
    known = {node.name: {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
             for node in tree.body if isinstance(node, ast.ClassDef)}  # fmt: skip
    for each in fake.Strict.__subclasses__():
        ours = {name for name, _ in inspect.getmembers(each, inspect.isfunction) if name[0].isupper()}
        assert ours
        assert ours <= known[each.__name__]


def test_the_script_fits_resolves_types(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(SCRIPT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_script_imports_the_standard_library_alone() -> None:
    nodes = list(ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    outside = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert outside == {"fusionscript"}  # for the type checker


RUN_ELSEWHERE = """
import runpy, sys
script = runpy.run_path(sys.argv[1])
assert script["codec_of"]({"RGB 10 bits": "RGB10", "RGBA 10 bits": "RGBA10"}, "dpx", ("10",)) == "RGB10"
folder = script["new_folder"](sys.argv[2], "a/b", script["Stretch"](1, 2, None, []))
try:
    script["work"](sys.argv[3], {"cancel": ""}, folder, print)
except script["Trouble"] as trouble:
    print(trouble)
"""


@pytest.mark.parametrize("python", list(pythons(7)))
def test_the_script_runs_in_every_python_of_resolve(python: str, folder: Path) -> None:
    (folder / "worker").write_text('#!/bin/sh\necho \'{"event": "error", "msg": "no weights"}\'\nexit 1\n')
    (folder / "worker").chmod(0o755)
    command = [python, "-c", RUN_ELSEWHERE, str(SCRIPT), str(folder), str(folder / "worker")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines()[-1:], done.stderr) == (["The worker failed: no weights"], "")


# The free edition


SANDBOX = """io, require, package, ffi, debug, dofile, loadfile = nil
os.execute, os.remove, os.rename, os.tmpname, os.exit, os.getenv = nil
print = function() end"""


class Bridge:
    """A thing of Resolve as Lua sees it: called with a colon, tables in and out."""

    def __init__(self, lua: Any, thing: Any) -> None:
        self._lua, self._thing = lua, thing

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._thing, name)
        if not inspect.ismethod(value):
            return value
        return lambda me, *given: self._to_lua(value(*map(self._to_python, given)))

    def _to_lua(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._lua.table_from({key: self._to_lua(each) for key, each in value.items()})
        if isinstance(value, list | tuple):
            return self._lua.table_from([self._to_lua(each) for each in value])
        return Bridge(self._lua, value) if isinstance(value, fake.Strict) else value

    def _to_python(self, value: Any) -> Any:
        if isinstance(value, Bridge):
            return value._thing
        if lupa.lua51.lua_type(value) != "table":
            return value
        pairs = {key: self._to_python(each) for key, each in value.items()}
        return list(pairs.values()) if set(pairs) == set(range(1, len(pairs) + 1)) else pairs


def lua(resolve: Resolve, name: str, folder: Path, plate: str = '"dpx", "10"') -> None:
    """Start a script as the free edition does. plate: what its second line names."""
    runtime = lupa.lua51.LuaRuntime(unpack_returned_tuples=True)
    runtime.execute(SANDBOX)
    lua_globals = runtime.globals()
    lua_globals.resolve = Bridge(runtime, resolve)
    lua_globals.bmd = runtime.table_from(
        {"wait": lambda seconds: None, "fileexists": os.path.isfile, "direxists": os.path.isdir}
    )
    text = (FILES / name).read_text(encoding="utf-8")
    text = text.replace('= "dpx", "10"', f"= {plate}", 1)
    runtime.execute(text.replace("local FOLDER = [[]]", f"local FOLDER = [[{folder.as_posix()}]]", 1))


def marker_of(resolve: Resolve) -> dict[str, Any]:
    (marker,) = timeline_of(resolve).markers.values()
    return marker


def watch(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "vs_tcvc", "resolve-watch", str(folder), "--once", "--size", "64", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_watcher_ends_with_130_on_ctrl_c(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vs_tcvc", "resolve-watch", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as watcher:
        assert watcher.stderr is not None
        watcher.stderr.readline()
        watcher.send_signal(signal.SIGINT)
        assert re.fullmatch(rb"tcvc( resolve-watch)?: interrupted\n", watcher.stderr.read())
    assert watcher.returncode == 130


def test_send_watch_receive(resolve: Resolve, folder: Path) -> None:
    timeline = timeline_of(resolve)
    timeline.marks = {"video": {"in": 2, "out": 6}}
    before = state(resolve)
    lua(resolve, "TCVC Send.lua", folder)
    assert marker_of(resolve)["note"] == "Sent as tcvc1_2_5: run TCVC Receive when it is coloured."
    assert state(resolve) == before
    lua(resolve, "TCVC Receive.lua", folder)
    assert marker_of(resolve)["note"] == "tcvc1_2_5 is not coloured yet: is tcvc resolve-watch running?"
    said = watch(folder, "--edits")
    assert f"local FOLDER = [[{folder.as_posix()}]]" in said
    assert "tcvc1_2_5 is coloured" in said
    lua(resolve, "TCVC Receive.lua", folder)
    assert (marker_of(resolve)["color"], marker_of(resolve)["note"]) == ("Green", "tcvc1_2_5 is on the new track TCVC.")
    (item,) = timeline.tracks[2].items
    assert (timeline.tracks[2].name, item.start, item.length) == ("TCVC", START + 2, 5)
    assert luma_error(timeline.tracks[0].items[0].clip.picture(2), item.clip.picture(0)) < 1.5
    assert state(resolve) == before
    lua(resolve, "TCVC Receive.lua", folder)
    assert len(timeline.tracks) == 3


def test_what_cannot_be_colored_is_told_in_the_timeline(resolve: Resolve, folder: Path) -> None:
    lua(resolve, "TCVC Send.lua", folder)
    timeline_of(resolve).markers.clear()
    next(folder.rglob("*.dpx")).unlink()
    lua(resolve, "TCVC Send.lua", folder)
    assert "tcvc1_0_4: " in watch(folder, "--colorspace", "unheard of")
    assert "expected 4 rendered pictures of one kind, found 3" in (folder / "tcvc1_0_4.failed").read_text()
    assert "expected one of" in (folder / "tcvc2_0_4.failed").read_text()
    lua(resolve, "TCVC Receive.lua", folder)
    assert marker_of(resolve)["note"].startswith("tcvc2_0_4 was not coloured: the reason stands in")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (no_clip, "There is no clip: mark in and out, or put the playhead on a clip."),
        (ours, "The clip at the playhead is TCVC's own: switch its track off."),
        (no_codec, "Resolve did not render dpx, or did not export the timeline."),
    ],
)
def test_what_cannot_be_sent_is_told_in_the_timeline(
    resolve: Resolve, folder: Path, fault: Callable[[Resolve], None], sentence: str
) -> None:
    fault(resolve)
    lua(resolve, "TCVC Send.lua", folder)
    assert (marker_of(resolve)["color"], marker_of(resolve)["note"]) == ("Red", sentence)
    lua(resolve, "TCVC Send.lua", folder / "no such")
    assert len(timeline_of(resolve).markers) == 1


def test_a_scene_linear_plate_is_sent_without_loss(resolve: Resolve, folder: Path) -> None:
    before = state(resolve)
    lua(resolve, "TCVC Send.lua", folder, '"exr", "half"')
    assert state(resolve) == before
    assert marker_of(resolve)["customData"] == f"tcvc|{folder.as_posix()}|tcvc1_0_4|exr"
    assert len(list(folder.rglob("*.exr"))) == 4


@pytest.mark.parametrize("fault", [shows_frames, drops])
def test_what_cannot_be_received_is_told_in_the_timeline(
    resolve: Resolve, folder: Path, fault: Callable[[Resolve], None]
) -> None:
    lua(resolve, "TCVC Send.lua", folder)
    color = folder / "tcvc1_0_4" / "colour"
    color.mkdir()
    for number, plate in enumerate(sorted(folder.rglob("*.dpx"))):
        plate.rename(color / f"colour_{number:06d}.dpx")
    (folder / "tcvc1_0_4.done").touch()
    fault(resolve)
    lua(resolve, "TCVC Receive.lua", folder)
    assert marker_of(resolve)["color"] == "Red"
    assert resolve.project.pool.current.name == "rushes"
    resolve.project.pool.shows_frames = resolve.project.pool.drops = False
    resolve.project.pool.end_counts = False
    lua(resolve, "TCVC Receive.lua", folder)
    assert marker_of(resolve)["color"] == ("Green" if fault is shows_frames else "Red")
