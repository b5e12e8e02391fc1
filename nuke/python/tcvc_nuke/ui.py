"""The node's buttons, the menu, and callbacks when a node is created or its panel opens."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nuke

from tcvc_nuke import Failed, bake, cache, farm, knobs, launch, upstream
from tcvc_nuke.knobs import value

TOOLSET = Path(__file__).parents[2] / "toolsets" / "TCVC_Colorize.nk"
STALE = "STALE"


def install() -> None:
    """Add the menu and listen to nodes."""
    menu: Any = nuke.toolbar("Nodes")
    menu.addMenu("TCVC", icon="TCVC.png").addCommand("Colorize", create, icon="TCVC.png")
    nuke.addOnCreate(on_create, nodeClass="Group")
    nuke.addKnobChanged(on_knob_changed, nodeClass="Group")


def create() -> None:
    """A new node, for the range of the script."""
    node = nuke.loadToolset(TOOLSET.as_posix())
    if node is not None:
        for knob in ("first_frame", "last_frame"):
            node[knob].setValue(int(value(nuke.root(), knob)))


def press(button: str) -> None:
    """Handle a button of this node; errors that the user can fix are shown on the node and in a message."""
    node = nuke.thisNode()
    try:
        BUTTONS[button](node)
    except (Failed, OSError) as error:
        bake.say(node, f"FAILED: {error}", bake.BROKEN)
        if nuke.GUI:
            nuke.message(str(error))
    refresh(node)


def on_create() -> None:
    """A loaded node is idle; a copied one gets its own cache."""
    node = nuke.thisNode()
    if node.knob("plugin_version") is None:
        return
    node["running"].setValue(False)
    others = (each for each in nuke.allNodes("Group", recurseGroups=True) if each.fullName() != node.fullName())
    if any(each.knob("job_id") and value(each, "job_id") == value(node, "job_id") for each in others):
        node["job_id"].setValue("")
    refresh(node)


def on_knob_changed() -> None:
    """Check whether the bake is stale when a panel opens or an input changes."""
    if nuke.thisKnob().name() in ("showPanel", "inputChange") and nuke.thisNode().knob("plugin_version"):
        refresh(nuke.thisNode())


def refresh(node: nuke.Node) -> None:
    """Mark a node whose bake is of another plate than the current one."""
    baked_from, label = value(node, "upstream_hash"), node["label"]
    if label.value() in ("", STALE):
        label.setValue(STALE if baked_from and baked_from != upstream.digest(node) else "")


def range_from_input(node: nuke.Node) -> None:
    """The range of the plate."""
    plate: Any = node.input(0)
    if plate is None:
        raise Failed("plate: expected an input, got none; connect one")
    node["first_frame"].setValue(int(plate.frameRange().first()))
    node["last_frame"].setValue(int(plate.frameRange().last()))


def ref_add_current(node: nuke.Node) -> None:
    """The current frame is one that was painted."""
    frames = {*knobs.numbers(node, "ref_frames"), int(nuke.frame())}
    node["ref_frames"].setValue(",".join(map(str, sorted(frames))))


def edl_import(node: nuke.Node) -> None:
    """Cuts of an edit list, as frames of the script; an EDL has no frame rate, so the script's is used."""
    python, file = launch.interpreter(value(node, "worker_python")), value(node, "edl_file")
    first, rate = str(knobs.clip(node)[0]), f"{value(nuke.root(), 'fps'):g}"
    cuts, said = launch.ask(python, "cuts", file, "--first", first, "--rate", rate)
    node["cuts"].setValue(cuts)
    bake.say(node, "\n".join([f"cuts within the clip: {knobs.cuts(node)}", *said]))


def create_read(node: nuke.Node) -> None:
    """A Read of the baked chroma beside the node; a button runs inside the group, so step out."""
    with node.parent():
        read = nuke.createNode("Read", inpanel=False)
    for knob in ("raw", "before", "after", "on_error"):
        read[knob].setValue(bake.inner(node, "Chroma")[knob].value())
    bake.show_chroma(read, knobs.job(node, cache.folder(node)))
    read.setXYpos(node.xpos() + 120, node.ypos())


def open_cache(node: nuke.Node) -> None:
    """Show the folder of the version."""
    webbrowser.open(cache.folder(node).as_uri())


def version_up(node: nuke.Node) -> None:
    """Start a new version; the old result is shown until it is baked."""
    node["version"].setValue(int(value(node, "version")) + 1)
    bake.say(node, f"version {int(value(node, 'version'))} is not baked yet")


def clear_cache(node: nuke.Node) -> None:
    """Delete the version's folder, after a question."""
    if not nuke.GUI or nuke.ask(f"Delete {cache.folder(node)}?"):
        bake.say(node, cache.clear(node))


def worker_test(node: nuke.Node) -> None:
    """The version that the worker has."""
    bake.say(node, launch.ask(launch.interpreter(value(node, "worker_python")), "--version")[0])


def farm_submit(node: nuke.Node) -> None:
    """Write the template; the farm renders the plate, so the node's Write is enabled there."""
    folder = cache.folder(node)
    job = knobs.job(node, folder)
    bake.write_references(node, folder, job)
    bake.inner(node, "PlateWrite")["file"].setValue(job["plate"])
    bake.show_chroma(bake.inner(node, "Chroma"), job)
    node["run_mode"].setValue("farm")
    node["upstream_hash"].setValue(upstream.digest(node))
    python = launch.interpreter(value(node, "worker_python"))
    path = farm.write(folder, job, node.fullName(), value(nuke.root(), "name"), python)
    bake.say(node, f"save the script, then submit {path} ({len(farm.shots(job))} shots)")


def colorize(node: nuke.Node) -> None:
    """Here or on a farm."""
    (farm_submit if value(node, "run_mode") == "farm" else bake.colorize)(node)


BUTTONS: dict[str, Callable[[nuke.Node], None]] = {
    each.__name__: each
    for each in (
        range_from_input, ref_add_current, edl_import, colorize, bake.resume, bake.cancel, create_read, open_cache,
        version_up, clear_cache, worker_test, farm_submit,
    )
}  # fmt: skip
