"""The doors of the programs: `tcvc`, which is also `python -m vs_tcvc`, and `tcvc-pipe`."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # before `program` is there; Python would print a traceback

from typing import NoReturn

from vs_tcvc.runtime import program


def tcvc() -> NoReturn:
    """The program `tcvc`."""

    def main() -> int:
        from vs_tcvc.cli import main

        return main()

    program.enter(main)


def tcvc_pipe() -> NoReturn:
    """The program `tcvc-pipe`."""

    def main() -> int:
        from ffmpeg_filters.pipe import main

        return main()

    program.enter(main)


if __name__ == "__main__":
    tcvc()
