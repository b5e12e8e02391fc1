"""A project file: read, changed, and written so that comments, order and layout of what is not changed stay.

Every error of a file is one sentence with the file, the line and the key. A file that has been changed since it was
read is not overwritten.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from vs_tcvc.errors import UsageError
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.schema import Project, from_content, to_content
from vs_tcvc.project.versions import migrated
from vs_tcvc.project.yaml_text import flow, rewritten
from vs_tcvc.project.yaml_tree import Node, parse
from vs_tcvc.runtime.atomic_files import whole_file

MOST_BYTES = 8 * 2**20
"""Size of a file; a film of 2,000 shots has a few hundred kilobytes."""

_HEAD = "# Frames are [first, end). Shots are counted from 1.\n"
_Arguments = ParamSpec("_Arguments")


@dataclass(frozen=True)
class Source:
    """A file's text, in terms of the current version, as a tree and as the project that it holds."""

    text: str
    tree: Node
    project: Project


@dataclass(frozen=True)
class Document:
    """A project and the file that it is in.

    project: with its changes; source: without them. digest: of the file as it was read, "" if there is none yet.
    """

    path: Path
    source: Source
    project: Project
    digest: str = ""

    def edited(
        self, edit: Callable[Concatenate[Project, _Arguments], Project], *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> Document:  # fmt: skip
        """With its project changed by a function of `edits`. Raises ProjectError as that does."""
        return replace(self, project=edit(self.project, *args, **kwargs))

    def changed(self) -> Source:
        """The source with the changes. Raises UsageError if they do not fit into the file's layout."""
        if self.project == self.source.project:
            return self.source
        old, new = to_content(self.source.project), to_content(self.project)
        text = rewritten(self.source.text, self.source.tree, old, new, _identity)
        try:
            tree = parse(text, str(self.path))
            agrees = from_content(tree.plain()) == self.project
        except UsageError:
            agrees = False
        if not agrees:
            raise UsageError(
                where=str(self.path), expected="lists and mappings as usual", got="a layout that cannot be edited",
                remedy="change it by hand, or write the shot as in docs/project.md",
            )  # fmt: skip
        return Source(text, tree, self.project)

    @contextmanager
    def telling_lines(self) -> Iterator[None]:
        """Raise the ProjectErrors of a block with file and line."""
        with telling_lines(self.path, self.source.tree):
            yield

    def resolve(self, path: str) -> Path:
        """A path of the project, which is relative to the file."""
        return self.path.parent / path

    def relative(self, path: Path) -> str:
        """A path as the project writes it."""
        return relative(path, self.path)


@contextmanager
def telling_lines(path: Path, tree: Node) -> Iterator[None]:
    """Raise the ProjectErrors of a block with the file and the line in it."""
    try:
        yield
    except ProjectError as error:
        raise error.at(f"{path}:{tree.line_of(error.path)}") from None


def relative(path: Path, project: Path) -> str:
    """A path as the project in a file writes it: relative to the file if that is possible, with slashes."""
    try:
        return Path(os.path.relpath(path, project.parent)).as_posix()
    except ValueError:  # another drive
        return path.absolute().as_posix()


def new(path: Path, project: Project) -> Document:
    """A document that is not written yet, in the usual layout."""
    text = usual_text(project)
    return Document(path, Source(text, parse(text, str(path)), project), project)


def read(path: Path) -> Document:
    """The document in a file. Raises UsageError, with file, line and key, if it is not a valid project."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _cannot_open(path, error) from None
    return _document(path, content)


def write(document: Document) -> Document:
    """Write the changes into the file; returns the document as it is then.

    Raises UsageError if the file has been changed since it was read, if the changes do not fit into its layout, or if
    it cannot be written; the file stays as it is.
    """
    found = digest_of(document.path)
    if found != document.digest:
        where = str(document.path)
        if not document.digest:
            raise UsageError("it exists already", where=where, remedy="choose another name")
        happened = "changed" if found else "removed"
        raise UsageError(
            f"it has been {happened} since it was read", where=where, remedy="read it again and repeat the change"
        )
    source = document.changed()
    content = source.text.encode("utf-8")
    digest = hashlib.sha256(content).hexdigest()
    if digest != found:
        with whole_file(document.path) as file:
            file.write(content)
    return replace(document, source=source, digest=digest)


def usual_text(project: Project) -> str:
    """A project as a new file: one line for each shot."""
    content = to_content(project)
    lines = [f"{key}: {flow(content[key])}\n" for key in ("tcvc", "film", "settings") if key in content]
    if "scenes" in content:
        lines.append(
            "scenes:\n" + "".join(f"  {flow(name)}: {flow(each)}\n" for name, each in content["scenes"].items())
        )
    lines.append("shots:\n" + "".join(f"  - {flow(shot)}\n" for shot in content["shots"]))
    return _HEAD + "".join(lines)


def _document(path: Path, content: bytes) -> Document:
    if len(content) > MOST_BYTES:
        raise UsageError(where=str(path), expected=f"at most {MOST_BYTES} bytes", got="a longer file")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        got = f"the byte 0x{content[error.start]:02x}"
        raise UsageError(where=f"{path}:{line}", expected="text in UTF-8", got=got) from None
    tree = parse(text, str(path))
    with telling_lines(path, tree):
        values = tree.plain()
        current = migrated(values)
    if current is not values:
        text = rewritten(text, tree, values, current, _identity)
        tree = parse(text, str(path))
    with telling_lines(path, tree):
        project = from_content(current)
    return Document(path, Source(text, tree, project), project, hashlib.sha256(content).hexdigest())


def digest_of(path: Path) -> str:
    """The digest of a file, "" if there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _cannot_open(path, error) from None


def _cannot_open(path: Path, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(where=str(path), expected="a project file", got=f"what cannot be opened ({reason})")


def _identity(value: Any) -> object:
    """What stays of a shot when it is edited: its first frame."""
    frames = value.get("frames") if isinstance(value, dict) else None
    return json.dumps(frames[:1] if isinstance(frames, (list, tuple)) else value)
