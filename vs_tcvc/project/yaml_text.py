"""Changes a YAML text so that it holds another value, and leaves all other characters as they are.

Only the entries that differ are replaced, removed or added: comments, order, quotes and layout of the others stay, and
so do comments of what is removed. ruamel.yaml's own round trip lays the whole text out again, and drops comments with
the entries that they belong to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from vs_tcvc.project.yaml_tree import Node, plain_scalar

_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+@-]*( [A-Za-z0-9_./+@-]+)*")


def rewritten(text: str, tree: Node, old: Any, new: Any, identity: Callable[[Any], object]) -> str:
    """`text`, which holds `old`, changed to hold `new`; both in dictionaries and lists. tree: of the text.

    Keys that neither has are left alone: `old` may leave out what has its default. identity: what stays the same of an
    item of a sequence when its fields change.
    """
    rewriter = _Rewriter(text, tree, identity)
    rewriter.change(tree, old, new)
    return rewriter.result()


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and plain_scalar(value) == value else _quoted(value)
    return json.dumps(value)


def _quoted(text: str) -> str:
    """In double quotes; what does not print is escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(each if each.isprintable() else f"\\U{ord(each):08X}" for each in escaped) + '"'


class _Rewriter:
    """Collects replacements of parts of a text."""

    def __init__(self, text: str, root: Node, identity: Callable[[Any], object]) -> None:
        self._text, self._identity = text, identity
        self._splices: list[tuple[int, int, str]] = []
        self._newline = "\r\n" if "\r\n" in text else "\n"
        masked = list(text)
        for scalar in _scalars(root):
            masked[scalar.start : scalar.end] = "x" * (scalar.end - scalar.start)
        self._masked = "".join(masked)
        self._bare = _COMMENT.sub(lambda match: " " * len(match[0]), self._masked)

    def result(self) -> str:
        parts, place = [], 0
        for start, end, replacement in sorted(self._splices, key=lambda splice: splice[:2]):
            parts += [self._text[place:start], replacement]
            place = end
        return "".join([*parts, self._text[place:]])

    def change(self, node: Node, old: Any, new: Any) -> None:
        """Make the text of `node`, which holds `old`, hold `new`."""
        if old == new:
            return
        if node.kind == "mapping" and isinstance(new, Mapping) and new:
            self._change_mapping(node, old if isinstance(old, Mapping) else {}, new)
        elif node.kind == "sequence" and isinstance(new, Sequence) and not isinstance(new, str) and new and node.items:
            self._change_sequence(node, old, new)
        else:
            self._replace(node, new)

    def _change_mapping(self, node: Node, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        kept = [key in new or key not in old for key in node.numbers]
        if not any(kept) or not self._has_lines(node, kept):
            self._replace(node, new)
            return
        for key, number in node.numbers.items():
            if key in new and (key not in old or old[key] != new[key]):
                self.change(node.items[number], old.get(key), new[key])
        self._remove(node, kept)
        before: str | None = None
        for key, value in new.items():
            if key not in node.numbers:
                self._insert(node, f"{flow(key)}: {flow(value)}", self._after(node, before, kept))
            else:
                before = key

    def _after(self, node: Node, key: str | None, kept: Sequence[bool]) -> int:
        """The number of the entry after which a new one is placed: that of `key`, or else the first that is kept."""
        return kept.index(True) if key is None else node.numbers[key]

    def _change_sequence(self, node: Node, old: Sequence[Any], new: Sequence[Any]) -> None:
        kept = [True] * len(node.items)
        matcher = SequenceMatcher(None, [*map(self._identity, old)], [*map(self._identity, new)], autojunk=False)
        added: list[tuple[int, Any]] = []
        for _, first, end, new_first, new_end in matcher.get_opcodes():
            paired = min(end - first, new_end - new_first)
            for number in range(paired):
                self.change(node.items[first + number], old[first + number], new[new_first + number])
            for number in range(first + paired, end):
                kept[number] = False
            added += [(first + paired - 1, value) for value in new[new_first + paired : new_end]]
        self._remove(node, kept)
        for after, value in added:
            self._insert(node, flow(value), after)

    # Characters

    def _replace(self, node: Node, value: Any) -> None:
        is_quoted = isinstance(value, str) and node.style == '"'
        text = _quoted(value) if is_quoted else flow(value)
        comments = self._comments(node.start, node.end)
        if not node.is_flow and node.kind != "scalar" and comments:
            text += "".join(f"{self._newline}{' ' * (node.column + 1)}{comment}" for comment in comments)
        else:
            text += self._lines(comments, node.column + 1)
        end = node.end
        if node.style in ("|", ">"):
            text += self._newline
        is_apart = self._text[node.start - 1 : node.start] in ("", " ", "\n", "[", "{")
        is_outdented = node.kind == "sequence" and not node.is_flow  # it may begin below its key
        self._splice(node.start, end, f" {text}" if not is_apart or is_outdented else text)

    def _remove(self, node: Node, kept: Sequence[bool]) -> None:
        """Remove the entries that are not kept; at least one is, and comments stay."""
        for is_kept, run in groupby(range(len(kept)), key=kept.__getitem__):
            numbers = [*run]
            if is_kept:
                continue
            first, last = numbers[0], numbers[-1]
            start, end = self._start(node, first), node.items[last].end
            if node.is_flow:
                if last + 1 < len(kept):
                    end = self._start(node, last + 1)
                else:
                    start = node.items[first - 1].end
                self._splice(start, end, self._lines(self._comments(start, end), node.column + 1))
            elif self._text[self._line_start(start) : start].strip(" "):  # it follows a dash on its line
                next_start = self._start(node, last + 1)
                comments = self._comments(start, next_start)
                line = self._line_start(start)
                indent = self._text[line:start].partition("-")[0]
                self._splice(line, line, "".join(f"{indent}{comment}{self._newline}" for comment in comments))
                self._splice(start, next_start, "")
            else:
                start, end = self._line_start(start), self._line_end(end)
                comments = self._comments(start, end)
                indent = " " * node.column
                self._splice(start, end, "".join(f"{indent}{comment}{self._newline}" for comment in comments))

    def _has_lines(self, node: Node, kept: Sequence[bool]) -> bool:
        """Whether what is removed at the end has lines of its own, so that nothing of it is left."""
        start = self._start(node, len(kept) - 1)
        return node.is_flow or kept[-1] or not self._text[self._line_start(start) : start].strip(" ")

    def _insert(self, node: Node, text: str, after: int) -> None:
        """A new entry after the one of that number, -1: before the first."""
        if node.is_flow:
            place = node.items[after].end if after >= 0 else self._start(node, 0)
            self._splice(place, place, f", {text}" if after >= 0 else f"{text}, ")
            return
        indent = " " * node.column + ("- " if node.kind == "sequence" else "")
        place = self._line_end(node.items[after].end) if after >= 0 else self._line_start(self._start(node, 0))
        ends_line = place == 0 or self._text[place - 1] == "\n"
        self._splice(place, place, f"{indent}{text}{self._newline}" if ends_line else f"{self._newline}{indent}{text}")

    def _splice(self, start: int, end: int, replacement: str) -> None:
        if start < end or replacement:
            self._splices.append((start, end, replacement))

    def _start(self, node: Node, number: int) -> int:
        """Where an entry begins: its key, its value in [...], or its dash."""
        if node.keys:
            return node.keys[number].start
        start = node.items[number].start
        return start if node.is_flow else self._bare.rfind("-", 0, start)

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        """Behind the line end after `place`."""
        if place and self._text[place - 1] == "\n":
            return place
        end = self._text.find("\n", place)
        return end + 1 if end >= 0 else len(self._text)

    def _comments(self, start: int, end: int) -> list[str]:
        return [self._text[match.start() : match.end()] for match in _COMMENT.finditer(self._masked, start, end)]

    def _lines(self, comments: Sequence[str], column: int) -> str:
        """Comments inside {...} or [...], each of which ends its line."""
        return "".join(f" {comment}{self._newline}{' ' * column}" for comment in comments)


def _scalars(node: Node) -> Iterator[Node]:
    if node.kind == "scalar":
        yield node
    for each in (*node.keys, *node.items):
        yield from _scalars(each)
