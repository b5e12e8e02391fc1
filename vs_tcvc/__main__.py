"""The programs `tcvc`, which is also `python -m vs_tcvc`, and `tcvc-pipe`; they import what they run."""

import sys

from vs_tcvc.runtime.early_interrupt import end_on_interrupt


def tcvc() -> int:
    """Run `tcvc`; returns its exit code."""
    end_on_interrupt("tcvc")
    from vs_tcvc.cli import main

    return main()


def tcvc_pipe() -> int:
    """Run `tcvc-pipe`; returns its exit code."""
    end_on_interrupt("tcvc-pipe")
    from ffmpeg_filters.pipe import main

    return main()


if __name__ == "__main__":
    sys.exit(tcvc())
