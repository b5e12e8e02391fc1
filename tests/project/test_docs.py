"""The documentation is true: its tables, links, numbers and words, and its commands, which are all run."""

from __future__ import annotations

import ast
import json
import os
import pkgutil
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np
import pytest

from ffmpeg_filters import pipe, y4m
from vs_tcvc import cli
from vs_tcvc.backends import make_colorizer
from vs_tcvc.cli import references, train
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.core.run import Run
from vs_tcvc.cuts.detection import AutoCuts
from vs_tcvc.errors import TcvcError
from vs_tcvc.metrics import cdc, contact_sheet, drift, retrieval, score, speed, speed_ways
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.compact import bins, checkpoint, colorizer
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import ReferenceNetwork
from vs_tcvc.networks.published.stage1 import SingleImageNetwork
from vs_tcvc.networks.published.stage2 import ClipNetwork
from vs_tcvc.picture.coding import resolve_matrix
from vs_tcvc.references import best_frame, looks
from vs_tcvc.runtime.exit_codes import INTERRUPTED
from vs_tcvc.sequences import worker
from vs_tcvc.settings import Settings, options
from vs_tcvc.training import published_filter, published_loop, published_stage1, reference
from vs_tcvc.vapoursynth import filter

ROOT = Path(__file__).parents[2]
GUIDES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PAGES = [*GUIDES, *(ROOT / name for name in ("benchmarks/README.md", "nuke/README.md", "CHANGELOG.md"))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# Tables, links and names


def test_the_table_of_options_is_made_from_the_settings() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "options_table.py")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "options.md").read_text() == made


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for file, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text()):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not heading or heading in anchors(target), f"{file}#{heading}"


def anchors(page: Path) -> set[str]:
    """What links name the headings of a page by."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_has_one_line_for_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    linked = re.findall(r"^\| .* \| \[(.*\.md)\]\(\1\)", index.read_text(), re.MULTILINE)
    assert sorted(linked) == sorted(page.name for page in index.parent.glob("*.md") if page != index)


def test_the_layout_has_every_room_in_the_order_of_layers_and_only_modules_that_exist() -> None:
    table = section("docs/how-it-works.md", "Layout of the code")
    rows = re.findall(r"^\| `(.*)/` \| .* \| (.*) \|$", table, re.MULTILINE)
    for room, modules in rows:
        named = re.findall(r"`([\w/]+\.py)`", modules)
        assert named, f"{room}: no module to read first"
        assert [name for name in named if not (ROOT / room / name).is_file()] == []
    layers: tuple[str, ...] = runpy.run_path(str(ROOT / "tests" / "project" / "test_layout.py"))["LAYERS"]
    layer_of = {room: number for number, layer in enumerate(layers) for room in layer.split()}
    rooms = [room.removeprefix("vs_tcvc/") for room, _ in rows]
    assert sorted([*rooms, "errors", "settings"]) == sorted(layer_of)
    assert [layer_of[room] for room in rooms] == sorted(layer_of[room] for room in rooms)


def first_column(page: str, heading: str) -> list[str]:
    """The first cells of a section's tables, without their heads."""
    bodies = re.findall(r"^\|(?:---\|)+\n((?:\|.*\n)+)", section(page, heading) + "\n", re.MULTILINE)
    return re.findall(r"^\| `?(.+?)`? \|", "".join(bodies), re.MULTILINE)


def test_tables_list_what_there_is() -> None:
    examples = {path.name for path in (ROOT / "plugins" / "vapoursynth" / "examples").iterdir()}
    assert {*first_column("docs/vapoursynth.md", "Examples")} == examples
    assert {*first_column("docs/training.md", "The paper's own networks")} == {*train.LAYOUTS}
    backends = next(option.choices for option in options() if option.name == "backend")
    assert backends == ("auto", *first_column("docs/how-it-works.md", "What runs the network"))


def test_exit_codes_are_those_of_the_errors() -> None:
    errors: list[type[TcvcError]] = [TcvcError, *TcvcError.__subclasses__()]
    codes = {0, INTERRUPTED, *(each.exit_code for each in errors)}
    assert {*first_column("docs/pipe.md", "Exit codes")} == {*map(str, codes)}
    ends = first_column("docs/sequences.md", "Render farms: tcvc worker")
    assert ends == [str(code) for code in (worker.DONE, worker.FAILED, worker.CANCELLED)]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_and_module_of_ours_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(r"`((?:vs_tcvc|ffmpeg_filters|tests|scripts|benchmarks|nuke|docs)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`(vs_tcvc(?:\.\w+)+)`", text):
        assert pkgutil.resolve_name(name)


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_every_flag_that_is_named_is_one_of_ours(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flag = r"(?<![\w-])--[a-z][a-z-]*"
    assert cli.main(["completion", "bash"]) == 0
    assert set(re.findall(flag, page.read_text())) <= set(re.findall(flag, capsys.readouterr().out))


# Every number


RECORDS = ("benchmarks/README.md", "docs/model-card.md", "docs/published.md", "CHANGELOG.md")
"""Pages of what was measured once, with the machine and the command; other pages take numbers from the code or them."""

NUMBER = re.compile(
    r"(?<![\w.,])\d[\d.,]*(?: to \d[\d.,]*)? ?(?:fps|ms\b|[kMG]B\b|dB\b|%|million|frames a second|times as)"
    r"|\b(?:half|third|quarter|fifth|tenth) of (?:a \w+byte|PyTorch's)"
)
"""A size, speed, share or count of parameters."""


def flat(page: str) -> str:
    """A page with its lines joined."""
    return " ".join((ROOT / page).read_text().split())


def stated() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Pages with their phrases, as the code has the numbers now."""
    yield from stated_of_networks()
    yield from stated_of_the_core()
    yield from stated_of_measures()
    yield from stated_of_training()


def stated_of_networks() -> Iterator[tuple[str, tuple[str, ...]]]:
    c1, s_and_c2, single, clip = (
        sum(each.numel() for each in network().parameters()) / 1e6
        for network in (ReferenceNetwork, PropagationNetwork, SingleImageNetwork, ClipNetwork)
    )
    compact, published = f"{c1 + s_and_c2:.1f} million", f"{single + clip:.0f} million parameters"
    stored = sum(
        value.numel() for network in (SingleImageNetwork, ClipNetwork) for value in network().state_dict().values()
    )
    (file,) = weights_file.shipped()
    size = file.path.stat().st_size / 1e6
    memory, state = bytes_of_a_shot()
    metadata = weights_file.load(file, "compact", checkpoint.VERSION)[1]
    decoding, made = json.loads(metadata["settings"]), json.loads(metadata["provenance"])
    temperature, strength = f"{decoding['temperature']:g}", f"{decoding['strength']:g}"
    learned = re.search(r"crops of (\d+) stills", made["note"])
    assert learned
    yield "README.md", (f"({size:.0f} MB)",)
    yield "docs/how-it-works.md", (f"{compact} parameters", published, f"{len(bins.bin_centres())} colour bins")
    yield (
        "docs/model-card.md",
        (
            f"Model card: compact, version {checkpoint.VERSION}",
            f"fp16, {size:.1f} MB",
            f"{c1:.2f} million parameters; S + C2",
            f"networks, {s_and_c2:.2f} million",
            f"short side {Settings().size} by default (C1: {colorizer.REFERENCE_SIZE})",
            f"about {memory / 1e6:.1f} MB at 216x384",
            f"({temperature}, {strength}) |",
            f"C1: {made['reference_steps']:,} steps of 16 crops",
            f"then {made['propagation_steps']} of three rollouts of ten",
            f"{int(learned[1]) + reference.HELD_BACK:,} photographs",
        ),
    )
    yield (
        "docs/published.md",
        (
            f"{published} in all, beside its own, which has {compact}",
            f"{4 * stored / 1e6:.0f} MB (half of that with",
        ),
    )
    yield (
        "docs/training.md",
        (
            f"{single:.1f} million parameters that colour one picture, and {clip:.1f} million that",
            f"--temperature {temperature} --strength {strength}",
            f"with our {round(int(learned[1]), -3):,} pictures",
        ),
    )
    yield "docs/vapoursynth.md", (f"states of about {state / 1e6:.0f} MB",)


def stated_of_the_core() -> Iterator[tuple[str, tuple[str, ...]]]:
    setup = (ROOT / "setup.cfg").read_text()
    pythons = re.findall(r"Python :: (3\.\d+)", setup)
    (newer,) = re.findall(r"vapoursynth>=.*python_version >= \"(.*)\"", setup)
    last = next(height for height in range(1, 2000) if resolve_matrix("auto", height + 1) == "709")
    matrix = f"709 above {last} lines, else 601"
    limits = filter.LIMITS
    yield (
        "README.md",
        (
            f"Python {pythons[0]} to {pythons[-1]}",
            f"Python {newer} or later",
            f"up to {y4m.MAX_SIDE}x{y4m.MAX_AREA // y4m.MAX_SIDE}",
        ),
    )
    yield (
        "docs/how-it-works.md",
        (
            f"frames [n-{AutoCuts.before}, n+{AutoCuts.after}]",
            f"Up to {best_frame.MOST} frames of a shot",
            f"with {100 * best_frame.NEARLY:.0f} % of the best score",
        ),
    )
    yield (
        "docs/vapoursynth.md",
        (
            f"up to {limits.recent + limits.checkpoints} states",
            f"{limits.results} coloured frames at the network's size and {filter.GRAY_FRAMES} small gray frames",
            f"every {limits.spacing}nd frame of a run",
            f"Python {newer} or later",
            matrix,
        ),
    )
    yield "docs/looks.md", (f"fading out over {looks.BORDER:.0f} degrees on each side",)
    yield "docs/change-a-shot.md", (references._NAME.format(shot=3, frame=412, number=2),)
    yield "docs/pipe.md", (matrix,)
    yield "docs/measures.md", (matrix.replace("601", "BT.601"),)
    yield "docs/resolve.md", (f"about {1920 * 1080 * 4 / 1e6:.0f} MB for a frame in HD as DPX",)  # 10 bit: 4 bytes each


def stated_of_measures() -> Iterator[tuple[str, tuple[str, ...]]]:
    (fps,) = re.findall(r"\| 1080p \| ([\d to]+) \|", (ROOT / "benchmarks" / "README.md").read_text())
    yield "README.md", (f"1080p runs at {fps} frames a second",)
    yield (
        "docs/measures.md",
        (
            f"frames {listed(contact_sheet.SHOWN)} of every clip",
            f"{listed(score.AGES)} frames after the first",
            f"histograms {listed(cdc.DILATIONS)} frames apart",
            f"at {drift.RATE} frames a second",
            f"to {retrieval.COMPONENTS} principal components",
            f"of the first {speed_ways.COMPARED} frames",
            f"several are {speed.WORTH_IT} times as fast",
            f"it is at least {speed.WORTH_IT} times as fast",
            f"within {speed_ways.MEAN_TOLERANCE} of a* and b* and nowhere further than {speed_ways.MAX_TOLERANCE}",
        ),
    )


def stated_of_training() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield (
        "docs/training.md",
        (
            f"the {reference.HELD_BACK} of its pictures",
            f"below {published_filter.SMALLEST} pixels in width or height",
            f"one code in more than {published_filter.MOST_OF_ONE_KIND} of their pixels",
            f"halved every {published_loop.HALVING:,} steps",
            f"batches of {train.BATCH['published-stage1']}; clips of {train.ROLLOUT['published-stage1']} frames",
            f"Gaussian noise of {published_stage1.LUMINANCE_NOISE:g} on L*",
            f"{train.STEPS['published-stage1']:,} and {train.STEPS['published-stage2']:,} steps",
        ),
    )


def listed(numbers: tuple[int, ...]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def bytes_of_a_shot() -> tuple[int, int]:
    """What the compact network remembers of a shot at 216x384, and what of it is new after every frame."""
    lightness = np.random.default_rng(0).uniform(20, 80, (216, 384)).astype(np.float32)
    engine = Engine(make_colorizer(Settings(backend="torch"))[0])
    before = engine.step(engine.begin(Run(0)), GrayFrame(0, lightness), None)[0]
    after = engine.step(before, GrayFrame(1, lightness), None)[0]
    arrays = dict(arrays_in(after))
    kept = {key for key, _ in arrays_in(before)}
    return sum(arrays.values()), sum(size for key, size in arrays.items() if key not in kept)


def arrays_in(value: Any) -> Iterator[tuple[int, int]]:
    """Identity and bytes of every array of a value."""
    if is_dataclass(value):
        value = tuple(getattr(value, field.name) for field in fields(value))
    if isinstance(value, tuple):
        for each in value:
            yield from arrays_in(each)
    elif hasattr(value, "nbytes"):
        yield id(value), value.nbytes


@cache
def phrases() -> dict[str, list[str]]:
    """The stated phrases by page."""
    found: dict[str, list[str]] = {name_of(page): [] for page in PAGES}
    for page, of_page in stated():
        found[page] += of_page
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_numbers_are_those_of_the_code(page: Path) -> None:
    text = flat(name_of(page))
    assert [phrase for phrase in phrases()[name_of(page)] if phrase not in text] == []


@pytest.mark.parametrize("page", [page for page in PAGES if name_of(page) not in RECORDS], ids=name_of)
def test_a_size_a_speed_or_a_share_is_checked_or_in_a_record(page: Path) -> None:
    text = flat(name_of(page))
    for phrase in phrases()[name_of(page)]:
        text = text.replace(phrase, "")
    assert NUMBER.findall(text) == []


@pytest.mark.parametrize(
    "text", ["takes 1.4 GB", "26 to 30 fps", "a fifth of a gigabyte", "6.3 million parameters", "12 % less"]
)
def test_an_unchecked_number_is_caught(text: str) -> None:
    assert NUMBER.search(text)


def test_entries_of_the_authors_files_are_counted() -> None:
    keys = (ROOT / "tests" / "goldens" / "published" / "keys.txt").read_text().splitlines()
    count = Counter(line.split()[0] for line in keys)
    rows = re.findall(r"^\| `--(\w+)` \| .* \| (.*) \|$", (ROOT / "docs" / "published.md").read_text(), re.MULTILINE)
    assert dict(rows) == {
        "stage1": f"{count['stage1']}", "encoder": f"{count['encoder']} + {count['inter']}",
        "decoder": f"{count['decoder']}", "inter": f"{count['inter']}",
    }  # fmt: skip


# Words


SPOKEN = (".md", ".py")
"""Kinds of files whose words are checked. With ".py" also: help texts, messages and docstrings of the packages."""

STALE = (
    r"stands? (?:in|beside|there|apart|on)\b",
    r"(?:as|what|that) \S+(?: \S+)? tells?\b",
    r"(?:is|are|was|were) (?:said|told)\b(?! apart)",
    r"(?:do|does) not do\b",
    r"to be had\b",
    r"(?:anew|afresh)\b",
    r"makes? (?:the |its |those |these |all |missing )?frames?\b",
    r"carr(?:y|ies|ied|ying)\b",
    r"how it ends\b",
    r"what tcvc sees\b",
    r"things of which\b",
    r"dear to\b",
    r"never wrong\b",
    r"all of \S+ but\b",
    r"(?:but|save) for\b",
    r"(?:that|which) stays the same\b",
    r"in hand\b",
    r"by the clock\b",
    r"without (?:their )?signs?\b",
    r"(?:lie|lies|lay) (?:in|beside|there|on|where|at)\b",
    r"forth and back\b",
    r"(?:un)?mend(?:s|ed|ing)?\b",
    r"as against\b",
    r"as (?:it|they) c[ao]me\b",
    r"\(later\)",
    r"is whole\b",
    r"knows? no (?:clip|node|pipe|clock)",
)
"""How this project used to speak; plain words are `is in`, `see`, `is logged`, `invalid`, `again`, `render`, …"""

STALE_WORDS = re.compile(r"(?<![\w-])(?:" + "|".join(STALE) + ")", re.IGNORECASE)
AMERICAN = re.compile(r"\bcolor(?:s|ed|ing|ful|less)?\b(?! Space)", re.IGNORECASE)
"""Prose has British spelling; identifiers have American. The exception is a menu of DaVinci Resolve."""


def prose(suffix: str, source: str) -> str:
    """The words in a file, on one line: of Markdown no code and no generated table, of Python all strings."""
    if suffix == ".md":
        generated = r"<!-- Generated .*?<!-- End|\A# Options.*"
        source = re.sub(rf"^```.*?^```$|^    .*?$|{generated}", "", source, flags=re.MULTILINE | re.DOTALL)
    else:
        nodes = ast.walk(ast.parse(source))
        source = "\n".join(
            str(node.value) for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
    return " ".join(re.sub(r"`[^`]*`", "", source).split())


def spoken() -> list[Path]:
    modules = [
        path for folder in ("vs_tcvc", "ffmpeg_filters", "nuke") for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    return [path for path in (*PAGES, *modules) if path.suffix in SPOKEN]


@pytest.mark.parametrize("path", spoken(), ids=name_of)
def test_words_are_plain_and_of_today(path: Path) -> None:
    assert STALE_WORDS.findall(prose(path.suffix, path.read_text())) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_prose_has_british_spelling(page: Path) -> None:
    assert AMERICAN.findall(prose(".md", page.read_text())) == []


@pytest.mark.parametrize("suffix", [".md", ".py"])
@pytest.mark.parametrize("words", ["The rule stands in a file.", "Files that do not do.", "The bar is told so."])
def test_stale_words_are_caught(suffix: str, words: str) -> None:
    source = (
        f'def f() -> None:\n    """{words}"""\n    raise ValueError(f"{{1}}: {words}")' if suffix == ".py" else words
    )
    assert STALE_WORDS.search(prose(suffix, source))


def test_code_is_not_prose() -> None:
    assert not STALE_WORDS.search(prose(".md", "Use `stands in`.\n\n    carry = mend(anew)\n"))
    assert not STALE_WORDS.search(prose(".py", "carry = mend(anew)  # anew"))


# Every command, run


FRAMES = 12
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
STAND_INS = {  # name: what ffmpeg makes it of
    "film.mkv": "-f lavfi -i testsrc=s=64x48:d=0.48 -f lavfi -i sine=d=0.48 -vf hue=s=0,format=yuv420p -c:v ffv1",
    "film.y4m": "-f lavfi -i testsrc=s=64x48:d=0.48 -pix_fmt gray",
    "scan.mov": "-f lavfi -i testsrc=s=64x48:d=0.48 -c:v prores_ks -pix_fmt yuv422p10le",
    "scan_%06d.tif": "-f lavfi -i testsrc=s=640x480:d=0.48 -pix_fmt gray16le",
    "scans/scan_%04d.png": "-f lavfi -i testsrc=s=64x48:d=0.48 -pix_fmt gray",
    "plate.%04d.exr": "-f lavfi -i testsrc=s=64x48:d=0.48 -vf hue=s=0,format=gbrpf32le -start_number 1001",
    "painted.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "opening.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "kitchen.png": "-f lavfi -i testsrc2=s=128x96 -frames:v 1",
    "shot1.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
    "shot7.png": "-f lavfi -i testsrc=s=64x48 -frames:v 1",
}
SCRIPT = f"""import vapoursynth as vs
vs.core.std.BlankClip(format=vs.GRAY8, width=64, height=48, length={FRAMES}, color=90).set_output()
"""
EDL = """TITLE: REEL
FCM: NON-DROP FRAME
001  AX V C 00:00:00:00 00:00:00:04 01:00:00:00 01:00:00:04
002  AX V C 00:00:00:00 00:00:00:08 01:00:00:04 01:00:00:12
"""
BESIDE = {"cuts.txt": "0\n4  # the kitchen\n9\n", "film.vpy": SCRIPT, "reel.edl": EDL}


def section(page: str, heading: str) -> str:
    """The text below a heading of any level, up to the next one of the second."""
    return re.split(rf"^#+ {re.escape(heading)}\n", (ROOT / page).read_text(), flags=re.MULTILINE)[1].partition(
        "\n## "
    )[0]


def commands(page: str, heading: str) -> list[str]:
    """The indented lines below a heading, each whole: a backslash at its end, or a bar before the next, goes on."""
    lines = [line.strip() for line in section(page, heading).splitlines() if line.startswith("    ")]
    assert lines, f"{page} has no commands below {heading}"
    return "\n".join(lines).replace("\\\n", "").splitlines()


SECTIONS = (
    ("README.md", "Colour a film"),
    ("docs/colour-a-film.md", "Colour a film"),
    ("docs/change-a-shot.md", "Paint a frame"),
    ("docs/change-a-shot.md", "Correct a wrong cut"),
    ("docs/change-a-shot.md", "A shot that begins in a fade"),
    ("docs/looks.md", "Choose a look"),
    ("docs/sequences.md", "Scans: tcvc colorize"),
    ("docs/sequences.md", "Plates: tcvc sequence"),
    ("docs/pipe.md", "Recipes"),
)
COMMANDS = sorted({command for place in SECTIONS for command in commands(*place)})


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the documentation names, tiny and of FRAMES frames."""
    folder = tmp_path_factory.mktemp("films")
    (folder / "scans").mkdir()
    for name, made_of in STAND_INS.items():
        command = [FFMPEG, "-nostdin", "-loglevel", "error", *made_of.split(), name]
        subprocess.run(command, check=True, cwd=folder)
    for name, text in BESIDE.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def desk(films: Path, tmp_path: Path) -> Path:
    """Such a folder for one command, with our programs in .venv as in a checkout."""
    desk = shutil.copytree(films, tmp_path / "desk")
    (desk / ".venv").symlink_to(sys.prefix)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ffmpeg").symlink_to(FFMPEG)
    return desk


def run(command: str, desk: Path) -> str:
    """All that `command` said, with ffmpeg and our programs on PATH and a home of its own; it must end with 0."""
    path = os.pathsep.join([str(desk.parent / "bin"), sysconfig.get_path("scripts"), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "HOME": str(desk.parent), "XDG_CONFIG_HOME": str(desk.parent)}
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=desk, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def lumas(path: Path) -> list[bytes]:
    """The luma of every frame."""
    with av.open(str(path)) as film:
        return [luma(frame) for frame in film.decode(video=0)]


def luma(frame: av.VideoFrame) -> bytes:
    plane = frame.planes[0]
    samples = np.frombuffer(plane, np.uint16 if frame.format.components[0].bits > 8 else np.uint8)
    return samples.reshape(plane.height, -1)[:, : plane.width].tobytes()


def files(desk: Path) -> set[str]:
    """What lies there and in its folders, but for hidden files and our programs."""
    inside = (path.relative_to(desk) for path in desk.rglob("*") if path.is_file())
    return {str(path) for path in inside if not any(part.startswith(".") for part in path.parts)}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs_and_writes_what_it_names(command: str, desk: Path) -> None:
    if "vspipe" in command:
        pytest.importorskip("vapoursynth.vapoursynth")  # the folder alone, with our library, is no VapourSynth
        run("vapoursynth config", desk)
    before = files(desk)
    said = run(command, desk)
    named = re.findall(r"[\w%.]+\.(?:mkv|mov|y4m)\b", command)
    made = set(named) - {*before, *STAND_INS}
    pictures = {name for name in files(desk) - before if re.fullmatch(r"colour.*\.(exr|png|tif)", name)}
    assert files(desk) - before == made | pictures
    assert len(pictures) == (FRAMES if re.search(r"colour(/|\S*%)", command) else 0)
    for name in made:
        assert len(lumas(desk / name)) == FRAMES
        if re.search("ffv1|--lossless", command):
            assert lumas(desk / name) == lumas(desk / named[0])
    assert not re.search("not used|Traceback", said)


# Every recipe in Python, run

RECIPES = {  # heading: what holds afterwards, in Python
    "In a notebook": "assert [each.shape for each in firsts] == [(48, 64, 3)]",
    "A loop of OpenCV": "",
    "PyAV": "",
    "A tensor of PyTorch": "assert (colored.shape, colored.dtype) == ((8, 3, 120, 160), torch.float32)",
    "A graph of ffmpeg-python": "",
}


@pytest.mark.parametrize("heading", RECIPES)
def test_every_recipe_in_python_runs_and_writes_what_it_names(heading: str, desk: Path) -> None:
    lines = [line[4:] for line in section("docs/python.md", heading).splitlines() if line[:4] in ("    ", "")]
    (desk / "recipe.py").write_text("\n".join([*lines, RECIPES[heading]]))
    before = files(desk)
    assert run(f"{sys.executable} -W error recipe.py", desk) == ""
    named = {*re.findall(r"colour\.\w+", "".join(lines))}
    assert files(desk) - before == named
    for name in named:
        with av.open(str(desk / name)) as film:
            pictures = [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]
        assert len(pictures) == FRAMES
        assert min(np.ptp(picture, axis=-1).max() for picture in pictures) > 5


def test_no_recipe_in_python_is_left_out() -> None:
    headings = re.findall(r"^## (.*)\n", (ROOT / "docs" / "python.md").read_text(), re.MULTILINE)
    assert headings[: headings.index("What goes in")] == [*RECIPES]


def test_the_options_to_try_can_be_tried(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a file and by a pipe."""
    monkeypatch.chdir(desk)
    table = section("docs/colour-a-film.md", "Options to try")
    rows = re.findall(r"^\| `(--.+)` \| (.*) \|$", table, re.MULTILINE)
    assert rows
    for tried, meaning in rows:
        words = [*tried.split(), "--size", "64", "--quiet"]
        if "in a pipe only" not in meaning:
            assert cli.main(["colorize", "film.mkv", "colour.mkv", "--overwrite", *words]) == 0
        if "not in a pipe" not in meaning:
            with Path("film.y4m").open("rb") as film, Path("colour.y4m").open("wb") as color:
                assert pipe.main(words, film, color) == 0
