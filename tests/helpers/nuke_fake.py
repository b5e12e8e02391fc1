"""A small Nuke for tests: what it does not know raises. Standard library alone, Python 3.9 on.

It reads .nk files with a real Tcl, holds nodes and knobs, works out expressions, keeps Nuke's rules of threads, and
hands pictures to a renderer (nuke_images.py). Facts about knobs are of Nuke 17.0v3, by hand from the tables of
github.com/kirkjr2/nuke-python-reference; those that only an EXR Write has are as in Foundry's SmartVector export.
"""

from __future__ import annotations

import queue
import re
import runpy
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

try:
    import tkinter
except ImportError as error:
    raise ImportError(
        "this Python lacks tkinter, whose Tcl reads .nk files; install it (Debian: python3-tk)"
    ) from error

PLUGIN = Path(__file__).resolve().parents[2] / "nuke"
EVERYWHERE = {
    "name": "String_Knob", "label": "Multiline_Eval_String_Knob", "help": "EvalString_Knob", "icon": "File_Knob",
    "xpos": "Int_Knob", "ypos": "Int_Knob", "tile_color": "ColorChip_Knob", "disable": "Disable_Knob",
    "selected": "Boolean_Knob",
}  # fmt: skip
EXPRESSIONS = {f"{kind}{index}": "EvalString_Knob" for kind in ("expr", "temp_expr", "temp_name") for index in range(4)}
FACTS: dict[str, dict[str, str]] = {
    "Root": {"first_frame": "Int_Knob", "last_frame": "Int_Knob", "fps": "Double_Knob", "proxy": "Boolean_Knob",
             "colorManagement": "Enumeration_Knob", "OCIO_config": "Enumeration_Knob",
             "customOCIOConfigPath": "File_Knob"},
    "Group": {},
    "Input": {"number": "Int_Knob"},
    "Output": {},
    "Read": {"file": "File_Knob", "file_type": "Enumeration_Knob", "first": "Int_Knob", "last": "Int_Knob",
             "origfirst": "Int_Knob", "origlast": "Int_Knob", "origset": "Boolean_Knob", "before": "Enumeration_Knob",
             "after": "Enumeration_Knob", "on_error": "Enumeration_Knob", "raw": "Boolean_Knob",
             "reload": "Script_Knob"},
    "Write": {"file": "File_Knob", "file_type": "Enumeration_Knob", "channels": "ChannelMask_Knob",
              "raw": "Boolean_Knob", "create_directories": "Boolean_Knob"},
    "Write exr": {"datatype": "Enumeration_Knob", "compression": "Enumeration_Knob", "metadata": "Enumeration_Knob"},
    "MergeExpression": EXPRESSIONS,
    "Expression": EXPRESSIONS,
    "Switch": {"which": "Array_Knob"},
    "Keymix": {"channels": "ChannelMask_Knob", "maskChannel": "Channel_Knob", "mix": "Array_Knob",
               "bbox": "Enumeration_Knob", "invertMask": "Boolean_Knob"},
    "Grade": {"white": "Array_Knob"},
}  # fmt: skip
ITEMS = {
    "before": ["hold", "loop", "bounce", "black"], "after": ["hold", "loop", "bounce", "black"],
    "on_error": ["error", "black", "checkerboard", "nearest frame"], "bbox": ["union", "B", "A"],
    "file_type": [" ", "exr", "dpx", "png", "tiff"], "datatype": ["16 bit half", "32 bit float"],
    "compression": ["none", "Zip (1 scanline)", "Zip (16 scanlines)"], "metadata": ["default metadata", "all metadata"],
    "colorManagement": ["Nuke", "OCIO"], "OCIO_config": ["custom", "nuke-default"],
}  # fmt: skip
DEFAULTS = {
    "fps": 24.0,
    "first": 1,
    "last": 1,
    "mix": 1.0,
    "file_type": " ",
    "channels": "rgb",
    "maskChannel": "rgba.alpha",
}
USER_KINDS = {"1": "String_Knob", "2": "File_Knob", "3": "Int_Knob", "4": "Enumeration_Knob", "6": "Boolean_Knob",
              "7": "Double_Knob", "18": "Color_Knob", "20": "Tab_Knob", "22": "PyScript_Knob",
              "26": "Text_Knob"}  # fmt: skip
NUMBERS = {"Int_Knob": int, "ColorChip_Knob": int, "Double_Knob": float, "Array_Knob": float, "Boolean_Knob": bool,
           "Disable_Knob": bool}  # fmt: skip
TRUTHS = {"true": True, "false": False}
READERS: dict[type, Callable[[str], Any]] = {int: lambda text: int(text, 0), float: float, bool: TRUTHS.__getitem__}


def on_main_thread() -> None:
    """Nuke's rule: whatever touches the script does so on the main thread."""
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Nuke was touched by another thread than its main one")


class Knob:
    """A knob of a node; a value of another type than its own raises."""

    def __init__(self, node: Node, name: str, kind: str, items: list[str] | None = None) -> None:
        self._node, self._name, self.kind, self.items = node, name, kind, items or ITEMS.get(name, [])
        number = NUMBERS.get(kind)
        start = number() if number else [0.0] * 3 if kind == "Color_Knob" else self.items[0] if self.items else ""
        self._value: Any = DEFAULTS.get(name, start)
        self.default, self.expression, self.script = self._value, "", ""

    def name(self) -> str:
        return self._name

    def Class(self) -> str:
        return self.kind

    def value(self) -> Any:
        on_main_thread()
        if self.expression:
            return NUMBERS[self.kind](evaluate(self.expression, self._node.lookup, self._node.tcl))
        return self._value

    def setValue(self, value: Any) -> bool:
        on_main_thread()
        fits = {int: isinstance(value, int), float: isinstance(value, (int, float)), bool: isinstance(value, bool)}
        number = NUMBERS.get(self.kind)
        is_color = self.kind == "Color_Knob" and len(value) == 3
        if not (fits[number] if number else is_color or isinstance(value, str)):
            raise TypeError(f"{self._name} is a {self.kind}, which does not take {value!r}")
        if self.items and value not in self.items:
            raise TypeError(f"{self._name} has no item {value!r}")
        self._value = value
        self._node.host.changed(self._node, self)
        return True

    def read(self, text: str) -> None:
        """The value as a script says it."""
        host = self._node.host
        if text.startswith("{"):
            (self.expression,) = host.split(host.split(text)[0])
        elif self.kind == "Color_Knob":
            self._value = [float(each) for each in host.split(text)]
        else:
            self._value = READERS[NUMBERS[self.kind]](text) if self.kind in NUMBERS else text
            if self.items and self._value not in self.items:
                raise TypeError(f"{self._name} has no item {text!r}")


class File_Knob(Knob):
    def evaluate(self, frame: int | None = None) -> str | None:
        """With its Tcl worked out and the number of the frame put in."""
        host = self._node.host
        text = host.substitute(self.value())
        number = host.frame if frame is None else frame
        text = re.sub(r"#+", lambda at: f"{number:0{len(at[0])}d}", text)
        return re.sub(r"%0(\d)d", lambda at: f"{number:0{at[1]}d}", text) or None


class Script_Knob(Knob):
    def execute(self) -> None:
        on_main_thread()
        self._node.host.executed.append(f"{self._node.fullName()}.{self.name()}")


class Node:
    """A node; one of a class that FACTS does not know, or with a knob that it does not know, raises."""

    def __init__(self, host: Host, kind: str, parent: Group | None) -> None:
        on_main_thread()
        if kind not in FACTS:
            raise RuntimeError(f"{kind}: no such node")
        self.host, self._kind, self._parent = host, kind, parent
        self._knobs: dict[str, Knob] = {}
        self._inputs: list[Node | None] = []
        for name, knob_kind in {**EVERYWHERE, **FACTS[kind]}.items():
            self.add(name, knob_kind)
        if parent is not None:
            parent.children.append(self)

    def add(self, name: str, kind: str, items: list[str] | None = None) -> Knob:
        if name in self._knobs:
            raise RuntimeError(f"{self._kind} has a knob {name} already")
        types_of = {"File_Knob": File_Knob, "Script_Knob": Script_Knob}
        self._knobs[name] = types_of.get(kind, Knob)(self, name, kind, items)
        return self._knobs[name]

    def Class(self) -> str:
        return self._kind

    def knob(self, name: str) -> Knob | None:
        on_main_thread()
        return self._knobs.get(name)

    def knobs(self) -> dict[str, Knob]:
        return dict(self._knobs)

    def __getitem__(self, name: str) -> Any:
        found = self.knob(name)
        if found is None:
            raise NameError(f"knob {name} does not exist on {self.name()}, a {self._kind}")
        return found

    def name(self) -> str:
        return str(self["name"].value())

    def fullName(self) -> str:
        is_inside = self._parent is not None and self._parent.Class() != "Root"
        return f"{self._parent.fullName()}.{self.name()}" if is_inside and self._parent else self.name()

    def parent(self) -> Group:
        assert self._parent is not None
        return self._parent

    def inputs(self) -> int:
        return len(self._inputs)

    def input(self, index: int) -> Node | None:
        return self._inputs[index] if index < len(self._inputs) else None

    def setInput(self, index: int, node: Node | None) -> bool:
        on_main_thread()
        self._inputs += [None] * (index + 1 - len(self._inputs))
        self._inputs[index] = node
        self.host.call(self.host.knob_changed, self, types.SimpleNamespace(name=lambda: "inputChange"))
        return True

    def setXYpos(self, x: int, y: int) -> None:
        self["xpos"].setValue(x)
        self["ypos"].setValue(y)

    def xpos(self) -> int:
        return int(self["xpos"].value())

    def ypos(self) -> int:
        return int(self["ypos"].value())

    def frameRange(self) -> Any:
        first, last = self["first"].value(), self["last"].value()
        return types.SimpleNamespace(first=lambda: first, last=lambda: last)

    def writeKnobs(self, flags: int) -> str:
        assert flags == WRITE_NON_DEFAULT_ONLY | TO_SCRIPT
        changed = (knob for knob in self._knobs.values() if knob.value() != knob.default)
        return "\n".join(f"{knob.name()} {knob.value()}" for knob in changed)

    def tcl(self, command: str) -> str:
        """What a command of Tcl in an expression of this node gives."""
        self.host.asking = self
        return str(self.host.run_tcl(command))

    def lookup(self, name: str) -> Any:
        """The value of `parent.knob`, `parent.knob.r` or `knob`; as expressions name it."""
        node: Node = self
        *path, last = name.split(".")
        if path and path[0] == "parent":
            node, path = self.parent(), path[1:]
        if path:
            return node[path[0]].value()["rgb".index(last)]
        knob = node[last]
        return knob.items.index(knob.value()) if knob.kind == "Enumeration_Knob" else knob.value()


class Group(Node):
    def __init__(self, host: Host, kind: str, parent: Group | None) -> None:
        self.children: list[Node] = []
        super().__init__(host, kind, parent)

    def nodes(self) -> list[Node]:
        return list(self.children)

    def node(self, name: str) -> Node | None:
        return next((child for child in self.children if child.name() == name), None)

    def __enter__(self) -> Group:
        self.host.groups.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.host.groups.pop() is self


WRITE_NON_DEFAULT_ONLY, TO_SCRIPT = 4, 2
TOKEN = re.compile(r"\s*(?:(\[[^]]*\])|([0-9.]+)|([A-Za-z_][\w.]*)|(&&|\|\||[<>=!]=|.))")


def evaluate(text: str, lookup: Callable[[str], Any], tcl: Callable[[str], str]) -> Any:
    """An expression of Nuke, over numbers or arrays; a name or sign that it does not know raises."""
    tokens = [(at[1], at[2], at[3], at[4]) for at in TOKEN.finditer(text.strip())]
    return Parser(tokens, lookup, tcl).whole()


class Parser:
    """c ? a : b, || &&, comparisons, + -, * /, signs and !, calls of min and max."""

    LEVELS = (("||",), ("&&",), ("<", ">", "<=", ">=", "==", "!="), ("+", "-"), ("*", "/"))

    def __init__(self, tokens: list[Any], lookup: Callable[[str], Any], tcl: Callable[[str], str]) -> None:
        self._tokens, self._at, self._lookup, self._tcl = tokens, 0, lookup, tcl

    def whole(self) -> Any:
        result = self.choice()
        if self._at < len(self._tokens):
            raise SyntaxError(f"unexpected {self._tokens[self._at]}")
        return result

    def took(self, *signs: str) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][3] in signs:
            self._at += 1
            return str(self._tokens[self._at - 1][3])
        return ""

    def expect(self, sign: str) -> None:
        if not self.took(sign):
            raise SyntaxError(f"expected {sign}")

    def choice(self) -> Any:
        condition = self.level(0)
        if not self.took("?"):
            return condition
        yes = self.choice()
        self.expect(":")
        no = self.choice()
        if hasattr(condition, "shape"):
            import numpy as np

            return np.where(condition, yes, no)
        return yes if condition else no

    def level(self, number: int) -> Any:
        if number == len(self.LEVELS):
            return self.single()
        result = self.level(number + 1)
        while sign := self.took(*self.LEVELS[number]):
            result = OPERATORS[sign](result, self.level(number + 1))
        return result

    def single(self) -> Any:
        if self.took("-"):
            return -self.single()
        if self.took("!"):
            return not self.single()
        if self.took("("):
            result = self.choice()
            self.expect(")")
            return result
        command, number, name, sign = self._tokens[self._at]
        if sign:
            raise SyntaxError(f"unexpected {sign}")
        self._at += 1
        if command:
            return float(self._tcl(command[1:-1]))
        if number:
            return float(number)
        return self.call(name) if self.took("(") else self._lookup(name)

    def call(self, name: str) -> Any:
        arguments = [self.choice()]
        while self.took(","):
            arguments.append(self.choice())
        self.expect(")")
        result = arguments[0]
        for each in arguments[1:]:
            result = FUNCTIONS[name](result, each)
        return result


def _either(is_first: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def chosen(a: Any, b: Any) -> Any:
        if hasattr(a, "shape") or hasattr(b, "shape"):
            import numpy as np

            return np.where(is_first(a, b), a, b)
        return a if is_first(a, b) else b

    return chosen


FUNCTIONS = {"min": _either(lambda a, b: a < b), "max": _either(lambda a, b: a > b)}
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "&&": lambda a, b: a and b, "||": lambda a, b: a or b,
}  # fmt: skip


class Host:
    """One session of Nuke.

    render: writes one frame of a Write node, `render(write, frame, path)`. is_gui: with a user interface.
    """

    def __init__(self, script: Path, render: Callable[[Node, int, str], None], is_gui: bool = True) -> None:
        self.render = render
        self.frame = 1001
        self.executed: list[str] = []
        self.rendered: list[tuple[str, int, bool]] = []
        self.messages: list[str] = []
        self.bars: list[Any] = []
        self.cancel_at = 101  # per cent, at which the artist cancels a bar
        self.on_create: list[Callable[[], None]] = []
        self.knob_changed: list[Callable[[], None]] = []
        self._calls: queue.Queue[Any] = queue.Queue()
        self._this: list[tuple[Node, Any]] = []
        self.asking: Node | None = None
        self._tcl = tkinter.Tcl()
        self.run_tcl: Callable[[str], Any] = self._tcl.eval
        self.split: Callable[[str], tuple[str, ...]] = self._tcl.splitlist
        self.root = Group(self, "Root", None)
        self.root["name"].setValue(script.as_posix())
        self.root["last_frame"].setValue(100)
        self.groups = [self.root]
        self.nuke = self._module(is_gui)
        self._tcl.createcommand("value", lambda name: str(self.root.lookup(name.replace("root.", ""))))
        self._tcl.createcommand("exists", self._exists)

    def substitute(self, text: str) -> str:
        """Tcl's own substitution of [commands] in a text."""
        return str(self._tcl.call("subst", "-novariables", text))

    def start(self) -> None:
        """What Nuke does with a folder on its path; the process has this Nuke from here on."""
        sys.modules["nuke"] = self.nuke
        for name in ("init.py", "menu.py"):
            runpy.run_path(str(PLUGIN / name))

    def press(self, node: Node, button: str) -> None:
        """Push a button as an artist does; it runs inside the group, as in Nuke."""
        knob = node[button]
        assert knob.kind == "PyScript_Knob"
        self._this.append((node, knob))
        with node if isinstance(node, Group) else self.root:
            exec(knob.script, {"nuke": self.nuke})
        self._this.pop()

    def open_panel(self, node: Node) -> None:
        """What Nuke calls when a panel opens."""
        self.call(self.knob_changed, node, types.SimpleNamespace(name=lambda: "showPanel"))

    def changed(self, node: Node, knob: Knob) -> None:
        """Nuke calls for every change, also a program's."""
        if hasattr(self, "groups"):
            self.call(self.knob_changed, node, knob)

    def call(self, callbacks: list[Callable[[], None]], node: Node, knob: Any = None) -> None:
        if node.Class() == "Group":
            for callback in callbacks:
                self._this.append((node, knob))
                callback()
                self._this.pop()

    def pump(self, is_enough: Callable[[], bool], seconds: float = 60) -> None:
        """The main loop, until something is so; AssertionError when it takes too long."""
        until = time.monotonic() + seconds
        while not is_enough():
            assert time.monotonic() < until, "Nuke waited in vain"
            try:
                call, arguments = self._calls.get(timeout=0.02)
            except queue.Empty:
                continue
            call(*arguments)

    def load(self, text: str) -> list[Node]:
        """Nodes of a script, with the selection as what it pastes onto."""
        made: list[Node] = []
        stack: list[Node | None] = [next((n for n in self.root.children if n["selected"].value()), None)]
        groups: list[Group] = [self.root]
        stacks = [stack]
        known: dict[str, Node | None] = {"0": None}

        def name_of(node: Node | None) -> str:
            known[str(id(node))] = node
            return str(id(node)) if node else "0"

        failed: list[Exception] = []

        def unknown(*words: str) -> None:
            try:
                add(*words)
            except Exception as error:  # Tcl would tell less
                failed.append(error)
                raise

        def add(command: str, *arguments: str) -> None:
            if command == "end_group":
                groups.pop()
                stacks.pop()
                return
            node = self._make(command, groups[-1], dict_of_body(self.split(arguments[0])), stacks[-1])
            stacks[-1].append(node)
            if isinstance(node, Group):
                groups.append(node)
                stacks.append([])
            if len(groups) <= 2 and node.parent() is self.root:
                made.append(node)

        interpreter = tkinter.Tcl()
        interpreter.createcommand("unknown", unknown)
        interpreter.createcommand("version", lambda *_: None)
        interpreter.createcommand("push", lambda name: stacks[-1].append(known[name]))
        interpreter.createcommand("stack", lambda index: name_of(stacks[-1][-1 - int(index)]))
        try:
            interpreter.eval(text)
        except tkinter.TclError as error:
            raise (failed or [error])[0] from None
        for node in made:
            self.call(self.on_create, node)
        return made

    def _make(self, kind: str, parent: Group, body: list[tuple[str, str]], stack: list[Node | None]) -> Node:
        count = int(dict(body).get("inputs", "1"))
        node = (Group if kind == "Group" else Node)(self, kind, parent)
        for index in range(count):
            node.setInput(index, stack.pop() if stack else None)
        for name, text in body:
            if name == "addUserKnob":
                self._add_user_knob(node, self.split(text))
            elif name == "name":
                self._set_name(node, text)
            elif name != "inputs":
                node[name].read(text)
            if (kind, name, text) == ("Write", "file_type", "exr"):
                for each, knob_kind in FACTS["Write exr"].items():
                    node.add(each, knob_kind)
        return node

    def _set_name(self, node: Node, name: str) -> None:
        taken = {child.name() for child in node.parent().children}
        stem, number = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
        while name in taken:
            number = str(int(number or 0) + 1)
            name = stem + number
        node["name"].setValue(name)

    def _add_user_knob(self, node: Node, words: tuple[str, ...]) -> None:
        kind, name, *rest = words
        items: list[str] = []
        script = ""
        at = iter(rest)
        for word in at:
            if word == "M":
                items = list(self.split(next(at)))
            elif word == "T":
                script = next(at)
            elif word == "R":
                assert float(next(at)) < float(next(at))
            elif word in ("l", "t"):
                next(at)
            elif word not in ("+INVISIBLE", "+STARTLINE", "-STARTLINE"):
                raise RuntimeError(f"addUserKnob {name}: unknown word {word}")
        knob = node.add(name, USER_KINDS[kind], items)
        knob.script = script

    def _exists(self, name: str) -> str:
        at = re.fullmatch(r"parent\.input(\d)", name)
        if at is None or self.asking is None:
            raise RuntimeError(f"exists {name}: only inputs of a group are known, as parent.input2")
        return "1" if self.asking.parent().input(int(at[1])) else "0"

    def _module(self, is_gui: bool) -> types.ModuleType:
        host = self
        module: Any = types.ModuleType("nuke")

        class ProgressTask:
            def __init__(self, name: str) -> None:
                self.progress, self.message = 0, name
                host.bars.append(self)

            def setMessage(self, text: str) -> None:
                self.message = text

            def setProgress(self, percent: int) -> None:
                assert isinstance(percent, int)
                self.progress = percent

            def isCancelled(self) -> bool:
                return self.progress >= host.cancel_at

        def execute_in_main_thread(call: Callable[..., None], args: Any = ()) -> None:
            if threading.current_thread() is threading.main_thread():
                raise RuntimeError("executeInMainThread was called from the main thread")
            host._calls.put((call, args if isinstance(args, tuple) else (args,)))

        def create_node(kind: str, inpanel: bool = True) -> Node:
            return host._make(kind, host.groups[-1], [("name", f"{kind}1"), ("inputs", "0")], [])

        def all_nodes(kind: str, recurseGroups: bool = False) -> list[Node]:
            return [node for node in descendants(host.root) if node.Class() == kind]

        def load_toolset(path: str) -> Node:
            return host.load(Path(path).read_text(encoding="utf-8"))[0]

        def execute(node: Node, first: int, last: int, step: int) -> None:
            on_main_thread()
            assert (node.Class(), step) == ("Write", 1)
            if node["disable"].value():
                raise RuntimeError(f"{node.name()} is disabled")
            for frame in range(first, last + 1):
                host.rendered.append((node.name(), frame, host.root["proxy"].value()))
                host.render(node, frame, node["file"].evaluate(frame) or "")

        def add_path(path: str) -> None:
            """As in init.py: from where that lies, and for Python too."""
            assert (PLUGIN / path).is_dir()
            sys.path.insert(0, str(PLUGIN / path))

        module.GUI = is_gui
        module.Node, module.Group, module.File_Knob, module.ProgressTask = Node, Group, File_Knob, ProgressTask
        module.WRITE_NON_DEFAULT_ONLY, module.TO_SCRIPT = WRITE_NON_DEFAULT_ONLY, TO_SCRIPT
        module.root = lambda: host.root
        module.frame = lambda: host.frame
        module.thisNode = lambda: host._this[-1][0]
        module.thisKnob = lambda: host._this[-1][1]
        module.message = host.messages.append
        module.ask = lambda question: bool(question)
        module.executeInMainThread = execute_in_main_thread
        module.createNode, module.allNodes, module.loadToolset = create_node, all_nodes, load_toolset
        module.execute = execute
        module.addOnCreate = lambda call, nodeClass: host.on_create.append(call)
        module.addKnobChanged = lambda call, nodeClass: host.knob_changed.append(call)
        module.toolbar = lambda name: Menu()
        module.pluginAddPath = add_path
        return module  # type: ignore[no-any-return]


class Menu:
    """A menu that takes commands."""

    def addMenu(self, name: str, icon: str) -> Menu:
        return self

    def addCommand(self, name: str, command: Callable[[], None], icon: str) -> None:
        assert callable(command)


def descendants(group: Group) -> Iterator[Node]:
    """All nodes below a group."""
    for child in group.children:
        yield child
        if isinstance(child, Group):
            yield from descendants(child)


def dict_of_body(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Names and values of a node's braces, in order."""
    assert len(words) % 2 == 0
    return [(words[index], words[index + 1]) for index in range(0, len(words), 2)]
