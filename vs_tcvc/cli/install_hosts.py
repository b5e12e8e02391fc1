"""tcvc install-hosts: install or remove the plug-in for Nuke or DaVinci Resolve.

nuke --user adds one line to ~/.nuke/init.py; without --user it prints what to add to NUKE_PATH. resolve copies scripts
for all users of the machine, or with --user only for you.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from vs_tcvc.errors import UsageError
from vs_tcvc.runtime import host_files
from vs_tcvc.runtime.atomic_files import whole_file

MARK = "# tcvc install-hosts nuke"
"""End of our line in a file of the user's."""

RESOLVE = {  # platform: for one user, for all
    "linux": ("~/.local/share/DaVinciResolve/Fusion", "/opt/resolve/Fusion"),
    "darwin": ("~/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion",
               "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion"),
    "win32": ("${APPDATA}/Blackmagic Design/DaVinci Resolve/Support/Fusion",
              "${PROGRAMDATA}/Blackmagic Design/DaVinci Resolve/Fusion"),
}  # fmt: skip


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("install-hosts", help="install the plug-in for Nuke or Resolve",
                                 description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("host", choices=("nuke", "resolve"))
    parser.add_argument("--user", action="store_true", help="only for you")
    parser.add_argument("--uninstall", action="store_true", help="remove what was installed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print to stdout what was done. Raises UsageError if a file cannot be written."""
    files = host_files.folder(arguments.host)
    if not files.is_dir():
        raise UsageError(
            f"install-hosts {arguments.host}: expected the files in {files}, found none; install vs-tcvc again"
        )
    try:
        if arguments.host == "resolve":
            resolve(files, arguments.user, arguments.uninstall)
        elif arguments.user:
            nuke_line(files, arguments.uninstall)
        else:
            nuke_advice(files, arguments.uninstall)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written ({error.strerror}); try --user") from None
    return 0


def nuke_advice(files: Path, uninstall: bool) -> None:
    """Print what to do if one setting serves many users."""
    if uninstall:
        print(f"remove {files} from NUKE_PATH")
    else:
        print(f"add to NUKE_PATH: {files}\nand set TCVC_PYTHON: {sys.executable}")


def nuke_line(files: Path, uninstall: bool) -> None:
    """Write one line of ~/.nuke/init.py, replacing an older one."""
    file = Path.home() / ".nuke" / "init.py"
    old = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    lines = [line for line in old if not line.endswith(MARK)]
    if not uninstall:
        python = f'os.environ.setdefault("TCVC_PYTHON", {sys.executable!r})'
        lines.append(f"import nuke, os; nuke.pluginAddPath({files.as_posix()!r}); {python}  {MARK}")
    if lines != old:
        file.parent.mkdir(exist_ok=True)
        with whole_file(file) as out:
            out.write("".join(f"{line}\n" for line in lines).encode())
    print(f"{file}: {'our line is removed' if uninstall else 'now adds ' + str(files)}")


def resolve(scripts: Path, user: bool, uninstall: bool) -> None:
    """Copy the scripts to the folder of Resolve's menu Workspace > Scripts."""
    for_one, for_all = RESOLVE.get(sys.platform, RESOLVE["linux"])
    place = Path(os.path.expandvars(os.path.expanduser(for_one if user else for_all))) / "Scripts" / "Utility"
    for source in sorted([*scripts.glob("*.py"), *scripts.glob("*.lua")]):
        target = place / source.name
        if uninstall:
            target.unlink(missing_ok=True)
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        print(f"{target}: {'deleted' if uninstall else 'written'}")
