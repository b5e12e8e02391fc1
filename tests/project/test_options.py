"""Every option of every face changes pixels or words, on films of a few frames and the smallest working size.

A face is run with its defaults, then with one option more. What came out and what was said are compared; numbers that
tell time are left out of what was said, and each face is also run twice with its defaults, which must give the same.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import runpy
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from types import MappingProxyType
from typing import Any

import av
import cv2
import ffmpeg
import imageio_ffmpeg
import jobs
import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from skimage import data

import vs_tcvc
from ffmpeg_filters import graph, pipe, y4m
from vs_tcvc import cli
from vs_tcvc.backends import foreign_model, make_colorizer
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.cuts.detection import difference, thumbnail
from vs_tcvc.errors import TcvcError, as_flag
from vs_tcvc.picture.chroma import ChromaStage
from vs_tcvc.picture.coding import SampleCoding
from vs_tcvc.project import document
from vs_tcvc.project.schema import Film, Project, Shot
from vs_tcvc.runtime import host_files
from vs_tcvc.sequences.image_file import Image, read_picture, spec_like, write_picture
from vs_tcvc.sequences.job import Job
from vs_tcvc.settings import FACES, PROJECT, PROJECT_NEW, Face, Option, Settings, options
from vs_tcvc.vapoursynth import filter

WIDTH, HEIGHT, SHOT, FIRST = 128, 96, 3, 1001
NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})
BASE = {"size": 64, "device": "cpu", "backend": "torch"}
VALUES: Mapping[str, Any] = {
    "reference": "painted.png@1", "project": "film.tcvc.yaml", "cuts": "2", "cut_threshold": 100, "use_props": False,
    "reference_frame": "best",
    "model": "published", "weights": "nowhere.safetensors", "reference_model": "nowhere.onnx", "trust_model": True,
    "device": "cuda:77",
    "backend": "cudagraphs", "precision": "fp16", "threads": 1, "size": 96, "matrix": "2020", "range": "full",
    "chroma": "444", "bits": "10", "look": "vivid", "saturation": 0.5, "own_color": "keep",
    "confidence": "sure.y4m", "log": "json",
}  # fmt: skip
"""For every option a value that is not its default; what is not on this machine is refused, which is said."""

NOT_HERE = ("model", "weights", "reference_model", "trust_model", "device", "backend", "precision")
"""Options whose value is refused, since it is not on this machine; the sentence proves that it was taken."""

SPECIAL: Mapping[tuple[str, str], Any] = {
    ("tcvc sequence", "reference"): f"painted.png@{FIRST + 1}",
    ("tcvc sequence", "cuts"): str(FIRST + 2),
    ("tcvc sequence", "project"): "plates.tcvc.yaml",
    ("a job", "project"): "plates.tcvc.yaml",
    ("tcvc sequence", "confidence"): "on",
    ("a job", "confidence"): "on",
    ("VapourSynth", "chroma"): "420",
    ("tcvc colorize", "range"): "limited",  # the Matroska film says that it is full range
    ("ffmpeg-python", "range"): "limited",
    ("a project", "range"): "limited",
    ("tcvc project new", "range"): "limited",
    ("tcvc render", "range"): "limited",
    ("vs_tcvc.open", "range"): "limited",
    ("vs_tcvc.colorize", "range"): "limited",
    ("vs_tcvc.colorize", "chroma"): "420",
    ("tcvc references", "range"): "limited",
    ("tcvc info", "range"): "limited",
    ("tcvc cuts", "range"): "limited",
    ("tcvc cuts", "cut_threshold"): 2,
    ("tcvc info", "cut_threshold"): 2,  # which is 60 or so otherwise, and nothing is found
}
"""Values for one face."""

ABOUT_COLOR = ("own_color",)
"""Options that change nothing of a gray film; tests/films has films in colour for every face."""

BESIDE: Mapping[str, Mapping[str, Any]] = {"trust_model": {"reference_model": "untold.pt"}}
"""What an option is about, given before and after."""

TIMES = re.compile(r'[0-9.]+ ?fps|"(fps|ms|seconds|elapsed|pid)": [0-9.]+|"params": "[0-9a-f]+"|[0-9]+:[0-9]{2}')


REFUSED = re.compile("expected|no such option|Error")


@dataclass(frozen=True)
class Outcome:
    """pixels: a digest of what was written; words: what was said, without times and what depends on them."""

    pixels: str
    words: str

    @classmethod
    def of(cls, pixels: bytes, words: str, folder: Path) -> Outcome:
        return cls(hashlib.sha256(pixels).hexdigest(), TIMES.sub("", words.replace(str(folder), "")))


Listen = Callable[[], str]
"""What was said on stdout and stderr since it was asked last."""

Run = Callable[[Path, dict[str, Any], Listen], tuple[bytes, str]]
"""A face at work in a folder that holds the films: option values by name -> what was written and said."""


def flags(values: Mapping[str, Any]) -> list[str]:
    """Words of a command line; the one option that is switched on takes no value."""
    return [
        as_flag(name) if value is True else f"{as_flag(name)}={int(value) if value is False else value}"
        for name, value in values.items()
    ]


def photograph(name: str) -> NDArray[np.uint8]:
    return np.asarray(getattr(data, name)())


def pictures() -> list[NDArray[np.uint8]]:
    """Two photographs, gray, three frames each."""
    grays = (cv2.cvtColor(photograph(name), cv2.COLOR_RGB2GRAY) for name in ("astronaut", "chelsea"))
    wide = [np.asarray(cv2.resize(each, (WIDTH + 8, HEIGHT + 8), interpolation=cv2.INTER_AREA)) for each in grays]
    return [np.array(each[at : at + HEIGHT, at : at + WIDTH], np.uint8) for each in wide for at in range(SHOT)]


def y4m_of(planes: list[NDArray[np.uint8]]) -> bytes:
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F24:1 Ip A1:1 Cmono\n".encode()
    return header + b"".join(b"FRAME\n" + np.ascontiguousarray(each).tobytes() for each in planes)


def planes_of(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return b"".join(bytes(plane) for frame in container.decode(video=0) for plane in frame.planes)


def files_of(folder: Path) -> bytes:
    """Pixels of the pictures in a folder; their metadata tell of the run."""
    return b"".join(
        np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED)).tobytes() for path in sorted(folder.rglob("*.png"))
    )


def write_project(path: Path, *shots: Shot, settings: Mapping[str, Any] = NO_SETTINGS) -> None:
    """The project of a film of these shots."""
    first = shots[0].frames[0]
    facts = Film("film.mkv", shots[-1].frames[1] - first, (WIDTH, HEIGHT), "24/1", first)
    document.write(document.new(path, Project(facts, shots, settings)))


def still() -> list[NDArray[np.uint8]]:
    """A picture and its mixture with another, each three times: a cut that `cut_threshold` has room around."""
    one, two = pictures()[::SHOT]
    mixed = np.asarray(cv2.addWeighted(one, 0.4, two, 0.6, 0), np.uint8)
    return [each for each in (one, mixed) for _ in range(SHOT)]


def write_film(path: Path, frames: list[NDArray[np.uint8]], is_torn: bool = False) -> None:
    """FFV1 in Matroska, gray, which says that it is full range. is_torn: it ends with a packet that is none."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gray"
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "gray")))
        container.mux(stream.encode(None))
        if is_torn:
            packet = av.Packet(b"torn")
            packet.stream, packet.pts, packet.dts = stream, len(frames), len(frames)
            packet.time_base = stream.codec_context.time_base
            container.mux(packet)


def write_model(path: Path) -> None:
    """An ONNX network that colours everything alike, of ddcolor's channels."""
    kernel, told = np.zeros((2, 3, 1, 1), np.float32), np.array([12, -18], np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "kernel", "told"], ["y"])], "constant",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, "h", "w"])],
        [numpy_helper.from_array(kernel, "kernel"), numpy_helper.from_array(told, "told")],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files by name: a film as Y4M and Matroska, and one of its frames painted."""
    folder = tmp_path_factory.mktemp("films")
    frames = pictures()
    write_film(folder / "film.mkv", frames)
    (folder / "film.y4m").write_bytes(y4m_of(frames))
    cv2.imwrite(str(folder / "painted.png"), cv2.applyColorMap(frames[1], cv2.COLORMAP_AUTUMN))
    (folder / "untold.pt").write_bytes(b"no TorchScript")
    write_model(folder / "model.onnx")
    write_film(folder / "torn.mkv", still(), is_torn=True)
    write_project(folder / "film.tcvc.yaml", Shot((0, SHOT)), Shot((SHOT, 2 * SHOT), state="gray"))
    first, last = FIRST, FIRST + 2 * SHOT
    write_project(folder / "plates.tcvc.yaml", Shot((first, first + SHOT)), Shot((first + SHOT, last), state="gray"))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# The faces


def tcvc(*words: object) -> None:
    cli.main([str(word) for word in words])


def run_pipe(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    sink = io.BytesIO()
    pipe.main(flags(values), io.BytesIO(Path("film.y4m").read_bytes()), sink)
    sure = Path("sure.y4m")
    return sink.getvalue() + (sure.read_bytes() if sure.exists() else b""), listen()


def run_graph(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    if "reference" in values:
        values = {**values, "reference": [values["reference"]]}
    try:
        film = graph.colorize(ffmpeg.input("film.mkv"), **values)
        film.output("out.mkv", vcodec="ffv1").run(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    except Exception as error:
        return b"", str(error)
    sure = Path("sure.y4m")
    return planes_of(Path("out.mkv")) + (sure.read_bytes() if sure.exists() else b""), listen()


def run_open(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """Frames; `bits` are for a film that is written."""
    film = vs_tcvc.open("film.mkv", settings=Settings.from_mapping(values)).colorize()
    if "bits" not in values:
        return given_and_logged(film)
    film.write("out.mkv", lossless=True)
    return planes_of(Path("out.mkv")), ""


def run_arrays(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    return given_and_logged(vs_tcvc.colorize(pictures(), settings=Settings.from_mapping(values)))


def given_and_logged(film: Iterable[vs_tcvc.ColorFrame]) -> tuple[bytes, str]:
    """What frames of the Python API hold, and what it logs or raises."""
    logger, words = logging.getLogger("vs_tcvc"), io.StringIO()
    handler = logging.StreamHandler(words)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        return b"".join(plane.tobytes() for frame in film for plane in (frame.luma, *frame.chroma)), words.getvalue()
    except TcvcError as error:
        return b"", str(error)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


def run_colorize(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    tcvc("colorize", "film.mkv", "out.mkv", "--lossless", *flags(values))
    return planes_of(Path("out.mkv")) if Path("out.mkv").exists() else b"", listen()


def run_project(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """The settings of a project that is rendered; what a project cannot allow, the command is told.

    Its film has a first frame that is not its best.
    """
    settings = {name: value for name, value in values.items() if name not in PROJECT.lacks}
    first, *others = pictures()
    write_film(folder / "film.mkv", [np.asarray(cv2.GaussianBlur(first, (0, 0), 3), np.uint8), *others])
    write_project(folder / "own.tcvc.yaml", Shot((0, SHOT)), Shot((SHOT, 2 * SHOT)), settings=settings)
    return rendered("own.tcvc.yaml", {name: value for name, value in values.items() if name not in settings}), listen()


def run_project_new(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """A project that is made and rendered; what it cannot allow, the other command is told."""
    own = {name: value for name, value in values.items() if name not in PROJECT_NEW.lacks}
    tcvc("project", "new", "film.mkv", "--out", "new.tcvc.yaml", *flags(own))
    film = rendered("new.tcvc.yaml", {name: value for name, value in values.items() if name not in own})
    made = Path("new.tcvc.yaml")
    return film + (made.read_bytes() if made.exists() else b""), listen()


def run_render(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    write_project(folder / "own.tcvc.yaml", Shot((0, SHOT)), Shot((SHOT, 2 * SHOT)))
    return rendered("own.tcvc.yaml", values), listen()


def rendered(project: str, values: Mapping[str, Any]) -> bytes:
    """What tcvc render writes."""
    tcvc("render", project, "out.mkv", "--lossless", *flags(values))
    return planes_of(Path("out.mkv")) if Path("out.mkv").exists() else b""


def plates(folder: Path, pattern: str) -> str:
    """The film as numbered PNG."""
    names = str(folder / pattern)
    Path(names).parent.mkdir(parents=True, exist_ok=True)
    for index, picture in enumerate(pictures()):
        cv2.imwrite(names % (FIRST + index), picture)
    return names


def run_sequence(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    plate, made_of = plates(folder, "plates/plate.%04d.png"), ("--output", "chroma", "--colorspace", "lin_rec709")
    tcvc("sequence", plate, folder / "out" / "out.%04d.exr", *made_of, *flags(values))
    made = sorted((folder / "out").glob("*.exr")) if (folder / "out").is_dir() else []
    return b"".join(read_picture(path, "").pixels.tobytes() for path in made), listen()


def done(job: dict[str, Any]) -> tuple[bytes, str]:
    """What the worker makes of a job."""
    try:
        wanted = Job.from_dictionary(job)
    except Exception as error:
        return b"", str(error)
    _, events = jobs.do(wanted)
    return b"".join(jobs.results(wanted).values()), json.dumps(events)


def run_job(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    keys: dict[str, Any] = {}
    if "cuts" in values:
        keys["cuts"] = str(FIRST + int(values.pop("cuts")))
    if values.pop("reference", None):
        keys["references"] = [{"frame": FIRST + 1, "path": "painted.png"}]
    if project := values.pop("project", None):
        keys["project"] = project
    plate = plates(folder, "plates/plate.%04d.png")
    linear = {"colorspace": "lin_rec709"}  # so that multipliers can be asked for
    return done({"protocol": 1, "plate": plate, "result": str(folder / "out" / "out.%04d.exr"), "first": FIRST,
                 "last": FIRST + 2 * SHOT - 1, "settings": values, **linear, **keys})  # fmt: skip


def run_resolve(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    script = runpy.run_path(str(host_files.folder("resolve") / "TCVC Colorize.py"))
    cuts = [FIRST + int(values.pop("cuts"))] if "cuts" in values else "auto"
    plate = plates(folder, "plate/plate_%04d.png")
    choices = {"colorspace": "scene_linear", "settings": values}
    return done(script["job_of"](choices, plate, (FIRST, FIRST + 2 * SHOT - 1), cuts, str(folder)))


def run_resolve_watch(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    sent = folder / "sent"
    plates(sent / "tcvc1_1001_6", "plate_%04d.png")
    (sent / "tcvc1_1001_6.otio").touch()
    tcvc("resolve-watch", sent, "--once", *flags(values))
    return files_of(sent / "tcvc1_1001_6" / "colour"), listen()


def run_nuke(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """The job of a node, which `run_job` colours, and what the node shows of a bake."""
    from nuke_desk import FIRST, Desk, inner, knobs, session

    if "cuts" in values:
        values["cuts"] = str(FIRST + int(values["cuts"]))
    if values.pop("reference", None):
        values |= {"ref_mode": "files", "ref_file": "painted.png", "ref_frames": str(FIRST)}
    with session():
        desk = Desk(folder)
        knobs(desk.node, **values)
        job = sys.modules["tcvc_nuke.knobs"].job(desk.node, folder)
        baked = folder / f"chroma.{FIRST}.exr"
        knobs(inner(desk.node, "Chroma"), file=str(baked), first=FIRST, last=FIRST)
        plate = read_picture(Path(desk.plates % FIRST), "plate")
        write_picture(
            baked, Image(np.full_like(plate.rgb, (1.4, 0.9, 0.7)), spec_like(plate.spec, [*"RGB"], "half", {}))
        )
        return desk.out().tobytes(), json.dumps({**job, "id": ""})


def run_vapoursynth(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    from vs_clips import asked, core, gray_clip, marked, vs

    grays = [np.asarray(each / np.float32(255), np.float32) for each in pictures()]
    clip = marked(gray_clip(grays, vs.GRAY16), {1: {"_SceneChangePrev": 1}})
    arguments = dict(values)
    if "reference" in values:
        arguments["ref_files"] = [arguments.pop("reference")]
    if "cuts" in values:
        arguments["cuts"] = [int(values["cuts"])]
    if "confidence" in values:
        arguments["confidence"] = 1
    networks: list[str] = []

    def make(settings: Settings) -> Any:
        colorizer, chosen = make_colorizer(settings)
        networks.append(str(chosen))
        return colorizer, chosen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filter, "make_colorizer", make)
        try:
            frames = asked(core.tcvc.Colorize(clip, **arguments), range(2 * SHOT))
        except vs.Error as error:
            return b"", str(error)
    return b"".join(plane for planes, _ in frames.values() for plane in planes), f"{networks} {frames[1][1]}"


def run_references(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    tcvc("references", "film.mkv", "--out", folder / "out", "--candidates", 2, *flags(values))
    return files_of(folder / "out"), listen()


def run_info(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """Of a damaged film, so that there is something to say beside the facts.

    The size decides about shots only where their difference is close to the threshold.
    """
    one, two = (seen_difference(size) for size in (BASE["size"], VALUES["size"]))
    tcvc("info", "torn.mkv", *flags({"cut_threshold": (one + two) / 2, **values}))
    return b"", listen()


def run_cuts(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """As `run_info`."""
    one, two = (seen_difference(size) for size in (BASE["size"], VALUES["size"]))
    tcvc("cuts", "torn.mkv", *flags({"cut_threshold": (one + two) / 2, **values}))
    return b"", listen()


def seen_difference(size: Any) -> float:
    """How different the two shots of `still` are, as the network sees them."""
    stage = ChromaStage(WIDTH, HEIGHT, SampleCoding(8, "full"), (1, 1), "left", "601", size=int(size))
    one, two = (thumbnail(GrayFrame(0, stage.lightness(each))) for each in still()[::SHOT])
    return difference(one, two)


def run_evaluate(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    photographs(folder / "clips" / "one", ".png")
    tcvc("evaluate", "--clips", folder / "clips", "--json", *flags(values))
    return b"", listen()


def run_benchmark(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """At the films' size, not the paper's."""
    from vs_tcvc.metrics import benchmark

    photographs(folder / "clips" / "one", ".jpg")
    small = {name: replace(each, size=(HEIGHT, WIDTH)) for name, each in benchmark.DATA_SETS.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "DATA_SETS", small)
        tcvc("benchmark", "videvo", "--data", folder / "clips", "--json", *flags(values))
    return b"", listen()


def photographs(folder: Path, ending: str) -> None:
    """A clip in colour, of as many frames as can be measured."""
    folder.mkdir(parents=True)
    wide = cv2.resize(photograph("astronaut")[..., ::-1], (WIDTH + 16, HEIGHT + 16), interpolation=cv2.INTER_AREA)
    for at in range(6):
        cv2.imwrite(str(folder / f"{at:05d}{ending}"), wide[at : at + HEIGHT, at : at + WIDTH])


def run_speed(folder: Path, values: dict[str, Any], listen: Listen) -> tuple[bytes, str]:
    """By PyTorch in fp32 alone; of the report what does not tell time, and what the pipe writes."""
    from vs_tcvc.metrics import speed, speed_ways

    made = hashlib.sha256()

    class Kept:
        def __init__(self, sink: y4m.ByteSink) -> None:
            self._sink, self.flush = sink, sink.flush

        def write(self, data: memoryview, /) -> int:
            made.update(data)
            return self._sink.write(data)

    def colorize(reader: y4m.Reader, sink: y4m.ByteSink, settings: Settings, stop: Event) -> int:
        return pipe.colorize_stream(reader, Kept(sink), settings, stop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed_ways, "options", lambda: map(only_torch, options()))
        patch.setattr(speed, "colorize_stream", colorize)
        tcvc("benchmark", "speed", "--height", 64, "--frames", 8, "--json", *flags(values))
    said = listen()
    report = json.loads(said.splitlines()[0]) if said.startswith("{") else {}
    facts = {name: report.get(name) for name in ("film", "working_size", "network")}
    return made.digest(), f"{facts} {said.removeprefix(said.splitlines()[0]) if report else said}"


def only_torch(option: Option) -> Option:
    """One backend and one precision to compare."""
    one = {"backend": ("torch",), "precision": ("fp32",)}.get(option.name)
    return replace(option, choices=one) if one else option


RUNS: Mapping[str, Run] = {
    "tcvc-pipe": run_pipe, "tcvc colorize": run_colorize, "ffmpeg-python": run_graph, "tcvc sequence": run_sequence,
    "a project": run_project, "tcvc project new": run_project_new, "tcvc render": run_render,
    "vs_tcvc.open": run_open, "vs_tcvc.colorize": run_arrays,
    "a job": run_job, "Nuke": run_nuke, "Resolve": run_resolve, "tcvc resolve-watch": run_resolve_watch,
    "VapourSynth": run_vapoursynth, "tcvc references": run_references, "tcvc info": run_info, "tcvc cuts": run_cuts,
    "tcvc evaluate": run_evaluate, "tcvc benchmark": run_benchmark, "tcvc benchmark speed": run_speed,
}  # fmt: skip


# The law


@pytest.fixture
def outcome(
    films: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Callable[[Face, dict[str, Any]], Outcome]:  # fmt: skip
    """Runs a face in a folder of its own, with nothing of this machine's user."""

    def run(face: Face, values: dict[str, Any]) -> Outcome:
        folder = tmp_path_factory.mktemp("face")
        for name, content in films.items():
            (folder / name).write_bytes(content)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_DATA_HOME", str(folder / "home"))
        base = {name: value for name, value in BASE.items() if name not in face.lacks}
        capfd.readouterr()
        pixels, words = RUNS[face.name](folder, {**base, **values}, lambda: "".join(capfd.readouterr()))
        return Outcome.of(pixels, words, folder)

    return run


BEFORE: dict[str, Outcome] = {}
"""What each face gives with its defaults."""


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.name)
def test_a_face_gives_and_says_the_same_twice(face: Face, outcome: Callable[[Face, dict[str, Any]], Outcome]) -> None:
    BEFORE[face.name] = outcome(face, {})
    assert outcome(face, {}) == BEFORE[face.name]
    assert not REFUSED.search(BEFORE[face.name].words)


@pytest.mark.parametrize(
    ("face", "name"),
    [
        pytest.param(face, each.name, id=f"{face.name} {each.name}")
        for face in FACES
        for each in face.options()
        if each.name not in ABOUT_COLOR
    ],
)
def test_every_option_of_a_face_changes_pixels_or_words(
    face: Face, name: str, outcome: Callable[[Face, dict[str, Any]], Outcome]
) -> None:
    beside = BESIDE.get(name, {})
    before = outcome(face, dict(beside)) if beside else BEFORE.get(face.name) or outcome(face, {})
    after = outcome(face, {**beside, name: SPECIAL.get((face.name, name), VALUES[name])})
    assert after != before
    assert not REFUSED.search(after.words) or name in NOT_HERE


# Model files are programs

TAKING = [face for face in FACES if "reference_model" not in face.lacks]


@pytest.mark.parametrize("face", TAKING, ids=lambda face: face.name)
def test_a_face_says_once_that_a_model_is_a_program(
    face: Face, outcome: Callable[[Face, dict[str, Any]], Outcome], caplog: pytest.LogCaptureFixture
) -> None:
    """VapourSynth's warnings go to a log."""
    foreign_model._open.cache_clear()
    words = outcome(face, {"reference_model": "model.onnx"}).words
    if face.name == "VapourSynth":
        words = "".join(text for name, _, text in caplog.record_tuples if name == "vapoursynth")
    assert words.count("model.onnx is a program; use model files from people you trust") == 1
    assert not REFUSED.search(words)


@pytest.mark.parametrize("face", TAKING, ids=lambda face: face.name)
def test_a_face_runs_torchscript_only_on_the_users_word(
    face: Face, outcome: Callable[[Face, dict[str, Any]], Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def load(path: Path, **_: Any) -> Any:
        loaded.append(path.name)
        raise ValueError("it is none")

    monkeypatch.setattr(torch.jit, "load", load)
    words = outcome(face, {"reference_model": "untold.pt"}).words
    assert re.search(r"is read as TorchScript, a program that can do whatever you can; pass (--)?trust.model", words)
    assert loaded == []
    outcome(face, {"reference_model": "untold.pt", "trust_model": True})
    assert loaded == ["untold.pt"]
