"""vs-tcvc for Nuke: what the node TCVC_Colorize does when its buttons are pressed.

Only the standard library and `nuke`, for Python 3.9 or later: nothing compiled is loaded into the host, Qt is not
needed, and the network runs in its own process, in the Python that has vs-tcvc installed.
"""


class Failed(Exception):
    """An error that the user can fix, as one sentence for the knob `status`."""


def press(button: str) -> None:
    """Handle a button of the current node."""
    from tcvc_nuke import ui

    ui.press(button)
