"""Face of VapourSynth: what the plugin core.tcvc calls, and `colorize`, which calls the plugin with typed arguments."""

from vs_tcvc.vapoursynth.script import colorize

__all__ = ["colorize"]
