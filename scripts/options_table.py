"""Print docs/options.md, generated from `vs_tcvc.settings`: python scripts/options_table.py > docs/options.md"""

from __future__ import annotations

from vs_tcvc.settings import Option, options

HEAD = """# Options

Generated from `vs_tcvc/settings.py` by `python scripts/options_table.py`. An option has the same name everywhere: as a
flag `--cut-threshold`, as a filter argument or key `cut_threshold`. Frames count from 0; in `tcvc sequence` they have
the numbers of the file names.

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
