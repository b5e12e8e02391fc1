"""What was measured, as text for people and as JSON for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from vs_tcvc.cli.table import as_columns
from vs_tcvc.metrics.score import Row

Report = Mapping[str, Any]
"""By title: measures by clip, then by who coloured it or when. "network" (what measured) and "frames" (lists of
measures of single frames) are in JSON only."""


def as_json(report: Report) -> str:
    """One JSON object; what is infinite (PSNR of equal pictures) or undefined is null."""
    return json.dumps(_finite(report), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_text(report: Report) -> str:
    """Tables with a column per measure; an age curve is a table of its own, with a column per age."""
    tables = []
    for title, clips in report.items():
        if title not in ("network", "frames"):
            rows = {f"{clip} {part}".rstrip(): row for clip, parts in clips.items() for part, row in parts.items()}
            tables += [_table(name, each) for name, each in _by_curve(title, rows).items()]
    return "\n\n".join(tables)


def _by_curve(title: str, rows: Mapping[str, Row]) -> dict[str, dict[str, dict[str, float]]]:
    """Rows by the table that they go into: measures of clips, then "NAME at frame" with what is called NAME_at_N."""
    tables: dict[str, dict[str, dict[str, float]]] = {}
    for label, row in rows.items():
        for name, value in row.items():
            curve, is_curve, age = name.partition("_at_")
            table = tables.setdefault(f"{curve} at frame" if is_curve else title, {})
            table.setdefault(label, {})[age or name] = value
    return tables


def _table(title: str, rows: Mapping[str, Row]) -> str:
    """A line per row and a column per name."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    cells = [[title, *names]]
    cells += [[label, *(f"{row[name]:.4g}" if name in row else "" for name in names)] for label, row in rows.items()]
    return as_columns(cells, numbers=True)
