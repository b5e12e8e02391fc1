"""Prints docs/options.md, made from `vs_tcvc.settings`: python scripts/options_table.py > docs/options.md"""

from __future__ import annotations

from vs_tcvc.settings import Option, options

HEAD = """# Options

Made from `vs_tcvc/settings.py` by `python scripts/options_table.py`. Every face has these under the same names: a flag
here (`--cut-threshold`), a filter argument or key elsewhere (`cut_threshold`). Frames count from 0.

| flag | default | values | meaning |
|---|---|---|---|"""


def row(option: Option) -> str:
    """One line of the table."""
    cells = (f"`{option.flag}`", option.shown_default, option.limits or option.values, option.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table() -> str:
    """The whole page."""
    return "\n".join([HEAD, *map(row, options())])


if __name__ == "__main__":
    print(table())
