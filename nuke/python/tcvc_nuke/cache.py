"""The cache of bakes: `<cache_dir>/<job_id>/v001`, a folder that is marked as ours and deleted only if marked."""

from __future__ import annotations

import re
import shutil
import uuid
from pathlib import Path

import nuke

from tcvc_nuke import Failed
from tcvc_nuke.knobs import value

MARKER = ".tcvc-cache"
"""The file that marks our folders; the worker writes it too."""

RENDERED = ".rendered"


def folder(node: nuke.Node) -> Path:
    """The folder of the node's version, created if missing. Raises Failed if it cannot be created."""
    if not value(node, "job_id"):
        node["job_id"].setValue(f"{node.name()}_{uuid.uuid4().hex[:8]}")
    path: Path = Path(value(node, "cache_dir")) / value(node, "job_id") / f"v{int(value(node, 'version')):03d}"
    if not path.is_absolute() or re.search(r"[][$%#{}\\]", path.as_posix()):
        raise Failed(f"cache_dir: expected a full path without [ ] {{ }} $ % # \\, got {path}; save the script first")
    for each in (path, path / "chroma"):
        _make(each)
    return path


def clear(node: nuke.Node) -> str:
    """Delete the folder of the node's version. Raises Failed if it is not ours."""
    path = folder(node)
    if not (path / MARKER).is_file():
        raise Failed(f"cache_dir: {path} was not created by this node, so it is kept; delete it by hand")
    shutil.rmtree(path)
    return f"deleted {path}"


def rendered(path: Path) -> str:
    """The digest of what the plates in a version's folder were rendered from, "" where they are not whole."""
    try:
        return (path / RENDERED).read_text()
    except OSError:
        return ""


def set_rendered(path: Path, digest: str) -> None:
    """The plates were rendered; with "" they are not, or not all."""
    (path / RENDERED).write_text(digest)


def _make(path: Path) -> None:
    """A folder that is made here is marked."""
    try:
        if not path.is_dir():
            path.mkdir(parents=True)
            (path / MARKER).touch()
    except OSError as error:
        raise Failed(f"cache_dir: {path} cannot be created ({error.strerror}); choose a folder that can") from None
