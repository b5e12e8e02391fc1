"""Documentation: tables, links and names are those of the code."""

from __future__ import annotations

import pkgutil
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from pages import GUIDES, PAGES, ROOT, name_of, section

from vs_tcvc import cli
from vs_tcvc.cli import train
from vs_tcvc.errors import TcvcError
from vs_tcvc.runtime.exit_codes import INTERRUPTED
from vs_tcvc.sequences import worker
from vs_tcvc.settings import options


def test_the_table_of_options_is_made_from_the_settings() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "options_table.py")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "options.md").read_text() == made


def test_the_table_of_films_is_made_from_the_library() -> None:
    command = [sys.executable, str(ROOT / "tests" / "films" / "formats_page.py")]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "formats.md").read_text() == made


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
    assert sorted([*rooms, "errors", "settings", "arguments"]) == sorted(layer_of)
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
    assert ends == [str(code) for code in (worker.DONE, worker.FAILED, worker.CANCELLED, INTERRUPTED)]


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
