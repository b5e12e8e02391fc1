"""Files for host programs: in a checkout they are in SOURCES, in an installed package in PACKED.

setup.py runs this file before anything is installed, so it imports only the standard library.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

SOURCES = {"nuke": "nuke", "resolve": "plugins/resolve", "vapoursynth": "plugins/vapoursynth"}
"""Folders with the files for each host in a checkout."""

PACKED = "_hosts"
"""The folder in the package that setup.py copies the files to."""

PLUGIN = ("vapoursynth", "plugins", "tcvc", "libtcvc")
"""Path of the library of core.tcvc below site-packages, without its suffix: VapourSynth looks there by default."""

PLUGIN_SOURCES = ("tcvc.c", "arguments.h")


def folder(host: str) -> Path:
    """The folder with the files for a host of SOURCES."""
    package = Path(__file__).resolve().parents[1]
    packed = package / PACKED / host
    return packed if packed.is_dir() else package.parent / SOURCES[host]


def plugin_hash() -> str:
    """The first 16 hex digits of the SHA-256 of the C source of core.tcvc, as its `Version` returns it."""
    return sha256(b"".join((folder("vapoursynth") / name).read_bytes() for name in PLUGIN_SOURCES)).hexdigest()[:16]
