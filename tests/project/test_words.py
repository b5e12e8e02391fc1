"""Words of the documentation, help texts, messages and docstrings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pages import PAGES, ROOT, name_of

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
