"""The colour of a film's frames as its project wants them: stored colour, what is kept, what stays gray, dissolves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from vs_tcvc.core.frame import Chroma
from vs_tcvc.core.transitions import mix, scale
from vs_tcvc.errors import MissingShotError
from vs_tcvc.project.recipe import Entry
from vs_tcvc.project.store import Store
from vs_tcvc.project.stored_shot import StoredShot


class FilmColor:
    """The colour of any frame, by index from 0.

    entries: of the plan. keys: of the shots in the store, by place. size: (height, width) of the colour.
    Raises MissingShotError, as reading does, if a shot is not there.
    """

    def __init__(self, store: Store, entries: Sequence[Entry], keys: Mapping[int, str], size: tuple[int, int]) -> None:
        self._store, self._entries, self._keys, self._size = store, entries, keys, size
        self._starts = [each.frames.start for each in entries]
        self._open: dict[int, StoredShot] = {}
        self._shares: dict[int, list[float]] = {}

    def place_of(self, index: int) -> int:
        """The place of the shot that a frame belongs to."""
        return bisect_right(self._starts, index) - 1

    def places_of(self, index: int) -> list[int]:
        """The places of the shots whose colour a frame is made of: in a dissolve or a fade two, else one."""
        place = self.place_of(index)
        return sorted({place, *(each for owner in self._blends(place, index) for each in (owner - 1, owner))} - {-1})

    def frame(self, index: int) -> Chroma | None:
        """The colour of a frame; None: it keeps its own."""
        place = self.place_of(index)
        color = self._of_shot(place, index)
        for owner in self._blends(place, index):
            if color is not None:
                color = self._blended(color, place, owner, index)
        return color

    def _blends(self, place: int, index: int) -> list[int]:
        """The places of the shots that begin at a frame of this shot with a dissolve or a fade."""
        found = []
        for owner in (place, place + 1):
            recipe = self._entries[owner].recipe if owner < len(self._entries) else None
            if recipe and recipe.blend and recipe.blend.first <= index < recipe.blend.end:
                found.append(owner)
        return found

    def _blended(self, color: Chroma, place: int, owner: int, index: int) -> Chroma:
        """The colour of a frame, so far that of a shot, with the beginning of a shot in it."""
        recipe = self._entries[owner].recipe
        assert recipe is not None
        assert recipe.blend is not None
        share = self._shares_of(owner)[index - recipe.blend.first]
        if recipe.blend.kind == "fade":
            return scale(color, share)
        outgoing, incoming = (color if each == place else self._of_shot(each, index) for each in (owner - 1, owner))
        return color if outgoing is None or incoming is None else mix(outgoing, incoming, share)

    def _shares_of(self, place: int) -> list[float]:
        """See `colorist.shares_of`; as they were measured when the shot was coloured."""
        if place not in self._shares:
            key = self._keys[place]
            about = self._store.about([key]).get(key)
            if about is None:
                raise MissingShotError("it is not in the store", where=key[:12], remedy="it must be coloured first")
            self._shares[place] = about["shares"]
        return self._shares[place]

    def _of_shot(self, place: int, index: int) -> Chroma | None:
        entry = self._entries[place]
        if entry.shot.state == "keep":
            return None
        if entry.recipe is None:
            return self.gray(index)
        shot = self._open.get(place)
        if shot is None:
            self._open = {near: each for near, each in self._open.items() if abs(near - place) <= 1}
            shot = self._open[place] = self._store.read(self._keys[place])
        return replace(shot.frame(index), saturation=entry.saturation)

    def gray(self, index: int) -> Chroma:
        """No colour, for a frame that stays gray."""
        sure = np.ones(self._size, np.float32)
        begins = self._entries[self.place_of(index)].frames.start
        return Chroma(index, np.zeros((2, *self._size), np.float32), sure, begins, "gray")
