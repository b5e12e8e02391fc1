"""Rendering on a farm: an Open Job Description template of three steps, plate, shots and comp.

Plates and comp are split into chunks of frames; colour is rendered shot by shot, since it propagates through a shot.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHUNK = 10
"""Frames of a task of Nuke."""


def shots(job: dict[str, Any]) -> list[tuple[int, int]]:
    """First and last frame of each shot; the whole clip if cuts are to be detected."""
    is_list = job["cuts"] not in ("auto", "none")
    listed = {int(cut) for cut in job["cuts"].split(",")} if is_list else set()
    firsts = sorted({job["first"], *listed})
    return list(zip(firsts, [first - 1 for first in firsts[1:]] + [job["last"]]))


def write(folder: Path, job: dict[str, Any], node: str, script: str, python: str) -> Path:
    """Write a job file for each shot and the template beside them, whose path is returned."""
    for first, last in shots(job):
        text = json.dumps({**job, "frames": [first, last], "cancel": ""}, indent=1)
        (folder / f"job.{first}-{last}.json").write_text(text, encoding="utf-8")
    path = folder / "farm.json"
    path.write_text(json.dumps(template(folder, job, node, script, python), indent=1), encoding="utf-8")
    return path


def template(folder: Path, job: dict[str, Any], node: str, script: str, python: str) -> dict[str, Any]:
    """The template. node: full name of the node in `script`; python: the one that has vs-tcvc installed."""
    parameters = {
        "Python": python,
        "Nuke": "nuke",
        "Script": script,
        "CompWrite": "Write1",
        "Folder": folder.as_posix(),
    }
    shot_names = [f"{first}-{last}" for first, last in shots(job)]
    one_shot = {"name": "Shot", "type": "STRING", "range": shot_names}
    job_file = "{{Param.Folder}}/job.{{Task.Param.Shot}}.json"
    worker = ["-m", "vs_tcvc", "worker", "--openjd", "--job", job_file]
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "extensions": ["TASK_CHUNKING"],
        "name": f"TCVC {job['id']}",
        "parameterDefinitions": [
            {"name": name, "type": "STRING", "default": default} for name, default in parameters.items()
        ],
        "steps": [
            _step("Plate", _frames(job), "{{Param.Nuke}}", _nuke(f"{node}.PlateWrite"), ""),
            _step("Colorize", one_shot, "{{Param.Python}}", worker, "Plate"),
            _step("Comp", _frames(job), "{{Param.Nuke}}", _nuke("{{Param.CompWrite}}"), "Colorize"),
        ],
    }


def _nuke(write: str) -> list[str]:
    return ["-X", write, "-F", "{{Task.Param.Frames}}", "{{Param.Script}}"]


def _frames(job: dict[str, Any]) -> dict[str, Any]:
    chunks = {"defaultTaskCount": CHUNK, "rangeConstraint": "CONTIGUOUS"}
    return {"name": "Frames", "type": "CHUNK[INT]", "range": f"{job['first']}-{job['last']}", "chunks": chunks}


def _step(name: str, parameter: dict[str, Any], command: str, arguments: list[str], after: str) -> dict[str, Any]:
    run = {"command": command, "args": arguments, "cancelation": {"mode": "NOTIFY_THEN_TERMINATE"}}
    step: dict[str, Any] = {
        "name": name,
        "parameterSpace": {"taskParameterDefinitions": [parameter]},
        "script": {"actions": {"onRun": run}},
    }
    return {**step, "dependencies": [{"dependsOn": after}]} if after else step
