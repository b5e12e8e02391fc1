"""vs-tcvc for Nuke: what the node TCVC_Colorize does when its buttons are pressed.

Standard library and `nuke` alone, for Python 3.9 on: nothing compiled comes into the host, no Qt is needed, and the
network runs in a process of its own, in the Python that vs-tcvc is installed in.
"""


class Failed(Exception):
    """What the user can mend, as one sentence for the knob `status`."""


def press(button: str) -> None:
    """Answer a button of the node that Nuke is at."""
    from tcvc_nuke import ui

    ui.press(button)
