"""The project file: what is read, what stays when it is changed, and what is refused.

This folder tests `vs_tcvc/project/`; tests/project checks this repository.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import project_files
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_files import FILM, LAYOUTS, random_edit

from vs_tcvc.errors import UsageError
from vs_tcvc.project import document, edits
from vs_tcvc.project.document import Document
from vs_tcvc.project.parts import ProjectError
from vs_tcvc.project.schema import Film, FilmReference, Hint, Project, Scene, Shot
from vs_tcvc.project.versions import migrated
from vs_tcvc.project.yaml_text import flow, rewritten
from vs_tcvc.project.yaml_tree import parse

COMMENT = re.compile(r"(?<!\S)#[^\n]*")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "film.tcvc.yaml"


def read(file: Path, text: str) -> Document:
    file.write_text(text, encoding="utf-8", newline="")
    return document.read(file)


def sentence(file: Path, content: bytes) -> str:
    file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        document.read(file)
    return str(caught.value).replace(str(file), "film.tcvc.yaml")


def test_every_layout_is_read(file: Path) -> None:
    project = read(file, LAYOUTS).project
    assert project.film == Film("ein Film.mkv", 300, (64, 48), "24000/1001", first=1001)
    assert project.settings == {"look": "vivid, warmth 0.2", "size": 256}
    assert project.scenes == {"B": Scene(2, "faded", 1.5), "12": Scene(locked=True), "C": Scene()}
    assert [shot.frames for shot in project.shots] == [(1001, 1050), (1050, 1100), (1100, 1200), (1200, 1301)]
    assert project.shots[1].hints[1] == Hint(1052, (1, 0), "#000000")
    assert project.shots[2].references == ("b@1120", "c#1.png@1121")


# What stays


@pytest.mark.parametrize("text", [FILM, LAYOUTS], ids=["usual", "layouts"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_edits_keep_comments_and_their_order_and_read_back_as_edits_of_the_value(
    file: Path, text: str, seed: int
) -> None:
    """Of both files twice, 1,000 in all."""
    random, read_document, made = Random(seed), read(file, text), 0
    value = read_document.project
    while made < 250:
        try:
            edited = random_edit(random, value)(value)
        except ProjectError:
            continue
        read_document, value, made = replace(read_document, project=edited), edited, made + 1
        if made % 5:
            continue
        read_document = document.write(read_document)
        assert read_document.source.project == value
        assert COMMENT.findall(read_document.source.text) == COMMENT.findall(text)
    assert document.read(file).project == value


@pytest.mark.parametrize("text", [FILM, LAYOUTS], ids=["usual", "layouts"])
@pytest.mark.parametrize("shot", range(4))
def test_an_edit_of_a_shot_leaves_every_character_of_the_others(file: Path, text: str, shot: int) -> None:
    before = read(file, text)
    after = before.edited(edits.set_look, shot, "technicolor").edited(edits.set_saturation, shot, 2.5).changed()
    items = before.source.tree.items[before.source.tree.numbers["shots"]].items
    start = items[shot].start
    end = items[shot].end
    assert after.text[:start] == text[:start]
    assert after.text.endswith(text[text.find("\n", end) + 1 :])
    assert after.text != text


def test_what_is_not_changed_is_not_written(file: Path) -> None:
    before = read(file, LAYOUTS)
    stamp = file.stat().st_mtime_ns
    assert document.write(before.edited(edits.lock, 3).edited(edits.lock, 3, False)) == before
    assert file.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_and_quotes_stay(file: Path, newline: str) -> None:
    before = read(file, LAYOUTS.replace("\n", newline))
    after = (
        before.edited(edits.lock, 0).edited(edits.set_scene_value, "B", look="vivid").edited(edits.split_shot, 0, 1010)
    )
    text = after.changed().text
    assert text.count(newline) == text.count("\n") == LAYOUTS.count("\n") + 2
    assert re.findall('^film:.*|  path:.*|    "B": .*', text, re.MULTILINE)[0].rstrip() == "film:"
    assert '"ein Film.mkv"   # three' in text


@pytest.mark.parametrize(
    ("text", "new", "result"),
    [
        ("a: 1", {"a": 1, "b": [2]}, "a: 1\nb: [2]"),
        ("{a: 1,}", {"a": 1, "b": 2}, "{a: 1, b: 2,}"),
        ("{a: 1, b: 2}", {"a": 1}, "{a: 1}"),
        ("{a: 1, # x\n b: 2, c: 3}", {"c": 3}, "{ # x\n c: 3}"),
        ("a: 1 # x\nb: 2\n", {"b": 2}, "# x\nb: 2\n"),
        ("a:\n  b: 1 # x\n  c: 2\n", {"a": 3}, "a:\n  3\n   # x\n"),
        ("a:\nb: 1\n", {"a": 2, "b": 1}, "a: 2\nb: 1\n"),
        ("a: |\n  text\nb: 1\n", {"a": "x", "b": 1}, "a: x\nb: 1\n"),
        ("- a: 1 # x\n  b: 2\n", [{"b": 2}], "# x\n- b: 2\n"),
        ("- 1\n- 2 # x\n- 3\n", [1, 3, 4], "- 1\n# x\n- 3\n- 4\n"),
        ("[1, 2]", [0, 1, 2], "[0, 1, 2]"),
        ("a: 'x' # y", {"a": "1"}, 'a: "1" # y'),
        ("a: []", {"a": [1]}, "a: [1]"),
        ("a:\n- 1\nb: 2\n", {"a": 3, "b": 2}, "a:\n 3\nb: 2\n"),
        ("? a\n: 1\n? b\n: 2\n", {"a": 1}, "{a: 1}\n"),
        ("- - 1\n  - 2\n", [[2]], "- - 2\n"),
    ],
)
def test_only_what_differs_is_replaced(text: str, new: object, result: str) -> None:
    tree = parse(text, "")
    assert rewritten(text, tree, tree.plain(), new, str) == result
    assert parse(result, "").plain() == new


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])) | st.from_regex(r"[a-z0-9.~+ :#,-]{0,6}", fullmatch=True),
        lambda each: st.lists(each, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4), each, max_size=3),
        max_leaves=6,
    )
)  # fmt: skip
@settings(deadline=None)
def test_every_value_reads_back(value: object) -> None:
    def without_nulls(each: object) -> object:
        if isinstance(each, dict):
            return {key: without_nulls(item) for key, item in each.items() if item is not None}
        return [*map(without_nulls, each)] if isinstance(each, list) else each

    assert parse(flow(value), "").plain() == without_nulls(value)


# What is refused


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('"#2e8b57"', "green", '13: shots[2].hints[0].color: expected "#rrggbb", got "green"'),
        ("frame: 140", "frame: 7", "13: shots[2].hints[0].frame: expected a frame of the shot, 134 to 206, got 7"),
        ("lead: 2", "lead: 3", "6: scenes.B.lead: expected a shot of scene B (2, 4; shots count from 1), got 3"),
        ("look: vivid", "look: loud", "12: shots[1].look: expected natural, vivid, faded, technicolor, then"),
        ("look: vivid", "scene: C", "12: expected each key once, got \"scene\" again"),
        ("size: 216", "size: 3", "4: settings.size: expected 64 to 1024, got 3"),
        ("tcvc: 1", "tcvc: 2", "2: tcvc: expected 1, the newest version that this program reads, got 2; update"),
        ("tcvc: 1", "# tcvc", "3: tcvc: expected 1, got none"),
        ("tcvc: 1", "tcvc: true", "2: tcvc: expected 1, got true"),
        ("frames: 526", "frames: 1000000000", "3: film.frames: expected 1 to 100000000, got 1000000000"),
        ("    scene: B", "\tscene: B", "10: expected a project in YAML, got what cannot be read (found character"),
        ("scene: B", "scene: \x00", "10: expected a project in YAML, got the character U+0000"),
        ("scene: B", 'scene: "\\ud800"', "10: expected text, got half a character; write it without \\u"),
        ("scene: B", "scene: &x B", "10: expected a value, got an anchor or alias; write it out"),
        ("scene: B", "scene: !!str B", "10: expected a value, got a tag; leave it out"),
        ("scene: B", "scene: " + "[" * 100_000, "10: expected at most 16 brackets in brackets, got more"),
        ("scene: B", "? [a]\n    : B", "10: expected a name as key, got a list or mapping"),
        ("keep}", "keep", "15: expected a project in YAML, got what cannot be read ("),
        ("# A film", "a: 1\n---\n# A film", "2: expected one document, got a second one"),
    ],
)  # fmt: skip
def test_an_error_names_file_line_and_key(file: Path, old: str, new: str, wanted: str) -> None:
    assert sentence(file, FILM.replace(old, new, 1).encode()).startswith(f"film.tcvc.yaml:{wanted}")


def test_a_file_that_is_no_text_or_too_long_or_absent_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sentence(file, b"a: 1\nb: \xff") == "film.tcvc.yaml:2: expected text in UTF-8, got the byte 0xff"
    assert sentence(file, b"") == "film.tcvc.yaml:1: expected a project in YAML, got an empty file"
    assert sentence(file, b"- 1").startswith("film.tcvc.yaml:1: expected the keys of a project")
    monkeypatch.setattr(document, "MOST_BYTES", 99)
    assert sentence(file, b"#" * 100) == "film.tcvc.yaml: expected at most 99 bytes, got a longer file"
    for path in (file.parent, file.parent / "none", Path("\0")):
        with pytest.raises(UsageError, match="expected a project file, got what cannot be opened"):
            document.read(path)


def test_a_bomb_of_aliases_is_refused_at_once(file: Path) -> None:
    lines = b"a0: &a0 x\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d, " % (n - 1) * 9) for n in range(1, 12))
    assert sentence(file, lines) == "film.tcvc.yaml:1: expected a value, got an anchor or alias; write it out"


# Other versions


def test_an_older_version_is_migrated_in_place(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(content: dict[str, object]) -> dict[str, object]:
        return {("film" if key == "movie" else key): value for key, value in content.items()}

    monkeypatch.setattr(document, "migrated", lambda content: migrated(content, migrations={0: step}))
    before = read(file, FILM.replace("tcvc: 1", "tcvc: 0").replace("film:", "movie:"))
    assert before.project == read(file.with_name("now.yaml"), FILM).project
    text = document.write(document.read(file).edited(edits.lock, 0)).source.text
    assert COMMENT.findall(text) == COMMENT.findall(FILM)
    assert "tcvc: 1\n" in text
    assert "movie" not in text


# Files


def test_a_file_that_was_changed_outside_is_not_overwritten(file: Path) -> None:
    before = read(file, FILM).edited(edits.lock, 0)
    file.write_text(FILM + "# mine\n")
    with pytest.raises(UsageError, match="it has been changed since it was read; read it again and repeat the change"):
        document.write(before)
    assert file.read_text() == FILM + "# mine\n"
    file.unlink()
    with pytest.raises(UsageError, match="it has been removed since it was read"):
        document.write(before)
    assert [*file.parent.iterdir()] == []


def test_a_new_project_is_written_in_the_usual_layout_and_replaces_no_file(file: Path) -> None:
    film = Film("film.mkv", 526, (920, 672), "25/1", identity="1234e5")
    shots = (Shot((0, 34), "A"), Shot((34, 526), "B", ("references/000034.png",), look="vivid"))
    project = Project(film, shots, {"size": 288}, {"B": Scene(lead=2)})
    written = document.write(document.new(file, project))
    assert document.read(file).project == project
    assert (
        file.read_text()
        == """\
# Frames are [first, end). Shots are counted from 1.
tcvc: 1
film: {path: film.mkv, frames: 526, size: [920, 672], rate: 25/1, identity: "1234e5"}
settings: {size: 288}
scenes:
  B: {lead: 2}
shots:
  - {frames: [0, 34], scene: A}
  - {frames: [34, 526], scene: B, references: [references/000034.png], look: vivid}
"""
    )
    assert document.write(written.edited(edits.lock, 1)).source.project.shots[1].locked
    with pytest.raises(UsageError, match="it exists already; choose another name"):
        document.write(document.new(file, project))


def test_paths_are_relative_to_the_file(file: Path) -> None:
    found = document.new(file, Project(Film("../film.mkv", 9, (8, 8), "24"), (Shot((0, 9)),)))
    assert found.resolve("references/1.png") == file.parent / "references" / "1.png"
    assert found.relative(file.parent / "a b" / "1.png") == "a b/1.png"
    assert found.relative(file.parent.parent / "film.mkv") == "../film.mkv"


def test_a_layout_that_cannot_be_edited_stays_as_it_is(file: Path) -> None:
    text = FILM.replace("\n", "\r")  # YAML has such line ends, too
    before = read(file, text)
    with pytest.raises(UsageError, match="a layout that cannot be edited"):
        document.write(before.edited(edits.lock, 1))
    assert file.read_bytes() == text.encode()


# Documentation


def test_the_example_of_the_page_is_read_and_changed_as_it_says(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "project.md").read_text(encoding="utf-8")
    example, copied, program = re.findall(r"^```(?:yaml|python)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    before = read(file, example)
    monkeypatch.chdir(file.parent)
    exec(program, {})
    after = document.read(file).project
    assert after == edits.split_shot(edits.set_look(before.project, 1, "faded"), 2, 150)
    mistake = example.replace('"#2e8b57"', "green").encode()
    assert f"`{sentence(file, mistake)}`" in " ".join(page.split())
    restored = read(file, example.replace("  - {frames: [0, 34], scene: A}\n", copied)).project
    assert restored.shots[0].references == (FilmReference("tape.mkv"),)


# Accidents


def test_damaged_files_are_read_rightly_or_refused_in_a_sentence() -> None:
    found = project_files.fuzz(300, seed=3)
    assert found["broke the law"] == 0
    assert found["read"] > 10


@pytest.mark.parametrize("fault", [lambda *_: 1 / 0, lambda *_: None])
def test_a_reader_that_breaks_the_law_is_found(
    fault: Callable[..., object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(document, "read", fault)
    assert project_files.fuzz(3)["broke the law"] == 3
    assert "Traceback" in capsys.readouterr().err
