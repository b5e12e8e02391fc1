"""Prints nuke/toolsets/TCVC_Colorize.nk, made from `Settings` and the tables below.

python scripts/nuke_node.py > nuke/toolsets/TCVC_Colorize.nk
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vs_tcvc import __version__
from vs_tcvc.sequences.color_space import PlateSpace
from vs_tcvc.settings import Option, options

STRING, FILE, INT, ENUM, BOOL, DOUBLE, COLOR, TAB, BUTTON, TEXT = 1, 2, 3, 4, 6, 7, 18, 20, 22, 26
"""What `addUserKnob` calls the kinds of knobs."""

OPTIONS = {option.name: option for option in options()}


@dataclass(frozen=True)
class Knob:
    """A knob of the group. value: as Nuke writes it, "" for none; range: of a slider; items: of a menu."""

    kind: int
    name: str
    label: str = ""
    value: str = ""
    tip: str = ""
    range: tuple[float, float] | None = None
    items: tuple[str, ...] = ()
    is_hidden: bool = False
    starts_line: bool = True

    def lines(self) -> Iterator[str]:
        """How a script says it."""
        words = [str(self.kind), self.name, "l", quoted(self.label or self.name.replace("_", " "))]
        if self.tip:
            words += ["t", quoted(self.tip)]
        if self.kind == BUTTON:
            words += ["T", quoted(f"import tcvc_nuke; tcvc_nuke.press('{self.name}')")]
        if self.kind == TEXT:
            words += ["T", quoted(self.value)]
        if self.items:
            words += ["M", "{" + " ".join(self.items) + "}"]
        if self.range:
            words += ["R", *(f"{end:g}" for end in self.range)]
        words += ["+INVISIBLE"] if self.is_hidden else []
        words += ["+STARTLINE" if self.starts_line else "-STARTLINE"] if self.kind in (BOOL, BUTTON) else []
        yield f"addUserKnob {{{' '.join(words)}}}"
        if self.value and self.kind != TEXT:
            yield f"{self.name} {self.value}"


@dataclass(frozen=True)
class Node:
    """A node of the graph in the group. inputs: names, input 0 first; knobs: as Nuke writes them."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    knobs: tuple[tuple[str, str], ...]
    at: tuple[int, int]

    def lines(self) -> Iterator[str]:
        """How a script says it; nodes take their inputs from a stack, input 0 from its top."""
        yield from (f"push $N_{name}" for name in reversed(self.inputs))
        yield f"{self.kind} {{"
        yield f" inputs {len(self.inputs)}"
        yield from (f" {name} {value}" for name, value in self.knobs)
        yield from (f" name {self.name}", f" xpos {self.at[0]}", f" ypos {self.at[1]}", "}")
        yield f"set N_{self.name} [stack 0]"


def quoted(text: str) -> str:
    """Text as Tcl reads it back."""
    for special in '\\"[$':
        text = text.replace(special, "\\" + special)
    return f'"{text}"'


def link(expression: str) -> str:
    """A knob that follows an expression."""
    return f'{{{{"{expression}"}}}}'.replace("[", "\\[")


def setting(option: Option) -> Knob:
    """An option of the core as a knob: its name, default, range and help."""
    kind = ENUM if option.choices else {int: INT, float: DOUBLE, bool: BOOL, str: STRING}[option.kind]
    range = (option.low, option.high) if option.low is not None and option.high is not None else None
    return Knob(
        kind,
        option.name,
        "",
        str(option.default),
        f"{option.help[0].upper()}{option.help[1:]}.",
        range,
        option.choices or (),
    )


def button(name: str, label: str, tip: str, starts_line: bool = False) -> Knob:
    """A button that the plug-in handles."""
    return Knob(BUTTON, name, label, tip=tip, starts_line=starts_line)


def hidden(kind: int, name: str, value: str = "") -> Knob:
    """A hidden knob that stores a value."""
    return Knob(kind, name, value=value, is_hidden=True)


WEIGHTS = PlateSpace().weights
SATURATION = OPTIONS["saturation"]

KNOBS = (
    Knob(TAB, "tcvc", "TCVC"),
    Knob(INT, "first_frame", value="1001", tip="First frame of the clip."),
    Knob(INT, "last_frame", value="1100", tip="Last frame of the clip."),
    button("range_from_input", "from input", "Take the range of the plate."),
    Knob(ENUM, "ref_mode", "reference", "none", "Painted pictures that the shots follow: none, frames of the ref "
         "input, or files.", items=("none", "input", "files")),
    Knob(STRING, "ref_frames", "reference frames", '""', "Frames that have a painted picture, as in 1001,1040."),
    button("ref_add_current", "add current", "Add the current frame to the list."),
    Knob(FILE, "ref_file", "reference file", '""', "A painted picture, or pictures with #### for the frame. PNG, TIFF "
         "and JPEG are read as sRGB, EXR in the working space."),
    Knob(STRING, "cuts", value='""', tip="First frames of shots, as in 1043,1101. A list replaces detection."),
    Knob(BOOL, "cuts_detect", "detect", "true", "Detect cuts if no list is given.", starts_line=False),
    Knob(FILE, "edl_file", "edit list", '""', "A CMX3600 EDL or an OTIO file."),
    button("edl_import", "import", "Read the cuts of the edit list; its first frame is first_frame."),
    Knob(FILE, "project", "project", '""', "The project file of the film, film.tcvc.yaml, with the shots, references, "
         "hints and looks, in place of references and cuts."),
    Knob(ENUM, "output", value="beauty", tip="beauty: the plate in colour. chroma: the baked multipliers, of "
         "luminance 1. plate: the unchanged plate.", items=("beauty", "chroma", "plate")),
    Knob(DOUBLE, "saturation", "", str(SATURATION.default), "Strength of the colour, live; luminance stays.", (0, 2)),
    Knob(DOUBLE, "mix", value="1", tip="From the plate (0) to the result (1), live.", range=(0, 1)),
    Knob(BOOL, "gamut_limit", "limit to gamut", "false", "Reduce saturation where a channel would go below 0."),
    button("colorize", "Colorize", "Render the plate and colour all frames.", starts_line=True),
    button("resume", "Resume", "Render only the missing frames."),
    button("cancel", "Cancel", "Stop after the current frame; finished frames are kept."),
    button("create_read", "Create Read", "A Read of the baked chroma, beside this node."),
    button("open_cache", "Open cache", "Show the folder of this version."),
    Knob(TEXT, "status", value="not baked yet"),
    Knob(TAB, "tcvc_cache", "Cache"),
    Knob(FILE, "cache_dir", "folder", quoted("[file dirname [value root.name]]/tcvc"), "Where bakes are kept."),
    Knob(INT, "version", value="1", tip="Every version has its own folder."),
    button("version_up", "version up", "Start a new version; the old one is kept."),
    button("clear_cache", "clear", "Delete the folder of this version.", starts_line=True),
    Knob(TAB, "tcvc_worker", "Worker"),
    Knob(FILE, "worker_python", "python", '""', "The Python that has vs-tcvc installed; empty: $TCVC_PYTHON."),
    button("worker_test", "test", "Check that this Python has vs-tcvc."),
    *(setting(OPTIONS[name]) for name in ("device", "model", "size")),
    Knob(ENUM, "run_mode", "run", "local", "On this machine, or on a farm.", items=("local", "farm")),
    button("farm_submit", "Write farm job", "Write an Open Job Description template: plate, shots, comp.", True),
    Knob(TAB, "tcvc_colour", "Colour"),
    Knob(STRING, "working_space", value='""', tip="OCIO name of the script's working space; empty: scene_linear, or "
         "linear Rec.709 where Nuke manages colour itself."),
    Knob(FILE, "ocio_config", "OCIO config", '""', "Empty: the script's own, else $OCIO, else a built-in one."),
    Knob(DOUBLE, "exposure", value="0", tip="Stops; only for the picture given to the network.", range=(-6, 6)),
    hidden(COLOR, "luma_weights", "{" + " ".join(f"{weight:.9g}" for weight in WEIGHTS) + "}"),
    hidden(STRING, "job_id", '""'),
    hidden(STRING, "upstream_hash", '""'),
    hidden(BOOL, "running", "false"),
    hidden(STRING, "plugin_version", __version__),
)  # fmt: skip


def luminance(side: str) -> str:
    """Y of an input of a MergeExpression; gray is unchanged."""
    r, g, b = (side + channel for channel in "rgb")
    return f"{g}+parent.luma_weights.r*({r}-{g})+parent.luma_weights.b*({b}-{g})"


LIMIT = "min(parent.saturation, 1/max(1-min(Ar,min(Ag,Ab))/n, 0.000001))"
RECOMBINE = (
    ("temp_name0", "y"),
    ("temp_expr0", quoted(luminance("B"))),
    ("temp_name1", "n"),
    ("temp_expr1", quoted(luminance("A"))),
    ("temp_name2", "s"),
    ("temp_expr2", quoted(f"parent.gamut_limit ? {LIMIT} : parent.saturation")),
    *((f"expr{index}", quoted(f"n > 0 ? y*(1+s*(A{c}/n-1)) : B{c}")) for index, c in enumerate("rgb")),
)
"""Luminance of the plate (B) times the baked colour (A); where nothing is baked, A is black: the plate."""

WRITE = (
    ("file_type", "exr"), ("channels", "rgb"), ("raw", "true"), ("create_directories", "true"),
    ("datatype", '"16 bit half"'), ("compression", '"Zip (1 scanline)"'), ("metadata", '"all metadata"'),
)  # fmt: skip
AT_WORK = (("disable", link("parent.running == 0")),)
"""Render All skips nodes that only a bake writes."""
AT_WORK_OR_FARM = (("disable", link("parent.running == 0 && parent.run_mode == 0")),)

READ = (
    ("file_type", "exr"), ("raw", "true"), ("before", "black"), ("after", "black"), ("on_error", "black"),
    ("origset", "true"),
)  # fmt: skip

NODES = (
    Node("Input", "plate", (), (), (0, 0)),
    Node("Input", "ref", (), (("number", "1"),), (-600, 0)),
    Node("Input", "mask", (), (("number", "2"),), (-400, 200)),
    Node("Write", "RefWrite", ("ref",), WRITE + AT_WORK, (-600, 100)),
    Node("Write", "PlateWrite", ("plate",), WRITE + AT_WORK_OR_FARM, (-400, 100)),
    Node("Read", "Chroma", (), READ, (550, 200)),
    Node("MergeExpression", "Recombine", ("plate", "Chroma"), RECOMBINE, (330, 300)),
    Node("Expression", "NoMask", ("plate",), (("expr3", "1"),), (-200, 200)),
    Node("Switch", "MaskSwitch", ("NoMask", "mask"), (("which", link("[exists parent.input2]")),), (-200, 300)),
    Node("Keymix", "Mix", ("plate", "Recombine", "MaskSwitch"),
         (("channels", "rgb"), ("mix", link("parent.mix")), ("bbox", "B")), (80, 400)),
    Node("Switch", "Result", ("Mix", "Chroma", "plate"), (("which", link("parent.output")),), (250, 500)),
    Node("Output", "Output1", ("Result",), (), (250, 600)),
)  # fmt: skip


def script() -> str:
    """The whole file."""
    lines = ["set cut_paste_input [stack 0]", "version 14.0 v1", "push 0", "push 0", "push $cut_paste_input", "Group {"]
    lines += [" inputs 3", " name TCVC_Colorize1", f" help {quoted('Colour for black-and-white plates: see docs.')}"]
    lines += [" icon TCVC.png"]
    lines += [f" {line}" for knob in KNOBS for line in knob.lines()]
    lines += ["}"]
    lines += [f" {line}" for node in NODES for line in node.lines()]
    return "\n".join([*lines, "end_group"])


if __name__ == "__main__":
    print(script())
