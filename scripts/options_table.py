"""Print docs/options.md, generated from `vs_tcvc.settings`: python scripts/options_table.py > docs/options.md"""

from __future__ import annotations

import re

from vs_tcvc.settings import FACES, Face, Option, options

HEAD = """# Options

Generated from `vs_tcvc/settings.py` by `python scripts/options_table.py`. An option has the same name everywhere: as a
flag `--cut-threshold`, as a filter argument or key `cut_threshold`; a flag that is off by default, `--trust-model`,
takes no value. Frames count from 0; those of numbered pictures have the numbers of their files.

| option | default | values | meaning |
|---|---|---|---|"""

FACES_HEAD = """
## Which face has which option

An option that a face lacks is refused there, with one sentence.
"""
LACKS_HEAD = """
| face | lacks | why, and what to do instead |
|---|---|---|"""


def row(option: Option) -> str:
    """One line of the table."""
    has_flag = any(option.name not in face.lacks for face in FACES if face.name.startswith("tcvc"))
    cells = (
        f"`{option.flag if has_flag else option.name}`",
        option.shown_default,
        option.limits or option.values,
        option.help,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def presence(option: Option) -> str:
    """One line of the table of faces."""
    cells = (f"`{option.name}`", *("" if option.name in face.lacks else "yes" for face in FACES))
    return "| " + " | ".join(cells) + " |"


def advice(face: Face) -> str:
    """Lines of the table of what a face lacks, why, and what to do instead."""
    reasons: dict[str, list[str]] = {}
    for name, reason in face.lacks.items():
        reasons.setdefault(re.sub(r"\{(\w+)\}", r"`\1`", reason), []).append(f"`{name}`")
    lines = (f"| {face.name} | {', '.join(names)} | {reason} |" for reason, names in reasons.items())
    return "\n".join(lines)


def table() -> str:
    """The whole page."""
    head = f"| option | {' | '.join(face.name for face in FACES)} |\n|---{'|---' * len(FACES)}|"
    return "\n".join(
        [HEAD, *map(row, options()), FACES_HEAD, head, *map(presence, options()), LACKS_HEAD, *map(advice, FACES)]
    )


if __name__ == "__main__":
    print(table())
