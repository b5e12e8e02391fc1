"""Undo and redo: the projects that there were, as values."""

from __future__ import annotations

from dataclasses import dataclass

from vs_tcvc.project.schema import Project

MOST = 1000
"""Steps that are kept."""


@dataclass(frozen=True)
class Step:
    """An edit. words: what it does; project: as it is on its other side."""

    words: str
    project: Project


@dataclass(frozen=True)
class History:
    """A project with what it was before, oldest first, and what was undone of it, the next to redo last."""

    project: Project
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()

    def changed(self, words: str, project: Project) -> History:
        """After an edit; what was undone before cannot be redone any more."""
        return History(project, (*self.past, Step(words, self.project))[-MOST:])

    def undone(self) -> History:
        """One edit back; the same if there is none."""
        if not self.past:
            return self
        last = self.past[-1]
        return History(last.project, self.past[:-1], (*self.future, Step(last.words, self.project)))

    def redone(self) -> History:
        """One edit forward; the same if none was undone."""
        if not self.future:
            return self
        next_one = self.future[-1]
        return History(next_one.project, (*self.past, Step(next_one.words, self.project)), self.future[:-1])

    @property
    def undo(self) -> str:
        """What would be undone, "" if nothing."""
        return self.past[-1].words if self.past else ""

    @property
    def redo(self) -> str:
        """What would be redone, "" if nothing."""
        return self.future[-1].words if self.future else ""
