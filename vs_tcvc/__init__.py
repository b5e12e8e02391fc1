"""Temporally stable colour for black-and-white film (TCVC, Zhang et al. 2023).

Colour the frames of a film, of numbered pictures, or of any iterable of gray arrays::

    import vs_tcvc

    for frame in vs_tcvc.colorize("film.mkv"):
        frame.rgb          # (H, W, 3), its luma that of the film
        frame.chroma       # (Cb, Cr), for what keeps its own luma
        frame.confidence   # (h, w) float32, 0 to 1

A film with painted references and looks, written with its sound::

    with vs_tcvc.open("film.mkv", settings=vs_tcvc.Settings(size=288)) as film:
        film.shots()
        film.colorize(references={0: "opening.png"}, looks={48: "vivid"}).write("colour.mkv")

Errors are subclasses of TcvcError: UsageError for an option or a name, FrameError for a frame or a reference,
StreamError for a damaged film, WeightsError and DeviceError for the network. Nothing is printed; the logger is
"vs_tcvc". Importing the package loads no library; each loads when a name is first used.

Read on: docs/python.md (recipes), docs/options.md (every field of `Settings`), `vs_tcvc.vapoursynth.colorize`
(VapourSynth), `ffmpeg_filters.graph.colorize` (graphs of ffmpeg-python), `python -m vs_tcvc` (the command line).
"""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vs_tcvc.api import ColorFrame, ColorizedFilm, Film, colorize, open
    from vs_tcvc.core.shot import Reference, Shot
    from vs_tcvc.errors import DeviceError, FrameError, StreamError, TcvcError, UsageError, WeightsError
    from vs_tcvc.settings import Settings

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())

__all__ = [
    "ColorFrame", "ColorizedFilm", "DeviceError", "Film", "FrameError", "Reference", "Settings", "Shot", "StreamError",
    "TcvcError", "UsageError", "WeightsError", "__version__", "colorize", "open",
]  # fmt: skip

if not TYPE_CHECKING:  # a type checker sees the names above, and no others

    def __getattr__(name):
        from importlib import import_module

        rooms = {"Settings": "settings", "Reference": "core.shot", "Shot": "core.shot"}
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        room = "errors" if name.endswith("Error") else rooms.get(name, "api")
        found = globals()[name] = getattr(import_module(f"{__name__}.{room}"), name)
        return found

    def __dir__():
        return __all__
