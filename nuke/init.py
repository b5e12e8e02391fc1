"""Nuke runs this in every session, on the farm too: it only makes the plug-in importable."""

import nuke

nuke.pluginAddPath("./python")
