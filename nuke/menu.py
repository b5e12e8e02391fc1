"""Nuke runs this where there is a user interface."""

import nuke

nuke.pluginAddPath("./icons")

from tcvc_nuke import ui  # noqa: E402  (the line above makes its icon known)

ui.install()
