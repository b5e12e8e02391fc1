"""tcvc doctor: check that everything tcvc needs is installed and works. One line per check, with a remedy.

`ok` works, `--` is missing but optional, `!!` must be fixed. The last check colours three frames.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vs_tcvc.errors import TcvcError, as_flag
from vs_tcvc.runtime import host_files, processors

OK, ABSENT, BROKEN = "ok", "--", "!!"


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    state: OK, ABSENT (and not needed) or BROKEN. text: what was found. remedy: what to do, "" for nothing.
    """

    name: str
    state: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.state}  {self.name:<{_WIDTH}}  {self.text}{'; ' if self.remedy else ''}{self.remedy}"


def add_to(commands: Any) -> None:
    """Add the subcommand."""
    parser = commands.add_parser("doctor", help="check this installation", description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout instead of lines")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print to stdout. Returns 0 if nothing is broken, else 1."""
    findings = []
    for finding in examine():
        findings.append(finding)
        if not arguments.json:
            print(finding, flush=True)
    is_well = all(finding.state != BROKEN for finding in findings)
    if arguments.json:
        print(json.dumps({"ok": is_well, "findings": [asdict(finding) for finding in findings]}, indent=1))
    return 0 if is_well else 1


def examine() -> Iterator[Finding]:
    """All findings, each as soon as it is known; an exception of a check becomes a finding."""
    for check in CHECKS:
        yield check.finding()


@dataclass(frozen=True)
class Check:
    """One check.

    name: as it is printed. look: finds out. is_needed: tcvc does not work without. remedy: what to do where `look`
    raises anything but an error of ours, which tells its own remedy.
    """

    name: str
    look: Callable[[str], Finding]
    is_needed: bool
    remedy: str = ""

    def finding(self) -> Finding:
        """The finding of `look`, or of the exception that it raises."""
        state = BROKEN if self.is_needed else ABSENT
        try:
            return self.look(self.name)
        except TcvcError as error:
            return Finding(self.name, state, error.sentence(as_flag))
        except Exception as error:
            words = next(iter(str(error).strip().splitlines()), "")
            return Finding(self.name, state, f"{type(error).__name__}: {words}", self.remedy)


def python(name: str, version: tuple[int, int, int] = sys.version_info[:3]) -> Finding:
    """Python itself."""
    text = ".".join(map(str, version))
    if (3, 12, 0) <= version <= (3, 12, 3):
        return Finding(name, OK, f"{text}, which can crash when a thread ends (gh-119585)", "use 3.12.4 or later")
    if version < (3, 11):
        return Finding(name, BROKEN, f"{text} is too old", "use 3.11 or later")
    return Finding(name, OK, text)


def torch(name: str) -> Finding:
    """PyTorch, and the features of this CPU that it can use."""
    import torch

    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # not in every torch
    extras = {"avx512_bf16": "AVX512-BF16", "amx_bf16": "AMX"}
    abilities = [torch.backends.cpu.get_cpu_capability(), *(text for key, text in extras.items() if able.get(key))]
    return Finding(name, OK, f"{torch.__version__}, CPU with {processors.count()} threads, {', '.join(abilities)}")


def gpu(name: str) -> Finding:
    """GPUs that PyTorch can use."""
    import torch

    found = [f"cuda:{index} {torch.cuda.get_device_name(index)}" for index in range(torch.cuda.device_count())]
    found += ["mps"] if torch.backends.mps.is_available() else []
    if found:
        return Finding(name, OK, ", ".join(found))
    return Finding(
        name, ABSENT, "none that torch can use", "a CPU is enough; for an NVIDIA GPU see https://pytorch.org"
    )


def openvino(name: str) -> Finding:
    """OpenVINO, and the features of this CPU that it can use."""
    if find_spec("openvino") is None:
        return Finding(
            name, ABSENT, "not installed", "on an x86 CPU it halves the time of a frame: pip install openvino"
        )
    from vs_tcvc.backends.openvino import core

    able = set(core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")) & set(_NUMBERS)
    return Finding(name, OK, f"{version('openvino')}, {', '.join(sorted(able))}")


def onnxruntime(name: str) -> Finding:
    """ONNX Runtime and its providers."""
    from vs_tcvc.backends.onnx import problem, providers_here

    if problem():
        return Finding(name, ABSENT, problem(), "only --backend onnx and ONNX reference models need it")
    runs_on = (provider.removesuffix("ExecutionProvider") for provider in providers_here())
    return Finding(name, OK, f"{version('onnxruntime')}, {', '.join(runs_on)}")


def auto_device(name: str) -> Finding:
    """The device and backend for `auto`, and why."""
    from vs_tcvc.backends import make_colorizer
    from vs_tcvc.backends.openvino import problem
    from vs_tcvc.settings import Settings

    _, chosen = make_colorizer(Settings())
    if chosen.device != "cpu":
        why = "the first GPU that torch can use"
    elif chosen.backend == "openvino":
        why = "there is no GPU, and OpenVINO is faster than torch"
    else:
        why = f"there is no GPU, and OpenVINO is not used: {problem() or 'this is not an x86 processor'}"
    return Finding(name, OK, f"{str(chosen).partition(' on ')[2]}: {why}")


def weights(name: str) -> Finding:
    """The shipped weights, each with its hash. Raises WeightsError."""
    from vs_tcvc.networks.weights_file import shipped

    whole = (f"{file.path.stem} with SHA-256 {file.verify()[:12]}..., as shipped" for file in shipped())
    return Finding(name, OK, ", ".join(whole))


def pyav(name: str) -> Finding:
    """PyAV, which reads and writes files."""
    import av

    return Finding(name, OK, f"{av.__version__} with FFmpeg {av.ffmpeg_version_info}")


def ffmpeg(name: str) -> Finding:
    """An ffmpeg program, for pipes."""
    on_path, brought = shutil.which("ffmpeg"), _ffmpeg_of_imageio()
    program = on_path or brought
    if not program:
        return Finding(name, ABSENT, "not on PATH", "for pipes install it (Debian: apt install ffmpeg)")
    asked = subprocess.run([program, "-version"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    version = asked.stdout.removeprefix("ffmpeg version ").partition(" ")[0]
    return Finding(name, OK, f"{version}, {program}", "" if on_path else "not on PATH: call it by its full path")


def _ffmpeg_of_imageio() -> str | None:
    """The program of the package imageio-ffmpeg, if it is installed."""
    found = find_spec("imageio_ffmpeg")
    binaries = Path(found.origin).parent / "binaries" if found and found.origin else Path()
    return next(map(str, binaries.glob("ffmpeg-*")), None)


def vapoursynth(name: str) -> Finding:
    """The Python module of VapourSynth."""
    from vapoursynth import __version__ as version
    from vapoursynth import (
        core,
    )  # a bare folder of that name, which our plugin creates, can be imported but has no core

    return Finding(name, OK, f"{version}, {len(list(core.plugins()))} plugins")


def vspipe(name: str) -> Finding:
    """The program that runs scripts; it finds its Python only in an environment that has been configured."""
    beside = Path(sys.executable).with_name("vspipe")
    program = str(beside) if beside.is_file() else shutil.which("vspipe")
    if program is None:
        return Finding(name, ABSENT, "not on PATH", "it comes with VapourSynth")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "blank.vpy")
        script.write_text("from vapoursynth import core\ncore.std.BlankClip(length=1).set_output()\n")
        asked = subprocess.run(
            [program, "--info", str(script), "-"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
        )
    if asked.returncode:
        return Finding(name, ABSENT, f"{program} does not find its Python", "for scripts run: vapoursynth config")
    return Finding(name, OK, f"{program} runs scripts")


def vapoursynth_plugin(name: str) -> Finding:
    """The filter core.tcvc, and whether it was built from the source in this package."""
    try:
        from vapoursynth import core
    except ImportError:
        return Finding(name, ABSENT, "needs VapourSynth")
    if not hasattr(core, "tcvc"):
        return _not_loaded(name, core)
    built_from, path = core.tcvc.Version(), core.tcvc.plugin_path
    if built_from != host_files.plugin_hash():
        text = f"{path} was built from other source ({built_from}) than this package's ({host_files.plugin_hash()})"
        return Finding(name, BROKEN, text, _PLUGIN)
    return Finding(name, OK, f"{path}, source {built_from}")


def _not_loaded(name: str, core: Any) -> Finding:
    """Why VapourSynth is installed but core.tcvc is missing; loading the library gives VapourSynth's own reason."""
    *folder, library = host_files.PLUGIN
    found = [path for place in sys.path for path in Path(place, *folder).glob(f"{library}.*")]
    if not found:
        text = "was not built when vs-tcvc was installed"
        return Finding(name, ABSENT, text, f"install a C compiler, then {_PLUGIN}")
    try:
        core.std.LoadPlugin(str(found[0]))
    except Exception as error:
        return Finding(name, BROKEN, f"{found[0]} does not load: {error}", _PLUGIN)
    remedy = f"install both in one environment, or set VAPOURSYNTH_EXTRA_PLUGIN_PATH to {found[0].parent}"
    return Finding(name, BROKEN, f"{found[0]} is intact, but VapourSynth does not look in that folder", remedy)


def temporary_folder(name: str) -> Finding:
    """Where temporary files go."""
    return _write(name, tempfile.gettempdir())


def current_folder(name: str) -> Finding:
    """Where outputs without a folder in their name go."""
    return _write(name, str(Path.cwd()))


def _write(name: str, folder: str) -> Finding:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"tcvc")
    return Finding(name, OK, f"{folder} can be written")


def coloring(name: str) -> Finding:
    """Colour three frames as tcvc-pipe does; raises as `pipe.colorize_stream`."""
    from io import BytesIO
    from threading import Event

    from ffmpeg_filters import pipe, y4m
    from vs_tcvc.settings import Settings

    gray, colored = BytesIO(_film()), BytesIO()
    frames = pipe.colorize_stream(y4m.Reader(gray), colored, Settings(size=64, log="quiet"), Event())
    gray.seek(0)
    colored.seek(0)
    before, after = ([bytes(frame.planes[0]) for frame in y4m.Reader(film)] for film in (gray, colored))
    if before != after:
        return Finding(name, BROKEN, "luma was changed", _REPORT)
    return Finding(name, OK, f"{frames} frames coloured, their luma kept exactly")


def _film() -> bytes:
    """A Y4M film of three gray frames, 64x48."""
    frame = bytes(range(16, 208, 3)) * 48
    return b"YUV4MPEG2 W64 H48 F25:1 Ip Cmono\n" + (b"FRAME\n" + frame) * 3


_NUMBERS = ("FP32", "FP16", "BF16", "INT8")
_INSTALL = "install vs-tcvc again, in its checkout: pip install --force-reinstall ."
_PLUGIN = "install vs-tcvc again, in its checkout: pip install --force-reinstall --no-deps --no-cache-dir -e ."
_REPORT = "report this with all lines above"

CHECKS = (
    Check("Python", python, True),
    Check("torch", torch, True, _INSTALL),
    Check("GPU", gpu, False, "use --device cpu"),
    Check("OpenVINO", openvino, False, "use --backend torch"),
    Check("ONNX Runtime", onnxruntime, False, "use --backend torch"),
    Check("--device auto", auto_device, True, "try --device cpu"),
    Check("weights", weights, True, _INSTALL),
    Check("PyAV", pyav, True, _INSTALL),
    Check("ffmpeg", ffmpeg, False, "for pipes install it again"),
    Check("VapourSynth", vapoursynth, False, "for its scripts: pip install vapoursynth (Python 3.12 or later)"),
    Check("vspipe", vspipe, False, "for scripts run: vapoursynth config"),
    Check("core.tcvc", vapoursynth_plugin, False, _PLUGIN),
    Check("temporary folder", temporary_folder, False, "set TMPDIR to a folder that can be written"),
    Check(
        "current folder", current_folder, False, "work in a folder of your own, or give outputs with their full path"
    ),
    Check("colouring", coloring, True, _REPORT),
)
"""In the order of printing: earlier findings explain later failures."""

_WIDTH = max(len(check.name) for check in CHECKS)
