"""What graphs are made of: the source of `vs_tcvc.networks.compact.graphs`, and of the modules beside it that it uses.

Read as syntax, without importing PyTorch: comments, docstrings and layout are no part of a graph.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from vs_tcvc import networks

BEGIN = "graphs"
_NEIGHBOURS = "vs_tcvc.networks.compact."


def digest(folder: Path | None = None) -> str:
    """A digest of the program, the same for programs that differ in words alone. folder: of its modules."""
    folder = folder or Path(networks.__path__[0]) / "compact"
    trees: dict[str, ast.Module] = {}
    waiting = [BEGIN]
    while waiting:
        name = waiting.pop()
        if name not in trees:
            trees[name] = ast.parse((folder / f"{name}.py").read_bytes())
            waiting += _neighbours(trees[name])
    found = hashlib.sha256()
    for name, tree in sorted(trees.items()):
        found.update(f"{name} {ast.dump(_without_words(tree))}".encode())
    return found.hexdigest()


def _neighbours(tree: ast.Module) -> list[str]:
    """The modules beside it that a module imports."""
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [name.removeprefix(_NEIGHBOURS) for name in imported if name.startswith(_NEIGHBOURS)]


def _without_words(tree: ast.Module) -> ast.Module:
    """The tree without text that stands by itself: docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            node.body = [each for each in node.body if not _is_text(each)]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
