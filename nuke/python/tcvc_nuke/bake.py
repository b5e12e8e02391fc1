"""Plate out, colour in: the node renders its input, a worker colours it, the node reads the result.

Nuke is used only on its main thread. With a user interface a thread follows the worker; without one, we wait for it.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import nuke

from tcvc_nuke import Failed, cache, knobs, launch, upstream
from tcvc_nuke.knobs import value

IDLE, WORKING, BROKEN = 0, 0x2A5F9EFF, 0xA03030FF
"""Colours of the node's tile."""

WORKERS: dict[str, launch.Worker] = {}
"""Running workers, by `job_id`."""


def colorize(node: nuke.Node) -> None:
    """Render the plate again and colour it."""
    bake(node, is_fresh=True)


def resume(node: nuke.Node) -> None:
    """Keep the plates if nothing upstream has changed, and the frames that are done with these settings."""
    bake(node, is_fresh=False)


def cancel(node: nuke.Node) -> None:
    """Stop after the current frame."""
    worker = WORKERS.get(value(node, "job_id"))
    if worker is None:
        raise Failed("no worker is running for this node")
    worker.cancel()
    say(node, "stopping after the current frame")


def bake(node: nuke.Node, is_fresh: bool) -> None:
    """Render the plate, then start the worker. Raises Failed if either cannot start."""
    if value(node, "job_id") in WORKERS:
        raise Failed("a worker is already running for this node; wait or press Cancel")
    python = launch.interpreter(value(node, "worker_python"))
    folder = cache.folder(node)
    job = knobs.job(node, folder)
    render(node, folder, job, is_fresh)
    show_chroma(inner(node, "Chroma"), job)
    worker = WORKERS[job["id"]] = launch.Worker(python, folder, job)
    say(node, "starting", WORKING)
    if nuke.GUI:
        threading.Thread(target=_follow, args=(node, worker, job), daemon=True).start()
    else:
        _end(node, job, *worker.follow(lambda event: _show(node, event)))


def render(node: nuke.Node, folder: Path, job: dict[str, Any], is_fresh: bool) -> None:
    """Render plates and painted pictures from the inputs. Raises Failed if Nuke cannot render them."""
    digest = upstream.digest(node)
    if is_fresh or cache.rendered(folder) != digest:
        cache.set_rendered(folder, "")
        write(node, "PlateWrite", job["plate"], [(job["first"], job["last"])])
        write_references(node, folder, job)
        cache.set_rendered(folder, digest)
    node["upstream_hash"].setValue(digest)


def write_references(node: nuke.Node, folder: Path, job: dict[str, Any]) -> None:
    """Render the painted pictures of the input `ref`, if they come from it."""
    if value(node, "ref_mode") == "input":
        frames = [(each["frame"], each["frame"]) for each in job["references"]]
        write(node, "RefWrite", (folder / "ref" / "ref.%04d.exr").as_posix(), frames)


def write(node: nuke.Node, name: str, file: str, ranges: list[tuple[int, int]]) -> None:
    """Render ranges of frames by a Write of the group, at full size."""
    proxy = nuke.root()["proxy"]
    is_proxy = proxy.value()
    inner(node, name)["file"].setValue(file)
    node["running"].setValue(True)
    proxy.setValue(False)
    try:
        for first, last in ranges:
            nuke.execute(inner(node, name), first, last, 1)
    except RuntimeError as error:
        raise Failed(f"{name}: {error}") from None
    finally:
        proxy.setValue(is_proxy)
        node["running"].setValue(False)


def show_chroma(read: nuke.Node, job: dict[str, Any]) -> None:
    """Let a Read show the result of a job."""
    found: Any = read
    found["file"].setValue(job["result"])
    for end in ("first", "last"):
        found[end].setValue(job[end])
        found[f"orig{end}"].setValue(job[end])
    found["reload"].execute()


def inner(node: nuke.Node, name: str) -> nuke.Node:
    """A node of the group."""
    found = node.node(name) if isinstance(node, nuke.Group) else None
    if found is None:
        raise Failed(f"{node.name()} has lost its {name}; create a new node and copy the knobs")
    return found


def say(node: nuke.Node, text: str, tile: int = IDLE) -> None:
    """Show a sentence in the node's panel, and set the tile's colour."""
    node["status"].setValue(text)
    node["tile_color"].setValue(tile)


def _follow(node: nuke.Node, worker: launch.Worker, job: dict[str, Any]) -> None:
    """In a thread: let the main thread show what happens."""
    nuke.executeInMainThread(_end, args=(node, job, *_with_bar(node, worker)))


def _with_bar(node: nuke.Node, worker: launch.Worker) -> tuple[int, str]:
    """Show a progress bar that can be cancelled until the worker ends; returns how it ended."""
    bar: Any = nuke.ProgressTask("TCVC")
    is_cancelled = False

    def tell(event: dict[str, Any]) -> None:
        nonlocal is_cancelled
        if event.get("event") == "progress":
            bar.setMessage(f"frame {event['frame']}")
            bar.setProgress(100 * event["done"] // event["total"])
        if bar.isCancelled() and not is_cancelled:
            is_cancelled = True
            worker.cancel()
        nuke.executeInMainThread(_show, args=(node, event))

    return worker.follow(tell)


def _show(node: nuke.Node, event: dict[str, Any]) -> None:
    """What an event says, on the node."""
    kind = event.get("event")
    if kind == "progress":
        say(node, f"{event['done']} of {event['total']} frames, {event['ms']:.0f} ms each", WORKING)
    if kind == "done":
        node["luma_weights"].setValue(event["weights"])
    if kind in ("done", "cancelled"):
        node["status"].setValue(f"{kind}: {event['frames']} frames are coloured")


def _end(node: nuke.Node, job: dict[str, Any], code: int, reason: str) -> None:
    """The worker has ended: show the result."""
    del WORKERS[job["id"]]
    show_chroma(inner(node, "Chroma"), job)
    if code in (launch.DONE, launch.CANCELLED):
        node["tile_color"].setValue(IDLE)
    else:
        say(node, f"FAILED: {reason}", BROKEN)
