"""Prints plugins/vapoursynth/arguments.h, made from `Settings`.

python scripts/vapoursynth_arguments.py > plugins/vapoursynth/arguments.h
"""

from __future__ import annotations

from vs_tcvc.vs_arguments import signature

HEAD = "/* Made from vs_tcvc/settings.py by `python scripts/vapoursynth_arguments.py`. */\n\n"


def header() -> str:
    """The whole file."""
    lines = " \\\n".join(f'    "{each};"' for each in signature().removesuffix(";").split(";"))
    return f"{HEAD}#define TCVC_COLORIZE_ARGUMENTS \\\n{lines}"


if __name__ == "__main__":
    print(header())
