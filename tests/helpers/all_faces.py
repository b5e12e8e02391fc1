"""Every face colours a film of a few frames with every backend, in the working folder, which must be empty.

A face named `leak` tells a host of the film, `native_leak` does so behind Python's back; they run only when asked for.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import vs_tcvc
from ffmpeg_filters import pipe
from vs_tcvc import cli
from vs_tcvc.cli import demo_film
from vs_tcvc.sequences.events import ProtocolLines
from vs_tcvc.sequences.job import Job
from vs_tcvc.sequences.worker import work

SIDE, FRAMES = 64, 3
running = "start"
"""Face and backend at work."""

BACKENDS = [name for name in ("openvino", "torch", "onnx") if find_spec({"onnx": "onnxruntime"}.get(name, name))]


def flags(backend: str) -> list[str]:
    return ["--size", "64", "--device", "cpu", "--backend", backend]


def pictures() -> list[NDArray[np.uint8]]:
    ramp = np.add.outer(np.arange(SIDE), np.arange(SIDE)).astype(np.uint8)
    return [ramp + 20 * index for index in range(FRAMES)]


def film() -> bytes:
    header = f"YUV4MPEG2 W{SIDE} H{SIDE} F24:1 Ip A1:1 Cmono\n".encode()
    return header + b"".join(b"FRAME\n" + each.tobytes() for each in pictures())


def tcvc(*words: object) -> None:
    code = cli.main([str(word) for word in words])
    assert code == 0, f"{words}: exit code {code}"


def by_pipe(backend: str) -> None:
    assert pipe.main(flags(backend), io.BytesIO(film()), io.BytesIO()) == 0


def by_colorize(backend: str) -> None:
    tcvc("colorize", "film.y4m", "film.mkv", "--overwrite", "--reference", "painted.png", *flags(backend))


def by_sequence(backend: str) -> None:
    tcvc("sequence", "plate.%04d.png", f"{backend}/colour.%04d.png", *flags(backend))


def by_worker(backend: str) -> None:
    settings = {"size": 64, "device": "cpu", "backend": backend}
    job = {"protocol": 1, "plate": "plate.%04d.png", "result": f"{backend}/job.%04d.png", "first": 0,
           "last": FRAMES - 1, "colorspace": "srgb_texture", "output": "beauty", "settings": settings}  # fmt: skip
    Path("job.json").write_text(json.dumps(job))
    assert work(partial(Job.read, Path("job.json")), ProtocolLines(io.StringIO(), False), threading.Event()) == 0


def by_references(backend: str) -> None:
    tcvc("references", "film.y4m", "--out", f"{backend}/references", *flags(backend))


def by_resolve_watch(backend: str) -> None:
    sent = Path(backend, "sent")
    sent.joinpath("tcvc1_0_3").mkdir(parents=True)
    for index, picture in enumerate(pictures()):
        cv2.imwrite(str(sent / "tcvc1_0_3" / f"plate_{index:04d}.png"), picture)
    sent.joinpath("tcvc1_0_3.otio").touch()
    tcvc("resolve-watch", sent, "--once", *flags(backend))


def by_project(backend: str) -> None:
    """The commands of a project, and hosts that take it."""
    folder, project = Path(backend, "film"), Path(backend, "film", "film.tcvc.yaml")
    folder.mkdir(parents=True)
    (folder / "film.y4m").write_bytes(film())
    tcvc("project", "new", folder / "film.y4m", *flags(backend))
    tcvc("project", "references", project)
    tcvc("render", project, folder / "film.mkv", *flags(backend))
    tcvc("project", "status", project)
    tcvc("report", project)
    tcvc("project", "clean", project)
    assert pipe.main([*flags(backend), "--project", str(project)], io.BytesIO(film()), io.BytesIO()) == 0
    tcvc("sequence", "plate.%04d.png", folder / "colour.%04d.png", "--project", project, *flags(backend))


def by_vapoursynth(backend: str) -> None:
    if find_spec("vapoursynth") is None:
        return
    from vapoursynth import GRAY8, core

    clip = core.std.BlankClip(format=GRAY8, width=SIDE, height=SIDE, length=FRAMES)
    core.tcvc.Colorize(clip, size=64, device="cpu", backend=backend).get_frame(FRAMES - 1).close()


def by_python(backend: str) -> None:
    settings = vs_tcvc.Settings(size=64, device="cpu", backend=backend)
    assert len([frame.rgb for frame in vs_tcvc.colorize(pictures(), settings=settings)]) == FRAMES


def by_ffmpeg_python(backend: str) -> None:
    import ffmpeg
    import imageio_ffmpeg

    from ffmpeg_filters.graph import colorize

    colored = colorize(ffmpeg.input("film.y4m"), size=64, device="cpu", backend=backend)
    colored.output("graph.mkv", vcodec="ffv1").run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), overwrite_output=True)


def by_model(backend: str) -> None:
    """A reference model of somebody else's."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    value = partial(helper.make_tensor_value_info, elem_type=TensorProto.FLOAT)
    kernel = numpy_helper.from_array(np.zeros((2, 3, 1, 1), np.float32), "kernel")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "kernel"], ["y"])], "model", [value("x", shape=[1, 3, "h", "w"])],
        [value("y", shape=[1, 2, "h", "w"])], [kernel],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "model.onnx")
    words = [*flags(backend), "--reference-model", "model.onnx"]
    assert pipe.main(words, io.BytesIO(film()), io.BytesIO()) == 0


def by_evaluate(backend: str) -> None:
    tcvc("evaluate", "--stills", "painted", "--json", *flags(backend))


def by_other_commands(backend: str) -> None:
    """Commands that colour nothing, or with a backend of their own choice; the demo's film."""
    tcvc("info", "film.y4m")
    tcvc("weights", "verify")
    cli.main(["doctor"])  # what it finds is another matter
    for take in demo_film.TAKES:
        demo_film._photograph(take.photograph)


def by_addresses(backend: str) -> None:
    """Films that name addresses instead of pictures: nobody follows them."""
    for name, text in ADDRESSES.items():
        Path(name).write_text(text)
        assert cli.main(["info", name]) != 0


def leak(backend: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"film", ("127.0.0.1", 9))


def native_leak(backend: str) -> None:
    os.close(ctypes.CDLL(None).socket(int(socket.AF_INET), int(socket.SOCK_DGRAM), 0))


ADDRESSES = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "list.mkv": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile 'http://127.0.0.1:9/a.mkv'\n",
    "call.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
                "a=rtpmap:96 H264/90000\n",
    "list.ts": "http://127.0.0.1:9/a.ts\n",
}  # fmt: skip

FACES: dict[str, Callable[[str], None]] = {
    "pipe": by_pipe, "colorize": by_colorize, "sequence": by_sequence, "worker": by_worker,
    "project": by_project,
    "references": by_references, "resolve-watch": by_resolve_watch, "VapourSynth": by_vapoursynth,
    "Python": by_python, "ffmpeg-python": by_ffmpeg_python, "reference model": by_model, "evaluate": by_evaluate,
    "other commands": by_other_commands, "addresses": by_addresses,
}  # fmt: skip


def main(names: list[str]) -> None:
    """Run these faces, or all but those that leak; a line of stderr for each that did its work."""
    global running
    Path("film.y4m").write_bytes(film())
    Path("painted").mkdir()
    painted = cv2.applyColorMap(pictures()[0], cv2.COLORMAP_AUTUMN)
    for name in ("painted.png", "painted/still.png"):
        cv2.imwrite(name, painted)
    for index, picture in enumerate(pictures()):
        cv2.imwrite(f"plate.{index:04d}.png", picture)
    for name in names or FACES:
        for backend in BACKENDS:
            running = f"{name}, {backend}:"
            {**FACES, "leak": leak, "native_leak": native_leak}[name](backend)
            print("ran", name, backend, file=sys.stderr, flush=True)
