"""Project files to test with: in all layouts that people write, with comments everywhere, and damaged ones.

`python tests/fuzz/project_files.py COUNT [SEED]` reads damaged ones, and ends with 1 if one broke the law of
`read_project`.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from vs_tcvc.errors import UsageError
from vs_tcvc.project import document, edits
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.schema import FilmReference, Hint, Project, Transition

FILM = """\
# A film of four shots
tcvc: 1
film: {path: film.mkv, frames: 526, size: [920, 672], rate: 25/1, identity: 5f1c}
settings: {size: 216}                 # what differs from the defaults
scenes:
  B: {lead: 2}                        # shot 2's references lead the others of scene B
shots:                                # [first frame, end)
  - {frames: [0, 34], scene: A}
  - frames: [34, 134]
    scene: B
    references: [references/000034.png]          # its name gives the frame, or FILE@FRAME
    look: vivid
  - {frames: [134, 207], scene: A, hints: [{frame: 140, at: [0.31, 0.55], color: "#2e8b57"}]}
  - {frames: [207, 526], scene: B, state: keep}  # keep: has colour of its own; gray: leave gray
"""

LAYOUTS = """\
# one: every layout
---
'tcvc':   1   # two
film:
  path: "ein Film.mkv"   # three
  frames: 300
  size:
  - 64   # four
  - 48
  rate: '24000/1001'
  first: 1001
settings:
  look: >-
    vivid,
    warmth 0.2
  size:    256 # five

scenes: # six
    "B": { look : 'faded', # seven
           saturation: 1.5,
           lead: 2, }
    12:
      locked: true   # eight
    C: {}
shots:
# nine
- frames: [1001, 1050]
  # ten
  scene: A
  references:   # eleven
  - a/ref_001002.png # twelve
  # thirteen

  - from: faded_copy.mkv
    offset: auto
    every: 24   # fourteen
  - pictures/  # fifteen
  state: color
-   look: natural # sixteen
    scene: B
    frames:
      - 1050
      - 1100 # seventeen
    hints:
      - {frame: 1051, at: [0.5, .25], color: '#AABBCC', radius: 0.05}
      - frame: 1052    # eighteen
        at: [1, 0]
        color: "#000000"
      # nineteen
- {frames: [1100, 1200], # twenty
   scene: "B", look: vivid, # twenty-one
   references: [
     b@1120,  # twenty-two
     "c#1.png@1121",
   ],
   transition: {dissolve: [1090, 1106], confirmed: false},
  }
# twenty-three
-
  frames: [ 1200,1301 ]
  scene: '12'
  saturation: 0.5
  locked:
  # twenty-four
# twenty-five
"""

WORDS = (
    *(bytes([each]) for each in b"\t\x00\xff\xc3\r'\"[]{}~"), b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r\n", b"\xc2\x85",
    b"\xe2\x80\xa8", b"&a ", b"*a", b"!!str ", b"!x ", b"<<: ", b"? ", b"- ", b": ", b", ", b"# ", b"|\n", b">-\n",
    b"---\n", b"...\n", b"%YAML 1.1\n", b"null", b"yes", b"1e999", b".nan", b"-.inf", b"0x10", b"0o7", b"1_000",
    b"9" * 30, b"1000000000", b"-1", b"\\ud800", b'"\\U99999999"', b"'''", b"[" * 100_000, b"{a: " * 20, b"- " * 30,
    b"frames: ", b"scene: ", b"lead: ", b"look: ", b"hints: ",
)  # fmt: skip
"""What damaged files are made with, beside themselves."""

Edit = Callable[[Project], Project]


def random_edit(random: Random, project: Project) -> Edit:
    """An edit that the project may refuse."""
    shot = random.randrange(len(project.shots))
    first, end = project.shots[shot].frames
    frame = random.randint(first - 1, end)
    scene = random.choice(["", "A", "B", "C", "12", "Küche 3"])
    look = random.choice(["", "vivid", "faded, warmth 0.25", "hue 300-360: saturation 0.8 shift 10"])
    saturation = random.choice([None, 0.0, 1.25])
    hint = Hint(frame, (random.random(), 0.5), f"#{random.randrange(2**24):06x}", random.choice([0.02, 0.1]))
    reference: Any = random.choice(
        [f"r{random.randrange(9)}/{frame:06d}.png", f"a b#{random.randrange(9)}.tif@{frame}", "folder/",
         FilmReference("b: c.mkv", random.choice(["auto", 7]))]
    )  # fmt: skip
    range_ = (first - random.randint(0, 3), first + random.randint(0, 3))
    return random.choice(
        [
            lambda of: edits.set_look(of, shot, look),
            lambda of: edits.set_saturation(of, shot, saturation),
            lambda of: edits.set_state(of, shot, random.choice(["color", "keep", "gray"])),
            lambda of: edits.set_transition(of, shot, random.choice([None, Transition(fade=range_)])),
            lambda of: edits.set_transition(of, shot, Transition(dissolve=range_, confirmed=False)),
            lambda of: edits.lock(of, shot, random.random() < 0.5),
            lambda of: edits.add_reference(of, shot, reference),
            lambda of: edits.remove_reference(of, shot, random.randrange(3)),
            lambda of: edits.add_hint(of, shot, hint),
            lambda of: edits.remove_hint(of, shot, random.randrange(3)),
            lambda of: edits.move_cut(of, shot, frame),
            lambda of: edits.split_shot(of, shot, frame),
            lambda of: edits.merge_shots(of, shot),
            lambda of: edits.set_scene(of, shot, scene),
            lambda of: edits.merge_scenes(of, scene or "A", "B"),
            lambda of: edits.lead_scene(of, shot),
            lambda of: edits.set_scene_value(of, scene or "A", look=look, locked=random.random() < 0.5),
            lambda of: edits.set_setting(of, "size", random.choice([None, 128, 288])),
        ]
    )


def read_project(content: bytes, file: Path) -> None:
    """Read a project file; then an edit of it, written and read again, gives what it gives on the plain project.

    Raises UsageError, with the file and without a line break, if it is no valid project, and AssertionError for a wrong
    value.
    """
    file.write_bytes(content)
    try:
        read = document.read(file)
    except UsageError as error:
        if not (str(error).startswith(str(file)) and str(error).isprintable()):
            raise AssertionError(f"{error!r} is no sentence about the file") from error
        raise
    assert document.write(read) == read
    assert file.read_bytes() == content
    edit = random_edit(Random(len(content)), read.project)
    try:
        expected = edit(read.project)
    except ProjectError:
        return
    document.write(document.Document(read.path, read.source, expected, read.digest))
    assert document.read(file).project == expected


def damaged(random: Random) -> bytes:
    """A project file after a few accidents."""
    content = bytearray(random.choice([FILM, LAYOUTS]).encode())
    for _ in range(random.choice([1, 1, 2, 4])):
        place, other = sorted(random.randrange(len(content) + 1) for _ in range(2))
        lines = bytes(content).splitlines(keepends=True) or [b""]
        line, other_line = random.randrange(len(lines)), random.randrange(len(lines))
        accident = random.randrange(8)
        if accident == 0:
            content[place:place] = random.choice(WORDS)
        elif accident == 1:
            del content[place : place + random.choice([1, 1, 2, 9])]
        elif accident == 2:
            content[place:other] = content[place:other][: random.randrange(20)]
        elif accident == 3:
            content[place : place + 1] = bytes([random.randrange(256)])
        elif accident == 4:
            lines[line], lines[other_line] = lines[other_line], lines[line]
            content = bytearray(b"".join(lines))
        elif accident == 5:
            lines.insert(line, lines[other_line])
            content = bytearray(b"".join(lines))
        elif accident == 6:
            lines[line] = random.choice([b"  ", b" ", b""]) + lines[line].lstrip()
            content = bytearray(b"".join(lines))
        else:
            content[place : place + 1] = str(random.choice([0, 1, 7, 34, 1100, 10**9, 10**30])).encode()
    return bytes(content)


def fuzz(count: int, seed: int = 0) -> dict[str, int]:
    """Read damaged files; returns how many were read and refused, and how many broke the law, which are printed."""
    random, result = Random(seed), {"read": 0, "refused": 0, "broke the law": 0}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            content = damaged(random)
            began = monotonic()
            try:
                read_project(content, Path(folder) / "film.tcvc.yaml")
                result["read"] += 1
            except UsageError:
                result["refused"] += 1
            except Exception:
                result["broke the law"] += 1
                print(number, content if len(content) < 5000 else content[:200])
                traceback.print_exc()
            if monotonic() - began > 10:
                result["broke the law"] += 1
                print(number, "took longer than ten seconds")
    return result


if __name__ == "__main__":
    found = fuzz(*map(int, sys.argv[1:]))
    print(found)
    sys.exit(found["broke the law"] > 0)
