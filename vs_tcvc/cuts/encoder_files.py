"""Where encoders and their tools begin shots: qpfiles of x264 and x265, keyframes of Aegisub, statistics of Xvid.

A line of a qpfile is a frame, its type and perhaps a quantizer: `48 I -1` (x264.c, `parse_qpfile`). I and K begin a
closed group of pictures and so a shot; i, P, B and b do not. SCXvid and WWXD write the same below the line
`# keyframe format v1`, or plain numbers. A line of Xvid's statistics is a frame; its type, i, p or b, comes first.
"""

from __future__ import annotations

import re

from vs_tcvc.cuts.cut_list import CutList
from vs_tcvc.cuts.numbers import frame_number
from vs_tcvc.errors import UsageError
from vs_tcvc.runtime.words import counted

_KEYFRAMES = "# keyframe format v1"
_XVID = re.compile(r"# (XviD 2pass stat file|(ffmpeg|avconv) 2-pass log file, using xvid codec)", re.IGNORECASE)
_TYPED = re.compile(r"\d+\s+[IKiPBb](\s+-?\d+)?")


def is_encoders(text: str) -> bool:
    """Whether a text is one of these files."""
    first = text.lstrip().partition("\n")[0].strip()
    lines = _lines(text[:4000])
    return first == _KEYFRAMES or bool(_XVID.match(first)) or bool(lines and _TYPED.fullmatch(lines[0][1]))


def read_encoders(text: str, where: str) -> CutList:
    """The shots of such a file. Raises UsageError with the line for what cannot be read."""
    if _XVID.match(text.lstrip()):
        types = [line[:1] for _, line in _lines(text)]
        return CutList(tuple(frame for frame, kind in enumerate(types) if kind == "i"))
    starts, others = set[int](), 0
    for number, line in _lines(text):
        entries, at = line.split(), f"{where}, line {number}"
        if len(entries) > 1 and not _TYPED.fullmatch(line):
            raise UsageError(where=at, expected="a frame and its type, such as '48 I -1'", got=repr(line[:90]))
        frame = frame_number(entries[0], at)
        if len(entries) == 1 or entries[1] in "IK":
            starts.add(frame)
        else:
            others += 1
    remark = f"{counted(others, 'frame')} of the types i, P, B or b begin no shot"
    return CutList(tuple(sorted(starts)), remarks=(remark,) * bool(others))


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that are no comments, with their numbers; `fps 0` is a head of keyframes."""
    numbered = enumerate(map(str.strip, text.splitlines()), start=1)
    return [(number, line) for number, line in numbered if line and not re.match(r"#|fps\s", line)]
