"""The files of the Nuke plug-in: the .nk, what the plug-in is made of, the Pythons it runs in, the farm, installing."""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path

import nuke_fake
import pytest
from nuke_desk import FIRST, LAST, ROOT, TOOLSET, Desk, chroma_of, inner, knobs, script, session
from nuke_fake import Group, Host
from pythons import pythons

from vs_tcvc.cli import install_hosts
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime import host_files
from vs_tcvc.sequences import done_frames, job, worker
from vs_tcvc.sequences.events import ProtocolLines
from vs_tcvc.settings import NUKE

KNOBS = {
    "String_Knob": "ref_frames cuts device working_space job_id upstream_hash plugin_version",
    "File_Knob": "ref_file edl_file project cache_dir worker_python ocio_config",
    "Int_Knob": "first_frame last_frame version size",
    "Enumeration_Knob": "ref_mode output model run_mode",
    "Boolean_Knob": "cuts_detect gamut_limit running",
    "Double_Knob": "saturation mix exposure",
    "Color_Knob": "luma_weights",
    "Tab_Knob": "tcvc tcvc_cache tcvc_worker tcvc_colour",
    "PyScript_Knob": "range_from_input ref_add_current edl_import colorize resume cancel create_read open_cache "
                     "version_up clear_cache worker_test farm_submit",
    "Text_Knob": "status",
}  # fmt: skip
GRAPH = {  # node: its inputs
    "plate": "", "ref": "", "mask": "", "RefWrite": "ref", "PlateWrite": "plate", "Chroma": "",
    "Recombine": "plate Chroma", "NoMask": "plate", "MaskSwitch": "NoMask mask", "Mix": "plate Recombine MaskSwitch",
    "Result": "Mix Chroma plate", "Output1": "Result",
}  # fmt: skip


@pytest.fixture
def plugin() -> Iterator[None]:
    """The plug-in as Nuke finds it."""
    with session():
        yield


def load(tmp_path: Path, text: str) -> Group:
    """The node of a script."""
    (node,) = Host(tmp_path / "shot.nk", lambda *_: None).load(text)
    assert isinstance(node, Group)
    return node


# The .nk


def test_the_toolset_is_made_from_the_settings() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "nuke_node.py")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert TOOLSET.read_text() == made


def test_the_node_has_just_these_knobs(tmp_path: Path) -> None:
    node = load(tmp_path, TOOLSET.read_text())
    own = {name: knob.Class() for name, knob in node.knobs().items() if name not in nuke_fake.EVERYWHERE}
    assert own == {name: kind for kind, names in KNOBS.items() for name in names.split()}


def test_the_graph_has_just_these_nodes_and_arrows(tmp_path: Path) -> None:
    node = load(tmp_path, TOOLSET.read_text())
    inputs = {each.name(): [each.input(index) for index in range(each.inputs())] for each in node.nodes()}
    assert {name: " ".join(each.name() for each in found if each) for name, found in inputs.items()} == GRAPH


def test_every_button_is_answered_and_has_a_text(plugin: None, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert set(desk.ui.BUTTONS) == set(KNOBS["PyScript_Knob"].split())
    for name in desk.ui.BUTTONS:
        assert desk.node[name].script == f"import tcvc_nuke; tcvc_nuke.press('{name}')"


def test_a_script_with_a_broken_brace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(tkinter.TclError):
        load(tmp_path, TOOLSET.read_text().replace("end_group", "{"))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("Keymix {", "KeyMix {", RuntimeError),
        ("maskChannel", "maskchannel", NameError),
        ("bbox B", "bbox C", TypeError),
        ("on_error black", "on_error read_input", TypeError),
        ("first_frame 1001", "first_frame one", ValueError),
        ("+INVISIBLE", "+INVISBLE", RuntimeError),
    ],
)
def test_the_small_nuke_refuses_what_nuke_does_not_know(
    tmp_path: Path, old: str, new: str, error: type[Exception]
) -> None:
    text = TOOLSET.read_text().replace("bbox B", "bbox B\n  maskChannel rgba.alpha")
    assert old in text
    with pytest.raises(error):
        load(tmp_path, text.replace(old, new))


def test_the_small_nuke_lets_its_main_thread_alone_touch_it(tmp_path: Path) -> None:
    host = Host(tmp_path / "shot.nk", lambda *_: None)
    (node,) = host.load(TOOLSET.read_text())
    calls: list[Callable[[], object]] = [
        lambda: node["status"].value(), lambda: node["status"].setValue("a"),
        lambda: host.nuke.createNode("Read"), lambda: host.nuke.execute(node, 1, 1, 1),
    ]  # fmt: skip
    failed: list[str] = []

    def touch() -> None:
        for call in calls:
            with pytest.raises(RuntimeError) as error:
                call()
            failed.append(str(error.value))

    thread = threading.Thread(target=touch)
    thread.start()
    thread.join()
    assert failed == ["Nuke was touched by another thread than its main one"] * len(calls)
    with pytest.raises(RuntimeError, match="from the main thread"):
        host.nuke.executeInMainThread(print)
    with pytest.raises(AttributeError):
        _ = host.nuke.scriptSave


def test_a_render_all_passes_over_the_writes_of_a_node_at_rest(tmp_path: Path) -> None:
    node = load(tmp_path, TOOLSET.read_text())
    rests = [inner(node, name)["disable"].value() for name in ("PlateWrite", "RefWrite")]
    node["run_mode"].setValue("farm")
    on_farm = [inner(node, name)["disable"].value() for name in ("PlateWrite", "RefWrite")]
    assert (rests, on_farm) == ([True, True], [False, True])


# What the plug-in is made of


def test_the_plugin_needs_the_standard_library_alone_and_no_later_python_than_3_9() -> None:
    files = sorted((ROOT / "nuke").rglob("*.py"))
    assert len(files) >= 10
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(), feature_version=(3, 9))):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                name = str(module).partition(".")[0]
                assert name in sys.stdlib_module_names or name in ("nuke", "tcvc_nuke"), f"{path}: {module}"


def test_host_and_worker_agree(plugin: None, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.ui.knobs.PROTOCOL == job.PROTOCOL
    assert desk.ui.cache.MARKER == done_frames.MARKER
    other_knobs = {"project", "reference", "cuts", "saturation"}
    assert {*desk.ui.knobs.SETTINGS} | other_knobs == {option.name for option in NUKE.options()}


def test_no_folder_on_nukes_path_hides_nuke_itself() -> None:
    assert [path for path in (ROOT / "nuke").rglob("nuke*") if path.suffix in ("", ".py")] == []


# The Pythons of Nuke 14 to 17, and the newest

STAND_IN = """
import json, sys
job = json.load(open(sys.argv[-1]))
print("a library that prints", flush=True)
for frame in range(1, 4):
    print(json.dumps({"event": "progress", "frame": frame, "done": frame, "total": 3, "ms": 1.5}))
print(json.dumps({"event": "done", "frames": 3, "params": "p", "weights": [0.25, 0.5, 0.25]}))
"""


@pytest.mark.parametrize("python", list(pythons(9)))
def test_a_node_is_baked_in_every_python(python: str, tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(STAND_IN)
    stand_in = script(tmp_path / "worker", f'exec "{python}" "{tmp_path / "worker.py"}" "$@"')
    command = [python, "-IB", "-X", "utf8", "-W", "error", "-c",
               f"import sys; sys.path.insert(0, {str(ROOT / 'tests' / 'helpers')!r}); import nuke_bake; "
               "nuke_bake.main(*sys.argv[1:])", str(tmp_path), stand_in]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    said, submitted = done.stdout.splitlines()
    assert said == "done: 3 frames are coloured"
    assert re.fullmatch(r"save the script, then submit .*farm\.json \(3 shots\)", submitted)


# The farm


def test_a_farm_makes_what_one_process_makes(plugin: None, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    knobs(desk.node, cuts=f"{FIRST + 2},{FIRST + 4}", run_mode="farm")
    assert "(3 shots)" in desk.press("colorize")
    template = desk.chroma(FIRST).parents[1] / "farm.json"
    desk.host.nuke.execute(inner(desk.node, "PlateWrite"), FIRST, LAST, 1)
    stub = script(tmp_path / "nuke", f'echo "$@" >> "{tmp_path / "asked"}"')
    openjd = Path(sys.executable).with_name("openjd")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    options = ["--step", "Comp", "--run-dependencies", "--extensions", "TASK_CHUNKING", "-p", f"Nuke={stub}"]
    ran = subprocess.run([openjd, "run", template, *options], capture_output=True, text=True, env=clean, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked == [f"-X TCVC_Colorize1.PlateWrite -F {FIRST}-{LAST} {desk.host.root['name'].value()}",
                     f"-X Write1 -F {FIRST}-{LAST} {desk.host.root['name'].value()}"]  # fmt: skip
    assert ran.stdout.count("openjd_progress: 100.0") == 3
    by_farm = [chroma_of(desk.node, frame).read_bytes() for frame in range(FIRST, LAST + 1)]
    shutil.rmtree(desk.chroma(FIRST).parent)
    whole = {**json.loads((template.parent / f"job.{FIRST}-{FIRST + 1}.json").read_text()), "frames": []}
    assert worker.work(lambda: job.Job.from_dictionary(whole), ProtocolLines(io.StringIO()), threading.Event()) == 0
    assert [chroma_of(desk.node, frame).read_bytes() for frame in range(FIRST, LAST + 1)] == by_farm


@pytest.mark.parametrize(
    ("cuts", "shots"),
    [("auto", [(1, 9)]), ("none", [(1, 9)]), ("4,7", [(1, 3), (4, 6), (7, 9)]), ("7,1,4", [(1, 3), (4, 6), (7, 9)])],
)
def test_a_shot_goes_from_cut_to_cut(plugin: None, tmp_path: Path, cuts: str, shots: list[tuple[int, int]]) -> None:
    assert Desk(tmp_path).ui.farm.shots({"first": 1, "last": 9, "cuts": cuts}) == shots


# Installing


def install(host: str, capsys: pytest.CaptureFixture[str], **flags: bool) -> str:
    """What the command printed."""
    arguments = argparse.Namespace(host=host, **{"user": False, "uninstall": False, **flags})
    assert install_hosts.run(arguments) == 0
    return capsys.readouterr().out


def test_nuke_gets_one_line_which_goes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    file = tmp_path / ".nuke" / "init.py"
    file.parent.mkdir()
    file.write_text("import mine")
    for _ in range(2):
        assert str(file) in install("nuke", capsys, user=True)
    mine, ours = file.read_text().splitlines()
    assert mine == "import mine"
    added: list[str] = []
    monkeypatch.setitem(sys.modules, "nuke", argparse.Namespace(pluginAddPath=added.append))
    monkeypatch.delenv("TCVC_PYTHON", raising=False)
    exec(ours)
    assert (added, os.environ.pop("TCVC_PYTHON")) == ([host_files.folder("nuke").as_posix()], sys.executable)
    install("nuke", capsys, user=True, uninstall=True)
    assert file.read_text() == "import mine\n"


def test_without_user_nuke_is_only_advised(capsys: pytest.CaptureFixture[str]) -> None:
    assert install("nuke", capsys).splitlines() == [
        f"add to NUKE_PATH: {ROOT / 'nuke'}", f"and set TCVC_PYTHON: {sys.executable}"
    ]  # fmt: skip
    assert install("nuke", capsys, uninstall=True) == f"remove {ROOT / 'nuke'} from NUKE_PATH\n"


def test_resolve_gets_its_scripts_which_go_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "TCVC Colorize.py").write_text("resolve")
    (tmp_path / "files" / "README.md").touch()
    monkeypatch.setattr(host_files, "folder", lambda _: tmp_path / "files")
    place = tmp_path / ".local/share/DaVinciResolve/Fusion/Scripts/Utility"
    assert install("resolve", capsys, user=True) == f"{place / 'TCVC Colorize.py'}: written\n"
    assert [path.name for path in place.iterdir()] == ["TCVC Colorize.py"]
    install("resolve", capsys, user=True, uninstall=True)
    assert list(place.iterdir()) == []


def test_what_cannot_be_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".nuke").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        install_hosts.run(argparse.Namespace(host="nuke", user=True, uninstall=False))
    monkeypatch.setattr(host_files, "folder", lambda _: tmp_path / "none")
    with pytest.raises(UsageError, match="install vs-tcvc again"):
        install_hosts.run(argparse.Namespace(host="nuke", user=True, uninstall=False))


def test_every_host_of_the_checkout_has_its_folder() -> None:
    assert {host: host_files.folder(host) for host in host_files.SOURCES} == {
        "nuke": ROOT / "nuke", "resolve": ROOT / "plugins/resolve", "vapoursynth": ROOT / "plugins/vapoursynth"
    }  # fmt: skip
