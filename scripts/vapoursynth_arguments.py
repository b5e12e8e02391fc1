"""Writes what `Settings` makes: plugins/vapoursynth/arguments.h and the table in docs/vapoursynth.md.

python scripts/vapoursynth_arguments.py
"""

from __future__ import annotations

from pathlib import Path

from vs_tcvc.vapoursynth.arguments import Argument, arguments, signature

ROOT = Path(__file__).parents[1]
HEADER = ROOT / "plugins" / "vapoursynth" / "arguments.h"
PAGE = ROOT / "docs" / "vapoursynth.md"

HEAD = "/* Made from vs_tcvc/settings.py by `python scripts/vapoursynth_arguments.py`. */\n\n"
BEGIN, END = "<!-- Made by `python scripts/vapoursynth_arguments.py`. -->\n\n", "\n\n<!-- Made until here. -->"
COLUMNS = "| argument | type | default | values | meaning |\n|---|---|---|---|---|"


def header() -> str:
    """The whole of arguments.h."""
    lines = " \\\n".join(f'    "{each};"' for each in signature().removesuffix(";").split(";"))
    return f"{HEAD}#define TCVC_COLORIZE_ARGUMENTS \\\n{lines}\n"


def page(old: str) -> str:
    """The whole of docs/vapoursynth.md: what stands in `old`, with the table between its two marks made anew."""
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    return before + BEGIN + "\n".join([COLUMNS, *map(row, arguments())]) + END + after


def row(argument: Argument) -> str:
    """One line of the table."""
    cells = (f"`{argument.name}`", argument.type, argument.default, argument.values, argument.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    HEADER.write_text(header())
    PAGE.write_text(page(PAGE.read_text()))
