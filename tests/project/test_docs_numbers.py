"""Documentation: every number is that of the code, or in a record of measurements."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import PAGES, ROOT, name_of

from ffmpeg_filters import look_ahead, y4m
from vs_tcvc.backends import make_colorizer
from vs_tcvc.cli import train
from vs_tcvc.core.engine import Engine
from vs_tcvc.core.frame import GrayFrame
from vs_tcvc.core.run import Run
from vs_tcvc.cuts.detection import AutoCuts
from vs_tcvc.desk import plates
from vs_tcvc.metrics import cdc, contact_sheet, drift, retrieval, score, speed, speed_ways
from vs_tcvc.networks import weights_file
from vs_tcvc.networks.compact import bins, checkpoint, colorizer
from vs_tcvc.networks.compact.propagation import PropagationNetwork
from vs_tcvc.networks.compact.reference import ReferenceNetwork
from vs_tcvc.networks.published.stage1 import SingleImageNetwork
from vs_tcvc.networks.published.stage2 import ClipNetwork
from vs_tcvc.picture import light, size_limits
from vs_tcvc.picture.coding import resolve_matrix
from vs_tcvc.project import reference_names
from vs_tcvc.references import best_frame, looks
from vs_tcvc.runtime import text_file
from vs_tcvc.settings import Settings
from vs_tcvc.training import published_filter, published_loop, published_stage1, reference
from vs_tcvc.vapoursynth import filter

RECORDS = ("benchmarks/README.md", "docs/model-card.md", "docs/published.md", "docs/formats.md", "CHANGELOG.md")
"""Pages of what was measured once, with machine and command, or made by tests; others take numbers from there."""

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
    (file,) = weights_file.shipped()
    arrays, metadata = weights_file.load(file, "compact", checkpoint.VERSION)
    c1, s_and_c2 = (
        sum(each.numel() for name, each in network().named_parameters() if f"{part}.{name}" in arrays) / 1e6
        for part, network in (("reference", ReferenceNetwork), ("propagation", PropagationNetwork))
    )
    single, clip = (
        sum(each.numel() for each in network().parameters()) / 1e6 for network in (SingleImageNetwork, ClipNetwork)
    )
    compact, published = f"{c1 + s_and_c2:.1f} million", f"{single + clip:.0f} million parameters"
    stored = sum(
        value.numel() for network in (SingleImageNetwork, ClipNetwork) for value in network().state_dict().values()
    )
    size = file.path.stat().st_size / 1e6
    memory, state = bytes_of_a_shot()
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
            f"then {made['reference_steps']:,} steps of 24 crops with hints",
            f"{made['propagation_steps']} of three rollouts of sixteen",
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
    white = f"reference white at {light.REFERENCE_WHITE:.0f} cd/m²"
    yield "docs/colour-a-film.md", (f"a look at {look_ahead.PLACES} places", white)
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
        "SECURITY.md",
        (
            f"at most {size_limits.LARGEST}",
            f"a stream of {y4m.MAX_SIDE}x{y4m.MAX_AREA // y4m.MAX_SIDE}",
            f"texts of {text_file.MOST / 1e6:.0f} million characters",
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
    yield "docs/change-a-shot.md", (reference_names.NUMBERED.format(shot=3, frame=412, number=2),)
    yield "docs/desk.md", (f"keeps up to {plates.MOST_BYTES >> 20} MB of frames in memory",)
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
